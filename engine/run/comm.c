#define _XOPEN_SOURCE 700 /* nanosleep */

#include "run/comm.h"

#include <limits.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

enum { TAG = 1, PATIENCE = 600 };

/* What goes on in MPI. */
struct flc_comm_mpi {
    double patience; /* seconds */
    bool broken;     /* others were waited for in vain */
    MPI_Request pulse;
    int64_t own[FLC_PULSE], all[FLC_PULSE];
};

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

/* ---- waiting --------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Between two looks: at first none, so that short waits stay short; then up to a millisecond, so
 * that long ones leave the core to others. */
static void pause_between(double waited)
{
    const double least = 2e-4, longest = 1e-3;
    if (waited < least)
        return;
    double pause = waited / 16 < longest ? waited / 16 : longest;
    const struct timespec time = {0, (long)(pause * 1e9)};
    nanosleep(&time, NULL);
}

static flc_status lose_patience(const flc_comm *comm, flc_error *error)
{
    comm->mpi->broken = true;
    return flc_error_set(error, FLC_ERROR_REQUEUE,
                         "rank %d has waited for the others for %.0f s (FULCRUM_PATIENCE): a host "
                         "or the network is down, or hangs; start again with --resume",
                         comm->rank, comm->mpi->patience);
}

static flc_status poll(const flc_comm *comm, MPI_Request *request, bool patient, const char *what,
                       flc_error *error)
{
    for (double begin = seconds();;) {
        int done = 0, code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS)
            return failed(error, what, code);
        if (done)
            return FLC_OK;
        double waited = seconds() - begin;
        if (!patient && waited > comm->mpi->patience)
            return lose_patience(comm, error);
        pause_between(waited);
    }
}

/* Until `request` is done. `patient`: as long as it takes. */
static flc_status wait_for(const flc_comm *comm, MPI_Request *request, bool patient,
                           const char *what, flc_error *error)
{
    if (comm->mpi->broken)
        return lose_patience(comm, error);
    flc_usage_wait(comm->usage, true);
    flc_status status = poll(comm, request, patient, what, error);
    flc_usage_wait(comm->usage, false);
    return status;
}

/* ---- start and end --------------------------------------------------------------------------- */

static flc_status take_patience(flc_comm *comm, flc_error *error)
{
    const char *text = getenv("FULCRUM_PATIENCE");
    char *end = NULL;
    comm->mpi->patience = text ? strtod(text, &end) : PATIENCE;
    if (!text || (end != text && *end == '\0' && comm->mpi->patience > 0))
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE, "FULCRUM_PATIENCE=%s: seconds, more than 0", text);
}

/* On one host Open MPI sends through memory, and need not look for the fabrics of a cluster first,
 * which takes it 0.2 s. Who asks for another way is given it. Before there are threads. */
static void stay_on_host(void)
{
    const long here = number_from("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (here > 0 && here == number_from("OMPI_COMM_WORLD_SIZE"))
        setenv("OMPI_MCA_pml", "ob1", false);
}

flc_status flc_comm_start(flc_comm *comm, flc_error *error)
{
    *comm = (flc_comm){0, 1, false, NULL, NULL};
    const char *wish = getenv("FULCRUM_MPI");
    if (wish ? strcmp(wish, "0") == 0 : launcher() < 0)
        return FLC_OK;
    /* Before MPI starts: afterwards nothing could be agreed on without it. */
    comm->mpi = FLC_NEW(struct flc_comm_mpi, 1, error);
    if (!comm->mpi)
        return FLC_ERROR_MEMORY;
    stay_on_host();
    int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS)
        return flc_error_set(error, FLC_ERROR_INTERNAL, "MPI does not start (code %d)", code);
    comm->started = true;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    comm->mpi->pulse = MPI_REQUEST_NULL;
    flc_status status = take_patience(comm, error);
    return status ? status : check_size(comm, error);
}

void flc_comm_finish(flc_comm *comm)
{
    if (comm->started && comm->mpi && comm->mpi->broken)
        MPI_Abort(MPI_COMM_WORLD, FLC_ERROR_REQUEUE);
    if (comm->started)
        MPI_Finalize();
    flc_free(comm->mpi);
    *comm = (flc_comm){0, 1, false, NULL, NULL};
}

/* ---- agreeing and sharing -------------------------------------------------------------------- */

