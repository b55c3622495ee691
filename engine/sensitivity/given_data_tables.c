/* Delta and PAWN of a table, and their bootstrap.
 *
 * With n_mk samples in class m and cell k, p_mk = n_mk/n, w_m and p_k its margins:
 *
 *   delta   1/2 sum_mk |p_mk - w_m p_k|
 *   PAWN    KS_m = max_k |F_m(k) - F(k)|, F_m and F the distribution functions at the cells' ends;
 *           median and maximum over the classes that have samples
 *
 * Both are too large by what noise adds to a distance, most so where there is no influence. Had the
 * true shares been q, the mean over tables drawn from q less the value at q would be that bias. The
 * bootstrap takes q = p, which has the noise already, so that of a quantity without influence only
 * a part is seen. Here each class is drawn towards independence by as much as its noise is expected
 * to have taken it away: q_mk = w_m ((1 - s_m) p_k + s_m p_k|m), s_m^2 = 1 - (1 - w_m)(K - 1)/X_m
 * or 0, with X_m the class's part of Pearson's chi-square and K the number of cells in use. As n
 * grows with some influence s goes to 1, and this to 2 d - mean d* of Plischke, Borgonovo and Smith
 * (2013). What is left is known no better than to a third of the bias (found by simulation), which
 * is added to the spread over the tables drawn.
 *
 * Tables are drawn with Poisson numbers of mean n q_mk: multinomial ones given their sum, which
 * itself varies by 1/sqrt(n) and is divided by (Hanley and MacGibbon 2006, "Creating non-parametric
 * bootstrap samples using Poisson frequencies"). Below a mean of 10 by inversion, else by
 * transformed rejection (Hoermann 1993, "The transformed rejection method for generating Poisson
 * random variables", PTRS); exact up to rounding. The draws are those of one named stream, so what
 * a table gives is its own.
 */
#include <string.h>

#include "base/elementary.h"
#include "random/streams.h"
#include "sensitivity/given_data_state.h"

enum { INVERSION_BELOW = 10, STIRLING_KNOWN = 10 };
#define HALF_LOG_TWO_PI 0.91893853320467274

/* What draws of one mean share. */
struct cell {
    double mean, nothing;                /* and e^-mean */
    double log_mean, a, b, accept, side; /* from INVERSION_BELOW on: constants of PTRS */
};

static double uniform(flc_pcg64 *generator)
{
    return flc_uniform_of(flc_pcg64_next(generator));
}

static struct cell make_cell(double mean)
{
    struct cell cell = {.mean = mean};
    if (mean < INVERSION_BELOW) {
        cell.nothing = flc_exp(-mean);
        return cell;
    }
    cell.log_mean = flc_log(mean);
    cell.b = 0.931 + 2.53 * sqrt(mean);
    cell.a = -0.059 + 0.02483 * cell.b;
    cell.accept = 0.9277 - 3.6224 / (cell.b - 2);
    cell.side = flc_log(1.1239 + 1.1328 / (cell.b - 3.4));
    return cell;
}

static double by_inversion(flc_pcg64 *generator, const struct cell *cell)
{
    double u = uniform(generator), weight = cell->nothing, k = 0;
    while (u > weight && weight > 0) {
        u -= weight;
        k += 1;
        weight *= cell->mean / k;
    }
    return k;
}

/* log k! - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi)/2) */
static double stirling(double k)
{
    static const double known[STIRLING_KNOWN] = {
        0.08106146679532726,  0.04134069595540929,  0.02767792568499834, 0.02079067210376509,
        0.01664469118982119,  0.01387612882307075,  0.01189670994589177, 0.01041126526197209,
        0.009255462182712733, 0.008330563433362871,
    };
    if (k < STIRLING_KNOWN)
        return known[(int)k];
    const double next = k + 1, square = next * next;
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / next;
}

static double log_probability(const struct cell *cell, double k)
{
    return (k + 1 - cell->mean) + k * cell->log_mean - (k + 0.5) * flc_log(k + 1) -
           HALF_LOG_TWO_PI - stirling(k);
}

static double by_rejection(flc_pcg64 *generator, const struct cell *cell)
{
    for (;;) {
        const double u = uniform(generator) - 0.5, v = uniform(generator);
        const double side = 0.5 - flc_abs(u);
        const double k = flc_floor((2 * cell->a / side + cell->b) * u + (cell->mean + 0.43));
        if (side >= 0.07 && v <= cell->accept)
            return k;
        if (k < 0 || (side < 0.013 && v > side))
            continue;
        const double bound = flc_log(v) + cell->side - flc_log(cell->a / (side * side) + cell->b);
        if (bound <= log_probability(cell, k))
            return k;
    }
}

static double draw(double *counts, flc_pcg64 *generator, const struct cell *cells, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        counts[i] = cells[i].mean == 0                ? 0
                    : cells[i].mean < INVERSION_BELOW ? by_inversion(generator, &cells[i])
                                                      : by_rejection(generator, &cells[i]);
        sum += counts[i];
    }
    return sum;
}

/* A few numbers in ascending order. */
static void sort(double *x, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const double moved = x[i];
        size_t at = i;
        for (; at > 0 && x[at - 1] > moved; at--)
            x[at] = x[at - 1];
        x[at] = moved;
    }
}

