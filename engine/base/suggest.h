/* "Did you mean ...?": the known word nearest to one that is not known.
 *
 *     flc_suggestion near;
 *     flc_suggestion_start(&near, "volatilty");
 *     for each known key: flc_suggestion_offer(&near, key);
 *     if (near.best) ... "volatility"
 *
 * Distance is the number of letters inserted, dropped, changed or swapped with their neighbour
 * (optimal string alignment: Damerau 1964, "A technique for computer detection and correction of
 * spelling errors"). A word that is the last part of a path ("ratio" of "a/b/ratio") is at
 * distance 1. Only a word that leaves at least two thirds of the letters in place is near enough to
 * be suggested (one letter of a short word). Letters beyond FLC_SUGGEST_LENGTH are not looked at.
 */
#ifndef FLC_BASE_SUGGEST_H
#define FLC_BASE_SUGGEST_H

#include <stddef.h>

#include "fulcrum/status.h"

enum { FLC_SUGGEST_LENGTH = 255 };

typedef struct flc_suggestion {
    const char *word;
    const char *best; /* the nearest candidate so far, the first among equals; NULL: none near */
    size_t distance;  /* of best; while there is none, one more than is near enough */
} flc_suggestion;

void flc_suggestion_start(flc_suggestion *suggestion, const char *word);
void flc_suggestion_offer(flc_suggestion *suggestion, const char *candidate);

/* The nearest of `count` candidates, or NULL. */
const char *flc_suggest(const char *word, const char *const *candidates, size_t count);

/* The place of `word` among `count` words in *place; where it is none of them `refusal`, with
 * "no <what> '<word>'; did you mean '<nearest>'?" or, where none is near, the remedy ("; see ...")
 * in place of the question. */
flc_status flc_suggest_place(size_t *place, const char *what, const char *word,
                             const char *const *words, size_t count, const char *remedy,
                             flc_status refusal, flc_error *error);

/* Letters to insert, drop, change or swap to make `b` of `a`. */
size_t flc_suggest_distance(const char *a, const char *b);

#endif
