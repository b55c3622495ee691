/* Draws of which every name comes from one of two sources: pick-freeze designs keep some factors of
 * a sample and draw the others anew. */
#ifndef FLC_DESIGN_MIXED_H
#define FLC_DESIGN_MIXED_H

#include <stdbool.h>

#include "random/draws.h"

/* Draws of name k are those of `second` where released[k], else those of `first`; the sources stand
 * where their owner has sought them, and must outlive this one, as must `released`, which the owner
 * may change between draws. Free with flc_draws_free. */
flc_status flc_mixed_create(flc_draws **draws, const flc_draws *first, const flc_draws *second,
                            const bool *released, flc_error *error);

/* The same names once more, for a second, independent set of draws of each: "again/<name>". */
flc_names *flc_names_again(const flc_names *names, flc_error *error);

#endif
