/* Regressions of voi.h on one quantity: penalised splines in z.
 *
 * With B the cubic B-splines on PIECES equal pieces between the scores -REACH and REACH, straight
 * beyond, n_c samples and the sum s_c of responses in cell c:
 *
 *   A = B' diag(n) B,  b = B' s,  beta = (A + lambda D'D)^-1 b,  D second differences,
 *   freedom e = trace((A + lambda D'D)^-1 A),  rest R = sum y^2 - 2 beta'b + beta'A beta,
 *   score N R / (N - 1.4 e)^2
 *
 * lambda is chosen from a fixed list by the score. The constant, R_0 = sum y^2, is kept unless
 * N (R_0 - R)/R > 2 log(1 + number of quantities) for each degree of freedom beyond its one: so
 * that not every tenth of many quantities seems to matter by chance. */
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "sensitivity/voi_priv.h"

enum { PIECES = 16, BASIS = PIECES + 3, TOUCHED = 4, PENALTIES = 16 };
static const double LIGHTEST = 0x1p-22, FREEDOM_FACTOR = 1.4, RIDGE = 0x1p-40, REACH = 2;

/* Of one quantity at a time. */
struct fit {
    size_t first[FLC_VOI_CELLS]; /* basis functions that are not 0 in a cell, from this one on */
    double basis[FLC_VOI_CELLS][TOUCHED];
    double penalty[BASIS * BASIS];
    double samples; /* used */
    size_t rivals;
    double *squares; /* [rivals] sum of squared responses */
    double count[FLC_VOI_CELLS];
    double *sums;     /* [rivals][cells] */
    double *products; /* b: [rivals][BASIS] */
    double *chosen;   /* beta: [rivals][BASIS] */
    double *scores;   /* [rivals] the best so far */
    double *freedoms; /* [rivals] degrees of freedom of it */
    double risk;      /* what one of them must gain */
    double *rests;    /* [rivals] sum of squares that it leaves */
    double moments[BASIS * BASIS], factor[BASIS * BASIS];
};

/* ---- basis ----------------------------------------------------------------------------------- */

