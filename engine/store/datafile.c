/* See datafile.h. The conventions are those of the netCDF-4 file format (Unidata, NetCDF User's
 * Guide, "File Format Specifications") and of the HDF5 Dimension Scale Specification. The scales
 * are written here rather than by H5DS, which rewrites a growing list for every attached variable
 * and leaves unset bytes in it.
 */
#include "store/datafile.h"

#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "store/chunk.h"
#include "store/disk.h"
#include "store/image.h"
#include "store/quiet.h"

enum {
    PATH_BYTES = 1024,
    NAME_BYTES = 256,             /* netCDF's NC_MAX_NAME */
    CHUNKED_FROM_BYTES = 1 << 16, /* smaller arrays are contiguous: a chunk index costs 2 KiB */
    CHUNK_BYTES = 1 << 20,
    TEXT_BUFFER_BYTES = 1 << 15,
    GROWTH_CHUNK = 1024 /* of a growing dimension's scale, which holds nothing */
};

/* One element of a scale's REFERENCE_LIST: this data set uses the scale on this axis. */
struct use {
    hobj_ref_t dataset;
    int32_t axis, unused;
};

struct dimension {
    const char *group, *name;
    size_t size;
    bool growing;
    hobj_ref_t scale;
    struct use *uses;
    size_t use_count, use_capacity;
};

struct flc_datafile {
    hid_t file;
    hid_t latest; /* the variable written last, which attributes will follow; -1: none open */
    char latest_path[PATH_BYTES];
    flc_file *disk;   /* NULL: in memory */
    flc_image *image; /* NULL: on disk */
    hid_t *tables;
    size_t table_count, table_capacity;
    hid_t group_creation, link_creation;
    hid_t dataset_creation, number_creation; /* the latter's missing values are NaN */
    hid_t text_transfer; /* with small buffers: HDF5 clears two of 1 MiB for each array of texts */
    hid_t scalar;        /* the space of one value */
    hid_t text_type, reference_list_type, dimension_list_type;
    flc_arena *arena;
    double *canonical; /* room for an array while it is written */
    size_t canonical_room;
    struct dimension *dimensions;
    size_t dimension_count, dimension_capacity;
    flc_error error; /* the first failure; its status is FLC_OK while all is well */
    flc_quiet quiet;
    bool finished;
};

/* The axes of one data set. */
struct axes {
    size_t rank;
    hsize_t size[FLC_DATA_RANK_MAX], most[FLC_DATA_RANK_MAX];
    const size_t *chunk;                 /* NULL: as the size suggests */
    unsigned level;                      /* of deflate, where there are chunks */
    size_t dimension[FLC_DATA_RANK_MAX]; /* place in file->dimensions */
};

/* ---- the first failure is kept ---- */

static bool begin(flc_datafile *file)
{
    if (file->error.status == FLC_OK && file->finished)
        flc_error_set(&file->error, FLC_ERROR_INTERNAL,
                      "the file is finished; nothing can be added");
    if (file->disk && file->error.status == FLC_OK)
        flc_file_fault(file->disk, &file->error);
    if (file->image && file->error.status == FLC_OK)
        flc_image_fault(file->image, &file->error);
    if (file->error.status != FLC_OK)
        return false;
    flc_quiet_begin(&file->quiet);
    return true;
}

static void end(flc_datafile *file)
{
    flc_quiet_end(&file->quiet);
}

/* Was an HDF5 call (id, herr_t or htri_t) successful? The first that was not is the file's error.
 */
static bool done(flc_datafile *file, int64_t result, const char *what, const char *path)
{
    char reason[256];
    if (result >= 0)
        return true;
    flc_quiet_message(reason, sizeof reason);
    if (file->error.status == FLC_OK)
        flc_error_set(&file->error, FLC_ERROR_OUTPUT, "%s: HDF5 cannot %s: %s; is memory short?",
                      path, what, reason);
    return false;
}

static bool refuse(flc_datafile *file, const char *path, const char *reason)
{
    flc_error_set(&file->error, FLC_ERROR_INTERNAL, "%s: %s", path, reason);
    return false;
}

/* ---- names ---- */

static bool name_valid(const char *name)
{
    size_t length = strlen(name), step = 1;
    if (length == 0 || length > NAME_BYTES || name[0] == ' ' || name[0] == '.' ||
        name[length - 1] == ' ')
        return false;
    for (; *name && step > 0; name += step) {
        step = flc_utf8_character(name);
        if ((unsigned char)*name < 0x20 || *name == '/' || *name == 0x7F)
            return false;
    }
    return step > 0;
}

/* "/group/name", or the group itself where `name` is NULL. */
static bool path_join(flc_datafile *file, char path[PATH_BYTES], const char *group,
                      const char *name)
{
    int length =
        snprintf(path, PATH_BYTES, "/%s%s%s", group, name && *group ? "/" : "", name ? name : "");
    if (name && !name_valid(name))
        return refuse(file, path, "not a valid name in a data file");
    return length < PATH_BYTES || refuse(file, path, "this path is too long");
}

