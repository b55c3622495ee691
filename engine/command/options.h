/* Command lines by tables: each command lists its options, and the same table reads them, checks
 * them and prints the help. */
#ifndef FLC_COMMAND_OPTIONS_H
#define FLC_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* What an option fills: flag -> bool, text -> const char *, count -> uint64_t (also 1e6), texts ->
 * cli_texts, number -> double, model -> cli_texts, the assignment "model=PATH" (study/study.h). */
enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_COUNT, CLI_TEXTS, CLI_NUMBER, CLI_MODEL };

enum { CLI_TEXTS_MOST = 256, CLI_MODEL_ROOM = 4096 };
struct cli_texts {
    const char *text[CLI_TEXTS_MOST];
    size_t count;
    char model[CLI_MODEL_ROOM]; /* the assignment; "": not given */
};
/* The option, of a command that takes assignments into `set`. */
#define CLI_MODEL_OPTION(type, set)                                                                \
    {                                                                                              \
        0, "model", "FILE.so", CLI_MODEL, offsetof(type, set),                                     \
            "the plug-in model in this shared object, in place of the study's own"                 \
    }
/* The path given with it, or NULL. */
const char *cli_model(const struct cli_texts *set);

struct cli_option {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL for a flag */
    enum cli_kind kind;
    size_t offset; /* in the command's struct of settings */
    const char *help;
};

struct cli_command {
    const char *name;
    const char *operands; /* "STUDY.yaml" */
    size_t least, most;   /* number of operands */
    const char *summary, *details, *example;
    const struct cli_option *options;
    size_t option_count;
    bool takes_model; /* a model alone is a study */
    bool parallel;    /* works on all ranks; other commands leave it to the first */
    flc_status (*run)(int argc, char **argv, flc_error *error);
};

/* Where the study is missing and a model is given, the model is the operand: a study that leaves
 * all to its standards.
 *
 * Read argv[1 ...] into `settings` and `operands` (room for command->most). *helped is set, and
 * nothing else is to be done, where help was asked for and printed. */
flc_status cli_read(const struct cli_command *command, void *settings, const char **operands,
                    size_t *operand_count, bool *helped, int argc, char **argv, flc_error *error);

/* Print the error, once, on the first rank. Before MPI ends, as launchers kill the others' output
 * then. */
void cli_complain(const struct cli_command *command, flc_error *error);

void cli_print_help(const struct cli_command *command);

extern const struct cli_command cli_hindcast, cli_run, cli_check, cli_schema, cli_show, cli_trace,
    cli_merge, cli_verify, cli_diff, cli_compare, cli_sweep, cli_sensitivity, cli_voi, cli_export;

/* Seconds of a duration such as 300s, 10min, 12h or 2d; false where it is none. */
bool cli_read_duration(double *seconds, const char *text);

/* Samples of a run, and seed, where none is given. */
enum { CLI_SAMPLES = 100000, CLI_SEED = 1 };
#define CLI_SEED_HELP "seed of all draws (default 1)"
/* Does this machine compute as the engine needs it? Once, before any number is made. */
flc_status cli_self_check(flc_error *error);
flc_status cli_check_seed(uint64_t seed, flc_error *error);

#endif
