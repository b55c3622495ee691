/* Distributions by inverse CDF. See families.c for the list; each family is one file.
 *
 * A number in a study is no distribution but a constant (quantities.h): families without width are
 * errors that say so. Making one of the families with a table (beta, PERT, gamma, Student's t)
 * takes half a millisecond and 19 to 31 KiB. */
#ifndef FLC_DISTRIBUTION_DISTRIBUTION_H
#define FLC_DISTRIBUTION_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/isa.h"
#include "base/options.h"
#include "fulcrum/status.h"

/* A parameter of a family, as a study writes it. */
typedef struct flc_family_parameter {
    const char *key;         /* "min", "p95", "values" */
    bool list;               /* a list of numbers instead of one */
    bool optional;           /* may be absent; the family says what then holds */
    const char *description; /* one sentence, with the default where optional */
} flc_family_parameter;

typedef struct flc_distribution flc_distribution; /* immutable once made */
struct flc_family;

/* What a study gave for one parameter: `count` numbers (1 unless a list), 0 where absent. */
typedef struct flc_argument {
    const double *values;
    size_t count;
} flc_argument;

/* All families: flc_families[i], i < flc_family_count(); in the order of the reference page. */
typedef struct flc_family {
    const char *key;         /* "pert" */
    const char *description; /* one sentence */
    const flc_family_parameter *parameters;
    size_t parameter_count;
    /* Make a distribution; arguments in the order of `parameters`. The error names the parameter
     * and what is allowed ("sd must be > 0, not -1"), with no place: the caller adds that. */
    flc_status (*create)(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error);
} flc_family;
extern const flc_family *const flc_families[];
size_t flc_family_count(void);
const flc_family *flc_family_find(const char *key); /* NULL if there is none */

void flc_distribution_free(flc_distribution *distribution);
/* The same distribution for one more owner, who frees it too: studies that differ in little share
 * their tables. Owners are counted, so not for several threads at once. */
flc_distribution *flc_distribution_share(const flc_distribution *distribution);

/* x[i] = inverse CDF at u[i], for i < count; the same bits for every isa. x may be u. 2^-53 <= u <=
 * 1 - 2^-53, which all draws keep. Relative error (tests/distribution): up to 1e-12 for u in
 * [0.001, 0.999], up to 1e-11 beyond; of mean + sd z, which can be next to 0, relative to sd. Rises
 * with u but for rounding. */
void flc_distribution_quantile(const flc_distribution *distribution, flc_isa isa, double *x,
                               const double *u, size_t count);
/* Whether the inverse CDF is one of the standard normal quantile of u alone; and then its values at
 * FLC_BLOCK of these, to the bit those at u; x and z do not overlap. */
bool flc_distribution_of_normals(const flc_distribution *distribution);
void flc_distribution_at_normals(const flc_distribution *distribution, flc_isa isa, double *x,
                                 const double *z);
/* P(X <= x), for tests, displays and fits; not for hot loops. */
double flc_distribution_cdf(const flc_distribution *distribution, double x);

/* Closed support: the smallest and largest value, infinite where unbounded; no draw lies outside.
 */
double flc_distribution_low(const flc_distribution *distribution);
double flc_distribution_high(const flc_distribution *distribution);
/* NaN where undefined, infinite where the integral is. */
double flc_distribution_mean(const flc_distribution *distribution);
double flc_distribution_sd(const flc_distribution *distribution);
/* Whether every value in the support is whole (discrete and empirical families). */
bool flc_distribution_whole(const flc_distribution *distribution);
/* Whether single values have a probability (discrete and empirical families). */
bool flc_distribution_atoms(const flc_distribution *distribution);
const flc_family *flc_distribution_family(const flc_distribution *distribution);

#endif
