#include "design/once.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

/* Memory comes in chunks, as it is needed. */
enum { CHUNK = 256 };
struct lanes {
    double values[FLC_BLOCK];
};

/* Where a draw is kept: 0 is nowhere, k > 0 lanes number k - 1. Uniforms and normals of a name and
 * index are two draws. */
struct store {
    uint32_t (*place)[2][FLC_INDICES]; /* [names] */
    size_t names, kept, most;
    struct lanes **chunks; /* [most / CHUNK, rounded up] */
};

struct once {
    flc_draws draws;
    flc_draws *of;
    struct store *store; /* changes behind a constant source: nobody can tell from its draws */
};

enum kind { UNIFORM, NORMAL };

static const struct once *self(const flc_draws *draws)
{
    return (const struct once *)(const void *)draws;
}

static void draw(const struct once *own, enum kind kind, uint32_t name, unsigned index, double *out)
{
    if (kind == UNIFORM)
        flc_draws_uniform(own->of, name, index, out);
    else
        flc_draws_normal(own->of, name, index, out);
}

/* Lanes for one more draw; NULL: there is no room. */
static double *take_lanes(struct store *store)
{
    struct lanes **chunk = &store->chunks[store->kept / CHUNK];
    if (store->kept == store->most)
        return NULL;
    if (!*chunk)
        *chunk = flc_allocate(CHUNK, sizeof(struct lanes), NULL);
    return *chunk ? (*chunk)[store->kept++ % CHUNK].values : NULL;
}

static void copy_or_draw(const struct once *own, enum kind kind, uint32_t name, unsigned index,
                         double *out)
{
    struct store *store = own->store;
    uint32_t *place = &store->place[name][kind][index];
    if (*place) {
        const size_t kept = *place - 1;
        memcpy(out, store->chunks[kept / CHUNK][kept % CHUNK].values, sizeof(struct lanes));
        return;
    }
    draw(own, kind, name, index, out);
    double *lanes = take_lanes(store);
    if (lanes) {
        memcpy(lanes, out, sizeof(struct lanes));
        *place = (uint32_t)store->kept;
    }
}

static void uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    copy_or_draw(self(draws), UNIFORM, name, index, out);
}

static void normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    copy_or_draw(self(draws), NORMAL, name, index, out);
}

static void seek(flc_draws *draws, uint64_t first)
{
    struct store *store = self(draws)->store;
    memset(store->place, 0, store->names * sizeof *store->place);
    store->kept = 0;
    flc_draws_seek(self(draws)->of, first);
}

static void free_store(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; store->chunks && i * CHUNK < store->most; i++)
        flc_free(store->chunks[i]);
    flc_free(store->chunks);
    flc_free(store->place);
    flc_free(store);
}

static void free_once(flc_draws *draws)
{
    struct once *own = (struct once *)(void *)draws;
    free_store(own->store);
    flc_draws_free(own->of);
    flc_free(own);
}

static struct store *make_store(const flc_names *names, size_t most, flc_error *error)
{
    struct store *store = FLC_NEW(struct store, 1, error);
    if (!store)
        return NULL;
    store->names = flc_names_count(names);
    store->most = most / sizeof(struct lanes);
    store->place = flc_allocate(store->names, sizeof *store->place, error);
    store->chunks = FLC_NEW(struct lanes *, store->most / CHUNK + 1, error);
    if (store->place && store->chunks)
        return store;
    free_store(store);
    return NULL;
}

flc_status flc_once_create(flc_draws **draws, flc_draws *of, const flc_names *names, size_t most,
                           flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = seek, .uniform = uniform, .normal = normal, .free = free_once};
    struct once *own = FLC_NEW(struct once, 1, error);
    struct store *store = own ? make_store(names, most, error) : NULL;
    if (!store) {
        flc_free(own);
        flc_draws_free(of);
        return FLC_ERROR_MEMORY;
    }
    *own = (struct once){{&operations}, of, store};
    *draws = &own->draws;
    return FLC_OK;
}

size_t flc_once_bytes(const flc_names *names)
{
    return flc_names_count(names) * sizeof(uint32_t[2][FLC_INDICES]);
}
