/* Which blocks somebody has: ascending ranges that do not touch, as a state lists them. Blocks come
 * mostly in ascending order, which is fast; two sets are joined in one pass, so that many ranks
 * that took turns can be. */
#ifndef FLC_RUN_BLOCK_SET_H
#define FLC_RUN_BLOCK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/state.h"

/* All zero: the empty set. */
typedef struct flc_block_set {
    flc_block_range *ranges;
    size_t count, capacity;
} flc_block_set;

void flc_block_set_clear(flc_block_set *set);

bool flc_block_set_has(const flc_block_set *set, uint64_t block);
/* The first block from `block` on that is not in the set. */
uint64_t flc_block_set_next(const flc_block_set *set, uint64_t block);
/* Number of blocks in it. */
uint64_t flc_block_set_size(const flc_block_set *set);

/* Add a block that is not in it. On failure the set is as it was. */
flc_status flc_block_set_add(flc_block_set *set, uint64_t block, flc_error *error);

/* The first block that is in both the set and ranges[count] (ascending, not touching); UINT64_MAX:
 * none. */
uint64_t flc_block_set_common(const flc_block_set *set, const flc_block_range *ranges,
                              size_t count);
/* Add ranges of which none is in the set. On failure the set is as it was. */
flc_status flc_block_set_join(flc_block_set *set, const flc_block_range *ranges, size_t count,
                              flc_error *error);

#endif
