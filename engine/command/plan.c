/* What a run will take.
 *
 * A few seconds of the study are run on this core, as a run does it: evaluated, summarised, then
 * merged once, written once. With r samples a second, blocks of FLC_BLOCK samples, R ranks,
 *
 *   T = t_start + ceil(blocks / R) FLC_BLOCK / r + m t_merge + t_write
 *
 * where t_start is reading the study, on the first rank and then on the others, and m how many
 * whole collectors are merged one after the other: ceil(log2 R), from 8 ranks on 2 (run/gather.h).
 * All is timed by the processor's clock, so that other programs do not count. What this does not
 * know is said below the table: the start of MPI, the network, and how much slower a core is when
 * its neighbours work too. */
#define _XOPEN_SOURCE 700 /* clock_gettime, getrusage */

#include "command/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "command/until.h"
#include "run/simulate.h"
#include "statistics/counted.h"
#include "statistics/distributions.h"
#include "store/result.h"
#include "study/forecast.h"

enum { SLICES = 12, RANKS_SHOWN = 1024, RANKS_MOST = 1000000 };
#define SLICE_SECONDS 0.25
#define WELL_USED     0.8 /* share of the ranks' time that goes into samples */
#define BADLY_USED    0.5

/* What was measured; seconds, samples a second, bytes. */
struct timing {
    uint64_t blocks;
    double seconds, processor; /* on the wall, and of the processor */
    double rate, slowest, fastest;
    double merge, write;
    size_t file, shard;
    double resident;
};

struct planning {
    const flc_study *study;
    const struct cli_plan *plan;
    flc_evaluator *evaluator;
    flc_collector *collector; /* with counts of the goals, where there are any */
    const flc_collector *inside;
    flc_goals *goals; /* NULL: none */
    struct timing timing;
    double limit;     /* seconds; 0: none */
    uint64_t samples; /* that the table is for */
};

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double processor_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

/* ---- the short run --------------------------------------------------------------------------- */

static flc_status make_goals(struct planning *all, flc_target **targets, flc_error *error)
{
    const struct cli_texts *want = &all->plan->want;
    const flc_goal_names names = flc_goal_names_of(&all->study->metrics);
    flc_status status = flc_goals_create(&all->goals, &names, want->text, want->count, error);
    if (status)
        return status == FLC_ERROR_MEMORY ? status : flc_error_prefix(error, "--want");
    if (!(*targets = FLC_NEW(flc_target, want->count, error)))
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < want->count; i++)
        (*targets)[i] = all->goals->goal[i].target;
    return FLC_OK;
}

static flc_status open_run(struct planning *all, flc_error *error)
{
    flc_target *targets = NULL;
    flc_status status = FLC_OK;
    all->evaluator = flc_evaluator_create(all->study, CLI_SEED, flc_isa_select(), error);
    if (!all->evaluator)
        return FLC_ERROR_MEMORY;
    const flc_source source = flc_evaluator_source(all->evaluator);
    if (all->plan->want.count > 0)
        status = make_goals(all, &targets, error);
    if (!status && !(all->collector = source.collector(source.context, error)))
        status = FLC_ERROR_MEMORY;
    all->inside = all->collector;
    if (!status && all->goals) {
        all->collector = flc_counted_take(all->collector, targets, all->goals->count, error);
        status = all->collector ? FLC_OK : FLC_ERROR_MEMORY;
        all->inside = status ? NULL : flc_counted_inside(all->collector);
    }
    flc_free(targets);
    return status;
}

/* At least one block. */
static flc_status run_slice(struct planning *all, flc_error *error)
{
    struct timing *timing = &all->timing;
    const flc_source source = flc_evaluator_source(all->evaluator);
    const double begin = seconds_of(CLOCK_MONOTONIC), processor = processor_seconds();
    const uint64_t before = timing->blocks;
    double seconds;
    do {
        const uint64_t first = timing->blocks++ * FLC_BLOCK;
        const double *values = source.block(source.context, first);
        flc_status status =
            flc_collector_add(all->collector, flc_isa_select(), values, first, FLC_BLOCK, error);
        if (status)
            return status;
        seconds = seconds_of(CLOCK_MONOTONIC) - begin;
    } while (seconds < SLICE_SECONDS);
    const double used = processor_seconds() - processor;
    const double rate = (double)(timing->blocks - before) * FLC_BLOCK / used;
    timing->slowest = before == 0 || rate < timing->slowest ? rate : timing->slowest;
    timing->fastest = rate > timing->fastest ? rate : timing->fastest;
    timing->seconds += seconds;
    timing->processor += used;
    return FLC_OK;
}