static flc_status broadcast(const flc_comm *comm, void *bytes, size_t length, int from,
                            const char *what, flc_error *error)
{
    MPI_Request request;
    flc_usage_add(comm->usage, FLC_USAGE_COLLECTIVES, 1);
    int code = MPI_Ibcast(bytes, (int)length, MPI_BYTE, from, MPI_COMM_WORLD, &request);
    if (code != MPI_SUCCESS)
        return failed(error, what, code);
    return wait_for(comm, &request, true, what, error);
}

flc_status flc_comm_agree(const flc_comm *comm, flc_status status, flc_error *error)
{
    static const char what[] = "agreeing on errors";
    if (comm->size == 1 || comm->mpi->broken)
        return status;
    int mine = status ? comm->rank : INT_MAX, first = INT_MAX;
    MPI_Request request;
    flc_usage_add(comm->usage, FLC_USAGE_COLLECTIVES, 1);
    int code = MPI_Iallreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    if (code != MPI_SUCCESS)
        return failed(error, what, code);
    flc_status waited = wait_for(comm, &request, true, what, error);
    if (waited || first == INT_MAX)
        return waited;
    flc_error told = {FLC_ERROR_INTERNAL, "unknown error"};
    if (comm->rank == first) {
        told = *error;
        told.status = status;
    }
    if ((waited = broadcast(comm, &told, sizeof told, first, "telling an error", error)))
        return waited;
    *error = told;
    return told.status;
}

flc_status flc_comm_share(const flc_comm *comm, char **bytes, size_t *length, flc_error *error)
{
    if (comm->size == 1)
        return FLC_OK;
    uint64_t size = comm->rank == 0 ? *length : 0;
    flc_status status = broadcast(comm, &size, sizeof size, 0, "sharing a size", error);
    if (status)
        return status;
    if (comm->rank != 0) {
        *length = (size_t)size;
        *bytes = flc_allocate((size_t)size + 1, 1, error);
        status = *bytes ? FLC_OK : FLC_ERROR_MEMORY;
    }
    if ((status = flc_comm_agree(comm, status, error)))
        return status;
    return broadcast(comm, *bytes, (size_t)size, 0, "sharing bytes", error);
}

/* ---- messages -------------------------------------------------------------------------------- */

static flc_status begin_sending(const flc_comm *comm, MPI_Request *request, int to,
                                const void *bytes, size_t length, flc_error *error)
{
    int code = MPI_Isend(bytes, (int)length, MPI_BYTE, to, TAG, MPI_COMM_WORLD, request);
    flc_usage_add(comm->usage, FLC_USAGE_SENT, 1);
    flc_usage_add(comm->usage, FLC_USAGE_SENT_BYTES, (int64_t)length);
    return code == MPI_SUCCESS ? FLC_OK : failed(error, "sending", code);
}

flc_status flc_comm_send(const flc_comm *comm, int to, const void *bytes, size_t length,
                         flc_error *error)
{
    MPI_Request request;
    flc_status status = begin_sending(comm, &request, to, bytes, length, error);
    return status ? status : wait_for(comm, &request, false, "sending", error);
}

static flc_status poll_message(const flc_comm *comm, int from, int *bytes, flc_error *error)
{
    double begin = seconds();
    for (int there = 0; !there;) {
        MPI_Status state;
        int code = MPI_Iprobe(from, TAG, MPI_COMM_WORLD, &there, &state);
        if (code == MPI_SUCCESS && there)
            code = MPI_Get_count(&state, MPI_BYTE, bytes);
        if (code != MPI_SUCCESS)
            return failed(error, "receiving", code);
        double waited = seconds() - begin;
        if (!there && (comm->mpi->broken || waited > comm->mpi->patience))
            return lose_patience(comm, error);
        if (!there)
            pause_between(waited);
    }
    return FLC_OK;
}

/* Until a message of `from` is there; its length. */
static flc_status await_message(const flc_comm *comm, int from, int *bytes, flc_error *error)
{
    flc_usage_wait(comm->usage, true);
    flc_status status = poll_message(comm, from, bytes, error);
    flc_usage_wait(comm->usage, false);
    return status;
}

