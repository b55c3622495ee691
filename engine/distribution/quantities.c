#include "distribution/quantities.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/domain.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "distribution/copula.h"
#include "distribution/distribution_kernel.h"

/* How much probability an unbounded distribution may have outside its domain. */
#define MOST_OUTSIDE 1e-3
/* Ends of a domain from here on mean "no limit". */
#define NO_LIMIT 1.7976931348623157e308

struct row {
    flc_distribution *distribution; /* NULL: constant */
    double value;
    char *path;
    flc_domain domain;
    uint32_t name;  /* of its draws */
    uint32_t place; /* among the tied quantities, FLC_NO_ROW if not tied */
    bool may_leave; /* its values can be outside the domain */
};

struct tie {
    uint32_t row_a, row_b;
    double rank;
};

struct flc_quantities {
    flc_arena *arena; /* paths */
    struct row *rows;
    size_t row_count, row_room;
    uint32_t *sampled; /* rows in the order of their making */
    size_t sampled_count, sampled_room;
    struct tie *ties;
    size_t tie_count, tie_room;
    uint32_t *tied; /* rows of tied quantities, in order of path */
    size_t tied_count;
    size_t *component; /* of each tied quantity: the first one that it hangs together with */
    double *factor;    /* tied_count x tied_count */
    bool finished;
};

flc_quantities *flc_quantities_create(flc_error *error)
{
    flc_quantities *quantities = FLC_NEW(flc_quantities, 1, error);
    if (!quantities)
        return NULL;
    quantities->arena = flc_arena_create(error);
    if (!quantities->arena) {
        flc_quantities_free(quantities);
        return NULL;
    }
    return quantities;
}

void flc_quantities_free(flc_quantities *quantities)
{
    if (!quantities)
        return;
    for (size_t i = 0; i < quantities->row_count; i++)
        flc_distribution_free(quantities->rows[i].distribution);
    flc_free(quantities->rows);
    flc_free(quantities->sampled);
    flc_free(quantities->ties);
    flc_free(quantities->tied);
    flc_free(quantities->component);
    flc_free(quantities->factor);
    flc_arena_free(quantities->arena);
    flc_free(quantities);
}

static flc_status add_row(flc_quantities *quantities, flc_quantity *quantity, struct row row,
                          flc_error *error)
{
    FLC_ASSERT(!quantities->finished);
    flc_status status = flc_reserve((void **)&quantities->rows, &quantities->row_room,
                                    quantities->row_count + 1, sizeof row, error);
    if (status != FLC_OK)
        return status;
    quantity->row = (uint32_t)quantities->row_count;
    quantities->rows[quantities->row_count++] = row;
    return FLC_OK;
}

flc_status flc_quantities_constant(flc_quantities *quantities, flc_quantity *quantity, double value,
                                   flc_error *error)
{
    if (!flc_is_finite(value))
        return flc_error_set(error, FLC_ERROR_STUDY, "a number must be finite, not %g", value);
    for (size_t i = 0; i < quantities->row_count; i++)
        if (!quantities->rows[i].distribution && quantities->rows[i].value == value) {
            quantity->row = (uint32_t)i;
            return FLC_OK;
        }
    return add_row(quantities, quantity, (struct row){.value = value + 0.0}, error);
}

/* flc_domain_contains for loops, where values are whole if they have to be. */
static inline bool inside(double x, flc_domain domain)
{
    return (domain.low_open ? x > domain.low : x >= domain.low) &&
           (domain.high_open ? x < domain.high : x <= domain.high);
}

/* Probability of a value outside the domain. */
static double leaves(const flc_distribution *distribution, flc_domain domain)
{
    const double below =
        domain.low > -NO_LIMIT ? flc_distribution_cdf(distribution, domain.low) : 0.0;
    const double above =
        domain.high < NO_LIMIT ? 1.0 - flc_distribution_cdf(distribution, domain.high) : 0.0;
    return below + above;
}

static flc_status check_bounded(const flc_distribution *distribution, flc_domain domain,
                                const char *allowed, flc_error *error)
{
    const double low = flc_distribution_low(distribution);
    const double high = flc_distribution_high(distribution);
    if (!flc_distribution_atoms(distribution))
        domain.low_open = domain.high_open = false;
    if (inside(low, domain) && inside(high, domain))
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s takes values from %.10g to %.10g; they must be %s",
                         flc_distribution_family(distribution)->key, low, high, allowed);
}

