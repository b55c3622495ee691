/* Names to numbers: an open-addressing table of numbers, at most half full, hashed by FNV-1a
 * (Fowler, Noll and Vo 1991). The hash orders nothing that is seen outside. */
#include <string.h>

#include "base/memory.h"
#include "random/draws.h"

struct flc_names {
    flc_arena *texts;
    const char **text; /* by number */
    size_t text_capacity;
    size_t count;
    uint32_t *slots;   /* number + 1, or 0 where free */
    size_t slot_count; /* a power of two */
};

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

/* The slot that holds `name`, or the free one where it belongs. */
static uint32_t *find_slot(const flc_names *names, const char *name)
{
    size_t i = (size_t)hash_of(name) & (names->slot_count - 1);
    while (names->slots[i] && strcmp(names->text[names->slots[i] - 1], name) != 0)
        i = (i + 1) & (names->slot_count - 1);
    return &names->slots[i];
}

flc_names *flc_names_create(flc_error *error)
{
    flc_names *names = FLC_NEW(flc_names, 1, error);
    if (!names)
        return NULL;
    names->slot_count = 64;
    names->slots = FLC_NEW(uint32_t, names->slot_count, error);
    names->texts = flc_arena_create(error);
    if (!names->slots || !names->texts) {
        flc_names_free(names);
        return NULL;
    }
    return names;
}

void flc_names_free(flc_names *names)
{
    if (!names)
        return;
    flc_arena_free(names->texts);
    flc_free(names->text);
    flc_free(names->slots);
    flc_free(names);
}

static flc_status grow_slots(flc_names *names, flc_error *error)
{
    uint32_t *wider = FLC_NEW(uint32_t, 2 * names->slot_count, error);
    if (!wider)
        return FLC_ERROR_MEMORY;
    flc_free(names->slots);
    names->slots = wider;
    names->slot_count *= 2;
    for (size_t number = 0; number < names->count; number++)
        *find_slot(names, names->text[number]) = (uint32_t)number + 1;
    return FLC_OK;
}

flc_status flc_names_add(flc_names *names, uint32_t *number, const char *name, flc_error *error)
{
    uint32_t *slot = find_slot(names, name);
    if (!*slot) {
        void *text = names->text;
        flc_status status =
            flc_reserve(&text, &names->text_capacity, names->count + 1, sizeof *names->text, error);
        names->text = text;
        if (status == FLC_OK && 2 * (names->count + 1) > names->slot_count)
            status = grow_slots(names, error);
        const char *copy =
            status == FLC_OK ? flc_arena_copy(names->texts, name, strlen(name), error) : NULL;
        if (!copy)
            return FLC_ERROR_MEMORY;
        names->text[names->count++] = copy;
        slot = find_slot(names, name);
        *slot = (uint32_t)names->count;
    }
    *number = *slot - 1;
    return FLC_OK;
}

size_t flc_names_count(const flc_names *names)
{
    return names->count;
}

const char *flc_names_text(const flc_names *names, uint32_t number)
{
    return names->text[number];
}
