/* Draws of any design by address, as the library gives them. Each line of standard input: design,
 * seed, number of samples, sample, index, name; for each, one line: the bits of the uniform and the
 * normal, in hexadecimal. The draw is read from lane `sample % 7` of a block on the instruction set
 * of FULCRUM_ISA. With the argument `directions`: the direction numbers of all 64 dimensions
 * instead, one dimension a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/elementary.h"
#include "design/design.h"
#include "design/sobol.h"

struct address {
    char design[16], name[4096];
    uint64_t sample;
    flc_points points;
    unsigned index;
};

static flc_status print_draw(struct address *at, flc_error *error)
{
    const uint64_t lane = at->sample % 7;
    double uniforms[FLC_BLOCK], normals[FLC_BLOCK];
    uint32_t number = 0;
    flc_draws *draws = NULL;
    flc_names *names = flc_names_create(error);
    flc_status status = names ? flc_names_add(names, &number, at->name, error) : FLC_ERROR_MEMORY;
    if (status == FLC_OK)
        status = flc_design_find(&at->points.design, at->design, error);
    if (status == FLC_OK)
        status = flc_design_create(&draws, names, &at->points, flc_isa_select(), error);
    if (status == FLC_OK) {
        flc_draws_seek(draws, at->sample - lane);
        flc_draws_uniform(draws, number, at->index, uniforms);
        flc_draws_normal(draws, number, at->index, normals);
        printf("%016" PRIx64 " %016" PRIx64 "\n", flc_bits(uniforms[lane]),
               flc_bits(normals[lane]));
    }
    flc_draws_free(draws);
    flc_names_free(names);
    return status;
}

static void print_directions(void)
{
    uint32_t columns[32];
    for (unsigned t = 0; t < FLC_INDICES; t++) {
        flc_sobol_directions(columns, t);
        for (int c = 0; c < 32; c++)
            printf("%08" PRIx32 "%c", columns[c], c == 31 ? '\n' : ' ');
    }
}

int main(int count, char **arguments)
{
    static struct address at;
    flc_error error;
    (void)arguments;
    if (count > 1) {
        print_directions();
        return EXIT_SUCCESS;
    }
    while (scanf("%15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %4095s", at.design, &at.points.seed,
                 &at.points.samples, &at.sample, &at.index, at.name) == 6)
        if (print_draw(&at, &error) != FLC_OK) {
            fprintf(stderr, "%s\n", error.text);
            return EXIT_FAILURE;
        }
    return EXIT_SUCCESS;
}
