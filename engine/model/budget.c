/* Keys of a program's `budget` (MODEL section 2); the equations are in budget_kernel.c. */
#include "model/inputs.h"

#define DELAY struct flc_delay_inputs
static const flc_option delay_options[] = {
    FLC_QUANTITY("probability", DELAY, probability, 0.0, FLC_SHARE, "probability per year",
                 "Probability that the year begins under a continuing resolution."),
    FLC_QUANTITY("share", DELAY, share, 0.0, FLC_SHARE, "1",
                 "Share of the year's budget that then arrives a year late."),
};
static FLC_SECTION(delay_section, DELAY, "delay", delay_options,
                   "Continuing resolutions: part of the money is deferred by a year.");

#define TERMINATION struct flc_termination_inputs
static const flc_option termination_options[] = {
    {"from_year",
     FLC_OPTION_INTEGER,
     offsetof(TERMINATION, from_year),
     FLC_DEFAULT,
     0.0,
     NULL,
     {0.0, 9999.0, false, false, true},
     false,
     "fiscal year",
     NULL,
     NULL,
     "First fiscal year in which the program can be terminated; 0: from the first year on."},
    {"hazard", FLC_OPTION_BY_YEAR, offsetof(TERMINATION, hazard), FLC_DEFAULT, 0.0, NULL, FLC_SHARE,
     true, "probability per year", NULL, NULL,
     "Probability that the program is terminated in a year, for good; by fiscal year an entry "
     "holds on."},
};
static FLC_SECTION(termination_section, TERMINATION, "termination", termination_options,
                   "Termination of the whole program.");

#define RESCISSION struct flc_rescission_inputs
static const flc_option rescission_options[] = {
    FLC_QUANTITY("probability", RESCISSION, probability, 0.0, FLC_SHARE, "probability per year",
                 "Probability of a rescission in a year."),
    FLC_QUANTITY("share", RESCISSION, share, 0.0, FLC_SHARE, "1",
                 "Share of the appropriation that a rescission takes back."),
};
static FLC_SECTION(rescission_section, RESCISSION, "rescission", rescission_options,
                   "Rescissions and sequesters: appropriated money taken back.");

#define BUDGET struct flc_budget_inputs
static const char *const modes[] = {"award", "share", NULL};
static const flc_option budget_options[] = {
    {"mode", FLC_OPTION_CHOICE, offsetof(BUDGET, mode), FLC_DEFAULT, FLC_BUDGET_AWARD, NULL,
     FLC_ANY_NUMBER, false, NULL, modes, NULL,
     "award: units have awards, the budget limits them; share: units share the budget by size."},
    {"plan", FLC_OPTION_BY_YEAR, offsetof(BUDGET, plan), FLC_DERIVED, 0.0,
     "without a plan, money comes as entitled (mode award only)", FLC_NOT_NEGATIVE, false,
     "USD million per year", NULL, NULL,
     "Planned budget by fiscal year; a year without entry keeps the entry before."},
    FLC_QUANTITY("growth", BUDGET, growth, 0.0, FLC_ABOVE_MINUS_ONE, "per year",
                 "Nominal growth of the plan after its last entry."),
    FLC_QUANTITY("volatility", BUDGET, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logarithm of the budget."),
    FLC_QUANTITY("persistence", BUDGET, persistence, 0.0, FLC_PERSISTENCE, "1",
                 "Share of a budget shock that carries over into the next year."),
    FLC_QUANTITY("admin", BUDGET, admin, 0.0, FLC_SHARE_BELOW_ONE, "1",
                 "Share of the appropriation that does not reach units (headquarters, contracts)."),
    FLC_SUBSECTION("delay", BUDGET, delay, delay_section, "Continuing resolutions."),
    FLC_SUBSECTION("termination", BUDGET, termination, termination_section,
                   "Termination of the program."),
    FLC_SUBSECTION("rescission", BUDGET, rescission, rescission_section, "Rescissions."),
};
FLC_SECTION(flc_budget_section, BUDGET, "budget", budget_options,
            "Federal money: plan, shocks, delays, rescissions, termination.");
