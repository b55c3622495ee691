#include "store/datareader.h"

#include <hdf5.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/suggest.h"
#include "store/quiet.h"

enum {
    LARGEST_RATIO = 1100, /* deflate makes at most 1032 bytes of one */
    PATH_BYTES = 1024
};
static const size_t LARGEST_FILE = (size_t)1 << 40;

/* An object, and for each axis the reference to its scale (0: none), to be named when all scales
 * are known. */
struct entry {
    flc_data_object object;
    hobj_ref_t scale[FLC_DATA_RANK_MAX];
};

struct scale {
    hobj_ref_t reference;
    const char *name;
};

struct flc_datareader {
    const char *path; /* of the file, for messages */
    char *image;
    size_t length;
    hid_t file;
    flc_arena *arena;
    struct entry *entries;
    size_t count, capacity;
    struct scale *scales;
    size_t scale_count, scale_capacity;
    flc_quiet quiet;
    bool sealed;
    char seal[FLC_SEAL_BYTES]; /* the file's; of an unsealed one what it would be */
    flc_error error;           /* of the call in progress; what is public copies it out */
};

/* ---- messages ---- */

/* What HDF5 refused, unless it was memory that ran out on our side. */
static flc_status broken(flc_datareader *reader, const char *object, const char *what)
{
    char reason[256];
    if (reader->error.status == FLC_ERROR_MEMORY)
        return FLC_ERROR_MEMORY;
    flc_quiet_message(reason, sizeof reason);
    return flc_error_set(&reader->error, FLC_ERROR_STUDY,
                         "%s: cannot %s of \"%s\": %s; the file is damaged or was made by another "
                         "program",
                         reader->path, what, object, reason);
}

/* ---- texts and numbers from HDF5, into the arena ---- */

static flc_data_type type_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return FLC_DATA_DOUBLE;
    case H5T_INTEGER:
        if (H5Tget_size(type) == 1 && H5Tget_sign(type) == H5T_SGN_NONE)
            return FLC_DATA_BYTE;
        return H5Tget_size(type) <= 4 ? FLC_DATA_INT32 : FLC_DATA_INT64;
    case H5T_STRING:
        return FLC_DATA_TEXT;
    default:
        return FLC_DATA_OTHER;
    }
}

/* Reads a whole attribute or data set; both have the same shape of call. */
struct source {
    hid_t id;
    bool is_attribute;
};

