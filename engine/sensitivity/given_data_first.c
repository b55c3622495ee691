/* First order by partition (given_data.h), and its error.
 *
 * With a_m the class's mean less the whole one, b_m the same of the two classes it is halved from,
 * e = y - y_m and S the index, a sample changes S by
 *
 *   (P_m + Q_m e - S (a_m + e)^2)/V, less its mean,   P = (4 a^2 + b^2 - 2 a b)/3,  Q = (8 a - 2
 * b)/3
 *
 * the influence function of (4 B(classes) - B(classes/2))/3 over V. Its variance needs the moments
 * of e in each class: the second is exact; the third and fourth are those of the class's row in the
 * table with the cells at their means, scaled to that variance. To it is added what the corrected B
 * of pure noise varies by, 2 (W/n)^2 (c/2 - 1 + 16/9 c/2) with W the variance within and c classes:
 * of the nested partitions' projections (4 P - P')/3 has the eigenvalues 1 and 4/3. And since the
 * extrapolation supposes a loss of 1/classes^2, half of what it adds counts as a standard error:
 * where y has no bounded slope in u, as of a normal quantity at its ends, about as much again is
 * still missing.
 */
#include "base/elementary.h"
#include "sensitivity/given_data_state.h"

/* Finite values: of a class or of all. */
struct part {
    double n, sum, squares; /* of z */
};

struct moments {
    double second, third, fourth; /* central */
};

static double mean_of(const struct part *part)
{
    return part->n > 0 ? part->sum / part->n : 0.0;
}

static double spread_of(const struct part *part)
{
    const double mean = mean_of(part);
    const double variance = part->n > 0 ? part->squares / part->n - mean * mean : 0.0;
    return variance > 0 ? variance : 0.0;
}

static struct part joined(const struct part *parts, size_t count)
{
    struct part all = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        all.n += parts[i].n;
        all.sum += parts[i].sum;
        all.squares += parts[i].squares;
    }
    return all;
}

/* B, and without its correction. */
static double between(double *plain, const struct part *parts, size_t count, const struct part *all)
{
    double sum = 0, noise = 0, within = 0, used = 0;
    for (size_t m = 0; m < count; m++) {
        within += parts[m].n * spread_of(&parts[m]);
        used += parts[m].n > 0;
    }
    const double pooled = within / (all->n - used);
    for (size_t m = 0; m < count; m++) {
        const double share = parts[m].n / all->n, apart = mean_of(&parts[m]) - mean_of(all);
        const double variance =
            parts[m].n > 1 ? spread_of(&parts[m]) * parts[m].n / (parts[m].n - 1) : pooled;
        sum += share * apart * apart;
        noise += parts[m].n > 0 ? (1 - share) * variance : 0.0;
    }
    *plain = sum;
    return sum - noise / all->n;
}

/* Of a class, from its row; the second moment is given. */
static struct moments moments_of(const double *row, const double *means, size_t cells, double n,
                                 double second)
{
    struct moments table = {0, 0, 0};
    double mean = 0;
    for (size_t k = 0; k < cells; k++)
        mean += row[k] * means[k] / n;
    for (size_t k = 0; k < cells; k++) {
        const double apart = means[k] - mean, square = apart * apart, share = row[k] / n;
        table.second += share * square;
        table.third += share * square * apart;
        table.fourth += share * square * square;
    }
    const double ratio = table.second > 0 ? second / table.second : 0.0;
    const struct moments normal = {second, 0, 3 * second * second};
    const struct moments scaled = {second, table.third * ratio * sqrt(ratio),
                                   table.fourth * ratio * ratio};
    return table.second > 0 ? scaled : normal;
}

