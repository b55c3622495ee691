#include "store/chunk.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/memory.h"
#include "store/quiet.h"

#if !H5_VERSION_GE(1, 10, 3)
#error "HDF5 1.10.3 or newer is needed: older ones do not give filtered chunks away"
#endif

enum { GROWTH_BYTES = 1 << 18 };

struct flc_chunk_press {
    hid_t file, dataset;
    flc_quiet quiet;
};

herr_t flc_chunk_filters(hid_t list, unsigned level)
{
    if (level > 0 && (H5Pset_shuffle(list) < 0 || H5Pset_deflate(list, level) < 0))
        return -1;
    return H5Pset_fletcher32(list);
}

static flc_status cannot(flc_error *error)
{
    char reason[256];
    flc_quiet_message(reason, sizeof reason);
    return flc_error_set(error, FLC_ERROR_OUTPUT,
                         "HDF5 cannot compress a chunk of samples: %s; is memory short?", reason);
}

/* HDF5 refuses two open memory files of the same name. */
static hid_t memory_file(const flc_chunk_press *press)
{
    char name[64];
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t id = -1;
    snprintf(name, sizeof name, "fulcrum-press-%p", (const void *)press);
    if (access >= 0 && H5Pset_fapl_core(access, GROWTH_BYTES, false) >= 0)
        id = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return id;
}

/* One data set that is one chunk. */
static hid_t one_chunk(hid_t file, size_t rows, size_t columns, unsigned level)
{
    const hsize_t size[2] = {rows, columns};
    hid_t space = H5Screate_simple(2, size, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t id = -1;
    if (space >= 0 && list >= 0 && H5Pset_chunk(list, 2, size) >= 0 &&
        flc_chunk_filters(list, level) >= 0)
        id = H5Dcreate2(file, "chunk", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    H5Sclose(space);
    return id;
}

flc_status flc_chunk_press_create(flc_chunk_press **created, size_t rows, size_t columns,
                                  unsigned level, flc_error *error)
{
    flc_chunk_press *press = *created = FLC_NEW(flc_chunk_press, 1, error);
    if (!press)
        return FLC_ERROR_MEMORY;
    flc_quiet_begin(&press->quiet);
    press->file = memory_file(press);
    press->dataset = press->file < 0 ? -1 : one_chunk(press->file, rows, columns, level);
    flc_status status = press->dataset < 0 ? cannot(error) : FLC_OK;
    flc_quiet_end(&press->quiet);
    if (status != FLC_OK) {
        flc_chunk_press_free(press);
        *created = NULL;
    }
    return status;
}

void flc_chunk_press_free(flc_chunk_press *press)
{
    if (!press)
        return;
    flc_quiet_begin(&press->quiet);
    H5Dclose(press->dataset);
    H5Fclose(press->file);
    flc_quiet_end(&press->quiet);
    flc_free(press);
}

/* Asking for the size of the chunk makes HDF5 filter what it holds. */
flc_status flc_chunk_press_put(flc_chunk_press *press, size_t *length, const double *values,
                               flc_error *error)
{
    const hsize_t first[2] = {0, 0};
    hsize_t size = 0;
    flc_quiet_begin(&press->quiet);
    bool good =
        H5Dwrite(press->dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 &&
        H5Dget_chunk_storage_size(press->dataset, first, &size) >= 0 && size > 0;
    *length = (size_t)size;
    flc_status status = good ? FLC_OK : cannot(error);
    flc_quiet_end(&press->quiet);
    return status;
}

flc_status flc_chunk_press_take(flc_chunk_press *press, void *bytes, uint32_t *filter_mask,
                                flc_error *error)
{
    const hsize_t first[2] = {0, 0};
    flc_quiet_begin(&press->quiet);
    bool good = H5Dread_chunk(press->dataset, H5P_DEFAULT, first, filter_mask, bytes) >= 0;
    flc_status status = good ? FLC_OK : cannot(error);
    flc_quiet_end(&press->quiet);
    return status;
}
