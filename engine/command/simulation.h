/* What the commands that simulate share: their common options, the study on all ranks, progress,
 * checkpoints, the sidecar, and an end that tells every failure once.
 *
 *     cli_simulation_open     the study, the settings, the output's place
 *     cli_simulation_run      full blocks, from a checkpoint where one goes on; returns
 *                             FLC_ERROR_REQUEUE where it was stopped (and saved)
 *     cli_simulation_rest     on rank 0: the partial block at the end
 *     (write the result; then the checkpoint goes)
 *     cli_simulation_close
 */
#ifndef FLC_COMMAND_SIMULATION_H
#define FLC_COMMAND_SIMULATION_H

#include "command/options.h"
#include "run/simulate.h"
#include "run/state.h"
#include "store/sidecar.h"

/* Number of samples where none is given: more than --number takes. */
#define CLI_NOT_GIVEN UINT64_MAX

/* Common settings; a command's settings begin with them. */
struct cli_job {
    const char *output, *checkpoint;
    uint64_t samples, seed;
    struct cli_texts set;
    bool resume, restart, quiet;
};
#define CLI_JOB_DEFAULTS                                                                           \
    {                                                                                              \
        .samples = CLI_SAMPLES, .seed = CLI_SEED, .checkpoint = "300s"                             \
    }
#define CLI_JOB_OPTIONS                                                                            \
    {'o',                                                                                          \
     "output",                                                                                     \
     "FILE",                                                                                       \
     CLI_TEXT,                                                                                     \
     offsetof(struct cli_job, output),                                                             \
     "file to write (default: named after the study, in this folder)"},                            \
        {'n',                                                                                      \
         "number",                                                                                 \
         "N",                                                                                      \
         CLI_COUNT,                                                                                \
         offsetof(struct cli_job, samples),                                                        \
         "number of samples (default 100000; of sensitivity 4096)"},                               \
        {0, "seed", "S", CLI_COUNT, offsetof(struct cli_job, seed), CLI_SEED_HELP},                \
        {0,                                                                                        \
         "set",                                                                                    \
         "PATH=VALUE",                                                                             \
         CLI_TEXTS,                                                                                \
         offsetof(struct cli_job, set),                                                            \
         "change one value of the study; may be repeated"},                                        \
        CLI_MODEL_OPTION(struct cli_job, set),                                                     \
        {0,                                                                                        \
         "checkpoint",                                                                             \
         "EVERY",                                                                                  \
         CLI_TEXT,                                                                                 \
         offsetof(struct cli_job, checkpoint),                                                     \
         "save every 300s (default), 10min, 2h, or 1e6 samples; 0: only when stopped"},            \
        {0,                                                                                        \
         "resume",                                                                                 \
         NULL,                                                                                     \
         CLI_FLAG,                                                                                 \
         offsetof(struct cli_job, resume),                                                         \
         "go on from the checkpoint of this output, if there is one"},                             \
        {0,                                                                                        \
         "restart",                                                                                \
         NULL,                                                                                     \
         CLI_FLAG,                                                                                 \
         offsetof(struct cli_job, restart),                                                        \
         "begin anew, although there is a checkpoint"},                                            \
    {                                                                                              \
        'q', "quiet", NULL, CLI_FLAG, offsetof(struct cli_job, quiet), "no progress and no table"  \
    }
#define CLI_DESIGN_HELP "points: mc (default), lhs (N a multiple of 16), sobol (N a power of two)"
#define CLI_STOPPING                                                                               \
    "SIGTERM, SIGINT, SIGUSR1, SIGUSR2 or a file OUTPUT.stop end it after the current blocks: "    \
    "the "                                                                                         \
    "state is\nsaved in OUTPUT.checkpoint, the exit code is 75, and --resume goes on, on any "     \
    "number of ranks."

enum { CLI_PATH_ROOM = 4096, CLI_HOSTS_ROOM = 512 };