/* ---- creating and closing ---- */

static hid_t creation_list(hid_t class, bool links)
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    hid_t list = H5Pcreate(class);
    if (list >= 0 &&
        (H5Pset_obj_track_times(list, false) < 0 || H5Pset_attr_creation_order(list, order) < 0 ||
         (links && H5Pset_link_creation_order(list, order) < 0))) {
        H5Pclose(list);
        list = -1;
    }
    return list;
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 &&
        (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        type = -1;
    }
    return type;
}

static hid_t reference_list_type(void)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct use));
    if (type >= 0 &&
        (H5Tinsert(type, "dataset", offsetof(struct use, dataset), H5T_STD_REF_OBJ) < 0 ||
         H5Tinsert(type, "dimension", offsetof(struct use, axis), H5T_NATIVE_INT32) < 0)) {
        H5Tclose(type);
        type = -1;
    }
    return type;
}

/* The creation list of contiguous doubles. */
static hid_t number_list(void)
{
    const double missing = NAN;
    hid_t list = creation_list(H5P_DATASET_CREATE, false);
    if (list >= 0 && H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &missing) < 0) {
        H5Pclose(list);
        list = -1;
    }
    return list;
}

static hid_t hdf5_file(const flc_datafile *file)
{
    hid_t creation = creation_list(H5P_FILE_CREATE, true);
    hid_t id = -1;
    if (creation >= 0)
        id = file->disk ? flc_disk_create(file->disk, creation)
                        : flc_image_file(file->image, creation);
    H5Pclose(creation);
    return id;
}

static void create_parts(flc_datafile *file)
{
    file->group_creation = creation_list(H5P_GROUP_CREATE, true);
    file->dataset_creation = creation_list(H5P_DATASET_CREATE, false);
    file->link_creation = H5Pcreate(H5P_LINK_CREATE);
    file->text_type = text_type();
    file->reference_list_type = reference_list_type();
    file->dimension_list_type = H5Tvlen_create(H5T_STD_REF_OBJ);
    file->number_creation = number_list();
    file->text_transfer = H5Pcreate(H5P_DATASET_XFER);
    file->scalar = H5Screate(H5S_SCALAR);
    file->file = hdf5_file(file);
    bool all = file->group_creation >= 0 && file->dataset_creation >= 0 &&
               file->link_creation >= 0 && file->text_type >= 0 && file->reference_list_type >= 0 &&
               file->dimension_list_type >= 0 && file->number_creation >= 0 && file->scalar >= 0 &&
               file->file >= 0 && H5Pset_char_encoding(file->link_creation, H5T_CSET_UTF8) >= 0 &&
               H5Pset_buffer(file->text_transfer, TEXT_BUFFER_BYTES, NULL, NULL) >= 0;
    done(file, all ? 0 : -1, "create a file", "data file");
}

flc_status flc_datafile_create(flc_datafile **created, flc_error *error)
{
    return flc_datafile_create_in(created, NULL, error);
}

flc_status flc_datafile_create_in(flc_datafile **created, flc_file *disk, flc_error *error)
{
    flc_datafile *file = *created = FLC_NEW(flc_datafile, 1, error);
    if (!file)
        return FLC_ERROR_MEMORY;
    file->disk = disk;
    file->latest = file->file = file->group_creation = file->dataset_creation =
        file->number_creation = file->link_creation = file->text_transfer = file->scalar = -1;
    file->text_type = file->reference_list_type = file->dimension_list_type = -1;
    file->arena = flc_arena_create(&file->error);
    if (file->arena && !disk)
        flc_image_create(&file->image, &file->error);
    if (file->arena && begin(file)) {
        create_parts(file);
        end(file);
    }
    flc_status status = flc_datafile_status(file, error);
    if (status != FLC_OK) {
        flc_datafile_free(file);
        *created = NULL;
    }
    return status;
}

void flc_datafile_free(flc_datafile *file)
{
    if (!file)
        return;
    flc_quiet_begin(&file->quiet);
    H5Pclose(file->group_creation);
    H5Pclose(file->dataset_creation);
    H5Pclose(file->number_creation);
    H5Pclose(file->text_transfer);
    H5Sclose(file->scalar);
    H5Pclose(file->link_creation);
    H5Tclose(file->text_type);
    H5Tclose(file->reference_list_type);
    H5Tclose(file->dimension_list_type);
    for (size_t i = 0; i < file->table_count; i++)
        H5Dclose(file->tables[i]);
    H5Dclose(file->latest);
    H5Fclose(file->file);
    flc_quiet_end(&file->quiet);
    flc_image_free(file->image);
    flc_free(file->tables);
    for (size_t i = 0; i < file->dimension_count; i++)
        flc_free(file->dimensions[i].uses);
    flc_free(file->dimensions);
    flc_free(file->canonical);
    flc_arena_free(file->arena);
    flc_free(file);
}

