/* The rule of voi.h: what to take for every value of what is known. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "sensitivity/voi_priv.h"
#include "statistics/replicated.h"

/* ---- storage --------------------------------------------------------------------------------- */

static size_t curve_numbers(const flc_voi_problem *problem)
{
    return problem->quantities * flc_voi_rivals(problem) * FLC_VOI_CELLS;
}

static size_t regressions(const flc_voi_problem *problem)
{
    return problem->group_count * flc_voi_rivals(problem);
}

static size_t most_terms(const flc_voi_problem *problem)
{
    return regressions(problem) * (FLC_VOI_MEMBERS + FLC_VOI_PRODUCTS);
}

flc_status flc_voi_rule_create(flc_voi_rule **made, const flc_voi_problem *problem,
                               flc_error *error)
{
    flc_voi_rule *rule = *made = FLC_NEW(flc_voi_rule, 1, error);
    if (!rule)
        return FLC_ERROR_MEMORY;
    *rule = (flc_voi_rule){.problem = problem};
    rule->mean = FLC_NEW(double, flc_voi_rivals(problem), error);
    rule->promise = FLC_NEW(double, 2 * flc_voi_things(problem), error);
    rule->curves = FLC_NEW(double, curve_numbers(problem), error);
    rule->choice = FLC_NEW(unsigned char, problem->quantities *FLC_VOI_CELLS, error);
    rule->constant = FLC_NEW(double, regressions(problem), error);
    rule->first = FLC_NEW(uint64_t, regressions(problem) + 1, error);
    rule->terms = FLC_NEW(struct flc_voi_term, most_terms(problem), error);
    for (size_t c = 0; c < FLC_VOI_CELLS; c++)
        rule->score[c] = flc_normal_quantile(flc_voi_middle(c));
    return rule->mean && rule->promise && rule->curves && rule->choice && rule->constant &&
                   rule->first && rule->terms
               ? FLC_OK
               : FLC_ERROR_MEMORY;
}

void flc_voi_rule_free(flc_voi_rule *rule)
{
    if (!rule)
        return;
    flc_free(rule->mean);
    flc_free(rule->promise);
    flc_free(rule->curves);
    flc_free(rule->choice);
    flc_free(rule->constant);
    flc_free(rule->first);
    flc_free(rule->terms);
    flc_free(rule);
}

/* ---- using it -------------------------------------------------------------------------------- */

void flc_voi_column(const flc_voi_rule *rule, double *column, const struct flc_voi_term *term,
                    size_t rival, const uint16_t *cell, const double *weight)
{
    const uint16_t *a = cell + (size_t)term->a * FLC_BLOCK, *b = cell + (size_t)term->b * FLC_BLOCK;
    const bool scores = term->kind == FLC_VOI_SCORES;
    const double *of_a = scores ? rule->score : flc_voi_curve(rule, term->a, rival);
    const double *of_b = scores ? rule->score : flc_voi_curve(rule, term->b, rival);
    if (term->kind == FLC_VOI_CURVE)
        for (size_t l = 0; l < FLC_BLOCK; l++)
            column[l] = weight[l] * of_a[a[l]];
    else
        for (size_t l = 0; l < FLC_BLOCK; l++)
            column[l] = weight[l] * (of_a[a[l]] * of_b[b[l]]);
}

void flc_voi_fit_quantity(const flc_voi_rule *rule, double *fitted, size_t quantity,
                          const uint16_t *cell)
{
    for (size_t r = 0; r < flc_voi_rivals(rule->problem); r++) {
        const double *curve = flc_voi_curve(rule, quantity, r);
        for (size_t l = 0; l < FLC_BLOCK; l++)
            fitted[r * FLC_BLOCK + l] = rule->mean[r] + curve[cell[quantity * FLC_BLOCK + l]];
    }
}

void flc_voi_fit_group(const flc_voi_rule *rule, double *fitted, size_t group, const uint16_t *cell)
{
    const size_t rivals = flc_voi_rivals(rule->problem);
    double column[FLC_BLOCK], ones[FLC_BLOCK];
    for (size_t l = 0; l < FLC_BLOCK; l++)
        ones[l] = 1.0;
    for (size_t r = 0; r < rivals; r++) {
        const size_t regression = group * rivals + r;
        double *own = fitted + r * FLC_BLOCK;
        for (size_t l = 0; l < FLC_BLOCK; l++)
            own[l] = rule->constant[regression];
        for (size_t i = rule->first[regression]; i < rule->first[regression + 1]; i++) {
            flc_voi_column(rule, column, &rule->terms[i], r, cell, ones);
            for (size_t l = 0; l < FLC_BLOCK; l++)
                own[l] += rule->terms[i].weight * column[l];
        }
    }
}

