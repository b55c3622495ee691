/* Values of voi.h: the rule used on samples that it was not learned from.
 *
 * Record 0 holds counts, each other record a series: its sum of every replicate, exactly, and how
 * often it took each alternative. Within a block a replicate's lanes are added in their order, and
 * blocks exactly (statistics/superaccumulator.h), so sums depend on the set of samples alone. */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "sensitivity/voi_priv.h"
#include "statistics/replicated.h"
#include "statistics/superaccumulator.h"

/* Series, in this order: the best advantage over alternative 0 of each sample; the utility of each
 * alternative; the advantage of each alternative but the first; the advantage that the rule of each
 * thing has. */
struct series {
    int64_t sum[FLC_REPLICATES][FLC_SUPERACCUMULATOR_WIDE];
    uint64_t taken[FLC_VOI_ALTERNATIVES];
};

struct counts {
    uint64_t seen, left_out, used[FLC_REPLICATES];
    uint64_t undefined[FLC_VOI_ALTERNATIVES], infinite[FLC_VOI_ALTERNATIVES];
    uint64_t best[FLC_VOI_ALTERNATIVES];
};

struct values {
    flc_collector collector;
    const flc_voi_rule *rule;
    const flc_voi_problem *problem;
    struct counts counts;
    struct series *series;
    size_t series_count;
    uint64_t additions; /* to each sum since carries were passed on, at most */
    uint16_t *cell;
    double *advantage; /* [alternatives][FLC_BLOCK] over alternative 0 */
    double *fitted;    /* [rivals][FLC_BLOCK] */
};

enum { NUMBER_BYTES = 8 };

static struct values *self(flc_collector *collector)
{
    return (struct values *)(void *)collector;
}

static const struct values *constant_self(const flc_collector *collector)
{
    return (const struct values *)(const void *)collector;
}

static struct series *series_of_utility(const struct values *own, size_t alternative)
{
    return &own->series[1 + alternative];
}

/* NULL for alternative 0, whose advantage is 0. */
static struct series *series_of_advantage(const struct values *own, size_t alternative)
{
    return alternative ? &own->series[own->problem->alternatives + alternative] : NULL;
}

static struct series *series_of_thing(const struct values *own, size_t thing)
{
    return &own->series[2 * own->problem->alternatives + thing];
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* Lanes with weight 0 are 0 in `x`. */
static void add_sums(struct series *series, const double *x)
{
    for (int r = 0; r < FLC_REPLICATES; r++) {
        double sum = 0;
        for (int l = r; l < FLC_BLOCK; l += FLC_REPLICATES)
            sum += x[l];
        flc_superaccumulator_add_wide(series->sum[r], sum);
    }
}

static void pass_carries(struct values *own)
{
    for (size_t s = 0; s < own->series_count; s++)
        for (int r = 0; r < FLC_REPLICATES; r++)
            flc_superaccumulator_carry(own->series[s].sum[r], FLC_SUPERACCUMULATOR_WIDE);
    own->additions = 1;
}

static void count_lanes(struct values *own, const double *values, const double *weight,
                        size_t count)
{
    struct counts *counts = &own->counts;
    counts->seen += count;
    for (size_t l = 0; l < count; l++) {
        counts->left_out += weight[l] == 0.0;
        counts->used[l % FLC_REPLICATES] += weight[l] != 0.0;
    }
    for (size_t d = 0; d < own->problem->alternatives; d++)
        for (size_t l = 0; l < count; l++) {
            const double x = values[d * FLC_BLOCK + l];
            counts->undefined[d] += (uint64_t)flc_is_nan(x);
            counts->infinite[d] += !flc_is_nan(x) && !flc_is_finite(x);
        }
}

/* Utilities, advantages and the best of each sample. */
static void add_alternatives(struct values *own, const double *values, const double *weight)
{
    const size_t alternatives = own->problem->alternatives;
    double best[FLC_BLOCK] = {0}, utility[FLC_BLOCK];
    for (size_t d = 0; d < alternatives; d++) {
        double *advantage = own->advantage + d * FLC_BLOCK;
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            const double x = values[d * FLC_BLOCK + l];
            utility[l] = weight[l] == 0.0 ? 0.0 : x;
            advantage[l] = weight[l] == 0.0 ? 0.0 : x - values[l];
            best[l] = advantage[l] > best[l] ? advantage[l] : best[l];
        }
        add_sums(series_of_utility(own, d), utility);
        if (d > 0)
            add_sums(series_of_advantage(own, d), advantage);
    }
    add_sums(&own->series[0], best);
    for (size_t d = 0; d < alternatives; d++)
        for (size_t l = 0; l < FLC_BLOCK; l++)
            own->counts.best[d] += weight[l] != 0.0 && own->advantage[d * FLC_BLOCK + l] == best[l];
}

