/* Keys of the instruments other than grant (MODEL section 7); the equations are in each one's
 * _kernel.c. */
#include "model/inputs.h"

#define REIMBURSEMENT struct flc_reimbursement_inputs
static const flc_option reimbursement_options[] = {
    FLC_QUANTITY_REQUIRED("rate", REIMBURSEMENT, rate, FLC_NOT_NEGATIVE, "1",
                          "Federal dollars per dollar spent `lag` years before."),
    FLC_QUANTITY_REQUIRED("lag", REIMBURSEMENT, lag, FLC_WHOLE_AT_LEAST_ONE, "years",
                          "Whole years from spending to payment."),
    FLC_QUANTITY_REQUIRED("pass", REIMBURSEMENT, pass, FLC_SHARE, "probability",
                          "Probability that a year's claim passes verification."),
};
FLC_SECTION(flc_reimbursement_section, REIMBURSEMENT, "reimbursement", reimbursement_options,
            "Post-subsidy: units spend first and are paid back in part.");

#define PRIZE struct flc_prize_inputs
static const flc_option prize_options[] = {
    FLC_QUANTITY("advance", PRIZE, advance, 0.0, FLC_SHARE, "1",
                 "Share of the award paid in a unit's first year."),
    FLC_QUANTITY_REQUIRED("target", PRIZE, target, FLC_NOT_NEGATIVE, "1",
                          "Match and revenue per dollar of scale that win the award a year later."),
};
FLC_SECTION(flc_prize_section, PRIZE, "prize", prize_options,
            "Award in lieu of subsidy: paid when a target was met.");

#define FUND struct flc_fund_inputs
static const flc_option fund_options[] = {
    FLC_QUANTITY_REQUIRED("ratio", FUND, ratio, FLC_NOT_NEGATIVE, "1",
                          "Partner dollars per public dollar committed."),
    FLC_QUANTITY("volatility", FUND, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logarithm of partners' money."),
    FLC_QUANTITY("fee", FUND, fee, 0.0, FLC_SHARE, "1", "Share of both that is not invested."),
    FLC_QUANTITY_REQUIRED("hold", FUND, hold, FLC_WHOLE_AT_LEAST_ONE, "years",
                          "Whole years from commitment to exit."),
    FLC_QUANTITY_REQUIRED("multiple", FUND, multiple, FLC_NOT_NEGATIVE, "1",
                          "Proceeds per dollar invested in a normal year."),
    FLC_QUANTITY("return_volatility", FUND, return_volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the logarithm of a vintage's multiple."),
    FLC_QUANTITY("return_cyclicality", FUND, return_cyclicality, 0.0, FLC_ANY_NUMBER, "1",
                 "Change of the logarithm of the multiple per unit of the activity gap at exit."),
    FLC_QUANTITY("recycle", FUND, recycle, 0.0, FLC_SHARE, "1",
                 "Share of public proceeds that is committed again a year later."),
    FLC_QUANTITY("additionality", FUND, additionality, 1.0, FLC_AT_MOST_ONE, "1",
                 "Share of partners' money that would not have been invested otherwise."),
};
FLC_SECTION(flc_fund_section, FUND, "fund", fund_options,
            "Venture guidance: public money beside private investors, returned at exit.");

#define GUARANTEE struct flc_guarantee_inputs
static const flc_option guarantee_options[] = {
    FLC_QUANTITY_REQUIRED("gearing", GUARANTEE, gearing, FLC_NOT_NEGATIVE, "1",
                          "Loans per dollar of the pool."),
    FLC_QUANTITY_REQUIRED("cover", GUARANTEE, cover, FLC_SHARE, "1",
                          "Share of a loss that the pool pays."),
    FLC_QUANTITY_REQUIRED("default", GUARANTEE, default_rate, FLC_SHARE_BELOW_ONE,
                          "probability per year", "Default rate of the median normal year."),
    FLC_QUANTITY("cyclicality", GUARANTEE, cyclicality, 0.0, FLC_ANY_NUMBER, "1",
                 "Fall of the logit of the default rate per unit of the activity gap."),
    FLC_QUANTITY("volatility", GUARANTEE, volatility, 0.0, FLC_NOT_NEGATIVE, "1",
                 "Standard deviation of the yearly shock to the logit of the default rate."),
    FLC_QUANTITY("interest", GUARANTEE, interest, 0.0, FLC_ANY_NUMBER, "per year",
                 "Nominal interest on the pool."),
    FLC_QUANTITY("term", GUARANTEE, term, 1.0, FLC_AT_LEAST_ONE, "years",
                 "Mean term of the loans."),
    FLC_QUANTITY("additionality", GUARANTEE, additionality, 1.0, FLC_AT_MOST_ONE, "1",
                 "Share of the loans that would not have been made otherwise."),
};
FLC_SECTION(flc_guarantee_section, GUARANTEE, "guarantee", guarantee_options,
            "Risk compensation: a pool that pays part of lenders' losses.");
