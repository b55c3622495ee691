/* The accounts of MODEL section 9: what is kept by fiscal year for every program and for the
 * portfolio, and what is computed from it over the horizon. Both lists are the order of outputs in
 * memory, in traces and in result files. */
#ifndef FLC_MODEL_ACCOUNTS_H
#define FLC_MODEL_ACCOUNTS_H

#include <stddef.h>

/* X(identifier, name, unit, sentence) */
#define FLC_ACCOUNTS(X)                                                                            \
    X(BUDGET, "budget", "USD million",                                                             \
      "Budget of the year before delays, rescissions and termination")                             \
    X(APPROPRIATION, "appropriation", "USD million",                                               \
      "Money enacted for the year and not terminated")                                             \
    X(LAPSED, "lapsed", "USD million", "Entitlements not drawn for want of match")                 \
    X(UNALLOCATED, "unallocated", "USD million", "Money that no unit is entitled to")              \
    X(ADMINISTRATION, "administration", "USD million", "Money that does not reach units")          \
    X(RESCINDED, "rescinded", "USD million", "Appropriation taken back by rescissions")            \
    X(TERMINATED, "terminated", "USD million", "Enacted money lost by the program's termination")  \
    X(DEFERRED, "deferred", "USD million",                                                         \
      "Budget deferred to the next year by a continuing resolution")                               \
    X(FEDERAL, "federal", "USD million", "Federal money drawn by units, or paid in")               \
    X(RECEIPTS, "receipts", "USD million", "Money that comes back to the treasury")                \
    X(TREASURY_COST, "treasury_cost", "USD million",                                               \
      "Federal money and administration less receipts")                                            \
    X(COMMITTED_MATCH, "committed_match", "USD million", "Match that partners announce")           \
    X(MATCH, "match", "USD million", "Match that comes, in cash and in kind")                      \
    X(MATCH_CASH, "match_cash", "USD million", "Match in cash")                                    \
    X(MATCH_IN_KIND, "match_in_kind", "USD million", "Match in kind")                              \
    X(OWN_REVENUE, "own_revenue", "USD million", "Revenue that units earn themselves")             \
    X(SPENDING, "spending", "USD million", "What units spend, cash and in-kind match used")        \
    X(SHORTFALL, "shortfall", "USD million", "Cash need that units could not meet")                \
    X(WRITTEN_OFF, "written_off", "USD million", "Deficits of closed units")                       \
    X(BALANCE, "balance", "USD million", "Reserves of units at the end of the year")               \
    X(ACTIVE, "active", "units", "Units that are active")                                          \
    X(FUNDED, "funded", "units", "Units that are funded")                                          \
    X(SELF_SUSTAINING, "self_sustaining", "units", "Units that live without federal money")        \
    X(BENEFIT, "benefit", "USD million", "Value added by net outcomes")                            \
    X(TAX, "tax", "USD million", "Federal tax on the benefit")                                     \
    X(SOCIAL_COST, "social_cost", "USD million",                                                   \
      "Treasury cost with excess burden, opportunity cost of match, deficits")

/* Kept by year as well, but only to compute the horizon from. */
#define FLC_INNER_ACCOUNTS(X)                                                                      \
    X(ENTITLEMENT)                                                                                 \
    X(CASH_NEED)                                                                                   \
    X(NET_MATCH)                                                                                   \
    X(INVESTMENT)                                                                                  \
    X(LAGGING_FEDERAL)                                                                             \
    X(LAGGING_MONEY)                                                                               \
    X(LAGGING_SPENDING)                                                                            \
    X(LEADING_FEDERAL)                                                                             \
    X(LEADING_MONEY)                                                                               \
    X(STARTED)                                                                                     \
    X(SURVIVORS)

enum flc_account {
#define X(identifier, name, unit, sentence) FLC_ACCOUNT_##identifier,
    FLC_ACCOUNTS(X)
#undef X
        FLC_ACCOUNTS_PUBLIC,
    FLC_ACCOUNT_BEFORE_INNER = FLC_ACCOUNTS_PUBLIC - 1,
#define X(identifier) FLC_ACCOUNT_##identifier,
    FLC_INNER_ACCOUNTS(X)
#undef X
        FLC_ACCOUNTS_ALL
};

