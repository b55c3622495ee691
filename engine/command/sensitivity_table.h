/* The ranking of fulcrum sensitivity on the terminal. */
#ifndef FLC_COMMAND_SENSITIVITY_TABLE_H
#define FLC_COMMAND_SENSITIVITY_TABLE_H

#include "study/analysis.h"

/* What drives an output: its factors by the first method there is of shapley, sobol, screening and
 * given_data, with bars; `shown` of them. `output` counts among the analysed ones. */
flc_status cli_print_drivers(const flc_analysis *analysis, const flc_collector *collector,
                             size_t output, size_t shown, flc_error *error);
/* The same of an output by fiscal year: years side by side. `output` is that of any year. */
flc_status cli_print_drivers_by_year(const flc_analysis *analysis, const flc_collector *collector,
                                     size_t output, size_t shown, flc_error *error);
/* What must be said about every estimate. */
void cli_print_cautions(void);
/* On stderr, where Sobol' indices are asked for with dependent factors. */
void cli_warn_of_dependence(const flc_analysis *analysis);

#endif
