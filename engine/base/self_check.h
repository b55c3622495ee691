/* Whether this process computes as the results assume: called by the program before anything else.
 */
#ifndef FLC_BASE_SELF_CHECK_H
#define FLC_BASE_SELF_CHECK_H

#include <stdbool.h>

#include "fulcrum/status.h"

/* FLC_ERROR_INTERNAL, and what is wrong, unless arithmetic is IEEE double without contraction,
 * rounded to nearest, with denormals, and the elementary functions give their pinned bits.
 * random/streams.h has the same for vector code. */
flc_status flc_self_check(flc_error *error);
/* The part of it that code which is not ours can change at any time: rounding and denormals. */
bool flc_self_check_arithmetic(void);

#endif
