#include "run/gather.h"

#include <string.h>

#include "base/memory.h"

enum { MESSAGE_BYTES = 1 << 20, TREE_RANKS = 8 };

/* A message is a row of records, each behind its number and its length (same machine type on all
 * ranks). */
struct row {
    uint64_t record, length;
};
struct message {
    void *bytes;
    size_t capacity, length;
};

/* The records next, next + stride, ... that are not done yet. */
struct part {
    size_t next, stride;
};

struct gather {
    const flc_comm *comm;
    flc_collector *collector;
    size_t records;
    struct message out, in;
    struct message held; /* complete records on their way to rank 0 */
    flc_status status;   /* the first failure; this rank keeps in step with the others after it */
    bool spoiled;        /* another rank's failure, which it tells itself, has spoiled the sums */
    flc_error *error;
};

static void note(struct gather *gather, flc_status status)
{
    gather->status = gather->status ? gather->status : status;
}

static bool is_good(const struct gather *gather)
{
    return !gather->status && !gather->spoiled;
}

/* Only the first failure is told. */
static flc_error *told(const struct gather *gather)
{
    return gather->status ? NULL : gather->error;
}

static bool is_left(const struct gather *gather, const struct part *part)
{
    return part->next < gather->records;
}

static struct part none(const struct gather *gather)
{
    return (struct part){gather->records, 1};
}

/* ---- messages -------------------------------------------------------------------------------- */

static flc_status append(struct message *message, const void *bytes, size_t length,
                         flc_error *error)
{
    flc_status status =
        flc_reserve(&message->bytes, &message->capacity, message->length + length, 1, error);
    if (status)
        return status;
    if (bytes)
        memcpy((unsigned char *)message->bytes + message->length, bytes, length);
    message->length += length;
    return FLC_OK;
}

static void append_record(struct gather *gather, struct message *message, size_t record)
{
    struct row row = {record, flc_collector_record_bytes(gather->collector, record)};
    size_t begin = message->length;
    flc_status status = append(message, NULL, sizeof row + row.length, told(gather));
    note(gather, status);
    if (status)
        return;
    unsigned char *bytes = (unsigned char *)message->bytes + begin;
    memcpy(bytes, &row, sizeof row);
    flc_collector_record_write(gather->collector, record, bytes + sizeof row);
}

/* The next message of a part. After a failure it is empty and the last one, which ends the
 * receiver's hope for more. */
static void fill(struct gather *gather, struct part *part)
{
    gather->out.length = 0;
    for (; is_left(gather, part) && gather->out.length < MESSAGE_BYTES && is_good(gather);
         part->next += part->stride)
        append_record(gather, &gather->out, part->next);
    if (!is_good(gather)) {
        gather->out.length = 0;
        *part = none(gather);
    }
}

/* The row at `at`, and its record; `at` moves behind it. */
static struct row next_row(const struct message *message, size_t *at, const unsigned char **record)
{
    struct row row;
    memcpy(&row, (const unsigned char *)message->bytes + *at, sizeof row);
    *record = (const unsigned char *)message->bytes + *at + sizeof row;
    *at += sizeof row + row.length;
    return row;
}

static size_t count_rows(const struct message *message)
{
    const unsigned char *record;
    size_t count = 0;
    for (size_t at = 0; at < message->length; count++)
        next_row(message, &at, &record);
    return count;
}

static void merge_rows(struct gather *gather, const struct message *message)
{
    const unsigned char *record;
    for (size_t at = 0; at < message->length && is_good(gather);) {
        struct row row = next_row(message, &at, &record);
        note(gather, flc_collector_record_merge(gather->collector, row.record, record, row.length,
                                                told(gather)));
    }
}

/* What came of a part: an empty message is the last one. */
static void advance(struct gather *gather, struct part *part)
{
    if (gather->in.length == 0) {
        gather->spoiled = true;
        *part = none(gather);
    } else
        part->next += part->stride * count_rows(&gather->in);
}

/* ---- between two ranks ----------------------------------------------------------------------- */

/* Send a part, merge another; both sides know which. */
static void exchange(struct gather *gather, int with, struct part out, struct part in)
{
    while (is_left(gather, &out) || is_left(gather, &in)) {
        bool sends = is_left(gather, &out), receives = is_left(gather, &in);
        if (sends)
            fill(gather, &out);
        flc_status status =
            flc_comm_exchange(gather->comm, with,
                              !sends               ? NULL
                              : gather->out.length ? gather->out.bytes
                                                   : "",
                              gather->out.length, receives ? &gather->in.bytes : NULL,
                              &gather->in.capacity, &gather->in.length, told(gather));
        note(gather, status);
        if (status)
            return;
        if (receives) {
            merge_rows(gather, &gather->in);
            advance(gather, &in);
        }
    }
}

