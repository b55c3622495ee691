/* Chunks of doubles as HDF5 stores them: shuffled, deflated, with a Fletcher-32 sum. HDF5 itself
 * filters them, in a small file in memory, so that many processes can do the costly part and one
 * can write (flc_datafile_chunk) without parallel HDF5.
 */
#ifndef FLC_STORE_CHUNK_H
#define FLC_STORE_CHUNK_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* Levels of deflate; 0: neither shuffled nor deflated. Samples are mostly noise: of the outputs of
 * baseline.yaml level 1 leaves 65 % of the bytes at 80 MB/s, level 4 64 % at 64 MB/s, level 6 64 %
 * at 45 MB/s; of its parameters level 1 leaves 88 %. The arrays of its result (16 MB) take
 * 24 % in 0.11 s at level 2, 23 % in 0.15 s at level 4, and of one sample 3 % in 0.024 or 0.051 s.
 */
enum { FLC_DEFLATE_ARRAYS = 2, FLC_DEFLATE_OUTPUTS = 1, FLC_DEFLATE_PARAMETERS = 0 };

/* Our filters into the creation list of a chunked data set; negative on failure. */
herr_t flc_chunk_filters(hid_t list, unsigned level);

/* A press makes chunks of samples, of one size and level. */
typedef struct flc_chunk_press flc_chunk_press;
flc_status flc_chunk_press_create(flc_chunk_press **press, size_t rows, size_t columns,
                                  unsigned level, flc_error *error);
void flc_chunk_press_free(flc_chunk_press *press);
/* Filter values[rows][columns]. *length is that of the filtered chunk, which flc_chunk_press_take
 * gives. */
flc_status flc_chunk_press_put(flc_chunk_press *press, size_t *length, const double *values,
                               flc_error *error);
flc_status flc_chunk_press_take(flc_chunk_press *press, void *bytes, uint32_t *filter_mask,
                                flc_error *error);

#endif
