/* What two studies say differently, from their resolved texts (resolved.h), in which every value
 * stands once and in one form: each changed key with its path and both values.
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

typedef struct flc_study_change {
    const char *path;     /* keys joined by '/', items of lists by number from 0 */
    const char *value[2]; /* YAML on one line; NULL: not there */
} flc_study_change;

/* All changes in the order of the first text, what only the second has level by level behind it,
 * in memory of the arena. The names stand for the texts in messages. */
flc_status flc_study_differences(const flc_study_change **changes, size_t *count, flc_arena *arena,
                                 const char *const text[2], const char *const name[2],
                                 flc_error *error);

/* The first change, and how many more there are, in a sentence for an error message. */
void flc_study_difference(char *text, size_t room, const char *there, const char *here);

#endif
