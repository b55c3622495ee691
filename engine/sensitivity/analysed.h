/* What every method of sensitivity keeps and tells of an analysed output, beside its own sums.
 *
 * Values enter as z = (x - c) 2^-e, shift and scale from a pilot (statistics/summary.h), one full
 * block of the sample: so a mean far from 0 costs no accuracy.
 *
 * Left out. Indices compare values of a sample with those of rows. A lane where the sample itself
 * (or, where a method needs it, all of B) has no finite value is left out of the output; one where
 * a row has none, of that row's comparison. Both are counted, and bounded: `bounds` of an index are
 * what it could be if each of the m values left out lay anywhere between the smallest and the
 * largest value seen, L apart: each adds at most L^2 to a sum of squares, so that with
 * q = m L^2 / (n V) a total index T is within T/(1 + q) ... T + q/2, others within -+ q of theirs
 * (the upper part over 1 + q where it leaves the sign alone; a shift of the mean by values left out
 * is not in it). Wide bounds say that undefined values are too many to tell.
 *
 * An output whose pilot is one value is taken as constant unless it varies by 2^-12 of that value,
 * the resolution of the sums; then, and where V = 0, indices are NaN.
 */
#ifndef FLC_SENSITIVITY_ANALYSED_H
#define FLC_SENSITIVITY_ANALYSED_H

#include <stdint.h>

#include "sensitivity/bootstrap.h"
#include "statistics/intervals.h"

typedef struct flc_analysed {
    uint64_t samples;  /* compared */
    uint64_t left_out; /* of the samples given, for the sample's own values or those of B */
    double mean;       /* in the output's unit */
    double variance;   /* in its square */
    double smallest, largest;
} flc_analysed;

#endif
