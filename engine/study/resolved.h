/* The resolved study: what was read, printed as YAML in one canonical form.
 *
 * Sections in the order of their tables, maps and lists in the order of the study, every default
 * written out, numbers with the fewest digits that read back to the same bits, distributions in the
 * form {pert: {min: ..., mode: ..., max: ...}, source: "..."}, values of CSV files inline. Reading
 * the text back gives the same struct and prints the same text; its SHA-256 names the study.
 *
 * Left out is what reading fills by itself again: sections that are not given, keys that are
 * derived and have no value, and derived quantities that share the row of another (sampled)
 * quantity.
 */
#ifndef FLC_STUDY_RESOLVED_H
#define FLC_STUDY_RESOLVED_H

#include "base/buffer.h"
#include "base/options.h"
#include "distribution/quantities.h"
#include "fulcrum/status.h"
#include "study/provenance.h"

typedef enum flc_resolved_form {
    FLC_RESOLVED_CANONICAL,
    FLC_RESOLVED_COMMENTED /* for people: "# default", "# derived" and units behind the values */
} flc_resolved_form;

/* Append to `buffer`, whose status is returned. */
flc_status flc_resolved_print(flc_buffer *buffer, const void *filled, const flc_section *section,
                              const flc_quantities *quantities, const flc_provenance *provenance,
                              flc_resolved_form form);

/* One number of the resolved study, given or default, as flc_resolved_visit meets it. */
typedef struct flc_resolved_number {
    const char *path; /* valid during the visit */
    const flc_option *option;
    double value;             /* NaN where it is drawn */
    const flc_origin *origin; /* NULL: a default */
} flc_resolved_number;

/* Call `visit` for every number and distribution of the resolved study, in its order. What is met
 * is a function of the resolved text alone. */
flc_status flc_resolved_visit(const void *filled, const flc_section *section,
                              const flc_quantities *quantities, const flc_provenance *provenance,
                              void (*visit)(void *context, const flc_resolved_number *number),
                              void *context, flc_error *error);

/* A text as YAML: plain where that is safe, else in double quotes with escapes. */
void flc_resolved_text(flc_buffer *buffer, const char *text);

#endif