static herr_t source_read(struct source source, hid_t memory_type, void *values)
{
    return source.is_attribute
               ? H5Aread(source.id, memory_type, values)
               : H5Dread(source.id, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static hid_t source_space(struct source source)
{
    return source.is_attribute ? H5Aget_space(source.id) : H5Dget_space(source.id);
}

/* Fixed-length texts, as netCDF libraries write their attributes. */
static herr_t read_fixed_texts(flc_datareader *reader, const char **texts, struct source source,
                               hid_t type, size_t count)
{
    size_t width = H5Tget_size(type);
    char *bytes = width == 0 || width > LARGEST_RATIO * reader->length
                      ? NULL
                      : flc_arena_take(reader->arena, count, width, &reader->error);
    if (!bytes || source_read(source, type, bytes) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        size_t length = strnlen(bytes + i * width, width);
        texts[i] = flc_arena_copy(reader->arena, bytes + i * width, length, &reader->error);
        if (!texts[i])
            return -1;
    }
    return 0;
}

/* HDF5 allocates each text; they are copied and given back. */
static herr_t read_variable_texts(flc_datareader *reader, const char **texts, struct source source,
                                  hid_t type, size_t count)
{
    hid_t space = source_space(source);
    char **raw = FLC_NEW(char *, count, &reader->error);
    herr_t result = raw && space >= 0 ? source_read(source, type, raw) : -1;
    for (size_t i = 0; result >= 0 && i < count; i++) {
        const char *text = raw[i] ? raw[i] : "";
        texts[i] = flc_arena_copy(reader->arena, text, strlen(text), &reader->error);
        if (!texts[i])
            result = -1;
    }
    if (raw && space >= 0)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    if (space >= 0)
        H5Sclose(space);
    flc_free(raw);
    return result;
}

static const char *const *read_texts(flc_datareader *reader, struct source source, size_t count)
{
    hid_t type = source.is_attribute ? H5Aget_type(source.id) : H5Dget_type(source.id);
    const char **texts = flc_arena_take(reader->arena, count + 1, sizeof *texts, &reader->error);
    herr_t result = -1;
    if (texts && type >= 0 && count > 0)
        result = H5Tis_variable_str(type) > 0
                     ? read_variable_texts(reader, texts, source, type, count)
                     : read_fixed_texts(reader, texts, source, type, count);
    if (type >= 0)
        H5Tclose(type);
    return count == 0 || result >= 0 ? texts : NULL;
}

static void *read_numbers(flc_datareader *reader, struct source source, hid_t memory_type,
                          size_t count)
{
    void *values =
        flc_arena_take(reader->arena, count + 1, H5Tget_size(memory_type), &reader->error);
    if (!values || (count > 0 && source_read(source, memory_type, values) < 0))
        return NULL;
    return values;
}

/* ---- attributes ---- */

/* Elements of a space, 0 where it has none; false where no file of this length could hold them. */
static bool count_elements(const flc_datareader *reader, size_t *count, hid_t space)
{
    hssize_t points = H5Sget_simple_extent_npoints(space);
    *count = points > 0 ? (size_t)points : 0;
    return points >= 0 && *count <= LARGEST_RATIO * reader->length;
}

static bool is_bookkeeping(const char *name)
{
    static const char *const names[] = {
        "CLASS",      "NAME",          "DIMENSION_LIST",      "REFERENCE_LIST", "DIMENSION_LABELS",
        "_FillValue", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties",  "_nc3_strict"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool attribute_values(flc_datareader *reader, flc_data_attribute *attribute, hid_t id)
{
    struct source source = {id, true};
    hid_t space = H5Aget_space(id);
    hid_t type = H5Aget_type(id);
    bool good = space >= 0 && type >= 0 && count_elements(reader, &attribute->count, space);
    attribute->type = good ? type_of(type) : FLC_DATA_OTHER;
    if (attribute->type == FLC_DATA_TEXT) {
        attribute->texts = read_texts(reader, source, attribute->count);
        good = attribute->texts;
    } else if (attribute->type == FLC_DATA_DOUBLE) {
        attribute->doubles = read_numbers(reader, source, H5T_NATIVE_DOUBLE, attribute->count);
        good = attribute->doubles;
    } else if (good && attribute->type != FLC_DATA_OTHER) {
        attribute->type = FLC_DATA_INT64;
        attribute->integers = read_numbers(reader, source, H5T_NATIVE_INT64, attribute->count);
        good = attribute->integers;
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return good;
}

/* Attribute number i in the order of creation, or of names where creation was not tracked. */
static hid_t attribute_open(hid_t object, hsize_t i)
{
    hid_t id =
        H5Aopen_by_idx(object, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
    return id >= 0 ? id
                   : H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT,
                                    H5P_DEFAULT);
}

static flc_status attributes_read(flc_datareader *reader, flc_data_object *object, hid_t id)
{
    char name[PATH_BYTES];
    int count = H5Aget_num_attrs(id);
    flc_data_attribute *attributes = flc_arena_take(reader->arena, count < 0 ? 0 : (size_t)count,
                                                    sizeof *attributes, &reader->error);
    if (!attributes)
        return FLC_ERROR_MEMORY;
    object->attributes = attributes;
    for (int i = 0; i < count; i++) {
        hid_t one = attribute_open(id, (hsize_t)i);
        flc_data_attribute *attribute = &attributes[object->attribute_count];
        bool good = one >= 0 && H5Aget_name(one, sizeof name, name) >= 0;
        if (good && !is_bookkeeping(name)) {
            attribute->name = flc_arena_copy(reader->arena, name, strlen(name), &reader->error);
            good = attribute->name && attribute_values(reader, attribute, one);
            object->attribute_count++;
        }
        if (one >= 0)
            H5Aclose(one);
        if (!good)
            return broken(reader, object->path, "read the attributes");
    }
    return FLC_OK;
}

/* ---- dimensions ---- */

/* The fixed-length text of CLASS or NAME; "" where there is none. */
static void marker_read(char *text, size_t room, hid_t dataset, const char *name)
{
    text[0] = '\0';
    if (H5Aexists(dataset, name) <= 0)
        return;
    hid_t id = H5Aopen(dataset, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(id);
    size_t width = type >= 0 ? H5Tget_size(type) : 0;
    if (width > 0 && width < room && H5Tget_class(type) == H5T_STRING &&
        H5Tis_variable_str(type) == 0 && H5Aread(id, type, text) >= 0)
        text[width] = '\0';
    else
        text[0] = '\0';
    H5Tclose(type);
    H5Aclose(id);
}

static bool is_scale(hid_t dataset)
{
    char class[64];
    marker_read(class, sizeof class, dataset, "CLASS");
    return strcmp(class, "DIMENSION_SCALE") == 0;
}

static bool is_bare_dimension(hid_t dataset)
{
    static const char words[] = "This is a netCDF dimension but not a netCDF variable.";
    char label[PATH_BYTES];
    marker_read(label, sizeof label, dataset, "NAME");
    return strncmp(label, words, sizeof words - 1) == 0;
}

/* The list of scales of each axis; the caller gives it back with H5Dvlen_reclaim. */
static bool scale_lists_read(hvl_t lists[FLC_DATA_RANK_MAX], hid_t attribute, hid_t space,
                             hid_t type, size_t rank)
{
    hid_t file_type = H5Aget_type(attribute);
    bool fits = file_type >= 0 && H5Tget_class(file_type) == H5T_VLEN &&
                H5Sget_simple_extent_npoints(space) == (hssize_t)rank;
    if (file_type >= 0)
        H5Tclose(file_type);
    return fits && H5Aread(attribute, type, lists) >= 0;
}

static void scales_find(struct entry *entry, hid_t dataset)
{
    hvl_t lists[FLC_DATA_RANK_MAX] = {{0}};
    if (H5Aexists(dataset, "DIMENSION_LIST") <= 0)
        return;
    hid_t attribute = H5Aopen(dataset, "DIMENSION_LIST", H5P_DEFAULT);
    hid_t space = H5Aget_space(attribute);
    hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
    if (scale_lists_read(lists, attribute, space, type, entry->object.rank)) {
        for (size_t i = 0; i < entry->object.rank; i++)
            if (lists[i].len > 0)
                memcpy(&entry->scale[i], lists[i].p, sizeof entry->scale[i]);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, lists);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
}

static flc_status scale_remember(flc_datareader *reader, const char *path, hid_t dataset)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct scale scale = {.name =
                              flc_arena_copy(reader->arena, name, strlen(name), &reader->error)};
    if (!scale.name)
        return FLC_ERROR_MEMORY;
    if (H5Rcreate(&scale.reference, dataset, ".", H5R_OBJECT, -1) < 0)
        return broken(reader, path, "read the place");
    void *scales = reader->scales;
    flc_status status = flc_reserve(&scales, &reader->scale_capacity, reader->scale_count + 1,
                                    sizeof scale, &reader->error);
    reader->scales = scales;
    if (status == FLC_OK)
        reader->scales[reader->scale_count++] = scale;
    return status;
}

static const char *scale_name(const flc_datareader *reader, hobj_ref_t reference)
{
    for (size_t i = 0; i < reader->scale_count; i++)
        if (reader->scales[i].reference == reference)
            return reader->scales[i].name;
    return "";
}

/* A coordinate is its own scale. */
static void dimensions_name(flc_datareader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        struct entry *entry = &reader->entries[i];
        const char *slash = strrchr(entry->object.path, '/');
        for (size_t k = 0; k < entry->object.rank; k++)
            entry->object.dimension[k] = scale_name(reader, entry->scale[k]);
        if (entry->object.is_coordinate && entry->object.rank == 1)
            entry->object.dimension[0] = slash ? slash + 1 : entry->object.path;
    }
}

/* ---- objects ---- */

static bool shape_read(const flc_datareader *reader, flc_data_object *object, hid_t dataset)
{
    hsize_t sizes[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    bool good = rank >= 0 && rank <= FLC_DATA_RANK_MAX &&
                H5Sget_simple_extent_dims(space, sizes, NULL) >= 0 &&
                count_elements(reader, &object->count, space);
    object->rank = good ? (size_t)rank : 0;
    for (size_t i = 0; i < object->rank; i++)
        object->size[i] = sizes[i];
    if (space >= 0)
        H5Sclose(space);
    return good;
}

static flc_status variable_read(flc_datareader *reader, struct entry *entry, hid_t dataset)
{
    flc_data_object *object = &entry->object;
    if (!shape_read(reader, object, dataset))
        return broken(reader, object->path, "read the shape");
    hid_t type = H5Dget_type(dataset);
    object->type = type_of(type);
    H5Tclose(type);
    object->is_coordinate = is_scale(dataset);
    scales_find(entry, dataset);
    return attributes_read(reader, object, dataset);
}

static flc_status object_add(flc_datareader *reader, const char *path, hid_t id)
{
    struct entry entry = {.object.is_group = H5Iget_type(id) == H5I_GROUP};
    entry.object.path = flc_arena_copy(reader->arena, path, strlen(path), &reader->error);
    if (!entry.object.path)
        return FLC_ERROR_MEMORY;
    flc_status status = entry.object.is_group ? attributes_read(reader, &entry.object, id)
                                              : variable_read(reader, &entry, id);
    void *entries = reader->entries;
    if (status == FLC_OK)
        status = flc_reserve(&entries, &reader->capacity, reader->count + 1, sizeof entry,
                             &reader->error);
    reader->entries = entries;
    if (status == FLC_OK)
        reader->entries[reader->count++] = entry;
    return status;
}

/* The groups above one. Hard links can lead from a group back to one of them. */
struct level {
    const struct level *above;
    hobj_ref_t reference;
};

static bool is_own_ancestor(const struct level *level)
{
    for (const struct level *up = level->above; up; up = up->above)
        if (up->reference == level->reference)
            return true;
    return false;
}

static flc_status group_walk(flc_datareader *reader, const char *path, hid_t group,
                             const struct level *above);

static flc_status member_visit(flc_datareader *reader, const char *path, hid_t member,
                               const struct level *above)
{
    H5I_type_t kind = H5Iget_type(member);
    flc_status status = FLC_OK;
    if (kind == H5I_GROUP)
        return group_walk(reader, path, member, above);
    if (kind != H5I_DATASET)
        return FLC_OK;
    bool scale = is_scale(member);
    if (scale)
        status = scale_remember(reader, path, member);
    if (status == FLC_OK && !(scale && is_bare_dimension(member)))
        status = object_add(reader, path, member);
    return status;
}

/* Link number i, opened; -1 where it cannot be. *skip: it is not a hard link. */
static hid_t member_open(hid_t group, H5_index_t order, hsize_t i, char *name, size_t room,
                         bool *skip)
{
    H5L_info_t link;
    *skip = false;
    if (H5Lget_info_by_idx(group, ".", order, H5_ITER_INC, i, &link, H5P_DEFAULT) < 0 ||
        H5Lget_name_by_idx(group, ".", order, H5_ITER_INC, i, name, room, H5P_DEFAULT) < 0)
        return -1;
    *skip = link.type != H5L_TYPE_HARD;
    return *skip ? -1 : H5Oopen(group, name, H5P_DEFAULT);
}

static H5_index_t order_of(hid_t group)
{
    H5L_info_t link;
    return H5Lget_info_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, 0, &link, H5P_DEFAULT) <
                   0
               ? H5_INDEX_NAME
               : H5_INDEX_CRT_ORDER;
}

/* "path/name"; false where it is too long. */
static bool path_below(char below[PATH_BYTES], const char *path, const char *name)
{
    size_t front = strlen(path), back = strlen(name), slash = front > 0;
    if (front + slash + back >= PATH_BYTES)
        return false;
    memcpy(below, path, front);
    below[front] = '/';
    memcpy(below + front + slash, name, back + 1);
    return true;
}

static flc_status group_walk(flc_datareader *reader, const char *path, hid_t group,
                             const struct level *above)
{
    H5G_info_t about = {.nlinks = 0};
    char name[PATH_BYTES], below[PATH_BYTES];
    struct level here = {.above = above};
    if (H5Rcreate(&here.reference, group, ".", H5R_OBJECT, -1) < 0)
        return broken(reader, path, "read the place");
    if (is_own_ancestor(&here))
        return FLC_OK;
    flc_status status = object_add(reader, path, group);
    if (status == FLC_OK && H5Gget_info(group, &about) < 0)
        status = broken(reader, path, "read the list");
    H5_index_t order = order_of(group);
    for (hsize_t i = 0; status == FLC_OK && i < about.nlinks; i++) {
        bool skip;
        hid_t member = member_open(group, order, i, name, sizeof name, &skip);
        if (skip)
            continue;
        if (member >= 0 && path_below(below, path, name))
            status = member_visit(reader, below, member, &here);
        else
            status = broken(reader, path, "open a member");
        if (member >= 0)
            H5Oclose(member);
    }
    return status;
}

/* ---- opening ---- */

/* Is this HDF5 at all? HDF5's own message would be "file signature not found". */
static flc_status signature_check(flc_datareader *reader)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    if (reader->length >= 8 && memcmp(reader->image, signature, 8) == 0)
        return FLC_OK;
    return flc_error_set(&reader->error, FLC_ERROR_STUDY,
                         "%s: not a result or trace file (HDF5) of this program; give the name of "
                         "one",
                         reader->path);
}

/* Where HDF5's own bytes end, as its first block says; 0 where that block is of an unknown kind. */
static uint64_t end_of_data(const flc_datareader *reader)
{
    const unsigned char *bytes = (const unsigned char *)reader->image;
    unsigned version = reader->length >= 52 ? bytes[8] : UINT_MAX;
    size_t place = version == 0 ? 40 : version == 1 ? 44 : 28;
    uint64_t end = 0;
    if (version > 3 || bytes[version < 2 ? 13 : 9] != sizeof end)
        return 0;
    for (size_t i = sizeof end; i-- > 0;)
        end = end << 8 | bytes[place + i];
    return end;
}

/* A program that edits the file in place cuts it off where HDF5 ends, seal and all. Anything else
 * behind that end is a seal that was damaged, and what it sealed may be so too. */
static flc_status seal_check(flc_datareader *reader)
{
    flc_seal_state state = flc_seal_check(reader->image, reader->length);
    uint64_t end = end_of_data(reader);
    reader->sealed = state == FLC_SEAL_INTACT;
    if (reader->sealed)
        memcpy(reader->seal, reader->image + reader->length - FLC_SEAL_BYTES, FLC_SEAL_BYTES);
    else if (state == FLC_SEAL_ABSENT)
        flc_seal_make(reader->seal, reader->image, reader->length);
    if (reader->sealed || (state == FLC_SEAL_ABSENT && (end == 0 || reader->length <= end)))
        return FLC_OK;
    return flc_error_set(
        &reader->error, FLC_ERROR_STUDY,
        "%s: damaged: its bytes do not have the SHA-256 written at its end; copy it "
        "again or make it anew",
        reader->path);
}

/* Give the image to HDF5's memory driver, which keeps a copy; the name is never looked at, but must
 * be unique among open files. */
static flc_status image_open(flc_datareader *reader)
{
    char name[64];
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    snprintf(name, sizeof name, "fulcrum-%p", (const void *)reader);
    if (access >= 0 && H5Pset_fapl_core(access, reader->length, false) >= 0 &&
        H5Pset_file_image(access, reader->image, reader->length) >= 0)
        reader->file = H5Fopen(name, H5F_ACC_RDONLY, access);
    flc_status status = reader->file < 0 ? broken(reader, "/", "read the beginning") : FLC_OK;
    if (access >= 0)
        H5Pclose(access);
    flc_free(reader->image);
    reader->image = NULL;
    return status;
}

static flc_status contents_open(flc_datareader *reader)
{
    flc_status status = image_open(reader);
    if (status != FLC_OK)
        return status;
    hid_t root = H5Gopen2(reader->file, "/", H5P_DEFAULT);
    status = root < 0 ? broken(reader, "/", "read the list") : group_walk(reader, "", root, NULL);
    if (root >= 0)
        H5Gclose(root);
    if (status == FLC_OK)
        dimensions_name(reader);
    return status;
}

static flc_status image_read(flc_datareader *reader, const char *path)
{
    reader->arena = flc_arena_create(&reader->error);
    if (!reader->arena)
        return FLC_ERROR_MEMORY;
    reader->path = flc_arena_copy(reader->arena, path, strlen(path), &reader->error);
    if (!reader->path)
        return FLC_ERROR_MEMORY;
    return flc_file_read(&reader->image, &reader->length, path, LARGEST_FILE, &reader->error);
}

flc_status flc_datareader_open(flc_datareader **opened, const char *path, flc_error *error)
{
    flc_datareader *reader = *opened = FLC_NEW(flc_datareader, 1, error);
    if (!reader)
        return FLC_ERROR_MEMORY;
    reader->file = -1;
    flc_status status = image_read(reader, path);
    if (status == FLC_OK)
        status = signature_check(reader);
    if (status == FLC_OK)
        status = seal_check(reader);
    if (status == FLC_OK) {
        flc_quiet_begin(&reader->quiet);
        status = contents_open(reader);
        flc_quiet_end(&reader->quiet);
    }
    if (status != FLC_OK) {
        if (error)
            *error = reader->error;
        flc_datareader_free(reader);
        *opened = NULL;
    }
    return status;
}

void flc_datareader_free(flc_datareader *reader)
{
    if (!reader)
        return;
    if (reader->file >= 0) {
        flc_quiet_begin(&reader->quiet);
        H5Fclose(reader->file);
        flc_quiet_end(&reader->quiet);
    }
    flc_free(reader->image);
    flc_free(reader->entries);
    flc_free(reader->scales);
    flc_arena_free(reader->arena);
    flc_free(reader);
}

bool flc_datareader_sealed(const flc_datareader *reader)
{
    return reader->sealed;
}

bool flc_datareader_same_bytes(const flc_datareader *reader, const flc_datareader *other)
{
    return reader->sealed == other->sealed &&
           memcmp(reader->seal, other->seal, FLC_SEAL_BYTES) == 0;
}

/* ---- finding ---- */

size_t flc_datareader_count(const flc_datareader *reader)
{
    return reader->count;
}

const flc_data_object *flc_datareader_object(const flc_datareader *reader, size_t i)
{
    return i < reader->count ? &reader->entries[i].object : NULL;
}

const flc_data_object *flc_datareader_find(const flc_datareader *reader, const char *path)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->entries[i].object.path, path) == 0)
            return &reader->entries[i].object;
    return NULL;
}

