/* How often do intervals miss, although one keeps looking and stops because of what one saw?
 *
 *     until_coverage REPETITIONS LOOKS SEED [fixed]
 *
 * Repeats a run with known answers: means, quantiles (also of values in lumps) and probabilities,
 * judged as fulcrum run --until judges them (study/goals.h), at LOOKS looks. For each goal one
 * line: how often some look missed the truth, and how often it stopped and the look there missed;
 * then the same of all goals at once. With `fixed`, intervals for one look take the place of the
 * sequences, which must show: some goals are to be known to 100 % of an estimate whose truth is 0,
 * so that a run stops when its interval excludes the truth. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "random/streams.h"
#include "statistics/sequences.h"
#include "study/goals.h"

enum { NORMAL, SKEWED, LUMPS, OUTPUTS, GOALS = 8 };

/* Truths: normal sd 1; exp(normal/2); the whole part of -2 log(uniform), geometric with ratio
 * exp(-1/2), whose 0.9-quantile is the smallest k with 1 - exp(-(k+1)/2) >= 0.9. */
static const struct {
    const char *name;
    flc_goal_kind kind;
    size_t output;
    double p, threshold, wanted, truth;
} questions[GOALS] = {
    {"normal mean, truth 0", FLC_GOAL_MEAN, NORMAL, 0, 0, 1.0, 0},
    {"skewed mean", FLC_GOAL_MEAN, SKEWED, 0, 0, 0.01, 0x1.2216045b6f5cdp+0},
    {"normal median, truth 0", FLC_GOAL_QUANTILE, NORMAL, 0.5, 0, 1.0, 0},
    {"skewed 0.05 quantile", FLC_GOAL_QUANTILE, SKEWED, 0.05, 0, 0.02, 0x1.c1e8a9f6ccb09p-2},
    {"lumps 0.9 quantile", FLC_GOAL_QUANTILE, LUMPS, 0.9, 0, 0.3, 4},
    {"probability 0.5", FLC_GOAL_PROBABILITY, NORMAL, 0, 0, 0.02, 0.5},
    {"probability 0.05", FLC_GOAL_PROBABILITY, NORMAL, 0, 0x1.a515209676abep+0, 0.1, 0.05},
    {"probability 0.0013", FLC_GOAL_PROBABILITY, NORMAL, 0, 3, 0.5, 0x1.61de1f985b5d1p-10},
};

struct count {
    unsigned ever, stopped, at_stop;
};

struct state {
    flc_draws *draws;
    uint32_t normal, skewed, lumps;
    double *values;
    flc_goals goals;
    flc_goal goal[GOALS];
    bool fixed;
};

static void draw(struct state *state, uint64_t first)
{
    double *normal = state->values + NORMAL * FLC_BLOCK,
           *skewed = state->values + SKEWED * FLC_BLOCK;
    double *lumps = state->values + LUMPS * FLC_BLOCK;
    flc_draws_seek(state->draws, first);
    flc_draws_normal(state->draws, state->normal, 0, normal);
    flc_draws_normal(state->draws, state->skewed, 0, skewed);
    flc_draws_uniform(state->draws, state->lumps, 0, lumps);
    for (size_t i = 0; i < FLC_BLOCK; i++) {
        skewed[i] = flc_exp(skewed[i] / 2);
        lumps[i] = flc_floor(-2 * flc_log(lumps[i]));
    }
}

static void count_met(struct state *state)
{
    for (size_t g = 0; g < GOALS; g++) {
        const double *values = state->values + questions[g].output * FLC_BLOCK;
        for (size_t i = 0; i < FLC_BLOCK; i++)
            state->goal[g].met += values[i] >= questions[g].threshold;
    }
}

/* The planted fault: the interval for one look. */
static void fix(flc_goal *goal, const flc_summary *summary)
{
    const double level = FLC_GOALS_LEVEL;
    flc_interval interval;
    flc_moments moments = flc_summary_moments(summary, goal->target.output);
    flc_quantile_estimate quantile =
        flc_summary_quantile(summary, goal->target.output, goal->p, level);
    if (goal->kind == FLC_GOAL_MEAN)
        interval = flc_intervals_mean(moments.mean, moments.mean_error, moments.n, level);
    else if (goal->kind == FLC_GOAL_QUANTILE)
        interval = (flc_interval){quantile.low, quantile.high};
    else
        interval = flc_intervals_wilson(goal->met, goal->values, level);
    const double above = interval.high - goal->estimate, below = goal->estimate - interval.low;
    goal->low = interval.low;
    goal->high = interval.high;
    goal->reached = (above > below ? above : below) / flc_abs(goal->estimate);
    goal->satisfied = goal->reached <= goal->wanted;
}

