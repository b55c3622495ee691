#include "sensitivity/sums.h"

#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"

enum { COUNTS = 0x80, COUNT_BYTES = 8, WIDTH_MOST = 16 };

flc_status flc_sums_init(flc_sums *sums, size_t slots, size_t kinds, flc_error *error)
{
    *sums = (flc_sums){.slots = slots, .kinds = kinds};
    sums->near = flc_allocate(slots, kinds * sizeof *sums->near, error);
    sums->far = FLC_NEW(struct flc_sums_far *, slots, error);
    sums->marks = FLC_NEW(unsigned char, slots, error);
    return sums->near && sums->far && sums->marks ? FLC_OK : FLC_ERROR_MEMORY;
}

static void free_far(flc_sums *sums)
{
    for (size_t slot = 0; sums->far && slot < sums->slots; slot++) {
        flc_free(sums->far[slot]);
        sums->far[slot] = NULL;
    }
}

void flc_sums_free(flc_sums *sums)
{
    free_far(sums);
    flc_free(sums->far);
    flc_free(sums->near);
    flc_free(sums->marks);
    *sums = (flc_sums){.slots = 0};
}

void flc_sums_clear(flc_sums *sums)
{
    free_far(sums);
    memset(sums->near, 0, sums->slots * sums->kinds * sizeof *sums->near);
    memset(sums->marks, 0, sums->slots);
}

size_t flc_sums_slot_bytes(size_t kinds)
{
    return kinds * sizeof(int64_t[FLC_REPLICATES]) + sizeof(struct flc_sums_far *) + 1;
}

/* ---- Adding -------------------------------------------------------------------------------------
 */

static struct flc_sums_far *far_of(flc_sums *sums, size_t slot, flc_error *error)
{
    if (!sums->far[slot])
        sums->far[slot] = flc_allocate(
            1, offsetof(struct flc_sums_far, sums) + sums->kinds * sizeof sums->far[slot]->sums[0],
            error);
    return sums->far[slot];
}

/* The nearest whole number of units, 2^18 <= |x| < 2^71; a multiple of a unit from 2^20 on. */
static flc_i128 units_of(double x)
{
    const double units = x * 0x1p32, size = flc_abs(units);
    const double near = size < 0x1p52 ? (size + 0x1p52) - 0x1p52 : size;
    return (flc_i128)flc_copy_sign(near, units);
}

/* Addition modulo 2^128. */
static void add_to(flc_i128 *sum, flc_i128 more)
{
    *sum = (flc_i128)((flc_u128)*sum + (flc_u128)more);
}

static void add_rest(flc_sums *sums, size_t slot, size_t kind, const double rest[FLC_REPLICATES])
{
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        if (rest[r] == 0)
            continue;
        else if (flc_abs(rest[r]) < 0x1p71)
            add_to(&sums->far[slot]->sums[kind][r], units_of(rest[r]));
        else
            flc_sums_undefine(sums, slot, kind);
}

static void empty(flc_sums *sums, size_t slot)
{
    for (size_t kind = 0; kind < sums->kinds; kind++)
        for (size_t r = 0; r < FLC_REPLICATES; r++) {
            int64_t *near = &sums->near[slot * sums->kinds + kind][r];
            add_to(&sums->far[slot]->sums[kind][r], *near);
            *near = 0;
        }
}

flc_status flc_sums_settle(flc_sums *sums, size_t slot, unsigned flags,
                           const struct flc_sums_target *target, const double *of, flc_error *error)
{
    struct flc_sums_far *far = far_of(sums, slot, error);
    if (!far)
        return FLC_ERROR_MEMORY;
    if (flags & FLC_SUMS_OUT)
        for (size_t kind = 0; kind < sums->kinds; kind++)
            add_rest(sums, slot, kind, target->rest[kind]);
    if (flags & FLC_SUMS_FULL)
        empty(sums, slot);
    if (flags & FLC_SUMS_SHORT)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            far->missing[r] += (uint64_t)(of[r] - target->hits[r]);
    return FLC_OK;
}

void flc_sums_undefine(flc_sums *sums, size_t slot, size_t kind)
{
    sums->marks[slot] |= (unsigned char)(1U << kind);
}

