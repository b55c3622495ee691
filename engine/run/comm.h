/* Ranks: the only place that knows MPI.
 *
 * MPI moves bytes here; the engine merges. A program that was not started by a launcher (mpirun,
 * srun, ...) is one rank and never starts MPI, which saves most of its start-up time; FULCRUM_MPI=1
 * in the environment starts MPI all the same, FULCRUM_MPI=0 never does.
 *
 * Waiting. MPI itself waits for ever, and burns a core while it does: a host that is cut off or
 * hangs would keep all others until the time limit of the job. Here waiting for others polls, ever
 * more slowly, and where a run depends on them (pulses, messages) it gives up after
 * FULCRUM_PATIENCE seconds (default 600) with a clear error. Nothing can be agreed on afterwards;
 * flc_comm_finish then ends all processes that can still be reached.
 */
#ifndef FLC_RUN_COMM_H
#define FLC_RUN_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"
#include "run/usage.h"

typedef struct flc_comm {
    int rank, size;
    bool started;             /* MPI was initialized by us */
    struct flc_comm_mpi *mpi; /* comm.c's own */
    flc_usage *usage;         /* of this rank: its waiting and its messages; NULL: not kept */
} flc_comm;

/* The rank a launcher gave this process, without starting MPI; 0 without launcher. */
int flc_comm_launched_rank(void);

/* Collective. Fails where the launcher started more processes than MPI sees (two MPIs mixed). */
flc_status flc_comm_start(flc_comm *comm, flc_error *error);
/* Collective. After a loss of patience it does not return: all processes end with code 75. */
void flc_comm_finish(flc_comm *comm);

/* Collective: the first rank's failure becomes everybody's, with its text; FLC_OK if nobody failed.
 */
flc_status flc_comm_agree(const flc_comm *comm, flc_status status, flc_error *error);

/* Collective: rank 0's `length` bytes on every rank. Elsewhere *bytes is allocated (flc_free). */
flc_status flc_comm_share(const flc_comm *comm, char **bytes, size_t *length, flc_error *error);

/* Between two ranks; `length` below 2^31. Receive grows *buffer (flc_reserve) to what comes. */
flc_status flc_comm_send(const flc_comm *comm, int to, const void *bytes, size_t length,
                         flc_error *error);
flc_status flc_comm_receive(const flc_comm *comm, int from, void **buffer, size_t *capacity,
                            size_t *length, flc_error *error);

/* Both at once with the same rank, so that two ranks that send to each other do not block. Either
 * may be left out: nothing is sent where `bytes` is NULL, nothing received where `buffer` is. */
flc_status flc_comm_exchange(const flc_comm *comm, int with, const void *bytes, size_t length,
                             void **buffer, size_t *capacity, size_t *received, flc_error *error);

/* A pulse: the largest of each number over all ranks, without stopping to wait for them. Every rank
 * begins a pulse with its own numbers, goes on with its work (calling poll now and then, which
 * moves the pulse along), and ends it before it begins the next; `numbers` then has the largest. */
enum { FLC_PULSE = 4 };
flc_status flc_comm_pulse_begin(const flc_comm *comm, const int64_t numbers[FLC_PULSE],
                                flc_error *error);
void flc_comm_pulse_poll(const flc_comm *comm);
flc_status flc_comm_pulse_end(const flc_comm *comm, int64_t numbers[FLC_PULSE], flc_error *error);

/* Collective: the usage of all ranks, as of now, on rank 0. */
flc_status flc_comm_total(const flc_comm *comm, flc_usage_total *total, flc_error *error);

/* The name of this rank's machine; "" without MPI. */
enum { FLC_HOST_NAME = 256 };
void flc_comm_host(const flc_comm *comm, char name[FLC_HOST_NAME]);
/* Name and version of the MPI library. */
void flc_comm_library(char *text, size_t room);

#endif
