/* The group `until` of a file: what a run was to know before it ended (study/goals.h). */
#ifndef FLC_STORE_UNTIL_TABLE_H
#define FLC_STORE_UNTIL_TABLE_H

#include "store/datafile.h"
#include "study/goals.h"

/* The goals have been judged. */
flc_status flc_until_write(const flc_goals *goals, flc_datafile *file, flc_error *error);

#endif
