/* Keys of `match`, of its sources, and of ramps (MODEL section 4); equations in match_kernel.c. */
#include "model/inputs.h"

#define RAMP struct flc_ramp_inputs
static const flc_option ramp_options[] = {
    FLC_QUANTITY_REQUIRED("half_age", RAMP, half_age, FLC_ANY_NUMBER, "years",
                          "Age at which half of the full level is reached."),
    FLC_QUANTITY_REQUIRED("width", RAMP, width, FLC_POSITIVE, "years",
                          "Years from 50 to 73 percent of the full level."),
};
FLC_SECTION(flc_ramp_section, RAMP, "ramp", ramp_options,
            "Growth with age along a logistic curve.");

#define SOURCE struct flc_source_inputs
static const flc_option source_options[] = {
    FLC_QUANTITY_REQUIRED(
        "ratio", SOURCE, ratio, FLC_NOT_NEGATIVE, "1",
        "Partner dollars committed per dollar of the unit's scale in a normal year."),
    FLC_QUANTITY("volatility", SOURCE, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logarithm of commitments."),
    FLC_QUANTITY("cyclicality", SOURCE, cyclicality, 0.0, FLC_ANY_NUMBER, "1",
                 "Change of the logarithm of commitments per unit of the activity gap."),
    FLC_QUANTITY("stickiness", SOURCE, stickiness, 1.0, FLC_SHARE, "1",
                 "Share of the pledge that stays when federal money falls."),
    FLC_QUANTITY("conversion", SOURCE, conversion, 1.0, FLC_SHARE, "1",
                 "Share of what partners announce that becomes money."),
    FLC_QUANTITY("cash_share", SOURCE, cash_share, 1.0, FLC_SHARE, "1",
                 "Share of the match that comes in cash, the rest in kind."),
    FLC_QUANTITY("lagging_multiplier", SOURCE, lagging_multiplier, 1.0, FLC_NOT_NEGATIVE, "1",
                 "Commitments in lagging regions relative to others."),
    FLC_QUANTITY("additionality", SOURCE, additionality, 1.0, FLC_AT_MOST_ONE, "1",
                 "Share of the match that would not have been spent otherwise."),
    FLC_SUBSECTION("ramp", SOURCE, ramp, flc_ramp_section,
                   "Growth of commitments with the unit's age; 1 where not given."),
};
static FLC_SECTION(source_section, SOURCE, "match source", source_options,
                   "Partners who match federal money (state, industry, university, ...).");

#define MATCH struct flc_match_inputs
static const flc_option match_options[] = {
    {"required", FLC_OPTION_BY_AGE, offsetof(MATCH, required), FLC_DEFAULT, 0.0, NULL,
     FLC_NOT_NEGATIVE, false, "non-federal per federal dollar", NULL, NULL,
     "Match required per federal dollar, a number or by age; a federal share cap c is (1 - c)/c."},
    FLC_QUANTITY("recession_waiver", MATCH, recession_waiver, 0.0, FLC_SHARE, "1",
                 "Share of the requirement that is waived in a recession year."),
    FLC_QUANTITY("common_share", MATCH, common_share, 0.0, FLC_SHARE, "1",
                 "Share of the variance of match shocks that is common to the program's units."),
    FLC_QUANTITY("response", MATCH, response, 0.0, FLC_SHARE, "1",
                 "Share of missing match that partners and units make up."),
    {"sources", FLC_OPTION_MAP, offsetof(MATCH, sources), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, &source_section, "Partners by name."},
};
FLC_SECTION(flc_match_section, MATCH, "match", match_options,
            "Match from partners: what is required and what comes.");
