#include "run/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool overlap(flc_block_range a, flc_block_range b)
{
    return a.begin < b.end && b.begin < a.end;
}

/* The number of the shard that holds a block. */
static uint64_t shard_of(const flc_state_facts *facts, uint64_t block)
{
    uint64_t k = 1;
    while (k < facts->shards && flc_shard_range(facts->samples, k, facts->shards).end <= block)
        k++;
    return k;
}

static flc_status doubled(const flc_parts *parts, const flc_state *state, flc_block_range range,
                          flc_error *error)
{
    const flc_state_facts *facts = &state->facts;
    for (size_t i = 0; i < parts->count; i++) {
        const struct flc_part *part = &parts->items[i];
        if (!overlap(part->range, range))
            continue;
        uint64_t both = part->range.begin > range.begin ? part->range.begin : range.begin;
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.600s: shard %llu/%llu is in %.600s already; give each shard once",
                             state->name, (unsigned long long)shard_of(facts, both),
                             (unsigned long long)facts->shards, part->name);
    }
    return FLC_OK;
}

flc_status flc_parts_add(flc_parts *parts, const flc_state *state, flc_error *error)
{
    const flc_state_facts *facts = &state->facts;
    void *items = parts->items;
    for (size_t i = 0; i < facts->range_count; i++) {
        flc_status status = doubled(parts, state, facts->ranges[i], error);
        if (status)
            return status;
    }
    flc_status status = flc_reserve(&items, &parts->capacity, parts->count + facts->range_count,
                                    sizeof *parts->items, error);
    if (status)
        return status;
    parts->items = items;
    for (size_t i = 0; i < facts->range_count; i++)
        parts->items[parts->count++] = (struct flc_part){facts->ranges[i], state->name};
    return FLC_OK;
}

void flc_parts_clear(flc_parts *parts)
{
    flc_free(parts->items);
    *parts = (flc_parts){NULL, 0, 0};
}

static int ascending(const void *left, const void *right)
{
    uint64_t a = ((const flc_block_range *)left)->begin,
             b = ((const flc_block_range *)right)->begin;
    return (a > b) - (a < b);
}

flc_status flc_parts_ranges(const flc_parts *parts, flc_block_range **ranges, size_t *count,
                            flc_error *error)
{
    flc_block_range *list = FLC_NEW(flc_block_range, parts->count, error);
    *ranges = list;
    *count = 0;
    if (!list)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < parts->count; i++)
        list[i] = parts->items[i].range;
    qsort(list, parts->count, sizeof *list, ascending);
    for (size_t i = 0; i < parts->count; i++)
        if (*count > 0 && list[*count - 1].end == list[i].begin)
            list[*count - 1].end = list[i].end;
        else
            list[(*count)++] = list[i];
    return FLC_OK;
}

static bool has(const flc_state_facts *facts, flc_block_range range)
{
    for (size_t i = 0; i < facts->range_count; i++)
        if (facts->ranges[i].begin <= range.begin && range.end <= facts->ranges[i].end)
            return true;
    return range.begin == range.end;
}

flc_status flc_parts_require_all(const flc_state_facts *facts, flc_error *error)
{
    enum { NAMED = 20 };
    char list[32 * (NAMED + 1)] = "";
    size_t missing = 0, used = 0;
    for (uint64_t k = 1; k <= facts->shards; k++) {
        if (has(facts, flc_shard_range(facts->samples, k, facts->shards)))
            continue;
        if (missing++ < NAMED)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%llu/%llu", used ? ", " : "",
                                 (unsigned long long)k, (unsigned long long)facts->shards);
    }
    if (missing == 0)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "shards are missing or not finished: %s%s; add them, or give --partial to "
                         "join only these",
                         list, missing > NAMED ? ", ..." : "");
}