const flc_data_object *flc_datareader_require(const flc_datareader *reader, const char *path,
                                              flc_error *error)
{
    flc_suggestion near;
    const flc_data_object *object = flc_datareader_find(reader, path);
    if (object)
        return object;
    flc_suggestion_start(&near, path);
    for (size_t i = 0; i < reader->count; i++)
        flc_suggestion_offer(&near, reader->entries[i].object.path);
    flc_error_set(error, FLC_ERROR_STUDY, "%s: there is no \"%s\" in this file; %s%s%s",
                  reader->path, path,
                  near.best ? "did you mean \"" : "see what it holds with ncdump",
                  near.best ? near.best : " -h", near.best ? "\"?" : "");
    return NULL;
}

const flc_data_attribute *flc_data_attribute_find(const flc_data_object *object, const char *name)
{
    for (size_t i = 0; i < object->attribute_count; i++)
        if (strcmp(object->attributes[i].name, name) == 0)
            return &object->attributes[i];
    return NULL;
}

const char *flc_data_attribute_text(const flc_data_object *object, const char *name)
{
    const flc_data_attribute *attribute = flc_data_attribute_find(object, name);
    return attribute && attribute->texts && attribute->count == 1 ? attribute->texts[0] : NULL;
}

/* ---- values ---- */

