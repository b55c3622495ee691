/* HDF5 in memory of ours: what is written lands in pieces of memory, which one after the other are
 * the file as it will be on disk. HDF5's own driver for memory gives the file away as a copy only,
 * moves all of it as it grows, and lets data pass through buffers that are of use where a write is
 * a call of the system.
 *
 * Any HDF5 reads the file: the layout is that of HDF5's driver for memory. A want of memory is kept
 * (flc_image_fault) and not told to HDF5, which could then not close.
 */
#ifndef FLC_STORE_IMAGE_H
#define FLC_STORE_IMAGE_H

#include <hdf5.h>
#include <stddef.h>

#include "base/file.h"
#include "fulcrum/status.h"

typedef struct flc_image flc_image;

flc_status flc_image_create(flc_image **image, flc_error *error);
/* The HDF5 file in it must be closed. NULL is allowed. */
void flc_image_free(flc_image *image);

/* Make a new HDF5 file in the image, once; negative on failure. */
hid_t flc_image_file(flc_image *image, hid_t creation);

/* The first failure, or FLC_OK. */
flc_status flc_image_fault(const flc_image *image, flc_error *error);

/* The HDF5 file, flushed before: piece i of flc_image_count, valid until something is written. */
size_t flc_image_count(const flc_image *image);
flc_file_piece flc_image_piece(const flc_image *image, size_t i);

#endif
