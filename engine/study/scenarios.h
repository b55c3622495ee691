/* Scenarios: a base study and policies on it, evaluated together on the same draws.
 *
 * Draws are addressed by name, so sample i is the same possible world in every scenario but for
 * what the policy changes, and the difference of two scenarios in one sample is the policy's effect
 * in that world. Programs that a policy does not touch are evaluated once, for the base.
 *
 * As a source of blocks (run/simulate.h) the scenarios have rows:
 *
 *   outputs of the base             all of them, in the base's order, or those chosen
 *   for each policy in turn         of each program that it touches, and of the portfolio, every
 *                                   output that base and policy both have: its level, and its
 *                                   difference, policy less base. Where both are the same the
 *                                   difference is 0 (also never and never)
 *   for each decision in turn       regret of each scenario, the base being number 0: the best of
 *                                   all scenarios in that sample less its own, turned so that it is
 *                                   never negative; and whether it is the best, 1 or 0
 *   for each pair in turn           level of one scenario less that of another one
 *
 * A touched program is one in whose part of the resolved text something differs, or all programs if
 * what is common to them (macro, accounts, dependence) does. So rows of one policy do not depend on
 * the other policies; regrets do.
 */
#ifndef FLC_STUDY_SCENARIOS_H
#define FLC_STUDY_SCENARIOS_H

#include "study/study.h"

typedef struct flc_scenarios flc_scenarios;

/* An output of the base by which scenarios are ranked. */
typedef struct flc_decision {
    size_t output;
    flc_better better; /* not FLC_BETTER_NEITHER */
} flc_decision;

/* How likely is it that a policy makes `output` of the base worse by more than `margin` (its unit)?
 */
typedef struct flc_margin {
    size_t output;
    double margin;
    flc_better better;
} flc_margin;

/* Two scenarios that are compared with each other in an output of the base. */
typedef struct flc_rivals {
    size_t output, scenario, less; /* scenario less the one numbered `less` */
} flc_rivals;

/* What is asked of scenarios. Outputs of decisions, margins and rivals are among those chosen. */
typedef struct flc_questions {
    const flc_decision *decisions;
    size_t decision_count;
    const flc_margin *margins;
    size_t margin_count;
    const size_t *outputs; /* of the base, each once; NULL: all, and the base's targets */
    size_t output_count;
    const flc_rivals *rivals;
    size_t rival_count;
    bool means_only; /* of differences: their quantiles are kept coarsely, which saves memory */
} flc_questions;

/* studies[0] is the base; names[i] are for messages. Arrays are copied, studies must live on.
 * FLC_ERROR_STUDY where a policy has another horizon. */
flc_status flc_scenarios_create(flc_scenarios **scenarios, const flc_study *const *studies,
                                const char *const *names, size_t count,
                                const flc_questions *questions, const flc_points *points,
                                flc_isa isa, flc_error *error);
void flc_scenarios_free(flc_scenarios *scenarios);

size_t flc_scenarios_count(const flc_scenarios *scenarios);
const flc_study *flc_scenarios_study(const flc_scenarios *scenarios, size_t scenario);

const flc_decision *flc_scenarios_decision(const flc_scenarios *scenarios, size_t decision);

/* Does the policy touch this program of the base (flc_model_programs: the portfolio)? */
bool flc_scenarios_touches(const flc_scenarios *scenarios, size_t scenario, size_t program);
/* Programs that are evaluated for a scenario rather than taken from the base. */
size_t flc_scenarios_evaluated(const flc_scenarios *scenarios, size_t scenario);

/* Rows of an output of the base, FLC_NO_OUTPUT where it is not chosen. Level: of a scenario, or the
 * base's where it is not touched; FLC_NO_OUTPUT where the scenario has no such output. Difference:
 * FLC_NO_OUTPUT where it is 0 in every sample, or undefined for want of a level. */
size_t flc_scenarios_level(const flc_scenarios *scenarios, size_t scenario, size_t output);
size_t flc_scenarios_difference(const flc_scenarios *scenarios, size_t scenario, size_t output);
size_t flc_scenarios_regret(const flc_scenarios *scenarios, size_t decision, size_t scenario);
size_t flc_scenarios_best(const flc_scenarios *scenarios, size_t decision, size_t scenario);
size_t flc_scenarios_rivals(const flc_scenarios *scenarios, size_t number);
/* The target (statistics/summary.h) that counts samples in which a margin is exceeded;
 * FLC_NO_OUTPUT where the difference is always 0. */
size_t flc_scenarios_margin(const flc_scenarios *scenarios, size_t margin, size_t scenario);

/* [rows][FLC_BLOCK] of samples first ... ; and a summary of them. */
const double *flc_scenarios_block(flc_scenarios *scenarios, uint64_t first);
flc_summary *flc_scenarios_summary(flc_scenarios *scenarios, flc_error *error);
/* Why a plug-in model failed in some scenario, or FLC_OK. */
flc_status flc_scenarios_failure(const flc_scenarios *scenarios, flc_error *error);
/* Memory in bytes of one rank, about; and before there are any, of `scenarios` studies like this
 * one of which `outputs` outputs are chosen, differences for their means only; at points of this
 * design. */
size_t flc_scenarios_bytes(const flc_scenarios *scenarios);
size_t flc_scenarios_forecast(const flc_study *study, size_t scenarios, size_t outputs,
                              flc_design design);

#endif
