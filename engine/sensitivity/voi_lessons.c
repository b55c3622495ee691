/* Lessons of voi.h: samples kept for the regressions. A record is a block: empty where it is not
 * here, else the number of its lanes, utilities as bits, and cells, little-endian. */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "sensitivity/voi_priv.h"

enum { COUNT_BYTES = 2, UTILITY_BYTES = 8, CELL_BYTES = 2 };

static struct flc_voi_lessons *self(flc_collector *collector)
{
    return (struct flc_voi_lessons *)(void *)collector;
}

const struct flc_voi_lessons *flc_voi_lessons_of(const flc_collector *collector)
{
    return (const struct flc_voi_lessons *)(const void *)collector;
}

double flc_voi_middle(size_t cell)
{
    return ((double)cell + 0.5) / FLC_VOI_CELLS;
}

void flc_voi_merge_atoms(uint16_t *merged, const double *values)
{
    for (size_t first = 0, end = 0; first < FLC_VOI_CELLS; first = end) {
        while (end < FLC_VOI_CELLS && values[end] == values[first])
            end++;
        end += end == first; /* not a number */
        for (size_t c = first; c < end; c++)
            merged[c] = (uint16_t)((first + end - 1) / 2);
    }
}

void flc_voi_find_cells(const flc_voi_problem *problem, uint16_t *cell, const double *values)
{
    const double *u = values + problem->alternatives * FLC_BLOCK;
    for (size_t q = 0; q < problem->quantities; q++) {
        uint16_t *own = cell + q * FLC_BLOCK;
        const uint16_t *merged = problem->merged ? problem->merged[q] : NULL;
        for (size_t l = 0; l < FLC_BLOCK; l++)
            own[l] = (uint16_t)(int32_t)(u[q * FLC_BLOCK + l] * FLC_VOI_CELLS);
        for (size_t l = 0; merged && l < FLC_BLOCK; l++)
            own[l] = merged[own[l]];
    }
}

size_t flc_voi_weigh(const flc_voi_problem *problem, double *weight, const double *values,
                     size_t count)
{
    size_t used = 0;
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        bool good = l < count;
        for (size_t d = 0; d < problem->alternatives; d++)
            good = good && flc_is_finite(values[d * FLC_BLOCK + l]);
        weight[l] = good ? 1.0 : 0.0;
        used += good;
    }
    return used;
}

static flc_status make_block(struct flc_voi_block *block, const flc_voi_problem *problem,
                             flc_error *error)
{
    block->utility = FLC_NEW(double, problem->alternatives *FLC_BLOCK, error);
    block->cell = FLC_NEW(uint16_t, problem->quantities * FLC_BLOCK, error);
    block->weight = FLC_NEW(double, FLC_BLOCK, error);
    return block->utility && block->cell && block->weight ? FLC_OK : FLC_ERROR_MEMORY;
}

static void free_block(struct flc_voi_block *block)
{
    flc_free(block->utility);
    flc_free(block->cell);
    flc_free(block->weight);
    *block = (struct flc_voi_block){0, NULL, NULL, NULL};
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct flc_voi_lessons *own = self(collector);
    const uint64_t number = first / FLC_BLOCK;
    (void)isa; /* no arithmetic */
    if (number >= own->blocks || own->block[number].utility)
        return flc_error_set(error, FLC_ERROR_INTERNAL, "block %llu is no lesson, or was one",
                             (unsigned long long)number);
    struct flc_voi_block *block = &own->block[number];
    flc_status status = make_block(block, own->problem, error);
    if (status)
        return status;
    block->count = count;
    memcpy(block->utility, values, own->problem->alternatives * FLC_BLOCK * sizeof *values);
    flc_voi_find_cells(own->problem, block->cell, values);
    flc_voi_weigh(own->problem, block->weight, values, count);
    return FLC_OK;
}

static size_t records(const flc_collector *collector)
{
    return flc_voi_lessons_of(collector)->blocks;
}

