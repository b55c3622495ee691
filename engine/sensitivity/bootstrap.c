#include "sensitivity/bootstrap.h"

#include <string.h>

#include "base/elementary.h"
#include "random/streams.h"
#include "statistics/replicated.h"

_Static_assert(FLC_REPLICATES == 16, "four bits of a draw pick a replicate");

void flc_bootstrap_init(flc_bootstrap *bootstrap)
{
    flc_pcg64 generator = flc_stream_generator(0, "sensitivity/bootstrap");
    memset(bootstrap, 0, sizeof *bootstrap);
    for (int r = 0; r < FLC_REPLICATES; r++)
        bootstrap->weights[r][0] = 1;
    for (int b = 1; b < FLC_RESAMPLED; b++)
        for (int i = 0; i < FLC_REPLICATES; i++)
            bootstrap->weights[flc_pcg64_next(&generator) >> 60][b] += 1;
}

void flc_bootstrap_sums(double resampled[FLC_RESAMPLED], const flc_bootstrap *bootstrap,
                        const double sums[FLC_REPLICATES])
{
    double *restrict out = resampled;
    memset(resampled, 0, FLC_RESAMPLED * sizeof *resampled);
    for (int r = 0; r < FLC_REPLICATES; r++) {
        const double *restrict weights = bootstrap->weights[r], sum = sums[r];
        for (int b = 0; b < FLC_RESAMPLED; b++)
            out[b] += weights[b] * sum;
    }
}

double flc_bootstrap_error(const double index[FLC_RESAMPLED])
{
    const double correction = (double)FLC_REPLICATES / (FLC_REPLICATES - 1);
    double sum = 0, squares = 0, count = 0;
    for (int b = 1; b < FLC_RESAMPLED; b++)
        if (flc_is_finite(index[b])) {
            sum += index[b];
            count++;
        }
    if (!(2 * count >= FLC_RESAMPLES) || !flc_is_finite(index[0]))
        return (double)NAN;
    for (int b = 1; b < FLC_RESAMPLED; b++)
        if (flc_is_finite(index[b])) {
            const double distance = index[b] - sum / count;
            squares += distance * distance;
        }
    return sqrt(squares / (count - 1) * correction);
}

flc_estimate flc_bootstrap_interval(double value, double error, double level)
{
    const double half = flc_replicated_student(level) * error;
    return (flc_estimate){value, error, value - half, value + half};
}

flc_estimate flc_bootstrap_estimate(const double index[FLC_RESAMPLED], double level)
{
    return flc_bootstrap_interval(index[0], flc_bootstrap_error(index), level);
}
