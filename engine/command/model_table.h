/* The result of a plug-in model as people read it: all its outputs, as no one of them is known to
 * matter most. */
#ifndef FLC_COMMAND_MODEL_TABLE_H
#define FLC_COMMAND_MODEL_TABLE_H

#include "fulcrum/status.h"
#include "store/result_view.h"

flc_status cli_print_model(const flc_result_view *result, flc_error *error);

#endif