/* Variance of the influence function, over n. */
static double variance_of(const struct part *parts, size_t count, const struct part *all,
                          double index, const double *table, size_t columns, const double *means,
                          size_t cells)
{
    const double s = index < 0 ? 0.0 : index > 1 ? 1.0 : index;
    double first = 0, second = 0;
    for (size_t m = 0; m < count; m++) {
        if (!(parts[m].n > 0))
            continue;
        const struct part both = joined(parts + m / 2 * 2, 2);
        const double a = mean_of(&parts[m]) - mean_of(all), b = mean_of(&both) - mean_of(all);
        const double constant = (4 * a * a + b * b - 2 * a * b) / 3 - s * a * a;
        const double linear = (8 * a - 2 * b) / 3 - 2 * s * a;
        const struct moments e =
            moments_of(table + m * columns, means, cells, parts[m].n, spread_of(&parts[m]));
        first += parts[m].n / all->n * (constant - s * e.second);
        second += parts[m].n / all->n *
                  (constant * constant + linear * linear * e.second + s * s * e.fourth -
                   2 * s * (constant * e.second + linear * e.third));
    }
    const double variance = (second - first * first) / all->n;
    return variance > 0 ? variance : 0.0;
}

static double noise_of(const struct part *parts, size_t count, const struct part *all)
{
    const double half = (double)count / 2;
    double within = 0;
    for (size_t m = 0; m < count; m++)
        within += parts[m].n / all->n * spread_of(&parts[m]);
    const double ratio = within / all->n;
    return 2 * ratio * ratio * (half - 1 + 16.0 / 9 * half);
}

/* Means of the output's cells. */
static void cell_means(double *means, const struct flc_given_data *own,
                       const struct flc_given_output *output, const double *table)
{
    for (size_t k = 0; k < own->cells; k++) {
        double n = 0;
        for (size_t m = 0; m < own->classes; m++)
            n += table[m * own->columns + k];
        means[k] = n > 0 ? (double)output->cell_sums[k] * FLC_GIVEN_SUM_UNIT / n : 0.0;
    }
}

static bool take_parts(struct part *parts, const struct flc_given_data *own,
                       const struct flc_given_output *output, size_t pair, const double *table)
{
    bool inside = true;
    for (size_t m = 0; m < own->classes; m++) {
        const int64_t *sums = output->by_class[pair * own->classes + m];
        parts[m] = (struct part){0, (double)sums[0] * FLC_GIVEN_SUM_UNIT,
                                 (double)sums[1] * FLC_GIVEN_SUM_UNIT};
        for (size_t k = 0; k < own->cells; k++)
            parts[m].n += table[m * own->columns + k];
        inside = inside && sums[1] < FLC_GIVEN_SUM_LIMIT;
    }
    return inside;
}

struct flc_given_first flc_given_first_of(const struct flc_given_data *own,
                                          const struct flc_given_output *output, size_t pair,
                                          const double *table)
{
    const double nothing = (double)NAN;
    struct part parts[FLC_GIVEN_DATA_MOST] = {{0, 0, 0}}, halves[FLC_GIVEN_DATA_MOST / 2];
    double means[FLC_GIVEN_DATA_MOST], plain, coarse;
    const bool inside = take_parts(parts, own, output, pair, table);
    const struct part all = joined(parts, own->classes);
    const double variance = spread_of(&all);
    if (!inside || all.n < 2 * (double)own->classes || !(variance > 0))
        return (struct flc_given_first){nothing, nothing, nothing};
    for (size_t m = 0; m < own->classes / 2; m++)
        halves[m] = joined(parts + 2 * m, 2);
    cell_means(means, own, output, table);
    const double rough = between(&coarse, halves, own->classes / 2, &all);
    const double fine = between(&plain, parts, own->classes, &all);
    const double sample = variance * all.n / (all.n - 1);
    const double index = (4 * fine - rough) / 3 / sample, doubt = (index - fine / sample) / 2;
    const double known =
        variance_of(parts, own->classes, &all, index, table, own->columns, means, own->cells) +
        noise_of(parts, own->classes, &all);
    const double error = sqrt(known / (variance * variance) + doubt * doubt);
    return (struct flc_given_first){index, error, plain / variance};
}
