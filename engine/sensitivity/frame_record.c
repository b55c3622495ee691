/* The state of one output as bytes, the same for the same set of blocks on every machine.
 *
 *   magic of the method; hash of what must agree        2 words
 *   pilot: c, e                                         2 words
 *   samples by replicate; left out; least, largest z    19 words
 *   its own sums; the sums of its slots, table by table in the order of factors (sums.h); zeros up
 *   to a whole word
 *   hash of all before                                  1 word
 *
 * A word is 8 bytes, least first. What must agree: the method's parameter, the output's number, the
 * numbers of outputs and factors and the factors of all slots. A record is looked through, and room
 * is made, before anything is changed. */
#include <string.h>

#include "base/bytes.h"
#include "sensitivity/frame.h"

enum { WORD = 8, COUNTS_AT = 4, LEFT_OUT_AT = 20, HEAD = 23 };

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 32;
}

static uint64_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t at = 0; at < length; at += WORD)
        hash = mix(hash, flc_bytes_load(bytes + at, WORD));
    return hash;
}

static uint64_t identity(const flc_frame *frame, size_t output)
{
    const uint64_t words[] = {frame->parameter, output, frame->rows->outputs, frame->rows->factors,
                              frame->table_count};
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hash = mix(hash, words[i]);
    for (size_t t = 0; t < frame->table_count; t++) {
        const flc_table *table = &frame->tables[t];
        hash = mix(hash, table->begin[output + 1] - table->begin[output]);
        for (size_t i = table->begin[output]; table->factors && i < table->begin[output + 1]; i++)
            hash = mix(hash, table->factors[i]);
    }
    return hash;
}

size_t flc_frame_records(const flc_collector *collector)
{
    return flc_frame_const(collector)->rows->outputs;
}

/* ---- Slots in order -----------------------------------------------------------------------------
 */

/* Stands on one slot after the other; begins with {0}. */
struct walk {
    size_t table, place; /* table 0: own sums; others from 1 */
    bool started;
};

static bool walk_on(struct walk *walk, const flc_frame *frame, size_t output)
{
    if (!walk->started) {
        walk->started = true;
        return true;
    }
    walk->place++;
    while (walk->table == 0 || walk->place == frame->tables[walk->table - 1].begin[output + 1]) {
        if (walk->table == frame->table_count)
            return false;
        walk->place = frame->tables[walk->table++].begin[output];
        if (walk->place < frame->tables[walk->table - 1].begin[output + 1])
            return true;
    }
    return true;
}

static const flc_sums *sums_at(const struct walk *walk, const flc_frame *frame)
{
    return walk->table ? &frame->tables[walk->table - 1].sums : &frame->own;
}

static size_t slot_at(const struct walk *walk, const flc_frame *frame, size_t output)
{
    return walk->table ? frame->tables[walk->table - 1].slots[walk->place] : output;
}

/* ---- Writing ------------------------------------------------------------------------------------
 */

/* Of all slots; `bytes` NULL counts. */
static size_t write_slots(unsigned char *bytes, const flc_frame *frame, size_t output)
{
    size_t length = 0;
    for (struct walk walk = {0}; walk_on(&walk, frame, output);)
        length += flc_sums_write(bytes ? bytes + length : NULL, sums_at(&walk, frame),
                                 slot_at(&walk, frame, output));
    return length;
}

static size_t whole_words(size_t length)
{
    return (length + WORD - 1) / WORD * WORD;
}

size_t flc_frame_record_bytes(const flc_collector *collector, size_t record)
{
    const size_t slots = write_slots(NULL, flc_frame_const(collector), record);
    return HEAD * WORD + whole_words(slots) + WORD;
}

static void head_of(uint64_t words[HEAD], const flc_frame *frame, size_t output)
{
    const struct flc_frame_output *own = &frame->outputs[output];
    words[0] = frame->method;
    words[1] = identity(frame, output);
    words[2] = flc_bits(own->grid.center);
    words[3] = (uint64_t)(int64_t)own->grid.exponent;
    memcpy(words + COUNTS_AT, own->counts, sizeof own->counts);
    words[LEFT_OUT_AT] = own->left_out;
    words[LEFT_OUT_AT + 1] = flc_bits(own->low);
    words[LEFT_OUT_AT + 2] = flc_bits(own->high);
}

