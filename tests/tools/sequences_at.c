/* Confidence sequences as the library gives them. Each line of standard input is one of
 *
 *     mixture MET N P ALPHA        log of the mixture
 *     probability MET N ALPHA      low high
 *     ranks N P ALPHA              low high
 *     mean MEAN SD N ALPHA         low high
 *     look BLOCKS                  the next look, the number of looks so far
 *
 * and gives one line of numbers, doubles in hexadecimal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/sequences.h"

static void print_interval(flc_interval interval)
{
    printf("%a %a\n", interval.low, interval.high);
}

static int answer(const char *line)
{
    uint64_t met, n;
    double a, b, alpha;
    if (sscanf(line, "mixture %" SCNu64 " %" SCNu64 " %lf %lf", &met, &n, &a, &alpha) == 4)
        printf("%a\n", flc_sequences_log_mixture(met, n, a, alpha));
    else if (sscanf(line, "probability %" SCNu64 " %" SCNu64 " %lf", &met, &n, &alpha) == 3)
        print_interval(flc_sequences_probability(met, n, alpha));
    else if (sscanf(line, "mean %lf %lf %" SCNu64 " %lf", &a, &b, &n, &alpha) == 4)
        print_interval(flc_sequences_mean(a, b, n, alpha));
    else if (sscanf(line, "look %" SCNu64, &n) == 1)
        printf("%" PRIu64 " %" PRIu64 "\n", flc_sequences_next_look(n), flc_sequences_looks(n));
    else if (sscanf(line, "ranks %" SCNu64 " %lf %lf", &n, &a, &alpha) == 3) {
        flc_ranks ranks = flc_sequences_ranks(n, a, alpha);
        printf("%" PRIu64 " %" PRIu64 "\n", ranks.low, ranks.high);
    } else
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

int main(void)
{
    char line[512];
    while (fgets(line, sizeof line, stdin))
        if (answer(line) != EXIT_SUCCESS) {
            fprintf(stderr, "not understood: %s", line);
            return EXIT_FAILURE;
        }
    return EXIT_SUCCESS;
}
