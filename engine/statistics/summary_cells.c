/* Counters of the sketch.
 *
 * A block adds to a few dozen cells of each of thousands of outputs, and what that takes is the
 * fetching of them, so that counters should be small. The latest values are counted in 16 bits;
 * before those could overflow they are added to counters of 32 bits, and where these could, to such
 * of 64 bits. How many values a level has taken tells whether it can take more, so that no counter
 * is looked at for that. Which level has counted a value is seen by nobody: readers and records
 * have the sum over the levels.
 */
#include <string.h>

#include "base/memory.h"
#include "statistics/summary_state.h"

static const size_t sizes[FLC_CELL_LEVELS] = {sizeof(uint16_t), sizeof(uint32_t), sizeof(uint64_t)};

void flc_summary_cells_clear(struct flc_cells *cells)
{
    for (size_t level = 0; level < FLC_CELL_LEVELS; level++)
        flc_free(cells->level[level]);
    *cells = (struct flc_cells){.octaves = 0};
}

flc_status flc_summary_cells_reach(struct flc_cells *cells, uint32_t octaves, uint32_t bits,
                                   flc_error *error)
{
    if (octaves <= cells->octaves)
        return FLC_OK;
    struct flc_cells larger = {.octaves = octaves,
                               .slots = (uint32_t)flc_sketch_slots(octaves, bits)};
    memcpy(larger.taken, cells->taken, sizeof larger.taken);
    for (size_t level = 0; level < FLC_CELL_LEVELS; level++) {
        if (!cells->level[level] && level != FLC_CELLS_LATEST)
            continue;
        larger.level[level] = flc_allocate(larger.slots, sizes[level], error);
        if (!larger.level[level]) {
            flc_summary_cells_clear(&larger);
            return FLC_ERROR_MEMORY;
        }
        if (cells->level[level])
            memcpy(larger.level[level], cells->level[level], cells->slots * sizes[level]);
    }
    flc_summary_cells_clear(cells);
    *cells = larger;
    return FLC_OK;
}

uint64_t flc_summary_cells_sum(const struct flc_cells *cells, size_t slot, size_t count)
{
    const uint16_t *latest = cells->level[FLC_CELLS_LATEST];
    const uint32_t *earlier = cells->level[FLC_CELLS_EARLIER];
    const uint64_t *oldest = cells->level[FLC_CELLS_OLDEST];
    uint64_t sum = 0;
    for (size_t i = slot; latest && i < slot + count; i++)
        sum += latest[i];
    for (size_t i = slot; earlier && i < slot + count; i++)
        sum += earlier[i];
    for (size_t i = slot; oldest && i < slot + count; i++)
        sum += oldest[i];
    return sum;
}

/* The first level, from `level` on, that so many more values fit. */
static size_t level_for(const struct flc_cells *cells, size_t level, uint64_t values)
{
    static const uint64_t most[] = {UINT16_MAX, UINT32_MAX};
    while (level < FLC_CELLS_OLDEST && values > most[level] - cells->taken[level])
        level++;
    return level;
}

static flc_status make_level(struct flc_cells *cells, size_t level, flc_error *error)
{
    if (!cells->level[level])
        cells->level[level] = flc_allocate(cells->slots, sizes[level], error);
    return cells->level[level] ? FLC_OK : FLC_ERROR_MEMORY;
}

flc_status flc_summary_cells_room(struct flc_cells *cells, size_t *level, uint64_t values,
                                  flc_error *error)
{
    *level = level_for(cells, FLC_CELLS_LATEST, values);
    return cells->octaves ? make_level(cells, *level, error) : FLC_OK;
}

static void add_all(struct flc_cells *cells, size_t level, const struct flc_cells *other,
                    uint64_t values)
{
    for (size_t slot = FLC_SKETCH_DUMPS; slot < other->slots; slot++)
        flc_summary_cells_put(cells, level, slot, flc_summary_cells_count(other, slot));
    cells->taken[level] += values;
}

void flc_summary_cells_merge(struct flc_cells *cells, const struct flc_cells *other,
                             uint64_t values)
{
    if (other->octaves)
        add_all(cells, level_for(cells, FLC_CELLS_LATEST, values), other, values);
}

flc_status flc_summary_cells_settle(struct flc_cells *cells, flc_error *error)
{
    const uint64_t values = cells->taken[FLC_CELLS_LATEST];
    const size_t level = level_for(cells, FLC_CELLS_EARLIER, values);
    if (make_level(cells, level, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    const struct flc_cells latest = {.level = {cells->level[FLC_CELLS_LATEST]},
                                     .slots = cells->slots};
    add_all(cells, level, &latest, values);
    memset(cells->level[FLC_CELLS_LATEST], 0, cells->slots * sizes[FLC_CELLS_LATEST]);
    cells->taken[FLC_CELLS_LATEST] = 0;
    return FLC_OK;
}
