/* The tables of fulcrum compare on the terminal. */
#ifndef FLC_COMMAND_COMPARE_TABLE_H
#define FLC_COMMAND_COMPARE_TABLE_H

#include "store/compare_file.h"

/* Paired differences of the outputs of the base named by `names`, then regrets and margins. */
void cli_print_comparison(const flc_scenarios *scenarios, const flc_summary *summary,
                          const flc_compare_facts *facts, const size_t *outputs,
                          const char *const *names, size_t count);

#endif
