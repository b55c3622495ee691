/* Endless 64-bit outputs on standard output, in the orders in which the model uses streams, for
 * batteries of statistical tests (tests/soak.sh). Usage: draws_raw ORDER [SEED] samples  one name,
 * one index, sample after sample: what a parameter sees years    one name, 15 years of a sample,
 * then the next sample: what a unit's shocks see names    64 names that differ in one character or
 * digit, at one sample and index after the other seeds    the first samples of 256 seeds that
 * follow one another, interleaved Each tells neighbours of one kind apart; a fault in hashing,
 * seeding or jumping is visible in one of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random/streams.h"

enum { YEARS = 15, ROWS = 256 };

/* rows[r] holds a block of outputs; they are written lane by lane, so that rows are interleaved. */
struct plan {
    flc_draws *sources[ROWS];
    uint32_t names[ROWS];
    unsigned indices[ROWS];
    size_t rows;
};

static int write_block(const struct plan *plan, uint64_t (*block)[FLC_BLOCK], uint64_t *line,
                       uint64_t first)
{
    for (size_t r = 0; r < plan->rows; r++) {
        if (r == 0 || plan->sources[r] != plan->sources[r - 1])
            flc_draws_seek(plan->sources[r], first);
        flc_streams_outputs(plan->sources[r], plan->names[r], plan->indices[r], block[r]);
    }
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        for (size_t r = 0; r < plan->rows; r++)
            line[r] = block[r][l];
        if (fwrite(line, sizeof *line, plan->rows, stdout) != plan->rows)
            return 0;
    }
    return 1;
}

static flc_status add_names(flc_names *names, size_t count, flc_error *error)
{
    char name[64];
    uint32_t number;
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "programs/MEP/unit/%zu.%zu/revenue", 1988 + i / 16, i % 16);
        const flc_status status = flc_names_add(names, &number, name, error);
        if (status != FLC_OK)
            return status;
    }
    return FLC_OK;
}

/* Rows of the order, each a (source, name, index). */
static int make_rows(struct plan *plan, const char *order)
{
    static const struct {
        const char *order;
        size_t rows;
    } orders[] = {{"samples", 1}, {"years", YEARS}, {"names", 64}, {"seeds", ROWS}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (strcmp(order, orders[i].order) == 0)
            plan->rows = orders[i].rows;
    for (size_t r = 0; r < plan->rows; r++) {
        plan->names[r] = order[0] == 'n' ? (uint32_t)r : 0;
        plan->indices[r] = order[0] == 'y' ? (unsigned)r : 0;
    }
    return plan->rows > 0;
}

static flc_status make_sources(struct plan *plan, const flc_names *names, const char *order,
                               uint64_t seed, flc_error *error)
{
    for (size_t r = 0; r < plan->rows; r++) {
        if (r > 0 && order[0] != 's') {
            plan->sources[r] = plan->sources[0];
            continue;
        }
        const flc_status status =
            flc_streams_create(&plan->sources[r], names, seed + r, flc_isa_select(), error);
        if (status != FLC_OK)
            return status;
    }
    return FLC_OK;
}

int main(int count, char **arguments)
{
    static struct plan plan;
    static uint64_t block[ROWS][FLC_BLOCK], line[ROWS];
    flc_error error = {FLC_OK, "usage: draws_raw samples|years|names|seeds [SEED]"};
    if (count < 2 || !make_rows(&plan, arguments[1])) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    const uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    flc_names *names = flc_names_create(&error);
    if (!names || add_names(names, 64, &error) != FLC_OK ||
        make_sources(&plan, names, arguments[1], seed, &error) != FLC_OK) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    uint64_t first = 0;
    while (write_block(&plan, block, line, first))
        first += FLC_BLOCK;
    return EXIT_SUCCESS;
}
