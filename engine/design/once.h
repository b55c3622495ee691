/* Draws made once: what was drawn of a block is kept, and copied when it is asked for again, as
 * rows of a pick-freeze design do (a copy takes a tenth of a draw's time or less). The baseline
 * draws 16,000 values a sample: 24 MB of a block. */
#ifndef FLC_DESIGN_ONCE_H
#define FLC_DESIGN_ONCE_H

#include "random/draws.h"

/* Draws of `names` as `of` makes them, which it takes, also after an error. At most `most` bytes
 * are kept, of the block it stands on; what has no room, or no memory, is drawn each time. */
flc_status flc_once_create(flc_draws **draws, flc_draws *of, const flc_names *names, size_t most,
                           flc_error *error);

/* What a source that keeps up to `most` bytes takes beside them. */
size_t flc_once_bytes(const flc_names *names);

#endif
