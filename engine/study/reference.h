/* What a study may contain, for people: the reference page, from the tables that read it. */
#ifndef FLC_STUDY_REFERENCE_H
#define FLC_STUDY_REFERENCE_H

#include "base/buffer.h"
#include "base/options.h"
#include "fulcrum/status.h"

/* Markdown: one table a section, the keys of every section, the families of distributions. */
flc_status flc_reference_print(flc_buffer *buffer, const flc_section *section);

#endif
