#include "statistics/counted.h"

#include <string.h>

#include "base/memory.h"

struct counted {
    flc_collector collector;
    flc_collector *inside;
    size_t count;
    flc_target *targets;
    uint64_t *met;
};

enum { NUMBER_BYTES = 8 };

static struct counted *self(flc_collector *collector)
{
    return (struct counted *)(void *)collector;
}

static const struct counted *constant_self(const flc_collector *collector)
{
    return (const struct counted *)(const void *)collector;
}

/* NaN is on neither side. */
static uint64_t count_met(const flc_target *target, const double *values, size_t count)
{
    uint64_t met = 0;
    for (size_t i = 0; i < count; i++)
        met += target->side == FLC_AT_LEAST ? values[i] >= target->threshold
                                            : values[i] <= target->threshold;
    return met;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct counted *own = self(collector);
    for (size_t i = 0; i < own->count; i++)
        own->met[i] +=
            count_met(&own->targets[i], values + own->targets[i].output * FLC_BLOCK, count);
    return flc_collector_add(own->inside, isa, values, first, count, error);
}

static size_t records(const flc_collector *collector)
{
    return flc_collector_records(constant_self(collector)->inside) + 1;
}

static bool is_inside(const struct counted *own, size_t record)
{
    return record < flc_collector_records(own->inside);
}

static size_t record_bytes(const flc_collector *collector, size_t record)
{
    const struct counted *own = constant_self(collector);
    return is_inside(own, record) ? flc_collector_record_bytes(own->inside, record)
                                  : own->count * NUMBER_BYTES;
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const struct counted *own = constant_self(collector);
    if (is_inside(own, record)) {
        flc_collector_record_write(own->inside, record, buffer);
        return;
    }
    for (size_t i = 0; i < own->count * NUMBER_BYTES; i++)
        buffer[i] = (unsigned char)(own->met[i / NUMBER_BYTES] >> (8 * (i % NUMBER_BYTES)));
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    struct counted *own = self(collector);
    if (is_inside(own, record))
        return flc_collector_record_merge(own->inside, record, buffer, length, error);
    if (length != own->count * NUMBER_BYTES)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "counts of other questions; give those they belong to");
    for (size_t i = 0; i < length; i++)
        own->met[i / NUMBER_BYTES] += (uint64_t)buffer[i] << (8 * (i % NUMBER_BYTES));
    return FLC_OK;
}

static void clear(flc_collector *collector)
{
    struct counted *own = self(collector);
    memset(own->met, 0, own->count * sizeof *own->met);
    flc_collector_clear(own->inside);
}

static void free_all(flc_collector *collector)
{
    struct counted *own = self(collector);
    flc_collector_free(own->inside);
    flc_free(own->targets);
    flc_free(own->met);
    flc_free(own);
}

static const struct flc_collector_operations operations = {
    add, records, record_bytes, record_write, record_merge, clear, free_all};

flc_collector *flc_counted_take(flc_collector *inside, const flc_target *targets, size_t count,
                                flc_error *error)
{
    struct counted *own = inside ? FLC_NEW(struct counted, 1, error) : NULL;
    if (!own) {
        flc_collector_free(inside);
        return NULL;
    }
    *own = (struct counted){{&operations}, inside, count, NULL, NULL};
    own->targets = FLC_NEW(flc_target, count, error);
    own->met = FLC_NEW(uint64_t, count, error);
    if (!own->targets || !own->met) {
        free_all(&own->collector);
        return NULL;
    }
    if (count > 0)
        memcpy(own->targets, targets, count * sizeof *targets);
    return &own->collector;
}

const flc_collector *flc_counted_inside(const flc_collector *collector)
{
    return constant_self(collector)->inside;
}

const uint64_t *flc_counted_met(const flc_collector *collector)
{
    return constant_self(collector)->met;
}
