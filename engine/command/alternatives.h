/* A base study and policies on it, as commands that take several studies have them. */
#ifndef FLC_COMMAND_ALTERNATIVES_H
#define FLC_COMMAND_ALTERNATIVES_H

#include "base/buffer.h"
#include "command/simulation.h"

enum { CLI_KEY_ROOM = 256 };

struct cli_alternatives {
    size_t count; /* the base being the first */
    const char *const *files;
    flc_study **studies;
    char (*keys)[CLI_KEY_ROOM]; /* what the files are called: policies/rie_150.yaml is rie_150 */
    const char **key_list;
};

/* Collective: all studies on every rank, the base being the simulation's, which keeps it. */
flc_status cli_alternatives_open(struct cli_alternatives *all,
                                 const struct cli_simulation *simulation, const char *const *files,
                                 size_t count, flc_error *error);
void cli_alternatives_close(struct cli_alternatives *all);

/* The policies in what a checkpoint must agree in. */
void cli_alternatives_question(const struct cli_alternatives *all, flc_buffer *text);

#endif
