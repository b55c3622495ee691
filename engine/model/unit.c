/* Keys of `units`, `taper` and `cost` (MODEL sections 3 and 6); the equations are in unit_kernel.c.
 */
#include "model/inputs.h"

#define COHORT struct flc_cohort_inputs
static const flc_option cohort_options[] = {
    {"start",
     FLC_OPTION_INTEGER,
     offsetof(COHORT, start),
     FLC_REQUIRED,
     0.0,
     NULL,
     {1800.0, 2300.0, false, false, true},
     false,
     "fiscal year",
     NULL,
     NULL,
     "Fiscal year in which the units of this cohort start."},
    {"count",
     FLC_OPTION_INTEGER,
     offsetof(COHORT, count),
     FLC_REQUIRED,
     0.0,
     NULL,
     {1.0, 1e6, false, false, true},
     false,
     "units",
     NULL,
     NULL,
     "Number of units."},
};
static FLC_SECTION(cohort_section, COHORT, "cohort", cohort_options,
                   "Units that start in the same fiscal year.");

#define GATE struct flc_gate_inputs
static const flc_option gate_options[] = {
    {"age",
     FLC_OPTION_INTEGER,
     offsetof(GATE, age),
     FLC_REQUIRED,
     0.0,
     NULL,
     {0.0, 500.0, false, false, true},
     false,
     "years",
     NULL,
     NULL,
     "Age at which a unit meets the gate."},
    FLC_QUANTITY_REQUIRED("pass", GATE, pass, FLC_SHARE, "probability",
                          "Probability to pass; a unit that fails is no longer funded."),
};
static FLC_SECTION(gate_section, GATE, "gate", gate_options, "A review that a unit must pass.");

#define UNITS struct flc_units_inputs
static const flc_option units_options[] = {
    {"cohorts", FLC_OPTION_LIST, offsetof(UNITS, cohorts), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, &cohort_section, "Cohorts of units by start year."},
    {"award", FLC_OPTION_BY_AGE, offsetof(UNITS, award), FLC_DERIVED, 0.0,
     "must be given in budget mode award", FLC_POSITIVE, false, "USD million per year", NULL, NULL,
     "Award of a unit of mean size per year, by age."},
    {"indexed", FLC_OPTION_BOOLEAN, offsetof(UNITS, indexed), FLC_DEFAULT, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, NULL, "Whether awards rise with prices."},
    FLC_QUANTITY("size_dispersion", UNITS, size_dispersion, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the logarithm of unit size."),
    FLC_QUANTITY("lagging_share", UNITS, lagging_share, 0.0, FLC_SHARE, "1",
                 "Share of units in lagging regions."),
    {"gates", FLC_OPTION_LIST, offsetof(UNITS, gates), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, &gate_section, "Reviews by age, in any order."},
};
FLC_SECTION(flc_units_section, UNITS, "units", units_options,
            "Centers, institutes, engines, hubs or projects of the program.");

#define TAPER struct flc_taper_inputs
static const char *const shapes[] = {"constant", "linear", "geometric", "step", "schedule", NULL};
static const flc_option taper_options[] = {
    {"shape", FLC_OPTION_CHOICE, offsetof(TAPER, shape), FLC_DEFAULT, FLC_TAPER_CONSTANT, NULL,
     FLC_ANY_NUMBER, false, NULL, shapes, NULL, "How federal money falls with a unit's age."},
    FLC_QUANTITY("start", TAPER, start, 0.0, FLC_ANY_NUMBER, "years",
                 "Age at which the taper begins."),
    FLC_QUANTITY_DERIVED("length", TAPER, length, "must be given for shapes linear and geometric",
                         FLC_POSITIVE, "years", "Years from the begin of the taper to its floor."),
    FLC_QUANTITY("floor", TAPER, floor, 0.0, FLC_SHARE, "1",
                 "Share of the award that remains after the taper."),
    {"schedule", FLC_OPTION_BY_AGE, offsetof(TAPER, schedule), FLC_DERIVED, 0.0,
     "must be given for shape schedule", FLC_NOT_NEGATIVE, false, "1", NULL, NULL,
     "Share of the award by age, for shape schedule."},
};
FLC_SECTION(flc_taper_section, TAPER, "taper", taper_options,
            "Federal money of a unit by age, as a share of its award.");

#define COST struct flc_cost_inputs
static const flc_option cost_options[] = {
    FLC_QUANTITY_REQUIRED("ratio", COST, ratio, FLC_NOT_NEGATIVE, "1",
                          "Yearly cost of full service per dollar of scale."),
    FLC_QUANTITY("volatility", COST, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logarithm of cost."),
    FLC_QUANTITY("in_kind_cap", COST, in_kind_cap, 1.0, FLC_SHARE, "1",
                 "Largest share of cost that in-kind match can cover."),
    FLC_QUANTITY("minimum_service", COST, minimum_service, 0.0, FLC_SHARE, "1",
                 "Share of the cash need that is spent even without cash."),
    FLC_QUANTITY("reserve_target", COST, reserve_target, 0.0, FLC_NOT_NEGATIVE, "years of cost",
                 "Reserves beyond which income is spent."),
    FLC_QUANTITY("credit", COST, credit, 0.0, FLC_NOT_NEGATIVE, "years of cost",
                 "Deficit at which a unit closes."),
    FLC_QUANTITY("interest", COST, interest, 0.0, FLC_ANY_NUMBER, "per year",
                 "Nominal interest on positive reserves."),
    FLC_QUANTITY("opening", COST, opening, 0.0, FLC_NOT_NEGATIVE, "years of cost",
                 "Reserves at the begin of the horizon of units older than it."),
    FLC_QUANTITY(
        "adapt", COST, adapt, 0.0, FLC_SHARE, "1",
        "Share of the gap between size and what income can carry that a unit closes in a year."),
};
FLC_SECTION(flc_cost_section, COST, "cost", cost_options, "Cost, reserves and survival of a unit.");