static flc_status check_domain(const flc_distribution *distribution, flc_domain domain,
                               flc_error *error)
{
    char allowed[FLC_DOMAIN_TEXT];
    flc_domain_show(allowed, domain);
    const char *family = flc_distribution_family(distribution)->key;
    if (domain.whole && !flc_distribution_whole(distribution))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "values must be %s, those of %s are not whole; use discrete", allowed,
                             family);
    if (flc_is_finite(flc_distribution_low(distribution)) &&
        flc_is_finite(flc_distribution_high(distribution)))
        return check_bounded(distribution, domain, allowed, error);
    const double probability = leaves(distribution, domain);
    if (probability <= MOST_OUTSIDE)
        return FLC_OK;
    return flc_error_set(
        error, FLC_ERROR_STUDY,
        "values must be %s; of this %s a share of %.3g would not be (up to %g may, "
        "each such draw is refused); use truncated_normal or another family within bounds",
        allowed, family, probability, MOST_OUTSIDE);
}

static bool find_path(const flc_quantities *quantities, uint32_t *row, const char *path)
{
    for (size_t i = 0; i < quantities->sampled_count; i++)
        if (strcmp(quantities->rows[quantities->sampled[i]].path, path) == 0) {
            *row = quantities->sampled[i];
            return true;
        }
    return false;
}

static flc_status add_sampled(flc_quantities *quantities, flc_quantity *quantity, struct row row,
                              const char *path, flc_error *error)
{
    uint32_t taken;
    flc_status status = check_domain(row.distribution, row.domain, error);
    if (status != FLC_OK)
        return status;
    if (find_path(quantities, &taken, path))
        return flc_error_set(error, FLC_ERROR_STUDY, "%s is given twice", path);
    row.path = flc_arena_copy(quantities->arena, path, strlen(path), error);
    if (!row.path)
        return FLC_ERROR_MEMORY;
    status = flc_reserve((void **)&quantities->sampled, &quantities->sampled_room,
                         quantities->sampled_count + 1, sizeof *quantities->sampled, error);
    if (status == FLC_OK)
        status = add_row(quantities, quantity, row, error);
    if (status == FLC_OK)
        quantities->sampled[quantities->sampled_count++] = quantity->row;
    return status;
}

flc_status flc_quantities_sampled_take(flc_quantities *quantities, flc_quantity *quantity,
                                       const char *path, flc_distribution *distribution,
                                       flc_domain domain, flc_error *error)
{
    const struct row row = {.distribution = distribution,
                            .value = (double)NAN,
                            .domain = domain,
                            .place = FLC_NO_ROW,
                            .may_leave = !inside(flc_distribution_low(distribution), domain) ||
                                         !inside(flc_distribution_high(distribution), domain)};
    flc_status status = add_sampled(quantities, quantity, row, path, error);
    if (status != FLC_OK)
        flc_distribution_free(distribution);
    return status;
}

static flc_status find_tied(const flc_quantities *quantities, uint32_t *row, const char *path,
                            flc_error *error)
{
    if (find_path(quantities, row, path))
        return FLC_OK;
    flc_suggestion near;
    flc_suggestion_start(&near, path);
    for (size_t i = 0; i < quantities->sampled_count; i++)
        flc_suggestion_offer(&near, quantities->rows[quantities->sampled[i]].path);
    if (near.best)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s is not an uncertain quantity; did you mean %s?", path, near.best);
    return flc_error_set(
        error, FLC_ERROR_STUDY,
        "%s is not an uncertain quantity: only distributions can depend on each other", path);
}

flc_status flc_quantities_tie(flc_quantities *quantities, const char *path_a, const char *path_b,
                              double rank, flc_error *error)
{
    struct tie tie = {.rank = rank};
    flc_status status = find_tied(quantities, &tie.row_a, path_a, error);
    if (status == FLC_OK)
        status = find_tied(quantities, &tie.row_b, path_b, error);
    if (status != FLC_OK)
        return status;
    if (!(rank > -1.0 && rank < 1.0))
        return flc_error_set(error, FLC_ERROR_STUDY, "rank must be in (-1, 1), not %.10g", rank);
    if (tie.row_a == tie.row_b)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s cannot be paired with itself", path_a);
    for (size_t i = 0; i < quantities->tie_count; i++) {
        const struct tie *other = &quantities->ties[i];
        if ((other->row_a == tie.row_a && other->row_b == tie.row_b) ||
            (other->row_a == tie.row_b && other->row_b == tie.row_a))
            return flc_error_set(error, FLC_ERROR_STUDY, "the pair of %s and %s is given twice",
                                 path_a, path_b);
    }
    status = flc_reserve((void **)&quantities->ties, &quantities->tie_room,
                         quantities->tie_count + 1, sizeof tie, error);
    if (status == FLC_OK)
        quantities->ties[quantities->tie_count++] = tie;
    return status;
}

