/* Designs: which points of the unit cube the samples are.
 *
 *   mc      named PCG streams (random/streams.h); any number of samples
 *   lhs     Latin hypercube for a stated number of samples (latin.c)
 *   sobol   scrambled Sobol' points, as many as wanted (sobol.h)
 *
 * Each is a source of draws (random/draws.h). Draw (name, index) of sample i is a function of
 * (seed, name, index, i) and, for lhs, of the number of samples; of nothing else. So blocks, ranks,
 * shards and the order of evaluation do not matter, and a quantity, unit or program that comes or
 * goes changes no other draw.
 *
 * Replicates. One set of N balanced points says nothing about its own error, and the spread of its
 * values, s/sqrt(N), is too large by far. So the N samples are FLC_REPLICATES independently
 * scrambled sets of N/FLC_REPLICATES points (Owen 1997, "Scrambled net variance for integrals of
 * smooth functions"; L'Ecuyer and Lemieux 2002, "Recent advances in randomized quasi-Monte Carlo
 * methods"), dealt like cards: sample i is point i / 16 of replicate i mod 16. A block begins with
 * a multiple of 192 = 12 * 16, so lane l of every block belongs to replicate l mod 16, for any
 * number of samples: replicates fill evenly, and the first N samples of a longer run are its sets
 * begun.
 *
 * Errors. With y_r what replicate r alone gives for a statistic, flc_replicates_estimate has the
 * standard error of their mean, 15 degrees of freedom, so that an interval is that error times
 * Student's t (2.131 at 95 %). What a summary keeps for it, beside what it keeps of all samples
 * (statistics/summary.h, replicated.h):
 *
 *   mean, sd     16 sums of z and z^2 and counts per output, lanes l, l + 16, ..., l + 176 of each
 *                block added in that order; the error of the ratio of their totals
 *   probability  16 counts of each target; the same with pseudo counts for few hits
 *   quantile     the error of F as that of a probability, with counts at most 15 fixed values, the
 *                pilot's quantiles, between which it is interpolated; the interval is that of the
 *                whole sample's order statistics at p -+ t error (Woodruff 1952, "Confidence
 *                intervals for medians and other position measures")
 *
 * A paired difference is an output of its own, with errors as any other.
 *
 * All of it is as well true of mc, whose replicates are 16 batches. 16 rather than 32: sets twice
 * as large for an error that is itself known to 18 % instead of 13 %.
 *
 * Antithetic pairs are left out: sobol.h has what they gain.
 */
#ifndef FLC_DESIGN_DESIGN_H
#define FLC_DESIGN_DESIGN_H

#include <stdbool.h>

#include "base/isa.h"
#include "random/draws.h"

typedef enum flc_design {
    FLC_DESIGN_MC,
    FLC_DESIGN_LHS,
    FLC_DESIGN_SOBOL,
    FLC_DESIGN_COUNT
} flc_design;

/* "mc", "lhs", "sobol", and the way back; the error names what there is. */
const char *flc_design_name(flc_design design);
flc_status flc_design_find(flc_design *design, const char *name, flc_error *error);
/* One line for people: "scrambled Sobol' points". */
const char *flc_design_title(flc_design design);

/* Whether `samples` points are a balanced set: any number for mc, a multiple of FLC_REPLICATES for
 * lhs, a power of two from 2 FLC_REPLICATES on for sobol; the error (FLC_ERROR_USAGE) names the
 * numbers next to it that are. Up to FLC_DESIGN_SAMPLES but for mc. */
#define FLC_DESIGN_SAMPLES (UINT64_C(1) << 35)
flc_status flc_design_check(flc_design design, uint64_t samples, flc_error *error);
/* Whether the samples of a run are the first of any longer one. */
bool flc_design_extends(flc_design design);

/* All that a draw depends on beside its name, index and sample; `samples` passes flc_design_check.
 */
typedef struct flc_points {
    flc_design design;
    uint64_t seed, samples;
} flc_points;

/* A source of draws for all `names`. Free with flc_draws_free. */
flc_status flc_design_create(flc_draws **draws, const flc_names *names, const flc_points *points,
                             flc_isa isa, flc_error *error);

/* The points without their seed in words, for what must not be mixed with other points
 * (checkpoints, shards): "" for mc, "design sobol", "design lhs of 65536 samples", as only lhs
 * depends on the number. */
enum { FLC_DESIGN_QUESTION = 64 };
const char *flc_design_question(char text[FLC_DESIGN_QUESTION], const flc_points *points);
/* The design whose points of `samples` are called so; false where there is none. */
bool flc_design_answer(flc_design *design, const char *question, uint64_t samples);

enum { FLC_REPLICATES = 16 };
_Static_assert(FLC_BLOCK % FLC_REPLICATES == 0, "a lane belongs to one replicate");

static inline unsigned flc_design_replicate(uint64_t sample)
{
    return (unsigned)(sample % FLC_REPLICATES);
}
/* The sample's number within its replicate. */
static inline uint64_t flc_design_point(uint64_t sample)
{
    return sample / FLC_REPLICATES;
}

/* Mean of the replicates' values and the mean's standard error, of FLC_REPLICATES - 1 degrees of
 * freedom; both NaN where a value is. In the values' unit. */
typedef struct flc_replicates {
    double mean, error;
} flc_replicates;
flc_replicates flc_replicates_estimate(const double values[FLC_REPLICATES]);

#endif
