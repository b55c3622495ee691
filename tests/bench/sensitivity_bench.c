/* Time of sensitivity estimates alone: 20 factors, 30 outputs all reached by each, 2^14 samples,
 * rows that are there already, first and total Sobol' indices with their intervals, and the same of
 * Shapley effects and of screening.
 *
 *     sensitivity_bench [ROUNDS]
 *
 * The median of rounds, on the processor's clock for the thread, for each instruction set: of all
 * blocks, per pair of a factor and an output and block, and of reading all indices. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "sensitivity/screening.h"
#include "sensitivity/shapley.h"
#include "sensitivity/sobol_indices.h"

enum {
    FACTORS = 20,
    OUTPUTS = 30,
    SAMPLES = 1 << 14,
    BLOCKS = (SAMPLES + FLC_BLOCK - 1) / FLC_BLOCK
};
enum { MOST_ROUNDS = 101, STORED = 16 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Rows made in advance, taken in turn: their values do not matter here. */
struct rows {
    flc_rows rows;
    size_t turn, outputs[OUTPUTS];
    flc_reach reach[FACTORS];
    bool dependent[FACTORS];
    double values[STORED][OUTPUTS][FLC_BLOCK];
};

static const double *evaluate(void *context, const bool *released)
{
    struct rows *own = context;
    (void)released;
    own->turn = (own->turn + 1) % STORED;
    return own->values[own->turn][0];
}

static void fill(struct rows *own)
{
    uint64_t x = 1;
    for (size_t i = 0; i < (size_t)STORED * OUTPUTS * FLC_BLOCK; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407U;
        own->values[i % STORED][i / STORED % OUTPUTS][i / STORED / OUTPUTS] =
            (double)(x >> 11) * 0x1p-53;
    }
    for (size_t o = 0; o < OUTPUTS; o++)
        own->outputs[o] = o;
    for (size_t f = 0; f < FACTORS; f++)
        own->reach[f] = (flc_reach){own->outputs, OUTPUTS};
    own->rows = (flc_rows){.context = own,
                           .outputs = OUTPUTS,
                           .place = own->outputs,
                           .factors = FACTORS,
                           .reach = own->reach,
                           .dependent = own->dependent,
                           .evaluate = evaluate};
}

enum method { SOBOL, SHAPLEY, SCREENING, METHODS };
static const char *const names[METHODS] = {"Sobol', first and total", "Shapley", "screening"};

static flc_collector *create(enum method method, struct rows *rows)
{
    const double *pilot = rows->values[0][0];
    if (method == SOBOL)
        return flc_sobol_create(&rows->rows, pilot, false, NULL);
    return method == SHAPLEY ? flc_shapley_create(&rows->rows, pilot, 1, NULL)
                             : flc_screening_create(&rows->rows, pilot, 0.5, NULL);
}

static double read_all(enum method method, const flc_collector *collector)
{
    double sum = 0;
    for (size_t o = 0; o < OUTPUTS; o++) {
        flc_sobol_index indices[FACTORS];
        flc_shapley_effect shapley[FACTORS];
        flc_screening_effect effects[FACTORS];
        if (method == SOBOL)
            flc_sobol_read(indices, NULL, collector, o, 0.95);
        else if (method == SHAPLEY)
            flc_shapley_read(shapley, collector, o, 0.95);
        else
            flc_screening_read(effects, collector, o, 0.95);
        sum += method == SOBOL     ? indices[0].total.value
               : method == SHAPLEY ? shapley[0].effect.value
                                   : effects[0].mu_star.value;
    }
    return sum;
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *times, size_t count)
{
    qsort(times, count, sizeof *times, ascending);
    return times[count / 2];
}

static double measure(enum method method, struct rows *rows, flc_isa isa, size_t rounds)
{
    double adding[MOST_ROUNDS], reading[MOST_ROUNDS], sum = 0;
    for (size_t i = 0; i < rounds; i++) {
        flc_collector *collector = create(method, rows);
        const double begin = seconds();
        for (size_t b = 0; b < BLOCKS; b++)
            flc_collector_add(collector, isa, rows->values[0][0], b * FLC_BLOCK, FLC_BLOCK, NULL);
        const double middle = seconds();
        sum += read_all(method, collector);
        reading[i] = seconds() - middle;
        adding[i] = middle - begin;
        flc_collector_free(collector);
    }
    const double add = median(adding, rounds), read = median(reading, rounds);
    printf("| %s | %s | %.2f ms | %.0f ns | %.2f ms |\n", names[method], flc_isa_name(isa),
           add * 1e3, add * 1e9 / (BLOCKS * FACTORS * OUTPUTS), read * 1e3);
    return sum;
}

int main(int argc, char **argv)
{
    const size_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    const size_t rounds = wanted < 1 ? 1 : wanted > MOST_ROUNDS ? MOST_ROUNDS : wanted;
    struct rows *rows = FLC_NEW(struct rows, 1, NULL);
    double sum = 0;
    fill(rows);
    printf("| %d factors, %d outputs, %d samples | set | all blocks | pair and block | reading |\n"
           "|---|---|---|---|---|\n",
           FACTORS, OUTPUTS, SAMPLES);
    for (int m = 0; m < METHODS; m++)
        for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
            if (flc_isa_available((flc_isa)isa))
                sum += measure((enum method)m, rows, (flc_isa)isa, rounds);
    flc_free(rows);
    return sum != sum; /* what was read is used */
}
