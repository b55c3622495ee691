/* HDF5 without its noise. HDF5 prints its error stack to standard error unless told otherwise, and
 * its exit handler can crash after a failed write; a library may do neither. Whatever uses HDF5
 * stands between begin and end, which leave the settings of the surrounding program as they were.
 */
#ifndef FLC_STORE_QUIET_H
#define FLC_STORE_QUIET_H

#include <hdf5.h>
#include <stddef.h>

typedef struct flc_quiet {
    H5E_auto2_t printer;
    void *printer_data;
} flc_quiet;

void flc_quiet_begin(flc_quiet *quiet);
void flc_quiet_end(const flc_quiet *quiet);

/* The innermost message of the last HDF5 call that failed, which names the cause. */
void flc_quiet_message(char *text, size_t room);

#endif