flc_status flc_datafile_status(const flc_datafile *file, flc_error *error)
{
    if (file->error.status != FLC_OK && error)
        *error = file->error;
    return file->error.status;
}

/* ---- groups ---- */

static bool group_make(flc_datafile *file, const char *path)
{
    htri_t exists = H5Lexists(file->file, path, H5P_DEFAULT);
    if (!done(file, exists, "look up", path) || exists > 0)
        return exists > 0;
    hid_t id = H5Gcreate2(file->file, path, file->link_creation, file->group_creation, H5P_DEFAULT);
    return done(file, id, "create this group", path) &&
           done(file, H5Gclose(id), "close this group", path);
}

/* Make the group and its parents: "programs", "programs/MEP", ... */
static bool group_ensure(flc_datafile *file, const char *group)
{
    char path[PATH_BYTES];
    if (!path_join(file, path, group, NULL))
        return false;
    for (char *part = path + 1; *group && part;) {
        char *slash = strchr(part, '/');
        if (slash)
            *slash = '\0';
        if (!name_valid(part))
            return refuse(file, path, "not a valid name in a data file");
        if (!group_make(file, path))
            return false;
        if (slash)
            *slash = '/';
        part = slash ? slash + 1 : NULL;
    }
    return true;
}

void flc_datafile_group(flc_datafile *file, const char *group)
{
    if (!begin(file))
        return;
    group_ensure(file, group);
    end(file);
}

/* ---- attributes ---- */

/* One value is a scalar, several are a list. */
static hid_t space_take(const flc_datafile *file, size_t count)
{
    hsize_t size = count;
    return count == 1 ? file->scalar : H5Screate_simple(1, &size, NULL);
}

static bool space_close(flc_datafile *file, hid_t space, const char *path)
{
    return space < 0 || space == file->scalar || done(file, H5Sclose(space), "close a space", path);
}

static bool attribute_write(flc_datafile *file, hid_t object, const char *path, const char *name,
                            hid_t file_type, hid_t memory_type, const void *values, size_t count)
{
    hid_t space = space_take(file, count);
    hid_t id = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t written = id < 0 ? -1 : H5Awrite(id, memory_type, values);
    bool good = done(file, written, "write an attribute", path);
    if (id >= 0)
        good = done(file, H5Aclose(id), "close an attribute", path) && good;
    return space_close(file, space, path) && good;
}

static bool attribute_text(flc_datafile *file, hid_t object, const char *path, const char *name,
                           const char *text)
{
    char *copy;
    const char *clean = flc_utf8_repair(&copy, text, &file->error);
    bool good = clean && attribute_write(file, object, path, name, file->text_type, file->text_type,
                                         &clean, 1);
    flc_free(copy);
    return good;
}

/* The markers of dimension scales are fixed-length by specification. */
static bool attribute_fixed_text(flc_datafile *file, hid_t object, const char *path,
                                 const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    herr_t sized = type < 0 ? -1 : H5Tset_size(type, strlen(text) + 1);
    bool good = done(file, sized, "size a text", path) &&
                attribute_write(file, object, path, name, type, type, text, 1);
    if (type >= 0)
        good = done(file, H5Tclose(type), "close a type", path) && good;
    return good;
}

/* The variable or group at a path; by `let_go` it is closed unless it stays open anyway. */
static hid_t take_hold(const flc_datafile *file, const char *path)
{
    bool open = file->latest >= 0 && strcmp(path, file->latest_path) == 0;
    return open ? file->latest : H5Oopen(file->file, path, H5P_DEFAULT);
}

static void let_go(flc_datafile *file, hid_t object, const char *path)
{
    if (object != file->latest)
        done(file, H5Oclose(object), "close an object", path);
}

/* Write one attribute of the variable, or of the group. */
static void attribute_on(flc_datafile *file, const char *group, const char *variable,
                         const char *name, hid_t file_type, hid_t memory_type, const void *values,
                         size_t count)
{
    char path[PATH_BYTES];
    if (!begin(file))
        return;
    if (path_join(file, path, group, variable) && (variable || group_ensure(file, group))) {
        hid_t object = take_hold(file, path);
        if (done(file, object, "find what an attribute belongs to", path)) {
            attribute_write(file, object, path, name, file_type, memory_type, values, count);
            let_go(file, object, path);
        }
    }
    end(file);
}

void flc_datafile_attribute_text(flc_datafile *file, const char *group, const char *variable,
                                 const char *name, const char *text)
{
    char *copy = NULL;
    if (file->error.status != FLC_OK)
        return;
    const char *clean = flc_utf8_repair(&copy, text, &file->error);
    if (clean)
        attribute_on(file, group, variable, name, file->text_type, file->text_type, &clean, 1);
    flc_free(copy);
}

