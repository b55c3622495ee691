/* HDF5 on an open file of base/file.h: a file begun aside is filled by HDF5 and put in its place by
 * flc_file_commit, so it obeys the same rules as every file we write. A failure of the disk is kept
 * by the file, with the system's reason and a remedy, and not told to HDF5, which could then not
 * close: ask flc_file_fault. HDF5's own driver would also lock the file, which some parallel file
 * systems refuse.
 *
 * The layout on disk is that of HDF5's standard driver; any HDF5 reads it.
 */
#ifndef FLC_STORE_DISK_H
#define FLC_STORE_DISK_H

#include <hdf5.h>

#include "base/file.h"
#include "base/seal.h"

/* Make a new HDF5 file in `file`, or open the one that it holds (read only); negative on failure.
 * `file` stays the caller's, and must live until the HDF5 file is closed. */
hid_t flc_disk_create(flc_file *file, hid_t creation);
hid_t flc_disk_open(flc_file *file);

/* HDF5 forgets a driver whose last file it closes, and then asks it to close that file. So a file
 * of a driver of ours holds the driver from when it is opened to the end of its being closed; -1:
 * no hold. */
hid_t flc_disk_hold(hid_t access);
void flc_disk_let_go(hid_t driver);

/* The seal of the first `size` bytes. */
flc_status flc_disk_seal(char seal[FLC_SEAL_BYTES], const flc_file *file, uint64_t size,
                         flc_error *error);

#endif
