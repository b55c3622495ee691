/* Where a mean crosses a target along a line of points, with intervals from the samples.
 *
 * Between neighbours a and b the mean is taken as the straight line
 *     m(w) = (1 - w) m_a + w m_b,   0 <= w <= 1,
 * with the variance of its estimate from the pairs (both are estimated from the same samples):
 *     V(w) = (1 - w) s_a^2 + w s_b^2 - w (1 - w) d^2,
 * where s are standard errors of the means and d that of m_b - m_a. The confidence set of "m is the
 * target c" holds every w that a two-sided test at level 1 - `level` does not reject,
 *     (m(w) - c)^2 <= t^2 V(w),
 * with Student's t, a quadratic inequality in w (Fieller 1954, "Some problems in interval
 * estimation", JRSS B 16:175, piece by piece). A crossing of the true line lies in the set with
 * probability `level`, for normal errors of means; so the interval of a crossing is the connected
 * part of the set around it. It is asymmetric where the line is flat, and without end where the
 * data do not exclude that the crossing lies beyond the points.
 *
 * Where the difference is not of the same samples as the means (some undefined or infinite), d^2 =
 * (s_a - s_b)^2, the smallest it can be: the interval is then too wide rather than too narrow.
 *
 * Known limit: the interval is about the samples. How far a model between two points is from a
 * straight line it does not say; closer points do.
 */
#ifndef FLC_STATISTICS_CROSSINGS_H
#define FLC_STATISTICS_CROSSINGS_H

#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* Points in rising order of `at`. Mean NaN: there is none, the line is broken here. */
typedef struct flc_line_point {
    double at;          /* the lever's unit */
    double mean, error; /* of `n` samples, the error with `degrees` of freedom; the output's unit */
    uint64_t n, degrees;
    /* Of the difference to the point before, of n_before samples; ignored at the first. */
    double error_before;
    uint64_t n_before;
} flc_line_point;

typedef struct flc_crossing {
    double at;        /* NaN: the means do not cross, though [low, high] is not excluded */
    double low, high; /* infinite: no end within the points */
    int direction;    /* 1: the mean rises through the target, -1: it falls; 0: neither */
} flc_crossing;

/* All crossings in the order of `at`, each with its part of the confidence set; then parts without
 * a crossing. Several crossings may share a part. crossings: room for 3 * count. */
flc_status flc_crossings_find(flc_crossing *crossings, size_t *found, const flc_line_point *points,
                              size_t count, double target, double level, flc_error *error);

#endif
