#include "study/provenance.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"

struct flc_provenance {
    flc_origin *origins;
    size_t count, capacity;
    size_t *slots;     /* number of an origin from 1, by hash of its path; 0: free */
    size_t slot_count; /* a power of two, at least twice `count` */
};

enum { FIRST_SLOTS = 256 };

flc_provenance *flc_provenance_create(flc_error *error)
{
    flc_provenance *made = FLC_NEW(flc_provenance, 1, error);
    if (!made)
        return NULL;
    made->slot_count = FIRST_SLOTS;
    made->slots = FLC_NEW(size_t, made->slot_count, error);
    if (made->slots)
        return made;
    flc_provenance_free(made);
    return NULL;
}

void flc_provenance_free(flc_provenance *provenance)
{
    if (!provenance)
        return;
    flc_free(provenance->origins);
    flc_free(provenance->slots);
    flc_free(provenance);
}

/* Fowler-Noll-Vo 1a; only places in this table depend on it. */
static size_t hash_of(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
    return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds `path`, or the free one where it belongs. */
static size_t slot_of(const flc_provenance *provenance, const char *path)
{
    size_t mask = provenance->slot_count - 1, slot = hash_of(path) & mask;
    while (provenance->slots[slot] &&
           strcmp(provenance->origins[provenance->slots[slot] - 1].path, path) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static flc_status widen(flc_provenance *provenance, flc_error *error)
{
    if (2 * (provenance->count + 1) <= provenance->slot_count)
        return FLC_OK;
    size_t *wider = FLC_NEW(size_t, 2 * provenance->slot_count, error);
    if (!wider)
        return FLC_ERROR_MEMORY;
    flc_free(provenance->slots);
    provenance->slots = wider;
    provenance->slot_count *= 2;
    for (size_t i = 0; i < provenance->count; i++)
        wider[slot_of(provenance, provenance->origins[i].path)] = i + 1;
    return FLC_OK;
}

flc_status flc_provenance_add(flc_provenance *provenance, const flc_origin *origin,
                              flc_error *error)
{
    if (widen(provenance, error) ||
        flc_reserve((void **)&provenance->origins, &provenance->capacity, provenance->count + 1,
                    sizeof *origin, error))
        return FLC_ERROR_MEMORY;
    size_t slot = slot_of(provenance, origin->path);
    FLC_ASSERT(provenance->slots[slot] == 0);
    provenance->origins[provenance->count++] = *origin;
    provenance->slots[slot] = provenance->count;
    return FLC_OK;
}

const flc_origin *flc_provenance_find(const flc_provenance *provenance, const char *path)
{
    size_t number = provenance->slots[slot_of(provenance, path)];
    return number ? &provenance->origins[number - 1] : NULL;
}

size_t flc_provenance_count(const flc_provenance *provenance)
{
    return provenance->count;
}

const flc_origin *flc_provenance_at(const flc_provenance *provenance, size_t i)
{
    return &provenance->origins[i];
}

bool flc_origin_is_standard(const flc_origin *origin)
{
    const char *file = origin->mark.file;
    return file && strncmp(file, FLC_STANDARD_FILE, strlen(FLC_STANDARD_FILE)) == 0;
}
