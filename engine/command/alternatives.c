#include "command/alternatives.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "run/share.h"

/* "policies/mep_one_third.yaml": mep_one_third */
static flc_status name_scenario(struct cli_alternatives *all, size_t s, flc_error *error)
{
    const char *slash = strrchr(all->files[s], '/'), *base = slash ? slash + 1 : all->files[s];
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    snprintf(all->keys[s], CLI_KEY_ROOM, "%.*s", length, base);
    all->key_list[s] = all->keys[s];
    for (size_t other = 0; other < s; other++)
        if (strcmp(all->keys[other], all->keys[s]) == 0)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "%.600s and %.600s: scenarios are named after their files; rename "
                                 "one",
                                 all->files[other], all->files[s]);
    return FLC_OK;
}

static flc_status make_room(struct cli_alternatives *all, flc_error *error)
{
    all->studies = FLC_NEW(flc_study *, all->count, error);
    all->keys = flc_allocate(all->count, sizeof *all->keys, error);
    all->key_list = FLC_NEW(const char *, all->count, error);
    return all->studies && all->keys && all->key_list ? FLC_OK : FLC_ERROR_MEMORY;
}

flc_status cli_alternatives_open(struct cli_alternatives *all,
                                 const struct cli_simulation *simulation, const char *const *files,
                                 size_t count, flc_error *error)
{
    *all = (struct cli_alternatives){.count = count, .files = files};
    flc_status status = flc_comm_agree(&simulation->comm, make_room(all, error), error);
    if (status)
        return status;
    all->studies[0] = simulation->study;
    for (size_t s = 0; s < count && !status; s++) {
        status = name_scenario(all, s, error);
        if (!status && s > 0)
            status = flc_share_study(&simulation->comm, &all->studies[s], files[0], files[s],
                                     simulation->job->set.text, simulation->job->set.count,
                                     all->studies[0], error);
        if (s > 0)
            status = flc_comm_agree(&simulation->comm, status, error);
    }
    return status;
}

void cli_alternatives_close(struct cli_alternatives *all)
{
    for (size_t s = 1; all->studies && s < all->count; s++)
        flc_study_free(all->studies[s]);
    flc_free(all->studies);
    flc_free(all->keys);
    flc_free(all->key_list);
}

void cli_alternatives_question(const struct cli_alternatives *all, flc_buffer *text)
{
    for (size_t s = 1; s < all->count; s++)
        flc_buffer_printf(text, "%s %s; ", all->keys[s], all->studies[s]->hash);
}
