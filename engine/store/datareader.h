/* Data files read back: what datafile.h wrote, also after other programs have added to it.
 *
 * The whole file is taken into memory and its SHA-256 checked before HDF5 sees a byte, so a damaged
 * file is one clear error. (HDF5 itself notices truncation, but not most flipped bits, and some
 * make it crash.) A file that another program has edited ends where HDF5 ends, without the sum;
 * it is read, and flc_datareader_sealed says no.
 *
 * Everything handed out (objects, attributes, values) belongs to the reader and lives until
 * flc_datareader_free.
 *
 * Limits: numbers up to 64 bits and texts; other types appear as FLC_DATA_OTHER and cannot be read;
 * links other than hard ones are left out, and so are groups inside themselves.
 */
#ifndef FLC_STORE_DATAREADER_H
#define FLC_STORE_DATAREADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/datafile.h"

/* `type` is FLC_DATA_DOUBLE, FLC_DATA_INT64 (all integers) or FLC_DATA_TEXT; the member of that
 * type holds `count` values, the others are NULL. */
typedef struct flc_data_attribute {
    const char *name;
    flc_data_type type;
    size_t count;
    const double *doubles;
    const int64_t *integers;
    const char *const *texts;
} flc_data_attribute;

/* A group or a variable. The paths are as in datafile.h: "" is the root, "programs/MEP" a group. */
typedef struct flc_data_object {
    const char *path;
    bool is_group;
    bool is_coordinate; /* the values of a dimension */
    flc_data_type type; /* of a variable, as in the file; floats of any size are doubles */
    size_t rank, count; /* of a variable: axes, and elements in all */
    size_t size[FLC_DATA_RANK_MAX];
    const char *dimension[FLC_DATA_RANK_MAX]; /* "" where an axis has no name */
    const flc_data_attribute *attributes;     /* without the bookkeeping of HDF5 and netCDF */
    size_t attribute_count;
} flc_data_object;

typedef struct flc_datareader flc_datareader;

flc_status flc_datareader_open(flc_datareader **reader, const char *path, flc_error *error);
void flc_datareader_free(flc_datareader *reader);

/* Are these the very bytes that were written? */
bool flc_datareader_sealed(const flc_datareader *reader);
/* Are the two files equal byte by byte, going by the SHA-256 of each? */
bool flc_datareader_same_bytes(const flc_datareader *reader, const flc_datareader *other);

/* The objects in the order in which they were made, a group before what is in it, the root first.
 * Dimensions without coordinates are not among them. */
size_t flc_datareader_count(const flc_datareader *reader);
const flc_data_object *flc_datareader_object(const flc_datareader *reader, size_t i);

/* The group or variable of this path; NULL without a message, or `require` with one. */
const flc_data_object *flc_datareader_find(const flc_datareader *reader, const char *path);
const flc_data_object *flc_datareader_require(const flc_datareader *reader, const char *path,
                                              flc_error *error);

/* All values of a variable in C order, NULL on error. Integers may be read as doubles (exact up to
 * 2^53), not the other way round. Each call reads anew. */
const double *flc_datareader_doubles(flc_datareader *reader, const char *path, flc_error *error);
const int64_t *flc_datareader_integers(flc_datareader *reader, const char *path, flc_error *error);
const char *const *flc_datareader_texts(flc_datareader *reader, const char *path, flc_error *error);
/* Of a variable of bytes, with their number. */
const unsigned char *flc_datareader_bytes(flc_datareader *reader, const char *path, size_t *length,
                                          flc_error *error);

/* Part of a variable of numbers into `values`, in C order: size[k] values from offset[k] on along
 * axis k. `type` is FLC_DATA_DOUBLE or FLC_DATA_INT64, what `values` holds; integers may be read as
 * doubles. For tables too large to be taken whole. */
flc_status flc_datareader_part(flc_datareader *reader, void *values, const char *path,
                               flc_data_type type, const size_t *offset, const size_t *size,
                               flc_error *error);

/* The attribute of this name, NULL if there is none; its text, NULL if there is none or it is not
 * one text. */
const flc_data_attribute *flc_data_attribute_find(const flc_data_object *object, const char *name);
const char *flc_data_attribute_text(const flc_data_object *object, const char *name);

#endif