/* One run: what missed at some look, stopped, and missed where it stopped. The last place is for
 * all goals, each at its share of alpha. */
static flc_status run_once(struct state *state, flc_summary *summary, unsigned looks,
                           struct count counts[GOALS + 1], flc_error *error)
{
    bool ever[GOALS + 1] = {false}, stopped[GOALS + 1] = {false};
    uint64_t block = 0, look = 0;
    flc_status status = FLC_OK;
    for (unsigned k = 0; k < looks && !status; k++) {
        for (look = flc_sequences_next_look(look); block < look && !status; block++) {
            draw(state, block * FLC_BLOCK);
            count_met(state);
            status = flc_summary_add(summary, FLC_ISA_GENERIC, state->values, block * FLC_BLOCK,
                                     FLC_BLOCK, error);
        }
        for (int joint = 0; joint < 2; joint++) {
            unsigned missed = 0;
            state->goals.alpha = (1 - FLC_GOALS_LEVEL) / (joint ? GOALS : 1);
            flc_goals_judge(&state->goals, summary, look * FLC_BLOCK);
            for (size_t g = 0; g < GOALS; g++) {
                flc_goal *goal = &state->goal[g];
                if (state->fixed)
                    fix(goal, summary);
                const bool miss =
                    !(goal->low <= questions[g].truth && questions[g].truth <= goal->high);
                missed += miss;
                if (joint)
                    continue;
                ever[g] = ever[g] || miss;
                counts[g].at_stop += miss && goal->satisfied && !stopped[g];
                stopped[g] = stopped[g] || goal->satisfied;
            }
            if (joint)
                ever[GOALS] = ever[GOALS] || missed > 0;
        }
    }
    for (size_t g = 0; g <= GOALS; g++) {
        counts[g].ever += ever[g];
        counts[g].stopped += stopped[g];
    }
    return status;
}

static flc_status repeat(unsigned repetitions, unsigned looks, uint64_t seed, bool fixed,
                         struct count counts[GOALS + 1], flc_error *error)
{
    static const flc_resolution fine[OUTPUTS] = {FLC_RESOLUTION_FINE, FLC_RESOLUTION_FINE,
                                                 FLC_RESOLUTION_FINE};
    struct state state = {.fixed = fixed};
    flc_status status = FLC_OK;
    state.values = aligned_alloc(64, OUTPUTS * FLC_BLOCK * sizeof(double));
    for (unsigned r = 0; r < repetitions && !status; r++) {
        flc_names *names = flc_names_create(error);
        flc_summary *summary = flc_summary_create(fine, OUTPUTS, NULL, 0, error);
        status = names && summary && state.values ? FLC_OK : FLC_ERROR_MEMORY;
        if (!status && !(status = flc_names_add(names, &state.normal, "normal", error)) &&
            !(status = flc_names_add(names, &state.skewed, "skewed", error)) &&
            !(status = flc_names_add(names, &state.lumps, "lumps", error)))
            status = flc_streams_create(&state.draws, names, seed * 1000003 + r, flc_isa_select(),
                                        error);
        state.goals = (flc_goals){.goal = state.goal, .count = GOALS};
        for (size_t g = 0; g < GOALS; g++)
            state.goal[g] =
                (flc_goal){.kind = questions[g].kind,
                           .target = {questions[g].output, questions[g].threshold, FLC_AT_LEAST},
                           .p = questions[g].p,
                           .wanted = questions[g].wanted,
                           .relative = true};
        if (!status) {
            draw(&state, 0);
            status = flc_summary_set_pilot(summary, state.values, error);
        }
        if (!status)
            status = run_once(&state, summary, looks, counts, error);
        flc_draws_free(state.draws);
        state.draws = NULL;
        flc_names_free(names);
        flc_summary_free(summary);
    }
    free(state.values);
    return status;
}

int main(int argc, char **argv)
{
    struct count counts[GOALS + 1] = {{0, 0, 0}};
    flc_error error;
    if (argc < 4) {
        fprintf(stderr, "until_coverage REPETITIONS LOOKS SEED [fixed]\n");
        return 2;
    }
    const unsigned repetitions = (unsigned)strtoul(argv[1], NULL, 10);
    const unsigned looks = (unsigned)strtoul(argv[2], NULL, 10);
    if (repeat(repetitions, looks, strtoull(argv[3], NULL, 10), argc > 4, counts, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    for (size_t g = 0; g <= GOALS; g++)
        printf("%u\t%u\t%u\t%s\n", counts[g].ever, counts[g].stopped, counts[g].at_stop,
               g < GOALS ? questions[g].name : "all at once");
    return EXIT_SUCCESS;
}
