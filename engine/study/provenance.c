#include "study/provenance.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"

/* Origins are found by their path, and the first with a distribution by that. */
enum key { PATH, DISTRIBUTION, KEYS };

struct flc_provenance {
    flc_origin *origins;
    size_t count, capacity;
    size_t *slots[KEYS]; /* number of an origin from 1, by hash of its key; 0: free */
    size_t slot_count;   /* a power of two, at least twice `count` */
};

enum { FIRST_SLOTS = 256 };

flc_provenance *flc_provenance_create(flc_error *error)
{
    flc_provenance *made = FLC_NEW(flc_provenance, 1, error);
    if (!made)
        return NULL;
    made->slot_count = FIRST_SLOTS;
    made->slots[PATH] = FLC_NEW(size_t, made->slot_count, error);
    made->slots[DISTRIBUTION] = FLC_NEW(size_t, made->slot_count, error);
    if (made->slots[PATH] && made->slots[DISTRIBUTION])
        return made;
    flc_provenance_free(made);
    return NULL;
}

void flc_provenance_free(flc_provenance *provenance)
{
    if (!provenance)
        return;
    flc_free(provenance->origins);
    flc_free(provenance->slots[PATH]);
    flc_free(provenance->slots[DISTRIBUTION]);
    flc_free(provenance);
}

/* Fowler-Noll-Vo 1a; only places in this table depend on it. */
static size_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return (size_t)(hash ^ hash >> 32);
}

static const char *key_of(const flc_origin *origin, enum key key)
{
    return key == PATH ? origin->path : origin->distribution;
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t slot_of(const flc_provenance *provenance, enum key key, const char *text)
{
    const size_t *slots = provenance->slots[key];
    size_t mask = provenance->slot_count - 1, slot = hash_of(text) & mask;
    while (slots[slot] && strcmp(key_of(&provenance->origins[slots[slot] - 1], key), text) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

/* Origin number i, from 0, into the slots where it is the first of its key. */
static void enter(flc_provenance *provenance, size_t i)
{
    for (enum key key = PATH; key < KEYS; key++) {
        const char *text = key_of(&provenance->origins[i], key);
        size_t *slot = text ? &provenance->slots[key][slot_of(provenance, key, text)] : NULL;
        if (slot && *slot == 0)
            *slot = i + 1;
    }
}

static flc_status widen(flc_provenance *provenance, flc_error *error)
{
    if (2 * (provenance->count + 1) <= provenance->slot_count)
        return FLC_OK;
    size_t *wider[KEYS] = {FLC_NEW(size_t, 2 * provenance->slot_count, error),
                           FLC_NEW(size_t, 2 * provenance->slot_count, error)};
    if (!wider[PATH] || !wider[DISTRIBUTION]) {
        flc_free(wider[PATH]);
        flc_free(wider[DISTRIBUTION]);
        return FLC_ERROR_MEMORY;
    }
    for (enum key key = PATH; key < KEYS; key++) {
        flc_free(provenance->slots[key]);
        provenance->slots[key] = wider[key];
    }
    provenance->slot_count *= 2;
    for (size_t i = 0; i < provenance->count; i++)
        enter(provenance, i);
    return FLC_OK;
}

flc_status flc_provenance_add(flc_provenance *provenance, const flc_origin *origin,
                              flc_error *error)
{
    if (widen(provenance, error) ||
        flc_reserve((void **)&provenance->origins, &provenance->capacity, provenance->count + 1,
                    sizeof *origin, error))
        return FLC_ERROR_MEMORY;
    FLC_ASSERT(!flc_provenance_find(provenance, origin->path));
    provenance->origins[provenance->count] = *origin;
    enter(provenance, provenance->count++);
    return FLC_OK;
}

static const flc_origin *find(const flc_provenance *provenance, enum key key, const char *text)
{
    size_t number = provenance->slots[key][slot_of(provenance, key, text)];
    return number ? &provenance->origins[number - 1] : NULL;
}

const flc_origin *flc_provenance_find(const flc_provenance *provenance, const char *path)
{
    return find(provenance, PATH, path);
}

const flc_origin *flc_provenance_like(const flc_provenance *provenance, const char *distribution)
{
    return find(provenance, DISTRIBUTION, distribution);
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
