#include "statistics/distributions.h"

#include "base/memory.h"
#include "random/draws.h"

struct distributions {
    flc_collector collector;
    flc_summary *summary;
    flc_fingerprints fingerprints;
};

static struct distributions *self(flc_collector *collector)
{
    return (struct distributions *)(void *)collector;
}

static const struct distributions *constant_self(const flc_collector *collector)
{
    return (const struct distributions *)(const void *)collector;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct distributions *own = self(collector);
    if (count == FLC_BLOCK) {
        size_t outputs = flc_summary_outputs(own->summary);
        flc_fingerprints_add(&own->fingerprints, first / FLC_BLOCK,
                             flc_fingerprint(isa, values, outputs, first / FLC_BLOCK));
    }
    return flc_summary_add(own->summary, isa, values, first, count, error);
}

static size_t records(const flc_collector *collector)
{
    return flc_summary_outputs(constant_self(collector)->summary) + 1;
}

static bool is_summary(const struct distributions *own, size_t record)
{
    return record < flc_summary_outputs(own->summary);
}

static size_t record_bytes(const flc_collector *collector, size_t record)
{
    const struct distributions *own = constant_self(collector);
    return is_summary(own, record) ? flc_summary_record_bytes(own->summary, record)
                                   : flc_fingerprints_bytes(&own->fingerprints);
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const struct distributions *own = constant_self(collector);
    if (is_summary(own, record))
        flc_summary_record_write(own->summary, record, buffer);
    else
        flc_fingerprints_write(&own->fingerprints, buffer);
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    struct distributions *own = self(collector);
    if (is_summary(own, record))
        return flc_summary_record_merge(own->summary, record, buffer, length, error);
    flc_fingerprints other;
    flc_status status = flc_fingerprints_read(&other, buffer, length, error);
    if (!status)
        flc_fingerprints_merge(&own->fingerprints, &other);
    return status;
}

static void clear(flc_collector *collector)
{
    flc_summary_clear(self(collector)->summary);
    flc_fingerprints_clear(&self(collector)->fingerprints);
}

static void free_all(flc_collector *collector)
{
    flc_summary_free(self(collector)->summary);
    flc_free(self(collector));
}

static const struct flc_collector_operations operations = {
    add, records, record_bytes, record_write, record_merge, clear, free_all};

flc_collector *flc_distributions_take(flc_summary *summary, flc_error *error)
{
    struct distributions *own = summary ? FLC_NEW(struct distributions, 1, error) : NULL;
    if (!own) {
        flc_summary_free(summary);
        return NULL;
    }
    own->collector.operations = &operations;
    own->summary = summary;
    return &own->collector;
}

const flc_summary *flc_distributions_summary(const flc_collector *collector)
{
    return constant_self(collector)->summary;
}

const flc_fingerprints *flc_distributions_fingerprints(const flc_collector *collector)
{
    return &constant_self(collector)->fingerprints;
}
