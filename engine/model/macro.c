/* Keys of `horizon` and `macro` (MODEL section 1); the equations are in macro_kernel.c. */
#include "model/inputs.h"

static const flc_option horizon_options[] = {
    {"base_year",
     FLC_OPTION_INTEGER,
     offsetof(struct flc_horizon_inputs, base_year),
     FLC_REQUIRED,
     0.0,
     NULL,
     {1900.0, 2200.0, false, false, true},
     false,
     "fiscal year",
     NULL,
     NULL,
     "First federal fiscal year simulated; prices and present values are in its dollars."},
    {"years",
     FLC_OPTION_INTEGER,
     offsetof(struct flc_horizon_inputs, years),
     FLC_REQUIRED,
     0.0,
     NULL,
     {1.0, 64.0, false, false, true},
     false,
     "years",
     NULL,
     NULL,
     "Number of fiscal years simulated."},
};
FLC_SECTION(flc_horizon_section, struct flc_horizon_inputs, "horizon", horizon_options,
            "The fiscal years that are simulated.");

#define RECESSION struct flc_recession_inputs
static const flc_option recession_options[] = {
    FLC_QUANTITY("entry", RECESSION, entry, 0.0, FLC_SHARE, "probability per year",
                 "Probability that a recession begins in a year after a normal one."),
    FLC_QUANTITY_DERIVED("exit", RECESSION, exit, "must be given where entry is", FLC_SHARE,
                         "probability per year",
                         "Probability that a recession year is followed by a normal one."),
    FLC_QUANTITY("depth", RECESSION, depth, 0.0, FLC_ANY_NUMBER, "1",
                 "Fall of the activity gap in a recession year, as a share of output."),
};
static FLC_SECTION(recession_section, RECESSION, "recession", recession_options,
                   "A two-state recession process common to all programs.");

#define ACTIVITY struct flc_activity_inputs
static const flc_option activity_options[] = {
    FLC_QUANTITY("persistence", ACTIVITY, persistence, 0.0, FLC_PERSISTENCE, "1",
                 "Share of the activity gap that carries over into the next year."),
    FLC_QUANTITY("volatility", ACTIVITY, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the activity gap."),
};
static FLC_SECTION(activity_section, ACTIVITY, "activity", activity_options,
                   "The activity gap: output relative to a normal year, an autoregression.");

#define INFLATION struct flc_inflation_inputs
static const flc_option inflation_options[] = {
    FLC_QUANTITY("mean", INFLATION, mean, 0.0, FLC_ANY_NUMBER, "log change per year",
                 "Long-run inflation, to which the rate returns."),
    FLC_QUANTITY("persistence", INFLATION, persistence, 0.0, FLC_PERSISTENCE, "1",
                 "Share of the deviation from the mean that carries over into the next year."),
    FLC_QUANTITY("volatility", INFLATION, volatility, 0.0, FLC_NOT_NEGATIVE, "log change per year",
                 "Standard deviation of the yearly shock to inflation."),
};
static FLC_SECTION(inflation_section, INFLATION, "inflation", inflation_options,
                   "Inflation, an autoregression around its mean.");

#define MACRO struct flc_macro_inputs
static const flc_option macro_options[] = {
    FLC_SUBSECTION("recession", MACRO, recession, recession_section,
                   "Recessions: how often they begin and end, how deep they are."),
    FLC_SUBSECTION("activity", MACRO, activity, activity_section,
                   "The activity gap between recessions."),
    FLC_SUBSECTION("inflation", MACRO, inflation, inflation_section, "Price growth."),
    FLC_QUANTITY("discount_rate", MACRO, discount_rate, 0.0, FLC_ABOVE_MINUS_ONE, "per year",
                 "Real discount rate of present values."),
    FLC_QUANTITY("fiscal_common", MACRO, fiscal_common, 0.0, FLC_SHARE, "1",
                 "Share of the variance of budget shocks that is common to all programs."),
};
FLC_SECTION(flc_macro_section, MACRO, "macro", macro_options,
            "The macro-economy, shared by all programs.");