bool flc_sums_is_defined(const flc_sums *sums, size_t slot, size_t kind)
{
    return !(sums->marks[slot] >> kind & 1);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

static flc_i128 total(const flc_sums *sums, size_t slot, size_t kind, size_t r)
{
    flc_i128 sum = sums->near[slot * sums->kinds + kind][r];
    if (sums->far[slot])
        add_to(&sum, sums->far[slot]->sums[kind][r]);
    return sum;
}

void flc_sums_read(double values[FLC_REPLICATES], const flc_sums *sums, size_t slot, size_t kind)
{
    const bool defined = flc_sums_is_defined(sums, slot, kind);
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        values[r] = defined ? (double)total(sums, slot, kind, r) * 0x1p-32 : (double)NAN;
}

bool flc_sums_missing(double missing[FLC_REPLICATES], const flc_sums *sums, size_t slot)
{
    const struct flc_sums_far *far = sums->far[slot];
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        missing[r] = far ? (double)far->missing[r] : 0.0;
    return flc_sums_missing_count(sums, slot) > 0;
}

uint64_t flc_sums_missing_count(const flc_sums *sums, size_t slot)
{
    uint64_t count = 0;
    for (size_t r = 0; sums->far[slot] && r < FLC_REPLICATES; r++)
        count += sums->far[slot]->missing[r];
    return count;
}

/* ---- Bytes --------------------------------------------------------------------------------------
 */

/* What is written of a sum. */
static flc_i128 written(const flc_sums *sums, size_t slot, size_t kind, size_t r)
{
    return flc_sums_is_defined(sums, slot, kind) ? total(sums, slot, kind, r) : 0;
}

static size_t width_of(flc_i128 sum)
{
    flc_u128 rest = sum < 0 ? ~(flc_u128)sum : (flc_u128)sum;
    size_t width = sum == 0 ? 0 : 1;
    for (; rest >= 0x80; rest >>= 8)
        width++;
    return width;
}

static size_t widest(const flc_sums *sums, size_t slot)
{
    size_t width = 0;
    for (size_t kind = 0; kind < sums->kinds; kind++)
        for (size_t r = 0; r < FLC_REPLICATES; r++) {
            const size_t own = width_of(written(sums, slot, kind, r));
            width = own > width ? own : width;
        }
    return width;
}

static size_t length_of(size_t kinds, unsigned mark, size_t width)
{
    const size_t counts = mark & COUNTS ? FLC_REPLICATES * COUNT_BYTES : 0;
    return 2 + kinds * FLC_REPLICATES * width + counts;
}

static unsigned char *put(unsigned char *at, flc_u128 number, size_t width)
{
    for (size_t i = 0; i < width; i++)
        at[i] = (unsigned char)(number >> 8 * i);
    return at + width;
}

size_t flc_sums_write(unsigned char *bytes, const flc_sums *sums, size_t slot)
{
    const unsigned counts = flc_sums_missing_count(sums, slot) ? COUNTS : 0;
    const unsigned mark = sums->marks[slot] | counts;
    const size_t width = widest(sums, slot), length = length_of(sums->kinds, mark, width);
    if (!bytes)
        return length;
    unsigned char *at = put(put(bytes, mark, 1), width, 1);
    for (size_t kind = 0; kind < sums->kinds; kind++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            at = put(at, (flc_u128)written(sums, slot, kind, r), width);
    for (size_t r = 0; counts && r < FLC_REPLICATES; r++)
        at = put(at, sums->far[slot]->missing[r], COUNT_BYTES);
    return length;
}

size_t flc_sums_measure(const flc_sums *sums, const unsigned char *bytes, size_t length)
{
    if (length < 2 || bytes[1] > WIDTH_MOST || (bytes[0] & ~COUNTS) >> sums->kinds)
        return 0;
    const size_t whole = length_of(sums->kinds, bytes[0], bytes[1]);
    return whole <= length ? whole : 0;
}

static flc_i128 number_at(const unsigned char *bytes, size_t width)
{
    flc_u128 number = width > 0 && bytes[width - 1] & 0x80 ? ~(flc_u128)0 : 0;
    for (size_t i = width; i-- > 0;)
        number = number << 8 | bytes[i];
    return (flc_i128)number;
}

static bool needs_room(const flc_sums *sums, size_t slot, const unsigned char *bytes)
{
    const size_t width = bytes[1];
    if (bytes[0] & COUNTS)
        return true;
    for (size_t i = 0; i < sums->kinds * FLC_REPLICATES; i++) {
        const flc_i128 more = number_at(bytes + 2 + i * width, width);
        const int64_t *near = sums->near[slot * sums->kinds + i / FLC_REPLICATES];
        const flc_i128 sum = more + near[i % FLC_REPLICATES];
        if (width > COUNT_BYTES || width_of(sum) > 7)
            return true;
    }
    return false;
}

flc_status flc_sums_room(flc_sums *sums, size_t slot, const unsigned char *bytes, flc_error *error)
{
    if (sums->far[slot] || !needs_room(sums, slot, bytes))
        return FLC_OK;
    return far_of(sums, slot, error) ? FLC_OK : FLC_ERROR_MEMORY;
}

void flc_sums_merge(flc_sums *sums, size_t slot, const unsigned char *bytes)
{
    const size_t width = bytes[1];
    struct flc_sums_far *far = sums->far[slot];
    const unsigned char *at = bytes + 2;
    for (size_t kind = 0; kind < sums->kinds; kind++)
        for (size_t r = 0; r < FLC_REPLICATES; r++, at += width) {
            const flc_i128 more = number_at(at, width);
            if (far)
                add_to(&far->sums[kind][r], more);
            else
                sums->near[slot * sums->kinds + kind][r] += (int64_t)more;
        }
    for (size_t r = 0; bytes[0] & COUNTS && r < FLC_REPLICATES; r++, at += COUNT_BYTES)
        far->missing[r] += flc_bytes_load(at, COUNT_BYTES);
    sums->marks[slot] |= (unsigned char)(bytes[0] & ~COUNTS);
}
