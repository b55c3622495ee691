/* From a state to what it takes to go on: the study inside, its evaluator, an empty collector. */
#ifndef FLC_RUN_REBUILD_H
#define FLC_RUN_REBUILD_H

#include "run/source.h"
#include "run/state.h"

typedef struct flc_rebuilt {
    flc_study *study; /* of the resolved text; named as the state says */
    flc_evaluator *evaluator;
    flc_source source;
    flc_collector *collector;
} flc_rebuilt;

/* FLC_ERROR_STUDY where the state is of another version or command than plain runs of this one, or
 * its study has another hash than it says. `library`: the shared object of its plug-in model, or
 * NULL. `state` must outlive it. flc_rebuilt_clear also after an error. */
flc_status flc_rebuild(flc_rebuilt *rebuilt, const flc_state *state, const char *library,
                       flc_error *error);
void flc_rebuilt_clear(flc_rebuilt *rebuilt);

#endif
