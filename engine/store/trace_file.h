/* The trace file (MODEL section 11): everything a second implementation needs to recompute chosen
 * samples, and everything the engine made of them. Layout: analysis/formats/trace.md. */
#ifndef FLC_STORE_TRACE_FILE_H
#define FLC_STORE_TRACE_FILE_H

#include "fulcrum/status.h"
#include "study/trace.h"

flc_status flc_trace_file_save(const char *path, const flc_trace *trace, flc_error *error);

#endif
