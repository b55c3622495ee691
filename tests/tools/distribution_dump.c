/* Print quantiles, CDFs and moments of a distribution, for comparison with other systems.
 *
 *     distribution_dump FAMILY KEY=VALUE[,VALUE...] ... < probabilities
 * reads probabilities, one a line, and prints for each: u, quantile(u), cdf(quantile(u)) in hex
 * floats; before them one line "low high mean sd". An error is printed after "error: ". The
 * instruction set is FULCRUM_ISA's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "distribution/distribution.h"

enum { MOST_PARAMETERS = 16, MOST_VALUES = 65536, MOST_PROBABILITIES = 1 << 20 };

/* Parse "1,2,3" into argument; the storage is the caller's. */
static void read_values(flc_argument *argument, double *values, const char *text)
{
    size_t count = 0;
    for (char *end; count < MOST_VALUES; text = end + 1) {
        values[count++] = strtod(text, &end);
        if (*end != ',')
            break;
    }
    *argument = (flc_argument){values, count};
}

static int read_arguments(const flc_family *family, flc_argument *arguments, double *storage,
                          char **texts)
{
    for (; *texts; texts++) {
        const char *equals = strchr(*texts, '=');
        size_t i = 0;
        while (i < family->parameter_count &&
               (!equals || strncmp(*texts, family->parameters[i].key, (size_t)(equals - *texts)) ||
                strlen(family->parameters[i].key) != (size_t)(equals - *texts)))
            i++;
        if (i == family->parameter_count)
            return 0;
        read_values(&arguments[i], storage + i * MOST_VALUES, equals + 1);
    }
    return 1;
}

static void print_all(const flc_distribution *distribution, double *u)
{
    size_t count = 0;
    while (count < MOST_PROBABILITIES && scanf("%lf", &u[count]) == 1)
        count++;
    double *x = u + MOST_PROBABILITIES;
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
    double *storage = FLC_NEW(double, MOST_PARAMETERS *MOST_VALUES, &error);
    double *u = FLC_NEW(double, 2 * MOST_PROBABILITIES, &error);
    const flc_family *family = count > 1 ? flc_family_find(texts[1]) : NULL;
    int code = 2;
    if (!storage || !u || !family || !read_arguments(family, arguments, storage, texts + 2))
        goto done;
    if (family->create(&distribution, arguments, &error) == FLC_OK) {
        print_all(distribution, u);
        code = 0;
    } else {
        printf("error: %s\n", error.text);
        code = 1;
    }
done:
    flc_distribution_free(distribution);
    flc_free(storage);
    flc_free(u);
    return code;
}
