/* A choice among scenarios, and what could be known before it: puts scenarios, a utility and the
 * uncertain quantities of all of them together for sensitivity/voi.h.
 *
 * Alternatives are the scenarios, the base being number 0. What could be known are the uncertain
 * quantities of all scenarios, each once by its path (draws have names, so a quantity is the same
 * draw in every scenario; what a policy makes certain or adds is a quantity too), and groups of
 * them. Shocks cannot be known.
 *
 * Reach. A quantity that reaches no difference of utilities is worth exactly 0 and is not
 * estimated. A program that no policy touches is the same in all alternatives, so its quantities
 * reach nothing: not its own outputs, and not sums over programs, whose differences are those of
 * touched programs. They do reach ratios of the portfolio, and anything of it where a policy
 * changes how programs add up (portfolio/coordination). A quantity that depends on one that reaches
 * a difference tells something of it, and reaches it too.
 *
 * Groups are those asked for, NAME=PATTERN,... over paths with * (any characters, also '/') and ?,
 * and behind them those of the study: all, macro, accounts, portfolio, each program (MEP), and each
 * kind of section of all programs (outcomes). Of the latter only groups of two quantities at least
 * that reach a difference, and of equal ones the first.
 */
#ifndef FLC_STUDY_PROSPECTS_H
#define FLC_STUDY_PROSPECTS_H

#include "sensitivity/voi.h"
#include "study/scenarios.h"
#include "study/utility.h"

typedef struct flc_prospects flc_prospects;

#define FLC_NO_THING SIZE_MAX /* worth exactly 0 */

/* As flc_scenarios_create; studies and names must live on. FLC_ERROR_USAGE for a utility or group
 * that is wrong, FLC_ERROR_STUDY where a scenario has no such output. */
flc_status flc_prospects_create(flc_prospects **prospects, const flc_study *const *studies,
                                const char *const *names, size_t count, const char *utility,
                                const char *const *groups, size_t group_count,
                                const flc_points *points, flc_isa isa, flc_error *error);
void flc_prospects_free(flc_prospects *prospects);

const flc_scenarios *flc_prospects_scenarios(const flc_prospects *prospects);
const flc_utility *flc_prospects_utility(const flc_prospects *prospects);

/* The problem, and its values for samples first ... */
const flc_voi_problem *flc_prospects_problem(const flc_prospects *prospects);
const double *flc_prospects_block(flc_prospects *prospects, uint64_t first);

/* What could be known, and the number of the thing of the problem that it is. */
typedef struct flc_prospect {
    const char *name;     /* path of a quantity, name of a group */
    const char *patterns; /* of a group, else NULL */
    size_t members;       /* quantities in it; 1 for a quantity */
    size_t reaching;      /* those of them that reach a difference */
    bool dependent;       /* some quantity of it depends on another one */
    size_t thing;
} flc_prospect;
size_t flc_prospects_quantities(const flc_prospects *prospects);
const flc_prospect *flc_prospects_quantity(const flc_prospects *prospects, size_t i);
size_t flc_prospects_groups(const flc_prospects *prospects);
const flc_prospect *flc_prospects_group(const flc_prospects *prospects, size_t i);

/* What a prospect is worth, by the values of the problem, and what its regression promises;
 * the share of samples in which one would choose the alternative, knowing it; and that in which one
 * would choose another one than without. What reaches nothing is worth exactly 0 and changes no
 * choice. */
flc_voi_estimate flc_prospect_worth(const flc_prospect *prospect, const flc_collector *values);
flc_voi_estimate flc_prospect_promise(const flc_prospect *prospect, const flc_collector *values);
double flc_prospect_taken(const flc_prospect *prospect, const flc_collector *values,
                          size_t alternative);
double flc_prospect_change(const flc_prospect *prospect, const flc_collector *values);

/* Memory of one rank in bytes, about, without lessons and values. */
size_t flc_prospects_bytes(const flc_prospects *prospects);

#endif
