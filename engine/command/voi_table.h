/* The tables of fulcrum voi on the terminal. */
#ifndef FLC_COMMAND_VOI_TABLE_H
#define FLC_COMMAND_VOI_TABLE_H

#include "store/voi_file.h"

/* Alternatives, the value of perfect information, rankings of `top` quantities and of groups, and
 * what that says in a sentence. */
void cli_print_information(const flc_prospects *prospects, const flc_collector *values,
                           const flc_voi_facts *facts, size_t top);

#endif
