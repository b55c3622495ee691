/* Models from shared objects: opened, checked against the interface, and watched.
 *
 * Code that is not ours may crash, never return, or end the process. The library cannot undo that,
 * and a signal handler gets no arguments, so it is kept in one place which model is at work and on
 * what (flc_plugin_at_work); what to do about it is for the program (command/guard.h).
 */
#ifndef FLC_MODEL_PLUGIN_H
#define FLC_MODEL_PLUGIN_H

#include <stdint.h>

#include "base/sha256.h"
#include "fulcrum/model.h"
#include "fulcrum/status.h"

/* Most quantities, shocks and outputs of a model; bytes of a name and of a key, keys in a name. */
enum { FLC_PLUGIN_MOST = 4096, FLC_PLUGIN_NAME = 200, FLC_PLUGIN_KEY = 64, FLC_PLUGIN_DEPTH = 8 };
/* Most rows of outputs of one block: a gibibyte of lanes. */
enum { FLC_PLUGIN_ROWS = 1 << 19 };

typedef struct flc_plugin {
    const flc_model_description *description; /* in the shared object */
    const char *path;                         /* absolute */
    char sha256[FLC_SHA256_HEX];              /* of the file */
    void *library;
} flc_plugin;

/* Load the shared object at `path`. FLC_ERROR_INPUT where there is no such file; FLC_ERROR_STUDY
 * where it is none, exports no model, or describes one that breaks a rule of the interface. */
flc_status flc_plugin_open(flc_plugin **plugin, const char *path, flc_error *error);
void flc_plugin_free(flc_plugin *plugin);

/* The rules of fulcrum/model.h that a description can be seen to keep; what is wrong, where not. */
flc_status flc_plugin_check(const flc_model_description *description, flc_error *error);

/* What is at work in this thread while calls is odd; for signal handlers, which a fault calls in
 * the thread that made it. */
struct flc_at_work {
    volatile unsigned calls;    /* one more when a model's function is called and when it returns */
    const char *volatile model; /* name, or path while it is loaded */
    const char *volatile doing; /* "loading", "evaluating" */
    volatile uint64_t first;    /* sample of the block under evaluation */
};
const struct flc_at_work *flc_plugin_at_work(void);
/* `begin` is called before a model is loaded, so that who watches models need not when there are
 * none; NULL: nothing is. */
void flc_plugin_watch(void (*begin)(void));
void flc_plugin_enter(const char *model, const char *doing, uint64_t first);
void flc_plugin_leave(void);

#endif
