/* Parts of a comparison: facts and variables (comparison_facts.c), the outputs of both
 * (comparison_outputs.c), and the lists they fill (comparison.c). */
#ifndef FLC_STORE_COMPARISON_PRIV_H
#define FLC_STORE_COMPARISON_PRIV_H

#include "store/comparison.h"

/* What differs in what was asked. */
flc_status flc_comparison_facts(flc_comparison *comparison, flc_error *error);
/* Every variable of the two files. */
flc_status flc_comparison_variables(flc_comparison *comparison, flc_error *error);
flc_status flc_comparison_outputs(flc_comparison *comparison, flc_comparison_choice choice,
                                  flc_error *error);

/* The same double, or NaN both. */
bool flc_comparison_same(const double *a, const double *b, size_t count);

/* A copy of a printed text in the arena; NULL without memory. */
const char *flc_comparison_text(flc_comparison *comparison, flc_error *error, const char *format,
                                ...) FLC_PRINTF(3, 4);
flc_status flc_comparison_add(flc_compared_list *list, const char *name, const double value[2],
                              flc_contrast contrast, flc_error *error);
/* Count `outputs` more for what only file number `side` has. */
flc_status flc_comparison_add_lone(flc_comparison *comparison, int side, const char *what,
                                   size_t outputs, flc_error *error);

#endif
