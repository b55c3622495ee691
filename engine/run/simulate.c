#include "run/simulate.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"

enum { MESSAGE_BYTES = 1 << 20 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- evaluating ------------------------------------------------------------------------------ */

static void report(const flc_comm *comm, const flc_run_options *options, const flc_summary *summary,
                   uint64_t own, double begin, double *last, bool final)
{
    double time = now();
    if (!options->progress || comm->rank != 0 || (!final && time - *last < options->interval))
        return;
    *last = time;
    uint64_t done = own * (uint64_t)comm->size;
    flc_progress progress = {done < options->samples ? done : options->samples, options->samples,
                             time - begin, summary};
    options->progress(options->context, &progress);
}

/* This rank's blocks into `summary`. */
static flc_status evaluate_blocks(const flc_comm *comm, const flc_run_options *options,
                                  const flc_source *source, flc_summary *summary, flc_error *error)
{
    uint64_t blocks = (options->samples + FLC_BLOCK - 1) / FLC_BLOCK, own = 0;
    double begin = now(), last = begin;
    for (uint64_t b = (uint64_t)comm->rank; b < blocks; b += (uint64_t)comm->size) {
        uint64_t first = b * FLC_BLOCK;
        uint64_t left = options->samples - first;
        size_t count = left < FLC_BLOCK ? (size_t)left : FLC_BLOCK;
        const double *outputs = source->block(source->context, first);
        flc_status status = flc_summary_add(summary, options->isa, outputs, first, count, error);
        if (status)
            return status;
        own += count;
        report(comm, options, summary, own, begin, &last, false);
    }
    report(comm, options, summary, own, begin, &last, true);
    return FLC_OK;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* A message is a row of records, each behind its length as 8 bytes (same machine type on all
 * ranks). */
struct message {
    void *bytes;
    size_t capacity, length;
};

static flc_status append_record(struct message *message, const flc_summary *summary, size_t output,
                                flc_error *error)
{
    uint64_t length = flc_summary_record_bytes(summary, output);
    flc_status status = flc_reserve(&message->bytes, &message->capacity,
                                    message->length + sizeof length + length, 1, error);
    if (status)
        return status;
    unsigned char *end = (unsigned char *)message->bytes + message->length;
    memcpy(end, &length, sizeof length);
    flc_summary_record_write(summary, output, end + sizeof length);
    message->length += sizeof length + length;
    return FLC_OK;
}

/* After a failure the message sent is empty, which ends the receiver's merging. */
static flc_status send_summary(const flc_comm *comm, int to, const flc_summary *summary,
                               struct message *message, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t output = 0; output < flc_summary_outputs(summary) && !status;) {
        message->length = 0;
        while (output < flc_summary_outputs(summary) && message->length < MESSAGE_BYTES && !status)
            status = append_record(message, summary, output++, error);
        if (status)
            message->length = 0;
        flc_status sent = flc_comm_send(comm, to, message->bytes, message->length, error);
        status = status ? status : sent;
    }
    return status;
}

static flc_status merge_message(flc_summary *summary, size_t *output, const struct message *message,
                                flc_error *error)
{
    const unsigned char *next = message->bytes, *end = next + message->length;
    while (next < end) {
        uint64_t length;
        memcpy(&length, next, sizeof length);
        flc_status status = flc_summary_record_merge(summary, (*output)++, next + sizeof length,
                                                     (size_t)length, error);
        if (status)
            return status;
        next += sizeof length + length;
    }
    return FLC_OK;
}

/* Count the records of a message that can no longer be merged, so that the sender is heard to its
 * end. */
static void skip_message(size_t *output, const struct message *message)
{
    const unsigned char *next = message->bytes, *end = next + message->length;
    while (next < end) {
        uint64_t length;
        memcpy(&length, next, sizeof length);
        next += sizeof length + length;
        (*output)++;
    }
}

static flc_status receive_summary(const flc_comm *comm, int from, flc_summary *summary,
                                  struct message *message, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t output = 0; output < flc_summary_outputs(summary);) {
        flc_status received = flc_comm_receive(comm, from, &message->bytes, &message->capacity,
                                               &message->length, status ? NULL : error);
        if (received)
            return received;
        if (message->length == 0)
            return flc_error_set(error, FLC_ERROR_MEMORY, "rank %d could not send its summary",
                                 from);
        size_t begin = output;
        if (!status && (status = merge_message(summary, &output, message, error)))
            output = begin;
        if (status)
            skip_message(&output, message);
    }
    return status;
}

static flc_status merge_up(const flc_comm *comm, flc_summary *summary, flc_error *error)
{
    struct message message = {NULL, 0, 0};
    flc_status status = FLC_OK;
    for (int step = 1; step < comm->size; step *= 2) {
        if (comm->rank % (2 * step) == step) {
            flc_status sent = send_summary(comm, comm->rank - step, summary, &message, error);
            status = status ? status : sent;
            break;
        }
        if (comm->rank + step < comm->size) {
            flc_status merged = receive_summary(comm, comm->rank + step, summary, &message, error);
            status = status ? status : merged;
        }
    }
    flc_free(message.bytes);
    return status;
}

static const double *evaluator_block(void *context, uint64_t first)
{
    return flc_evaluator_block(context, first, NULL);
}

static flc_summary *evaluator_summary(void *context, flc_error *error)
{
    return flc_evaluator_summary(context, error);
}

flc_source flc_evaluator_source(flc_evaluator *evaluator)
{
    return (flc_source){evaluator, evaluator_block, evaluator_summary};
}

flc_status flc_simulate(const flc_comm *comm, const flc_source *source,
                        const flc_run_options *options, flc_summary **summary_out, flc_error *error)
{
    flc_summary *summary = source->summary(source->context, error);
    flc_status status = summary ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status)
        status = evaluate_blocks(comm, options, source, summary, error);
    status = flc_comm_agree(comm, status, error);
    if (!status) {
        status = merge_up(comm, summary, error);
        status = flc_comm_agree(comm, status, error);
    }
    if (status || comm->rank != 0) {
        flc_summary_free(summary);
        summary = NULL;
    }
    *summary_out = summary;
    return status;
}
