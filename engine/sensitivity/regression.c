#include "sensitivity/regression.h"

#include "base/elementary.h"
#include "base/memory.h"

/* What of a regressor's variance the ones before it must leave. */
#define LEAST_LEFT 1e-9
/* Variance over mean square below which a column is constant but for rounding. */
#define CONSTANT 1e-13

/* Columns 0 ... p - 1 are the regressors, p is y: centred, of variance 1 over all samples. */
struct work {
    size_t p, used; /* used: not redundant */
    const double (*products)[FLC_REPLICATES];
    double n, samples[FLC_REPLICATES];
    double *mean, *scale; /* [p + 1]; scale 0: constant */
    double *of_replicate; /* [triangle of p + 1]: centred and scaled products of a replicate */
    double *whole;        /* the same of all: correlations */
    double *factor;       /* Cholesky's, rows of redundant ones 0 */
    double *coefficient;  /* [p] */
    double *change;       /* [p] by one replicate */
    double *variance;     /* [p] sums of squared changes */
    double share, share_variance;
};

static size_t place(size_t i, size_t j)
{
    return i * (i + 1) / 2 + j;
}

static void free_work(struct work *work)
{
    flc_free(work->mean);
    flc_free(work->scale);
    flc_free(work->of_replicate);
    flc_free(work->whole);
    flc_free(work->factor);
    flc_free(work->coefficient);
    flc_free(work->change);
    flc_free(work->variance);
}

static flc_status make_work(struct work *work, const flc_regression_sums *sums, flc_error *error)
{
    const size_t columns = sums->regressors + 1, triangle = columns * (columns + 1) / 2;
    *work = (struct work){.p = sums->regressors, .products = sums->products};
    work->mean = FLC_NEW(double, columns, error);
    work->scale = FLC_NEW(double, columns, error);
    work->of_replicate = FLC_NEW(double, triangle, error);
    work->whole = FLC_NEW(double, triangle, error);
    work->factor = FLC_NEW(double, triangle, error);
    work->coefficient = FLC_NEW(double, columns, error);
    work->change = FLC_NEW(double, columns, error);
    work->variance = FLC_NEW(double, columns, error);
    const bool all = work->mean && work->scale && work->of_replicate && work->whole &&
                     work->factor && work->coefficient && work->change && work->variance;
    return all ? FLC_OK : FLC_ERROR_MEMORY;
}

static double total(const double sums[FLC_REPLICATES])
{
    double sum = 0;
    for (int r = 0; r < FLC_REPLICATES; r++)
        sum += sums[r];
    return sum;
}

/* Means and scales; products have the constant as their column 0. */
static void center(struct work *work)
{
    for (int r = 0; r < FLC_REPLICATES; r++)
        work->samples[r] = work->products[0][r];
    work->n = total(work->samples);
    for (size_t i = 0; i <= work->p; i++) {
        const double square = total(work->products[place(i + 1, i + 1)]);
        work->mean[i] = total(work->products[place(i + 1, 0)]) / work->n;
        const double variance = square / work->n - work->mean[i] * work->mean[i];
        const bool varies = variance * work->n > CONSTANT * square && square < (double)INFINITY;
        work->scale[i] = varies ? 1 / sqrt(variance) : 0.0;
    }
}

/* Products of a replicate, over n. */
static void take_replicate(struct work *work, int r)
{
    double *to = work->of_replicate;
    for (size_t i = 0; i <= work->p; i++)
        for (size_t j = 0; j <= i; j++) {
            const double a = work->mean[i], b = work->mean[j];
            const double sum = work->products[place(i + 1, j + 1)][r] -
                               a * work->products[place(j + 1, 0)][r] -
                               b * work->products[place(i + 1, 0)][r] + a * b * work->samples[r];
            const bool varies = work->scale[i] > 0 && work->scale[j] > 0;
            *to++ = varies ? sum * (work->scale[i] / work->n) * work->scale[j] : 0.0;
        }
}

static void correlate(struct work *work)
{
    const size_t size = place(work->p + 1, 0);
    for (int r = 0; r < FLC_REPLICATES; r++) {
        take_replicate(work, r);
        for (size_t k = 0; k < size; k++)
            work->whole[k] += work->of_replicate[k];
    }
}

static bool is_redundant(const struct work *work, size_t i)
{
    return work->factor[place(i, i)] == 0.0;
}

