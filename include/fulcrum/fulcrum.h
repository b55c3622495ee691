/* libfulcrum, for programs that own the loop: a host that couples Fulcrum to another model, a user
 * interface, a service. Interface 1.
 *
 *     flc_session_options options;
 *     flc_session_options_init(&options, sizeof options);
 *     options.study = "baseline.yaml";
 *     options.samples = 100000;
 *     status = flc_session_open(&session, &options, &error);                      initialize
 *     while (!(status = flc_session_next(session, &block, &error)) && block)      next
 *         status = flc_session_accumulate(session, &error);
 *     status = flc_session_save(session, "baseline.h5", &error);
 *     flc_session_free(session);                                                  finalize
 *
 * That file is, byte by byte, the one of `fulcrum run baseline.yaml -n 100000`. Build with what
 * `pkg-config --cflags --libs fulcrum` says; inputs/library has an example with its Makefile.
 *
 * Sessions. A session is one study, its points and what was accumulated of them; everything is in
 * the session and nothing is global, so a process may have any number of them. Sample i of a study
 * and a seed is the same in every session. Samples come in blocks of FLC_SESSION_BLOCK, which may
 * be taken in any order and by anybody: sessions of one run that took different blocks (`part` of
 * `parts`, or flc_session_seek) give each other their states (flc_session_state,
 * flc_session_merge), and whoever has all of them has, bit for bit, the run that was never shared.
 * So a host uses its own threads or its own MPI: rank r of n opens part r of n and sends its state
 * to rank 0 (MPI_Gatherv of bytes), which merges and saves. The library neither starts nor ends
 * MPI, and calls none of it (HDF5 may, where it was built with MPI: then it must be the host's).
 *
 * Arguments: handle, outputs, inputs, error; a length follows its array. Pointers that are given
 * out stay the session's. Texts are UTF-8. Inputs are copied, none is kept.
 *
 * Errors. Functions that can fail return an flc_status and fill *error (may be NULL) with what is
 * wrong, where, and what to do (fulcrum/status.h); they leave the session as it was unless they say
 * otherwise. FLC_ERROR_USAGE is a call that could not be meant: a NULL that is not allowed, a wrong
 * number, a call out of order. The library never prints, exits, aborts or catches signals, changes
 * no setting of the process, and reads of the environment only FULCRUM_ISA (generic, v3, v4).
 *
 * Threads. Different sessions may be used by different threads at once, one session by one thread
 * at a time; plug-in models that keep the rules of fulcrum/model.h too. Only flc_session_save and
 * flc_session_merge_file are for one thread at a time, and not beside the host's own HDF5 calls
 * (unless its HDF5 was built to be thread-safe).
 *
 * Arithmetic. A process must compute in IEEE double, rounded to nearest, with denormals; anything
 * linked with -ffast-math changes that. flc_session_open checks it. The locale is of no effect.
 *
 * Plug-in models (fulcrum/model.h) run in this process: what crashes or never returns in one does
 * so in the host. `fulcrum run --model` is the guarded place to try one.
 *
 * Frozen: functions, members and enumerators of interface 1 stay as they are; later versions add
 * functions, members at the end of structs that only the library makes, and members at the end of
 * flc_session_options, whose `size` tells them apart. The shared library's name ends in the number
 * of its interface.
 */
#ifndef FULCRUM_FULCRUM_H
#define FULCRUM_FULCRUM_H

#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the library ------------------------------------------------------------------------------
 */

#define FLC_LIBRARY_INTERFACE 1

/* The interface of the library at hand, to be compared with the one compiled for, and the version
 * of Fulcrum, such as "0.3.0": results of different versions may differ in bits, and do not mix.
 * Any thread, any time. */
FLC_API uint32_t flc_library_interface(void);
FLC_API const char *flc_library_version(void);

/* Whether this process computes as results assume (FLC_ERROR_INTERNAL) and FULCRUM_ISA, if set,
 * names an instruction set (FLC_ERROR_USAGE). Every flc_session_open does this. Any thread. */
FLC_API flc_status flc_library_check(flc_error *error);

/* ---- opening ----------------------------------------------------------------------------------
 */

typedef struct flc_session flc_session;

/* What to open. Exactly one of: a study's file; `text`; only `model`. */
typedef struct flc_session_options {
    size_t size; /* of this struct */
    /* A study's file, with all that it includes; perhaps an overlay (a policy) on top, and then
     * assignments "path=value" as after --set. NULL: none. */
    const char *study, *overlay;
    const char *const *assignments; /* [assignment_count] */
    size_t assignment_count;
    /* The shared object of a plug-in model; NULL: the built-in model, or as the study says. Without
     * study and text all quantities are the model's standards. */
    const char *model;
    /* The study as text, as flc_session_resolved gives it (for ranks that do not read files);
     * `study` is then only its name, as it stands in results. No overlay, no assignments. */
    const char *text; /* [text_length] */
    size_t text_length;
    uint64_t samples; /* of the run; 0: open-ended, design mc only */
    uint64_t seed;    /* below 2^63; 1 */
    /* "mc", "lhs" (samples a multiple of 16), "sobol" (a power of two from 32 on); NULL: mc. */
    const char *design;
    /* "generic", "v3", "v4", of no effect on any bit; NULL: as FULCRUM_ISA says, else the widest
     * that the processor has. */
    const char *instructions;
    /* flc_session_next gives blocks part, part + parts, part + 2 parts, ... (part < parts). */
    uint64_t part, parts; /* 0 of 1 */
} flc_session_options;