void flc_datafile_attribute_double(flc_datafile *file, const char *group, const char *variable,
                                   const char *name, double value)
{
    flc_datafile_attribute_doubles(file, group, variable, name, &value, 1);
}

void flc_datafile_attribute_int64(flc_datafile *file, const char *group, const char *variable,
                                  const char *name, int64_t value)
{
    attribute_on(file, group, variable, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, 1);
}

void flc_datafile_attribute_doubles(flc_datafile *file, const char *group, const char *variable,
                                    const char *name, const double *values, size_t count)
{
    attribute_on(file, group, variable, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values, count);
}

void flc_datafile_attribute_integers(flc_datafile *file, const char *group, const char *variable,
                                     const char *name, const int32_t *values, size_t count)
{
    attribute_on(file, group, variable, name, H5T_STD_I32LE, H5T_NATIVE_INT32, values, count);
}

/* ---- types and layout of data sets ---- */

static hid_t file_type_of(const flc_datafile *file, flc_data_type type)
{
    switch (type) {
    case FLC_DATA_DOUBLE:
        return H5T_IEEE_F64LE;
    case FLC_DATA_INT32:
        return H5T_STD_I32LE;
    case FLC_DATA_INT64:
        return H5T_STD_I64LE;
    case FLC_DATA_BYTE:
        return H5T_STD_U8LE;
    case FLC_DATA_TEXT:
        return file->text_type;
    default:
        return -1;
    }
}

static hid_t memory_type_of(const flc_datafile *file, flc_data_type type)
{
    switch (type) {
    case FLC_DATA_DOUBLE:
        return H5T_NATIVE_DOUBLE;
    case FLC_DATA_INT32:
        return H5T_NATIVE_INT32;
    case FLC_DATA_INT64:
        return H5T_NATIVE_INT64;
    case FLC_DATA_BYTE:
        return H5T_NATIVE_UINT8;
    case FLC_DATA_TEXT:
        return file->text_type;
    default:
        return -1;
    }
}

static size_t element_bytes(flc_data_type type)
{
    switch (type) {
    case FLC_DATA_TEXT:
        return sizeof(char *);
    case FLC_DATA_INT32:
        return 4;
    case FLC_DATA_BYTE:
        return 1;
    default:
        return 8;
    }
}

static size_t element_count(const struct axes *axes)
{
    size_t count = 1;
    for (size_t i = 0; i < axes->rank; i++)
        count *= axes->size[i];
    return count;
}

/* Halve the slowest axis that can be halved until a chunk is small enough: a reader of one program
 * or one sample then touches few chunks, and the last chunk of an axis is nearly full. */
static void chunk_shape(hsize_t chunk[FLC_DATA_RANK_MAX], const struct axes *axes, size_t bytes)
{
    memcpy(chunk, axes->size, sizeof axes->size);
    for (size_t i = 0; i < axes->rank; i++)
        bytes *= chunk[i];
    for (size_t i = 0; i < axes->rank; i++)
        while (bytes > CHUNK_BYTES && chunk[i] > 1) {
            bytes /= chunk[i];
            chunk[i] = (chunk[i] + 1) / 2;
            bytes *= chunk[i];
        }
}

/* A creation list for chunks, which the caller closes. */
static hid_t chunked_list(hid_t like, flc_data_type type, const struct axes *axes)
{
    hsize_t chunk[FLC_DATA_RANK_MAX];
    hid_t list = H5Pcopy(like);
    chunk_shape(chunk, axes, element_bytes(type));
    for (size_t i = 0; axes->chunk && i < axes->rank; i++)
        chunk[i] = axes->chunk[i];
    if (list >= 0 && (H5Pset_chunk(list, (int)axes->rank, chunk) < 0 ||
                      flc_chunk_filters(list, axes->level) < 0)) {
        H5Pclose(list);
        list = -1;
    }
    return list;
}

static hid_t dataset_create(flc_datafile *file, const char *path, flc_data_type type,
                            const struct axes *axes)
{
    const size_t bytes = element_count(axes) * element_bytes(type);
    const bool chunked = axes->chunk || (type != FLC_DATA_TEXT && bytes >= CHUNKED_FROM_BYTES);
    const hid_t plain = type == FLC_DATA_DOUBLE ? file->number_creation : file->dataset_creation;
    hid_t list = chunked ? chunked_list(plain, type, axes) : plain;
    hid_t space = axes->rank == 0 ? file->scalar
                                  : H5Screate_simple((int)axes->rank, axes->size,
                                                     axes->chunk ? axes->most : NULL);
    hid_t id = H5Dcreate2(file->file, path, file_type_of(file, type), space, file->link_creation,
                          list, H5P_DEFAULT);
    done(file, id, "create this variable", path);
    space_close(file, space, path);
    if (list >= 0 && list != plain)
        done(file, H5Pclose(list), "close a list", path);
    return id;
}

