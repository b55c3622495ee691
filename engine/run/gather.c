#include "run/gather.h"

#include <string.h>

#include "base/memory.h"

enum { MESSAGE_BYTES = 1 << 20 };

/* A message is a row of records, each behind its length as 8 bytes (same machine type on all
 * ranks). */
struct message {
    void *bytes;
    size_t capacity, length;
};

static flc_status append_record(struct message *message, const flc_collector *collector,
                                size_t record, flc_error *error)
{
    uint64_t length = flc_collector_record_bytes(collector, record);
    flc_status status = flc_reserve(&message->bytes, &message->capacity,
                                    message->length + sizeof length + length, 1, error);
    if (status)
        return status;
    unsigned char *end = (unsigned char *)message->bytes + message->length;
    memcpy(end, &length, sizeof length);
    flc_collector_record_write(collector, record, end + sizeof length);
    message->length += sizeof length + length;
    return FLC_OK;
}

/* After a failure the message sent is empty, which ends the receiver's merging. */
static flc_status send_collector(const flc_comm *comm, int to, const flc_collector *collector,
                                 struct message *message, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t record = 0; record < flc_collector_records(collector) && !status;) {
        message->length = 0;
        while (record < flc_collector_records(collector) && message->length < MESSAGE_BYTES &&
               !status)
            status = append_record(message, collector, record++, error);
        if (status)
            message->length = 0;
        flc_status sent = flc_comm_send(comm, to, message->bytes, message->length, error);
        status = status ? status : sent;
    }
    return status;
}

static flc_status merge_message(flc_collector *collector, size_t *record,
                                const struct message *message, flc_error *error)
{
    const unsigned char *next = message->bytes, *end = next + message->length;
    while (next < end) {
        uint64_t length;
        memcpy(&length, next, sizeof length);
        flc_status status = flc_collector_record_merge(collector, (*record)++, next + sizeof length,
                                                       (size_t)length, error);
        if (status)
            return status;
        next += sizeof length + length;
    }
    return FLC_OK;
}

/* Count the records of a message that can no longer be merged, so that the sender is heard to its
 * end. */
static void skip_message(size_t *record, const struct message *message)
{
    const unsigned char *next = message->bytes, *end = next + message->length;
    while (next < end) {
        uint64_t length;
        memcpy(&length, next, sizeof length);
        next += sizeof length + length;
        (*record)++;
    }
}

static flc_status receive_collector(const flc_comm *comm, int from, flc_collector *collector,
                                    struct message *message, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t record = 0; record < flc_collector_records(collector);) {
        flc_status received = flc_comm_receive(comm, from, &message->bytes, &message->capacity,
                                               &message->length, status ? NULL : error);
        if (received)
            return received;
        if (message->length == 0)
            return flc_error_set(error, FLC_ERROR_MEMORY, "rank %d could not send its part", from);
        size_t begin = record;
        if (!status && (status = merge_message(collector, &record, message, error)))
            record = begin;
        if (status)
            skip_message(&record, message);
    }
    return status;
}

static flc_status merge_up(const flc_comm *comm, flc_collector *collector, flc_error *error)
{
    struct message message = {NULL, 0, 0};
    flc_status status = FLC_OK;
    for (int step = 1; step < comm->size; step *= 2) {
        if (comm->rank % (2 * step) == step) {
            flc_status sent = send_collector(comm, comm->rank - step, collector, &message, error);
            status = status ? status : sent;
            break;
        }
        if (comm->rank + step < comm->size) {
            flc_status merged =
                receive_collector(comm, comm->rank + step, collector, &message, error);
            status = status ? status : merged;
        }
    }
    flc_free(message.bytes);
    return status;
}

flc_status flc_gather(const flc_comm *comm, flc_collector *collector, flc_error *error)
{
    flc_status status = merge_up(comm, collector, error);
    if (comm->rank != 0)
        flc_collector_clear(collector);
    return flc_comm_agree(comm, status, error);
}
