/* The state of one output as bytes, the same for the same state on every machine.
 *
 *   magic, length, resolution, number of targets        4 words
 *   pilot: c, e                                         2 words
 *   counts, extremes, flags (pack below)               15 words
 *   targets: side, threshold, met                       3 words each, and with replicates 16 more:
 *                                                       met by replicate
 *   four sums: sign, first digit, number of digits      3 words each; then the digits
 *   sketch: octaves                                     1 word; then runs of counts
 *   with replicates (another magic):
 *     thresholds                                        15 words
 *     flags: sums of z, of z^2 overflowed               1 word
 *     finite, defined; at most the first threshold, more at most each next one: by replicate
 *     sums of z, of z^2 by replicate: 2 (number of digits) + sign, first digit; digits
 *   hash of all words before                            1 word
 *
 * Digits take 4 bytes. Runs are of the counts in memory order: how many zeros, how many counts
 * follow, these counts; all as base-128 numbers, least digit first (LEB128), as are all numbers by
 * replicate. After digits, runs and what is by replicate come zero bytes up to a whole word.
 *
 * A word is 8 bytes, little-endian; doubles by their bits. Sums are in their unique form and the
 * sketch has just the octaves that its extremes need, so equal states give equal bytes. Reading
 * checks the hash (any change to one word changes it), every length and field, and that the sketch
 * adds up, before it changes anything.
 */
#include <string.h>

#include "base/memory.h"
#include "statistics/summary_state.h"

#define MAGIC            UINT64_C(0x01594c4c41544346) /* "FCTALLY", format 1 */
#define MAGIC_REPLICATED UINT64_C(0x02594c4c41544346) /* format 2: with replicates */

enum { WORD = 8, PACKED = 15 };

static uint64_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t at = 0; at < length; at += WORD) {
        uint64_t word = 0;
        for (size_t i = 0; i < WORD; i++)
            word |= (uint64_t)bytes[at + i] << (8 * i);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

static uint64_t flags_of(const struct flc_tally *tally)
{
    uint64_t flags = tally->seen.whole;
    for (size_t k = 0; k < FLC_POWERS; k++)
        flags |= (uint64_t)tally->seen.overflow[k] << (k + 1);
    return flags;
}

static void pack(uint64_t words[PACKED], const struct flc_tally *tally)
{
    const uint64_t packed[PACKED] = {
        tally->seen.finite,         tally->seen.undefined,       tally->seen.plus_infinite,
        tally->seen.minus_infinite, tally->seen.below_zero,      tally->seen.zero,
        tally->seen.center,         tally->seen.first_undefined, tally->seen.min_sample,
        tally->seen.max_sample,     tally->seen.min_count,       tally->seen.max_count,
        flc_bits(tally->seen.min),  flc_bits(tally->seen.max),   flags_of(tally)};
    memcpy(words, packed, sizeof packed);
}

static void unpack(struct flc_tally *tally, const uint64_t words[PACKED])
{
    tally->seen.finite = words[0];
    tally->seen.undefined = words[1];
    tally->seen.plus_infinite = words[2];
    tally->seen.minus_infinite = words[3];
    tally->seen.below_zero = words[4];
    tally->seen.zero = words[5];
    tally->seen.center = words[6];
    tally->seen.first_undefined = words[7];
    tally->seen.min_sample = words[8];
    tally->seen.max_sample = words[9];
    tally->seen.min_count = words[10];
    tally->seen.max_count = words[11];
    tally->seen.min = flc_from_bits(words[12]);
    tally->seen.max = flc_from_bits(words[13]);
    tally->seen.whole = words[14] & 1;
    for (size_t k = 0; k < FLC_POWERS; k++)
        tally->seen.overflow[k] = words[14] >> (k + 1) & 1;
}

/* ---- Writing ------------------------------------------------------------------------------------
 */

/* With `bytes` NULL it only counts. */
struct writer {
    unsigned char *bytes;
    size_t used;
};

static inline void put(struct writer *writer, uint64_t value, size_t bytes)
{
    if (writer->bytes)
        for (size_t i = 0; i < bytes; i++)
            writer->bytes[writer->used + i] = (unsigned char)(value >> (8 * i));
    writer->used += bytes;
}

static void put_number(struct writer *writer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(writer, (value & 0x7f) | 0x80, 1);
    put(writer, value, 1);
}

static void pad(struct writer *writer)
{
    put(writer, 0, (WORD - writer->used % WORD) % WORD);
}

static size_t targets_of(const flc_summary *summary, size_t output)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->target_count; i++)
        count += summary->targets[i].output == output;
    return count;
}

