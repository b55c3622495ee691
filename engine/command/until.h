/* Stopping at a stated precision (run --until): what is to be known (study/goals.h), counted beside
 * the run's distributions, judged at looks, told at the end. */
#ifndef FLC_COMMAND_UNTIL_H
#define FLC_COMMAND_UNTIL_H

#include "command/simulation.h"
#include "statistics/counted.h"
#include "store/result_view.h"
#include "study/goals.h"

enum { CLI_UNTIL_SAMPLES = 10000000 }; /* the most, where no --number is given */

struct cli_until {
    flc_goals *goals;
    flc_target *targets; /* of the goals */
    char *question;      /* of checkpoints: all goals */
    flc_source inside;   /* the run's own */
};

/* Before anything else: samples where none are given, and a design that goals are for. */
flc_status cli_until_check(struct cli_job *job, const struct cli_texts *texts, const char *design,
                           flc_error *error);
/* Every rank: read the goals and make `simulation` ask for them, beside what it asks already;
 * *source becomes theirs. */
flc_status cli_until_open(struct cli_until *until, struct cli_simulation *simulation,
                          const flc_goal_names *names, const struct cli_texts *texts,
                          flc_source *source, flc_error *error);
void cli_until_close(struct cli_until *until);

/* On rank 0: judge what it has gathered of the first `samples` samples. */
void cli_until_judge(struct cli_simulation *simulation, uint64_t samples);
/* The look of flc_run_options; context: the simulation. */
flc_status cli_until_look(void *context, const flc_collector *collector, uint64_t next,
                          bool *enough, flc_error *error);

/* On rank 0: does the result in `path` answer just this? */
bool cli_until_is_answered(const struct cli_until *until, const char *path, uint64_t most);

/* The table of goals, where a result has one. */
flc_status cli_print_until(const flc_result_view *result, flc_error *error);
/* The same of goals that a run has judged. */
void cli_print_goals(const flc_goals *goals);
/* A half width as people write it. */
void cli_print_precision(char *text, size_t room, double width, bool relative);

#endif
