/* How many samples a precision will need, judged from a short run.
 *
 * A plain run looks once, at its end; its half width shrinks as 1/sqrt(N). With h the half width
 * wanted, in the output's unit, z the normal quantile of FLC_GOALS_LEVEL, and n, mean, sd, p those
 * of the short run:
 *
 *   mean          N = (z sd / h)^2            relative error of the half width: that of sd
 *   quantile      N = n (w / h)^2             w the wider side of its interval, whose k order
 *                                             statistics give it an error of about 1/sqrt(k)
 *   probability   N = z^2 p (1 - p) / h^2     over Wilson's interval of p
 *
 * A relative h carries the error of the estimate too. [low, high] is about 95 % for the N that the
 * whole run would have told, and no statement about tails that the short run has not seen. */
#ifndef FLC_STUDY_FORECAST_H
#define FLC_STUDY_FORECAST_H

#include "study/goals.h"

typedef struct flc_forecast {
    double samples, low, high; /* infinite: not to be told */
    const char *remark;        /* why not; "" */
} flc_forecast;

/* Of a goal that has been judged (flc_goals_judge) from the first `samples` samples. */
flc_forecast flc_forecast_goal(const flc_goal *goal, const flc_summary *summary, uint64_t samples);

#endif