/* Insert a row into the tied ones, which stay sorted by path, byte by byte. */
static void insert_tied(flc_quantities *quantities, uint32_t row)
{
    if (quantities->rows[row].place != FLC_NO_ROW)
        return;
    size_t place = quantities->tied_count++;
    for (; place > 0 && strcmp(quantities->rows[quantities->tied[place - 1]].path,
                               quantities->rows[row].path) > 0;
         place--)
        quantities->tied[place] = quantities->tied[place - 1];
    quantities->tied[place] = row;
    for (; place < quantities->tied_count; place++)
        quantities->rows[quantities->tied[place]].place = (uint32_t)place;
}

static flc_status collect_tied(flc_quantities *quantities, flc_error *error)
{
    quantities->tied = FLC_NEW(uint32_t, 2 * quantities->tie_count, error);
    if (!quantities->tied)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < quantities->tie_count; i++) {
        insert_tied(quantities, quantities->ties[i].row_a);
        insert_tied(quantities, quantities->ties[i].row_b);
    }
    return FLC_OK;
}

static flc_status find_components(flc_quantities *quantities, flc_error *error)
{
    size_t *component = quantities->component = FLC_NEW(size_t, quantities->tied_count, error);
    if (!component)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < quantities->tied_count; i++)
        component[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < quantities->tie_count; i++) {
            size_t *a = &component[quantities->rows[quantities->ties[i].row_a].place];
            size_t *b = &component[quantities->rows[quantities->ties[i].row_b].place];
            changed |= *a != *b;
            *a = *b = *a < *b ? *a : *b;
        }
    }
    return FLC_OK;
}

static flc_status factor_copula(flc_quantities *quantities, flc_error *error)
{
    const size_t n = quantities->tied_count;
    flc_status status = FLC_ERROR_MEMORY;
    const char **paths = FLC_NEW(const char *, n, error);
    double *matrix = FLC_NEW(double, n *n, error);
    quantities->factor = FLC_NEW(double, n *n, error);
    if (!paths || !matrix || !quantities->factor)
        goto done;
    for (size_t i = 0; i < n; i++) {
        paths[i] = quantities->rows[quantities->tied[i]].path;
        matrix[i * n + i] = 1.0;
    }
    for (size_t i = 0; i < quantities->tie_count; i++) {
        const size_t a = quantities->rows[quantities->ties[i].row_a].place;
        const size_t b = quantities->rows[quantities->ties[i].row_b].place;
        matrix[a * n + b] = matrix[b * n + a] = flc_copula_correlation(quantities->ties[i].rank);
    }
    status = flc_copula_factor(quantities->factor, matrix, n, paths, error);
done:
    flc_free(matrix);
    flc_free(paths);
    return status;
}

flc_status flc_quantities_finish(flc_quantities *quantities, flc_names *names, flc_error *error)
{
    FLC_ASSERT(!quantities->finished);
    quantities->finished = true;
    for (size_t i = 0; i < quantities->sampled_count; i++) {
        struct row *row = &quantities->rows[quantities->sampled[i]];
        flc_status status = flc_names_add(names, &row->name, row->path, error);
        if (status != FLC_OK)
            return status;
    }
    if (quantities->tie_count == 0)
        return FLC_OK;
    flc_status status = collect_tied(quantities, error);
    if (status == FLC_OK)
        status = find_components(quantities, error);
    return status == FLC_OK ? factor_copula(quantities, error) : status;
}

size_t flc_quantities_rows(const flc_quantities *quantities)
{
    return quantities->row_count;
}

bool flc_quantities_is_sampled(const flc_quantities *quantities, uint32_t row)
{
    return quantities->rows[row].distribution != NULL;
}

double flc_quantities_value(const flc_quantities *quantities, uint32_t row)
{
    return quantities->rows[row].value;
}

const flc_distribution *flc_quantities_distribution(const flc_quantities *quantities, uint32_t row)
{
    return quantities->rows[row].distribution;
}

const char *flc_quantities_path(const flc_quantities *quantities, uint32_t row)
{
    return quantities->rows[row].path;
}

uint32_t flc_quantities_name(const flc_quantities *quantities, uint32_t row)
{
    return quantities->rows[row].name;
}

double flc_quantities_low(const flc_quantities *quantities, uint32_t row)
{
    const struct row *at = &quantities->rows[row];
    return at->distribution ? flc_distribution_low(at->distribution) : at->value;
}

double flc_quantities_high(const flc_quantities *quantities, uint32_t row)
{
    const struct row *at = &quantities->rows[row];
    return at->distribution ? flc_distribution_high(at->distribution) : at->value;
}

