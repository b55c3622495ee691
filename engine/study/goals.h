/* Goals: how precisely a run is to know some of its outputs (fulcrum run --until).
 *
 *     MEP/leverage_ratio mean 0.5%              half width 0.5 % of the estimate
 *     MEP/leverage_ratio quantile 0.05 0.02     half width 0.02, in the output's unit
 *     MEP/fiscal_return probability >= 1 0.01   half width 0.01 of a probability
 *
 * Each is judged by a confidence sequence (statistics/sequences.h) at 1 - (1 - level)/count, so
 * that all intervals hold together at the level, at every look (Bonferroni). The half width is the
 * larger of the two sides of the estimate. A mean is that of the finite values, a quantile and a
 * probability those of the defined ones, as in all tables (statistics/summary.h). The interval of a
 * quantile takes in what the sketch cannot tell, and so never gets narrower than its cells.
 *
 * What is in a goal's answer is a function of the summary and of `met`, bit by bit. */
#ifndef FLC_STUDY_GOALS_H
#define FLC_STUDY_GOALS_H

#include <stdbool.h>

#include "statistics/summary.h"
#include "study/metrics.h"

#define FLC_GOALS_LEVEL 0.95
enum { FLC_GOAL_TEXT = FLC_OUTPUT_NAME + 128 };

typedef enum flc_goal_kind { FLC_GOAL_MEAN, FLC_GOAL_QUANTILE, FLC_GOAL_PROBABILITY } flc_goal_kind;

typedef struct flc_goal {
    char text[FLC_GOAL_TEXT]; /* in one way of writing it: equal goals have equal texts */
    size_t name_length;       /* of the output's name, which `text` begins with */
    flc_goal_kind kind;
    flc_target target; /* the output; of a probability also threshold and side */
    double p;          /* of a quantile */
    double wanted;     /* half width: in the output's unit (a probability: 1), or relative */
    bool relative;     /* to the estimate */
    /* Answer. */
    uint64_t met, values; /* met: of a probability, set by the caller; values it is made from */
    double estimate, low, high, reached; /* reached: half width, as `wanted` */
    bool satisfied;
    const char *remark; /* why it is not satisfied, or what to know; "" */
} flc_goal;

typedef struct flc_goals {
    flc_goal *goal;
    size_t count;
    double alpha;            /* of each */
    uint64_t samples, looks; /* of the answers; 0: not judged yet */
} flc_goals;

/* What outputs are called: number of the output in the summary, and its name in one way of writing
 * it. */
typedef struct flc_goal_names {
    const void *context;
    flc_status (*find)(const void *context, size_t *output, char name[FLC_OUTPUT_NAME],
                       const char *word, flc_error *error);
} flc_goal_names;
/* The outputs of a study. */
flc_goal_names flc_goal_names_of(const flc_metrics *metrics);

/* From texts as above. The error says which, what is wrong and how to write it. */
flc_status flc_goals_create(flc_goals **goals, const flc_goal_names *names,
                            const char *const *texts, size_t count, flc_error *error);
void flc_goals_free(flc_goals *goals);

/* Answer all from the first `samples` samples. */
void flc_goals_judge(flc_goals *goals, const flc_summary *summary, uint64_t samples);

bool flc_goals_satisfied(const flc_goals *goals);
/* The goal farthest from what is wanted, once judged. */
const flc_goal *flc_goals_worst(const flc_goals *goals);
/* Samples in all that the worst seems to need, from the law of the root; infinite if unknown. */
double flc_goals_needed(const flc_goals *goals);

#endif