/* Fill with the values named above; size: sizeof(flc_session_options). Any thread. */
FLC_API void flc_session_options_init(flc_session_options *options, size_t size);

/* A new session, to be freed with flc_session_free; *session is NULL after an error. Reads the
 * study and evaluates its first block, which fixes the scales of all statistics. FLC_ERROR_INPUT:
 * a file that is not there; FLC_ERROR_STUDY: what is wrong in it, with line and remedy;
 * FLC_ERROR_USAGE: options that exclude each other or are out of range; FLC_ERROR_MEMORY. */
FLC_API flc_status flc_session_open(flc_session **session, const flc_session_options *options,
                                    flc_error *error);
/* End it: all that it gave out is gone. NULL is allowed. */
FLC_API void flc_session_free(flc_session *session);

/* ---- what it is about: constant, valid until the session is freed -----------------------------
 */

/* The resolved study, all defaults in it, as YAML; the SHA-256 of that text, 64 hexadecimal digits,
 * which names the study; things worth a warning that are no errors, NULL past the last. NULL for a
 * NULL session. */
FLC_API const char *flc_session_resolved(const flc_session *session);
FLC_API const char *flc_session_hash(const flc_session *session);
FLC_API const char *flc_session_warning(const flc_session *session, size_t i);

typedef struct flc_session_output {
    const char *name; /* "MEP/leverage_ratio", "MEP/federal/2030", "MEP/outcome_gross/jobs" */
    const char *unit; /* "1", "USD million", "years", ... */
    const char *description;
    int32_t fiscal_year; /* 0: over the horizon */
    int32_t better;      /* 1: more of it is what a funder wants, -1: less, 0: neither */
} flc_session_output;

typedef struct flc_session_quantity {
    const char *name; /* its path in the study, "programs/MEP/match/required" */
    const char *unit;
    const char *description;
    const char *distribution; /* "pert: {min: 0.1, mode: 0.15, max: 0.25}" */
    const char *source;       /* as the study gives it, or NULL */
} flc_session_quantity;

/* Outputs that are computed for each sample; quantities that are uncertain in this study. NULL
 * where there is no number i; 0 for a NULL session. */
FLC_API size_t flc_session_outputs(const flc_session *session);
FLC_API const flc_session_output *flc_session_output_at(const flc_session *session, size_t i);
FLC_API size_t flc_session_quantities(const flc_session *session);
FLC_API const flc_session_quantity *flc_session_quantity_at(const flc_session *session, size_t i);

/* The number of an output or quantity by its name. FLC_ERROR_USAGE where there is none, with the
 * nearest that there is. */
FLC_API flc_status flc_session_find_output(const flc_session *session, size_t *output,
                                           const char *name, flc_error *error);
FLC_API flc_status flc_session_find_quantity(const flc_session *session, size_t *quantity,
                                             const char *name, flc_error *error);

/* ---- the loop ---------------------------------------------------------------------------------
 */

enum { FLC_SESSION_BLOCK = 192 }; /* samples evaluated together, the lanes of all arrays */

/* A block: samples first ... first + count - 1; count is FLC_SESSION_BLOCK but for the last block
 * of a run. All lanes hold numbers, those from `count` on are not of the run. NaN: the sample has
 * no answer (undefined); +-infinity: "never". */
typedef struct flc_session_block {
    uint64_t first;
    size_t count;
    const double *outputs;           /* [flc_session_outputs][FLC_SESSION_BLOCK] */
    const double *const *quantities; /* [flc_session_quantities] pointers to [FLC_SESSION_BLOCK] */
} flc_session_block;

/* Evaluate the next block of this part that was not accumulated yet. *block is NULL, and the status
 * FLC_OK, when there is none left; an open-ended session always has one. It is valid until the next
 * call of next, accumulate, merge, save or free. FLC_ERROR_STUDY where a plug-in model failed, as
 * all later calls will then. */
FLC_API flc_status flc_session_next(flc_session *session, const flc_session_block **block,
                                    flc_error *error);
/* Go on with the first block of this part from sample `first` on, a multiple of FLC_SESSION_BLOCK:
 * for hosts that hand out blocks themselves. */
FLC_API flc_status flc_session_seek(flc_session *session, uint64_t first, flc_error *error);

