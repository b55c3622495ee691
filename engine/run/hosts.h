/* On which machines the ranks of a run are, as a line of text.
 *
 * The names come up a binomial tree as runs of equal ones, and a list is bounded: of more than
 * FLC_HOSTS_SHOWN machines the first ones and the last are named and the rest counted. So neither
 * messages nor memory grow with the number of ranks.
 */
#ifndef FLC_RUN_HOSTS_H
#define FLC_RUN_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "run/comm.h"

enum { FLC_HOSTS_SHOWN = 16 };

/* Neighbours of one name. */
typedef struct flc_host_run {
    char name[FLC_HOST_NAME];
    uint64_t ranks;
} flc_host_run;

/* In order of rank; the last of runs[count] is the last of all, `hidden` ones are before it. */
typedef struct flc_host_list {
    uint64_t count, hidden;
    flc_host_run runs[FLC_HOSTS_SHOWN];
} flc_host_list;

/* Put the list of higher ranks behind `list`. */
void flc_host_list_join(flc_host_list *list, const flc_host_list *higher);
/* "nodeA x 4, nodeB x 4" or "nodeA x 4, ..., 240 more, nodeZ x 4". */
void flc_host_list_print(const flc_host_list *list, char *text, size_t room);

/* Collective: all ranks' machines into rank 0's text; without MPI "one process". */
flc_status flc_hosts(const flc_comm *comm, char *text, size_t room, flc_error *error);

#endif