size_t flc_voi_choose(const flc_voi_rule *rule, const double *fitted, size_t stride, size_t lane)
{
    size_t best = rule->best;
    double most = best ? fitted[(best - 1) * stride + lane] : 0.0;
    for (size_t d = 0; d < rule->problem->alternatives; d++) {
        const double own = d ? fitted[(d - 1) * stride + lane] : 0.0;
        if (own > most) {
            most = own;
            best = d;
        }
    }
    return best;
}

/* ---- sums ------------------------------------------------------------------------------------ */

double flc_voi_dot(const double *restrict a, const double *restrict b)
{
    enum { LANES = 8 };
    double sums[LANES] = {0};
    for (size_t i = 0; i < FLC_BLOCK; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += a[i + k] * b[i + k];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) +
           ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

void flc_voi_response(const flc_voi_rule *rule, double *response, size_t rival,
                      const struct flc_voi_block *block)
{
    const double *own = block->utility + (rival + 1) * FLC_BLOCK;
    for (size_t l = 0; l < FLC_BLOCK; l++)
        response[l] =
            block->weight[l] == 0.0 ? 0.0 : own[l] - block->utility[l] - rule->mean[rival];
}

bool flc_voi_factor(double *matrix, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k <= i; k++) {
            double sum = matrix[i * count + k];
            for (size_t j = 0; j < k; j++)
                sum -= matrix[i * count + j] * matrix[k * count + j];
            if (k < i)
                matrix[i * count + k] = sum / matrix[k * count + k];
            else if (sum > 0)
                matrix[i * count + i] = sqrt(sum);
            else
                return false;
        }
    return true;
}

void flc_voi_solve(const double *factor, double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            x[i] -= factor[i * count + j] * x[j];
        x[i] /= factor[i * count + i];
    }
    for (size_t i = count; i-- > 0;) {
        for (size_t j = i + 1; j < count; j++)
            x[i] -= factor[j * count + i] * x[j];
        x[i] /= factor[i * count + i];
    }
}

/* ---- learning -------------------------------------------------------------------------------- */

/* Means of the rivals' advantages over alternative 0, and the choice without knowledge. Twice
 * through, so that nothing is lost by a common large part. */
static flc_status learn_means(flc_voi_rule *rule, const struct flc_voi_lessons *lessons,
                              flc_error *error)
{
    double response[FLC_BLOCK];
    for (size_t b = 0; b < lessons->blocks; b++)
        for (size_t l = 0; l < lessons->block[b].count; l++)
            rule->used += lessons->block[b].weight[l] != 0.0;
    if (rule->used < 2)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "in %llu of the samples to learn from all utilities are numbers: too "
                             "few to learn anything",
                             (unsigned long long)rule->used);
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < flc_voi_rivals(rule->problem); r++) {
            double sum = 0;
            for (size_t b = 0; b < lessons->blocks; b++) {
                flc_voi_response(rule, response, r, &lessons->block[b]);
                sum += flc_voi_dot(response, lessons->block[b].weight);
            }
            rule->mean[r] += sum / (double)rule->used;
        }
    for (size_t d = 1; d < rule->problem->alternatives; d++)
        if (rule->mean[d - 1] > (rule->best ? rule->mean[rule->best - 1] : 0.0))
            rule->best = d;
    return FLC_OK;
}

/* What a thing's fitted values promise: mean of the largest less that of the choice without
 * knowledge. */
static void promise(flc_voi_rule *rule, size_t thing, const struct flc_voi_lessons *lessons,
                    double *fitted)
{
    const size_t quantities = rule->problem->quantities;
    double sums[FLC_REPLICATES] = {0}, counts[FLC_REPLICATES] = {0}, sum = 0;
    for (size_t b = 0; b < lessons->blocks; b++) {
        const struct flc_voi_block *block = &lessons->block[b];
        if (thing < quantities)
            flc_voi_fit_quantity(rule, fitted, thing, block->cell);
        else
            flc_voi_fit_group(rule, fitted, thing - quantities, block->cell);
        for (size_t l = 0; l < block->count; l++) {
            if (block->weight[l] == 0.0)
                continue;
            const size_t d = flc_voi_choose(rule, fitted, FLC_BLOCK, l);
            const double most = d ? fitted[(d - 1) * FLC_BLOCK + l] : 0.0;
            const double own = rule->best ? fitted[(rule->best - 1) * FLC_BLOCK + l] : 0.0;
            sums[l % FLC_REPLICATES] += most - own;
            counts[l % FLC_REPLICATES] += 1;
        }
    }
    for (int i = 0; i < FLC_REPLICATES; i++)
        sum += sums[i];
    rule->promise[2 * thing] = sum / (double)rule->used;
    rule->promise[2 * thing + 1] = flc_replicated_error(sums, counts);
}

