#include "distribution/curve.h"

#include <string.h>

#include "base/elementary.h"

double flc_curve_log_phi(double z)
{
    return -0.5 * z * z - 0.91893853320467274178;
}

static double series_at(const double series[FLC_CURVE_TERMS], double step)
{
    double value = series[FLC_CURVE_TERMS - 1];
    for (int n = FLC_CURVE_TERMS - 2; n >= 0; n--)
        value = value * step + series[n];
    return value;
}

/* Coefficients of the Chebyshev polynomial T_n over 2^(n-1), whose leading one is 1. */
static void monic_chebyshev(double coefficients[FLC_CURVE_TERMS], int n)
{
    memset(coefficients, 0, FLC_CURVE_TERMS * sizeof *coefficients);
    coefficients[n] = 1.0;
    for (int k = n; k >= 2; k -= 2)
        coefficients[k - 2] =
            -coefficients[k] * (double)(k * (k - 1)) / (double)((n - k + 2) * (n + k - 2));
}

/* A table in the making. */
struct builder {
    double *table;
    int per_unit;
    const flc_curve_law *law;
    double power[FLC_CURVE_TERMS];                  /* of half a cell's width */
    double monic[FLC_CURVE_TERMS][FLC_CURVE_TERMS]; /* the polynomials of too high a degree */
};

static void begin(struct builder *builder, double *table, int per_unit, const flc_curve_law *law)
{
    const double radius = 0.5 / per_unit;
    double power = 1.0;
    builder->table = table;
    builder->per_unit = per_unit;
    builder->law = law;
    for (int n = 0; n < FLC_CURVE_TERMS; n++, power *= radius)
        builder->power[n] = power;
    for (int n = FLC_CURVE_DEGREE + 1; n < FLC_CURVE_TERMS; n++)
        monic_chebyshev(builder->monic[n], n);
}

/* Lower the degree of a series in a cell: each term x^n of too high a degree is replaced by what is
 * nearest to it, x^n - T_n(x)/2^(n-1) in x, -1 ... 1 in the cell. */
static void economise(double cell[FLC_CURVE_STRIDE], const double series[FLC_CURVE_TERMS],
                      const struct builder *builder)
{
    double scaled[FLC_CURVE_TERMS];
    for (int n = 0; n < FLC_CURVE_TERMS; n++)
        scaled[n] = series[n] * builder->power[n];
    for (int n = FLC_CURVE_TERMS - 1; n > FLC_CURVE_DEGREE; n--)
        for (int k = n - 2; k >= 0; k -= 2)
            scaled[k] -= scaled[n] * builder->monic[n][k];
    for (int n = 0; n <= FLC_CURVE_DEGREE; n++)
        cell[n] = scaled[n] / builder->power[n];
}

static double middle_of(const struct builder *builder, int k)
{
    return k * (1.0 / builder->per_unit);
}

/* Cell k from the series of y at its middle. */
static void fill_cell(const struct builder *builder, int k, double series[FLC_CURVE_TERMS])
{
    const size_t cell = (size_t)(k + FLC_CURVE_SIDE(builder->per_unit));
    if (builder->law->present)
        builder->law->present(series, middle_of(builder, k), builder->law->numbers);
    economise(builder->table + cell * FLC_CURVE_STRIDE, series, builder);
}

/* Cells from both ends to the neighbours of 0; y becomes y(0) as seen from either end. */
static void step_inward(const struct builder *builder, double y[2])
{
    double series[2][FLC_CURVE_TERMS];
    for (int k = FLC_CURVE_SIDE(builder->per_unit); k > 0; k--) {
        const double z[2] = {middle_of(builder, -k), middle_of(builder, k)};
        const double next[2] = {middle_of(builder, 1 - k), middle_of(builder, k - 1)};
        builder->law->expand(series, z, y, builder->law->numbers);
        for (int s = 0; s < 2; s++)
            y[s] = series_at(series[s], next[s] - z[s]);
        fill_cell(builder, -k, series[0]);
        fill_cell(builder, k, series[1]);
    }
}

double flc_curve_tabulate(double *table, int per_unit, const flc_curve_law *law, double y_left,
                          double y_right)
{
    struct builder builder;
    double series[2][FLC_CURVE_TERMS], y[2] = {y_left, y_right};
    begin(&builder, table, per_unit, law);
    step_inward(&builder, y);
    const double middle[2] = {0.5 * (y[0] + y[1]), 0.5 * (y[0] + y[1])}, zero[2] = {0.0, 0.0};
    law->expand(series, zero, middle, law->numbers);
    fill_cell(&builder, 0, series[0]);
    return flc_abs(y[0] - y[1]);
}
