#include "run/hosts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* A run behind all others, of which `between` are hidden before it. The one that was last is
 * hidden, too, where there is no more room. */
static void append(flc_host_list *list, const flc_host_run *run, uint64_t between)
{
    flc_host_run *last = &list->runs[list->count - 1];
    list->hidden += between;
    if (between == 0 && strcmp(last->name, run->name) == 0)
        last->ranks += run->ranks;
    else if (list->count < FLC_HOSTS_SHOWN)
        list->runs[list->count++] = *run;
    else {
        *last = *run;
        list->hidden++;
    }
}

void flc_host_list_join(flc_host_list *list, const flc_host_list *higher)
{
    for (uint64_t i = 0; i < higher->count; i++)
        append(list, &higher->runs[i], i + 1 == higher->count ? higher->hidden : 0);
}

void flc_host_list_print(const flc_host_list *list, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint64_t i = 0; i < list->count && used < room; i++) {
        const flc_host_run *run = &list->runs[i];
        if (list->hidden > 0 && i + 1 == list->count)
            used += (size_t)snprintf(text + used, room - used, ", %" PRIu64 " more", list->hidden);
        if (used < room)
            used += (size_t)snprintf(text + used, room - used, "%s%s x %" PRIu64, i ? ", " : "",
                                     run->name, run->ranks);
    }
}

static size_t bytes_of(const flc_host_list *list)
{
    return offsetof(flc_host_list, runs) + list->count * sizeof *list->runs;
}

/* Up the tree: every rank receives the lists above it and sends what it then has, also after a
 * failure, so that nobody waits for it. */
static flc_status collect(const flc_comm *comm, flc_host_list *list, flc_error *error)
{
    void *buffer = NULL;
    size_t capacity = 0, length;
    flc_status status = FLC_OK;
    int step = 1;
    for (; step < comm->size && comm->rank % (2 * step) == 0; step *= 2) {
        if (comm->rank + step >= comm->size)
            continue;
        flc_status heard =
            flc_comm_receive(comm, comm->rank + step, &buffer, &capacity, &length, error);
        if (!heard)
            flc_host_list_join(list, buffer);
        status = status ? status : heard;
    }
    if (comm->rank > 0) {
        flc_status sent = flc_comm_send(comm, comm->rank - step, list, bytes_of(list), error);
        status = status ? status : sent;
    }
    flc_free(buffer);
    return status;
}

flc_status flc_hosts(const flc_comm *comm, char *text, size_t room, flc_error *error)
{
    flc_host_list list = {.count = 1, .runs[0].ranks = 1};
    if (!comm->started) {
        snprintf(text, room, "one process");
        return FLC_OK;
    }
    flc_comm_host(comm, list.runs[0].name);
    flc_status status = flc_comm_agree(comm, collect(comm, &list, error), error);
    flc_host_list_print(&list, text, room);
    return status;
}