flc_status flc_comm_receive(const flc_comm *comm, int from, void **buffer, size_t *capacity,
                            size_t *length, flc_error *error)
{
    MPI_Request request;
    int bytes = 0;
    flc_status status = await_message(comm, from, &bytes, error);
    if (status)
        return status;
    *length = (size_t)bytes;
    if ((status = flc_reserve(buffer, capacity, *length, 1, error)))
        return status;
    int code = MPI_Irecv(*buffer, bytes, MPI_BYTE, from, TAG, MPI_COMM_WORLD, &request);
    if (code != MPI_SUCCESS)
        return failed(error, "receiving", code);
    flc_usage_add(comm->usage, FLC_USAGE_RECEIVED, 1);
    flc_usage_add(comm->usage, FLC_USAGE_RECEIVED_BYTES, bytes);
    return wait_for(comm, &request, false, "receiving", error);
}

flc_status flc_comm_exchange(const flc_comm *comm, int with, const void *bytes, size_t length,
                             void **buffer, size_t *capacity, size_t *received, flc_error *error)
{
    MPI_Request request = MPI_REQUEST_NULL;
    flc_status status = FLC_OK;
    if (bytes)
        status = begin_sending(comm, &request, with, bytes, length, error);
    if (!status && buffer)
        status = flc_comm_receive(comm, with, buffer, capacity, received, error);
    if (request == MPI_REQUEST_NULL)
        return status;
    flc_status sent = wait_for(comm, &request, false, "sending", status ? NULL : error);
    return status ? status : sent;
}

/* ---- pulses ---------------------------------------------------------------------------------- */

flc_status flc_comm_pulse_begin(const flc_comm *comm, const int64_t numbers[FLC_PULSE],
                                flc_error *error)
{
    if (comm->size == 1)
        return FLC_OK;
    struct flc_comm_mpi *mpi = comm->mpi;
    memcpy(mpi->own, numbers, sizeof mpi->own);
    flc_usage_add(comm->usage, FLC_USAGE_COLLECTIVES, 1);
    int code = MPI_Iallreduce(mpi->own, mpi->all, FLC_PULSE, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD,
                              &mpi->pulse);
    return code == MPI_SUCCESS ? FLC_OK : failed(error, "the pulse", code);
}

void flc_comm_pulse_poll(const flc_comm *comm)
{
    int done;
    if (comm->size > 1 && !comm->mpi->broken)
        MPI_Request_get_status(comm->mpi->pulse, &done, MPI_STATUS_IGNORE);
}

flc_status flc_comm_pulse_end(const flc_comm *comm, int64_t numbers[FLC_PULSE], flc_error *error)
{
    if (comm->size == 1)
        return FLC_OK;
    flc_status status = wait_for(comm, &comm->mpi->pulse, false, "the pulse", error);
    if (!status)
        memcpy(numbers, comm->mpi->all, sizeof comm->mpi->all);
    return status;
}

/* ---- about the machines ---------------------------------------------------------------------- */

static flc_status total_by(const flc_comm *comm, int64_t *total, const int64_t *own, MPI_Op how,
                           flc_error *error)
{
    static const char what[] = "adding up the usage";
    MPI_Request request;
    int code =
        MPI_Ireduce(own, total, FLC_USAGE_NUMBERS, MPI_INT64_T, how, 0, MPI_COMM_WORLD, &request);
    return code == MPI_SUCCESS ? wait_for(comm, &request, true, what, error)
                               : failed(error, what, code);
}

flc_status flc_comm_total(const flc_comm *comm, flc_usage_total *total, flc_error *error)
{
    int64_t own[FLC_USAGE_NUMBERS] = {0};
    if (comm->usage) {
        flc_usage_enter(comm->usage, comm->usage->phase);
        memcpy(own, comm->usage->numbers, sizeof own);
    }
    memcpy(total->most, own, sizeof own);
    memcpy(total->sum, own, sizeof own);
    if (comm->size == 1)
        return FLC_OK;
    flc_status status = total_by(comm, total->most, own, MPI_MAX, error);
    return status ? status : total_by(comm, total->sum, own, MPI_SUM, error);
}

void flc_comm_host(const flc_comm *comm, char name[FLC_HOST_NAME])
{
    char whole[MPI_MAX_PROCESSOR_NAME] = "";
    int length = 0;
    if (comm->started)
        MPI_Get_processor_name(whole, &length);
    snprintf(name, FLC_HOST_NAME, "%.*s", FLC_HOST_NAME - 1, whole);
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
