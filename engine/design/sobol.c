#include "design/sobol.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "design/design_kernel.h"
#include "random/streams.h"

/* Primitive polynomials over GF(2), bit j the coefficient of x^j, and the initial numbers m_1, m_2,
 * ...: dimensions 2 to 64. */
enum { DEGREE = 9 };
static const struct {
    uint16_t polynomial, initial[DEGREE];
} directions[FLC_INDICES - 1] = {{3, {1}},
                                 {7, {1, 3}},
                                 {11, {1, 3, 1}},
                                 {13, {1, 1, 1}},
                                 {19, {1, 1, 3, 3}},
                                 {25, {1, 3, 5, 13}},
                                 {37, {1, 1, 5, 5, 17}},
                                 {41, {1, 1, 5, 5, 5}},
                                 {47, {1, 1, 7, 11, 19}},
                                 {55, {1, 1, 5, 1, 1}},
                                 {59, {1, 1, 1, 3, 11}},
                                 {61, {1, 3, 5, 5, 31}},
                                 {67, {1, 3, 3, 9, 7, 49}},
                                 {91, {1, 1, 1, 15, 21, 21}},
                                 {97, {1, 3, 1, 13, 27, 49}},
                                 {103, {1, 1, 1, 15, 7, 5}},
                                 {109, {1, 3, 1, 15, 13, 25}},
                                 {115, {1, 1, 5, 5, 19, 61}},
                                 {131, {1, 3, 7, 11, 23, 15, 103}},
                                 {137, {1, 3, 7, 13, 13, 15, 69}},
                                 {143, {1, 1, 3, 13, 7, 35, 63}},
                                 {145, {1, 3, 5, 9, 1, 25, 53}},
                                 {157, {1, 3, 1, 13, 9, 35, 107}},
                                 {167, {1, 3, 1, 5, 27, 61, 31}},
                                 {171, {1, 1, 5, 11, 19, 41, 61}},
                                 {185, {1, 3, 5, 3, 3, 13, 69}},
                                 {191, {1, 1, 7, 13, 1, 19, 1}},
                                 {193, {1, 3, 7, 5, 13, 19, 59}},
                                 {203, {1, 1, 3, 9, 25, 29, 41}},
                                 {211, {1, 3, 5, 13, 23, 1, 55}},
                                 {213, {1, 3, 7, 3, 13, 59, 17}},
                                 {229, {1, 3, 1, 3, 5, 53, 69}},
                                 {239, {1, 1, 5, 5, 23, 33, 13}},
                                 {241, {1, 1, 7, 7, 1, 61, 123}},
                                 {247, {1, 1, 7, 9, 13, 61, 49}},
                                 {253, {1, 3, 3, 5, 3, 55, 33}},
                                 {285, {1, 3, 1, 15, 31, 13, 49, 245}},
                                 {299, {1, 3, 5, 15, 31, 59, 63, 97}},
                                 {301, {1, 3, 1, 11, 11, 11, 77, 249}},
                                 {333, {1, 3, 1, 11, 27, 43, 71, 9}},
                                 {351, {1, 1, 7, 15, 21, 11, 81, 45}},
                                 {355, {1, 3, 7, 3, 25, 31, 65, 79}},
                                 {357, {1, 3, 1, 1, 19, 11, 3, 205}},
                                 {361, {1, 1, 5, 9, 19, 21, 29, 157}},
                                 {369, {1, 3, 7, 11, 1, 33, 89, 185}},
                                 {391, {1, 3, 3, 3, 15, 9, 79, 71}},
                                 {397, {1, 3, 7, 11, 15, 39, 119, 27}},
                                 {425, {1, 1, 3, 1, 11, 31, 97, 225}},
                                 {451, {1, 1, 1, 3, 23, 43, 57, 177}},
                                 {463, {1, 3, 7, 7, 17, 17, 37, 71}},
                                 {487, {1, 3, 1, 5, 27, 63, 123, 213}},
                                 {501, {1, 1, 3, 5, 11, 43, 53, 133}},
                                 {529, {1, 3, 5, 5, 29, 17, 47, 173, 479}},
                                 {539, {1, 3, 3, 11, 3, 1, 109, 9, 69}},
                                 {545, {1, 1, 1, 5, 17, 39, 23, 5, 343}},
                                 {557, {1, 3, 1, 5, 25, 15, 31, 103, 499}},
                                 {563, {1, 1, 1, 11, 11, 17, 63, 105, 183}},
                                 {601, {1, 1, 5, 11, 9, 29, 97, 231, 363}},
                                 {607, {1, 1, 5, 15, 19, 45, 41, 7, 383}},
                                 {617, {1, 3, 7, 7, 31, 19, 83, 137, 221}},
                                 {623, {1, 1, 1, 3, 23, 15, 111, 223, 83}},
                                 {631, {1, 1, 5, 13, 31, 15, 55, 25, 161}},
                                 {637, {1, 1, 3, 13, 25, 47, 39, 87, 257}}};

