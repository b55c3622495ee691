/* What the commands that simulate share: their common options, the study on all ranks, progress,
 * the sidecar, and an end that tells every failure once. */
#ifndef FLC_COMMAND_SIMULATION_H
#define FLC_COMMAND_SIMULATION_H

#include "command/options.h"
#include "run/simulate.h"
#include "store/sidecar.h"

/* Common settings; a command's settings begin with them. */
struct cli_job {
    const char *output;
    uint64_t samples, seed;
    struct cli_texts set;
    bool quiet;
};
#define CLI_JOB_DEFAULTS                                                                           \
    {                                                                                              \
        .samples = CLI_SAMPLES, .seed = CLI_SEED                                                   \
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
         "number of samples (default 100000)"},                                                    \
        {0, "seed", "S", CLI_COUNT, offsetof(struct cli_job, seed), CLI_SEED_HELP},                \
        {0,                                                                                        \
         "set",                                                                                    \
         "PATH=VALUE",                                                                             \
         CLI_TEXTS,                                                                                \
         offsetof(struct cli_job, set),                                                            \
         "change one value of the study; may be repeated"},                                        \
    {                                                                                              \
        'q', "quiet", NULL, CLI_FLAG, offsetof(struct cli_job, quiet), "no progress and no table"  \
    }

enum { CLI_PATH_ROOM = 4096, CLI_HOSTS_ROOM = 512 };

struct cli_simulation {
    const struct cli_command *command;
    const struct cli_job *job;
    flc_comm comm;
    flc_study *study;
    flc_summary *summary; /* after cli_simulation_run, on rank 0 */
    flc_sidecar sidecar;
    bool begun;      /* the sidecar has been written */
    size_t headline; /* output whose precision is shown as the run goes on, or FLC_NO_OUTPUT */
    const char *headline_name;
    bool terminal, line_open;
    char output[CLI_PATH_ROOM], hosts[CLI_HOSTS_ROOM], mpi[CLI_HOSTS_ROOM];
};

/* Collective: start MPI, check the machine and the settings, put the study on every rank, make sure
 * that the output can be written. `suffix` is put behind the study's name where no output was given
 * (".h5"). */
flc_status cli_simulation_open(struct cli_simulation *simulation, const struct cli_command *command,
                               const struct cli_job *job, const char *study, const char *suffix,
                               flc_error *error);
/* Collective: evaluate the job's samples of `source`, with progress. */
flc_status cli_simulation_run(struct cli_simulation *simulation, const flc_source *source,
                              flc_error *error);
/* Collective: the last word of the sidecar, the error if there is one, the end of MPI. Returns what
 * all ranks agree on. Call it however far the simulation came. */
flc_status cli_simulation_close(struct cli_simulation *simulation, flc_status status,
                                flc_error *error);

#endif
