/* What the axes of a study's tables are: programs, fiscal years, match sources and outcomes, with
 * their names in English and Chinese. */
#ifndef FLC_STORE_LABELS_H
#define FLC_STORE_LABELS_H

#include "store/datafile.h"
#include "study/study.h"

/* Coordinates `program` (the portfolio is the last), `fiscal_year`, and `source` and `outcome`
 * where the study has them; and the variables program_name, program_name_zh, outcome_name,
 * outcome_name_zh, outcome_unit. */
flc_status flc_labels_write(const flc_study *study, flc_datafile *file, flc_error *error);

/* The dimensions of a metric's tables: "program outcome fiscal_year". */
const char *flc_labels_dimensions(const flc_metric *metric);

#endif
