/* Two result files side by side: what differs in what was asked, and in what came out, in units of
 * standard error (statistics/contrast.h).
 *
 * An output of one file (program, metric, member, fiscal year) is paired with that of the same
 * names in the other; a quantile with that of the same probability; a target with that of the same
 * output, direction and threshold. What has no partner is listed by the largest thing that is
 * missing: a program, a fiscal year, a metric, else the output itself.
 *
 * Two outputs are equal where every statistic has the same value (NaN equals NaN); two files are
 * equal where all their variables are, but for the study as its authors wrote it, whose comments
 * decide nothing, and the state, in which they stand again. Attributes are not values. */
#ifndef FLC_STORE_COMPARISON_H
#define FLC_STORE_COMPARISON_H

#include <stdbool.h>

#include "base/memory.h"
#include "statistics/contrast.h"
#include "store/result_view.h"
#include "study/difference.h"

/* A mean, quantile or share that both files have. */
typedef struct flc_compared {
    const char *name; /* "MEP/federal/2030", with the quantile or what is counted behind it */
    double value[2];
    flc_contrast contrast;
    bool furthest; /* of the quantiles of an output the one with the largest |z|; else true */
    size_t number; /* place in the file */
} flc_compared;

/* Thresholds of |z| that are counted. */
enum { FLC_COMPARED_LEVELS = 3 };
extern const double flc_compared_level[FLC_COMPARED_LEVELS];

typedef struct flc_compared_list {
    flc_compared *items; /* by falling |z|, where equal in the order of the file */
    size_t count, capacity;
    size_t judged;                      /* with a standard error, finite and above 0 */
    size_t beyond[FLC_COMPARED_LEVELS]; /* of those, |z| above the level */
    size_t certain;                     /* differ without a standard error */
    size_t one_sided;                   /* defined in one file only */
    size_t unknown;                     /* differ, but too few samples tell how surely */
    const flc_compared *largest;        /* of the judged the one with the largest |z| */
} flc_compared_list;

/* Something that one file has and the other lacks, and how many outputs that is. */
typedef struct flc_lone {
    const char *what;
    size_t outputs;
} flc_lone;

typedef struct flc_lone_list {
    flc_lone *items;
    size_t count, capacity;
} flc_lone_list;

/* A fact of the run that differs: seed, samples, version, ... */
typedef struct flc_fact {
    const char *name, *value[2];
} flc_fact;

enum { FLC_FACTS_MOST = 16 };

typedef struct flc_comparison {
    flc_result_view file[2];
    flc_arena *arena;
    bool same_bytes;
    bool chosen;                  /* only some outputs were asked for */
    bool same_seed, same_samples; /* the numbers asked for */
    flc_fact facts[FLC_FACTS_MOST];
    size_t fact_count;
    const flc_study_change *changes; /* of the resolved studies */
    size_t change_count;
    size_t outputs, equal; /* that both have (and were asked for), and that are equal */
    flc_compared_list means, quantiles, shares;
    flc_lone_list lone[2];
    const char **variables; /* that differ or that only one file has; not where `chosen` */
    size_t variable_count, variables_seen;
} flc_comparison;

/* Which outputs: patterns with * and ?, NULL for all. `output` is "MEP/federal" (its years too),
 * "*" "/federal/2030", or a metric alone; `program` is a program's key. */
typedef struct flc_comparison_choice {
    const char *output, *program;
} flc_comparison_choice;

/* After an error the comparison is to be closed too. */
flc_status flc_comparison_open(flc_comparison *comparison, const char *const path[2],
                               flc_comparison_choice choice, flc_error *error);
void flc_comparison_close(flc_comparison *comparison);

/* All (chosen) values are. */
bool flc_comparison_equal(const flc_comparison *comparison);

#endif
