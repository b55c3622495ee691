/* Own revenue of a unit (MODEL section 5).
 *
 *   xi_t = rho xi_{t-1} + sqrt(1 - rho^2) z^r_{u,t},  xi = z^r in the first simulated year
 *   R_j = ratio_j S ramp_j(a) exp(cyclicality_j y_t) LN(volatility_j, xi_t)
 */
#include <string.h>

#include "model/evaluate.h"

bool flc_revenue_has_shock(const struct flc_pass *pass)
{
    bool any = false;
    for (size_t j = 0; j < pass->program->stream_count; j++)
        any |= !flc_is_constant(pass->model, pass->program->streams[j].volatility, 0.0);
    return any;
}

/* Stream j of a part. */
static struct flc_unit_stream *stream_of(const struct flc_pass *pass, size_t part, size_t j)
{
    return &pass->w->streams[part * pass->program->stream_count + j];
}

static void begin_persistence(const struct flc_pass *pass, size_t part)
{
    flc_quantity persistence = pass->program->inputs->revenue.persistence;
    const double *restrict rho = flc_part_lane(pass->w, persistence, part);
    struct flc_unit_common *restrict common = &pass->w->common[part];
    FLC_FOR_PART (i) {
        common->persistence[i] = rho[i];
        common->innovation[i] = __builtin_sqrt(1.0 - rho[i] * rho[i]);
    }
}

void flc_begin_revenue(const struct flc_pass *pass)
{
    if (pass->program->stream_count == 0)
        return;
    FLC_FOR_PARTS (p) {
        begin_persistence(pass, p);
        for (size_t j = 0; j < pass->program->stream_count; j++)
            memcpy(stream_of(pass, p, j)->volatility,
                   flc_part_lane(pass->w, pass->program->streams[j].volatility, p),
                   sizeof(flc_part));
    }
}

/* The exponent of stream j that units share. */
static void begin_stream_year(const struct flc_pass *pass, size_t part, size_t j, size_t t)
{
    struct flc_unit_stream *restrict stream = stream_of(pass, part, j);
    const double *restrict gap = flc_part_of(flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t), part);
    const double *restrict beta =
        flc_part_lane(pass->w, pass->program->streams[j].cyclicality, part);
    FLC_FOR_PART (i)
        stream->common[i] = beta[i] * gap[i] - stream->volatility[i] * stream->volatility[i] / 2.0;
}

void flc_begin_revenue_year(const struct flc_pass *pass, size_t t)
{
    FLC_FOR_PARTS (p)
        for (size_t j = 0; j < pass->program->stream_count; j++)
            begin_stream_year(pass, p, j, t);
}

void flc_begin_revenue_cohort(const struct flc_pass *pass, int64_t age)
{
    double *level = pass->w->scratch[0];
    for (size_t j = 0; j < pass->program->stream_count; j++) {
        const struct flc_stream_inputs *stream = &pass->program->streams[j];
        flc_ramp(pass->w, &stream->ramp, age, flc_lane(pass->w, stream->ratio), level);
        FLC_FOR_PARTS (p)
            memcpy(stream_of(pass, p, j)->level, flc_part_of(level, p), sizeof(flc_part));
    }
}

/* xi of the year, in place. */
static void persist(const struct flc_unit_year *unit)
{
    const struct flc_unit_common *restrict common = unit->common;
    const double *restrict shock = unit->shock[FLC_SHOCK_REVENUE];
    double *restrict xi = unit->state->revenue;
    if ((int)unit->t == unit->cohort->first_year) {
        memcpy(xi, shock, sizeof(flc_part));
        return;
    }
    FLC_FOR_PART (i)
        xi[i] = common->persistence[i] * xi[i] + common->innovation[i] * shock[i];
}

/* `count` streams, a constant of each copy the compiler makes of this; `more` adds to streams
 * before them. */
FLC_INLINE void earn(const struct flc_unit_year *unit, size_t first, const int count,
                     const bool more)
{
    const struct flc_unit_stream *restrict streams = unit->streams + first;
    struct flc_unit_money *restrict money = unit->money;
    const double *restrict xi = unit->state->revenue;
    double counts[2] = {0.0, 0.0};
    for (int j = 0; j < count; j++)
        counts[j] = unit->pass->program->streams[first + (size_t)j].counts_as_match ? 1.0 : 0.0;
    FLC_FOR_PART (i) {
        double own = more ? money->own[i] : 0.0, counted = more ? money->counted[i] : 0.0;
        for (int j = 0; j < count; j++) {
            const struct flc_unit_stream *stream = &streams[j];
            const double earned =
                stream->level[i] * money->scale[i] *
                flc_exp_bounded(stream->common[i] + stream->volatility[i] * xi[i]);
            own += earned;
            counted += counts[j] * earned;
        }
        money->own[i] = own;
        money->counted[i] = counted;
    }
}

void flc_evaluate_revenue(const struct flc_unit_year *unit)
{
    const size_t count = unit->pass->program->stream_count;
    if (count == 0) {
        earn(unit, 0, 0, false);
        return;
    }
    persist(unit);
    if (count == 1) {
        earn(unit, 0, 1, false);
        return;
    }
    earn(unit, 0, 2, false);
    for (size_t j = 2; j < count; j++)
        earn(unit, j, 1, true);
}
