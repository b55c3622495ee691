/* A model of your own for fulcrum: interface 1.
 *
 * A shared object that exports one function,
 *
 *     const flc_model_description *fulcrum_model(void);
 *
 * is a model that `fulcrum run --model ./mine.so` samples, compares, sweeps, analyses and writes to
 * files, like the built-in model of funding programs, which stands behind this same interface. The
 * description says which uncertain quantities the model reads, which random shocks it draws and
 * which outputs it computes; `evaluate` computes the outputs of FLC_MODEL_BLOCK samples at once.
 *
 * This header is plain C11, needs nothing else of fulcrum, and can be included from C++. A kernel
 * in Fortran reads struct flc_model_block through ISO_C_BINDING (inputs/models/learning has one).
 * Nothing is linked: build with
 *
 *     cc -std=c11 -O2 -fPIC -shared -ffp-contract=off -o mine.so mine.c
 *
 * and whatever -I `pkg-config --cflags fulcrum` says.
 *
 * Rules. A model that keeps them gives the same bits on any number of ranks, in any order of
 * blocks, after any kill and resume, and in another year:
 *
 *   - outputs of a sample are a function of its quantities and shocks alone: not of other samples,
 *     of earlier blocks, of time, of rand(), of addresses or of uninitialised memory;
 *   - no writable global or static data: what has to be kept from call to call lives in the
 *     workspace. Several workspaces exist at once, and one block may be evaluated more than once;
 *   - no input or output, no printing, no exit(), no signals, no threads of its own;
 *   - `evaluate` returns in reasonable time: it is ended when it takes longer than the program's
 *     limit (60 s for a block; FULCRUM_MODEL_PATIENCE in the environment sets it);
 *   - the processor's rounding mode and treatment of denormals stay as they are. So never
 *     -ffast-math, -Ofast or -funsafe-math-optimizations, also not when linking: they change the
 *     arithmetic of the whole process, and the engine refuses such a model;
 *   - results that are the same on every machine need -ffp-contract=off and no -march beyond what
 *     all of them have, and no exp, log, pow, sin ... of the C library where its version or the
 *     processor differs (their last bits do). With these they are the same on one machine, or on
 *     many that are alike;
 *   - an answer that does not exist is NaN (it is counted as undefined), one that is beyond all
 *     numbers ("never") is +INFINITY. Every output of every sample is to be filled; what is not
 *     filled is NaN.
 *
 * The engine never hands out a value outside a quantity's domain: samples in which a distribution
 * leaves it are refused and counted, and `evaluate` sees another sample of the block in their
 * place.
 *
 * Frozen: members of these structs keep their place and meaning in every interface 1; later
 * versions add members at the end of flc_model_description (whose `size` tells them apart) and of
 * flc_model_block only. An engine refuses an interface that it does not know.
 */
#ifndef FULCRUM_MODEL_H
#define FULCRUM_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLC_MODEL_INTERFACE 1u

enum {
    FLC_MODEL_BLOCK = 192,  /* samples evaluated together, the lanes of every array */
    FLC_MODEL_INDICES = 64, /* numbers that one shock has in a sample, and most fiscal years */
    FLC_MODEL_MESSAGE = 512 /* bytes of a message, with its end */
};

/* What a quantity may be: numbers from `low` to `high`, ends included unless said open; +-DBL_MAX
 * or infinity: no bound. Flags are 0 or 1. */
typedef struct flc_model_domain {
    double low, high;
    int32_t low_open, high_open;
    int32_t whole; /* whole numbers only */
    int32_t unused;
} flc_model_domain;

/* A number that a study gives or draws. `name` is a key, or keys joined by '/' ("demand/growth"):
 * letters, digits, '_' and '-', at most 64 a key, 8 keys and 200 in all. A study writes it as
 * quantities/<name>, and that is the name of its draws. */
