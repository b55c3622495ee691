/* Memory: zeroed, aligned for vector units, sizes checked for overflow, from 2 MiB on in large
 * pages where the system has them; and an arena for the many small pieces of a study that live and
 * die together. */
#ifndef FLC_BASE_MEMORY_H
#define FLC_BASE_MEMORY_H

#include <stddef.h>

#include "fulcrum/status.h"

enum { FLC_ALIGNMENT = 64 }; /* bytes: one cache line, one AVX-512 register */

/* `count` zeroed items of `size` bytes, aligned to FLC_ALIGNMENT; NULL (and *error) when there is
 * no memory or count*size overflows. count 0 gives a valid pointer. Free with flc_free. */
void *flc_allocate(size_t count, size_t size, flc_error *error);
void flc_free(void *memory);

/* Typed form: double *x = FLC_NEW(double, n, error); */
#define FLC_NEW(type, count, error) ((type *)flc_allocate((count), sizeof(type), (error)))

/* Grow *array (capacity *capacity items of `size` bytes) so that it holds at least `needed` items;
 * new items are zero. On failure the array is unchanged. */
flc_status flc_reserve(void **array, size_t *capacity, size_t needed, size_t size,
                       flc_error *error);

/* An arena hands out zeroed memory that is freed all at once. */
typedef struct flc_arena flc_arena;
flc_arena *flc_arena_create(flc_error *error);
void flc_arena_free(flc_arena *arena);
void *flc_arena_take(flc_arena *arena, size_t count, size_t size, flc_error *error);
size_t flc_arena_bytes(const flc_arena *arena); /* that it holds */
/* A NUL-terminated copy of `length` bytes of `text`. */
char *flc_arena_copy(flc_arena *arena, const char *text, size_t length, flc_error *error);

/* Test hook: the n-th allocation from now on fails (0: none). Not for use outside tests. */
void flc_memory_fail_after(long n);

#endif
