/* fulcrum check --plan: what a run will take, told from some seconds of it on one core. */
#ifndef FLC_COMMAND_PLAN_H
#define FLC_COMMAND_PLAN_H

#include "command/options.h"
#include "study/study.h"

struct cli_plan {
    struct cli_texts want; /* as --until takes them */
    const char *time;      /* NULL, or a time limit such as 1h */
    uint64_t samples;      /* 0: what is wanted most */
    uint64_t ranks;        /* 0: none in particular */
    double load;           /* seconds that reading the study took */
};

flc_status cli_plan_print(const flc_study *study, const struct cli_plan *plan, flc_error *error);

#endif
