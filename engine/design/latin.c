/* Latin hypercube sampling (McKay, Beckman and Conover 1979, "A comparison of three methods for
 * selecting values of input variables"; Stein 1987, "Large sample properties of simulations using
 * Latin hypercube sampling").
 *
 * Each replicate has n = N/16 points, and for every (name, index) exactly one in each of n strata
 * of equal probability: u = (pi(p) + v)/n for point p, where v is the plain Monte Carlo draw of the
 * same sample and pi a permutation of 0 ... n-1 that depends on seed, name, index and replicate. So
 * the part of an output that is a sum over single draws is integrated nearly without error; what
 * draws do together is left as in Monte Carlo.
 *
 * No permutation is stored: pi(p) is computed where it is wanted, by a keyed shuffle of the cells
 * of a grid of about sqrt(n) by sqrt(n) that adds to the row a function of the column and to the
 * column one of the row, two times or more (a Feistel network on a mixed radix), repeated where
 * it ends beyond stratum n-1 (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
 *
 * Limits: N is a multiple of 16, known before the first sample, and cannot be extended: other N,
 * other strata. Samples from number N on (the rest of a last block) repeat strata.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "design/design_kernel.h"
#include "random/streams.h"

/* The source; `draws` first, so that the two pointers are one. */
struct latin {
    flc_draws draws;
    flc_isa isa;
    const struct flc_latin_kernels *kernels;
    size_t count;
    uint64_t *constants; /* by number of the name */
    flc_draws *streams;  /* where in the stratum */
    flc_latin_grid grid;
    flc_latin_places places;
    flc_point_rows rows;
};

static void seek(flc_draws *draws, uint64_t first)
{
    struct latin *latin = (struct latin *)draws;
    flc_latin_grid *grid = &latin->grid;
    flc_draws_seek(latin->streams, first);
    flc_point_rows_init(&latin->rows, first);
    for (size_t q = 0; q < FLC_DESIGN_ROWS; q++) {
        const uint32_t point = (uint32_t)((flc_design_point(first) + q) % grid->strata);
        grid->left[q] = point / grid->width;
        grid->right[q] = point % grid->width;
    }
}

static void uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct latin *latin = (const struct latin *)draws;
    uint32_t strata[FLC_DESIGN_LANES];
    FLC_ASSERT(name < latin->count && index < FLC_INDICES);
    flc_draws_uniform(latin->streams, name, index, out);
    latin->kernels->strata(strata, &latin->grid, latin->rows.count, latin->constants[name], index);
    latin->kernels->place(out, strata + latin->rows.skip, &latin->places);
}

static void normals(const flc_draws *draws, const uint32_t *names, size_t count, unsigned index,
                    double *out)
{
    flc_normals_of_uniforms(((const struct latin *)draws)->isa, draws, names, count, index, out);
}

static void normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    normals(draws, &name, 1, index, out);
}

static void free_latin(flc_draws *draws)
{
    struct latin *latin = (struct latin *)draws;
    flc_draws_free(latin->streams);
    flc_free(latin->constants);
    flc_free(latin);
}

/* The smallest width whose square holds all strata, and rows enough. What is left of the order
 * before shrinks with each round by the width; down to 2^-12 it is too little to see. */
static void grid_init(flc_latin_grid *grid, uint64_t strata)
{
    uint64_t width = 1;
    while (width * width < strata)
        width++;
    grid->strata = (uint32_t)strata;
    grid->width = (uint32_t)width;
    grid->height = (uint32_t)((strata + width - 1) / width);
    grid->rounds = 2;
    for (uint64_t reach = width * width; width > 1 && reach < 1 << 12; reach *= width)
        grid->rounds++;
}

static flc_status create(flc_draws **draws, const flc_names *names, const flc_points *points,
                         flc_isa isa, flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = seek, .uniform = uniform, .normal = normal, .free = free_latin, .normals = normals};
    flc_status status;
    *draws = NULL;
    struct latin *latin = FLC_NEW(struct latin, 1, error);
    if (!latin)
        return FLC_ERROR_MEMORY;
    latin->draws.operations = &operations;
    latin->isa = isa;
    latin->kernels = FLC_ISA_PICK(flc_latin_kernels, isa);
    latin->count = flc_names_count(names);
    latin->constants = FLC_NEW(uint64_t, latin->count, error);
    status = latin->constants ? flc_streams_create(&latin->streams, names, points->seed, isa, error)
                              : FLC_ERROR_MEMORY;
    if (status != FLC_OK) {
        free_latin(&latin->draws);
        return status;
    }
    for (size_t i = 0; i < latin->count; i++) {
        flc_design_constants constants;
        flc_design_constants_init(&constants, points->seed, flc_names_text(names, (uint32_t)i));
        latin->constants[i] = constants.permute;
    }
    grid_init(&latin->grid, flc_design_point(points->samples));
    latin->places = (flc_latin_places){(double)latin->grid.strata, 0x1p-53, 1.0 - 0x1p-53};
    seek(&latin->draws, 0);
    *draws = &latin->draws;
    return FLC_OK;
}

static flc_status check(uint64_t samples, flc_error *error)
{
    const uint64_t below = samples - samples % FLC_REPLICATES;
    if (samples >= FLC_REPLICATES && samples == below)
        return FLC_OK;
    if (below == 0)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%" PRIu64 " samples: design lhs takes multiples of %d; take %d",
                             samples, FLC_REPLICATES, FLC_REPLICATES);
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%" PRIu64 " samples: design lhs takes multiples of %d, so that its "
                         "replicates are equal; take %" PRIu64 " or %" PRIu64,
                         samples, FLC_REPLICATES, below, below + FLC_REPLICATES);
}

const struct flc_design_operations flc_design_latin = {"lhs", "Latin hypercube", false, check,
                                                       create};