static bool dataset_close(flc_datafile *file, hid_t id, const char *path)
{
    return id < 0 || done(file, H5Dclose(id), "close this variable", path);
}

static void latest_close(flc_datafile *file)
{
    dataset_close(file, file->latest, file->latest_path);
    file->latest = -1;
}

/* Close a variable only when the next one is written. */
static void latest_set(flc_datafile *file, hid_t id, const char *path)
{
    latest_close(file);
    file->latest = id;
    snprintf(file->latest_path, sizeof file->latest_path, "%s", path);
}

/* ---- values as they are written ---- */

/* Processors and compilers differ in the sign of the NaN that 0/0 gives; the file has one NaN. */
static const double *numbers_canonical(flc_datafile *file, const double *data, size_t count)
{
    size_t first = 0;
    while (first < count && !isnan(data[first]))
        first++;
    if (first == count)
        return data;
    if (count > file->canonical_room) {
        flc_free(file->canonical);
        file->canonical = FLC_NEW(double, count, &file->error);
        file->canonical_room = file->canonical ? count : 0;
    }
    for (size_t i = 0; file->canonical && i < count; i++)
        file->canonical[i] = isnan(data[i]) ? (double)NAN : data[i];
    return file->canonical;
}

/* Pointers to valid texts; repaired ones live in the file's arena. */
static const char *const *texts_canonical(flc_datafile *file, void **copy, const char *const *data,
                                          size_t count)
{
    const char **canonical = *copy = FLC_NEW(const char *, count, &file->error);
    for (size_t i = 0; canonical && i < count; i++) {
        char *repaired = NULL;
        canonical[i] = flc_utf8_repair(&repaired, data[i] ? data[i] : "", &file->error);
        if (repaired)
            canonical[i] = flc_arena_copy(file->arena, repaired, strlen(repaired), &file->error);
        flc_free(repaired);
        if (!canonical[i])
            return NULL;
    }
    return canonical;
}

static bool dataset_write(flc_datafile *file, hid_t id, const char *path, flc_data_type type,
                          const void *data, size_t count)
{
    void *copy = NULL;
    const void *values = data;
    if (count == 0)
        return true;
    if (type == FLC_DATA_DOUBLE)
        values = numbers_canonical(file, data, count);
    else if (type == FLC_DATA_TEXT)
        values = texts_canonical(file, &copy, data, count);
    const hid_t transfer = type == FLC_DATA_TEXT ? file->text_transfer : H5P_DEFAULT;
    bool good =
        values &&
        done(file, H5Dwrite(id, memory_type_of(file, type), H5S_ALL, H5S_ALL, transfer, values),
             "write this variable", path);
    flc_free(copy);
    return good;
}

static bool describe(flc_datafile *file, hid_t id, const char *path, const char *long_name,
                     const char *units)
{
    return (!long_name || attribute_text(file, id, path, "long_name", long_name)) &&
           (!units || attribute_text(file, id, path, "units", units));
}

/* ---- dimensions ---- */

static struct dimension *dimension_in(const flc_datafile *file, const char *group,
                                      size_t group_length, const char *name, size_t name_length)
{
    for (size_t i = 0; i < file->dimension_count; i++) {
        struct dimension *dimension = &file->dimensions[i];
        if (strlen(dimension->group) == group_length && strlen(dimension->name) == name_length &&
            memcmp(dimension->group, group, group_length) == 0 &&
            memcmp(dimension->name, name, name_length) == 0)
            return dimension;
    }
    return NULL;
}

/* Look in the group, then in its parents up to the root. */
static struct dimension *dimension_find(const flc_datafile *file, const char *group,
                                        const char *name, size_t name_length)
{
    size_t length = strlen(group);
    struct dimension *found = dimension_in(file, group, length, name, name_length);
    while (!found && length > 0) {
        do
            length--;
        while (length > 0 && group[length] != '/');
        found = dimension_in(file, group, length, name, name_length);
    }
    return found;
}

/* Turn "program fiscal_year" into axes. */
static bool axes_resolve(flc_datafile *file, struct axes *axes, const char *group,
                         const char *dimensions, const char *path)
{
    axes->rank = 0;
    axes->chunk = NULL;
    axes->level = FLC_DEFLATE_ARRAYS;
    for (dimensions += strspn(dimensions, " "); *dimensions;
         dimensions += strspn(dimensions, " ")) {
        size_t length = strcspn(dimensions, " ");
        const struct dimension *found = dimension_find(file, group, dimensions, length);
        if (!found || axes->rank == FLC_DATA_RANK_MAX)
            return refuse(file, path, found ? "too many dimensions" : "unknown dimension");
        axes->size[axes->rank] = found->size;
        axes->most[axes->rank] = found->growing ? H5S_UNLIMITED : found->size;
        axes->dimension[axes->rank++] = (size_t)(found - file->dimensions);
        dimensions += length;
    }
    return true;
}