/* Direction number k is m_k 2^-k; with its digits from bit 0 on the recurrence of m_k, for a
 * polynomial of degree s with coefficients a_j at x^(s-j), is v_k = a_1 v_(k-1) + ... + v_(k-s) +
 * 2^s v_(k-s), sums without carry. */
void flc_sobol_directions(uint32_t columns[32], unsigned index)
{
    FLC_ASSERT(index < FLC_INDICES);
    unsigned polynomial = index ? directions[index - 1].polynomial : 1;
    unsigned degree = 0;
    while (polynomial >> (degree + 1))
        degree++;
    for (unsigned k = 0; k < 32; k++) {
        columns[k] = index ? 0 : UINT32_C(1) << k;
        if (k < degree)
            for (unsigned j = 0; j <= k; j++)
                columns[k] |= (uint32_t)(directions[index - 1].initial[k] >> j & 1) << (k - j);
        else if (degree > 0)
            columns[k] = columns[k - degree] << degree;
        for (unsigned j = 1; k >= degree && j <= degree; j++)
            columns[k] ^= polynomial >> (degree - j) & 1 ? columns[k - j] : 0;
    }
}

/* The source; `draws` first, so that the two pointers are one. */
struct sobol {
    flc_draws draws;
    flc_isa isa;
    const struct flc_sobol_kernels *kernels;
    size_t count;
    flc_design_constants *constants; /* by number of the name; shuffles as columns of U */
    flc_point_rows rows;
    uint32_t generators[FLC_INDICES][32];
};

static void seek(flc_draws *draws, uint64_t first)
{
    struct sobol *sobol = (struct sobol *)draws;
    FLC_ASSERT(first <= 2 * FLC_DESIGN_SAMPLES - 2 * FLC_BLOCK);
    flc_point_rows_init(&sobol->rows, first);
}

static void uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct sobol *sobol = (const struct sobol *)draws;
    double lanes[FLC_DESIGN_LANES];
    FLC_ASSERT(name < sobol->count && index < FLC_INDICES);
    const flc_design_constants *constants = &sobol->constants[name];
    const size_t skip = sobol->rows.skip;
    sobol->kernels->uniform(skip ? lanes : out, &sobol->rows, constants->shuffle,
                            sobol->generators[index], constants->scramble, index);
    if (skip)
        memcpy(out, lanes + skip, FLC_BLOCK * sizeof *out);
}

static void normals(const flc_draws *draws, const uint32_t *names, size_t count, unsigned index,
                    double *out)
{
    flc_normals_of_uniforms(((const struct sobol *)draws)->isa, draws, names, count, index, out);
}

static void normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    normals(draws, &name, 1, index, out);
}

static void free_sobol(flc_draws *draws)
{
    flc_free(((struct sobol *)draws)->constants);
    flc_free(draws);
}

/* Random words to columns of a unit upper triangular matrix. */
static void make_triangular(uint32_t columns[FLC_DESIGN_COLUMNS])
{
    for (unsigned c = 0; c < FLC_DESIGN_COLUMNS; c++) {
        const uint32_t diagonal = UINT32_C(1) << c;
        columns[c] = (columns[c] & (diagonal - 1)) | diagonal;
    }
}

static flc_status create(flc_draws **draws, const flc_names *names, const flc_points *points,
                         flc_isa isa, flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = seek, .uniform = uniform, .normal = normal, .free = free_sobol, .normals = normals};
    *draws = NULL;
    struct sobol *sobol = FLC_NEW(struct sobol, 1, error);
    if (!sobol)
        return FLC_ERROR_MEMORY;
    sobol->draws.operations = &operations;
    sobol->isa = isa;
    sobol->kernels = FLC_ISA_PICK(flc_sobol_kernels, isa);
    sobol->count = flc_names_count(names);
    sobol->constants = FLC_NEW(flc_design_constants, sobol->count, error);
    if (!sobol->constants) {
        flc_free(sobol);
        return FLC_ERROR_MEMORY;
    }
    for (size_t i = 0; i < sobol->count; i++) {
        flc_design_constants_init(&sobol->constants[i], points->seed,
                                  flc_names_text(names, (uint32_t)i));
        make_triangular(sobol->constants[i].shuffle);
    }
    for (unsigned t = 0; t < FLC_INDICES; t++)
        flc_sobol_directions(sobol->generators[t], t);
    seek(&sobol->draws, 0);
    *draws = &sobol->draws;
    return FLC_OK;
}

static flc_status check(uint64_t samples, flc_error *error)
{
    uint64_t below = 2 * FLC_REPLICATES;
    if (samples < below)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%" PRIu64 " samples are too few for design sobol; take at least "
                             "%" PRIu64,
                             samples, below);
    while (below * 2 <= samples)
        below *= 2;
    if (samples == below)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%" PRIu64 " samples: Sobol' points are balanced at powers of two only; "
                         "take %" PRIu64 " or %" PRIu64,
                         samples, below, 2 * below);
}

const struct flc_design_operations flc_design_sobol = {"sobol", "scrambled Sobol' points", true,
                                                       check, create};
