/* Keys of an outcome (MODEL section 8); the equations are in outcome_kernel.c. */
#include "model/inputs.h"

#define OUTCOME struct flc_outcome_inputs
static const char *const drivers[] = {"appropriation", "federal", "spending", NULL};
static const flc_option outcome_options[] = {
    FLC_QUANTITY_REQUIRED(
        "multiplier", OUTCOME, multiplier, FLC_NOT_NEGATIVE, "outcome per driver dollar",
        "Outcome per dollar of the driver in a normal year (jobs: per real million)."),
    {"driver", FLC_OPTION_CHOICE, offsetof(OUTCOME, driver), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, drivers, NULL,
     "Dollars the multiplier applies to: appropriation less rescissions, federal money drawn, or "
     "spending."},
    FLC_QUANTITY("lag", OUTCOME, lag, 0.0, FLC_NOT_NEGATIVE, "years",
                 "Mean lag from dollars to outcome."),
    FLC_QUANTITY_DERIVED(
        "history", OUTCOME, history, "1 for a program with a unit older than the base year, else 0",
        FLC_NOT_NEGATIVE, "1",
        "Driver dollars of the years before the horizon, relative to its first year."),
    FLC_QUANTITY("returns_to_scale", OUTCOME, returns_to_scale, 1.0, FLC_ANY_NUMBER, "1",
                 "Elasticity of the outcome to real driver dollars."),
    FLC_QUANTITY("cyclicality", OUTCOME, cyclicality, 0.0, FLC_ANY_NUMBER, "1",
                 "Change of the logarithm of the outcome per unit of the activity gap."),
    FLC_QUANTITY("volatility", OUTCOME, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logarithm of the outcome."),
    FLC_QUANTITY("additionality", OUTCOME, additionality, 1.0, FLC_AT_MOST_ONE, "1",
                 "Share of the gross outcome that would not have come otherwise."),
    FLC_QUANTITY("lagging_multiplier", OUTCOME, lagging_multiplier, 1.0, FLC_NOT_NEGATIVE, "1",
                 "Additionality in lagging regions relative to others."),
    FLC_QUANTITY("displacement", OUTCOME, displacement, 0.0, FLC_SHARE, "1",
                 "Share of the outcome that is lost elsewhere in the country."),
    FLC_QUANTITY(
        "value", OUTCOME, value, 0.0, FLC_ANY_NUMBER, "USD million per unit of outcome",
        "Value added per unit of outcome (jobs: USD million of base-year prices per job)."),
};
FLC_SECTION(flc_outcome_section, OUTCOME, "outcome", outcome_options,
            "What the money moves: sales, investment, jobs, ...");
