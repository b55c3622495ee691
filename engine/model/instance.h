/* A workspace as the interface of models sees it (fulcrum/model.h). Private to this floor. */
#ifndef FLC_MODEL_INSTANCE_H
#define FLC_MODEL_INSTANCE_H

#include "model/model_priv.h"

/* What the model keeps from call to call, in a workspace whose lanes are there; and its end. */
flc_status flc_instance_begin(flc_workspace *w, flc_error *error);
void flc_instance_end(flc_workspace *w);

/* The portfolio's description, once everything else of the model is made: `names` has the names of
 * its draws and no others. */
flc_status flc_portfolio_describe(flc_model *model, const flc_names *names, flc_error *error);

#endif