#define FLC_HORIZON_METRICS(X)                                                                     \
    X(LEVERAGE_RATIO, "leverage_ratio", "1",                                                       \
      "Present value of match and own revenue per federal dollar")                                 \
    X(COFINANCING_RATIO, "cofinancing_ratio", "1", "Present value of match per federal dollar")    \
    X(NET_LEVERAGE_RATIO, "net_leverage_ratio", "1",                                               \
      "Present value of additional match per federal dollar")                                      \
    X(MULTIPLIER_EFFECT, "multiplier_effect", "1",                                                 \
      "Present value of federal money, match and gross investment per federal dollar")             \
    X(COMMITMENT_RATIO, "commitment_ratio", "1", "Match announced per federal dollar, nominal")    \
    X(NPV, "npv", "USD million", "Present value of benefit less social cost, base-year prices")    \
    X(BENEFIT_COST_RATIO, "benefit_cost_ratio", "1",                                               \
      "Present value of benefit per dollar of social cost")                                        \
    X(FISCAL_RETURN, "fiscal_return", "1", "Present value of tax per dollar of treasury cost")     \
    X(PAYBACK_YEAR, "payback_year", "fiscal year",                                                 \
      "First fiscal year in which cumulative tax covers cumulative treasury cost; infinite: "      \
      "never")                                                                                     \
    X(SURVIVAL_SHARE, "survival_share", "1", "Share of started units that survive the horizon")    \
    X(SELF_SUSTAINING_SHARE, "self_sustaining_share", "1",                                         \
      "Share of started units that live without federal money in the last year")                   \
    X(LAPSE_RATE, "lapse_rate", "1", "Share of entitlements that lapsed")                          \
    X(SHORTFALL_RATE, "shortfall_rate", "1", "Share of units' cash need that was not met")         \
    X(LAGGING_FEDERAL_SHARE, "lagging_federal_share", "1",                                         \
      "Share of federal money in lagging regions")                                                 \
    X(LEVERAGE_RATIO_LAGGING, "leverage_ratio_lagging", "1",                                       \
      "Leverage ratio of units in lagging regions")                                                \
    X(LEVERAGE_RATIO_LEADING, "leverage_ratio_leading", "1",                                       \
      "Leverage ratio of all that is not lagging")

enum flc_horizon_metric {
#define X(identifier, name, unit, sentence) FLC_HORIZON_##identifier,
    FLC_HORIZON_METRICS(X)
#undef X
        FLC_HORIZON_COUNT
};

/* Fields of the ledger of a unit in a year (MODEL section 11); money in USD million. */
#define FLC_LEDGER_FIELDS(X)                                                                       \
    X(AGE, "age", "years", "Age of the unit; negative before its start")                           \
    X(ACTIVE, "active", "1", "1 where started and not closed")                                     \
    X(FUNDED, "funded", "1", "1 where active, every gate passed, and the program alive")           \
    X(LAGGING, "lagging", "1", "1 where the unit is in a lagging region")                          \
    X(SCALE, "scale", "USD million", "What the unit was built for")                                \
    X(SIZE, "size", "1", "Size relative to full size")                                             \
    X(ENTITLEMENT, "entitlement", "USD million", "Federal money the unit may draw")                \
    X(COMMITTED_MATCH, "committed_match", "USD million", "Match that partners announce")           \
    X(MATCH, "match", "USD million", "Match that comes")                                           \
    X(MATCH_CASH, "match_cash", "USD million", "Match in cash")                                    \
    X(IN_KIND_USED, "in_kind_used", "USD million", "In-kind match that covers cost")               \
    X(OWN_REVENUE, "own_revenue", "USD million", "Revenue the unit earns itself")                  \
    X(FEDERAL, "federal", "USD million", "Federal money drawn")                                    \
    X(FULL_COST, "full_cost", "USD million", "Cost of full service at the unit's size")            \
    X(CASH_NEED, "cash_need", "USD million", "Cost not covered in kind")                           \
    X(INTEREST, "interest", "USD million", "Interest on reserves")                                 \
    X(SPENDING, "spending", "USD million", "Cash spent")                                           \
    X(BALANCE, "balance", "USD million", "Reserves at the end of the year")                        \
    X(SHORTFALL, "shortfall", "USD million", "Cash need not met")                                  \
    X(WRITTEN_OFF, "written_off", "USD million", "Deficit written off at closing")                 \
    X(SERVICE_LEVEL, "service_level", "1", "Share of cost that was spent, at most 1")              \
    X(SELF_SUSTAINING, "self_sustaining", "1",                                                     \
      "1 where the year's income suffices without federal money")

enum flc_ledger_field {
#define X(identifier, name, unit, sentence) FLC_LEDGER_##identifier,
    FLC_LEDGER_FIELDS(X)
#undef X
        FLC_LEDGER_COUNT
};

/* A name with its unit and meaning, of an account, a horizon metric or a ledger field. */
struct flc_label {
    const char *name, *unit, *sentence;
};
extern const struct flc_label flc_account_labels[FLC_ACCOUNTS_PUBLIC];
extern const struct flc_label flc_horizon_labels[FLC_HORIZON_COUNT];
extern const struct flc_label flc_ledger_labels[FLC_LEDGER_COUNT];

#endif