/* Shares of the cells, [columns]; returns the number of those in use. */
static size_t margin(double *shares, const struct flc_given_table *table)
{
    size_t used = 0;
    memset(shares, 0, table->columns * sizeof *shares);
    for (size_t m = 0; m < table->classes; m++)
        for (size_t k = 0; k < table->columns; k++)
            shares[k] += table->counts[m * table->columns + k];
    for (size_t k = 0; k < table->columns; k++) {
        used += shares[k] > 0;
        shares[k] /= table->samples;
    }
    return used;
}

static double row_sum(const double *row, size_t columns)
{
    double sum = 0;
    for (size_t k = 0; k < columns; k++)
        sum += row[k];
    return sum;
}

/* One class: its part of the sum of delta, and KS. */
static double distance_of(double *smirnov, const double *row, const double *shares, size_t columns,
                          double in_class, double samples)
{
    double sum = 0, below = 0, widest = 0;
    for (size_t k = 0; k < columns; k++) {
        const double apart = row[k] / in_class - shares[k];
        sum += flc_abs(apart);
        below += apart;
        widest = flc_abs(below) > widest ? flc_abs(below) : widest;
    }
    *smirnov = widest;
    return sum * (in_class / samples);
}

struct flc_given_distances flc_given_distances_of(const struct flc_given_table *table, double *work)
{
    const double nothing = (double)NAN;
    double *shares = work, *smirnov = work + table->columns, delta = 0;
    size_t used = 0;
    if (!(table->samples > 0))
        return (struct flc_given_distances){nothing, nothing, nothing};
    margin(shares, table);
    for (size_t m = 0; m < table->classes; m++) {
        const double *row = table->counts + m * table->columns;
        const double in_class = row_sum(row, table->columns);
        if (in_class > 0)
            delta += distance_of(&smirnov[used++], row, shares, table->columns, in_class,
                                 table->samples);
    }
    sort(smirnov, used);
    return (struct flc_given_distances){
        delta / 2, (smirnov[(used - 1) / 2] + smirnov[used / 2]) / 2, smirnov[used - 1]};
}

/* s_m above. */
static double kept_share(const double *row, const double *shares, size_t columns, size_t used,
                         double in_class, double samples)
{
    double chi = 0;
    for (size_t k = 0; k < columns; k++) {
        const double expected = in_class * shares[k];
        if (expected > 0)
            chi += (row[k] - expected) * (row[k] - expected) / expected;
    }
    const double noise = (1 - in_class / samples) * (double)(used - 1);
    return chi > noise ? sqrt(1 - noise / chi) : 0.0;
}

/* q above. */
static void pull_together(double *q, const struct flc_given_table *table, double *shares)
{
    const size_t columns = table->columns, used = margin(shares, table);
    for (size_t m = 0; m < table->classes; m++) {
        const double *row = table->counts + m * columns;
        const double in_class = row_sum(row, columns);
        const double s =
            in_class > 0 ? kept_share(row, shares, columns, used, in_class, table->samples) : 0.0;
        for (size_t k = 0; k < columns; k++)
            q[m * columns + k] = ((1 - s) * (in_class * shares[k]) + s * row[k]) / table->samples;
    }
}

size_t flc_given_tables_work(size_t classes, size_t columns)
{
    const size_t size = classes * columns, cell = sizeof(struct cell) / sizeof(double);
    return (2 + cell) * size + classes + columns;
}

struct spread {
    double sum, squares;
};

static void note(struct spread *spread, double x)
{
    spread->sum += x;
    spread->squares += x * x;
}

static void judge(double *bias, double *error, const struct spread *spread, double count)
{
    const double mean = spread->sum / count;
    const double variance = (spread->squares - spread->sum * mean) / (count - 1);
    *bias = mean;
    *error = sqrt((variance > 0 ? variance : 0.0) + mean * mean / 9);
}

void flc_given_bootstrap(struct flc_given_distances *bias, struct flc_given_distances *error,
                         const struct flc_given_table *table, size_t resamples, uint64_t seed,
                         double *work)
{
    const size_t size = table->classes * table->columns;
    double *q = work, *counts = work + size, *rest = work + 2 * size;
    struct cell *cells = (struct cell *)(void *)(rest + table->classes + table->columns);
    flc_pcg64 generator = flc_stream_generator(seed, "sensitivity/given_data/bootstrap");
    struct spread delta = {0, 0}, median = {0, 0}, maximum = {0, 0};
    pull_together(q, table, rest);
    for (size_t i = 0; i < size; i++)
        cells[i] = make_cell(q[i] * table->samples);
    const struct flc_given_table true_one = {table->classes, table->columns, q, 1.0};
    const struct flc_given_distances at = flc_given_distances_of(&true_one, rest);
    for (size_t b = 0; b < resamples; b++) {
        struct flc_given_table drawn = {table->classes, table->columns, counts, 0};
        while (!(drawn.samples > 0))
            drawn.samples = draw(counts, &generator, cells, size);
        const struct flc_given_distances now = flc_given_distances_of(&drawn, rest);
        note(&delta, now.delta - at.delta);
        note(&median, now.median - at.median);
        note(&maximum, now.maximum - at.maximum);
    }
    judge(&bias->delta, &error->delta, &delta, (double)resamples);
    judge(&bias->median, &error->median, &median, (double)resamples);
    judge(&bias->maximum, &error->maximum, &maximum, (double)resamples);
}
