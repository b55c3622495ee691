/* Kept samples: all uncertain quantities and all outputs (or those chosen) of every sample of a
 * run, in a file that readers open like a result. Layout: analysis/formats/samples.md.
 *
 * While the run goes on, each rank packs the stripes it evaluates and rank 0 appends them to a log
 * (sample_log.h). When all are there, the file is made from one log or several: written aside,
 * sealed, synced, renamed. Its bytes depend on the study, the seed, what is kept, the number of
 * samples and the HDF5 and zlib libraries; not on ranks, shards, kills or extensions. Memory does
 * not depend on the number of samples (flc_samples_bytes).
 *
 *     flc_samples_create(&samples, study, evaluator, seed, keep, keep_count, error)   every rank
 *     flc_samples_begin(samples, log, error)                      rank 0; or flc_samples_resume
 *     flc_keeper keeper = flc_samples_keeper(samples)             the run takes, packs, appends
 *     flc_samples_finish(samples, path, N, NULL, NULL, 0, error)  rank 0
 *     the result is saved, the checkpoint removed
 *     flc_samples_remove_log(samples, error)                      rank 0
 *
 * Until the last step the log is what a checkpoint goes on from, so it is removed after that.
 */
#ifndef FLC_STORE_SAMPLES_H
#define FLC_STORE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"
#include "run/keeper.h"
#include "study/study.h"

/* Version of the layout; a reader refuses a higher one. */
enum { FLC_SAMPLES_FORMAT = 1 };

typedef struct flc_samples flc_samples;

/* Keep the outputs whose names (study/metrics.h) match one of the patterns, in which * stands for
 * any letters, ? for one and [abc] for one of these; all outputs where there is no pattern. A
 * pattern that matches nothing is FLC_ERROR_USAGE with a suggestion. `evaluator` is the one whose
 * blocks will be taken; NULL only to finish, and to ask for sizes. */
flc_status flc_samples_create(flc_samples **samples, const flc_study *study,
                              const flc_evaluator *evaluator, uint64_t seed,
                              const char *const *keep, size_t keep_count, flc_error *error);
/* The same with the patterns of a log (a shard's). */
flc_status flc_samples_create_like(flc_samples **samples, const flc_study *study,
                                   const flc_evaluator *evaluator, uint64_t seed, const char *log,
                                   flc_error *error);
void flc_samples_free(flc_samples *samples);

/* Valid while `samples` is. */
flc_keeper flc_samples_keeper(flc_samples *samples);

/* Rank 0: begin a log, or go on behind its first `length` bytes, which the keeper's sync gave. */
flc_status flc_samples_begin(flc_samples *samples, const char *log, flc_error *error);
flc_status flc_samples_resume(flc_samples *samples, const char *log, uint64_t length,
                              flc_error *error);
/* The first stripe of the log, and the one that must be appended next; both 0 where it is empty and
 * takes any. */
uint64_t flc_samples_first(const flc_samples *samples);
uint64_t flc_samples_next(const flc_samples *samples);

/* Rank 0: write the file of samples 0 ... count - 1 from the log begun or resumed (if any), `logs`,
 * in any order, and the full stripes of `old` (NULL: none), a finished file of the same study, seed
 * and patterns. FLC_ERROR_STUDY names stripes that are missing or there twice, and files that are
 * damaged or of another run. No input is changed; `old` may be `path`. */
flc_status flc_samples_finish(flc_samples *samples, const char *path, uint64_t count,
                              const char *old, const char *const *logs, size_t log_count,
                              flc_error *error);
/* Is `path` a whole file of just these samples? */
bool flc_samples_are_in(flc_samples *samples, const char *path, uint64_t count);
/* Rank 0: close and remove the log begun or resumed. */
flc_status flc_samples_remove_log(flc_samples *samples, flc_error *error);

typedef struct flc_samples_size {
    size_t parameters, outputs; /* kept of each sample */
    size_t rank_bytes;          /* memory of a rank that keeps, beside that of the run; rank 0 takes
                                   up to half of it again while it writes the file */
    size_t sample_bytes;        /* of one sample before compression */
} flc_samples_size;
flc_samples_size flc_samples_bytes(const flc_samples *samples);

/* The file that belongs to a result: "run.h5" with ".samples.h5" gives "run.samples.h5". */
flc_status flc_samples_path(char *path, size_t room, const char *result, const char *suffix,
                            flc_error *error);

#endif