size_t flc_quantities_sampled_count(const flc_quantities *quantities)
{
    return quantities->sampled_count;
}

uint32_t flc_quantities_sampled_row(const flc_quantities *quantities, size_t i)
{
    return quantities->sampled[i];
}

void flc_quantities_fill_constants(const flc_quantities *quantities, double *values)
{
    for (size_t row = 0; row < quantities->row_count; row++)
        if (!quantities->rows[row].distribution)
            for (size_t i = 0; i < FLC_BLOCK; i++)
                values[row * FLC_BLOCK + i] = quantities->rows[row].value;
}

size_t flc_quantities_scratch(const flc_quantities *quantities)
{
    return FLC_BLOCK * (quantities->tied_count + FLC_NORMAL_ROWS);
}

/* u = Phi(sum of weight times normals). */
static void couple(const struct flc_distribution_kernels *kernels, double *u, const double *normals,
                   const double *weights, size_t count)
{
    memset(u, 0, FLC_BLOCK * sizeof *u);
    for (size_t j = 0; j < count; j++)
        if (weights[j] != 0.0)
            kernels->add(u, normals + j * FLC_BLOCK, weights[j], FLC_BLOCK);
    kernels->probability(u, u, FLC_BLOCK);
}

static void draw_uniforms(double *u, const flc_quantities *quantities, flc_isa isa,
                          const struct row *row, const double *normals, const flc_draws *draws)
{
    const struct flc_distribution_kernels *kernels = FLC_ISA_PICK(flc_distribution_kernels, isa);
    const size_t tied = quantities->tied_count;
    if (row->place != FLC_NO_ROW)
        couple(kernels, u, normals, quantities->factor + row->place * tied, row->place + 1);
    else
        flc_draws_uniform(draws, row->name, 0, u);
}

/* Whether a quantity's values are made from standard normals, and these are its own draws. */
static bool takes_normals(const struct row *row)
{
    return row->place == FLC_NO_ROW && flc_distribution_of_normals(row->distribution);
}

/* Quantities that take normals, which are best drawn by several names; z has FLC_NORMAL_ROWS rows.
 */
static void sample_by_normals(const flc_quantities *quantities, flc_isa isa, double *values,
                              double *z, const flc_draws *draws)
{
    uint32_t names[FLC_NORMAL_ROWS], rows[FLC_NORMAL_ROWS];
    size_t count = 0;
    for (size_t i = 0; i < quantities->sampled_count; i++) {
        const uint32_t at = quantities->sampled[i];
        if (takes_normals(&quantities->rows[at])) {
            names[count] = quantities->rows[at].name;
            rows[count++] = at;
        }
        if (count < FLC_NORMAL_ROWS && i + 1 < quantities->sampled_count)
            continue;
        flc_draws_normals(draws, names, count, 0, z);
        for (size_t k = 0; k < count; k++)
            flc_distribution_at_normals(quantities->rows[rows[k]].distribution, isa,
                                        values + (size_t)rows[k] * FLC_BLOCK, z + k * FLC_BLOCK);
        count = 0;
    }
}

void flc_quantities_sample(const flc_quantities *quantities, flc_isa isa, double *values,
                           double *scratch, const flc_draws *draws)
{
    double *normals = scratch + (size_t)FLC_NORMAL_ROWS * FLC_BLOCK;
    sample_by_normals(quantities, isa, values, scratch, draws);
    flc_quantities_tied_normals(quantities, normals, draws);
    for (size_t i = 0; i < quantities->sampled_count; i++) {
        const uint32_t at = quantities->sampled[i];
        const struct row *row = &quantities->rows[at];
        if (takes_normals(row))
            continue;
        draw_uniforms(scratch, quantities, isa, row, normals, draws);
        flc_distribution_quantile(row->distribution, isa, values + (size_t)at * FLC_BLOCK, scratch,
                                  FLC_BLOCK);
    }
}

void flc_quantities_uniforms(const flc_quantities *quantities, flc_isa isa, double *u,
                             double *scratch, const flc_draws *draws)
{
    flc_quantities_tied_normals(quantities, scratch, draws);
    for (size_t i = 0; i < quantities->sampled_count; i++)
        draw_uniforms(u + i * FLC_BLOCK, quantities, isa, &quantities->rows[quantities->sampled[i]],
                      scratch, draws);
}

size_t flc_quantities_tied_count(const flc_quantities *quantities)
{
    return quantities->tied_count;
}

uint32_t flc_quantities_tied_row(const flc_quantities *quantities, size_t i)
{
    return quantities->tied[i];
}