enum wanted { DOUBLES, INTEGERS, TEXTS, BYTES };

static bool readable_as(flc_data_type type, enum wanted wanted)
{
    bool whole = type == FLC_DATA_INT32 || type == FLC_DATA_INT64 || type == FLC_DATA_BYTE;
    switch (wanted) {
    case TEXTS:
        return type == FLC_DATA_TEXT;
    case BYTES:
        return type == FLC_DATA_BYTE;
    default:
        return whole || (wanted == DOUBLES && type == FLC_DATA_DOUBLE);
    }
}

static const void *take_values(flc_datareader *reader, const flc_data_object *object,
                               enum wanted wanted)
{
    const void *values = NULL;
    hid_t memory_type = wanted == DOUBLES ? H5T_NATIVE_DOUBLE
                        : wanted == BYTES ? H5T_NATIVE_UINT8
                                          : H5T_NATIVE_INT64;
    struct source source = {H5Dopen2(reader->file, object->path, H5P_DEFAULT), false};
    if (source.id >= 0 && wanted == TEXTS)
        values = read_texts(reader, source, object->count);
    else if (source.id >= 0)
        values = read_numbers(reader, source, memory_type, object->count);
    if (!values)
        broken(reader, object->path, "read the values");
    if (source.id >= 0)
        H5Dclose(source.id);
    return values;
}

