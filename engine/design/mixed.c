#include "design/mixed.h"

#include <stdio.h>

#include "base/memory.h"

struct mixed {
    flc_draws draws;
    const flc_draws *sources[2];
    const bool *released;
};

static const flc_draws *source_of(const flc_draws *draws, uint32_t name)
{
    const struct mixed *own = (const struct mixed *)(const void *)draws;
    return own->sources[own->released[name]];
}

/* The owner seeks the sources. */
static void seek(flc_draws *draws, uint64_t first)
{
    (void)draws;
    (void)first;
}

static void uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    flc_draws_uniform(source_of(draws, name), name, index, out);
}

static void normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    flc_draws_normal(source_of(draws, name), name, index, out);
}

static void free_mixed(flc_draws *draws)
{
    flc_free(draws);
}

flc_status flc_mixed_create(flc_draws **draws, const flc_draws *first, const flc_draws *second,
                            const bool *released, flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = seek, .uniform = uniform, .normal = normal, .free = free_mixed};
    struct mixed *own = FLC_NEW(struct mixed, 1, error);
    if (!own)
        return FLC_ERROR_MEMORY;
    *own = (struct mixed){{&operations}, {first, second}, released};
    *draws = &own->draws;
    return FLC_OK;
}

flc_names *flc_names_again(const flc_names *names, flc_error *error)
{
    enum { ROOM = 600 };
    flc_names *again = flc_names_create(error);
    flc_status status = again ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t k = 0; k < flc_names_count(names) && !status; k++) {
        char text[ROOM];
        uint32_t number;
        int length = snprintf(text, ROOM, "again/%s", flc_names_text(names, (uint32_t)k));
        status = length < ROOM
                     ? flc_names_add(again, &number, text, error)
                     : flc_error_set(error, FLC_ERROR_STUDY, "the path %.80s... is too long", text);
    }
    if (!status)
        return again;
    flc_names_free(again);
    return NULL;
}
