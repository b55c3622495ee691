/* Loops for parts_bench.c; compiled once per instruction set as the engine's kernels are. */
#include "loops_kernel.h"

#include "base/elementary.h"

static void exponentials(double *restrict y, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = flc_exp(x[i]);
}

static void bounded_exponentials(double *restrict y, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i += FLC_ABREAST)
        flc_exp_abreast(y + i, x + i);
}

static void logarithms(double *restrict y, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = flc_log(x[i]);
}

static inline double least(double a, double b)
{
    return a < b ? a : b;
}

static inline double most(double a, double b)
{
    return a > b ? a : b;
}

static void arithmetic(struct bench_unit_year *restrict y)
{
    for (int i = 0; i < BENCH_LANES; i++) {
        const double was_open = y->open[i], funded = was_open * y->passed[i] * y->live[i];
        const double scale = y->per_size[i] * y->size[i] * was_open;
        const double entitled = y->due[i] * y->size[i] * funded * y->ration[i];
        double offered = 0.0, announced = 0.0, in_cash = 0.0, paid[BENCH_SOURCES];
        for (int k = 0; k < BENCH_SOURCES; k++) {
            const double base = y->theta[k][i] * scale + (1.0 - y->theta[k][i]) * entitled;
            const double factor = 1.0 + y->lagging[i] * y->multiplier[k][i];
            const double commits = y->level[k][i] * base * y->shape[k][i] * factor;
            paid[k] = commits * y->conversion[k][i];
            announced += commits;
            offered += paid[k];
            in_cash += y->cash_share[k][i] * paid[k];
        }
        y->xi[i] = y->rho[i] * y->xi[i] + y->innovation[i] * y->shock[i];
        const double own = y->earning[i] * scale * y->shape[BENCH_SOURCES][i];
        const double required = y->required[i];
        const double missing = most(0.0, required * entitled - (offered + own));
        const double divisor = offered > 0.0 ? offered : (double)INFINITY;
        const double response = 1.0 + y->response[i] * missing / divisor;
        const double match = offered * response, cash = in_cash * response;
        const double backed = (match + own) * y->per_required[i];
        const double federal = least(entitled, required > 0.0 ? backed : (double)INFINITY);
        const double base = y->ratio[i] * scale * y->shape[BENCH_SOURCES + 1][i];
        const double size = y->served[i] + y->adapt[i] * (y->carried[i] - y->served[i]);
        y->served[i] = size;
        y->carried[i] = base > 0.0 ? least(1.0, (federal + match + own) / base) : 1.0;
        const double full = base * size;
        const double in_kind = least(match - cash, y->cap[i] * full), need = full - in_kind;
        const double held = y->balance[i], income = federal + cash + own;
        const double value = held + y->interest[i] * most(held, 0.0) + income;
        const double spending =
            most(most(y->minimum[i] * need, least(value, need)), value - y->reserve[i] * full);
        const double left = value - spending, tolerance = 1e-9 * full;
        const double closes = left < -y->credit[i] * full - tolerance ? 1.0 : 0.0;
        const double kept = closes != 0.0 ? 0.0 : left, spent = spending + in_kind;
        const double weaned = federal <= 0.05 * full + tolerance ? was_open : 0.0;
        const double covered = income >= need - tolerance ? weaned : 0.0;
        y->balance[i] = kept;
        y->open[i] = closes != 0.0 ? 0.0 : was_open;
        const double terms[BENCH_SUMS] = {entitled,
                                          federal,
                                          announced * response,
                                          own,
                                          need,
                                          spent,
                                          most(need - spending, 0.0),
                                          closes != 0.0 ? -left : 0.0,
                                          kept,
                                          closes != 0.0 ? 0.0 : covered,
                                          y->open[i],
                                          y->lagging[i] * federal,
                                          y->lagging[i] * (match + own),
                                          y->lagging[i] * spent};
        for (int s = 0; s < BENCH_SUMS; s++)
            y->sums[s][i] += terms[s];
        for (int k = 0; k < BENCH_SOURCES; k++)
            y->total[k][i] += paid[k] * response;
    }
}

FLC_API const struct bench_loops_kernels FLC_ISA_TABLE(bench_loops_kernels) = {
    exponentials, bounded_exponentials, logarithms, arithmetic};