static flc_status time_samples(struct planning *all, flc_error *error)
{
    struct timing *timing = &all->timing;
    struct rusage usage;
    flc_status status = FLC_OK;
    for (int i = 0; i < SLICES && timing->seconds < SLICES * SLICE_SECONDS && !status; i++)
        status = run_slice(all, error);
    timing->rate = (double)timing->blocks * FLC_BLOCK / timing->processor;
    getrusage(RUSAGE_SELF, &usage);
    timing->resident = 1024.0 * (double)usage.ru_maxrss;
    return status;
}

/* All records out of one collector and into another, as two ranks do it. */
static flc_status time_merge(struct planning *all, flc_error *error)
{
    const flc_source source = flc_evaluator_source(all->evaluator);
    void *record = NULL;
    size_t capacity = 0;
    flc_collector *other = source.collector(source.context, error);
    flc_status status = other ? FLC_OK : FLC_ERROR_MEMORY;
    const double begin = processor_seconds();
    for (size_t i = 0; !status && i < flc_collector_records(all->inside); i++) {
        const size_t length = flc_collector_record_bytes(all->inside, i);
        if ((status = flc_reserve(&record, &capacity, length, 1, error)))
            break;
        flc_collector_record_write(all->inside, i, record);
        status = flc_collector_record_merge(other, i, record, length, error);
    }
    all->timing.merge = processor_seconds() - begin;
    flc_collector_free(other);
    flc_free(record);
    return status;
}

/* The result file, but for the disk. */
static flc_status time_write(struct planning *all, flc_error *error)
{
    char *state = NULL, *image = NULL;
    const flc_study *study = all->study;
    const flc_block_range range = {0, all->timing.blocks};
    const flc_state_facts facts = {.version = FLC_VERSION,
                                   .command = "run",
                                   .question = "",
                                   .study_file = study->file,
                                   .study_sha256 = study->hash,
                                   .resolved = study->resolved,
                                   .as_written = study->text,
                                   .seed = CLI_SEED,
                                   .samples = all->timing.blocks * FLC_BLOCK,
                                   .shards = 1,
                                   .kept = FLC_NOT_KEPT,
                                   .ranges = &range,
                                   .range_count = 1};
    const double begin = processor_seconds();
    flc_status status = flc_state_image(&state, &all->timing.shard, &facts, all->inside, error);
    if (!status)
        status = flc_result_image(&image, &all->timing.file, study,
                                  flc_distributions_summary(all->inside), &facts, NULL, state,
                                  all->timing.shard, error);
    all->timing.write = processor_seconds() - begin;
    flc_free(image);
    flc_free(state);
    return status;
}

static flc_status time_run(struct planning *all, flc_error *error)
{
    flc_status status = open_run(all, error);
    if (!status)
        status = time_samples(all, error);
    if (!status)
        status = time_merge(all, error);
    return status ? status : time_write(all, error);
}

/* ---- numbers as people read them ------------------------------------------------------------- */

enum { TEXT = 48 };

static const char *show_seconds(char text[TEXT], double seconds)
{
    if (seconds < 9.95)
        snprintf(text, TEXT, "%.1f s", seconds);
    else if (seconds < 99.5)
        snprintf(text, TEXT, "%.0f s", seconds);
    else if (seconds < 597)
        snprintf(text, TEXT, "%.1f min", seconds / 60);
    else if (seconds < 5970)
        snprintf(text, TEXT, "%.0f min", seconds / 60);
    else if (seconds < 4 * 86400)
        snprintf(text, TEXT, "%.1f h", seconds / 3600);
    else
        snprintf(text, TEXT, "%.1f days", seconds / 86400);
    return text;
}

/* Three digits: more than a short run can tell. */
static const char *show_count(char text[TEXT], double count)
{
    double unit = 1;
    int zeros = 0;
    if (!(count < 1e15)) {
        snprintf(text, TEXT, "?");
        return text;
    }
    for (; count / unit >= 999.5; unit *= 10)
        zeros++;
    if (count < 999500)
        snprintf(text, TEXT, "%.0f", floor(count / unit + 0.5) * unit);
    else
        snprintf(text, TEXT, "%.2fe%d", count / unit / 100, zeros + 2);
    return text;
}

static const char *show_hours(char text[TEXT], double hours)
{
    if (!(hours < 1e15))
        snprintf(text, TEXT, "?");
    else
        snprintf(text, TEXT, hours < 99.5 ? "%.2g" : "%.0f", hours);
    return text;
}

/* ---- what was measured ----------------------------------------------------------------------- */

