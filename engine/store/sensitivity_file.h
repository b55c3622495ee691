/* The file of fulcrum sensitivity: one table per method, over outputs, programs, factors and fiscal
 * years. Layout: analysis/formats/sensitivity.md. */
#ifndef FLC_STORE_SENSITIVITY_FILE_H
#define FLC_STORE_SENSITIVITY_FILE_H

#include "study/analysis.h"

/* Version of the layout. */
enum { FLC_SENSITIVITY_FORMAT = 1 };

/* `collector` is the analysis' own, of `samples` samples. */
flc_status flc_sensitivity_file_save(const char *path, const flc_analysis *analysis,
                                     const flc_collector *collector, uint64_t samples,
                                     flc_error *error);

#endif