void flc_frame_record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const flc_frame *frame = flc_frame_const(collector);
    uint64_t words[HEAD];
    unsigned char *at = buffer + HEAD * WORD;
    head_of(words, frame, record);
    for (size_t i = 0; i < HEAD; i++)
        flc_bytes_store(buffer + i * WORD, words[i], WORD);
    const size_t length = write_slots(at, frame, record), whole = whole_words(length);
    memset(at + length, 0, whole - length);
    flc_bytes_store(at + whole, hash_of(buffer, HEAD * WORD + whole), WORD);
}

/* ---- Merging ------------------------------------------------------------------------------------
 */

static flc_status check_head(const flc_frame *frame, size_t output, const unsigned char *buffer,
                             size_t length, flc_error *error)
{
    uint64_t words[HEAD];
    const bool whole = length % WORD == 0 && length > HEAD * WORD;
    if (!whole || flc_bytes_load(buffer + length - WORD, WORD) != hash_of(buffer, length - WORD))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "the sums of output %zu are damaged; make them again", output);
    head_of(words, frame, output);
    for (size_t i = 0; i < COUNTS_AT; i++)
        if (flc_bytes_load(buffer + i * WORD, WORD) != words[i])
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "the sums of output %zu belong to another analysis (%s); give "
                                 "those of this one",
                                 output,
                                 i == 0   ? "another method"
                                 : i == 1 ? "other factors, outputs or settings"
                                          : "another pilot block");
    return FLC_OK;
}

/* Looks through all slots, making room. */
static flc_status prepare(flc_frame *frame, size_t output, const unsigned char *bytes,
                          size_t length, flc_error *error)
{
    size_t used = 0;
    for (struct walk walk = {0}; walk_on(&walk, frame, output);) {
        flc_sums *sums = walk.table ? &frame->tables[walk.table - 1].sums : &frame->own;
        const size_t more = flc_sums_measure(sums, bytes + used, length - used);
        if (more == 0)
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "the sums of output %zu are cut short; make them again", output);
        if (flc_sums_room(sums, slot_at(&walk, frame, output), bytes + used, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
        used += more;
    }
    if (whole_words(used) != length)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "the sums of output %zu are followed by something else; make them "
                             "again",
                             output);
    return FLC_OK;
}

static void add_head(struct flc_frame_output *own, const unsigned char *buffer)
{
    const unsigned char *rest = buffer + LEFT_OUT_AT * WORD;
    const double low = flc_from_bits(flc_bytes_load(rest + WORD, WORD));
    const double high = flc_from_bits(flc_bytes_load(rest + (size_t)2 * WORD, WORD));
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        own->counts[r] += flc_bytes_load(buffer + (COUNTS_AT + r) * WORD, WORD);
    own->left_out += flc_bytes_load(rest, WORD);
    own->low = low < own->low ? low : own->low;
    own->high = high > own->high ? high : own->high;
}

flc_status flc_frame_record_merge(flc_collector *collector, size_t record,
                                  const unsigned char *buffer, size_t length, flc_error *error)
{
    flc_frame *frame = flc_frame_of(collector);
    const unsigned char *slots = buffer + HEAD * WORD;
    flc_status status = check_head(frame, record, buffer, length, error);
    if (status == FLC_OK)
        status = prepare(frame, record, slots, length - (HEAD + 1) * WORD, error);
    if (status != FLC_OK)
        return status;
    add_head(&frame->outputs[record], buffer);
    for (struct walk walk = {0}; walk_on(&walk, frame, record);) {
        flc_sums *sums = walk.table ? &frame->tables[walk.table - 1].sums : &frame->own;
        const size_t more = flc_sums_measure(sums, slots, SIZE_MAX);
        flc_sums_merge(sums, slot_at(&walk, frame, record), slots);
        slots += more;
    }
    return FLC_OK;
}
