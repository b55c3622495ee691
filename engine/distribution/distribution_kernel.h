/* The inverse CDFs as the hot loops see them: a shape and its numbers.
 *
 * Families (one file each) turn the parameters of a study into one of these shapes; several
 * families can share one (PERT is a beta). With u in (0,1), z the standard normal quantile of u,
 * and T a table (curve.h):
 *
 *   uniform      min + width u
 *   loguniform   middle exp(log_ratio (u - 1/2))
 *   normal       mean + sd z
 *   truncated    mean + sd q, q the normal quantile of the smaller one of the probabilities
 *                p = below_min (1-u) + below_max u and 1-p = above_min (1-u) + above_max u,
 *                each of which keeps its relative accuracy
 *   lognormal    median exp(sigma z)
 *   triangular   s = sqrt(u/F), F = at_mode, left of the mode, sqrt((1-u)/(1-F)) right of it;
 *                then from the end, min + (mode - min) s or max - (max - mode) s, or from the
 *                mode, mode + (max - min)(u - F)/(1 + s), whichever is nearer: values next to
 *                an end or a mode of 0 keep their relative accuracy
 *   weibull      scale (-log(1-u))^(1/shape)
 *   beta         min + width/(1 + exp(-T(z)))
 *   gamma        unit exp(T(z))
 *   student      location + scale z exp(T(z))
 *   step         value j for limit_{j-1} <= u < limit_j (discrete)
 *   empirical    value number floor(u n)
 *   metalog      M = a1 + (a2 + a3 (u - 1/2)) log(u/(1-u)); then M, origin + sign exp(sign M),
 *                or origin + width/(1 + exp(-M))
 *
 * and the result is brought into [low, high], which it can leave by rounding only.
 */
#ifndef FLC_DISTRIBUTION_DISTRIBUTION_KERNEL_H
#define FLC_DISTRIBUTION_DISTRIBUTION_KERNEL_H

#include <stddef.h>

#include "base/isa.h"

typedef enum flc_shape {
    FLC_SHAPE_UNIFORM,
    FLC_SHAPE_LOGUNIFORM,
    FLC_SHAPE_NORMAL,
    FLC_SHAPE_TRUNCATED,
    FLC_SHAPE_LOGNORMAL,
    FLC_SHAPE_TRIANGULAR,
    FLC_SHAPE_WEIBULL,
    FLC_SHAPE_BETA,
    FLC_SHAPE_GAMMA,
    FLC_SHAPE_STUDENT,
    FLC_SHAPE_STEP,
    FLC_SHAPE_EMPIRICAL,
    FLC_SHAPE_METALOG,
    FLC_SHAPE_METALOG_LOG,
    FLC_SHAPE_METALOG_LOGIT,
    FLC_SHAPE_COUNT
} flc_shape;

/* Numbers of a shape, in the unit of the quantity unless said. */
typedef struct flc_curve {
    flc_shape shape;
    double low, high; /* smallest and largest value; may be infinite */
    union {
        struct {
            double min, width;
        } uniform;
        struct {
            double middle, log_ratio; /* log_ratio: 1 */
        } loguniform;
        struct {
            double mean, sd;
        } normal;
        struct {
            double mean, sd;
            double below_min, below_max, above_min, above_max; /* probabilities */
        } truncated;
        struct {
            double median, sigma; /* sigma: 1 */
        } lognormal;
        struct {
            double mode, at_mode; /* probability below the mode */
        } triangular;
        struct {
            double scale, per_shape; /* 1/shape */
        } weibull;
        struct {
            double min, width;
        } beta;
        struct {
            double unit;
        } gamma;
        struct {
            double location, scale;
        } student;
        struct {
            double a1, a2, a3; /* of x, or of its logarithm or logit */
            double origin, sign, width;
        } metalog;
    };
    size_t count; /* beta, gamma, student: cells per unit of z; step: a power of two, table has
                   * count limits, then count values; empirical: values in the table */
    const double *table; /* beta, gamma, student: see curve.h */
} flc_curve;

/* x[i] for i < count <= FLC_BLOCK. Shapes with z in their formula read it, or what `tail` gave for
 * `truncated`; x overlaps neither u nor z. */
typedef void flc_shape_quantile(double *x, const double *u, const double *z, size_t count,
                                const flc_curve *curve);

struct flc_distribution_kernels {
    flc_shape_quantile *quantile[FLC_SHAPE_COUNT];
    /* For `truncated`: the smaller tail probability at each u. */
    void (*tail)(double *tail, const double *u, size_t count, const flc_curve *curve);
    /* out[i] += weight * z[i] */
    void (*add)(double *out, const double *z, double weight, size_t count);
    /* u[i] = standard normal CDF at z[i], within the range of the draws, [2^-53, 1 - 2^-53]; u may
     * be z. */
    void (*probability)(double *u, const double *z, size_t count);
};
FLC_ISA_DECLARE(struct flc_distribution_kernels, flc_distribution_kernels);

#endif
