/* Regressions of voi.h on a group: members' curves, then products that still tell something. */
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "sensitivity/voi_priv.h"

enum {
    COLUMNS = FLC_VOI_MEMBERS + FLC_VOI_PRODUCTS,
    CANDIDATES = FLC_VOI_PAIRED * (FLC_VOI_PAIRED - 1)
};
static const double LEAST_GAIN = 4, RIDGE = 0x1p-30;

/* A product that could be taken. */
struct candidate {
    struct flc_voi_term term;
    double sum, squares, with_rest; /* sums of p, p^2 and p times the rest */
    double gain;
};

/* Of one group and rival. */
struct regression {
    const flc_voi_rule *rule;
    const struct flc_voi_lessons *lessons;
    size_t rival;
    struct flc_voi_term terms[COLUMNS];
    size_t count;
    double constant;
    struct candidate candidates[CANDIDATES];
    size_t candidate_count;
    double columns[COLUMNS + 1][FLC_BLOCK]; /* the last is that of the constant */
    double moments[(COLUMNS + 1) * (COLUMNS + 1)], products[COLUMNS + 1];
    double factors[FLC_VOI_PAIRED][2][FLC_BLOCK]; /* curve and score of paired members */
};

/* ---- least squares --------------------------------------------------------------------------- */

static void fill_columns(struct regression *own, const struct flc_voi_block *block)
{
    for (size_t i = 0; i < own->count; i++)
        flc_voi_column(own->rule, own->columns[i], &own->terms[i], own->rival, block->cell,
                       block->weight);
    memcpy(own->columns[own->count], block->weight, sizeof own->columns[0]);
}

static void sum_moments(struct regression *own)
{
    const size_t n = own->count + 1;
    double response[FLC_BLOCK];
    memset(own->moments, 0, n * n * sizeof *own->moments);
    memset(own->products, 0, n * sizeof *own->products);
    for (size_t b = 0; b < own->lessons->blocks; b++) {
        const struct flc_voi_block *block = &own->lessons->block[b];
        fill_columns(own, block);
        flc_voi_response(own->rule, response, own->rival, block);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++)
                own->moments[i * n + j] += flc_voi_dot(own->columns[i], own->columns[j]);
            own->products[i] += flc_voi_dot(own->columns[i], response);
        }
    }
}

/* Weights of all terms and the constant. Each column is held back by a tiny share of its own size,
 * for columns that are the same but for a factor. */
static void solve(struct regression *own)
{
    const size_t n = own->count + 1;
    sum_moments(own);
    for (size_t i = 0; i < n; i++)
        own->moments[i * n + i] += own->moments[i * n + i] * RIDGE;
    if (!flc_voi_factor(own->moments, n)) { /* a column of zeros: nothing is told */
        own->count = 0;
        own->constant = 0;
        return;
    }
    flc_voi_solve(own->moments, own->products, n);
    for (size_t i = 0; i < own->count; i++)
        own->terms[i].weight = own->products[i];
    own->constant = own->products[own->count];
}

/* ---- members --------------------------------------------------------------------------------- */

static bool is_flat(const struct regression *own, size_t quantity)
{
    const double *curve = flc_voi_curve(own->rule, quantity, own->rival);
    for (size_t c = 1; c < FLC_VOI_CELLS; c++)
        if (curve[c] != curve[0])
            return false;
    return true;
}

/* The `most` members that explain most, in the order of explaining, the first among equals first;
 * returns how many. */
static size_t rank_members(size_t *ranked, size_t most, const flc_voi_group *group,
                           const double *explained)
{
    size_t count = 0;
    for (size_t m = 0; m < group->count; m++) {
        const size_t member = group->members[m];
        size_t place = count;
        while (place > 0 && explained[member] > explained[ranked[place - 1]])
            place--;
        if (place == most)
            continue;
        count += count < most;
        memmove(ranked + place + 1, ranked + place, (count - 1 - place) * sizeof *ranked);
        ranked[place] = member;
    }
    return count;
}

static void take_curves(struct regression *own, const size_t *ranked, size_t count)
{
    own->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_flat(own, ranked[i]))
            own->terms[own->count++] = (struct flc_voi_term){FLC_VOI_CURVE, (uint32_t)ranked[i],
                                                             (uint32_t)ranked[i], 0, 0};
}

/* ---- products -------------------------------------------------------------------------------- */

/* Of each pair two candidates, of which one at most is taken: scores can tell what curves that
 * follow chance cannot. */
static void list_candidates(struct regression *own, const size_t *ranked, size_t count)
{
    own->candidate_count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            for (uint32_t kind = FLC_VOI_CURVES; kind <= FLC_VOI_SCORES; kind++)
                own->candidates[own->candidate_count++] = (struct candidate){
                    .term = {kind, (uint32_t)ranked[i], (uint32_t)ranked[k], 0, 0}};
}

