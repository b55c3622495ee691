/* What differs between two studies, from their resolved texts (resolved.h), in which every value
 * stands once and in one form. */
#ifndef FLC_STUDY_DIFFERENCE_H
#define FLC_STUDY_DIFFERENCE_H

#include <stddef.h>

#include "fulcrum/status.h"

/* One value that differs: its path, and how it is written in either study ("{...}" for a section,
 * "[...]" for a list); NULL where it is not there. */
typedef struct flc_study_change {
    const char *path, *before, *after;
} flc_study_change;

/* Call `visit` for every change, in the order of `before`, then what only `after` has, level by
 * level. */
flc_status flc_study_differences(const char *before, const char *after,
                                 void (*visit)(void *context, const flc_study_change *change),
                                 void *context, flc_error *error);

/* The first change, and how many more there are, in a sentence for an error message. */
void flc_study_difference(char *text, size_t room, const char *there, const char *here);

#endif
