/* Two runs side by side: a difference, its standard error, and how many of those it is.
 *
 * Index 0 is the first run (A), 1 the second (B); differences are B - A. The runs are taken as
 * independent: where they share draws the true standard error is smaller and |z| larger.
 *   means      se^2 = se_A^2 + se_B^2. A run without spread of its own (all values equal, or one
 *              sample) has seen too little to say se = 0: it takes the spread of the other.
 *   shares     se^2 = p (1-p) (1/n_A + 1/n_B) with p of both together (the two-proportion test).
 *   quantiles  se = sqrt((u - m)^2 + (M - l)^2) / z_level, where m is the smaller quantile with the
 *              upper end u of its interval, M the larger with the lower end l of its own: the
 *              interval of a difference from the intervals of its parts (Zou and Donner 2008,
 *              "Construction of confidence limits about effect measures", Statistics in Medicine
 *              27:1693). Conservative for values in lumps.
 * z is 0 where the two are equal (undefined in both is equal), infinite where they differ and
 * neither can vary or only one is defined, NaN where one sample each tells nothing. What differs
 * and varies by less than 2^-36 of its size is a constant with rounding: z and se are 0. */
#ifndef FLC_STATISTICS_CONTRAST_H
#define FLC_STATISTICS_CONTRAST_H

#include <stdint.h>

typedef struct flc_contrast {
    double difference; /* NaN where one or both are undefined */
    double standard_error, z;
} flc_contrast;

/* error[i]: standard error of the mean of n[i] values. */
flc_contrast flc_contrast_means(const double mean[2], const double error[2], const uint64_t n[2]);

flc_contrast flc_contrast_shares(const uint64_t met[2], const uint64_t of[2]);

/* Intervals [low, high] of this level around each quantile. Where they are apart but have no width
 * on the sides that face each other, |z| is sqrt(2) z_level: what intervals apart say at least. */
flc_contrast flc_contrast_quantiles(const double quantile[2], const double low[2],
                                    const double high[2], double level);

/* P(|Z| > z) of a standard normal Z. */
double flc_contrast_chance(double z);

/* z with P(max |Z_i| <= z) = probability for `count` independent standard normals. */
double flc_contrast_largest(uint64_t count, double probability);

#endif
