/* Which parts of a run there are: joining shards. */
#ifndef FLC_RUN_PARTS_H
#define FLC_RUN_PARTS_H

#include "run/state.h"

/* A range of blocks and the file it is from. */
struct flc_part {
    flc_block_range range;
    const char *name;
};

typedef struct flc_parts {
    struct flc_part *items;
    size_t count, capacity;
} flc_parts;

/* Add the blocks of a state, whose name must live on. FLC_ERROR_STUDY, naming both files, where
 * some of them are there already. */
flc_status flc_parts_add(flc_parts *parts, const flc_state *state, flc_error *error);
void flc_parts_clear(flc_parts *parts);

/* All blocks, ascending, neighbours joined (flc_free). */
flc_status flc_parts_ranges(const flc_parts *parts, flc_block_range **ranges, size_t *count,
                            flc_error *error);

/* FLC_ERROR_STUDY, naming the shards that are missing, unless the ranges are all full blocks of the
 * run that `facts` describe. */
flc_status flc_parts_require_all(const flc_state_facts *facts, flc_error *error);

#endif