static void send_all(struct gather *gather, int to)
{
    exchange(gather, to, (struct part){0, 1}, none(gather));
}

static void merge_all(struct gather *gather, int from)
{
    exchange(gather, from, none(gather), (struct part){0, 1});
}

/* ---- few ranks ------------------------------------------------------------------------------- */

static void merge_up(struct gather *gather)
{
    int rank = gather->comm->rank, size = gather->comm->size, step = 1;
    for (; step < size && rank % (2 * step) == 0; step *= 2)
        if (rank + step < size)
            merge_all(gather, rank + step);
    if (rank > 0)
        send_all(gather, rank - step);
}

/* ---- many ranks ------------------------------------------------------------------------------ */

/* Exchanges with ever farther ranks: of the records a rank has it keeps those whose next binary
 * digit is its own. */
static void scatter(struct gather *gather, int powers)
{
    int rank = gather->comm->rank;
    for (int step = 1; step < powers; step *= 2) {
        size_t stride = 2 * (size_t)step, mask = stride - 1;
        int with = rank ^ step;
        exchange(gather, with, (struct part){(size_t)with & mask, stride},
                 (struct part){(size_t)rank & mask, stride});
    }
}

/* This rank's complete records as bytes; rank 0 has them in an otherwise empty collector. */
static void hold_own(struct gather *gather, size_t powers)
{
    for (size_t i = (size_t)gather->comm->rank; i < gather->records && is_good(gather); i += powers)
        append_record(gather, &gather->held, i);
    if (gather->comm->rank == 0 && is_good(gather)) {
        flc_collector_clear(gather->collector);
        merge_rows(gather, &gather->held);
    }
}

/* A part from another rank; rank 0 merges it, others hand it on. */
static void take(struct gather *gather, int from, struct part part)
{
    while (is_left(gather, &part)) {
        flc_status status =
            flc_comm_receive(gather->comm, from, &gather->in.bytes, &gather->in.capacity,
                             &gather->in.length, told(gather));
        note(gather, status);
        if (status)
            return;
        if (gather->comm->rank == 0)
            merge_rows(gather, &gather->in);
        else if (is_good(gather))
            note(gather, append(&gather->held, gather->in.bytes, gather->in.length, gather->error));
        advance(gather, &part);
    }
}

/* All that is held, if the receiver expects any of it. */
static void hand_on(struct gather *gather, int to, struct part part)
{
    const unsigned char *bytes = gather->held.bytes, *record;
    size_t end = 0;
    if (!is_left(gather, &part))
        return;
    do {
        size_t begin = end;
        while (is_good(gather) && end < gather->held.length && end - begin < MESSAGE_BYTES)
            next_row(&gather->held, &end, &record);
        note(gather, flc_comm_send(gather->comm, to, bytes ? bytes + begin : (const void *)"",
                                   is_good(gather) ? end - begin : 0, told(gather)));
    } while (is_good(gather) && end < gather->held.length);
}

static void collect(struct gather *gather, int powers)
{
    int rank = gather->comm->rank, step = powers / 2;
    hold_own(gather, (size_t)powers);
    for (; step > 0 && rank < step; step /= 2)
        take(gather, rank + step, (struct part){(size_t)(rank + step), 2 * (size_t)step});
    if (rank > 0)
        hand_on(gather, rank - step, (struct part){(size_t)rank, 2 * (size_t)step});
}

static void merge_shared(struct gather *gather)
{
    int rank = gather->comm->rank, size = gather->comm->size, powers = 1;
    while (powers <= size / 2)
        powers *= 2;
    if (rank >= powers) {
        send_all(gather, rank - powers);
        return;
    }
    if (rank + powers < size)
        merge_all(gather, rank + powers);
    scatter(gather, powers);
    collect(gather, powers);
}

flc_status flc_gather(const flc_comm *comm, flc_collector *collector, flc_error *error)
{
    if (comm->size == 1)
        return FLC_OK;
    struct gather gather = {.comm = comm, .collector = collector, .error = error};
    gather.records = flc_collector_records(collector);
    if (comm->size < TREE_RANKS)
        merge_up(&gather);
    else
        merge_shared(&gather);
    flc_free(gather.out.bytes);
    flc_free(gather.in.bytes);
    flc_free(gather.held.bytes);
    if (comm->rank != 0)
        flc_collector_clear(collector);
    return flc_comm_agree(comm, gather.status, error);
}
