/* Where what was read comes from: one entry per key that the study gives, by path.
 *
 * Values live in the filled structs; rows of equal constants are shared, so what belongs to a place
 * in the study (its mark, source, unit, note, the distribution as written) is kept here. A path
 * without an entry holds a default or was derived.
 */
#ifndef FLC_STUDY_PROVENANCE_H
#define FLC_STUDY_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/options.h"
#include "fulcrum/status.h"

typedef struct flc_origin {
    const char *path;         /* programs/MEP/budget/plan/2025 */
    const flc_option *option; /* the row of the table that read it: unit, description */
    flc_mark mark;
    flc_quantity quantity;    /* FLC_NO_ROW where the option is not a quantity */
    const char *distribution; /* "pert: {min: 0.1, mode: 0.15, max: 0.25}"; NULL: a constant */
    const char *source, *unit, *note; /* as the study gives them, else NULL */
} flc_origin;

/* Marks of a plug-in's standards name a file that begins so. */
#define FLC_STANDARD_FILE "standard of "
bool flc_origin_is_standard(const flc_origin *origin);

typedef struct flc_provenance flc_provenance;

flc_provenance *flc_provenance_create(flc_error *error);
void flc_provenance_free(flc_provenance *provenance);

/* Texts are borrowed. A path is added once. */
flc_status flc_provenance_add(flc_provenance *provenance, const flc_origin *origin,
                              flc_error *error);
/* NULL where the study does not give `path`. */
const flc_origin *flc_provenance_find(const flc_provenance *provenance, const char *path);
/* The first whose distribution says the same: a family and its numbers to the last bit. NULL where
 * none does. */
const flc_origin *flc_provenance_like(const flc_provenance *provenance, const char *distribution);

/* All entries, in the order of the tables of options. */
size_t flc_provenance_count(const flc_provenance *provenance);
const flc_origin *flc_provenance_at(const flc_provenance *provenance, size_t i);

#endif
