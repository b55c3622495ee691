/* What a study may contain, for editors, from the tables that read it. */
#ifndef FLC_STUDY_SCHEMA_H
#define FLC_STUDY_SCHEMA_H

#include "base/buffer.h"
#include "base/options.h"
#include "fulcrum/status.h"

/* JSON Schema (draft 2020-12): keys, kinds, bounds, choices, defaults, units, descriptions, and
 * each family of distributions with its parameters. It accepts every study that reads without
 * error; what needs more than one key to judge (a plan for a budget in mode share) is left to
 * reading. */
flc_status flc_schema_print(flc_buffer *buffer, const flc_section *section);

#endif