static size_t full_bytes(const flc_voi_problem *problem)
{
    return COUNT_BYTES +
           FLC_BLOCK * (problem->alternatives * UTILITY_BYTES + problem->quantities * CELL_BYTES);
}

static size_t record_bytes(const flc_collector *collector, size_t record)
{
    const struct flc_voi_lessons *own = flc_voi_lessons_of(collector);
    return own->block[record].utility ? full_bytes(own->problem) : 0;
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const struct flc_voi_lessons *own = flc_voi_lessons_of(collector);
    const struct flc_voi_block *block = &own->block[record];
    if (!block->utility)
        return;
    flc_bytes_store(buffer, block->count, COUNT_BYTES);
    buffer += COUNT_BYTES;
    for (size_t i = 0; i < own->problem->alternatives * FLC_BLOCK; i++, buffer += UTILITY_BYTES)
        flc_bytes_store(buffer, flc_bits(block->utility[i]), UTILITY_BYTES);
    for (size_t i = 0; i < own->problem->quantities * FLC_BLOCK; i++, buffer += CELL_BYTES)
        flc_bytes_store(buffer, block->cell[i], CELL_BYTES);
}

static flc_status refuse(flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY, "lessons that are damaged or of another question");
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    struct flc_voi_lessons *own = self(collector);
    const flc_voi_problem *problem = own->problem;
    struct flc_voi_block made = {0, NULL, NULL, NULL};
    if (length == 0)
        return FLC_OK;
    if (record >= own->blocks || length != full_bytes(problem) || own->block[record].utility)
        return refuse(error);
    flc_status status = make_block(&made, problem, error);
    if (status) {
        free_block(&made);
        return status;
    }
    made.count = (size_t)flc_bytes_load(buffer, COUNT_BYTES);
    bool good = made.count <= FLC_BLOCK;
    buffer += COUNT_BYTES;
    for (size_t i = 0; i < problem->alternatives * FLC_BLOCK; i++, buffer += UTILITY_BYTES)
        made.utility[i] = flc_from_bits(flc_bytes_load(buffer, UTILITY_BYTES));
    for (size_t i = 0; i < problem->quantities * FLC_BLOCK; i++, buffer += CELL_BYTES) {
        made.cell[i] = (uint16_t)flc_bytes_load(buffer, CELL_BYTES);
        good = good && made.cell[i] < FLC_VOI_CELLS;
    }
    if (!good) {
        free_block(&made);
        return refuse(error);
    }
    flc_voi_weigh(problem, made.weight, made.utility, made.count);
    own->block[record] = made;
    return FLC_OK;
}

static void clear(flc_collector *collector)
{
    struct flc_voi_lessons *own = self(collector);
    for (size_t b = 0; own->block && b < own->blocks; b++)
        free_block(&own->block[b]);
}

static void free_all(flc_collector *collector)
{
    clear(collector);
    flc_free(self(collector)->block);
    flc_free(collector);
}

static const struct flc_collector_operations operations = {
    add, records, record_bytes, record_write, record_merge, clear, free_all};

flc_collector *flc_voi_lessons_create(const flc_voi_problem *problem, uint64_t blocks,
                                      flc_error *error)
{
    struct flc_voi_lessons *own = FLC_NEW(struct flc_voi_lessons, 1, error);
    if (!own)
        return NULL;
    *own = (struct flc_voi_lessons){{&operations}, problem, (size_t)blocks, NULL};
    own->block = FLC_NEW(struct flc_voi_block, own->blocks, error);
    if (own->block)
        return &own->collector;
    free_all(&own->collector);
    return NULL;
}

void flc_voi_lessons_count(const flc_collector *lessons, uint64_t *kept, uint64_t *left_out)
{
    const struct flc_voi_lessons *own = flc_voi_lessons_of(lessons);
    *kept = *left_out = 0;
    for (size_t b = 0; b < own->blocks; b++) {
        *kept += own->block[b].count;
        for (size_t l = 0; l < own->block[b].count; l++)
            *left_out += own->block[b].weight[l] == 0.0;
    }
}
