/* Which quantities leave the first parts of a program as they are. All instruments compute money,
 * units and match before outcomes, outcomes before the accounts that judge them, and nothing goes
 * back (portfolio_kernel.c). */
#include <string.h>

#include "model/model.h"

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
