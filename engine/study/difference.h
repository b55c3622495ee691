/* What two resolved studies (resolved.h) say differently: each changed key with its path and both
 * values.
 *
 * The texts are read as YAML and walked together, mappings by key, lists by place after what is
 * equal at their beginnings and ends is set aside, so that an item put in is one difference. A
 * mapping whose common keys stand in another order is a difference too: the order of programs is
 * that of the result. */
#ifndef FLC_STUDY_DIFFERENCE_H
#define FLC_STUDY_DIFFERENCE_H

#include <stddef.h>

#include "base/memory.h"
#include "fulcrum/status.h"

typedef struct flc_difference {
    const char *path;     /* keys joined by '/', items of lists by number from 0 */
    const char *value[2]; /* YAML on one line; NULL: not there */
} flc_difference;

/* All differences in the order of the first text, in memory of the arena. The names stand for the
 * texts in messages. */
flc_status flc_difference_find(const flc_difference **differences, size_t *count, flc_arena *arena,
                               const char *const text[2], const char *const name[2],
                               flc_error *error);

#endif
