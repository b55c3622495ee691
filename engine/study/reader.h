/* Reading a study through tables of options (base/options.h).
 *
 * One call fills a struct and all below it from a mapping. Everything wrong in the document is
 * found, and the error tells the first of it in the order of the file:
 *
 *     inputs/x.yaml:12:7: programs/MEP/match/requird: unknown key; did you mean 'required'?
 *
 * A missing key is told where nothing else is wrong in its section, as it is often one misspelled.
 *
 * Values are read in the order of the tables, not of the file, so that studies that say the same in
 * another order give the same rows of quantities in the same order.
 *
 * A quantity is written as
 *
 *     ratio: 0.5
 *     ratio: {fixed: 0.5, source: "...", unit: "...", note: "..."}
 *     ratio: {pert: {min: 0.4, mode: 0.6, max: 0.9}, source: "..."}
 *     ratio: {empirical: {csv: file.csv, column: name}}     file relative to the study's folder
 *
 * A unit other than the option's is kept as a text; nothing is converted.
 */
#ifndef FLC_STUDY_READER_H
#define FLC_STUDY_READER_H

#include "base/memory.h"
#include "base/options.h"
#include "distribution/quantities.h"
#include "fulcrum/status.h"
#include "study/node.h"
#include "study/provenance.h"

/* Most entries of one map or list of sections, and longest key of a map. */
enum { FLC_READER_ENTRIES = 20000, FLC_READER_KEY = 64 };

/* What reading fills beside the struct; all must live as long as it. The document need not. */
typedef struct flc_reader {
    flc_arena *arena;
    flc_quantities *quantities;
    flc_provenance *provenance;
    const char *file; /* the study: CSV files named on the command line lie beside it */
    /* Of another study, or NULL: distributions that are the same there are shared. */
    const flc_quantities *like_quantities;
    const flc_provenance *like_provenance;
} flc_reader;

/* Fill *filled (section->size bytes) from `node`. */
flc_status flc_reader_read(const flc_reader *reader, void *filled, const flc_section *section,
                           const flc_node *node, flc_error *error);

/* The name of a constant among the families of distributions: {fixed: 5, source: "..."}. */
#define FLC_READER_FIXED "fixed"
/* The family whose `values` may come from a file: {empirical: {csv: file.csv, column: name}}. */
#define FLC_READER_FROM_FILE "empirical"

/* The texts that every section takes beside its options, in order, and where they go. */
typedef struct flc_reader_common {
    const char *key;
    size_t offset; /* in flc_section_info */
    const char *description;
} flc_reader_common;
enum { FLC_READER_COMMON = 5 };
extern const flc_reader_common flc_reader_commons[FLC_READER_COMMON];

#endif
