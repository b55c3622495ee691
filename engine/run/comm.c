#include "run/comm.h"

#include <limits.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { TAG = 1, HOST_ROOM = MPI_MAX_PROCESSOR_NAME };

/* What launchers tell their processes: rank and number of processes. */
static const struct {
    const char *rank, *size;
} launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"PMI_RANK", "PMI_SIZE"},
    {"PMIX_RANK", NULL},
    {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},
    {"PALS_RANKID", NULL},
    {"FLUX_TASK_RANK", "FLUX_JOB_SIZE"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
};
enum { LAUNCHERS = sizeof launchers / sizeof *launchers, SLURM = LAUNCHERS - 1 };

static long number_from(const char *name)
{
    const char *text = name ? getenv(name) : NULL;
    return text ? strtol(text, NULL, 10) : -1;
}

/* The launcher that started this process, or -1. In a Slurm batch script SLURM_PROCID is set
 * without srun. */
static int launcher(void)
{
    for (int i = 0; i < LAUNCHERS; i++)
        if (number_from(launchers[i].rank) >= 0 &&
            (i != SLURM || number_from(launchers[i].size) > 1))
            return i;
    return -1;
}

int flc_comm_launched_rank(void)
{
    int i = launcher();
    return i < 0 ? 0 : (int)number_from(launchers[i].rank);
}

static flc_status failed(flc_error *error, const char *what, int code)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return flc_error_set(error, FLC_ERROR_INTERNAL, "MPI: %s failed: %s", what, text);
}

static flc_status check_size(const flc_comm *comm, flc_error *error)
{
    int i = launcher();
    long launched = i < 0 ? 1 : number_from(launchers[i].size);
    if (comm->size > 1 || launched <= 1)
        return FLC_OK;
    return flc_error_set(
        error, FLC_ERROR_USAGE,
        "the launcher started %ld processes, but MPI sees one: the program is built "
        "for another MPI than the launcher's. Use the launcher of the MPI it was built "
        "with (srun: --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH)",
        launched);
}

flc_status flc_comm_start(flc_comm *comm, flc_error *error)
{
    *comm = (flc_comm){0, 1, false};
    const char *wish = getenv("FULCRUM_MPI");
    if (wish ? strcmp(wish, "0") == 0 : launcher() < 0)
        return FLC_OK;
    int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS)
        return flc_error_set(error, FLC_ERROR_INTERNAL, "MPI does not start (code %d)", code);
    comm->started = true;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    return check_size(comm, error);
}

void flc_comm_finish(flc_comm *comm)
{
    if (comm->started)
        MPI_Finalize();
    comm->started = false;
}

flc_status flc_comm_agree(const flc_comm *comm, flc_status status, flc_error *error)
{
    if (comm->size == 1)
        return status;
    int mine = status ? comm->rank : INT_MAX, first = INT_MAX;
    int code = MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS)
        return failed(error, "agreeing on errors", code);
    if (first == INT_MAX)
        return FLC_OK;
    flc_error told = {FLC_ERROR_INTERNAL, "unknown error"};
    if (comm->rank == first) {
        told = *error;
        told.status = status;
    }
    code = MPI_Bcast(&told, sizeof told, MPI_BYTE, first, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS)
        return failed(error, "telling an error", code);
    *error = told;
    return told.status;
}

flc_status flc_comm_share(const flc_comm *comm, char **bytes, size_t *length, flc_error *error)
{
    if (comm->size == 1)
        return FLC_OK;
    uint64_t size = comm->rank == 0 ? *length : 0;
    int code = MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS)
        return failed(error, "sharing a size", code);
    flc_status status = FLC_OK;
    if (comm->rank != 0) {
        *length = (size_t)size;
        *bytes = flc_allocate((size_t)size + 1, 1, error);
        status = *bytes ? FLC_OK : FLC_ERROR_MEMORY;
    }
    if ((status = flc_comm_agree(comm, status, error)))
        return status;
    code = MPI_Bcast(*bytes, (int)size, MPI_BYTE, 0, MPI_COMM_WORLD);
    return code == MPI_SUCCESS ? FLC_OK : failed(error, "sharing bytes", code);
}

flc_status flc_comm_send(const flc_comm *comm, int to, const void *bytes, size_t length,
                         flc_error *error)
{
    (void)comm;
    int code = MPI_Send(bytes, (int)length, MPI_BYTE, to, TAG, MPI_COMM_WORLD);
    return code == MPI_SUCCESS ? FLC_OK : failed(error, "sending", code);
}

flc_status flc_comm_receive(const flc_comm *comm, int from, void **buffer, size_t *capacity,
                            size_t *length, flc_error *error)
{
    (void)comm;
    MPI_Status state;
    int bytes = 0, code = MPI_Probe(from, TAG, MPI_COMM_WORLD, &state);
    if (code == MPI_SUCCESS)
        code = MPI_Get_count(&state, MPI_BYTE, &bytes);
    if (code != MPI_SUCCESS)
        return failed(error, "receiving", code);
    *length = (size_t)bytes;
    flc_status status = flc_reserve(buffer, capacity, *length, 1, error);
    if (status)
        return status;
    code = MPI_Recv(*buffer, bytes, MPI_BYTE, from, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return code == MPI_SUCCESS ? FLC_OK : failed(error, "receiving", code);
}

/* Names in order of rank, equal neighbours counted. */
static void print_hosts(const char *names, int count, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0, same; i < count && used < room; i += same) {
        const char *name = names + (size_t)i * HOST_ROOM;
        for (same = 1;
             i + same < count && strcmp(name, names + (size_t)(i + same) * HOST_ROOM) == 0;)
            same++;
        used += (size_t)snprintf(text + used, room - used, "%s%s x %d", i ? ", " : "", name, same);
    }
}

flc_status flc_comm_hosts(const flc_comm *comm, char *text, size_t room, flc_error *error)
{
    char own[HOST_ROOM] = "";
    int length = 0;
    if (!comm->started) {
        snprintf(text, room, "one process");
        return FLC_OK;
    }
    MPI_Get_processor_name(own, &length);
    char *names = NULL;
    flc_status status = FLC_OK;
    if (comm->rank == 0 && !(names = flc_allocate((size_t)comm->size, HOST_ROOM, error)))
        status = FLC_ERROR_MEMORY;
    if ((status = flc_comm_agree(comm, status, error)))
        goto done;
    int code = MPI_Gather(own, HOST_ROOM, MPI_CHAR, names, HOST_ROOM, MPI_CHAR, 0, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS)
        status = failed(error, "gathering host names", code);
    else if (comm->rank == 0)
        print_hosts(names, comm->size, text, room);
done:
    flc_free(names);
    return status;
}

void flc_comm_library(char *text, size_t room)
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(version, &length);
    snprintf(text, room, "%.*s", (int)strcspn(version, ",\n"), version);
    for (char *tab = strchr(text, '\t'); tab; tab = strchr(tab, '\t'))
        *tab = ' ';
}
