/* The state of a collector of given data as bytes, the same for the same state on every machine.
 *
 * A record of an output:
 *
 *   magic, length, hash of the plan and pilot, its number         4 words
 *   samples; of them -inf, +inf, undefined                        4 words
 *   flags: products of inputs over missing values, of missing ranks    1 word
 *   sums of z, R, z^2, R^2 by replicate; of z by cell             a word each, as are all sums
 *   of each pair: z and z^2 by class; x z and u R by replicate
 *   by the flags: products of the inputs over what is missing
 *   of each pair: counts as base-128 numbers, least digit first (LEB128); then 0 up to a whole word
 *   hash of all words before                                      1 word
 *
 * and the last record, of the inputs: its first four words, the products, the hash. A word is 8
 * bytes, little-endian. Reading checks all of a record before it changes anything.
 */
#include <string.h>

#include "base/bytes.h"
#include "sensitivity/given_data_state.h"

#define MAGIC UINT64_C(0x014e455649474346) /* "FCGIVEN", format 1 */

enum { WORD = 8, HEAD = 4 };

/* What is done with a record: its length counted, its bytes written, checked, or added. */
enum mode { COUNT, WRITE, CHECK, ADD };

struct cursor {
    enum mode mode;
    unsigned char *to;
    const unsigned char *from;
    size_t used, length; /* length: of what is read */
    bool good;
};

static uint64_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t at = 0; at < length; at += WORD)
        hash = flc_given_hash(hash, flc_bytes_load(bytes + at, WORD));
    return hash;
}

static bool reads(const struct cursor *cursor)
{
    return cursor->mode == CHECK || cursor->mode == ADD;
}

/* Returns what is written or read; 0 where that is behind the end. */
static uint64_t word(struct cursor *cursor, uint64_t value)
{
    const size_t at = cursor->used;
    cursor->used += WORD;
    if (cursor->mode == WRITE)
        flc_bytes_store(cursor->to + at, value, WORD);
    if (!reads(cursor))
        return value;
    if (cursor->used > cursor->length) {
        cursor->good = false;
        return 0;
    }
    return flc_bytes_load(cursor->from + at, WORD);
}

static uint64_t number(struct cursor *cursor, uint64_t value)
{
    uint64_t read = 0;
    for (unsigned shift = 0; shift < 64; shift += 7, value >>= 7) {
        const size_t at = cursor->used++;
        unsigned char byte = (unsigned char)((value & 0x7f) | (value >= 0x80 ? 0x80 : 0));
        if (cursor->mode == WRITE)
            cursor->to[at] = byte;
        if (reads(cursor) && cursor->used > cursor->length)
            cursor->good = false;
        if (reads(cursor))
            byte = cursor->good ? cursor->from[at] : 0;
        read |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    return read;
}

/* Sums; `stop`: of squares. They are not looked at to count or check. */
static void sums(struct cursor *cursor, int64_t *own, size_t count, bool stop)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t other = (int64_t)word(cursor, cursor->mode == WRITE ? (uint64_t)own[i] : 0);
        if (cursor->mode == CHECK && stop && (other < 0 || other > FLC_GIVEN_SUM_LIMIT))
            cursor->good = false;
        if (cursor->mode == ADD)
            own[i] = stop ? flc_given_stopped(own[i], other) : flc_given_wrapped(own[i], other);
    }
}

/* Rows of a triangle: products, then squares. */
static void triangle(struct cursor *cursor, flc_given_sums *own, size_t columns)
{
    size_t at = 0;
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j <= i; j++, at++)
            sums(cursor, own ? own[at] : NULL, FLC_REPLICATES, j == i);
}

/* Counts of a pair. Each sample is in one of them; the special ones are those of the output. */
static void counts(struct cursor *cursor, const struct flc_given_data *own,
                   struct flc_given_output *output, size_t pair, const uint64_t *special,
                   uint64_t samples)
{
    const size_t size = flc_given_table(own), begin = pair * size;
    uint64_t seen[FLC_GIVEN_EXTRA] = {0}, all = 0;
    for (size_t i = 0; i < size; i++) {
        const uint64_t before = output->before ? output->before[begin + i] : 0;
        const uint64_t other = number(cursor, before + output->counts[begin + i]);
        const size_t column = i % own->columns;
        all += other;
        if (column >= own->cells)
            seen[column - own->cells] += other;
        if (cursor->mode == ADD && output->before)
            output->before[begin + i] += other;
        else if (cursor->mode == ADD)
            output->counts[begin + i] += (uint32_t)other;
        if (other > samples)
            cursor->good = false;
    }
    if (cursor->mode == CHECK && (all != samples || memcmp(seen, special, sizeof seen) != 0))
        cursor->good = false;
}

