/* Print quantiles, CDFs and moments of a distribution, for comparison with other systems.
 *
 *     distribution_dump FAMILY PARAMETER ... < probabilities
 * Parameters stand in the family's order, lists with commas, "-" for one that is not given. For
 * each u read it prints "u quantile(u) cdf(quantile(u))" in hex floats, before them "low high mean
 * sd". The instruction set is FULCRUM_ISA's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "distribution/distribution.h"

enum { MOST_PARAMETERS = 8, MOST_VALUES = 4096, MOST_PROBABILITIES = 1 << 20 };

static void read_list(flc_argument *argument, double *values, const char *text)
{
    size_t count = 0;
    char *end = NULL;
    if (strcmp(text, "-") == 0)
        return;
    do {
        values[count++] = strtod(text, &end);
        text = end + 1;
    } while (*end == ',' && count < MOST_VALUES);
    *argument = (flc_argument){values, count};
}

static void print_quantiles(const flc_distribution *distribution, double *u, double *x)
{
    size_t count = 0;
    while (count < MOST_PROBABILITIES && scanf("%lf", &u[count]) == 1)
        count++;
    flc_distribution_quantile(distribution, flc_isa_select(), x, u, count);
    printf("%a %a %a %a\n", flc_distribution_low(distribution), flc_distribution_high(distribution),
           flc_distribution_mean(distribution), flc_distribution_sd(distribution));
    for (size_t i = 0; i < count; i++)
        printf("%a %a %a\n", u[i], x[i], flc_distribution_cdf(distribution, x[i]));
}

int main(int count, char **texts)
{
    flc_error error = {0};
    flc_argument arguments[MOST_PARAMETERS] = {{0}};
    flc_distribution *distribution = NULL;
    double *lists = FLC_NEW(double, MOST_PARAMETERS *MOST_VALUES, &error);
    double *points = FLC_NEW(double, 2 * MOST_PROBABILITIES, &error);
    const flc_family *family = count > 1 ? flc_family_find(texts[1]) : NULL;
    int code = 1;
    if (!lists || !points || !family || (size_t)count - 2 > family->parameter_count)
        goto done;
    for (int i = 2; i < count; i++)
        read_list(&arguments[i - 2], lists + (size_t)(i - 2) * MOST_VALUES, texts[i]);
    if (family->create(&distribution, arguments, &error) == FLC_OK) {
        print_quantiles(distribution, points, points + MOST_PROBABILITIES);
        code = 0;
    } else {
        printf("error: %s\n", error.text);
    }
done:
    flc_distribution_free(distribution);
    flc_free(lists);
    flc_free(points);
    return code;
}