static void choose_cells(flc_voi_rule *rule)
{
    const size_t rivals = flc_voi_rivals(rule->problem);
    double fitted[FLC_VOI_ALTERNATIVES];
    for (size_t q = 0; q < rule->problem->quantities; q++)
        for (size_t c = 0; c < FLC_VOI_CELLS; c++) {
            for (size_t r = 0; r < rivals; r++)
                fitted[r] = rule->mean[r] + flc_voi_curve(rule, q, r)[c];
            rule->choice[q * FLC_VOI_CELLS + c] = (unsigned char)flc_voi_choose(rule, fitted, 1, 0);
        }
}

static flc_status learn(flc_voi_rule *rule, const struct flc_voi_lessons *lessons,
                        double *explained, double *fitted, flc_error *error)
{
    flc_status status = learn_means(rule, lessons, error);
    if (!status)
        status = flc_voi_learn_curves(rule, explained, lessons, error);
    if (status)
        return status;
    choose_cells(rule);
    if ((status = flc_voi_learn_groups(rule, explained, lessons, error)))
        return status;
    for (size_t i = 0; i < flc_voi_things(rule->problem); i++)
        promise(rule, i, lessons, fitted);
    return FLC_OK;
}

flc_status flc_voi_learn(flc_voi_rule **rule, const flc_collector *collector, flc_error *error)
{
    const struct flc_voi_lessons *lessons = flc_voi_lessons_of(collector);
    const flc_voi_problem *problem = lessons->problem;
    double *explained = FLC_NEW(double, problem->quantities, error);
    double *fitted = FLC_NEW(double, problem->alternatives *FLC_BLOCK, error);
    flc_status status = FLC_ERROR_MEMORY;
    *rule = NULL;
    if (explained && fitted)
        status = flc_voi_rule_create(rule, problem, error);
    if (!status)
        status = learn(*rule, lessons, explained, fitted, error);
    if (status) {
        flc_voi_rule_free(*rule);
        *rule = NULL;
    }
    flc_free(explained);
    flc_free(fitted);
    return status;
}

/* ---- as bytes -------------------------------------------------------------------------------- */

/* Numbers as this machine has them: the ranks of a run are of one kind. */
struct piece {
    void *bytes;
    size_t length;
};
enum { PIECES = 9 };

static void list_pieces(struct piece pieces[PIECES], flc_voi_rule *rule)
{
    const flc_voi_problem *problem = rule->problem;
    const size_t rivals = flc_voi_rivals(problem);
    const struct piece all[PIECES] = {
        {&rule->used, sizeof rule->used},
        {&rule->best, sizeof rule->best},
        {rule->mean, rivals * sizeof *rule->mean},
        {rule->promise, 2 * flc_voi_things(problem) * sizeof *rule->promise},
        {rule->curves, curve_numbers(problem) * sizeof *rule->curves},
        {rule->choice, problem->quantities * FLC_VOI_CELLS},
        {rule->constant, regressions(problem) * sizeof *rule->constant},
        {rule->first, (regressions(problem) + 1) * sizeof *rule->first},
        {rule->terms, most_terms(problem) * sizeof *rule->terms},
    };
    memcpy(pieces, all, sizeof all);
}

static size_t packed_length(const struct piece pieces[PIECES])
{
    size_t length = 0;
    for (int i = 0; i < PIECES; i++)
        length += pieces[i].length;
    return length;
}

flc_status flc_voi_rule_pack(char **bytes, size_t *length, const flc_voi_rule *rule,
                             flc_error *error)
{
    flc_voi_rule view = *rule; /* its arrays are read only */
    struct piece pieces[PIECES];
    list_pieces(pieces, &view);
    *length = packed_length(pieces);
    *bytes = flc_allocate(*length, 1, error);
    if (!*bytes)
        return FLC_ERROR_MEMORY;
    char *next = *bytes;
    for (int i = 0; i < PIECES; next += pieces[i++].length)
        memcpy(next, pieces[i].bytes, pieces[i].length);
    return FLC_OK;
}

flc_status flc_voi_rule_unpack(flc_voi_rule **rule, const flc_voi_problem *problem,
                               const char *bytes, size_t length, flc_error *error)
{
    struct piece pieces[PIECES];
    flc_status status = flc_voi_rule_create(rule, problem, error);
    if (!status) {
        list_pieces(pieces, *rule);
        if (packed_length(pieces) != length)
            status = flc_error_set(error, FLC_ERROR_INTERNAL, "a rule of another question");
    }
    if (status) {
        flc_voi_rule_free(*rule);
        *rule = NULL;
        return status;
    }
    for (int i = 0; i < PIECES; bytes += pieces[i++].length)
        memcpy(pieces[i].bytes, bytes, pieces[i].length);
    return FLC_OK;
}
