/* Tables on the terminal, read from result files. */
#ifndef FLC_COMMAND_TABLE_H
#define FLC_COMMAND_TABLE_H

#include "fulcrum/status.h"
#include "store/result_view.h"

/* Two lines: the title; years, samples, seed and study, behind `indent`. */
void cli_print_facts(const flc_result_view *result, const char *indent);
/* The overview of a result: what it is, its horizon metrics by program, targets, checks. */
flc_status cli_print_result(const char *path, flc_error *error);
/* One output ("MEP/federal", "portfolio/leverage_ratio", "MEP/outcome_gross/jobs") in full: every
 * statistic, by fiscal year where it has them. */
flc_status cli_print_output(const char *path, const char *output, flc_error *error);
/* Names of programs and outputs that a result has. */
flc_status cli_print_list(const char *path, flc_error *error);

#endif
