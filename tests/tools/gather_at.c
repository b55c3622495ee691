/* Merging over ranks (run/gather.h) of a collector that is one number a record, as tests want it:
 *
 *   mpirun -n P gather_at RECORDS:BYTES[:RANK:write|merge:AT] ...
 *
 * Each case merges RECORDS records of BYTES bytes (at least 8), twice, as for a checkpoint and the
 * end; on rank RANK record number AT cannot be written or merged. Rank 0 prints a line a case:
 * "right", "wrong on rank R" or the error, and what the busiest rank sent and received. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/gather.h"

enum { ADDITIONS = 2 };

struct numbers {
    flc_collector collector;
    const flc_comm *comm;
    size_t count, bytes;
    uint64_t *values;
    long fail_rank, fail_at;
    bool fail_merge;
};

static const struct numbers *self(const flc_collector *collector)
{
    return (const struct numbers *)(const void *)collector;
}

static bool fails(const struct numbers *own, size_t record, bool merging)
{
    return own->comm->rank == own->fail_rank && own->fail_merge == merging &&
           (long)record == own->fail_at;
}

static size_t records(const flc_collector *collector)
{
    return self(collector)->count;
}

/* More than there is memory, where this record shall not be sent. */
static size_t record_bytes(const flc_collector *collector, size_t record)
{
    return fails(self(collector), record, false) ? SIZE_MAX / 4 : self(collector)->bytes;
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    memset(buffer, 0, self(collector)->bytes);
    memcpy(buffer, &self(collector)->values[record], sizeof(uint64_t));
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    const struct numbers *own = self(collector);
    uint64_t value;
    if (length != own->bytes || record >= own->count || fails(own, record, true))
        return flc_error_set(error, FLC_ERROR_STUDY, "record %zu is not to be merged", record);
    memcpy(&value, buffer, sizeof value);
    own->values[record] += value;
    return FLC_OK;
}

static void clear(flc_collector *collector)
{
    memset(self(collector)->values, 0, self(collector)->count * sizeof(uint64_t));
}

static const struct flc_collector_operations operations = {.records = records,
                                                           .record_bytes = record_bytes,
                                                           .record_write = record_write,
                                                           .record_merge = record_merge,
                                                           .clear = clear};

static uint64_t part(int rank, size_t record)
{
    return (uint64_t)(rank + 1) * 1000003 + record * record;
}

/* Rank 0 has `times` the parts of all, the others have nothing. */
static bool is_right(const struct numbers *own, uint64_t times)
{
    bool right = true;
    for (size_t i = 0; i < own->count; i++) {
        uint64_t sum = 0;
        for (int r = 0; r < own->comm->size && own->comm->rank == 0; r++)
            sum += times * part(r, i);
        right = right && own->values[i] == sum;
    }
    return right;
}

static flc_status merge_often(struct numbers *own, flc_error *error)
{
    for (uint64_t times = 1; times <= ADDITIONS; times++) {
        for (size_t i = 0; i < own->count; i++)
            own->values[i] += part(own->comm->rank, i);
        flc_status status = flc_gather(own->comm, &own->collector, error);
        if (status)
            return status;
        if (!is_right(own, times))
            return flc_error_set(error, FLC_ERROR_INTERNAL, "wrong on rank %d", own->comm->rank);
    }
    return FLC_OK;
}

static void print_most(const flc_usage_total *total)
{
    for (size_t i = FLC_USAGE_COLLECTIVES; i < FLC_USAGE_NUMBERS; i++)
        printf(" %s %" PRId64, flc_usage_name(i), total->most[i]);
    printf("\n");
}

static bool read_case(struct numbers *own, const char *text)
{
    char kind[8] = "";
    own->fail_rank = own->fail_at = -1;
    int read = sscanf(text, "%zu:%zu:%ld:%7[a-z]:%ld", &own->count, &own->bytes, &own->fail_rank,
                      kind, &own->fail_at);
    own->fail_merge = strcmp(kind, "merge") == 0;
    return read == 2 || read == 5;
}

static void run_case(flc_comm *comm, const char *text)
{
    struct numbers own = {.collector = {&operations}, .comm = comm};
    flc_error error = {FLC_OK, ""};
    flc_usage usage;
    flc_usage_total total;
    if (!read_case(&own, text) || !(own.values = FLC_NEW(uint64_t, own.count, NULL)))
        return;
    flc_usage_begin(&usage, FLC_PHASE_MERGE);
    comm->usage = &usage;
    flc_status status = flc_comm_agree(comm, merge_often(&own, &error), &error);
    if (!flc_comm_total(comm, &total, NULL) && comm->rank == 0) {
        printf("%s;", status ? error.text : "right");
        print_most(&total);
    }
    flc_free(own.values);
}

int main(int argc, char **argv)
{
    flc_comm comm;
    flc_error error;
    if (flc_comm_start(&comm, &error))
        return 2;
    for (int i = 1; i < argc; i++)
        run_case(&comm, argv[i]);
    flc_comm_finish(&comm);
    return 0;
}