/* Take the block that next gave into the statistics, at most once (FLC_ERROR_USAGE). After
 * FLC_ERROR_MEMORY the session can only be freed. */
FLC_API flc_status flc_session_accumulate(flc_session *session, flc_error *error);

/* Samples of the run, 0 for an open-ended one; samples accumulated, also by merging. */
FLC_API uint64_t flc_session_samples(const flc_session *session);
FLC_API uint64_t flc_session_accumulated(const flc_session *session);

/* ---- statistics of what was accumulated, at any time ------------------------------------------
 */

/* `level`: two-sided confidence, 0 < level < 1. With design lhs and sobol errors come from the
 * spread over 16 replicates. FLC_ERROR_USAGE for an output that is not there, or a level or
 * probability out of range; too few samples are no error but NaN or infinite numbers. Functions
 * that only read do not touch the block that next gave. */

/* Counts: defined = finite + plus_infinite + minus_infinite. Moments are those of finite values, in
 * the output's unit (skewness, excess kurtosis: 1); NaN: not defined. *_sample: the first sample
 * that has the value; UINT64_MAX: none. */
typedef struct flc_session_moments {
    uint64_t defined, undefined, finite, plus_infinite, minus_infinite;
    double mean, sd, skewness, kurtosis;
    double mean_error, sd_error; /* standard errors */
    double min, max;
    uint64_t min_sample, max_sample, first_undefined;
} flc_session_moments;
FLC_API flc_status flc_session_read_moments(const flc_session *session,
                                            flc_session_moments *moments, size_t output,
                                            flc_error *error);

/* An estimate with its interval. bound: how far `value` can be from that of exactly these samples
 * (0: exact), as quantiles and exceedances come from a sketch of 512 cells an octave; [low, high]
 * takes it in. */
typedef struct flc_session_estimate {
    double value, low, high, bound;
} flc_session_estimate;

/* The mean of the finite values: Student's interval, for one look. */
FLC_API flc_status flc_session_read_mean(const flc_session *session, flc_session_estimate *mean,
                                         size_t output, double level, flc_error *error);
/* The same with an interval that holds at all looks together, so that a loop may end because of
 * what it read (about 1.5 to 2 times as wide; infinite below 1000 samples; design mc only). */
FLC_API flc_status flc_session_read_mean_always(const flc_session *session,
                                                flc_session_estimate *mean, size_t output,
                                                double level, flc_error *error);
/* The p-quantile of the defined values, 0 <= p <= 1, infinite ones included. */
FLC_API flc_status flc_session_read_quantile(const flc_session *session,
                                             flc_session_estimate *quantile, size_t output,
                                             double p, double level, flc_error *error);
/* The probability that the output is at least `threshold` (not NaN), among the defined values.
 * Exact (bound 0) where the study has that very target; else the interval is Wilson's of
 * independent samples, also for lhs and sobol. */
FLC_API flc_status flc_session_read_exceedance(const flc_session *session,
                                               flc_session_estimate *probability, size_t output,
                                               double threshold, double level, flc_error *error);

/* ---- keeping ----------------------------------------------------------------------------------
 */

/* The state of the full blocks accumulated, as bytes (analysis/formats/state.md): the same bytes
 * for the same set of blocks. Samples behind the last full block of a run, fewer than
 * FLC_SESSION_BLOCK, are never in it. Valid until the next call of this function, or free. */
FLC_API flc_status flc_session_state(flc_session *session, const void **bytes, size_t *length,
                                     flc_error *error);
/* Write it to a file, aside and renamed: a checkpoint that `fulcrum run --resume` takes up and
 * `fulcrum merge` joins. FLC_ERROR_OUTPUT. */
FLC_API flc_status flc_session_save_state(flc_session *session, const char *path, flc_error *error);

/* Add the state of another session, or of this one in an earlier process: of the same version,
 * study, seed and design, and of blocks that this session does not have. FLC_ERROR_STUDY says what
 * is different, damaged or there twice. After FLC_ERROR_MEMORY the session can only be freed. */
FLC_API flc_status flc_session_merge(flc_session *session, const void *bytes, size_t length,
                                     flc_error *error);
/* The same from a file: a state, a checkpoint or shard of `fulcrum run`, or a result file. */
FLC_API flc_status flc_session_merge_file(flc_session *session, const char *path, flc_error *error);

/* Write the result: the file of `fulcrum run` with the same study, seed, design and number of
 * samples, byte by byte; open-ended, with the number accumulated. FLC_ERROR_USAGE where samples are
 * missing between the first and the last; what is left behind the last full block is evaluated and
 * accumulated here if it was not yet. FLC_ERROR_OUTPUT where it cannot be written; the old file is
 * then as it was. */
FLC_API flc_status flc_session_save(flc_session *session, const char *path, flc_error *error);

#ifdef __cplusplus
}
#endif

#endif
