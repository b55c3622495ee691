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

/* The year's factor of stream j that units share. */
static void begin_stream_year(const struct flc_pass *pass, size_t part, size_t j, size_t t)
{
    struct flc_unit_stream *restrict stream = stream_of(pass, part, j);
    const double *restrict gap = flc_part_of(flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t), part);
    const double *restrict beta =
        flc_part_lane(pass->w, pass->program->streams[j].cyclicality, part);
    FLC_FOR_PART (i)
        stream->common[i] =
            flc_exp_bounded(beta[i] * gap[i] - stream->volatility[i] * stream->volatility[i] / 2.0);
}

void flc_begin_revenue_year(const struct flc_pass *pass, size_t t)
{
    FLC_FOR_PARTS (p)
        for (size_t j = 0; j < pass->program->stream_count; j++)
            begin_stream_year(pass, p, j, t);
}

static void level_stream(struct flc_unit_stream *restrict stream, const double *restrict level)
{
    FLC_FOR_PART (i)
        stream->level[i] = level[i] * stream->common[i];
}

void flc_begin_revenue_cohort(const struct flc_pass *pass, int64_t age)
{
    double *level = pass->w->scratch[0];
    for (size_t j = 0; j < pass->program->stream_count; j++) {
        const struct flc_stream_inputs *stream = &pass->program->streams[j];
        flc_ramp(pass->w, &stream->ramp, age, flc_lane(pass->w, stream->ratio), level);
        FLC_FOR_PARTS (p)
            level_stream(stream_of(pass, p, j), flc_part_of(level, p));
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

/* What a stream brings, added to what is there (`more`) and to what counts as match (`counts`). */
FLC_INLINE void earn(const struct flc_unit_year *unit,
                     const struct flc_unit_stream *restrict stream, const bool more,
                     const bool counts)
{
    struct flc_unit_money *restrict money = unit->money;
    flc_part factor;
    flc_shock_factor(factor, stream->level, stream->volatility, unit->state->revenue, FLC_PART);
    FLC_FOR_PART (i) {
        const double earned = factor[i] * money->scale[i];
        money->own[i] = more ? money->own[i] + earned : earned;
        if (counts)
            money->counted[i] += earned;
    }
}

static void earn_stream(const struct flc_unit_year *unit, size_t j)
{
    const struct flc_unit_stream *stream = &unit->streams[j];
    const bool counts = unit->asked && unit->pass->program->streams[j].counts_as_match;
    if (j == 0 && counts)
        earn(unit, stream, false, true);
    else if (j == 0)
        earn(unit, stream, false, false);
    else if (counts)
        earn(unit, stream, true, true);
    else
        earn(unit, stream, true, false);
}

void flc_evaluate_revenue(const struct flc_unit_year *unit)
{
    const size_t count = unit->pass->program->stream_count;
    if (unit->asked)
        memset(unit->money->counted, 0, sizeof(flc_part));
    if (count == 0)
        memset(unit->money->own, 0, sizeof(flc_part));
    else
        persist(unit);
    for (size_t j = 0; j < count; j++)
        earn_stream(unit, j);
}
