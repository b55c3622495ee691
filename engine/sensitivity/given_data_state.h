/* The inside of a collector of given data, for the files named given_data*.c. */
#ifndef FLC_SENSITIVITY_GIVEN_DATA_STATE_H
#define FLC_SENSITIVITY_GIVEN_DATA_STATE_H

#include "base/memory.h"
#include "sensitivity/given_data.h"
#include "sensitivity/given_data_kernel.h"

enum { FLC_GIVEN_PILOT_SAMPLES = FLC_GIVEN_DATA_PILOT * FLC_BLOCK };
#define FLC_GIVEN_SAMPLES_MOST (UINT64_C(1) << 36)

/* The two kinds of regression, and of products of inputs. */
enum { FLC_GIVEN_VALUES, FLC_GIVEN_RANKS, FLC_GIVEN_KINDS };

/* Which products of columns i >= j are kept: with[start[i] ... start[i + 1] - 1] = j, ascending, i
 * last. Column 0 is the constant 1. */
struct flc_given_pattern {
    size_t columns;
    size_t *start; /* [columns + 1] */
    uint32_t *with;
};

typedef int64_t flc_given_sums[FLC_REPLICATES];

/* Sums of one output over its samples, by replicate. */
enum flc_given_own {
    FLC_GIVEN_Z,
    FLC_GIVEN_R,
    FLC_GIVEN_ZZ, /* these stop at the limit */
    FLC_GIVEN_RR,
    FLC_GIVEN_OWN
};

struct flc_given_output {
    size_t place;         /* row of its values */
    size_t pairs;         /* quantities that reach it */
    uint32_t *quantities; /* [pairs] ascending */
    struct flc_given_cells cells;
    uint64_t samples;
    flc_given_sums own[FLC_GIVEN_OWN];
    int64_t cell_sums[FLC_GIVEN_DATA_MOST]; /* of z by cell */
    uint64_t special[FLC_GIVEN_EXTRA];      /* samples that are not finite */
    /* Of each pair. Counts are `counts` and, from 2^32 samples on, `before`. */
    uint32_t *counts;         /* [pairs][classes][columns] */
    uint64_t *before;         /* the same, or NULL */
    uint64_t counted;         /* samples in `counts` */
    int64_t (*by_class)[2];   /* [pairs][classes] */
    flc_given_sums *products; /* [pairs][FLC_GIVEN_KINDS] */
    /* Products of its inputs over the samples that are not finite, not defined: all pairs of
     * columns, the constant first; NULL: there are none. */
    flc_given_sums *missing[FLC_GIVEN_KINDS];
};

struct flc_given_data {
    flc_collector collector;
    size_t outputs, quantities, classes, cells, columns; /* columns of a table */
    struct flc_given_output *output;
    flc_given_data_inputs inputs;
    struct flc_given_pattern pattern; /* of columns 1 + quantity */
    flc_given_sums *gram[FLC_GIVEN_KINDS];
    bool without_regression;
    size_t pilots; /* blocks of the pilot seen */
    double *pilot; /* [outputs + quantities][FLC_GIVEN_PILOT_SAMPLES], until the pilot is whole */
    double *center, *factor;        /* [quantities] of their values */
    double *lanes[FLC_GIVEN_KINDS]; /* [1 + quantities][FLC_BLOCK] of the block at hand */
    uint32_t (*codes)[FLC_BLOCK];   /* [quantities] */
    double *masked;                 /* [1 + quantities][FLC_BLOCK] */
    uint32_t *first;                /* 0, 1, 2 ...: [1 + quantities] */
    uint64_t plan;                  /* a hash of the plan, and then of the pilot */
};

static inline struct flc_given_data *flc_given_self(flc_collector *collector)
{
    return (struct flc_given_data *)(void *)collector;
}
static inline const struct flc_given_data *flc_given_constant_self(const flc_collector *collector)
{
    return (const struct flc_given_data *)(const void *)collector;
}

/* Places in an output's arrays. */
static inline size_t flc_given_table(const struct flc_given_data *own)
{
    return own->classes * own->columns;
}
static inline size_t flc_given_triangle(size_t columns)
{
    return columns * (columns + 1) / 2;
}

/* A 64-bit hash going on from `hash`. */
static inline uint64_t flc_given_hash(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 32;
}

/* Sums of two sets of samples. */
static inline int64_t flc_given_wrapped(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t flc_given_stopped(int64_t a, int64_t b)
{
    const uint64_t sum = (uint64_t)a + (uint64_t)b;
    return sum < (uint64_t)FLC_GIVEN_SUM_LIMIT ? (int64_t)sum : FLC_GIVEN_SUM_LIMIT;
}

/* given_data_pilot.c. Cells of an output from its values; `values` are sorted. */
void flc_given_cells_set(struct flc_given_cells *cells, double *values, size_t count,
                         size_t wanted);
/* Center and factor of an input. */
void flc_given_scale_set(double *center, double *factor, double *values, size_t count);

/* given_data.c. Room for what is not finite (defined); for more samples than 32 bits count. */
flc_status flc_given_miss(struct flc_given_output *output, int kind, flc_error *error);
flc_status flc_given_make_room(const struct flc_given_data *own, struct flc_given_output *output,
                               uint64_t more, flc_error *error);

/* given_data_record.c: as in collector.h. Record `outputs` is that of the inputs. */
size_t flc_given_record_bytes(const flc_collector *collector, size_t record);
void flc_given_record_write(const flc_collector *collector, size_t record, unsigned char *buffer);
flc_status flc_given_record_merge(flc_collector *collector, size_t record,
                                  const unsigned char *buffer, size_t length, flc_error *error);

/* Table of a pair as numbers: [classes][columns]. */
void flc_given_counts(double *table, const struct flc_given_data *own,
                      const struct flc_given_output *output, size_t pair);

/* given_data_tables.c: delta and PAWN of a table of n_mk, with their errors. */
struct flc_given_distances {
    double delta, median, maximum;
};
struct flc_given_table {
    size_t classes, columns; /* without that of undefined samples, in ascending order of y */
    const double *counts;    /* [classes][columns] */
    double samples;          /* their sum */
};
/* work: flc_given_tables_work doubles. NaN without samples. */
struct flc_given_distances flc_given_distances_of(const struct flc_given_table *table,
                                                  double *work);
/* bias: what the plain distances are too large by; error: their standard errors, of the bias
 * included. */
void flc_given_bootstrap(struct flc_given_distances *bias, struct flc_given_distances *error,
                         const struct flc_given_table *table, size_t resamples, uint64_t seed,
                         double *work);
size_t flc_given_tables_work(size_t classes, size_t columns);

/* given_data_first.c: first order of a pair. */
struct flc_given_first {
    double value, error, partition;
};
struct flc_given_first flc_given_first_of(const struct flc_given_data *own,
                                          const struct flc_given_output *output, size_t pair,
                                          const double *table);

#endif
