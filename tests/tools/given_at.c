/* Sensitivity from given data of samples that come from outside: data sets on standard input, one
 * after the other, estimates as text on standard output.
 *
 *   given_at LEVEL RESAMPLES SEED CLASSES CELLS [ISA]
 *
 * A data set, all 8 bytes little-endian: samples N, samples given T >= max(N, 3072), quantities d,
 * outputs (whole numbers); then doubles reach[d][outputs] (0 or 1), u[d][T], x[d][T],
 * y[outputs][T]. The first 3072 are the pilot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sensitivity/given_data.h"

struct set {
    uint64_t samples, given, quantities, outputs;
    double *reach, *u, *x, *y;
    double *block[3]; /* u, x, y of the block at hand */
};

static double *read_doubles(size_t count)
{
    double *values = FLC_NEW(double, count, NULL);
    if (!values || fread(values, sizeof *values, count, stdin) != count) {
        fputs("given_at: the data end too early\n", stderr);
        exit(1);
    }
    return values;
}

static int read_set(struct set *set)
{
    uint64_t head[4];
    if (fread(head, sizeof head, 1, stdin) != 1)
        return 0;
    *set = (struct set){head[0], head[1], head[2], head[3], NULL, NULL, NULL, NULL, {NULL}};
    set->reach = read_doubles(set->quantities * set->outputs);
    set->u = read_doubles(set->quantities * set->given);
    set->x = read_doubles(set->quantities * set->given);
    set->y = read_doubles(set->outputs * set->given);
    set->block[0] = set->block[1] = NULL;
    set->block[0] = FLC_NEW(double, set->quantities *FLC_BLOCK, NULL);
    set->block[1] = FLC_NEW(double, set->quantities *FLC_BLOCK, NULL);
    set->block[2] = FLC_NEW(double, set->outputs *FLC_BLOCK, NULL);
    return 1;
}

static void free_set(struct set *set)
{
    flc_free(set->reach);
    flc_free(set->u);
    flc_free(set->x);
    flc_free(set->y);
    for (int i = 0; i < 3; i++)
        flc_free(set->block[i]);
}

/* Lanes behind the end repeat the last sample: they must not count. */
static void take_block(struct set *set, uint64_t first)
{
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        const uint64_t i = first + l < set->given ? first + l : set->given - 1;
        for (size_t q = 0; q < set->quantities; q++) {
            set->block[0][q * FLC_BLOCK + l] = set->u[q * set->given + i];
            set->block[1][q * FLC_BLOCK + l] = set->x[q * set->given + i];
        }
        for (size_t o = 0; o < set->outputs; o++)
            set->block[2][o * FLC_BLOCK + l] = set->y[o * set->given + i];
    }
}

static const double *uniforms(void *context)
{
    return ((struct set *)context)->block[0];
}

static const double *values(void *context)
{
    return ((struct set *)context)->block[1];
}

static flc_collector *make(struct set *set, size_t classes, size_t cells, flc_error *error)
{
    size_t *place = FLC_NEW(size_t, set->outputs, NULL);
    size_t *lists = FLC_NEW(size_t, set->quantities * set->outputs, NULL);
    flc_reach *reach = FLC_NEW(flc_reach, set->quantities, NULL);
    for (size_t q = 0; q < set->quantities; q++) {
        size_t *list = lists + q * set->outputs;
        reach[q].outputs = list;
        for (size_t o = 0; o < set->outputs; o++)
            if (set->reach[q * set->outputs + o] != 0.0)
                list[reach[q].count++] = o;
    }
    for (size_t o = 0; o < set->outputs; o++)
        place[o] = o;
    const flc_given_data_plan plan = {
        set->outputs, place, reach, {set, set->quantities, uniforms, values},
        classes,      cells, false};
    flc_collector *collector = flc_given_data_create(&plan, error);
    flc_free(place);
    flc_free(lists);
    flc_free(reach);
    return collector;
}

static flc_status fill(flc_collector *collector, struct set *set, flc_isa isa, flc_error *error)
{
    flc_status status = FLC_OK;
    for (uint64_t b = 0; status == FLC_OK && b < FLC_GIVEN_DATA_PILOT; b++) {
        take_block(set, b * FLC_BLOCK);
        status = flc_given_data_pilot(collector, set->block[2], error);
    }
    for (uint64_t at = 0; status == FLC_OK && at < set->samples; at += FLC_BLOCK) {
        const uint64_t left = set->samples - at;
        take_block(set, at);
        status = flc_collector_add(collector, isa, set->block[2], at,
                                   left < FLC_BLOCK ? left : FLC_BLOCK, error);
    }
    return status;
}

static void show(const char *name, const flc_estimate *index)
{
    printf(" %s %.17g %.17g %.17g %.17g", name, index->value, index->error, index->low,
           index->high);
}

static flc_status print(const flc_collector *collector, const struct set *set,
                        const flc_given_data_question *question, flc_error *error)
{
    flc_given_data_row *rows = FLC_NEW(flc_given_data_row, set->quantities, error);
    flc_status status = FLC_OK;
    for (size_t o = 0; status == FLC_OK && o < set->outputs; o++) {
        flc_given_data_output about;
        status = flc_given_data_read(collector, &about, rows, o, question, error);
        printf("output %zu samples %ju undefined %ju minus %ju plus %ju outside %d", o,
               (uintmax_t)about.samples, (uintmax_t)about.undefined,
               (uintmax_t)about.minus_infinite, (uintmax_t)about.plus_infinite, about.outside);
        show("linear", &about.linear);
        show("rank_linear", &about.rank_linear);
        puts("");
        for (size_t k = 0; k < flc_given_data_reaching(collector, o); k++) {
            printf("pair %zu %zu", o, rows[k].quantity);
            show("first", &rows[k].first);
            show("delta", &rows[k].delta);
            show("median", &rows[k].pawn_median);
            show("maximum", &rows[k].pawn_maximum);
            show("src", &rows[k].src);
            show("srrc", &rows[k].srrc);
            printf(" plain %.17g %.17g %.17g %.17g critical %.17g %.17g redundant %d\n",
                   rows[k].first_partition, rows[k].delta_partition, rows[k].pawn_median_plain,
                   rows[k].pawn_maximum_plain, rows[k].pawn_median_critical,
                   rows[k].pawn_maximum_critical, rows[k].redundant);
        }
    }
    flc_free(rows);
    return status;
}

int main(int argc, char **argv)
{
    struct set set;
    flc_error error = {FLC_OK, ""};
    if (argc < 6)
        return 2;
    const flc_given_data_question question = {strtod(argv[1], NULL), strtoul(argv[2], NULL, 10),
                                              strtoull(argv[3], NULL, 10)};
    const flc_isa isa = argc > 6 ? (flc_isa)strtoul(argv[6], NULL, 10) : flc_isa_select();
    while (read_set(&set)) {
        flc_collector *collector =
            make(&set, strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10), &error);
        if (!collector || fill(collector, &set, isa, &error) != FLC_OK ||
            print(collector, &set, &question, &error) != FLC_OK)
            fprintf(stderr, "given_at: %s\n", error.text);
        puts("end");
        flc_collector_free(collector);
        free_set(&set);
    }
    return error.status;
}
