/* Keys of `accounts` and `portfolio` (MODEL section 9); the equations are in accounts_kernel.c. */
#include "model/inputs.h"

#define ACCOUNTS struct flc_accounts_inputs
static const flc_option accounts_options[] = {
    FLC_QUANTITY("tax_rate", ACCOUNTS, tax_rate, 0.0, FLC_ANY_NUMBER, "1",
                 "Federal tax per dollar of benefit."),
    FLC_QUANTITY("excess_burden", ACCOUNTS, excess_burden, 0.0, FLC_ANY_NUMBER, "1",
                 "Marginal excess burden of taxation per dollar of treasury cost."),
    FLC_QUANTITY("opportunity", ACCOUNTS, opportunity, 0.0, FLC_ANY_NUMBER, "1",
                 "Social cost of a dollar of match: what partners would have done with it."),
};
FLC_SECTION(flc_accounts_section, ACCOUNTS, "accounts", accounts_options,
            "How benefits and costs are valued.");

#define PORTFOLIO struct flc_portfolio_inputs
static const flc_option portfolio_options[] = {
    FLC_QUANTITY("coordination", PORTFOLIO, coordination, 0.0, FLC_SHARE, "1",
                 "Share of the overlap between programs that coordination removes."),
};
FLC_SECTION(flc_portfolio_section, PORTFOLIO, "portfolio", portfolio_options,
            "The programs together.");