/* Remember that a data set uses its axes' scales, for the scales' REFERENCE_LIST. */
static bool axes_remember(flc_datafile *file, hid_t id, const struct axes *axes, const char *path)
{
    hobj_ref_t dataset;
    if (!done(file, H5Rcreate(&dataset, id, ".", H5R_OBJECT, -1), "refer to", path))
        return false;
    for (size_t i = 0; i < axes->rank; i++) {
        struct dimension *dimension = &file->dimensions[axes->dimension[i]];
        void *uses = dimension->uses;
        flc_status status = flc_reserve(&uses, &dimension->use_capacity, dimension->use_count + 1,
                                        sizeof(struct use), &file->error);
        dimension->uses = uses;
        if (status != FLC_OK)
            return false;
        dimension->uses[dimension->use_count++] = (struct use){dataset, (int32_t)i, 0};
    }
    return true;
}

/* DIMENSION_LIST: for each axis a list of references to scales, here always one. */
static bool axes_attach(flc_datafile *file, hid_t id, const struct axes *axes, const char *path)
{
    hvl_t lists[FLC_DATA_RANK_MAX];
    hsize_t rank = axes->rank;
    if (rank == 0)
        return true;
    for (size_t i = 0; i < axes->rank; i++)
        lists[i] = (hvl_t){1, &file->dimensions[axes->dimension[i]].scale};
    hid_t space = H5Screate_simple(1, &rank, NULL);
    hid_t attribute = H5Acreate2(id, "DIMENSION_LIST", file->dimension_list_type, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    bool good =
        done(file, attribute < 0 ? -1 : H5Awrite(attribute, file->dimension_list_type, lists),
             "attach dimensions", path);
    if (attribute >= 0)
        good = done(file, H5Aclose(attribute), "close an attribute", path) && good;
    if (space >= 0)
        good = done(file, H5Sclose(space), "close a space", path) && good;
    return good && axes_remember(file, id, axes, path);
}

static bool dimension_remember(flc_datafile *file, hid_t id, const char *group, const char *name,
                               size_t size, const char *path)
{
    void *dimensions = file->dimensions;
    struct dimension new = {.size = size};
    flc_status status = flc_reserve(&dimensions, &file->dimension_capacity,
                                    file->dimension_count + 1, sizeof new, &file->error);
    file->dimensions = dimensions;
    new.group = flc_arena_copy(file->arena, group, strlen(group), &file->error);
    new.name = flc_arena_copy(file->arena, name, strlen(name), &file->error);
    if (status != FLC_OK || !new.group || !new.name ||
        !done(file, H5Rcreate(&new.scale, id, ".", H5R_OBJECT, -1), "refer to", path))
        return false;
    file->dimensions[file->dimension_count++] = new;
    return true;
}

/* Make the group and refuse a name that is taken. */
static bool prepare(flc_datafile *file, char path[PATH_BYTES], const char *group, const char *name)
{
    if (!group_ensure(file, group) || !path_join(file, path, group, name))
        return false;
    htri_t exists = H5Lexists(file->file, path, H5P_DEFAULT);
    if (exists > 0)
        return refuse(file, path, "this name is taken");
    return done(file, exists, "look up", path);
}

static bool scale_mark(flc_datafile *file, hid_t id, const char *path, const char *label,
                       const char *group, const char *name, size_t size)
{
    return attribute_fixed_text(file, id, path, "CLASS", "DIMENSION_SCALE") &&
           attribute_fixed_text(file, id, path, "NAME", label) &&
           dimension_remember(file, id, group, name, size, path);
}

/* A scale without values: no storage is ever allocated for it. The type is netCDF's choice. */
static hid_t bare_scale_create(flc_datafile *file, const char *path, size_t size, bool growing)
{
    const hsize_t length = size, most = H5S_UNLIMITED, chunk = GROWTH_CHUNK;
    hid_t space = H5Screate_simple(1, &length, growing ? &most : NULL);
    hid_t list = H5Pcopy(file->dataset_creation);
    herr_t set = list < 0 ? -1 : H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    if (set >= 0 && growing)
        set = H5Pset_chunk(list, 1, &chunk);
    hid_t id = set < 0 ? -1
                       : H5Dcreate2(file->file, path, H5T_IEEE_F32BE, space, file->link_creation,
                                    list, H5P_DEFAULT);
    done(file, id, "create this dimension", path);
    if (space >= 0)
        done(file, H5Sclose(space), "close a space", path);
    if (list >= 0)
        done(file, H5Pclose(list), "close a list", path);
    return id;
}

static void bare_dimension(flc_datafile *file, const char *group, const char *name, size_t size,
                           bool growing)
{
    char path[PATH_BYTES], label[64];
    if (!begin(file))
        return;
    if (prepare(file, path, group, name)) {
        hid_t id = bare_scale_create(file, path, size, growing);
        /* The reserved words of netCDF; the length is in ten columns. */
        snprintf(label, sizeof label, "This is a netCDF dimension but not a netCDF variable.%10zu",
                 size);
        if (id >= 0 && scale_mark(file, id, path, label, group, name, size))
            file->dimensions[file->dimension_count - 1].growing = growing;
        dataset_close(file, id, path);
    }
    end(file);
}

void flc_datafile_dimension(flc_datafile *file, const char *group, const char *name, size_t size)
{
    bare_dimension(file, group, name, size, false);
}

void flc_datafile_dimension_growing(flc_datafile *file, const char *group, const char *name,
                                    size_t size)
{
    bare_dimension(file, group, name, size, true);
}

void flc_datafile_coordinate(flc_datafile *file, const char *group, const char *name,
                             flc_data_type type, const void *values, size_t size,
                             const char *long_name, const char *units)
{
    char path[PATH_BYTES];
    struct axes axes = {.rank = 1, .size = {size}};
    if (!begin(file))
        return;
    if (prepare(file, path, group, name)) {
        hid_t id = dataset_create(file, path, type, &axes);
        if (id >= 0 && dataset_write(file, id, path, type, values, size) &&
            scale_mark(file, id, path, name, group, name, size))
            describe(file, id, path, long_name, units);
        dataset_close(file, id, path);
    }
    end(file);
}

/* ---- variables ---- */

static bool missing_mark(flc_datafile *file, hid_t id, const char *path, flc_data_type type)
{
    const double missing = NAN;
    return type != FLC_DATA_DOUBLE || attribute_write(file, id, path, "_FillValue", H5T_IEEE_F64LE,
                                                      H5T_NATIVE_DOUBLE, &missing, 1);
}

void flc_datafile_variable(flc_datafile *file, const char *group, const char *name,
                           flc_data_type type, const char *dimensions, const void *data,
                           const char *long_name, const char *units)
{
    char path[PATH_BYTES];
    struct axes axes;
    if (!begin(file))
        return;
    if (prepare(file, path, group, name) && axes_resolve(file, &axes, group, dimensions, path)) {
        hid_t id = dataset_create(file, path, type, &axes);
        if (id >= 0 && dataset_write(file, id, path, type, data, element_count(&axes)) &&
            axes_attach(file, id, &axes, path) && missing_mark(file, id, path, type))
            describe(file, id, path, long_name, units);
        latest_set(file, id, path);
    }
    end(file);
}

/* ---- variables that come as chunks ---- */

static bool table_remember(flc_datafile *file, hid_t id)
{
    void *tables = file->tables;
    flc_status status = flc_reserve(&tables, &file->table_capacity, file->table_count + 1,
                                    sizeof *file->tables, &file->error);
    file->tables = tables;
    if (status == FLC_OK)
        file->tables[file->table_count++] = id;
    return status == FLC_OK;
}

size_t flc_datafile_table(flc_datafile *file, const char *group, const char *name,
                          const char *dimensions, const size_t *chunk, unsigned level,
                          const char *long_name, const char *units)
{
    char path[PATH_BYTES];
    struct axes axes;
    if (!begin(file))
        return 0;
    if (prepare(file, path, group, name) && axes_resolve(file, &axes, group, dimensions, path)) {
        axes.chunk = chunk;
        axes.level = level;
        hid_t id = dataset_create(file, path, FLC_DATA_DOUBLE, &axes);
        if (id >= 0 &&
            !(axes_attach(file, id, &axes, path) && missing_mark(file, id, path, FLC_DATA_DOUBLE) &&
              describe(file, id, path, long_name, units) && table_remember(file, id)))
            dataset_close(file, id, path);
    }
    end(file);
    return file->table_count - 1;
}

void flc_datafile_chunk(flc_datafile *file, size_t table, const uint64_t *offset,
                        uint32_t filter_mask, const void *bytes, size_t length)
{
    hsize_t place[FLC_DATA_RANK_MAX];
    if (!begin(file))
        return;
    int rank = 0;
    hid_t space = H5Dget_space(file->tables[table]);
    if (done(file, space, "find the dimensions", "data file"))
        rank = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < rank; i++)
        place[i] = offset[i];
    done(file,
         rank <= 0
             ? -1
             : H5Dwrite_chunk(file->tables[table], H5P_DEFAULT, filter_mask, place, length, bytes),
         "write a chunk", "data file");
    if (space >= 0)
        done(file, H5Sclose(space), "close a space", "data file");
    end(file);
}

