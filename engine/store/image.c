#include "store/image.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "base/memory.h"
#include "store/disk.h"

enum { PIECE_BYTES = 1 << 20 };

struct flc_image {
    H5FD_t base; /* what HDF5 sees; first, so that it leads here */
    hid_t driver;
    char **pieces; /* PIECE_BYTES each, zero where nothing was written */
    size_t count, capacity;
    haddr_t end;     /* of what HDF5 has allocated */
    haddr_t written; /* the end of what was written */
    flc_error fault; /* its status is FLC_OK while all is well */
};

/* ---- the memory ------------------------------------------------------------------------------ */

static flc_status add_piece(flc_image *image)
{
    void *pieces = image->pieces;
    flc_status status = flc_reserve(&pieces, &image->capacity, image->count + 1,
                                    sizeof *image->pieces, &image->fault);
    image->pieces = pieces;
    char *piece = status ? NULL : flc_allocate(PIECE_BYTES, 1, &image->fault);
    if (!piece)
        return FLC_ERROR_MEMORY;
    image->pieces[image->count++] = piece;
    return FLC_OK;
}

static flc_status reserve(flc_image *image, haddr_t bytes)
{
    while (!image->fault.status && (haddr_t)image->count * PIECE_BYTES < bytes)
        add_piece(image);
    return image->fault.status;
}

flc_status flc_image_create(flc_image **image, flc_error *error)
{
    *image = FLC_NEW(flc_image, 1, error);
    return *image ? FLC_OK : FLC_ERROR_MEMORY;
}

void flc_image_free(flc_image *image)
{
    for (size_t i = 0; image && i < image->count; i++)
        flc_free(image->pieces[i]);
    if (image)
        flc_free(image->pieces);
    flc_free(image);
}

flc_status flc_image_fault(const flc_image *image, flc_error *error)
{
    if (image->fault.status)
        *error = image->fault;
    return image->fault.status;
}

size_t flc_image_count(const flc_image *image)
{
    return (size_t)((image->end + PIECE_BYTES - 1) / PIECE_BYTES);
}

flc_file_piece flc_image_piece(const flc_image *image, size_t i)
{
    const haddr_t left = image->end - (haddr_t)i * PIECE_BYTES;
    return (flc_file_piece){image->pieces[i], left < PIECE_BYTES ? (size_t)left : PIECE_BYTES};
}

/* The bytes from `offset` on, at most `length`, that are in one piece. */
static char *find(const flc_image *image, size_t *there, haddr_t offset, size_t length)
{
    const size_t within = (size_t)(offset % PIECE_BYTES), left = PIECE_BYTES - within;
    *there = length < left ? length : left;
    return image->pieces[offset / PIECE_BYTES] + within;
}

/* ---- what HDF5 calls ------------------------------------------------------------------------- */

static flc_image *image_of(const H5FD_t *base)
{
    return (flc_image *)(uintptr_t)base;
}

static H5FD_t *image_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    (void)name;
    (void)flags;
    (void)most;
    flc_image *const *image = H5Pget_driver_info(access);
    if (!image)
        return NULL;
    memset(&(*image)->base, 0, sizeof(*image)->base);
    (*image)->driver = flc_disk_hold(access);
    return &(*image)->base;
}

/* The image is its owner's. */
static herr_t image_close(H5FD_t *base)
{
    flc_disk_let_go(image_of(base)->driver);
    return 0;
}

static int image_compare(const H5FD_t *a, const H5FD_t *b)
{
    const uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return first < second ? -1 : first > second;
}

/* Space is given out as by HDF5's standard driver; nothing is gathered before it is written, since
 * to write is to copy. */
static herr_t image_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t image_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return image_of(base)->end;
}

static herr_t image_allocate(H5FD_t *base, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    image_of(base)->end = end;
    return 0;
}

static haddr_t image_size(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return image_of(base)->written;
}

/* What was allocated and never written is zero. */
static herr_t image_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                         size_t length, void *bytes)
{
    (void)type;
    (void)transfer;
    flc_image *image = image_of(base);
    if (reserve(image, offset + length)) {
        memset(bytes, 0, length);
        return 0;
    }
    char *to = bytes;
    for (size_t there; length > 0; length -= there, offset += there, to += there) {
        const char *from = find(image, &there, offset, length);
        memcpy(to, from, there);
    }
    return 0;
}

static herr_t image_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                          size_t length, const void *bytes)
{
    (void)type;
    (void)transfer;
    flc_image *image = image_of(base);
    if (reserve(image, offset + length))
        return 0;
    const char *from = bytes;
    for (size_t there; length > 0; length -= there, offset += there, from += there) {
        char *to = find(image, &there, offset, length);
        memcpy(to, from, there);
    }
    if (image->written < offset)
        image->written = offset;
    return 0;
}

/* What was allocated and never written belongs to the file, as zeros. */
static herr_t image_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    flc_image *image = image_of(base);
    if (!reserve(image, image->end))
        image->written = image->end;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)601, /* 512 to 65535 are for everybody */
#endif
    .name = "fulcrum-image",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(flc_image *),
    .open = image_open,
    .close = image_close,
    .cmp = image_compare,
    .query = image_query,
    .get_eoa = image_allocated,
    .set_eoa = image_allocate,
    .get_eof = image_size,
    .read = image_read,
    .write = image_write,
    .truncate = image_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t flc_image_file(flc_image *image, hid_t creation)
{
    char name[64]; /* is written nowhere */
    hid_t file = -1, access = H5Pcreate(H5P_FILE_ACCESS), id = H5FDregister(&driver);
    snprintf(name, sizeof name, "fulcrum-%p", (const void *)image);
    if (access >= 0 && id >= 0 && H5Pset_driver(access, id, &image) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
        file = H5Fcreate(name, H5F_ACC_TRUNC, creation, access);
    if (id >= 0)
        H5FDunregister(id); /* the list and the open file hold it */
    if (access >= 0)
        H5Pclose(access);
    return file;
}
