/* What a run makes of its blocks: anything that takes evaluated blocks and merges exactly.
 *
 * The run (run/simulate.h) knows only this: blocks go in, records come out. A record is a piece of
 * the state as bytes, the same for the same set of blocks; merging records adds what they hold, in
 * any order. So one way of sharing work, of saving and of resuming serves every kind of statistics.
 */
#ifndef FLC_STATISTICS_COLLECTOR_H
#define FLC_STATISTICS_COLLECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/isa.h"
#include "fulcrum/status.h"

typedef struct flc_collector flc_collector;

struct flc_collector_operations {
    /* Add a block of values, laid out as the source of blocks and the collector agree: lanes
     * 0 ... count-1 are samples first ... first+count-1. After an error it must not be used. */
    flc_status (*add)(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error);
    size_t (*records)(const flc_collector *collector);
    size_t (*record_bytes)(const flc_collector *collector, size_t record);
    /* Exactly record_bytes bytes. */
    void (*record_write)(const flc_collector *collector, size_t record, unsigned char *buffer);
    /* Damaged or foreign bytes are refused and change nothing. */
    flc_status (*record_merge)(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error);
    /* Forget all blocks. */
    void (*clear)(flc_collector *collector);
    void (*free)(flc_collector *collector);
};

struct flc_collector {
    const struct flc_collector_operations *operations;
};

static inline flc_status flc_collector_add(flc_collector *collector, flc_isa isa,
                                           const double *values, uint64_t first, size_t count,
                                           flc_error *error)
{
    return collector->operations->add(collector, isa, values, first, count, error);
}
static inline size_t flc_collector_records(const flc_collector *collector)
{
    return collector->operations->records(collector);
}
static inline size_t flc_collector_record_bytes(const flc_collector *collector, size_t record)
{
    return collector->operations->record_bytes(collector, record);
}
static inline void flc_collector_record_write(const flc_collector *collector, size_t record,
                                              unsigned char *buffer)
{
    collector->operations->record_write(collector, record, buffer);
}
static inline flc_status flc_collector_record_merge(flc_collector *collector, size_t record,
                                                    const unsigned char *buffer, size_t length,
                                                    flc_error *error)
{
    return collector->operations->record_merge(collector, record, buffer, length, error);
}
static inline void flc_collector_clear(flc_collector *collector)
{
    collector->operations->clear(collector);
}
static inline void flc_collector_free(flc_collector *collector)
{
    if (collector)
        collector->operations->free(collector);
}

#endif
