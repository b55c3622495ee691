/* Keys of `revenue` and of its streams (MODEL section 5); equations in revenue_kernel.c. */
#include "model/inputs.h"

#define STREAM struct flc_stream_inputs
static const flc_option stream_options[] = {
    FLC_QUANTITY_REQUIRED("ratio", STREAM, ratio, FLC_NOT_NEGATIVE, "1",
                          "Revenue per dollar of the unit's scale in a normal year."),
    FLC_QUANTITY("volatility", STREAM, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the logarithm of revenue."),
    FLC_QUANTITY("cyclicality", STREAM, cyclicality, 0.0, FLC_ANY_NUMBER, "1",
                 "Change of the logarithm of revenue per unit of the activity gap."),
    {"counts_as_match", FLC_OPTION_BOOLEAN, offsetof(STREAM, counts_as_match), FLC_DEFAULT, 0.0,
     NULL, FLC_ANY_NUMBER, false, NULL, NULL, NULL, "Whether the match rule counts this revenue."},
    FLC_SUBSECTION("ramp", STREAM, ramp, flc_ramp_section,
                   "Growth of revenue with the unit's age; 1 where not given."),
};
static FLC_SECTION(stream_section, STREAM, "revenue stream", stream_options,
                   "Money that units earn themselves (fees, membership, licensing, ...).");

#define REVENUE struct flc_revenue_inputs
static const flc_option revenue_options[] = {
    FLC_QUANTITY("persistence", REVENUE, persistence, 0.0, FLC_PERSISTENCE, "1",
                 "Share of a revenue shock that carries over into the next year."),
    {"streams", FLC_OPTION_MAP, offsetof(REVENUE, streams), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, &stream_section, "Streams by name."},
};
FLC_SECTION(flc_revenue_section, REVENUE, "revenue", revenue_options, "Own revenue of units.");