static void print_timing(const struct planning *all)
{
    const struct timing *timing = &all->timing;
    const double mebibyte = 1024.0 * 1024.0;
    printf("\nTimed on one core (%s instructions), %.1f s: %llu samples, %.0f samples a second of "
           "the core\n"
           "  quarters of a second had from %.0f to %.0f a second",
           flc_isa_name(flc_isa_select()), timing->seconds,
           (unsigned long long)(timing->blocks * FLC_BLOCK), timing->rate, timing->slowest,
           timing->fastest);
    if (timing->processor < 0.95 * timing->seconds)
        printf("; other programs took %.0f %% of the time beside",
               100 * (1 - timing->processor / timing->seconds));
    printf("\n  memory of a rank %.0f MB so far, without MPI; result file %.1f MB, checkpoint or "
           "shard %.1f MB, a little more with more samples\n",
           timing->resident / mebibyte, (double)timing->file / 1e6, (double)timing->shard / 1e6);
    printf("  reading the study %.2f s, merging two ranks %.3f s, making the result %.2f s\n",
           all->plan->load, timing->merge, timing->write);
}

/* ---- what is wanted -------------------------------------------------------------------------- */

static double until_needs(const flc_goal *goal, uint64_t samples)
{
    const double ratio = goal->reached / goal->wanted;
    return ratio * ratio * (double)samples;
}

static void print_want(const struct planning *all, const flc_goal *goal, flc_forecast forecast)
{
    char count[TEXT], low[TEXT], high[TEXT], hours[TEXT], until[TEXT], range[2 * TEXT + 8];
    const double core_hour = all->timing.rate * 3600;
    if (forecast.remark[0]) {
        printf("  %-46s %12s  %s\n", goal->text, "?", forecast.remark);
        return;
    }
    snprintf(range, sizeof range, "%s to %s", show_count(low, forecast.low),
             show_count(high, forecast.high));
    printf("  %-46s %12s  %-22s %10s  %10s\n", goal->text, show_count(count, forecast.samples),
           range, show_hours(hours, forecast.samples / core_hour),
           show_count(until, until_needs(goal, all->timing.blocks * FLC_BLOCK)));
}

/* Sets the samples that the most demanding one needs. */
static void print_wants(struct planning *all, double *most)
{
    flc_goals *goals = all->goals;
    const uint64_t samples = all->timing.blocks * FLC_BLOCK;
    const flc_summary *summary = flc_distributions_summary(all->inside);
    for (size_t i = 0; i < goals->count; i++)
        if (goals->goal[i].kind == FLC_GOAL_PROBABILITY)
            goals->goal[i].met = flc_counted_met(all->collector)[i];
    flc_goals_judge(goals, summary, samples);
    printf("\n%-48s %12s  %-22s %10s  %10s\n", "Precision wanted, half width at 95 %", "samples",
           "somewhere in", "core hours", "--until");
    for (size_t i = 0; i < goals->count; i++) {
        const flc_forecast forecast = flc_forecast_goal(&goals->goal[i], summary, samples);
        print_want(all, &goals->goal[i], forecast);
        if (forecast.samples < 1e15 && forecast.samples > *most)
            *most = forecast.samples;
    }
    printf("  samples: of a run that is looked at once, each precision by itself; --until: of one "
           "that ends by itself, where\n  all hold together at every look. From the spread of "
           "%llu samples: tails they have not seen are not in it.\n",
           (unsigned long long)samples);
}

/* ---- time ------------------------------------------------------------------------------------ */

static double merges(uint64_t ranks)
{
    enum { SHARED_FROM = 8 };
    double steps = 0;
    for (uint64_t reach = 1; reach < ranks && ranks < SHARED_FROM; reach *= 2)
        steps++;
    return ranks < SHARED_FROM ? steps : 2;
}

/* Seconds of a run on so many ranks. */
static double takes(const struct planning *all, uint64_t samples, uint64_t ranks)
{
    const struct timing *timing = &all->timing;
    const uint64_t blocks = (samples + FLC_BLOCK - 1) / FLC_BLOCK;
    return all->plan->load * (ranks > 1 ? 2 : 1) +
           (double)((blocks + ranks - 1) / ranks) * FLC_BLOCK / timing->rate +
           merges(ranks) * timing->merge + timing->write;
}

static double used(const struct planning *all, uint64_t samples, uint64_t ranks)
{
    return (double)samples / all->timing.rate / (takes(all, samples, ranks) * (double)ranks);
}

