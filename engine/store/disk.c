#include "store/disk.h"

#include <stdint.h>
#include <string.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "base/memory.h"

enum { HASH_BYTES = 1 << 20 };

/* What HDF5 sees as the open file; begins with its public part. */
struct disk {
    H5FD_t base;
    flc_file *file;
    haddr_t end; /* of what HDF5 has allocated */
    hid_t driver;
};

hid_t flc_disk_hold(hid_t access)
{
    const hid_t driver = H5Pget_driver(access);
    return driver >= 0 && H5Iinc_ref(driver) >= 0 ? driver : -1;
}

void flc_disk_let_go(hid_t driver)
{
    if (driver >= 0)
        (void)H5Idec_ref(driver);
}

static H5FD_t *disk_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    (void)name;
    (void)flags;
    (void)most;
    flc_file *const *file = H5Pget_driver_info(access);
    struct disk *disk = file ? FLC_NEW(struct disk, 1, NULL) : NULL;
    if (!disk)
        return NULL;
    disk->file = *file;
    disk->driver = flc_disk_hold(access);
    return &disk->base;
}

static herr_t disk_close(H5FD_t *base)
{
    const hid_t driver = ((struct disk *)base)->driver;
    flc_free(base);
    flc_disk_let_go(driver);
    return 0;
}

/* Two HDF5 files are the same if they are in the same file of ours. */
static int disk_compare(const H5FD_t *a, const H5FD_t *b)
{
    const uintptr_t first = (uintptr_t)((const struct disk *)a)->file;
    const uintptr_t second = (uintptr_t)((const struct disk *)b)->file;
    return first < second ? -1 : first > second;
}

/* As HDF5's standard driver, so that the layout of the file is the same. */
static herr_t disk_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t disk_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct disk *)base)->end;
}

static herr_t disk_allocate(H5FD_t *base, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    ((struct disk *)base)->end = end;
    return 0;
}

static haddr_t disk_size(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return flc_file_size(((const struct disk *)base)->file);
}

/* What was allocated and never written is zero, also where the file ends before. */
static herr_t disk_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                        size_t length, void *bytes)
{
    (void)type;
    (void)transfer;
    const struct disk *disk = (const struct disk *)base;
    const uint64_t size = flc_file_size(disk->file);
    const uint64_t there = offset < size ? size - offset : 0;
    const size_t known = length < there ? length : (size_t)there;
    memset((char *)bytes + known, 0, length - known);
    return flc_file_get(disk->file, offset, bytes, known, NULL) == FLC_OK ? 0 : -1;
}

/* After a failed write HDF5 could neither close the file nor forget it. So it is told that all went
 * well; the file keeps the failure and refuses all that follows, and who writes asks the file. */
static herr_t disk_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t offset,
                         size_t length, const void *bytes)
{
    (void)type;
    (void)transfer;
    (void)flc_file_put(((struct disk *)base)->file, offset, bytes, length, NULL);
    return 0;
}

static herr_t disk_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    const struct disk *disk = (const struct disk *)base;
    if (disk->end != flc_file_size(disk->file))
        (void)flc_file_resize(disk->file, disk->end, NULL);
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* 512 to 65535 are for everybody */
#endif
    .name = "fulcrum",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(flc_file *),
    .open = disk_open,
    .close = disk_close,
    .cmp = disk_compare,
    .query = disk_query,
    .get_eoa = disk_allocated,
    .set_eoa = disk_allocate,
    .get_eof = disk_size,
    .read = disk_read,
    .write = disk_write,
    .truncate = disk_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* A list of settings for access through the driver, which the caller closes. */
static hid_t access_list(flc_file *file)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    hid_t id = H5FDregister(&driver);
    if (list >= 0 && (id < 0 || H5Pset_driver(list, id, &file) < 0 ||
                      H5Pset_libver_bounds(list, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) < 0)) {
        H5Pclose(list);
        list = -1;
    }
    if (id >= 0)
        H5FDunregister(id); /* the list and the open file hold it */
    return list;
}

hid_t flc_disk_create(flc_file *file, hid_t creation)
{
    hid_t access = access_list(file);
    hid_t id = access < 0 ? -1 : H5Fcreate(flc_file_path(file), H5F_ACC_TRUNC, creation, access);
    if (access >= 0)
        H5Pclose(access);
    return id;
}

hid_t flc_disk_open(flc_file *file)
{
    hid_t access = access_list(file);
    hid_t id = access < 0 ? -1 : H5Fopen(flc_file_path(file), H5F_ACC_RDONLY, access);
    if (access >= 0)
        H5Pclose(access);
    return id;
}

flc_status flc_disk_seal(char seal[FLC_SEAL_BYTES], const flc_file *file, uint64_t size,
                         flc_error *error)
{
    flc_sha256_state state;
    char *bytes = FLC_NEW(char, HASH_BYTES, error);
    flc_status status = bytes ? FLC_OK : FLC_ERROR_MEMORY;
    flc_sha256_init(&state);
    for (uint64_t at = 0; at < size && status == FLC_OK; at += HASH_BYTES) {
        const size_t length = size - at < HASH_BYTES ? (size_t)(size - at) : HASH_BYTES;
        status = flc_file_get(file, at, bytes, length, error);
        flc_sha256_update(&state, bytes, length);
    }
    flc_seal_of(seal, &state);
    flc_free(bytes);
    return status;
}
