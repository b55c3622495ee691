/* What the designs share: how a block is made of points and replicates, and the constants that a
 * name draws for itself. */
#ifndef FLC_DESIGN_DESIGN_PRIV_H
#define FLC_DESIGN_DESIGN_PRIV_H

#include "design/design.h"

/* A block that begins anywhere is part of FLC_DESIGN_ROWS points of every replicate: lane 16 q + r
 * is point first + q of replicate r. Where the block begins with replicate 0, it is all lanes of
 * the first 12 rows, otherwise FLC_BLOCK lanes from `skip` on of 13. */
enum {
    FLC_DESIGN_ROWS = FLC_BLOCK / FLC_REPLICATES + 1,
    FLC_DESIGN_LANES = FLC_DESIGN_ROWS * FLC_REPLICATES
};
typedef struct flc_point_rows {
    uint32_t first; /* point */
    size_t count, skip;
} flc_point_rows;
void flc_point_rows_init(flc_point_rows *rows, uint64_t first);

/* A design's constants of a name are outputs of the name's stream that no sample takes: those from
 * number 2^64 on, in this order. */
enum { FLC_DESIGN_COLUMNS = 32 };
typedef struct flc_design_constants {
    uint32_t shuffle[FLC_DESIGN_COLUMNS]; /* the upper halves of the first 32 */
    uint64_t scramble;                    /* the next: scrambles of sobol */
    uint64_t permute;                     /* the one after: permutations of lhs */
} flc_design_constants;
void flc_design_constants_init(flc_design_constants *constants, uint64_t seed, const char *name);

/* A design: one constant struct per file. */
struct flc_design_operations {
    const char *name, *title;
    bool extends;
    flc_status (*check)(uint64_t samples, flc_error *error);
    flc_status (*create)(flc_draws **draws, const flc_names *names, const flc_points *points,
                         flc_isa isa, flc_error *error);
};
extern const struct flc_design_operations flc_design_latin, flc_design_sobol;

#endif
