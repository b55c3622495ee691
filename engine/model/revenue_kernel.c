/* Own revenue of a unit (MODEL section 5).
 *
 *   xi_t = rho xi_{t-1} + sqrt(1 - rho^2) z^r_{u,t},  xi = z^r in the first simulated year
 *   R_j = ratio_j S ramp_j(a) exp(cyclicality_j y_t) LN(volatility_j, xi_t)
 */
#include <string.h>

#include "model/evaluate.h"

static bool has_shock(const struct flc_pass *pass, const struct flc_stream_inputs *stream)
{
    return !flc_is_constant(pass->model, stream->volatility, 0.0);
}

void flc_begin_revenue_year(const struct flc_pass *pass, size_t t)
{
    const double *restrict gap = flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t);
    for (size_t j = 0; j < pass->program->stream_count; j++) {
        const struct flc_stream_inputs *stream = &pass->program->streams[j];
        const double *restrict beta = flc_lane(pass->w, stream->cyclicality);
        const double *restrict sigma = flc_lane(pass->w, stream->volatility);
        double *restrict exponent = pass->w->stream_shock[j];
        FLC_FOR_LANES (i)
            exponent[i] = beta[i] * gap[i] - sigma[i] * sigma[i] / 2.0;
        if (has_shock(pass, stream))
            continue;
        FLC_FOR_LANES (i)
            exponent[i] = flc_exp(exponent[i]);
    }
}

void flc_begin_revenue_cohort(const struct flc_pass *pass, const struct flc_cohort *cohort,
                              size_t t)
{
    for (size_t j = 0; j < pass->program->stream_count; j++) {
        const struct flc_stream_inputs *stream = &pass->program->streams[j];
        flc_ramp(pass->w, &stream->ramp, cohort->age + (int64_t)t, flc_lane(pass->w, stream->ratio),
                 pass->w->stream_level[j]);
    }
}

/* xi of the year, in place. */
static void persist(const struct flc_unit_year *unit, const double *restrict shock,
                    double *restrict state)
{
    flc_quantity persistence = unit->pass->program->inputs->revenue.persistence;
    const double *restrict rho = flc_lane(unit->pass->w, persistence);
    if ((int)unit->t == unit->cohort->first_year) {
        FLC_FOR_LANES (i)
            state[i] = shock[i];
        return;
    }
    FLC_FOR_LANES (i)
        state[i] = rho[i] * state[i] + __builtin_sqrt(1.0 - rho[i] * rho[i]) * shock[i];
}

void flc_evaluate_revenue(const struct flc_unit_year *unit, const double *shock)
{
    const struct flc_pass *pass = unit->pass;
    double *state = pass->w->unit_revenue_state[unit->unit];
    double *restrict own = unit->own, *restrict counted = unit->counted;
    const double *restrict scale = unit->scale;
    FLC_FOR_LANES (i)
        own[i] = counted[i] = 0.0;
    if (pass->program->stream_count > 0)
        persist(unit, shock, state);
    const double *restrict xi = state;
    for (size_t j = 0; j < pass->program->stream_count; j++) {
        const struct flc_stream_inputs *stream = &pass->program->streams[j];
        const double *restrict level = pass->w->stream_level[j];
        const double *restrict common = pass->w->stream_shock[j];
        const double *restrict sigma = flc_lane(pass->w, stream->volatility);
        double counts = stream->counts_as_match ? 1.0 : 0.0;
        double *restrict shape = pass->w->scratch[0];
        if (has_shock(pass, stream)) {
            FLC_FOR_LANES (i)
                shape[i] = flc_exp(common[i] + sigma[i] * xi[i]);
        } else {
            memcpy(shape, common, sizeof(flc_lanes));
        }
        FLC_FOR_LANES (i) {
            double earned = level[i] * scale[i] * shape[i];
            own[i] += earned;
            counted[i] += counts * earned;
        }
    }
}
