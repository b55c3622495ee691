/* Errors with a place: `inputs/x.yaml:12:7: programs/MEP/match/requird: unknown key`. */
#ifndef FLC_BASE_PLACE_H
#define FLC_BASE_PLACE_H

#include "base/options.h"
#include "fulcrum/status.h"

/* Fill *error with `place: path: text` and return `status`. The place of a mark is
 *   file:line:column            of a file,
 *   file, column n              where line is 0: one line of the command line (--set ...),
 *   file                        where line and column are 0;
 * without file, or with path NULL or "", that part is left out. */
flc_status flc_place_error(flc_error *error, flc_status status, flc_mark mark, const char *path,
                           const char *format, ...) FLC_PRINTF(5, 6);

/* Whether `a` stands before `b` in the order of a study: what the command line sets comes last.
 * Places in different files have no order. */
bool flc_place_before(flc_mark a, flc_mark b);

#endif
