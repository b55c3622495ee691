/* A study: what a user wrote, checked and joined with the model. Immutable once made, and named by
 * a hash of its resolved text, so that whoever has the same hash computes the same numbers. */
#ifndef FLC_STUDY_STUDY_H
#define FLC_STUDY_STUDY_H

#include <stdint.h>

#include "design/design.h"
#include "distribution/quantities.h"
#include "fulcrum/status.h"
#include "model/model.h"
#include "random/draws.h"
#include "statistics/summary.h"
#include "study/inputs.h"
#include "study/metrics.h"
#include "study/provenance.h"

enum { FLC_STUDY_HASH = 64 }; /* hexadecimal digits of SHA-256 */

typedef struct flc_study {
    const struct flc_study_inputs *inputs;
    const flc_section *section; /* that reads them: flc_study_section, or of a plug-in model */
    const char *file;           /* as named by the user */
    const char *text; /* as written, of several files as in compose.h; of a resolved text, that */
    size_t text_length;
    const char *resolved; /* canonical YAML (resolved.h) */
    size_t resolved_length;
    char hash[FLC_STUDY_HASH + 1]; /* of the resolved text */
    const flc_quantities *quantities;
    const flc_provenance *provenance;
    const flc_names *names;
    const flc_model *model; /* the portfolio or a plug-in (flc_model_plugin) */
    flc_metrics metrics;
    const flc_target *targets; /* in the order of inputs->targets */
    size_t target_count;
    struct flc_study_parts *parts; /* what flc_study_free frees */
} flc_study;

/* Read a file, with all that it includes or is based on, and assignments "path=value" on top of it
 * (--set). Every error names its place. The assignment "model=FILE" makes it a study of the plug-in
 * model in that shared object; a path to a shared object is the study that leaves all to the
 * model's standards. */
flc_status flc_study_load(flc_study **study, const char *path, const char *const *assignments,
                          size_t assignment_count, flc_error *error);
/* The same with an overlay between the study and the assignments: one base and several policies are
 * several calls. */
flc_status flc_study_load_overlay(flc_study **study, const char *path, const char *overlay,
                                  const char *const *assignments, size_t assignment_count,
                                  flc_error *error);
/* The same from text, as other ranks get it (the resolved text) and tests use it. */
flc_status flc_study_parse(flc_study **study, const char *text, size_t length, const char *name,
                           flc_error *error);
/* Both, beside a study that is mostly the same, or NULL: what is costly to make and the same is
 * shared with it. Either may be freed first. */
flc_status flc_study_load_like(flc_study **study, const char *path, const char *overlay,
                               const char *const *assignments, size_t assignment_count,
                               const flc_study *like, flc_error *error);
flc_status flc_study_parse_like(flc_study **study, const char *text, size_t length,
                                const char *name, const flc_study *like, flc_error *error);
/* The same with the shared object of the plug-in model that the text is for; NULL: none, or as the
 * text says. */
flc_status flc_study_parse_with(flc_study **study, const char *text, size_t length,
                                const char *name, const char *library, const flc_study *like,
                                flc_error *error);
/* The shared object of a study's model, absolute; NULL: the portfolio. */
const char *flc_study_library(const flc_study *study);
void flc_study_free(flc_study *study);

/* Things worth a warning that are no errors; text of number i, or NULL past the last. `room` bytes.
 */
const char *flc_study_warning(const flc_study *study, size_t i, char *text, size_t room);

/* How finely each output is summarised: [flc_metrics_outputs]. */
void flc_study_resolutions(const flc_study *study, flc_resolution *resolutions);

/* Memory of one rank in bytes, independent of the number of samples. */
typedef struct flc_study_memory {
    size_t evaluation, summary_expected, summary_most;
    size_t replicates; /* more, for points that are not Monte Carlo */
} flc_study_memory;
flc_study_memory flc_study_bytes(const flc_study *study);
/* Memory of the study itself in bytes, but for what it may share with others: its texts and inputs,
 * and half as much again for quantities, origins, names and the model (measured on the baseline).
 */