static const void *values_of(flc_datareader *reader, const char *path, enum wanted wanted,
                             flc_error *error)
{
    static const char *const names[] = {"numbers", "whole numbers", "texts", "bytes"};
    const flc_data_object *object = flc_datareader_require(reader, path, error);
    if (!object)
        return NULL;
    if (object->is_group || !readable_as(object->type, wanted)) {
        flc_error_set(error, FLC_ERROR_STUDY, "%s: \"%s\" does not hold %s", reader->path, path,
                      names[wanted]);
        return NULL;
    }
    reader->error.status = FLC_OK;
    flc_quiet_begin(&reader->quiet);
    const void *values = take_values(reader, object, wanted);
    flc_quiet_end(&reader->quiet);
    if (!values && error)
        *error = reader->error;
    return values;
}

const double *flc_datareader_doubles(flc_datareader *reader, const char *path, flc_error *error)
{
    return values_of(reader, path, DOUBLES, error);
}

const int64_t *flc_datareader_integers(flc_datareader *reader, const char *path, flc_error *error)
{
    return values_of(reader, path, INTEGERS, error);
}

const char *const *flc_datareader_texts(flc_datareader *reader, const char *path, flc_error *error)
{
    return values_of(reader, path, TEXTS, error);
}

const unsigned char *flc_datareader_bytes(flc_datareader *reader, const char *path, size_t *length,
                                          flc_error *error)
{
    const unsigned char *bytes = values_of(reader, path, BYTES, error);
    *length = bytes ? flc_datareader_find(reader, path)->count : 0;
    return bytes;
}

