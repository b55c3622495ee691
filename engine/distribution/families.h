/* What the families of this floor share: the inside of a distribution, and checks of parameters. */
#ifndef FLC_DISTRIBUTION_FAMILIES_H
#define FLC_DISTRIBUTION_FAMILIES_H

#include "distribution/distribution.h"
#include "distribution/distribution_kernel.h"

struct flc_distribution {
    const flc_family *family;
    flc_curve curve; /* low, high and what the kernels need */
    double mean, sd; /* in the unit of the quantity; NaN where undefined */
    bool whole;      /* all values are whole numbers */
    bool atoms;      /* single values have a probability */
    double (*cdf)(const flc_distribution *distribution, double x); /* low <= x < high */
    double numbers[4]; /* what cdf needs beside the curve */
    double *table;     /* curve.table, or NULL */
    size_t owners;     /* who must free it, beside the first */
};

extern const flc_family flc_family_uniform, flc_family_loguniform, flc_family_normal,
    flc_family_truncated_normal, flc_family_lognormal, flc_family_triangular, flc_family_pert,
    flc_family_beta, flc_family_gamma, flc_family_weibull, flc_family_student_t,
    flc_family_discrete, flc_family_empirical, flc_family_metalog;

/* A distribution with nothing in it but its family, shape, unbounded support and a table of
 * `table_count` doubles; NULL and *error without memory. */
flc_distribution *flc_distribution_new(const flc_family *family, flc_shape shape,
                                       size_t table_count, flc_error *error);

/* Every parameter that is not optional is given, single ones once, all numbers are finite. */
flc_status flc_family_check(const flc_family *family, const flc_argument *arguments,
                            flc_error *error);
/* "sd must be > 0, not -1" */
flc_status flc_family_check_positive(const char *key, double value, flc_error *error);
/* "shape must be between 0.01 and 1e+06, not 0" */
flc_status flc_family_check_between(const char *key, double value, double low, double high,
                                    flc_error *error);
/* min < max, with a difference that is finite */
flc_status flc_family_check_range(double min, double max, flc_error *error);
/* min <= mode <= max */
flc_status flc_family_check_mode(double min, double mode, double max, flc_error *error);
/* The value of a parameter, or `absent`. */
double flc_family_number(const flc_argument *argument, double absent);
/* Values that a draw can take are finite: `largest` is the largest magnitude among them. */
flc_status flc_family_check_reach(const char *what, double largest, flc_error *error);

/* Beta of shapes a and b on [min, max], for beta and PERT, which have checked them. */
flc_status flc_beta_make(flc_distribution **distribution, const flc_family *family, double a,
                         double b, double min, double max, flc_error *error);
/* For discrete and empirical: moments, whole and atoms from values with probabilities (NULL:
 * equal). */
void flc_distribution_set_atoms(flc_distribution *distribution, const double *values,
                                const double *probabilities, size_t count);

#endif
