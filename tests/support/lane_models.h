/* Models of a few numbers a sample, as rows of evaluations (sensitivity/rows.h), for tests of
 * estimators of sensitivity whose answers are known. */
#ifndef TESTS_SUPPORT_LANE_MODELS_H
#define TESTS_SUPPORT_LANE_MODELS_H

#include "design/design.h"
#include "sensitivity/rows.h"
#include "statistics/collector.h"

enum { LANE_NUMBERS = 32, LANE_OUTPUTS = 32 }; /* at most */

struct lane_model {
    const char *name;
    size_t numbers, outputs;
    bool normal;                           /* standard normals, else uniforms in (0,1) */
    const double *covariance;              /* [numbers][numbers] of dependent normals, or NULL */
    void (*f)(double *y, const double *x); /* of one lane */
    size_t factors;                        /* 0: one a number */
    const size_t *factor_of;               /* [numbers], of groups */
    const bool *reaches;                   /* [factors][outputs], or NULL: all do */
};

extern const struct lane_model model_ishigami, model_g, model_morris, model_borehole, model_oakley,
    model_pair, model_triple, model_alike;
/* By name, or NULL. */
const struct lane_model *lane_model_find(const char *name);

struct lane_rows {
    flc_rows rows;
    const struct lane_model *model;
    bool screening; /* on the grid (k + 1/2)/4; released numbers move by 1/2 */
    flc_draws *draws;
    uint32_t names[2][LANE_NUMBERS];
    double draw[2][LANE_NUMBERS][FLC_BLOCK]; /* of the block at hand: A, B */
    double sign[LANE_NUMBERS][FLC_BLOCK];
    double sample[2 * LANE_OUTPUTS + 1][FLC_BLOCK], values[2 * LANE_OUTPUTS + 1][FLC_BLOCK];
    size_t place[LANE_OUTPUTS], outputs[LANE_NUMBERS][LANE_OUTPUTS];
    flc_reach reach[LANE_NUMBERS];
    bool dependent[LANE_NUMBERS];
    unsigned long evaluations;
};

struct lane_rows *lane_rows_create(const struct lane_model *model, flc_design design, uint64_t seed,
                                   uint64_t samples, bool screening);
void lane_rows_free(struct lane_rows *own);
/* Stand on the block that begins with sample `first`; values of the sample itself. */
const double *lane_rows_block(struct lane_rows *own, uint64_t first);
/* Add samples begin ... end-1, begin a multiple of FLC_BLOCK. */
void lane_rows_add(struct lane_rows *own, flc_collector *collector, flc_isa isa, uint64_t begin,
                   uint64_t end);

/* Equal records, all of them. */
bool lane_records_equal(const flc_collector *a, const flc_collector *b);
/* Add all records of `from` to `to`. */
flc_status lane_records_merge(flc_collector *to, const flc_collector *from);

#endif
