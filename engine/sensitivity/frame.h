/* What the methods of sensitivity share: a collector of an output's own sums and of tables of sums,
 * one slot for each pair of a factor and an output it reaches; blocks, records, and what is read of
 * an output. For the files of this floor. */
#ifndef FLC_SENSITIVITY_FRAME_H
#define FLC_SENSITIVITY_FRAME_H

#include "base/elementary.h"
#include "sensitivity/analysed.h"
#include "sensitivity/rows.h"
#include "sensitivity/sums.h"
#include "statistics/collector.h"

/* Slots of a table: by factor, as flc_reach has its outputs; and by output, in the order of
 * factors. */
typedef struct flc_table {
    flc_sums sums;
    size_t *first;   /* [factors + 1] the slot of a factor's first output; NULL: pairs of factors */
    size_t *begin;   /* [outputs + 1] an output's places in the lists below */
    size_t *slots;   /* [slots] */
    size_t *factors; /* [slots]; NULL: pairs of factors */
} flc_table;

enum { FLC_FRAME_TABLES = 3 };

struct flc_frame_output {
    struct flc_grid grid;
    uint64_t counts[FLC_REPLICATES]; /* samples compared */
    uint64_t left_out;
    double low, high;            /* of z; infinite before any */
    double hits[FLC_REPLICATES]; /* of the block at hand */
};

typedef struct flc_frame {
    flc_collector collector; /* first: its address is the frame's */
    const flc_rows *rows;
    uint64_t method, parameter; /* what records must agree on */
    bool pairs;                 /* B is evaluated, too */
    struct flc_frame_output *outputs;
    flc_sums own; /* a, b, a^2, b^2, a b of each output */
    flc_table tables[FLC_FRAME_TABLES];
    size_t table_count;
    double (*za)[FLC_BLOCK], (*zb)[FLC_BLOCK]; /* [outputs] of the block at hand */
    double *inside;                            /* [FLC_BLOCK] 0, NaN in lanes without a sample */
    bool *released;                            /* [factors] */
    flc_bootstrap *bootstrap;
} flc_frame;

/* Fill a zeroed frame; after an error it can be freed. `pilot` as laid out by rows. */
flc_status flc_frame_init(flc_frame *frame, const struct flc_collector_operations *operations,
                          const flc_rows *rows, const double *pilot, uint64_t method,
                          uint64_t parameter, bool pairs, flc_error *error);
/* What the frame holds; not the frame. */
void flc_frame_clear(flc_frame *frame);
void flc_frame_release(flc_frame *frame);
/* Add a table of the pairs in reach of the factors in `which` (NULL: of all). */
flc_status flc_frame_add_table(flc_frame *frame, size_t kinds, const bool *which, flc_error *error);
/* Add a table of one kind for the pairs of factors that both reach an output, by the first table.
 */
flc_status flc_frame_add_pairs(flc_frame *frame, flc_error *error);
/* Memory of a frame with such tables; SIZE_MAX where it does not fit. */
size_t flc_frame_bytes(const flc_rows *rows, const size_t *slots, const size_t *kinds,
                       size_t tables);
/* Pairs in reach of the factors in `which` (NULL: of all), pairs of factors. */
size_t flc_frame_slots(const flc_rows *rows, const bool *which);
size_t flc_frame_pair_slots(const flc_rows *rows);

/* Begin a block: evaluate B where needed, standardise, add to the outputs' own sums. The block's
 * number of samples must be right, its first a multiple of `unit`. */
flc_status flc_frame_begin(flc_frame *frame, const struct flc_sensitivity_kernels *kernels,
                           const double *values, uint64_t first, size_t count, size_t unit,
                           flc_error *error);
/* The row with all of `released` as they are but one factor, set to what it is not, and back. */
const double *flc_frame_row(flc_frame *frame, size_t factor, bool released);

/* The collector's operations on records. */
size_t flc_frame_records(const flc_collector *collector);
size_t flc_frame_record_bytes(const flc_collector *collector, size_t record);
void flc_frame_record_write(const flc_collector *collector, size_t record, unsigned char *buffer);
flc_status flc_frame_record_merge(flc_collector *collector, size_t record,
                                  const unsigned char *buffer, size_t length, flc_error *error);

static inline flc_frame *flc_frame_of(flc_collector *collector)
{
    return (flc_frame *)(void *)collector;
}
static inline const flc_frame *flc_frame_const(const flc_collector *collector)
{
    return (const flc_frame *)(const void *)collector;
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

/* An output's sums in all resamples. Where the variance is none, square is NaN. */
struct flc_frame_moments {
    double count[FLC_RESAMPLED];  /* n */
    double mean[FLC_RESAMPLED];   /* mu of z, pooled over a and b */
    double square[FLC_RESAMPLED]; /* n V */
    double chance[FLC_RESAMPLED]; /* sum a b - n mu^2 */
};
void flc_frame_moments(struct flc_frame_moments *moments, const flc_frame *frame, size_t output);
flc_analysed flc_frame_analysed(const flc_frame *frame, size_t output);
/* A kind of a slot in all resamples. */
void flc_frame_resample(double resampled[FLC_RESAMPLED], const flc_frame *frame,
                        const flc_table *table, size_t slot, size_t kind);
/* What sums over `times` n samples less those that the slot misses are to be multiplied by, to be
 * held against sums over n samples: n / (times n - missing). */
void flc_frame_share(double share[FLC_RESAMPLED], const flc_frame *frame, const flc_table *table,
                     size_t slot, double times, const struct flc_frame_moments *moments);
/* q = m L^2 / (n V) (analysed.h) for m values left out. */
double flc_frame_looseness(const flc_frame *frame, size_t output, uint64_t left_out,
                           const struct flc_frame_moments *moments);
flc_interval flc_frame_bounds(double value, double looseness);

#endif
