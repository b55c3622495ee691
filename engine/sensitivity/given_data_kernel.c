/* See given_data_kernel.h. Lanes of a replicate are 16 apart: sixteen side by side, twelve rows in
 * order. Tables and sums by class are scalar; two sums of a class are one register. */
#include "sensitivity/given_data_kernel.h"

#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"

enum { LANES = FLC_REPLICATES, ROWS = FLC_BLOCK / LANES };

/* How many edges are at or below each value. */
static void count_edges(double *restrict below, const double *restrict y,
                        const struct flc_given_cells *cells)
{
    memset(below, 0, FLC_BLOCK * sizeof *below);
    for (uint32_t k = 0; k < cells->used; k++) {
        const double edge = cells->edges[k];
        for (int i = 0; i < FLC_BLOCK; i++)
            below[i] += y[i] >= edge ? 1.0 : 0.0;
    }
}

static void scale(struct flc_given_block *restrict block, const double *restrict y,
                  const struct flc_given_cells *cells)
{
    const double center = cells->center, factor = cells->factor;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double finite = y[i] - y[i] == 0.0 ? 1.0 : 0.0;
        const double z = finite != 0.0 ? (y[i] - center) * factor : 0.0;
        block->finite[i] = finite;
        block->defined[i] = y[i] == y[i] ? 1.0 : 0.0;
        block->z[i] = z;
        block->squares[2 * i] = z;
        block->squares[2 * i + 1] = z * z;
    }
}

static void place(struct flc_given_block *restrict block, const double *restrict y,
                  const double *restrict below, const struct flc_given_cells *cells)
{
    for (int i = 0; i < FLC_BLOCK; i++) {
        const uint32_t cell = (uint32_t)(int32_t)below[i];
        const double rank = cells->rank[cell] + (y[i] - cells->from[cell]) * cells->slope[cell];
        const double at_least = rank > cells->rank[cell] ? rank : cells->rank[cell];
        const double end = cells->rank_end[cell];
        block->column[i] = cell;
        block->rank[i] = at_least < end ? at_least : end;
    }
}

/* What is not finite, and lanes without a sample. */
static void place_others(struct flc_given_block *block, const double *y,
                         const struct flc_given_cells *cells, size_t count)
{
    for (size_t i = 0; i < FLC_BLOCK; i++) {
        if (i >= count)
            block->z[i] = block->rank[i] = block->finite[i] = block->defined[i] = 0.0;
        else if (block->finite[i] != 0.0)
            continue;
        else if (block->defined[i] == 0.0) {
            block->column[i] = cells->cells + FLC_GIVEN_UNDEFINED;
            block->rank[i] = 0.0;
        } else {
            block->column[i] = cells->cells + (y[i] > 0.0 ? FLC_GIVEN_PLUS : FLC_GIVEN_MINUS);
            block->rank[i] = y[i] > 0.0 ? cells->rank_plus : cells->rank_minus;
        }
    }
}

static void examine(struct flc_given_block *block, const double *y,
                    const struct flc_given_cells *cells, size_t count)
{
    double below[FLC_BLOCK], finite = 0.0;
    count_edges(below, y, cells);
    scale(block, y, cells);
    place(block, y, below, cells);
    for (int i = 0; i < FLC_BLOCK; i++)
        finite += block->finite[i];
    if (finite != FLC_BLOCK || count != FLC_BLOCK)
        place_others(block, y, cells, count);
}

static void classify(uint32_t *restrict code, const double *restrict u, double classes)
{
    const double last = classes - 1.0;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double at = u[i] * classes, inside = at < last ? at : last;
        code[i] = (uint32_t)(int32_t)inside;
    }
}

static inline int64_t fixed(double x)
{
    const double units = x * (1.0 / FLC_GIVEN_SUM_UNIT);
    return (int64_t)(units + flc_copy_sign(0.5, units));
}

static inline int fits(double x)
{
    return flc_abs(x) < 0x1p61 * FLC_GIVEN_SUM_UNIT;
}

