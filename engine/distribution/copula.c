#include "distribution/copula.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"

double flc_copula_correlation(double rank)
{
    /* The sine's own series: |pi rho/6| <= 0.53, term 11 is below 1e-22. */
    const double angle = rank * 0.52359877559829887308, square = angle * angle;
    double sum = 0.0;
    for (int n = 21; n >= 3; n -= 2)
        sum = (1.0 + sum) * -square / (n * (n - 1));
    return 2.0 * (angle + angle * sum);
}

/* Row by row (Cholesky and Banachiewicz); 0 where a pivot is not clearly positive. */
static int cholesky(double *factor, const double *matrix, size_t count)
{
    memset(factor, 0, count * count * sizeof *factor);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *row = factor + i * count, *other = factor + j * count;
            double rest = matrix[i * count + j];
            for (size_t k = 0; k < j; k++)
                rest -= row[k] * other[k];
            if (i == j && !(rest > 1e-12))
                return 0;
            factor[i * count + j] = i == j ? sqrt(rest) : rest / other[j];
        }
    return 1;
}

/* Rotate rows and columns p and q so that matrix[p][q] becomes 0 (Golub and Van Loan, 8.5). */
static void rotate(double *matrix, double *vectors, size_t count, size_t p, size_t q)
{
    const double apart = matrix[p * count + q];
    const double theta = (matrix[q * count + q] - matrix[p * count + p]) / (2.0 * apart);
    const double t = (theta < 0.0 ? -1.0 : 1.0) / (flc_abs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (size_t k = 0; k < count; k++) {
        const double kp = matrix[k * count + p], kq = matrix[k * count + q];
        matrix[k * count + p] = c * kp - s * kq;
        matrix[k * count + q] = s * kp + c * kq;
    }
    for (size_t k = 0; k < count; k++) {
        const double pk = matrix[p * count + k], qk = matrix[q * count + k];
        matrix[p * count + k] = c * pk - s * qk;
        matrix[q * count + k] = s * pk + c * qk;
        const double vp = vectors[k * count + p], vq = vectors[k * count + q];
        vectors[k * count + p] = c * vp - s * vq;
        vectors[k * count + q] = s * vp + c * vq;
    }
}

static double off_diagonal(const double *matrix, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            sum += matrix[i * count + j] * matrix[i * count + j];
    return sum;
}

double flc_copula_smallest(double *vector, double *matrix, double *vectors, size_t count)
{
    enum { SWEEPS = 60 }; /* a handful are needed: convergence is quadratic */
    memset(vectors, 0, count * count * sizeof *vectors);
    for (size_t i = 0; i < count; i++)
        vectors[i * count + i] = 1.0;
    for (int sweep = 0; sweep < SWEEPS && off_diagonal(matrix, count) > 1e-28; sweep++)
        for (size_t p = 0; p + 1 < count; p++)
            for (size_t q = p + 1; q < count; q++)
                if (flc_abs(matrix[p * count + q]) > 1e-300)
                    rotate(matrix, vectors, count, p, q);
    size_t least = 0;
    for (size_t i = 1; i < count; i++)
        if (matrix[i * count + i] < matrix[least * count + least])
            least = i;
    for (size_t i = 0; i < count; i++)
        vector[i] = vectors[i * count + least];
    return matrix[least * count + least];
}

/* Append to `text` the pairs that weigh most in the eigenvector: |r_ij v_i v_j|, largest first. */
static void name_pairs(char *text, size_t room, double *matrix, const double *vector, size_t count,
                       const char *const *names)
{
    enum { NAMED = 3 };
    double first = 0.0;
    for (int named = 0; named < NAMED; named++) {
        size_t at_i = 0, at_j = 0;
        double most = 0.0;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++) {
                const double weight = flc_abs(matrix[i * count + j] * vector[i] * vector[j]);
                if (weight > most) {
                    most = weight;
                    at_i = i;
                    at_j = j;
                }
            }
        if (named == 0)
            first = most;
        if (!(most > 0.05 * first))
            return;
        const size_t used = strlen(text);
        snprintf(text + used, room - used, "%s%s and %s", named ? "; " : "", names[at_j],
                 names[at_i]);
        matrix[at_i * count + at_j] = 0.0; /* named */
    }
}

static flc_status explain(const double *matrix, size_t count, const char *const *names,
                          flc_error *error)
{
    char pairs[FLC_ERROR_TEXT / 2] = "";
    flc_status status = FLC_ERROR_MEMORY;
    double *work = FLC_NEW(double, 2 * count * count + count, error);
    if (!work)
        goto done;
    double *vector = work + 2 * count * count;
    memcpy(work, matrix, count * count * sizeof *work);
    const double smallest = flc_copula_smallest(vector, work, work + count * count, count);
    memcpy(work, matrix, count * count * sizeof *work);
    name_pairs(pairs, sizeof pairs, work, vector, count, names);
    status = flc_error_set(
        error, FLC_ERROR_STUDY,
        "the rank correlations contradict each other: their matrix is not positive definite, its "
        "smallest eigenvalue is %.4g. The pairs that weigh most in it: %s. Weaken these, or add "
        "the "
        "missing correlations between their quantities (pairs not listed count as 0)",
        smallest, pairs);
done:
    flc_free(work);
    return status;
}

flc_status flc_copula_factor(double *factor, const double *matrix, size_t count,
                             const char *const *names, flc_error *error)
{
    if (cholesky(factor, matrix, count))
        return FLC_OK;
    return explain(matrix, count, names, error);
}