struct cli_simulation {
    const struct cli_command *command;
    const struct cli_job *job;
    flc_comm comm;
    flc_usage usage; /* of this rank: where its time went */
    flc_study *study;
    flc_state_facts facts; /* of what is to be done; ranges: what is done, on rank 0 */
    flc_block_range range; /* full blocks to do: all, or those of a shard */
    flc_block_range done;  /* what facts.ranges points to */
    uint64_t spent;        /* samples of the run that come before the range and are in no state */
    /* Kept samples: NULL, or set by kept.h. begin_log: on rank 0, with the length of the log at the
     * checkpoint one goes on from, 0 without, and the first block still to do. */
    const flc_keeper *keeper;
    flc_status (*begin_log)(void *context, uint64_t length, uint64_t begin, flc_error *error);
    void *log_context;
    flc_collector *collector; /* on rank 0, once running */
    double save_seconds;      /* from job->checkpoint */
    uint64_t save_blocks;
    flc_sidecar sidecar;
    bool begun; /* the sidecar has been written */
    /* NULL, or what the run is to know before it ends (until.h); then the source is theirs. */
    struct cli_until *until;
    size_t headline; /* output whose precision is shown as the run goes on, or FLC_NO_OUTPUT */
    const char *headline_name;
    bool terminal, line_open;
    char output[CLI_PATH_ROOM], checkpoint[CLI_PATH_ROOM + 16], stop[CLI_PATH_ROOM + 16];
    char hosts[CLI_HOSTS_ROOM], mpi[CLI_HOSTS_ROOM];
};

/* Collective: start MPI, check the machine and the settings, put the study on every rank, make sure
 * that the output can be written. `suffix` is put behind the study's name where no output was given
 * (".h5"). */
flc_status cli_simulation_open(struct cli_simulation *simulation, const struct cli_command *command,
                               const struct cli_job *job, const char *study, const char *suffix,
                               flc_error *error);
/* Collective: evaluate the full blocks of `source`, from `earlier` (rank 0, may be NULL) or from a
 * checkpoint on, with progress and checkpoints. Signals stay caught until the simulation is closed:
 * one that comes after the last block does not keep the output from being written. */
flc_status cli_simulation_run(struct cli_simulation *simulation, const flc_source *source,
                              const flc_state *earlier, flc_error *error);
/* On rank 0: what is left behind the last full block. */
flc_status cli_simulation_rest(struct cli_simulation *simulation, const flc_source *source,
                               flc_error *error);
/* On rank 0, once the output is written: its checkpoint is no longer needed. */
void cli_simulation_done(struct cli_simulation *simulation);
/* Collective: the last word of the sidecar, the error if there is one, the end of MPI. Returns what
 * all ranks agree on. Call it however far the simulation came. */
flc_status cli_simulation_close(struct cli_simulation *simulation, flc_status status,
                                flc_error *error);

/* Put a plug-in model on trial, with a warning where it has no answers. */
flc_status cli_try_model(const struct cli_command *command, const flc_study *study, uint64_t seed,
                         flc_error *error);

/* The points of a job by the name of their design (--design). */
flc_status cli_read_points(flc_points *points, const struct cli_job *job, const char *design,
                           flc_error *error);

/* Distributions that the simulation has collected (rank 0), and their collector, which is the whole
 * one but for what a run with goals counts beside. */
const flc_collector *cli_simulation_distributions(const struct cli_simulation *simulation);
const flc_summary *cli_simulation_summary(const struct cli_simulation *simulation);

/* Progress on the terminal and in the sidecar (progress.c); context: the simulation. */
void cli_show_progress(void *context, const flc_progress *progress);
void cli_end_progress(struct cli_simulation *simulation);

/* Saving and going on (checkpoint.c). */
flc_status cli_read_interval(struct cli_simulation *simulation, flc_error *error);
/* On rank 0, before anything is computed: the settings fit what is on disk. */
flc_status cli_check_checkpoint(const struct cli_simulation *simulation, flc_error *error);
/* On rank 0: the first block still to do, after taking in what was saved. */
flc_status cli_take_up(struct cli_simulation *simulation, const flc_state *earlier, uint64_t *begin,
                       flc_error *error);
/* On rank 0: everything up to block `next` into the checkpoint. */
flc_status cli_save_checkpoint(struct cli_simulation *simulation, uint64_t next, flc_error *error);
/* The same for flc_run_options: a failure is a warning. */
void cli_save_now(void *context, const flc_collector *collector, uint64_t next);
/* On rank 0, when the result was there already: the checkpoint that a kill has left just before it
 * would have been removed. */
void cli_clear_checkpoint(struct cli_simulation *simulation);
/* Facts of the blocks of this run up to `next`. */
void cli_set_done(struct cli_simulation *simulation, uint64_t next);

#endif