static void put_targets(struct writer *writer, const flc_summary *summary, size_t output)
{
    for (size_t i = 0; i < summary->target_count; i++) {
        const flc_target *target = &summary->targets[i];
        if (target->output != output)
            continue;
        put(writer, (uint64_t)target->side, WORD);
        put(writer, flc_bits(target->threshold), WORD);
        put(writer, summary->met[i], WORD);
        for (size_t r = 0; summary->replicated && r < FLC_REPLICATES; r++)
            put(writer, summary->met_by[i][r], WORD);
    }
}

/* A sum's digits first ... end-1, without zeros on either side. */
struct digits {
    uint32_t digit[FLC_SUPERACCUMULATOR_WIDE];
    size_t first, end;
    bool negative;
};

static void cut(struct digits *digits, const int64_t total[FLC_SUPERACCUMULATOR_WIDE])
{
    digits->negative = flc_superaccumulator_digits(digits->digit, total);
    digits->first = 0;
    digits->end = FLC_SUPERACCUMULATOR_WIDE;
    while (digits->end > 0 && digits->digit[digits->end - 1] == 0)
        digits->end--;
    while (digits->first < digits->end && digits->digit[digits->first] == 0)
        digits->first++;
}

static void put_digits(struct writer *writer, const struct digits *digits)
{
    for (size_t i = digits->first; i < digits->end; i++)
        put(writer, digits->digit[i], sizeof *digits->digit);
}

static void put_sum(struct writer *writer, const struct flc_tally *tally, size_t k)
{
    int64_t total[FLC_SUPERACCUMULATOR_WIDE];
    struct digits digits;
    flc_summary_tally_total(total, tally, k);
    cut(&digits, total);
    put(writer, digits.negative, WORD);
    put(writer, digits.first, WORD);
    put(writer, digits.end - digits.first, WORD);
    put_digits(writer, &digits);
    pad(writer);
}

static void put_sketch(struct writer *writer, const struct flc_tally *tally)
{
    const struct flc_cells *cells = &tally->cells;
    const size_t slots = cells->slots;
    put(writer, cells->octaves, WORD);
    for (size_t at = FLC_SKETCH_DUMPS; at < slots;) {
        size_t begin = at;
        while (begin < slots && flc_summary_cells_count(cells, begin) == 0)
            begin++;
        size_t end = begin;
        while (end < slots && flc_summary_cells_count(cells, end) != 0)
            end++;
        put_number(writer, begin - at);
        put_number(writer, end - begin);
        for (at = begin; at < end; at++)
            put_number(writer, flc_summary_cells_count(cells, at));
    }
    pad(writer);
}

static void put_replicate_sum(struct writer *writer, const struct flc_replicate_tally *own,
                              size_t k, size_t r)
{
    int64_t total[FLC_SUPERACCUMULATOR_WIDE];
    struct digits digits;
    flc_summary_replicates_total(total, own, k, r);
    cut(&digits, total);
    put_number(writer, 2 * (digits.end - digits.first) + digits.negative);
    put_number(writer, digits.first);
    put_digits(writer, &digits);
}

