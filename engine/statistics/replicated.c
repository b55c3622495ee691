#include "statistics/replicated.h"

#include "base/elementary.h"

double flc_replicated_error(const double sums[FLC_REPLICATES], const double counts[FLC_REPLICATES])
{
    double sum = 0, count = 0, residuals[FLC_REPLICATES];
    bool empty = false;
    for (int r = 0; r < FLC_REPLICATES; r++) {
        sum += sums[r];
        count += counts[r];
        empty = empty || !(counts[r] > 0);
    }
    const double ratio = sum / count, scale = FLC_REPLICATES / count;
    if (empty || !flc_is_finite(ratio))
        return (double)NAN;
    for (int r = 0; r < FLC_REPLICATES; r++)
        residuals[r] = (sums[r] - ratio * counts[r]) * scale;
    return flc_replicates_estimate(residuals).error;
}

static flc_replicated_share judge(double met, double n, double spread)
{
    const double variance = spread * spread + 2 / (n * n), near = (met + 2) / (n + 4);
    return (flc_replicated_share){sqrt(variance), near * (1 - near) / variance};
}

flc_replicated_share flc_replicated_share_of(const uint64_t met[FLC_REPLICATES],
                                             const uint64_t of[FLC_REPLICATES])
{
    double sums[FLC_REPLICATES], counts[FLC_REPLICATES], sum = 0, n = 0;
    for (int r = 0; r < FLC_REPLICATES; r++) {
        sum += sums[r] = (double)met[r];
        n += counts[r] = (double)of[r];
    }
    return judge(sum, n, flc_replicated_error(sums, counts));
}

flc_interval flc_replicated_interval(double met, double n, double spread, double level)
{
    return flc_intervals_score(met / n, judge(met, n, spread).trials,
                               flc_replicated_student(level));
}

double flc_replicated_student(double level)
{
    return flc_intervals_student(level, FLC_REPLICATES - 1);
}
