/* A data file under construction: HDF5 that is also valid netCDF-4.
 *
 * The file is built in memory and reaches the disk only as a whole (flc_datafile_save), so there is
 * never half a file. One too large for memory is built in a file begun aside (base/file.h), and
 * there complete (flc_datafile_close) before that gets its name. Layouts read as a list of calls
 * without checks: the first failure is kept, later calls do nothing, and flc_datafile_save (or
 * flc_datafile_status) reports it.
 *
 *     flc_datafile *file;
 *     flc_status status = flc_datafile_create(&file, error);
 *     if (status != FLC_OK)
 *         return status;
 *     flc_datafile_coordinate(file, "", "program", FLC_DATA_TEXT, names, programs, "program", "1");
 *     flc_datafile_coordinate(file, "", "fiscal_year", FLC_DATA_INT32, years, T, "fiscal year",
 * "1"); flc_datafile_variable(file, "", "budget_mean", FLC_DATA_DOUBLE, "program fiscal_year",
 * budget, "federal budget, mean over samples", "USD million"); flc_datafile_attribute_text(file,
 * "", "budget_mean", "cell_methods", "realization: mean"); status = flc_datafile_save(file,
 * "result.h5", error); flc_datafile_free(file);
 *
 * Groups are written as "programs/MEP/units", the root as ""; missing parents are made.
 * `dimensions` are names separated by blanks, slowest first, "" for a scalar; each is looked up in
 * the variable's group, then in its parents, as netCDF does, and must exist before the variable.
 * Data are in C order. Names need not be ASCII, but no '/' or control characters, and a name stands
 * for one thing in its group.
 *
 * What the format promises, and why:
 * - The same calls give the same bytes: no times, no unset bytes, NaN always the same NaN.
 * - Every axis has exactly one dimension scale; dimensions without coordinates carry netCDF's
 * reserved name. Links and attributes keep creation order. So netCDF libraries can read and extend
 * the file.
 * - Texts are variable-length UTF-8; bytes that are not UTF-8 become U+FFFD, or Python could not
 * read the file. Doubles have _FillValue NaN, except coordinates.
 * - Large arrays are chunked, shuffled, deflated and carry Fletcher-32 sums; small ones are
 * contiguous.
 * - The oldest HDF5 format that can hold this, so that old readers work.
 * - Behind the HDF5 data stands the SHA-256 of all bytes before it (seal.h); datareader.h checks
 * it.
 *
 * Limits: 8 dimensions; the image is held in memory, unless built in a file.
 */
#ifndef FLC_STORE_DATAFILE_H
#define FLC_STORE_DATAFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "fulcrum/status.h"

typedef enum flc_data_type {
    FLC_DATA_DOUBLE, /* double */
    FLC_DATA_INT32,  /* int32_t */
    FLC_DATA_INT64,  /* int64_t; R reads it inexactly above 2^53, so not for coordinates */
    FLC_DATA_BYTE,   /* unsigned char */
    FLC_DATA_TEXT,   /* const char *, NUL-terminated; NULL is written as "" */
    FLC_DATA_OTHER   /* what another program has added; not for writing */
} flc_data_type;

enum { FLC_DATA_RANK_MAX = 8 };

typedef struct flc_datafile flc_datafile;

flc_status flc_datafile_create(flc_datafile **file, flc_error *error);
/* The same, built in `disk` (begun aside, empty), which stays the caller's. */
flc_status flc_datafile_create_in(flc_datafile **file, flc_file *disk, flc_error *error);
void flc_datafile_free(flc_datafile *file);

/* FLC_OK, or the first failure so far, copied to *error. */
flc_status flc_datafile_status(const flc_datafile *file, flc_error *error);

void flc_datafile_group(flc_datafile *file, const char *group);

/* A dimension without coordinates. */
void flc_datafile_dimension(flc_datafile *file, const char *group, const char *name, size_t size);

/* A dimension whose positions have values: numbers or labels. */
void flc_datafile_coordinate(flc_datafile *file, const char *group, const char *name,
                             flc_data_type type, const void *values, size_t size,
                             const char *long_name, const char *units);

/* `data` holds the product of the dimensions' sizes; a scalar text is passed as the address of a
 * const char *. long_name and units may be NULL. */
void flc_datafile_variable(flc_datafile *file, const char *group, const char *name,
                           flc_data_type type, const char *dimensions, const void *data,
                           const char *long_name, const char *units);

/* A dimension without coordinates along which readers may append (netCDF: unlimited). */
void flc_datafile_dimension_growing(flc_datafile *file, const char *group, const char *name,
                                    size_t size);

/* A variable of doubles that comes as chunks, each of the given sizes, filtered as by
 * store/chunk.h at a level; parts without a chunk are NaN. Returns its number for
 * flc_datafile_chunk. */
size_t flc_datafile_table(flc_datafile *file, const char *group, const char *name,
                          const char *dimensions, const size_t *chunk, unsigned level,
                          const char *long_name, const char *units);
/* The chunk whose first element is at `offset` (one number a dimension). */
void flc_datafile_chunk(flc_datafile *file, size_t table, const uint64_t *offset,
                        uint32_t filter_mask, const void *bytes, size_t length);

/* Attributes of a variable, or of the group itself where `variable` is NULL. */
void flc_datafile_attribute_text(flc_datafile *file, const char *group, const char *variable,
                                 const char *name, const char *text);
void flc_datafile_attribute_double(flc_datafile *file, const char *group, const char *variable,
                                   const char *name, double value);
void flc_datafile_attribute_int64(flc_datafile *file, const char *group, const char *variable,
                                  const char *name, int64_t value);
void flc_datafile_attribute_doubles(flc_datafile *file, const char *group, const char *variable,
                                    const char *name, const double *values, size_t count);
void flc_datafile_attribute_integers(flc_datafile *file, const char *group, const char *variable,
                                     const char *name, const int32_t *values, size_t count);

/* The bytes of the finished file, in memory that the caller frees with flc_free. Nothing can be
 * added afterwards, but it may be asked for again. */
flc_status flc_datafile_image(flc_datafile *file, char **bytes, size_t *length, flc_error *error);

/* The finished file is in `disk`, seal and all; sync and commit are the caller's. Nothing can be
 * added afterwards. */
flc_status flc_datafile_close(flc_datafile *file, flc_error *error);

/* Write the finished file (base/file.h: the old file or the whole new one). */
flc_status flc_datafile_save(flc_datafile *file, const char *path, flc_error *error);

#endif