static void put_replicates(struct writer *writer, const struct flc_replicate_tally *own)
{
    for (size_t j = 0; j < FLC_REPLICATE_THRESHOLDS; j++)
        put(writer, flc_bits(own->thresholds[j]), WORD);
    put(writer, own->overflow[0] + 2 * own->overflow[1], WORD);
    for (size_t row = 0; row < FLC_REPLICATE_ROWS; row++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            put_number(writer, flc_summary_replicates_count(own, row, r) -
                                   (row > FLC_REPLICATE_AT_MOST
                                        ? flc_summary_replicates_count(own, row - 1, r)
                                        : 0));
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            put_replicate_sum(writer, own, k, r);
    pad(writer);
}

static uint64_t magic_of(const flc_summary *summary)
{
    return summary->replicated ? MAGIC_REPLICATED : MAGIC;
}

enum { LENGTH_AT = WORD };

/* Everything but the length, which is 0, and the hash. */
static void put_record(struct writer *writer, const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    uint64_t packed[PACKED];
    put(writer, magic_of(summary), WORD);
    put(writer, 0, WORD);
    put(writer, (uint64_t)tally->resolution, WORD);
    put(writer, targets_of(summary, output), WORD);
    put(writer, flc_bits(tally->grid.center), WORD);
    put(writer, (uint64_t)(int64_t)tally->grid.exponent, WORD);
    pack(packed, tally);
    for (size_t i = 0; i < PACKED; i++)
        put(writer, packed[i], WORD);
    put_targets(writer, summary, output);
    for (size_t k = 0; k < FLC_POWERS; k++)
        put_sum(writer, tally, k);
    put_sketch(writer, tally);
    if (tally->replicates)
        put_replicates(writer, tally->replicates);
}

size_t flc_summary_record_bytes(const flc_summary *summary, size_t output)
{
    struct writer writer = {NULL, 0};
    put_record(&writer, summary, output);
    return writer.used + WORD;
}

void flc_summary_record_write(const flc_summary *summary, size_t output, unsigned char *buffer)
{
    struct writer writer = {buffer, 0}, length = {buffer, LENGTH_AT};
    put_record(&writer, summary, output);
    put(&length, writer.used + WORD, WORD);
    put(&writer, hash_of(buffer, writer.used), WORD);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

/* Reading past the end gives zeros and sets `bad`. */
struct reader {
    const unsigned char *bytes;
    size_t used, length;
    bool bad;
};

static uint64_t get(struct reader *reader, size_t bytes)
{
    uint64_t value = 0;
    if (reader->length - reader->used < bytes) {
        reader->bad = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)reader->bytes[reader->used + i] << (8 * i);
    reader->used += bytes;
    return value;
}

static uint64_t get_word(struct reader *reader)
{
    return get(reader, WORD);
}

static uint64_t get_number(struct reader *reader)
{
    uint64_t value = 0, digit = 0x80;
    for (unsigned shift = 0; digit & 0x80; shift += 7) {
        digit = get(reader, 1);
        if (shift > 63 || (digit & 0x7f) << shift >> shift != (digit & 0x7f)) {
            reader->bad = true;
            return 0;
        }
        value |= (digit & 0x7f) << shift;
    }
    return value;
}

static void require(struct reader *reader, bool condition)
{
    reader->bad = reader->bad || !condition;
}

static void get_padding(struct reader *reader)
{
    while (!reader->bad && reader->used % WORD)
        require(reader, get(reader, 1) == 0);
}

static void get_digits(int64_t *limbs, struct reader *reader, size_t count, bool negative)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t digit = (int64_t)get(reader, sizeof(uint32_t));
        limbs[i] = negative ? -digit : digit;
    }
}

enum { AT = FLC_SUPERACCUMULATOR_NARROW_AT, END = AT + FLC_SUPERACCUMULATOR_NARROW };