typedef struct flc_model_quantity {
    const char *name;
    const char *unit;        /* "USD million", "years"; "1" or NULL: none */
    const char *description; /* one sentence, or NULL */
    flc_model_domain domain;
    /* What holds where a study does not give it, as a study writes it: "0.5",
     * "{uniform: {min: 0, max: 1}}". NULL: every study must give it. */
    const char *standard;
} flc_model_quantity;

/* A name of random numbers, FLC_MODEL_INDICES of them in each sample: one for each fiscal year, or
 * used as the model likes. `name` as of a quantity; the draws are named shocks/<name>. */
typedef struct flc_model_shock {
    const char *name;
    const char *description;
} flc_model_shock;

typedef enum flc_model_better {
    FLC_MODEL_NEITHER = 0, /* more of it is neither good nor bad */
    FLC_MODEL_HIGHER = 1,  /* more is what one wants */
    FLC_MODEL_LOWER = -1
} flc_model_better;

/* What is computed. `name` begins with a letter and has letters, digits and '_', at most 64. */
typedef struct flc_model_output {
    const char *name;
    const char *unit;
    const char *description;
    int32_t by_year; /* 1: a value for each fiscal year, in rows one after the other; 0: one */
    int32_t better;  /* flc_model_better */
} flc_model_output;

/* Where random numbers come from, for the block at hand. `out` has FLC_MODEL_BLOCK numbers, one a
 * sample; `shock` is a place in the description's list, `index` below FLC_MODEL_INDICES (others
 * give NaN). Equal calls give equal numbers: asking draws nothing away. */
typedef struct flc_model_draws flc_model_draws;
struct flc_model_draws {
    /* Uniform, strictly between 0 and 1. */
    void (*uniform)(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out);
    /* Standard normal: the quantile of that same uniform. */
    void (*normal)(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out);
};

/* A block of samples. Arrays are aligned to 64 bytes and do not overlap. */
typedef struct flc_model_block {
    /* [quantity][sample] in the order of the description. */
    const double (*quantities)[FLC_MODEL_BLOCK];
    /* [row][sample]: one row for each output, `years` rows for one by year, in the order of the
     * description. */
    double (*outputs)[FLC_MODEL_BLOCK];
    const flc_model_draws *draws;
    char *message; /* FLC_MODEL_MESSAGE bytes, empty: why evaluating failed */
} flc_model_block;

/* All of it lives, unchanged, as long as the shared object is loaded. */
typedef struct flc_model_description flc_model_description;
struct flc_model_description {
    uint32_t interface_version; /* FLC_MODEL_INTERFACE */
    uint32_t size;              /* sizeof(flc_model_description) */
    const char *name;           /* the first part of its outputs' names; as a key of a quantity */
    const char *version;        /* any text: results of different versions do not mix */
    const char *title;          /* for people, one line; or NULL */
    int32_t base_year, years;   /* fiscal years base_year ...; years 0: none, at most 64 */
    size_t quantity_count, shock_count, output_count;
    const flc_model_quantity *quantities;
    const flc_model_shock *shocks;
    const flc_model_output *outputs;
    size_t workspace_bytes; /* of each workspace: zeroed, aligned to 64 bytes */
    /* Once for each workspace, before it is used; NULL: nothing to do. Not 0: it cannot be used,
     * for the reason in `message` (FLC_MODEL_MESSAGE bytes, empty). */
    int (*begin)(const flc_model_description *description, void *workspace, char *message);
    /* Fill the outputs of a block. Not 0: that was impossible, and the run ends with the message
     * (not for a sample without an answer: that is NaN). */
    int (*evaluate)(void *workspace, const flc_model_block *block);
    /* Once for each workspace whose `begin` succeeded, at its end; NULL: nothing to do. */
    void (*end)(void *workspace);
};

/* What the shared object exports. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const flc_model_description *
fulcrum_model(void);

#ifdef __cplusplus
}
#endif

#endif