void flc_quantities_tied_normals(const flc_quantities *quantities, double *normals,
                                 const flc_draws *draws)
{
    uint32_t names[FLC_NORMAL_ROWS];
    for (size_t i = 0, count; i < quantities->tied_count; i += count) {
        for (count = 0; count < FLC_NORMAL_ROWS && i + count < quantities->tied_count; count++)
            names[count] = quantities->rows[quantities->tied[i + count]].name;
        flc_draws_normals(draws, names, count, 0, normals + i * FLC_BLOCK);
    }
}

bool flc_quantities_tied_together(const flc_quantities *quantities, size_t i, size_t k)
{
    return quantities->component[i] == quantities->component[k];
}

/* Correlations of the tied quantities, R = L L'. */
static double correlation(const flc_quantities *quantities, size_t i, size_t k)
{
    const size_t n = quantities->tied_count;
    const double *a = quantities->factor + i * n, *b = quantities->factor + k * n;
    double sum = 0.0;
    for (size_t j = 0; j <= (i < k ? i : k); j++)
        sum += a[j] * b[j];
    return sum;
}

/* Eliminate the frozen quantities from R, one by one (a sweep each): what is left of the released
 * ones is their covariance given the frozen, and in the frozen columns their regression on these.
 */
static void sweep(double *matrix, size_t n, size_t pivot)
{
    const double by = matrix[pivot * n + pivot];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; i != pivot && j < n; j++)
            if (j != pivot)
                matrix[i * n + j] -= matrix[i * n + pivot] * matrix[pivot * n + j] / by;
    for (size_t i = 0; i < n; i++)
        if (i != pivot) {
            matrix[i * n + pivot] /= by;
            matrix[pivot * n + i] /= by;
        }
    matrix[pivot * n + pivot] = -1.0 / by;
}

/* Weights of a released quantity: its regression on the frozen ones, these by their own weights. */
static void regress(const flc_quantities *quantities, double *weights, const double *swept,
                    const bool *released, size_t i)
{
    const size_t n = quantities->tied_count;
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; !released[k] && j <= k; j++)
            weights[i * 2 * n + j] += swept[i * n + k] * quantities->factor[k * n + j];
}

/* Cholesky factor of the covariance given the frozen ones, into the columns of B. */
static void spread(double *weights, const double *swept, const bool *released, size_t n, size_t i)
{
    double *own = weights + i * 2 * n + n;
    for (size_t k = 0; k <= i; k++) {
        const double *other = weights + k * 2 * n + n;
        double sum = released[k] ? swept[i * n + k] : 0.0;
        for (size_t j = 0; j < k && released[k]; j++)
            sum -= own[j] * other[j];
        if (released[k])
            own[k] = k < i ? (other[k] > 0.0 ? sum / other[k] : 0.0) : sqrt(sum > 0.0 ? sum : 0.0);
    }
}

void flc_quantities_condition(const flc_quantities *quantities, double *weights,
                              const bool *released, double *scratch)
{
    const size_t n = quantities->tied_count;
    memset(weights, 0, 2 * n * n * sizeof *weights);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            scratch[i * n + k] = correlation(quantities, i, k);
    for (size_t i = 0; i < n; i++)
        if (!released[i])
            sweep(scratch, n, i);
    for (size_t i = 0; i < n; i++) {
        if (!released[i]) {
            memcpy(weights + i * 2 * n, quantities->factor + i * n, (i + 1) * sizeof *weights);
            continue;
        }
        regress(quantities, weights, scratch, released, i);
        spread(weights, scratch, released, n, i);
    }
}

void flc_quantities_fill_tied(const flc_quantities *quantities, flc_isa isa, double *values,
                              const double *normals, const double *weights)
{
    const struct flc_distribution_kernels *kernels = FLC_ISA_PICK(flc_distribution_kernels, isa);
    const size_t n = quantities->tied_count;
    for (size_t i = 0; i < n; i++) {
        double u[FLC_BLOCK];
        const uint32_t row = quantities->tied[i];
        couple(kernels, u, normals, weights + i * 2 * n, 2 * n);
        flc_distribution_quantile(quantities->rows[row].distribution, isa,
                                  values + (size_t)row * FLC_BLOCK, u, FLC_BLOCK);
    }
}

void flc_quantities_refuse(const flc_quantities *quantities, uint32_t row, const double *values,
                           double *refused)
{
    const struct row *at = &quantities->rows[row];
    if (!at->may_leave)
        return;
    const double *x = values + (size_t)row * FLC_BLOCK;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        refused[i] = inside(x[i], at->domain) ? refused[i] : 1.0;
}
