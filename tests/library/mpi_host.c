/* A host with an MPI of its own, for tests/library/test_library.sh: each rank has a part of the
 * blocks, rank 0 reads the study for all, gathers the states and saves.
 *
 *     mpi_host STUDY.yaml SAMPLES RESULT.h5
 */
#include <fulcrum/fulcrum.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop_on(flc_status status, const flc_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "mpi_host: %s\n", error->text);
    MPI_Abort(MPI_COMM_WORLD, (int)status);
}

/* Rank 0's text on every rank (free). */
static char *share(const char *text, int rank)
{
    int length = rank == 0 ? (int)strlen(text) : 0;
    MPI_Bcast(&length, 1, MPI_INT, 0, MPI_COMM_WORLD);
    char *copy = calloc((size_t)length + 1, 1);
    if (rank == 0)
        memcpy(copy, text, (size_t)length);
    MPI_Bcast(copy, length, MPI_CHAR, 0, MPI_COMM_WORLD);
    return copy;
}

static void join(flc_session *session, int rank, int ranks)
{
    flc_error error;
    const void *state;
    size_t length;
    if (rank != 0) {
        stop_on(flc_session_state(session, &state, &length, &error), &error);
        MPI_Send(state, (int)length, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
        return;
    }
    for (int from = 1; from < ranks; from++) {
        MPI_Status status;
        int bytes;
        MPI_Probe(from, 0, MPI_COMM_WORLD, &status);
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        char *received = malloc((size_t)bytes);
        MPI_Recv(received, bytes, MPI_BYTE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        stop_on(flc_session_merge(session, received, (size_t)bytes, &error), &error);
        free(received);
    }
}

int main(int argc, char **argv)
{
    int rank, ranks;
    flc_session *session = NULL;
    flc_session_options options;
    flc_error error;
    const flc_session_block *block = NULL;
    flc_status status;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (argc != 4)
        MPI_Abort(MPI_COMM_WORLD, FLC_ERROR_USAGE);
    flc_session_options_init(&options, sizeof options);
    options.study = argv[1];
    options.samples = strtoull(argv[2], NULL, 10);
    options.part = (uint64_t)rank;
    options.parts = (uint64_t)ranks;
    if (rank == 0)
        stop_on(flc_session_open(&session, &options, &error), &error);
    char *text = share(flc_session_resolved(session), rank);
    options.text = text;
    options.text_length = strlen(text);
    if (rank != 0)
        stop_on(flc_session_open(&session, &options, &error), &error);
    free(text);
    do {
        if (!(status = flc_session_next(session, &block, &error)) && block)
            status = flc_session_accumulate(session, &error);
        stop_on(status, &error);
    } while (block);
    join(session, rank, ranks);
    if (rank == 0)
        stop_on(flc_session_save(session, argv[3], &error), &error);
    flc_session_free(session);
    MPI_Finalize();
    return 0;
}
