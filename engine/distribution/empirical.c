/* Empirical: observed values, each as likely as the others: number floor(u n) of them in ascending
 * order.
 *
 * u n < n also after rounding: for u <= 1 - 2^-53 the product is nearer to the double below n than
 * to n. */
#include "distribution/families.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 1 << 20 };

static double cdf(const flc_distribution *distribution, double x)
{
    size_t first = 0,
           end = distribution->curve.count; /* the first value above x is in [first, end] */
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (distribution->table[middle] <= x)
            first = middle + 1;
        else
            end = middle;
    }
    return (double)first / (double)distribution->curve.count;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_empirical, arguments, error);
    if (status != FLC_OK)
        return status;
    const size_t count = arguments[0].count;
    if (count > MOST_VALUES)
        return flc_error_set(error, FLC_ERROR_STUDY, "values has %zu entries; %d are allowed",
                             count, MOST_VALUES);
    flc_distribution *made =
        flc_distribution_new(&flc_family_empirical, FLC_SHAPE_EMPIRICAL, count, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    memcpy(made->table, arguments[0].values, count * sizeof *made->table);
    qsort(made->table, count, sizeof *made->table, ascending);
    made->curve.count = count;
    made->curve.low = made->table[0];
    made->curve.high = made->table[count - 1];
    if (made->curve.low == made->curve.high) {
        flc_distribution_free(made);
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "all values are %.10g; for a fixed value, write the number itself",
                             arguments[0].values[0]);
    }
    flc_distribution_set_atoms(made, made->table, NULL, count);
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"values", true, false, "the observed values, in any order"},
};

const flc_family flc_family_empirical = {
    "empirical", "observed values, each as likely as the others", parameters,
    sizeof parameters / sizeof *parameters, create};
