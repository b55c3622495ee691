/* Nanoseconds per quantile of each family, for each instruction set, and microseconds to make one.
 */
#include <stdio.h>
#include <time.h>

#include "distribution/distribution.h"
#include "random/draws.h"

enum { BLOCKS = 300, ROUNDS = 11, MADE = 20 };

static const struct family_case {
    const char *family;
    size_t count;
    double values[5];
} cases[] = {
    {"uniform", 2, {1, 2}},       {"loguniform", 2, {1, 200}},
    {"normal", 2, {0, 1}},        {"lognormal", 2, {25, 36}},
    {"triangular", 3, {0, 1, 3}}, {"truncated_normal", 4, {0, 1, -1, 2}},
    {"pert", 3, {0, 1, 3}},       {"beta", 2, {2, 5}},
    {"gamma", 2, {2.5, 1}},       {"weibull", 2, {1.5, 2}},
    {"student_t", 1, {4}},        {"metalog", 3, {1, 2, 4}},
    {"metalog", 4, {1, 2, 4, 0}}, {"metalog", 5, {1, 2, 4, 0, 10}},
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static flc_distribution *make(const struct family_case *at)
{
    flc_argument arguments[8] = {{0}};
    flc_distribution *distribution = NULL;
    for (size_t i = 0; i < at->count; i++)
        arguments[i] = (flc_argument){&at->values[i], 1};
    flc_family_find(at->family)->create(&distribution, arguments, NULL);
    return distribution;
}

static double time_to_make(const struct family_case *at)
{
    const double begin = now();
    for (int i = 0; i < MADE; i++)
        flc_distribution_free(make(at));
    return (now() - begin) / MADE;
}

/* The least time of several rounds, per value. */
static double time_of(const flc_distribution *distribution, flc_isa isa)
{
    double u[FLC_BLOCK], x[FLC_BLOCK], least = 1e300;
    volatile double sink = 0.0;
    for (int i = 0; i < FLC_BLOCK; i++)
        u[i] = (i * 89 % FLC_BLOCK + 0.5) / FLC_BLOCK;
    for (int round = 0; round < ROUNDS; round++) {
        const double begin = now();
        for (int block = 0; block < BLOCKS; block++) {
            flc_distribution_quantile(distribution, isa, x, u, FLC_BLOCK);
            sink = x[block % FLC_BLOCK];
        }
        const double spent = (now() - begin) / BLOCKS / FLC_BLOCK;
        least = spent < least ? spent : least;
    }
    (void)sink;
    return least;
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_distribution *distribution = make(&cases[i]);
        if (!distribution)
            return 1;
        printf("%-16s %zu parameters: made in %6.1f us; ns per value:", cases[i].family,
               cases[i].count, time_to_make(&cases[i]) / 1000.0);
        for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
            if (flc_isa_available((flc_isa)isa))
                printf(" %s %.2f", flc_isa_name((flc_isa)isa), time_of(distribution, (flc_isa)isa));
        putchar('\n');
        flc_distribution_free(distribution);
    }
    return 0;
}