/* All of an output behind the head. */
static void visit_output(struct cursor *cursor, const struct flc_given_data *own,
                         struct flc_given_output *output)
{
    uint64_t special[FLC_GIVEN_EXTRA], flags = 0;
    const uint64_t samples = word(cursor, output->samples);
    for (int i = 0; i < FLC_GIVEN_EXTRA; i++)
        special[i] = word(cursor, output->special[i]);
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        flags |= (uint64_t)(output->missing[kind] != NULL) << kind;
    flags = word(cursor, flags);
    sums(cursor, output->own[0], (size_t)FLC_GIVEN_ZZ * FLC_REPLICATES, false);
    sums(cursor, output->own[FLC_GIVEN_ZZ], (size_t)(FLC_GIVEN_OWN - FLC_GIVEN_ZZ) * FLC_REPLICATES,
         true);
    sums(cursor, output->cell_sums, own->cells, false);
    for (size_t i = 0; i < output->pairs * own->classes; i++) {
        sums(cursor, &output->by_class[i][0], 1, false);
        sums(cursor, &output->by_class[i][1], 1, true);
    }
    for (size_t i = 0; i < output->pairs * FLC_GIVEN_KINDS; i++)
        sums(cursor, output->products[i], FLC_REPLICATES, false);
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        if (flags >> kind & 1 && cursor->good)
            triangle(cursor, output->missing[kind], 1 + output->pairs);
    for (size_t k = 0; k < output->pairs && cursor->good; k++)
        counts(cursor, own, output, k, special, samples);
    if (cursor->mode == ADD) {
        output->samples += samples;
        output->counted += output->before ? 0 : samples;
        for (int i = 0; i < FLC_GIVEN_EXTRA; i++)
            output->special[i] += special[i];
    }
    if (flags >> FLC_GIVEN_KINDS || samples > FLC_GIVEN_SAMPLES_MOST)
        cursor->good = false;
    while (cursor->used % WORD != 0)
        number(cursor, 0);
}

static void visit_inputs(struct cursor *cursor, const struct flc_given_data *own)
{
    const struct flc_given_pattern *pattern = &own->pattern;
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        for (size_t i = 0; i < pattern->columns; i++)
            for (size_t at = pattern->start[i]; at < pattern->start[i + 1]; at++)
                sums(cursor, own->gram[kind][at], FLC_REPLICATES, at + 1 == pattern->start[i + 1]);
}

static void visit(struct cursor *cursor, const struct flc_given_data *own, size_t record,
                  uint64_t length)
{
    const uint64_t head[HEAD] = {MAGIC, length, own->plan, record};
    for (int i = 0; i < HEAD; i++)
        if (word(cursor, head[i]) != head[i])
            cursor->good = false;
    if (record < own->outputs)
        visit_output(cursor, own, &own->output[record]);
    else
        visit_inputs(cursor, own);
}

size_t flc_given_record_bytes(const flc_collector *collector, size_t record)
{
    struct cursor cursor = {.mode = COUNT, .good = true};
    visit(&cursor, flc_given_constant_self(collector), record, 0);
    return cursor.used + WORD;
}

void flc_given_record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    struct cursor cursor = {.mode = WRITE, .to = buffer, .good = true};
    visit(&cursor, flc_given_constant_self(collector), record,
          flc_given_record_bytes(collector, record));
    flc_bytes_store(buffer + cursor.used, hash_of(buffer, cursor.used), WORD);
}

/* Room for all that the record has. */
static flc_status make_room(const struct flc_given_data *own, size_t record,
                            const unsigned char *buffer, flc_error *error)
{
    if (record == own->outputs)
        return FLC_OK;
    struct flc_given_output *output = &own->output[record];
    const uint64_t samples = flc_bytes_load(buffer + WORD * HEAD, WORD);
    const uint64_t flags = flc_bytes_load(buffer + WORD * (HEAD + 1 + FLC_GIVEN_EXTRA), WORD);
    flc_status status = flc_given_make_room(own, output, samples, error);
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        if (status == FLC_OK && flags >> kind & 1)
            status = flc_given_miss(output, kind, error);
    return status;
}

flc_status flc_given_record_merge(flc_collector *collector, size_t record,
                                  const unsigned char *buffer, size_t length, flc_error *error)
{
    struct flc_given_data *own = flc_given_self(collector);
    struct cursor cursor = {
        .mode = CHECK, .from = buffer, .good = own->pilots == FLC_GIVEN_DATA_PILOT};
    if (length >= WORD && length % WORD == 0 &&
        hash_of(buffer, length - WORD) == flc_bytes_load(buffer + length - WORD, WORD)) {
        cursor.length = length - WORD;
        visit(&cursor, own, record, length);
    }
    if (!cursor.good || cursor.used != cursor.length || cursor.used == 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "sensitivity from given data, record %zu: damaged, or of another "
                             "study, seed, design or version; give those it belongs to",
                             record);
    const flc_status status = make_room(own, record, buffer, error);
    if (status != FLC_OK)
        return status;
    cursor = (struct cursor){.mode = ADD, .from = buffer, .length = length - WORD, .good = true};
    visit(&cursor, own, record, length);
    return FLC_OK;
}