/* ---- parts ---- */

static bool part_select(hid_t space, size_t rank, const size_t *offset, const size_t *size)
{
    hsize_t start[FLC_DATA_RANK_MAX], count[FLC_DATA_RANK_MAX];
    for (size_t k = 0; k < rank; k++) {
        start[k] = offset[k];
        count[k] = size[k];
    }
    return rank == 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
}

static bool part_take(const flc_datareader *reader, void *values, const flc_data_object *object,
                      hid_t memory_type, const size_t *offset, const size_t *size)
{
    hsize_t all = 1;
    for (size_t k = 0; k < object->rank; k++)
        all *= size[k];
    hid_t dataset = H5Dopen2(reader->file, object->path, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &all, NULL);
    bool good = space >= 0 && memory >= 0 && part_select(space, object->rank, offset, size) &&
                H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, values) >= 0;
    if (memory >= 0)
        H5Sclose(memory);
    if (space >= 0)
        H5Sclose(space);
    if (dataset >= 0)
        H5Dclose(dataset);
    return good;
}

flc_status flc_datareader_part(flc_datareader *reader, void *values, const char *path,
                               flc_data_type type, const size_t *offset, const size_t *size,
                               flc_error *error)
{
    const flc_data_object *object = flc_datareader_require(reader, path, error);
    flc_status status = FLC_OK;
    if (!object)
        return FLC_ERROR_STUDY;
    const bool doubles = type == FLC_DATA_DOUBLE;
    if (object->is_group || !readable_as(object->type, doubles ? DOUBLES : INTEGERS))
        return flc_error_set(error, FLC_ERROR_STUDY, "%s: \"%s\" does not hold %s", reader->path,
                             path, doubles ? "numbers" : "whole numbers");
    reader->error.status = FLC_OK;
    flc_quiet_begin(&reader->quiet);
    if (!part_take(reader, values, object, doubles ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, offset,
                   size))
        status = broken(reader, path, "read the values");
    flc_quiet_end(&reader->quiet);
    if (status && error)
        *error = reader->error;
    return status;
}
