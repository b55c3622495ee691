#include "run/block_set.h"

#include <string.h>

#include "base/memory.h"

void flc_block_set_clear(flc_block_set *set)
{
    flc_free(set->ranges);
    *set = (flc_block_set){NULL, 0, 0};
}

/* Number of ranges that end at or before `block`: the place of the one that holds it, or would come
 * behind it. */
static size_t place_of(const flc_block_set *set, uint64_t block)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->ranges[middle].end <= block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool flc_block_set_has(const flc_block_set *set, uint64_t block)
{
    size_t i = place_of(set, block);
    return i < set->count && set->ranges[i].begin <= block;
}

uint64_t flc_block_set_next(const flc_block_set *set, uint64_t block)
{
    size_t i = place_of(set, block);
    return i < set->count && set->ranges[i].begin <= block ? set->ranges[i].end : block;
}

uint64_t flc_block_set_size(const flc_block_set *set)
{
    uint64_t size = 0;
    for (size_t i = 0; i < set->count; i++)
        size += set->ranges[i].end - set->ranges[i].begin;
    return size;
}

/* Room for one more range. */
static flc_status reserve(flc_block_set *set, flc_error *error)
{
    void *ranges = set->ranges;
    flc_status status =
        flc_reserve(&ranges, &set->capacity, set->count + 1, sizeof *set->ranges, error);
    set->ranges = ranges;
    return status;
}

flc_status flc_block_set_add(flc_block_set *set, uint64_t block, flc_error *error)
{
    size_t i = place_of(set, block);
    flc_status status = reserve(set, error);
    if (status)
        return status;
    flc_block_range *here = set->ranges + i;
    bool after = i > 0 && here[-1].end == block;
    bool before = i < set->count && here->begin == block + 1;
    size_t behind = (set->count - i) * sizeof *here;
    if (after && before) {
        here[-1].end = here->end;
        memmove(here, here + 1, behind - sizeof *here);
        set->count--;
    } else if (after) {
        here[-1].end = block + 1;
    } else if (before) {
        here->begin = block;
    } else {
        memmove(here + 1, here, behind);
        *here = (flc_block_range){block, block + 1};
        set->count++;
    }
    return FLC_OK;
}

static uint64_t largest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t flc_block_set_common(const flc_block_set *set, const flc_block_range *ranges, size_t count)
{
    for (size_t i = 0, k = 0; i < set->count && k < count;) {
        if (set->ranges[i].end <= ranges[k].begin)
            i++;
        else if (ranges[k].end <= set->ranges[i].begin)
            k++;
        else
            return largest(set->ranges[i].begin, ranges[k].begin);
    }
    return UINT64_MAX;
}

/* Put a range behind all others. */
static void append(flc_block_set *set, flc_block_range range)
{
    if (set->count > 0 && set->ranges[set->count - 1].end == range.begin)
        set->ranges[set->count - 1].end = range.end;
    else
        set->ranges[set->count++] = range;
}

flc_status flc_block_set_join(flc_block_set *set, const flc_block_range *ranges, size_t count,
                              flc_error *error)
{
    flc_block_set both = {FLC_NEW(flc_block_range, set->count + count, error), 0,
                          set->count + count};
    if (!both.ranges)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0, k = 0; i < set->count || k < count;) {
        bool own = k == count || (i < set->count && set->ranges[i].begin < ranges[k].begin);
        append(&both, own ? set->ranges[i++] : ranges[k++]);
    }
    flc_block_set_clear(set);
    *set = both;
    return FLC_OK;
}