static void add_thing(struct values *own, size_t thing, const double *weight)
{
    const flc_voi_problem *problem = own->problem;
    const bool single = thing < problem->quantities;
    struct series *series = series_of_thing(own, thing);
    double gained[FLC_BLOCK];
    if (!single)
        flc_voi_fit_group(own->rule, own->fitted, thing - problem->quantities, own->cell);
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        const size_t d =
            single ? own->rule->choice[thing * FLC_VOI_CELLS + own->cell[thing * FLC_BLOCK + l]]
                   : flc_voi_choose(own->rule, own->fitted, FLC_BLOCK, l);
        gained[l] = own->advantage[d * FLC_BLOCK + l];
        series->taken[d] += weight[l] != 0.0;
    }
    add_sums(series, gained);
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct values *own = self(collector);
    double weight[FLC_BLOCK];
    (void)isa; /* evaluating the alternatives takes far longer */
    (void)first;
    (void)error;
    flc_voi_find_cells(own->problem, own->cell, values);
    flc_voi_weigh(own->problem, weight, values, count);
    count_lanes(own, values, weight, count);
    add_alternatives(own, values, weight);
    for (size_t i = 0; i < flc_voi_things(own->problem); i++)
        add_thing(own, i, weight);
    if (++own->additions == FLC_SUPERACCUMULATOR_ADDS / 2)
        pass_carries(own);
    return FLC_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static size_t count_numbers(const struct values *own)
{
    return 2 + FLC_REPLICATES + 3 * own->problem->alternatives;
}

static size_t series_numbers(const struct values *own)
{
    return FLC_REPLICATES * FLC_SUPERACCUMULATOR_WIDE + own->problem->alternatives;
}

static size_t records(const flc_collector *collector)
{
    return constant_self(collector)->series_count + 1;
}

static size_t record_bytes(const flc_collector *collector, size_t record)
{
    const struct values *own = constant_self(collector);
    return NUMBER_BYTES * (record ? series_numbers(own) : count_numbers(own));
}

static unsigned char *store(unsigned char *to, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++, to += NUMBER_BYTES)
        flc_bytes_store(to, numbers[i], NUMBER_BYTES);
    return to;
}

static void write_counts(const struct values *own, unsigned char *buffer)
{
    const struct counts *counts = &own->counts;
    const size_t alternatives = own->problem->alternatives;
    buffer = store(buffer, &counts->seen, 1);
    buffer = store(buffer, &counts->left_out, 1);
    buffer = store(buffer, counts->used, FLC_REPLICATES);
    buffer = store(buffer, counts->undefined, alternatives);
    buffer = store(buffer, counts->infinite, alternatives);
    store(buffer, counts->best, alternatives);
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const struct values *own = constant_self(collector);
    if (record == 0) {
        write_counts(own, buffer);
        return;
    }
    const struct series *series = &own->series[record - 1];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        int64_t sum[FLC_SUPERACCUMULATOR_WIDE];
        memcpy(sum, series->sum[r], sizeof sum);
        flc_superaccumulator_carry(sum, FLC_SUPERACCUMULATOR_WIDE);
        for (int i = 0; i < FLC_SUPERACCUMULATOR_WIDE; i++, buffer += NUMBER_BYTES)
            flc_bytes_store(buffer, (uint64_t)sum[i], NUMBER_BYTES);
    }
    store(buffer, series->taken, own->problem->alternatives);
}

static const unsigned char *take(uint64_t *numbers, size_t count, const unsigned char *from)
{
    for (size_t i = 0; i < count; i++, from += NUMBER_BYTES)
        numbers[i] += flc_bytes_load(from, NUMBER_BYTES);
    return from;
}

static void merge_counts(struct values *own, const unsigned char *buffer)
{
    struct counts *counts = &own->counts;
    const size_t alternatives = own->problem->alternatives;
    buffer = take(&counts->seen, 1, buffer);
    buffer = take(&counts->left_out, 1, buffer);
    buffer = take(counts->used, FLC_REPLICATES, buffer);
    buffer = take(counts->undefined, alternatives, buffer);
    buffer = take(counts->infinite, alternatives, buffer);
    take(counts->best, alternatives, buffer);
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    struct values *own = self(collector);
    if (record >= records(collector) || length != record_bytes(collector, record))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "values that are damaged or of another question; give those they "
                             "belong to");
    if (record == 0) {
        merge_counts(own, buffer);
        return FLC_OK;
    }
    struct series *series = &own->series[record - 1];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        for (int i = 0; i < FLC_SUPERACCUMULATOR_WIDE; i++, buffer += NUMBER_BYTES) {
            const uint64_t limb = flc_bytes_load(buffer, NUMBER_BYTES);
            series->sum[r][i] = (int64_t)((uint64_t)series->sum[r][i] + limb);
        }
        flc_superaccumulator_carry(series->sum[r], FLC_SUPERACCUMULATOR_WIDE);
    }
    take(series->taken, own->problem->alternatives, buffer);
    return FLC_OK;
}

static void clear(flc_collector *collector)
{
    struct values *own = self(collector);
    own->counts = (struct counts){0};
    own->additions = 0;
    memset(own->series, 0, own->series_count * sizeof *own->series);
}

