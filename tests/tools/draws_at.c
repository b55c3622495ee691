/* Draws by address, as the library gives them. Each line of standard input: seed, sample, index,
 * name; for each, one line: the 64-bit output, and the bits of the uniform and the normal, in
 * hexadecimal. The draw is read from lane `sample % 7` of a block on the instruction set of
 * FULCRUM_ISA. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/elementary.h"
#include "random/streams.h"

static flc_status print_draw(uint64_t seed, uint64_t sample, unsigned index, const char *name,
                             flc_error *error)
{
    const uint64_t lane = sample % 7;
    uint64_t outputs[FLC_BLOCK];
    double uniforms[FLC_BLOCK], normals[FLC_BLOCK];
    uint32_t number = 0;
    flc_draws *draws = NULL;
    flc_names *names = flc_names_create(error);
    flc_status status = names ? flc_names_add(names, &number, name, error) : FLC_ERROR_MEMORY;
    if (status == FLC_OK)
        status = flc_streams_create(&draws, names, seed, flc_isa_select(), error);
    if (status == FLC_OK) {
        flc_draws_seek(draws, sample - lane);
        flc_streams_outputs(draws, number, index, outputs);
        flc_draws_uniform(draws, number, index, uniforms);
        flc_draws_normal(draws, number, index, normals);
        printf("%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", outputs[lane],
               flc_bits(uniforms[lane]), flc_bits(normals[lane]));
    }
    flc_draws_free(draws);
    flc_names_free(names);
    return status;
}

int main(void)
{
    uint64_t seed, sample;
    unsigned index;
    char name[4096];
    flc_error error;
    while (scanf("%" SCNu64 " %" SCNu64 " %u %4095s", &seed, &sample, &index, name) == 4)
        if (print_draw(seed, sample, index, name, &error) != FLC_OK) {
            fprintf(stderr, "%s\n", error.text);
            return EXIT_FAILURE;
        }
    return EXIT_SUCCESS;
}