static void print_row(const struct planning *all, uint64_t ranks)
{
    char time[TEXT], hours[TEXT];
    const double seconds = takes(all, all->samples, ranks);
    printf("  %8llu  %10s  %10s  %8.0f %%\n", (unsigned long long)ranks,
           show_seconds(time, seconds), show_hours(hours, seconds * (double)ranks / 3600),
           100 * used(all, all->samples, ranks));
}

/* Powers of two until they are badly used, and the number asked for in its place. */
static void print_times(const struct planning *all)
{
    const uint64_t asked = all->plan->ranks;
    bool told = asked == 0;
    printf("\nTime of %llu samples\n  %8s  %10s  %10s  %10s\n", (unsigned long long)all->samples,
           "ranks", "time", "core hours", "at work");
    for (uint64_t ranks = 1; ranks <= RANKS_SHOWN; ranks *= 2) {
        if (!told && asked <= ranks) {
            told = true;
            print_row(all, asked);
        }
        if (ranks != asked)
            print_row(all, ranks);
        if (used(all, all->samples, ranks) < BADLY_USED)
            break;
    }
    if (!told)
        print_row(all, asked);
}

/* The largest power of two that is well used. */
static uint64_t well_used(const struct planning *all)
{
    uint64_t ranks = 1;
    while (2 * ranks <= RANKS_MOST && used(all, all->samples, 2 * ranks) >= WELL_USED)
        ranks *= 2;
    return ranks;
}

static void print_advice(const struct planning *all)
{
    char text[TEXT];
    const uint64_t ranks = well_used(all);
    printf("\nUp to %llu rank%s spend%s %.0f %% of the time or more on samples (%s); more of them "
           "wait for reading, merging and writing.\n",
           (unsigned long long)ranks, ranks == 1 ? "" : "s", ranks == 1 ? "s" : "", 100 * WELL_USED,
           show_seconds(text, takes(all, all->samples, ranks)));
}

/* The fewest ranks that end within the limit; 0: none do. */
static uint64_t within_limit(const struct planning *all)
{
    for (uint64_t ranks = 1; ranks <= RANKS_MOST; ranks++)
        if (takes(all, all->samples, ranks) <= all->limit)
            return ranks;
    return 0;
}

static void print_limit(const struct planning *all)
{
    char text[TEXT];
    const struct timing *timing = &all->timing;
    const uint64_t ranks = all->plan->ranks ? all->plan->ranks : 1, least = within_limit(all);
    const double left = all->limit - takes(all, 0, ranks);
    if (least > 0)
        printf("Within %s: %llu rank%s at least.", all->plan->time, (unsigned long long)least,
               least == 1 ? "" : "s");
    else
        printf("Within %s: on no number of ranks.", all->plan->time);
    if (left > 0)
        printf(" %llu rank%s would do %s samples.", (unsigned long long)ranks,
               ranks == 1 ? "" : "s", show_count(text, left * timing->rate * (double)ranks));
    printf(" A run that is stopped by a limit goes on with --resume (jobs/README.md).\n");
}

static void print_unknown(void)
{
    printf("Not in these numbers: the start of MPI (some tenths of a second on one node, more with "
           "hundreds of ranks), the\nnetwork and the disk, waiting in a queue, and how much slower "
           "each core is while all cores of a node work:\ntry -n 1e5 on a whole node and read the "
           "rate in the result's .json before a large run.\n");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static flc_status check_plan(struct planning *all, flc_error *error)
{
    const struct cli_plan *plan = all->plan;
    if (plan->ranks > RANKS_MOST)
        return flc_error_set(error, FLC_ERROR_USAGE, "--ranks: at most %d", RANKS_MOST);
    if (plan->time && (!cli_read_duration(&all->limit, plan->time) || all->limit <= 0))
        return flc_error_set(error, FLC_ERROR_USAGE, "--time %s: such as 90s, 30min, 12h or 2d",
                             plan->time);
    return FLC_OK;
}

static void print_all(struct planning *all)
{
    double most = 0;
    print_timing(all);
    if (all->goals)
        print_wants(all, &most);
    all->samples = all->plan->samples ? all->plan->samples
                   : most >= 1        ? (uint64_t)ceil(most)
                                      : CLI_SAMPLES;
    print_times(all);
    print_advice(all);
    if (all->limit > 0)
        print_limit(all);
    print_unknown();
}

flc_status cli_plan_print(const flc_study *study, const struct cli_plan *plan, flc_error *error)
{
    struct planning all = {.study = study, .plan = plan};
    flc_status status = check_plan(&all, error);
    if (!status)
        status = time_run(&all, error);
    if (!status)
        print_all(&all);
    flc_collector_free(all.collector);
    flc_goals_free(all.goals);
    flc_evaluator_free(all.evaluator);
    return status;
}
