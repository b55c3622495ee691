/* Factors: what a sensitivity analysis varies. Each is a set of a study's named draws: quantities,
 * and shocks. Every draw of a study belongs to one factor, so the factors together are all of its
 * uncertainty:
 *
 *   a quantity     by its path, programs/MEP/match/sources/state/ratio
 *   shocks         what varies from year to year and unit to unit, one factor a program
 *                  (programs/MEP/shocks) and one for the macro-economy (macro/shocks); of a model
 *                  without programs all of its shocks (shocks)
 *   a group        several of these under a name
 *
 * Shocks are what cannot be learnt before they happen: their share is the irreducible one.
 */
#ifndef FLC_STUDY_FACTORS_H
#define FLC_STUDY_FACTORS_H

#include "study/study.h"

typedef enum flc_factor_kind {
    FLC_FACTOR_QUANTITY,
    FLC_FACTOR_SHOCKS,
    FLC_FACTOR_GROUP
} flc_factor_kind;

typedef struct flc_factor {
    const char *name;
    flc_factor_kind kind;
    const size_t *quantities; /* places among the sampled quantities, ascending */
    size_t quantity_count;
    const uint32_t *draws; /* names of all its draws, those of its quantities too */
    size_t draw_count;
    bool has_shocks;
    const bool *touches; /* [programs + 1] whose inputs it is; the portfolio is the last */
    const bool *linked;  /* [programs + 1] the same, or those of a quantity tied to one of its */
    const enum flc_stage *stage; /* [programs] the first one that it enters, by those of linked */
    bool dependent;              /* a quantity of it is tied to one outside */
} flc_factor;

/* How what no group asks for is put together. */
typedef enum flc_factors_by {
    FLC_BY_QUANTITY, /* each quantity, the shocks of each program */
    FLC_BY_SECTION,  /* programs/MEP/match, macro, accounts; shocks as above */
    FLC_BY_PROGRAM,  /* programs/MEP, macro, accounts; shocks as above */
    FLC_BY_KIND,     /* match, outcomes, ... of all programs together, macro, accounts, shocks */
    FLC_BY_COUNT
} flc_factors_by;
/* "quantity", "section", "program", "kind", and the way back (FLC_ERROR_USAGE). */
const char *flc_factors_by_name(flc_factors_by by);
flc_status flc_factors_find_by(flc_factors_by *by, const char *name, flc_error *error);

typedef struct flc_factors {
    const flc_study *study;
    const flc_factor *items;
    size_t count;
    flc_arena *arena;
} flc_factors;

/* groups[i]: "NAME=PATTERN" or "NAME=PATTERN,PATTERN...", patterns over the names above with * (any
 * characters, also '/') and ?. Where several groups match, the first one has it. Errors: a group
 * that matches nothing, or a name twice (FLC_ERROR_USAGE); a study where nothing is uncertain
 * (FLC_ERROR_STUDY). */
flc_status flc_factors_create(flc_factors **factors, const flc_study *study, flc_factors_by by,
                              const char *const *groups, size_t group_count, flc_error *error);
void flc_factors_free(flc_factors *factors);

/* Does `text` match one of the patterns, which are separated by commas? */
bool flc_patterns_match(const char *patterns, const char *text);

#endif
