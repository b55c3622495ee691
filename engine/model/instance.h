/* A workspace as the interface of models sees it (fulcrum/model.h). Private to this floor. */
#ifndef FLC_MODEL_INSTANCE_H
#define FLC_MODEL_INSTANCE_H

#include "model/model_priv.h"

/* A workspace with its lanes in one piece of memory begins with this many bytes for itself. */
#define FLC_WORKSPACE_HEAD                                                                         \
    ((sizeof(flc_workspace) + FLC_ALIGNMENT - 1) / FLC_ALIGNMENT * FLC_ALIGNMENT)
/* Make a zeroed workspace of memory that is there. */
void flc_workspace_place(flc_workspace *w, const flc_model *model, flc_isa isa, double *lanes);

/* What the model keeps from call to call, in a workspace whose lanes are there; and its end. */
flc_status flc_instance_begin(flc_workspace *w, flc_error *error);
void flc_instance_end(flc_workspace *w);

/* The portfolio's description, once everything else of the model is made: `names` has the names of
 * its draws and no others. */
flc_status flc_portfolio_describe(flc_model *model, const flc_names *names, flc_error *error);

#endif
