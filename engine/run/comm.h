/* Ranks: the only place that knows MPI.
 *
 * MPI moves bytes here; the engine merges. A program that was not started by a launcher (mpirun,
 * srun, ...) is one rank and never starts MPI, which saves most of its start-up time; FULCRUM_MPI=1
 * in the environment starts MPI all the same, FULCRUM_MPI=0 never does.
 */
#ifndef FLC_RUN_COMM_H
#define FLC_RUN_COMM_H

#include <stdbool.h>
#include <stddef.h>

#include "fulcrum/status.h"

typedef struct flc_comm {
    int rank, size;
    bool started; /* MPI was initialized by us */
} flc_comm;

/* The rank a launcher gave this process, without starting MPI; 0 without launcher. */
int flc_comm_launched_rank(void);

/* Collective. Fails where the launcher started more processes than MPI sees (two MPIs mixed). */
flc_status flc_comm_start(flc_comm *comm, flc_error *error);
/* Collective. */
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

/* Host names of all ranks on rank 0 into text ("nodeA x 4, nodeB x 4"). Collective. */
flc_status flc_comm_hosts(const flc_comm *comm, char *text, size_t room, flc_error *error);
/* Name and version of the MPI library. */
void flc_comm_library(char *text, size_t room);

#endif
