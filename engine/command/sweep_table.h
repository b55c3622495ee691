/* The tables of fulcrum sweep on the terminal. */
#ifndef FLC_COMMAND_SWEEP_TABLE_H
#define FLC_COMMAND_SWEEP_TABLE_H

#include "store/sweep_file.h"

/* Each output at the points: of two levers as a matrix, else as a list; then break-evens, then the
 * Pareto set. */
void cli_print_sweep(const flc_sweep *sweep, const flc_scenarios *scenarios,
                     const flc_summary *summary, const flc_sweep_findings *findings);

#endif