static void factorise(struct work *work)
{
    for (size_t i = 0; i < work->p; i++) {
        double *row = work->factor + place(i, 0);
        double left = work->scale[i] > 0 ? work->whole[place(i, i)] : 0.0;
        for (size_t j = 0; j < i; j++) {
            const double *other = work->factor + place(j, 0);
            double sum = work->whole[place(i, j)];
            for (size_t k = 0; k < j; k++)
                sum -= row[k] * other[k];
            row[j] = other[j] > 0 ? sum / other[j] : 0.0;
            left -= row[j] * row[j];
        }
        row[i] = left > LEAST_LEFT ? sqrt(left) : 0.0;
        work->used += row[i] > 0;
        for (size_t j = 0; row[i] == 0.0 && j < i; j++)
            row[j] = 0.0;
    }
}

/* x = A^-1 x, 0 for redundant ones. */
static void solve(const struct work *work, double *x)
{
    for (size_t i = 0; i < work->p; i++) {
        const double *row = work->factor + place(i, 0);
        for (size_t k = 0; k < i; k++)
            x[i] -= row[k] * x[k];
        x[i] = row[i] > 0 ? x[i] / row[i] : 0.0;
    }
    for (size_t i = work->p; i-- > 0;) {
        const double *row = work->factor + place(i, 0);
        x[i] = row[i] > 0 ? x[i] / row[i] : 0.0;
        for (size_t k = 0; k < i; k++)
            x[k] -= row[k] * x[i];
    }
}

/* The product of a symmetric matrix's row with the coefficients. */
static double times_coefficients(const struct work *work, const double *matrix, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < work->p; k++)
        sum += matrix[i >= k ? place(i, k) : place(k, i)] * work->coefficient[k];
    return sum;
}

static void fit(struct work *work)
{
    for (size_t i = 0; i < work->p; i++)
        work->coefficient[i] = work->whole[place(work->p, i)];
    solve(work, work->coefficient);
    for (size_t i = 0; i < work->p; i++)
        work->share += work->coefficient[i] * work->whole[place(work->p, i)];
}

/* What replicate r changes: the score, and the standard deviations. */
static void note_replicate(struct work *work, int r)
{
    take_replicate(work, r);
    const double *own = work->of_replicate, y = own[place(work->p, work->p)];
    double residual = y;
    for (size_t i = 0; i < work->p; i++) {
        const double fitted = times_coefficients(work, own, i), with_y = own[place(work->p, i)];
        work->change[i] = with_y - fitted;
        residual += work->coefficient[i] * (fitted - 2 * with_y);
    }
    solve(work, work->change);
    for (size_t i = 0; i < work->p; i++) {
        const double change = work->change[i] + 0.5 * work->coefficient[i] * (own[place(i, i)] - y);
        work->variance[i] += change * change;
    }
    const double change = residual - (1 - work->share) * y;
    work->share_variance += change * change;
}

static void report(flc_regression_fit *result, flc_regression_coefficient *coefficients,
                   const struct work *work)
{
    const double nothing = (double)NAN, degrees = work->n - (double)work->used - 1;
    const bool known = degrees > 0 && work->scale[work->p] > 0;
    const double few = (double)FLC_REPLICATES / (FLC_REPLICATES - 1) * (work->n / degrees);
    for (size_t i = 0; i < work->p; i++) {
        const bool redundant = is_redundant(work, i);
        coefficients[i] = (flc_regression_coefficient){nothing, nothing, redundant};
        if (redundant || !known)
            continue;
        coefficients[i].value = work->coefficient[i];
        coefficients[i].error = sqrt(work->variance[i] * few);
    }
    *result = (flc_regression_fit){nothing, nothing, nothing};
    if (!known)
        return;
    result->plain = work->share;
    result->adjusted = 1 - (1 - work->share) * ((work->n - 1) / degrees);
    result->error = sqrt(work->share_variance * few);
}

flc_status flc_regression_solve(flc_regression_fit *result,
                                flc_regression_coefficient *coefficients,
                                const flc_regression_sums *sums, flc_error *error)
{
    struct work work;
    const flc_status status = make_work(&work, sums, error);
    if (status == FLC_OK) {
        center(&work);
        correlate(&work);
        factorise(&work);
        fit(&work);
        for (int r = 0; r < FLC_REPLICATES; r++)
            note_replicate(&work, r);
        report(result, coefficients, &work);
    }
    free_work(&work);
    return status;
}