/* Digits into the narrow sum where they fit, else into the wide one. */
static flc_status get_sum(struct flc_tally *tally, struct reader *reader, size_t k,
                          flc_error *error)
{
    const uint64_t negative = get_word(reader), first = get_word(reader), count = get_word(reader);
    require(reader, negative <= 1 && first <= FLC_SUPERACCUMULATOR_WIDE &&
                        count <= FLC_SUPERACCUMULATOR_WIDE - first);
    if (reader->bad || count == 0)
        return FLC_OK;
    const bool narrow = first >= AT && first + count <= END;
    if (!narrow && flc_summary_tally_widen(tally, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    get_digits(narrow ? tally->sums[k] + (first - AT) : tally->wide->power[k] + first, reader,
               count, negative);
    get_padding(reader);
    return FLC_OK;
}

/* A count of at most `most`. */
static void get_count(struct reader *reader, struct flc_cells *cells, size_t level, size_t slot,
                      uint64_t most)
{
    const uint64_t count = get_number(reader);
    require(reader, count <= most);
    flc_summary_cells_put(cells, level, slot, count);
}

static flc_status get_sketch(struct flc_tally *tally, struct reader *reader, flc_error *error)
{
    const uint64_t octaves = get_word(reader);
    require(reader, octaves <= tally->grid.octaves);
    if (reader->bad)
        return FLC_OK;
    struct flc_cells *cells = &tally->cells;
    size_t level;
    if (flc_summary_cells_reach(cells, (uint32_t)octaves, tally->grid.bits, error) != FLC_OK ||
        flc_summary_cells_room(cells, &level, tally->seen.finite, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    const size_t slots = cells->slots;
    for (size_t at = FLC_SKETCH_DUMPS; at < slots && !reader->bad;) {
        const uint64_t zeros = get_number(reader), counts = get_number(reader);
        require(reader, zeros <= slots - at && counts <= slots - at - zeros && zeros + counts > 0);
        if (reader->bad)
            break;
        at += zeros;
        for (const size_t end = at + counts; at < end; at++)
            get_count(reader, cells, level, at, tally->seen.finite);
    }
    get_padding(reader);
    return FLC_OK;
}

static flc_status get_replicate_sum(struct flc_replicate_tally *own, struct reader *reader,
                                    size_t k, size_t r, flc_error *error)
{
    const uint64_t head = get_number(reader), first = get_number(reader), count = head / 2;
    require(reader,
            first <= FLC_SUPERACCUMULATOR_WIDE && count <= FLC_SUPERACCUMULATOR_WIDE - first);
    if (reader->bad || count == 0)
        return FLC_OK;
    const bool narrow = first >= AT && first + count <= END;
    if (!narrow && flc_summary_replicates_widen(own, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    get_digits(narrow ? own->sums[k][r] + (first - AT) : own->wide->sums[k][r] + first, reader,
               count, head & 1);
    return FLC_OK;
}

static void get_thresholds(struct flc_replicate_tally *own, struct reader *reader)
{
    for (size_t j = 0; j < FLC_REPLICATE_THRESHOLDS; j++) {
        own->thresholds[j] = flc_from_bits(get_word(reader));
        require(reader, flc_is_finite(own->thresholds[j]) &&
                            (j == 0 || own->thresholds[j - 1] <= own->thresholds[j]));
    }
}

static flc_status get_replicates(struct flc_replicate_tally *own, struct reader *reader,
                                 flc_error *error)
{
    get_thresholds(own, reader);
    const uint64_t flags = get_word(reader);
    require(reader, flags < 1 << FLC_REPLICATE_POWERS);
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
        own->overflow[k] = flags >> k & 1;
    for (size_t row = 0; row < FLC_REPLICATE_ROWS; row++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            own->counts[row][r] =
                get_number(reader) + (row > FLC_REPLICATE_AT_MOST ? own->counts[row - 1][r] : 0);
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            if (get_replicate_sum(own, reader, k, r, error) != FLC_OK)
                return FLC_ERROR_MEMORY;
    own->additions = 1;
    get_padding(reader);
    return FLC_OK;
}

/* Whether the replicates add up to the whole. */
static bool add_up(const struct flc_tally *tally)
{
    const uint64_t(*counts)[FLC_REPLICATES] = tally->replicates->counts;
    uint64_t finite = 0, defined = 0;
    for (size_t r = 0; r < FLC_REPLICATES; r++) {
        finite += counts[FLC_REPLICATE_FINITE][r];
        defined += counts[FLC_REPLICATE_DEFINED][r];
        if (counts[FLC_REPLICATE_FINITE][r] > counts[FLC_REPLICATE_DEFINED][r] ||
            counts[FLC_REPLICATE_ROWS - 1][r] > counts[FLC_REPLICATE_DEFINED][r])
            return false;
    }
    return finite == tally->seen.finite &&
           defined == finite + tally->seen.plus_infinite + tally->seen.minus_infinite;
}

static uint64_t sketch_total(const struct flc_tally *tally)
{
    uint64_t total = tally->seen.zero + tally->seen.center;
    for (size_t at = FLC_SKETCH_DUMPS; at < tally->cells.slots; at++)
        total += flc_summary_cells_count(&tally->cells, at);
    return total;
}

/* Whether counts, extremes and sketch can belong together. */
static bool is_consistent(const struct flc_tally *tally)
{
    const struct flc_grid *grid = &tally->grid;
    if (sketch_total(tally) != tally->seen.finite || tally->seen.below_zero > tally->seen.finite)
        return false;
    if (tally->seen.finite == 0)
        return tally->seen.min == (double)INFINITY && tally->seen.max == -(double)INFINITY &&
               tally->cells.octaves == 0 && tally->seen.min_count == 0 &&
               tally->seen.max_count == 0;
    if (!flc_is_finite(tally->seen.min) || !flc_is_finite(tally->seen.max) ||
        tally->seen.min > tally->seen.max)
        return false;
    const bool constant = tally->seen.min == grid->center && tally->seen.max == grid->center;
    const uint32_t octaves =
        constant ? 0 : flc_sketch_octaves(grid, tally->seen.min, tally->seen.max);
    return tally->cells.octaves == octaves && tally->seen.min_count >= 1 &&
           tally->seen.max_count >= 1 && tally->seen.min_count <= tally->seen.finite &&
           tally->seen.max_count <= tally->seen.finite;
}

/* Resolution and pilot of the record, against the output's own; into `record`. */
static bool get_pilot(struct flc_tally *record, struct reader *reader, const struct flc_tally *own)
{
    const double center = flc_from_bits(get_word(reader));
    const int64_t exponent = (int64_t)get_word(reader);
    record->resolution = own->resolution;
    require(reader, flc_is_finite(center) && exponent >= -FLC_SUMMARY_EXPONENT_LIMIT &&
                        exponent <= FLC_SUMMARY_EXPONENT_LIMIT);
    if (reader->bad)
        return false;
    record->grid = flc_summary_grid(center, (int)exponent, own->resolution);
    require(reader, flc_is_finite(record->grid.scaled_center));
    return !own->has_pilot ||
           (own->grid.exponent == exponent && flc_bits(own->grid.center) == flc_bits(center));
}

/* What adds up to `met`; added to the replicates' counts if `take`. */
static void get_met_by(struct reader *reader, uint64_t met_by[FLC_REPLICATES], uint64_t met,
                       bool take)
{
    uint64_t sum = 0;
    for (size_t r = 0; r < FLC_REPLICATES; r++) {
        const uint64_t part = get_word(reader);
        sum += part;
        met_by[r] += take ? part : 0;
    }
    require(reader, sum == met);
}

/* Whether the targets are the output's own; counts are added to them if `take`. */
static bool get_targets(struct reader *reader, flc_summary *summary, size_t output, bool take)
{
    bool same = true;
    for (size_t i = 0; i < summary->target_count; i++) {
        const flc_target *target = &summary->targets[i];
        if (target->output != output)
            continue;
        same = get_word(reader) == (uint64_t)target->side && same;
        same = get_word(reader) == flc_bits(target->threshold) && same;
        const uint64_t met = get_word(reader);
        if (take)
            summary->met[i] += met;
        if (summary->replicated)
            get_met_by(reader, summary->met_by[i], met, take);
    }
    return same;
}

/* The rest of a record, its pilot and targets known to fit. */
static flc_status get_tally(struct flc_tally *record, struct reader *reader, flc_error *error)
{
    for (size_t k = 0; k < FLC_POWERS; k++)
        if (get_sum(record, reader, k, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    record->additions = 1;
    if (get_sketch(record, reader, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    if (record->replicates && get_replicates(record->replicates, reader, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    require(reader, reader->used == reader->length);
    require(reader, !reader->bad && is_consistent(record));
    require(reader, !reader->bad && (!record->replicates || add_up(record)));
    return FLC_OK;
}

static flc_status check_frame(const unsigned char *buffer, size_t length, uint64_t magic,
                              size_t output, flc_error *error)
{
    struct reader reader = {buffer, 0, length, false};
    const uint64_t found = get_word(&reader);
    if (found != magic && (found == MAGIC || found == MAGIC_REPLICATED))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "the saved statistics of output %zu %s the sums of replicates; merge "
                             "only results of the same design and version",
                             output, found == MAGIC ? "lack" : "have");
    require(&reader, length % WORD == 0 && found == magic);
    require(&reader, get_word(&reader) == length);
    if (!reader.bad) {
        reader.used = length - WORD;
        require(&reader, get_word(&reader) == hash_of(buffer, length - WORD));
    }
    return reader.bad ? flc_error_set(error, FLC_ERROR_STUDY,
                                      "the saved statistics of output %zu are damaged or from "
                                      "another version; use another copy or run again",
                                      output)
                      : FLC_OK;
}

static flc_status other_study(size_t output, const char *what, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "the saved statistics of output %zu have another %s; merge only results "
                         "of the same study, seed and version",
                         output, what);
}

/* Read all of the record into `record`; everything is checked. */
static flc_status get_record(struct flc_tally *record, struct reader *reader, flc_summary *summary,
                             size_t output, flc_error *error)
{
    const struct flc_tally *own = &summary->tallies[output];
    uint64_t packed[PACKED];
    reader->used = 2 * WORD; /* after the frame */
    if (get_word(reader) != (uint64_t)own->resolution)
        return other_study(output, "resolution", error);
    const bool as_many = get_word(reader) == targets_of(summary, output);
    if (!get_pilot(record, reader, own) && !reader->bad)
        return other_study(output, "pilot", error);
    for (size_t i = 0; i < PACKED; i++)
        packed[i] = get_word(reader);
    unpack(record, packed);
    require(reader, packed[PACKED - 1] >> (FLC_POWERS + 1) == 0);
    if (!as_many || !get_targets(reader, summary, output, false))
        return other_study(output, "list of targets", error);
    if (!reader->bad && get_tally(record, reader, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    if (!reader->bad && own->has_pilot &&
        !flc_summary_replicates_alike(own->replicates, record->replicates))
        return other_study(output, "pilot", error);
    return reader->bad ? flc_error_set(error, FLC_ERROR_STUDY,
                                       "the saved statistics of output %zu contradict themselves; "
                                       "use another copy or run again",
                                       output)
                       : FLC_OK;
}

static void take_pilot(struct flc_tally *tally, const struct flc_tally *record)
{
    tally->grid = record->grid;
    if (tally->replicates)
        memcpy(tally->replicates->thresholds, record->replicates->thresholds,
               sizeof tally->replicates->thresholds);
}

flc_status flc_summary_record_merge(flc_summary *summary, size_t output,
                                    const unsigned char *buffer, size_t length, flc_error *error)
{
    enum { TARGETS_AT = (6 + PACKED) * WORD };
    struct flc_tally *tally = &summary->tallies[output];
    struct flc_tally record = {.wide = NULL};
    struct reader reader = {buffer, 0, length - WORD, false};
    flc_status status = check_frame(buffer, length, magic_of(summary), output, error);
    if (status != FLC_OK)
        return status;
    if (summary->replicated && !(record.replicates = flc_summary_replicates_new(error)))
        return FLC_ERROR_MEMORY;
    status = get_record(&record, &reader, summary, output, error);
    if (status != FLC_OK)
        goto done;
    if (!tally->has_pilot)
        take_pilot(tally, &record);
    status = flc_summary_tally_room(tally, &record, error);
    if (status != FLC_OK)
        goto done;
    tally->has_pilot = true;
    flc_summary_tally_merge(tally, &record);
    reader.used = TARGETS_AT;
    get_targets(&reader, summary, output, true);
done:
    flc_summary_tally_clear(&record);
    flc_summary_replicates_free(record.replicates);
    return status;
}