static void fill_factors(struct regression *own, const size_t *ranked, size_t count,
                         const struct flc_voi_block *block)
{
    for (size_t i = 0; i < count; i++) {
        const uint16_t *cell = block->cell + ranked[i] * FLC_BLOCK;
        const double *curve = flc_voi_curve(own->rule, ranked[i], own->rival);
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            own->factors[i][0][l] = curve[cell[l]];
            own->factors[i][1][l] = own->rule->score[cell[l]];
        }
    }
}

/* What the terms so far leave of the response. */
static void find_rest(struct regression *own, double *rest, const struct flc_voi_block *block)
{
    fill_columns(own, block);
    flc_voi_response(own->rule, rest, own->rival, block);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        rest[l] -= block->weight[l] * own->constant;
    for (size_t i = 0; i < own->count; i++)
        for (size_t l = 0; l < FLC_BLOCK; l++)
            rest[l] -= own->terms[i].weight * own->columns[i][l];
}

/* Sums over all lessons; returns the sum of squares that the terms so far leave. */
static double sum_candidates(struct regression *own, const size_t *ranked, size_t count)
{
    double rest[FLC_BLOCK], product[FLC_BLOCK], left = 0;
    for (size_t b = 0; b < own->lessons->blocks; b++) {
        const struct flc_voi_block *block = &own->lessons->block[b];
        struct candidate *candidate = own->candidates;
        find_rest(own, rest, block);
        left += flc_voi_dot(rest, rest);
        fill_factors(own, ranked, count, block);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < 2 * i; k++, candidate++) {
                const double *x = own->factors[i][k % 2], *y = own->factors[k / 2][k % 2];
                for (size_t l = 0; l < FLC_BLOCK; l++)
                    product[l] = x[l] * y[l] * block->weight[l];
                candidate->sum += flc_voi_dot(product, block->weight);
                candidate->squares += flc_voi_dot(product, product);
                candidate->with_rest += flc_voi_dot(product, rest);
            }
    }
    return left;
}

/* Terms for the candidates whose squared correlation with the rest is more than chance would give
 * to the best of so many. */
static void take_products(struct regression *own, double left)
{
    const double samples = (double)own->rule->used;
    const double risk = 2 * flc_log((double)own->candidate_count + 1);
    const double least = risk > LEAST_GAIN ? risk : LEAST_GAIN;
    for (size_t i = 0; i < own->candidate_count; i++) {
        struct candidate *one = &own->candidates[i];
        const double spread = one->squares - one->sum * one->sum / samples;
        if (spread > 0 && left > 0)
            one->gain = samples * one->with_rest * one->with_rest / (spread * left);
    }
    for (size_t taken = 0; taken < FLC_VOI_PRODUCTS; taken++) {
        size_t best = own->candidate_count;
        for (size_t i = 0; i < own->candidate_count; i++)
            if (own->candidates[i].gain >
                (best < own->candidate_count ? own->candidates[best].gain : least))
                best = i;
        if (best == own->candidate_count)
            return;
        own->terms[own->count++] = own->candidates[best].term;
        own->candidates[best].gain = own->candidates[best ^ 1].gain = 0;
    }
}

/* ---- the group ------------------------------------------------------------------------------- */

static void learn_group(struct regression *own, const flc_voi_group *group, const double *explained)
{
    size_t ranked[FLC_VOI_MEMBERS + 1];
    const size_t members = rank_members(ranked, FLC_VOI_MEMBERS, group, explained);
    const size_t paired = members < FLC_VOI_PAIRED ? members : FLC_VOI_PAIRED;
    take_curves(own, ranked, members);
    solve(own);
    if (paired < 2)
        return;
    list_candidates(own, ranked, paired);
    take_products(own, sum_candidates(own, ranked, paired));
    solve(own);
}

flc_status flc_voi_learn_groups(flc_voi_rule *rule, const double *explained,
                                const struct flc_voi_lessons *lessons, flc_error *error)
{
    struct regression *own = FLC_NEW(struct regression, 1, error);
    const size_t rivals = flc_voi_rivals(rule->problem);
    uint64_t used = 0;
    if (!own)
        return FLC_ERROR_MEMORY;
    own->rule = rule;
    own->lessons = lessons;
    for (size_t g = 0; g < rule->problem->group_count; g++)
        for (size_t r = 0; r < rivals; r++) {
            const size_t regression = g * rivals + r;
            own->rival = r;
            learn_group(own, &rule->problem->groups[g], explained);
            rule->constant[regression] = rule->mean[r] + own->constant;
            rule->first[regression] = used;
            memcpy(rule->terms + used, own->terms, own->count * sizeof *own->terms);
            used += own->count;
            rule->first[regression + 1] = used;
        }
    flc_free(own);
    return FLC_OK;
}
