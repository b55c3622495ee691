/* What the files of voi.h share. */
#ifndef FLC_SENSITIVITY_VOI_PRIV_H
#define FLC_SENSITIVITY_VOI_PRIV_H

#include "design/design.h"
#include "sensitivity/voi.h"

/* ---- lessons (voi_lessons.c) ----------------------------------------------------------------- */

/* Samples of one block. */
struct flc_voi_block {
    size_t count;    /* lanes that are there */
    double *utility; /* [alternatives][FLC_BLOCK] */
    uint16_t *cell;  /* [quantities][FLC_BLOCK] */
    double *weight;  /* [FLC_BLOCK] 1 where all utilities are finite, else 0 */
};

struct flc_voi_lessons {
    flc_collector collector;
    const flc_voi_problem *problem;
    size_t blocks;
    struct flc_voi_block *block; /* [blocks] utility NULL: not here */
};

const struct flc_voi_lessons *flc_voi_lessons_of(const flc_collector *lessons);

/* Cells of the quantities in a block of values. */
void flc_voi_find_cells(const flc_voi_problem *problem, uint16_t *cell, const double *values);
/* weight[l] = 1 where all utilities of lane l < count are finite, else 0; returns how many are. */
size_t flc_voi_weigh(const flc_voi_problem *problem, double *weight, const double *values,
                     size_t count);

/* ---- the rule (voi_rule.c) ------------------------------------------------------------------- */

/* Rival r = 0 ... alternatives-2 is alternative r + 1, whose utility is taken less that of
 * alternative 0. */
static inline size_t flc_voi_rivals(const flc_voi_problem *problem)
{
    return problem->alternatives - 1;
}

/* A column of a group's regression. */
enum flc_voi_kind {
    FLC_VOI_CURVE,  /* spline of `a` */
    FLC_VOI_CURVES, /* splines of `a` and `b` multiplied */
    FLC_VOI_SCORES  /* scores z of both multiplied */
};
struct flc_voi_term {
    uint32_t kind, a, b, unused; /* no bytes without meaning */
    double weight;
};

struct flc_voi_rule {
    const flc_voi_problem *problem;
    uint64_t used;         /* samples it was learned from */
    size_t best;           /* the choice without knowledge */
    double *mean;          /* [rivals] of utility less that of alternative 0 */
    double *promise;       /* [things][2] and its standard error */
    double *curves;        /* [quantities][rivals][cells] less their mean */
    unsigned char *choice; /* [quantities][cells] */
    double *constant;      /* [groups][rivals] */
    uint64_t *first;       /* [groups * rivals + 1] terms of each regression */
    struct flc_voi_term *terms;
    double score[FLC_VOI_CELLS];
};

flc_status flc_voi_rule_create(flc_voi_rule **rule, const flc_voi_problem *problem,
                               flc_error *error);
static inline double *flc_voi_curve(const flc_voi_rule *rule, size_t quantity, size_t rival)
{
    return rule->curves + (quantity * flc_voi_rivals(rule->problem) + rival) * FLC_VOI_CELLS;
}
/* Values of a term's column for a block's cells; 0 where `weight` is 0. */
void flc_voi_column(const flc_voi_rule *rule, double *column, const struct flc_voi_term *term,
                    size_t rival, const uint16_t *cell, const double *weight);
/* fitted[rivals][FLC_BLOCK] of a group, and from fitted values what to take, best first. */
void flc_voi_fit_group(const flc_voi_rule *rule, double *fitted, size_t group,
                       const uint16_t *cell);
void flc_voi_fit_quantity(const flc_voi_rule *rule, double *fitted, size_t quantity,
                          const uint16_t *cell);
size_t flc_voi_choose(const flc_voi_rule *rule, const double *fitted, size_t stride, size_t lane);

/* ---- regressions ----------------------------------------------------------------------------- */

/* Sum of a[i] b[i] over a block, in one fixed order that vectorises. */
double flc_voi_dot(const double *a, const double *b);
/* Rival `rival`'s utility less its mean in the rule, 0 where the weight is 0. */
void flc_voi_response(const flc_voi_rule *rule, double *response, size_t rival,
                      const struct flc_voi_block *block);
/* x with A x = b for a symmetric positive definite matrix, of which only the lower triangle is read
 * and which becomes its factor; false where it is not positive definite. x may be b. */
bool flc_voi_factor(double *matrix, size_t count);
void flc_voi_solve(const double *factor, double *x, size_t count);

/* voi_curves.c: curves of all quantities, their choices, and explained[quantities], the share of
 * variance that the curves explain, summed over rivals. */
flc_status flc_voi_learn_curves(flc_voi_rule *rule, double *explained,
                                const struct flc_voi_lessons *lessons, flc_error *error);
/* voi_groups.c: regressions of all groups. */
flc_status flc_voi_learn_groups(flc_voi_rule *rule, const double *explained,
                                const struct flc_voi_lessons *lessons, flc_error *error);

#endif
