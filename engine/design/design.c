#include "design/design.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design/design_priv.h"
#include "random/streams.h"

static flc_status check_any(uint64_t samples, flc_error *error)
{
    (void)samples;
    (void)error;
    return FLC_OK;
}

static flc_status create_streams(flc_draws **draws, const flc_names *names,
                                 const flc_points *points, flc_isa isa, flc_error *error)
{
    return flc_streams_create(draws, names, points->seed, isa, error);
}

static const struct flc_design_operations monte_carlo = {"mc", "Monte Carlo", true, check_any,
                                                         create_streams};

static const struct flc_design_operations *const designs[FLC_DESIGN_COUNT] = {
    [FLC_DESIGN_MC] = &monte_carlo,
    [FLC_DESIGN_LHS] = &flc_design_latin,
    [FLC_DESIGN_SOBOL] = &flc_design_sobol,
};

const char *flc_design_name(flc_design design)
{
    return designs[design]->name;
}

const char *flc_design_title(flc_design design)
{
    return designs[design]->title;
}

flc_status flc_design_find(flc_design *design, const char *name, flc_error *error)
{
    for (int i = 0; i < FLC_DESIGN_COUNT; i++)
        if (strcmp(designs[i]->name, name) == 0) {
            *design = (flc_design)i;
            return FLC_OK;
        }
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "'%s' is no design: mc (Monte Carlo), lhs (Latin hypercube) or sobol "
                         "(scrambled Sobol' points)",
                         name);
}

flc_status flc_design_check(flc_design design, uint64_t samples, flc_error *error)
{
    if (design != FLC_DESIGN_MC && samples > FLC_DESIGN_SAMPLES)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%" PRIu64 " samples are too many for design %s: it has at most "
                             "%" PRIu64 "; take fewer, or design mc",
                             samples, flc_design_name(design), FLC_DESIGN_SAMPLES);
    return designs[design]->check(samples, error);
}

bool flc_design_extends(flc_design design)
{
    return designs[design]->extends;
}

flc_status flc_design_create(flc_draws **draws, const flc_names *names, const flc_points *points,
                             flc_isa isa, flc_error *error)
{
    return designs[points->design]->create(draws, names, points, isa, error);
}

const char *flc_design_question(char text[FLC_DESIGN_QUESTION], const flc_points *points)
{
    const char *name = flc_design_name(points->design);
    if (points->design == FLC_DESIGN_MC)
        text[0] = '\0';
    else if (flc_design_extends(points->design))
        snprintf(text, FLC_DESIGN_QUESTION, "design %s", name);
    else
        snprintf(text, FLC_DESIGN_QUESTION, "design %s of %" PRIu64 " samples", name,
                 points->samples);
    return text;
}

bool flc_design_answer(flc_design *design, const char *question, uint64_t samples)
{
    char text[FLC_DESIGN_QUESTION];
    for (int i = 0; i < FLC_DESIGN_COUNT; i++) {
        *design = (flc_design)i;
        if (strcmp(question, flc_design_question(text, &(flc_points){*design, 0, samples})) == 0)
            return true;
    }
    return false;
}

void flc_point_rows_init(flc_point_rows *rows, uint64_t first)
{
    rows->first = (uint32_t)flc_design_point(first);
    rows->skip = flc_design_replicate(first);
    rows->count = FLC_DESIGN_ROWS - (rows->skip == 0);
}

void flc_design_constants_init(flc_design_constants *constants, uint64_t seed, const char *name)
{
    flc_pcg64 generator = flc_stream_generator(seed, name);
    flc_pcg64_advance(&generator, (flc_u128)1 << 64);
    for (unsigned c = 0; c < FLC_DESIGN_COLUMNS; c++)
        constants->shuffle[c] = (uint32_t)(flc_pcg64_next(&generator) >> 32);
    constants->scramble = flc_pcg64_next(&generator);
    constants->permute = flc_pcg64_next(&generator);
}

flc_replicates flc_replicates_estimate(const double values[FLC_REPLICATES])
{
    double sum = 0.0, squares = 0.0;
    for (int r = 0; r < FLC_REPLICATES; r++)
        sum += values[r];
    const double mean = sum / FLC_REPLICATES;
    for (int r = 0; r < FLC_REPLICATES; r++)
        squares += (values[r] - mean) * (values[r] - mean);
    const flc_replicates estimate = {mean, sqrt(squares / (FLC_REPLICATES * (FLC_REPLICATES - 1)))};
    return estimate;
}