static inline int64_t wrapped(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Of what is not negative. */
static inline int64_t stopped(int64_t sum, double x)
{
    const int64_t next = sum + (fits(x) ? fixed(x) : FLC_GIVEN_SUM_LIMIT / 2);
    return fits(x) && next < FLC_GIVEN_SUM_LIMIT ? next : FLC_GIVEN_SUM_LIMIT;
}

static inline void sum_products(double *restrict sums, const double *restrict a,
                                const double *restrict b)
{
    for (int lane = 0; lane < LANES; lane++) {
        double sum = 0.0;
        for (int row = 0; row < ROWS; row++)
            sum += a[row * LANES + lane] * b[row * LANES + lane];
        sums[lane] = sum;
    }
}

static inline void add_products(int64_t *restrict sums, const double *restrict a,
                                const double *restrict b)
{
    double block[LANES];
    sum_products(block, a, b);
    for (int lane = 0; lane < LANES; lane++) {
        const double x = fits(block[lane]) ? block[lane] : 0.0;
        sums[lane] = wrapped(sums[lane], fixed(x));
    }
}

static void products(int64_t (*sums)[FLC_REPLICATES], const double *a, const double *b,
                     const uint32_t *with, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_products(sums[i], a, b + (size_t)with[i] * FLC_BLOCK);
}

static void squares(int64_t sums[FLC_REPLICATES], const double *a)
{
    double block[LANES];
    sum_products(block, a, a);
    for (int lane = 0; lane < LANES; lane++)
        sums[lane] = stopped(sums[lane], block[lane]);
}

static void add_classes(int64_t (*sums)[2], const uint32_t *restrict code,
                        const double *restrict squares_of, size_t count, size_t classes)
{
    double block[FLC_GIVEN_DATA_MOST][2] = {{0.0}};
    for (size_t i = 0; i < count; i++) {
        double *sum = block[code[i]];
        sum[0] += squares_of[2 * i];
        sum[1] += squares_of[2 * i + 1];
    }
    for (size_t m = 0; m < classes; m++) {
        sums[m][0] = wrapped(sums[m][0], fixed(fits(block[m][1]) ? block[m][0] : 0.0));
        sums[m][1] = stopped(sums[m][1], block[m][1]);
    }
}

/* Into the cache, while there is other work: a table is some 35 lines, thousands of tables take
 * turns, and where samples fall in them cannot be foreseen. */
static inline void fetch(const uint32_t *table, size_t size)
{
    enum { LINE = FLC_ALIGNMENT / sizeof(uint32_t) };
    for (size_t at = 0; at < size; at += LINE)
        __builtin_prefetch(table + at, 1);
}

static inline void count_cells(uint32_t *restrict counts, const uint32_t *restrict code,
                               const uint32_t *restrict column, size_t count, uint32_t columns)
{
    uint32_t at[FLC_BLOCK];
    for (int i = 0; i < FLC_BLOCK; i++)
        at[i] = code[i] * columns + column[i];
    for (size_t i = 0; i < count; i++)
        counts[at[i]]++;
}

static void add(const struct flc_given_pair *pair, const struct flc_given_block *block,
                const struct flc_given_lanes *lanes, size_t count, size_t classes, size_t columns,
                bool last)
{
    if (!last)
        fetch(pair->counts + classes * columns, classes * columns);
    add_products(pair->products[0], lanes->x, block->z);
    add_products(pair->products[1], lanes->u, block->rank);
    add_classes(pair->by_class, lanes->code, block->squares, count, classes);
    count_cells(pair->counts, lanes->code, block->column, count, (uint32_t)columns);
}

static void by_cell(int64_t *sums, const struct flc_given_block *block, size_t count)
{
    double sum[FLC_GIVEN_DATA_MOST + FLC_GIVEN_EXTRA] = {0.0};
    for (size_t i = 0; i < count; i++)
        sum[block->column[i]] += block->z[i];
    for (size_t k = 0; k < FLC_GIVEN_DATA_MOST; k++)
        sums[k] = wrapped(sums[k], fixed(fits(sum[k]) ? sum[k] : 0.0));
}

FLC_API const struct flc_given_kernels FLC_ISA_TABLE(flc_given_kernels) = {
    .examine = examine,
    .classify = classify,
    .add = add,
    .by_cell = by_cell,
    .products = products,
    .squares = squares,
};
