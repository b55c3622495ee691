/* What the two halves of store/samples.h share: samples.c keeps, samples_file.c finishes. */
#ifndef FLC_STORE_SAMPLES_PRIV_H
#define FLC_STORE_SAMPLES_PRIV_H

#include "base/memory.h"
#include "store/sample_log.h"
#include "store/samples.h"

enum { FLC_STRIPE_SAMPLES = FLC_STRIPE * FLC_BLOCK };

enum { FLC_KEPT_PARAMETERS, FLC_KEPT_OUTPUTS, FLC_KEPT_TABLES };

/* A table of the file: its columns are cut into `groups` of equal width (the last one may be
 * filled up), and a chunk is one stripe of one group. */
struct flc_kept_table {
    unsigned level; /* of deflate (store/chunk.h) */
    size_t columns, width, groups;
    size_t *source; /* the columns' rows among the evaluator's values, or outputs */
};

struct flc_samples {
    const flc_study *study;
    const flc_evaluator *evaluator;
    flc_points points;
    flc_arena *arena;
    const char *const *keep;
    size_t keep_count;
    flc_output_label *labels; /* of all outputs */
    char *identity;
    struct flc_kept_table tables[FLC_KEPT_TABLES];
    double *stripe; /* [group][sample][column], parameters first; NULL without evaluator */
    size_t count;   /* samples in the stripe at work */
    void *packed;
    size_t packed_capacity, packed_length;
    flc_sample_log *log; /* on rank 0 */
};

/* A packed stripe: its sum, the number of samples (8 bytes), then for each chunk in the order of
 * tables and groups the filter mask (4 bytes), the length (4) and the filtered bytes. */
enum { FLC_PACKED_FRONT = FLC_PACKED_SUM + 8, FLC_PACKED_CHUNK = 8 };

#endif
