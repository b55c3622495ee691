/* Studies of plug-in models: which library, and the keys that such a study has.
 *
 *     fulcrum: 1
 *     model: ./learning.so            a file beside the study; --model PATH wins
 *     quantities:
 *       rate: {normal: {mean: 0.2, sd: 0.03}, source: "..."}
 *       demand/growth: 0.02           or demand: {growth: 0.02}
 *     dependence, targets, references, title as in any study
 *
 * Where a study does not give a quantity, the model's standard holds. `model` may be a mapping with
 * `library`, `name`, `version` and `sha256`, of which the last three are what the library must be;
 * the resolved text has these three, so that what is computed with one model or version of it, or
 * with another build, does not mix with what another one computes.
 */
#ifndef FLC_STUDY_PLUGGED_H
#define FLC_STUDY_PLUGGED_H

#include "base/options.h"
#include "model/plugin.h"
#include "study/document.h"
#include "study/inputs.h"

/* An assignment "model=PATH" names the library as the command line does: the path as it is. */
#define FLC_PLUGGED_ASSIGNMENT "model="

/* The library that a composed document is for: that of the last such assignment or of the key
 * `model`, in the document's arena; NULL for the portfolio. */
flc_status flc_plugged_library(const char **library, flc_document *document,
                               const char *const *assignments, size_t assignment_count,
                               flc_error *error);

/* Bring the document's quantities into the form in which they are read: a mapping of every group,
 * standards where the study gives nothing. Unknown names are errors, keys of the portfolio too, and
 * a model that is not the one that the study says it is for. */
flc_status flc_plugged_complete(flc_document *document, const flc_plugin *plugin, flc_error *error);

/* The table that reads such a study into a struct that begins with struct flc_study_inputs, and
 * where in it each quantity of the model is (offsets[quantity_count]); in the arena. */
flc_status flc_plugged_section(const flc_section **section, const size_t **offsets,
                               const flc_plugin *plugin, flc_arena *arena, flc_error *error);

/* What the resolved study says of its model: name, version and SHA-256 of the library. */
void flc_plugged_name(struct flc_study_inputs *inputs, const flc_plugin *plugin);

#endif