static void free_all(flc_collector *collector)
{
    struct values *own = self(collector);
    flc_free(own->series);
    flc_free(own->cell);
    flc_free(own->advantage);
    flc_free(own->fitted);
    flc_free(own);
}

static const struct flc_collector_operations operations = {
    add, records, record_bytes, record_write, record_merge, clear, free_all};

flc_collector *flc_voi_values_create(const flc_voi_rule *rule, flc_error *error)
{
    const flc_voi_problem *problem = rule->problem;
    struct values *own = FLC_NEW(struct values, 1, error);
    if (!own)
        return NULL;
    *own = (struct values){.collector = {&operations}, .rule = rule, .problem = problem};
    own->series_count = 2 * problem->alternatives + flc_voi_things(problem);
    own->series = FLC_NEW(struct series, own->series_count, error);
    own->cell = FLC_NEW(uint16_t, problem->quantities * FLC_BLOCK, error);
    own->advantage = FLC_NEW(double, problem->alternatives *FLC_BLOCK, error);
    own->fitted = FLC_NEW(double, problem->alternatives *FLC_BLOCK, error);
    if (own->series && own->cell && own->advantage && own->fitted)
        return &own->collector;
    free_all(&own->collector);
    return NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Mean of one series less another one (NULL: 0). */
static flc_voi_estimate estimate(const struct values *own, const struct series *more,
                                 const struct series *less)
{
    double sums[FLC_REPLICATES], counts[FLC_REPLICATES], sum = 0, count = 0;
    for (int r = 0; r < FLC_REPLICATES; r++) {
        sums[r] = (more ? flc_superaccumulator_round(more->sum[r]) : 0.0) -
                  (less ? flc_superaccumulator_round(less->sum[r]) : 0.0);
        sum += sums[r];
        count += counts[r] = (double)own->counts.used[r];
    }
    const double value = sum / count, error = flc_replicated_error(sums, counts);
    const double reach = error * flc_replicated_student(FLC_VOI_LEVEL);
    return (flc_voi_estimate){value, error, value - reach, value + reach};
}

static flc_voi_share share(const struct values *own, uint64_t met)
{
    uint64_t used = 0;
    for (int r = 0; r < FLC_REPLICATES; r++)
        used += own->counts.used[r];
    if (used == 0)
        return (flc_voi_share){(double)NAN, (double)NAN, (double)NAN};
    const flc_interval interval = flc_intervals_wilson(met, used, FLC_VOI_LEVEL);
    return (flc_voi_share){(double)met / (double)used, interval.low, interval.high};
}

flc_voi_counts flc_voi_count(const flc_collector *values, size_t alternative)
{
    const struct counts *counts = &constant_self(values)->counts;
    return (flc_voi_counts){counts->seen, counts->left_out, counts->undefined[alternative],
                            counts->infinite[alternative]};
}

size_t flc_voi_best(const flc_collector *values)
{
    const struct values *own = constant_self(values);
    size_t best = 0;
    double most = 0;
    for (size_t d = 1; d < own->problem->alternatives; d++) {
        const double mean = estimate(own, series_of_advantage(own, d), NULL).value;
        if (mean > most) {
            most = mean;
            best = d;
        }
    }
    return best;
}

size_t flc_voi_learned_best(const flc_collector *values)
{
    return constant_self(values)->rule->best;
}

flc_voi_estimate flc_voi_utility(const flc_collector *values, size_t alternative)
{
    const struct values *own = constant_self(values);
    return estimate(own, series_of_utility(own, alternative), NULL);
}

flc_voi_estimate flc_voi_advantage(const flc_collector *values, size_t alternative, size_t less)
{
    const struct values *own = constant_self(values);
    return estimate(own, series_of_advantage(own, alternative), series_of_advantage(own, less));
}

flc_voi_estimate flc_voi_regret(const flc_collector *values, size_t alternative)
{
    const struct values *own = constant_self(values);
    return estimate(own, &own->series[0], series_of_advantage(own, alternative));
}

flc_voi_estimate flc_voi_worth(const flc_collector *values, size_t thing)
{
    const struct values *own = constant_self(values);
    return estimate(own, series_of_thing(own, thing),
                    series_of_advantage(own, flc_voi_best(values)));
}

flc_voi_estimate flc_voi_promise(const flc_collector *values, size_t thing)
{
    const double *promise = constant_self(values)->rule->promise + 2 * thing;
    const double reach = promise[1] * flc_replicated_student(FLC_VOI_LEVEL);
    return (flc_voi_estimate){promise[0], promise[1], promise[0] - reach, promise[0] + reach};
}

flc_voi_share flc_voi_is_best(const flc_collector *values, size_t alternative)
{
    const struct values *own = constant_self(values);
    return share(own, own->counts.best[alternative]);
}

flc_voi_share flc_voi_taken(const flc_collector *values, size_t thing, size_t alternative)
{
    const struct values *own = constant_self(values);
    return share(own, series_of_thing(own, thing)->taken[alternative]);
}