static void fill_basis(double basis[TOUCHED], double t)
{
    const double s = 1 - t;
    basis[0] = s * s * s / 6;
    basis[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    basis[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
    basis[3] = t * t * t / 6;
}

/* Straight on from an end of a piece, t = 0 or 1. */
static void fill_beyond(double basis[TOUCHED], double t)
{
    const double end = t < 0 ? 0 : 1;
    const double slopes[2][TOUCHED] = {{-0.5, 0, 0.5, 0}, {0, -0.5, 0, 0.5}};
    fill_basis(basis, end);
    for (size_t i = 0; i < TOUCHED; i++)
        basis[i] += (t - end) * slopes[t >= 0][i];
}

static void make_basis(struct fit *fit, const double *score)
{
    const double width = 2 * REACH / PIECES;
    for (size_t c = 0; c < FLC_VOI_CELLS; c++) {
        const double at = (score[c] + REACH) / width;
        const size_t piece = at < 0 ? 0 : (size_t)at < PIECES ? (size_t)at : PIECES - 1;
        const double t = at - (double)piece;
        fit->first[c] = piece;
        if (t < 0 || t > 1)
            fill_beyond(fit->basis[c], t);
        else
            fill_basis(fit->basis[c], t);
    }
    static const double difference[3] = {1, -2, 1};
    for (size_t k = 0; k + 2 < BASIS; k++)
        for (size_t i = 0; i < 3; i++)
            for (size_t j = 0; j < 3; j++)
                fit->penalty[(k + i) * BASIS + k + j] += difference[i] * difference[j];
}

/* ---- sums ------------------------------------------------------------------------------------ */

static void sum_cells(struct fit *fit, const flc_voi_rule *rule, size_t quantity,
                      const struct flc_voi_lessons *lessons)
{
    double response[FLC_BLOCK];
    memset(fit->count, 0, sizeof fit->count);
    memset(fit->sums, 0, fit->rivals * FLC_VOI_CELLS * sizeof *fit->sums);
    for (size_t b = 0; b < lessons->blocks; b++) {
        const struct flc_voi_block *block = &lessons->block[b];
        const uint16_t *cell = block->cell + quantity * FLC_BLOCK;
        for (size_t l = 0; l < FLC_BLOCK; l++)
            fit->count[cell[l]] += block->weight[l];
        for (size_t r = 0; r < fit->rivals; r++) {
            flc_voi_response(rule, response, r, block);
            double *sums = fit->sums + r * FLC_VOI_CELLS;
            for (size_t l = 0; l < FLC_BLOCK; l++)
                sums[cell[l]] += response[l];
        }
    }
}

static void sum_basis(struct fit *fit)
{
    memset(fit->moments, 0, sizeof fit->moments);
    memset(fit->products, 0, fit->rivals * BASIS * sizeof *fit->products);
    for (size_t c = 0; c < FLC_VOI_CELLS; c++) {
        const size_t first = fit->first[c];
        const double *basis = fit->basis[c];
        if (fit->count[c] == 0)
            continue;
        for (size_t i = 0; i < TOUCHED; i++)
            for (size_t j = 0; j < TOUCHED; j++)
                fit->moments[(first + i) * BASIS + first + j] +=
                    fit->count[c] * basis[i] * basis[j];
        for (size_t r = 0; r < fit->rivals; r++)
            for (size_t i = 0; i < TOUCHED; i++)
                fit->products[r * BASIS + first + i] += fit->sums[r * FLC_VOI_CELLS + c] * basis[i];
    }
}

/* ---- smoothness ------------------------------------------------------------------------------ */

static double freedom(const struct fit *fit)
{
    double trace = 0, column[BASIS];
    for (size_t k = 0; k < BASIS; k++) {
        for (size_t i = 0; i < BASIS; i++)
            column[i] = fit->moments[i * BASIS + k];
        flc_voi_solve(fit->factor, column, BASIS);
        trace += column[k];
    }
    return trace;
}

/* Sum of squares that beta leaves, not below rounding. */
static double rest(const struct fit *fit, size_t rival, const double *beta)
{
    const double *products = fit->products + rival * BASIS;
    double sum = fit->squares[rival];
    for (size_t i = 0; i < BASIS; i++) {
        double own = 0;
        for (size_t j = 0; j < BASIS; j++)
            own += fit->moments[i * BASIS + j] * beta[j];
        sum += beta[i] * (own - 2 * products[i]);
    }
    const double least = fit->squares[rival] * 0x1p-45;
    return sum > least ? sum : least;
}

static double score_of(const struct fit *fit, double left, double degrees)
{
    const double free = fit->samples - FREEDOM_FACTOR * degrees;
    return fit->samples * left / (free * free);
}

static void try_penalty(struct fit *fit, double penalty)
{
    double beta[BASIS];
    for (size_t i = 0; i < BASIS * BASIS; i++)
        fit->factor[i] = fit->moments[i] + penalty * fit->penalty[i];
    for (size_t i = 0; i < BASIS; i++)
        fit->factor[i * BASIS + i] += RIDGE * fit->samples;
    if (!flc_voi_factor(fit->factor, BASIS))
        return;
    const double degrees = freedom(fit);
    if (FREEDOM_FACTOR * degrees >= fit->samples)
        return;
    for (size_t r = 0; r < fit->rivals; r++) {
        memcpy(beta, fit->products + r * BASIS, sizeof beta);
        flc_voi_solve(fit->factor, beta, BASIS);
        const double left = rest(fit, r, beta), score = score_of(fit, left, degrees);
        if (score < fit->scores[r]) {
            fit->scores[r] = score;
            fit->rests[r] = left;
            fit->freedoms[r] = degrees;
            memcpy(fit->chosen + r * BASIS, beta, sizeof beta);
        }
    }
}

/* ---- the curves ------------------------------------------------------------------------------ */

/* The spline of a rival, less its mean over the samples. */
static void fill_curve(double *curve, const struct fit *fit, size_t rival)
{
    const double *beta = fit->chosen + rival * BASIS;
    double sum = 0;
    for (size_t c = 0; c < FLC_VOI_CELLS; c++) {
        double value = 0;
        for (size_t i = 0; i < TOUCHED; i++)
            value += fit->basis[c][i] * beta[fit->first[c] + i];
        curve[c] = value;
        sum += fit->count[c] * value;
    }
    for (size_t c = 0; c < FLC_VOI_CELLS; c++)
        curve[c] -= sum / fit->samples;
}

/* A curve that gains too little becomes the constant. */
static void keep_or_drop(struct fit *fit, size_t rival)
{
    const double more = fit->freedoms[rival] - 1, gain = fit->squares[rival] - fit->rests[rival];
    if (fit->samples * gain > fit->risk * (more > 1 ? more : 1) * fit->rests[rival])
        return;
    fit->rests[rival] = fit->squares[rival];
    memset(fit->chosen + rival * BASIS, 0, BASIS * sizeof *fit->chosen);
}

static void fit_quantity(struct fit *fit, flc_voi_rule *rule, size_t quantity, double *explained,
                         const struct flc_voi_lessons *lessons)
{
    sum_cells(fit, rule, quantity, lessons);
    sum_basis(fit);
    for (size_t r = 0; r < fit->rivals; r++) {
        fit->rests[r] = fit->squares[r];
        fit->freedoms[r] = 1;
        fit->scores[r] = score_of(fit, fit->squares[r], 1);
        memset(fit->chosen + r * BASIS, 0, BASIS * sizeof *fit->chosen);
    }
    double penalty = LIGHTEST * fit->samples;
    for (int i = 0; i < PENALTIES; i++, penalty *= 4)
        try_penalty(fit, penalty);
    *explained = 0;
    for (size_t r = 0; r < fit->rivals; r++)
        keep_or_drop(fit, r);
    for (size_t r = 0; r < fit->rivals; r++) {
        fill_curve(flc_voi_curve(rule, quantity, r), fit, r);
        if (fit->squares[r] > 0)
            *explained += 1 - fit->rests[r] / fit->squares[r];
    }
}

static void sum_squares(struct fit *fit, const flc_voi_rule *rule,
                        const struct flc_voi_lessons *lessons)
{
    double response[FLC_BLOCK];
    fit->samples = (double)rule->used;
    for (size_t r = 0; r < fit->rivals; r++)
        for (size_t b = 0; b < lessons->blocks; b++) {
            flc_voi_response(rule, response, r, &lessons->block[b]);
            fit->squares[r] += flc_voi_dot(response, response);
        }
}

static struct fit *create(size_t rivals, flc_error *error)
{
    struct fit *fit = FLC_NEW(struct fit, 1, error);
    double *room = FLC_NEW(double, rivals *(FLC_VOI_CELLS + 2 * BASIS + 4), error);
    if (!fit || !room) {
        flc_free(fit);
        flc_free(room);
        return NULL;
    }
    fit->rivals = rivals;
    fit->sums = room;
    fit->products = fit->sums + rivals * FLC_VOI_CELLS;
    fit->chosen = fit->products + rivals * BASIS;
    fit->squares = fit->chosen + rivals * BASIS;
    fit->scores = fit->squares + rivals;
    fit->rests = fit->scores + rivals;
    fit->freedoms = fit->rests + rivals;
    return fit;
}

flc_status flc_voi_learn_curves(flc_voi_rule *rule, double *explained,
                                const struct flc_voi_lessons *lessons, flc_error *error)
{
    struct fit *fit = create(flc_voi_rivals(rule->problem), error);
    if (!fit)
        return FLC_ERROR_MEMORY;
    fit->risk = 2 * flc_log(1 + (double)rule->problem->quantities);
    make_basis(fit, rule->score);
    sum_squares(fit, rule, lessons);
    for (size_t q = 0; q < rule->problem->quantities; q++)
        fit_quantity(fit, rule, q, &explained[q], lessons);
    flc_free(fit->sums);
    flc_free(fit);
    return FLC_OK;
}