size_t flc_study_held(const flc_study *study);

/* Evaluates a study block by block. */
typedef struct flc_evaluator flc_evaluator;
flc_evaluator *flc_evaluator_create_at(const flc_study *study, const flc_points *points,
                                       flc_isa isa, flc_error *error);
/* The same in memory that the caller has and several evaluators may share, of at least
 * flc_evaluator_scratch doubles, aligned to FLC_ALIGNMENT: what one of them computes is there until
 * another one evaluates. None of them keeps its programs. */
size_t flc_evaluator_scratch(const flc_study *study);
flc_evaluator *flc_evaluator_create_in(const flc_study *study, const flc_points *points,
                                       flc_isa isa, double *memory, flc_error *error);
/* At Monte Carlo points. */
flc_evaluator *flc_evaluator_create(const flc_study *study, uint64_t seed, flc_isa isa,
                                    flc_error *error);
flc_points flc_evaluator_points(const flc_evaluator *evaluator);
void flc_evaluator_free(flc_evaluator *evaluator);
/* Outputs[flc_metrics_outputs][FLC_BLOCK] of samples first ... first + FLC_BLOCK - 1; valid until
 * the next call. `recorder` may be NULL. */
const double *flc_evaluator_block(flc_evaluator *evaluator, uint64_t first,
                                  const struct flc_recorder *recorder);
/* The same where `other`, which keeps its programs, has just evaluated the same samples of another
 * study and some programs are the same there (model/model.h, flc_given). */
flc_status flc_evaluator_keep_programs(flc_evaluator *evaluator, flc_error *error);
const double *flc_evaluator_block_given(flc_evaluator *evaluator, uint64_t first,
                                        const flc_evaluator *other, const size_t *program);
/* For rows of evaluations (study/rows.h): at draws of the caller's making, which it takes (also
 * after an error); `points` is what they are of. It keeps its programs. */
flc_evaluator *flc_evaluator_create_from(const flc_study *study, flc_draws *draws,
                                         const flc_points *points, flc_isa isa, flc_error *error);
/* A row: outputs of the block that `other` has evaluated, once more from the values that the caller
 * has put into the table, [rows][FLC_BLOCK], and the draws where they stand. `stage`,
 * `taken` and `asked` are as in struct flc_again (model/model.h). */
double *flc_evaluator_table(flc_evaluator *evaluator);
const double *flc_evaluator_again(flc_evaluator *evaluator, const flc_evaluator *other,
                                  enum flc_stage *stage, const bool *taken,
                                  const unsigned char *asked);
/* Marks the series of the portfolio that one of its outputs of a study with programs needs. */
void flc_evaluator_ask(const flc_study *study, size_t output, unsigned char *asked);
/* After a block: the values of quantities [rows][FLC_BLOCK], the model's workspace, the draws. */
const double *flc_evaluator_values(const flc_evaluator *evaluator);
const flc_workspace *flc_evaluator_workspace(const flc_evaluator *evaluator);
const flc_draws *flc_evaluator_draws(const flc_evaluator *evaluator);
/* Why a plug-in model failed in some block since the evaluator was made, or FLC_OK; its outputs are
 * NaN since. */
flc_status flc_evaluator_failure(const flc_evaluator *evaluator, flc_error *error);
/* Put a plug-in model on trial with the first samples: does it evaluate them, and a second time to
 * the same values? *undefined is the first output that is undefined in all of them, or
 * FLC_NO_OUTPUT. Nothing to do for the portfolio. */
flc_status flc_study_try(const flc_study *study, uint64_t seed, flc_isa isa, size_t *undefined,
                         flc_error *error);
/* A new, empty summary of the study's outputs with its pilot set; evaluates the first block. */
flc_summary *flc_evaluator_summary(flc_evaluator *evaluator, flc_error *error);

#endif