/* ---- finishing ---- */

/* REFERENCE_LIST: back from each scale to the data sets that use it. */
static bool reference_list_write(flc_datafile *file, const struct dimension *dimension)
{
    char path[PATH_BYTES];
    hsize_t count = dimension->use_count;
    if (count == 0)
        return true;
    if (!path_join(file, path, dimension->group, dimension->name))
        return false;
    hid_t scale = H5Dopen2(file->file, path, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t id = H5Acreate2(scale, "REFERENCE_LIST", file->reference_list_type, space, H5P_DEFAULT,
                          H5P_DEFAULT);
    herr_t written = id < 0 ? -1 : H5Awrite(id, file->reference_list_type, dimension->uses);
    bool good = done(file, written, "write the list of users of this dimension", path);
    if (id >= 0)
        good = done(file, H5Aclose(id), "close an attribute", path) && good;
    if (space >= 0)
        good = done(file, H5Sclose(space), "close a space", path) && good;
    return dataset_close(file, scale, path) && good;
}

static void finish(flc_datafile *file)
{
    latest_close(file);
    for (size_t i = 0; i < file->dimension_count; i++)
        if (!reference_list_write(file, &file->dimensions[i]))
            return;
    file->finished = done(file, H5Fflush(file->file, H5F_SCOPE_GLOBAL), "flush", "data file");
}

/* Every data set and the file itself; what HDF5 still holds is written now. */
static void close_all(flc_datafile *file)
{
    while (file->table_count > 0)
        dataset_close(file, file->tables[--file->table_count], "data file");
    hid_t id = file->file;
    file->file = -1;
    done(file, H5Fclose(id), "close", "data file");
}

/* The seal behind all that is in the file. */
static void seal_disk(flc_datafile *file)
{
    char seal[FLC_SEAL_BYTES];
    const uint64_t size = flc_file_size(file->disk);
    if (flc_disk_seal(seal, file->disk, size, &file->error) == FLC_OK)
        flc_file_put(file->disk, size, seal, sizeof seal, &file->error);
}

flc_status flc_datafile_close(flc_datafile *file, flc_error *error)
{
    if (begin(file)) {
        finish(file);
        if (file->finished)
            close_all(file);
        if (file->error.status == FLC_OK && flc_file_fault(file->disk, &file->error) == FLC_OK)
            seal_disk(file);
        end(file);
    }
    return flc_datafile_status(file, error);
}

/* The image as pieces, which the caller frees as an array, the last of them the seal, which is
 * made in `seal`; NULL after a failure. */
static flc_file_piece *seal_pieces(flc_datafile *file, char seal[FLC_SEAL_BYTES], size_t *count)
{
    const size_t before_seal = flc_image_count(file->image);
    flc_file_piece *pieces = FLC_NEW(flc_file_piece, before_seal + 1, &file->error);
    flc_sha256_state state;
    flc_sha256_init(&state);
    for (size_t i = 0; pieces && i < before_seal; i++) {
        pieces[i] = flc_image_piece(file->image, i);
        flc_sha256_update(&state, pieces[i].bytes, pieces[i].length);
    }
    flc_seal_of(seal, &state);
    if (pieces)
        pieces[before_seal] = (flc_file_piece){seal, FLC_SEAL_BYTES};
    *count = before_seal + 1;
    return pieces;
}

static flc_file_piece *image_finish(flc_datafile *file, char seal[FLC_SEAL_BYTES], size_t *count)
{
    if (file->error.status != FLC_OK)
        return NULL;
    flc_quiet_begin(&file->quiet);
    if (!file->finished)
        finish(file);
    flc_quiet_end(&file->quiet);
    if (!file->finished || flc_image_fault(file->image, &file->error) != FLC_OK)
        return NULL;
    return seal_pieces(file, seal, count);
}

flc_status flc_datafile_image(flc_datafile *file, char **bytes, size_t *length, flc_error *error)
{
    char seal[FLC_SEAL_BYTES];
    size_t count = 0, at = 0;
    flc_file_piece *pieces = image_finish(file, seal, &count);
    *bytes = NULL;
    *length = 0;
    for (size_t i = 0; pieces && i < count; i++)
        *length += pieces[i].length;
    if (pieces)
        *bytes = flc_allocate(*length, 1, &file->error);
    for (size_t i = 0; *bytes && i < count; i++, at += pieces[i - 1].length)
        memcpy(*bytes + at, pieces[i].bytes, pieces[i].length);
    flc_free(pieces);
    return flc_datafile_status(file, error);
}

flc_status flc_datafile_save(flc_datafile *file, const char *path, flc_error *error)
{
    char seal[FLC_SEAL_BYTES];
    size_t count;
    flc_file_piece *pieces = image_finish(file, seal, &count);
    flc_status status = flc_datafile_status(file, error);
    if (status == FLC_OK)
        status = flc_file_write_pieces(path, pieces, count, error);
    else
        flc_error_prefix(error, "%s", path);
    flc_free(pieces);
    return status;
}
