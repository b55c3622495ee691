/* A utility over a study's outputs, by which alternatives are chosen among: a sum of outputs, each
 * times a factor.
 *
 *     portfolio/npv
 *     portfolio/npv - 0.5*portfolio/treasury_cost/2030 + 100*MEP/survival_share
 *
 * It is in USD million: an output in another unit needs a factor, in USD million per unit of it.
 * More of it is better, so an output of which less is better comes with a minus. Blanks stand
 * around
 * + and -, as names have '-' in them. A number alone is refused: it would change no choice. */
#ifndef FLC_STUDY_UTILITY_H
#define FLC_STUDY_UTILITY_H

#include "study/metrics.h"

#define FLC_UTILITY_UNIT "USD million"

typedef struct flc_utility_term {
    size_t output;
    double factor; /* USD million per unit of the output */
} flc_utility_term;

typedef struct flc_utility {
    flc_utility_term *terms;
    size_t count;
    char *text; /* in one way of writing it: equal utilities have equal texts */
} flc_utility;

/* FLC_ERROR_USAGE says what is wrong with the text, FLC_ERROR_STUDY where there is no such output.
 */
flc_status flc_utility_create(flc_utility **utility, const flc_metrics *metrics, const char *text,
                              flc_error *error);
void flc_utility_free(flc_utility *utility);

#endif
