#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct chunk {
    struct chunk *next;
    size_t used, size;
    char *bytes;
};

struct flc_arena {
    struct chunk *chunks;
};

enum { CHUNK_BYTES = 1 << 16, LARGE_PAGE = 1 << 21 };

#ifdef FLC_TEST_HOOKS
static long fail_countdown;

void flc_memory_fail_after(long n)
{
    fail_countdown = n;
}

static int fails_now(void)
{
    return fail_countdown > 0 && --fail_countdown == 0;
}
#else
static int fails_now(void)
{
    return 0;
}
#endif

/* What is large is asked to be in large pages, which spares most of the processor's looking up of
 * addresses; where the system has none, or none are left, nothing is lost. */
static void *aligned(size_t bytes)
{
    if (bytes < LARGE_PAGE)
        return aligned_alloc(FLC_ALIGNMENT, bytes);
    void *memory;
    if (posix_memalign(&memory, LARGE_PAGE, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

void *flc_allocate(size_t count, size_t size, flc_error *error)
{
    if (size && count > (SIZE_MAX - FLC_ALIGNMENT) / size) {
        flc_error_set(error, FLC_ERROR_MEMORY, "a table of %zu x %zu bytes is too large", count,
                      size);
        return NULL;
    }
    size_t bytes = (count * size + FLC_ALIGNMENT - 1) / FLC_ALIGNMENT * FLC_ALIGNMENT;
    if (bytes == 0)
        bytes = FLC_ALIGNMENT;
    void *memory = fails_now() ? NULL : aligned(bytes);
    if (!memory) {
        flc_error_set(error, FLC_ERROR_MEMORY, "out of memory (%zu bytes asked for)", bytes);
        return NULL;
    }
    memset(memory, 0, bytes);
    return memory;
}

void flc_free(void *memory)
{
    free(memory);
}

flc_status flc_reserve(void **array, size_t *capacity, size_t needed, size_t size, flc_error *error)
{
    if (needed <= *capacity)
        return FLC_OK;
    size_t grown = *capacity ? *capacity * 2 : 8;
    if (grown < needed)
        grown = needed;
    void *larger = flc_allocate(grown, size, error);
    if (!larger)
        return FLC_ERROR_MEMORY;
    if (*array)
        memcpy(larger, *array, *capacity * size);
    flc_free(*array);
    *array = larger;
    *capacity = grown;
    return FLC_OK;
}

flc_arena *flc_arena_create(flc_error *error)
{
    return FLC_NEW(flc_arena, 1, error);
}

void flc_arena_free(flc_arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks; chunk;) {
        struct chunk *next = chunk->next;
        flc_free(chunk->bytes);
        flc_free(chunk);
        chunk = next;
    }
    flc_free(arena);
}

static struct chunk *chunk_add(flc_arena *arena, size_t bytes, flc_error *error)
{
    struct chunk *chunk = FLC_NEW(struct chunk, 1, error);
    if (!chunk)
        return NULL;
    chunk->size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    chunk->bytes = flc_allocate(chunk->size, 1, error);
    if (!chunk->bytes) {
        flc_free(chunk);
        return NULL;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *flc_arena_take(flc_arena *arena, size_t count, size_t size, flc_error *error)
{
    if (size && count > SIZE_MAX / 2 / size) {
        flc_error_set(error, FLC_ERROR_MEMORY, "a table of %zu x %zu bytes is too large", count,
                      size);
        return NULL;
    }
    size_t bytes = (count * size + 15) / 16 * 16;
    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < bytes)
        chunk = chunk_add(arena, bytes, error);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += bytes;
    return memory;
}

size_t flc_arena_bytes(const flc_arena *arena)
{
    size_t bytes = sizeof *arena;
    for (const struct chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        bytes += sizeof *chunk + chunk->size;
    return bytes;
}

char *flc_arena_copy(flc_arena *arena, const char *text, size_t length, flc_error *error)
{
    char *copy = flc_arena_take(arena, length + 1, 1, error);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}
