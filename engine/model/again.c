/* What a row need not compute (flc_again of model.h): the first stages of programs, and series of
 * the portfolio. */
#include <string.h>

#include "model/model_priv.h"

/* All instruments compute money, units and match before outcomes, outcomes before the accounts that
 * judge them, and nothing goes back (portfolio_kernel.c). */

/* `path` from its third part on, programs/MEP/... */
static const char *within_program(const char *path)
{
    const char *key = strchr(path, '/'), *rest = key ? strchr(key + 1, '/') : NULL;
    return strncmp(path, "programs/", 9) == 0 && rest ? rest + 1 : "";
}

enum flc_stage flc_stage_of(const char *path)
{
    const char *own = within_program(path);
    if (strncmp(path, "portfolio/", 10) == 0 || strcmp(own, "overlap") == 0)
        return FLC_STAGE_NOTHING;
    if (strcmp(path, "macro/discount_rate") == 0)
        return FLC_STAGE_HORIZON;
    if (strncmp(path, "accounts/", 9) == 0)
        return FLC_STAGE_ACCOUNTS;
    return strncmp(own, "outcomes/", 9) == 0 ? FLC_STAGE_OUTCOMES : FLC_STAGE_WHOLE;
}

size_t flc_model_series(const flc_model *model)
{
    return flc_yearly_rows(model->portfolio_sources, model->portfolio_outcomes);
}

/* What metrics over the horizon are computed from (accounts_kernel.c). */
static void ask_for_horizon(const flc_model *model, unsigned char *asked)
{
    static const enum flc_account accounts[] = {
        FLC_ACCOUNT_FEDERAL,         FLC_ACCOUNT_MATCH,
        FLC_ACCOUNT_OWN_REVENUE,     FLC_ACCOUNT_INVESTMENT,
        FLC_ACCOUNT_NET_MATCH,       FLC_ACCOUNT_LAGGING_FEDERAL,
        FLC_ACCOUNT_LAGGING_MONEY,   FLC_ACCOUNT_LEADING_FEDERAL,
        FLC_ACCOUNT_LEADING_MONEY,   FLC_ACCOUNT_COMMITTED_MATCH,
        FLC_ACCOUNT_LAPSED,          FLC_ACCOUNT_ENTITLEMENT,
        FLC_ACCOUNT_SHORTFALL,       FLC_ACCOUNT_CASH_NEED,
        FLC_ACCOUNT_STARTED,         FLC_ACCOUNT_SURVIVORS,
        FLC_ACCOUNT_SELF_SUSTAINING, FLC_ACCOUNT_BENEFIT,
        FLC_ACCOUNT_SOCIAL_COST,     FLC_ACCOUNT_TAX,
        FLC_ACCOUNT_TREASURY_COST};
    const size_t before_inner = flc_model_series(model) - FLC_ACCOUNTS_ALL;
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++)
        asked[accounts[i] + (accounts[i] < FLC_ACCOUNTS_PUBLIC ? 0 : before_inner)] = 1;
}

void flc_model_ask(const flc_model *model, size_t output, unsigned char *asked)
{
    const size_t open = flc_model_series(model) - (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC);
    const size_t series = (output - model->portfolio_first_output) / model->years;
    if (series < open)
        asked[series] = 1;
    else
        ask_for_horizon(model, asked);
}
