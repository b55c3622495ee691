#include "run/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "random/draws.h"
#include "run/keeper.h"
#include "study/difference.h"

static const char MAGIC[] = "fulcrum-state 1\n";
enum { LENGTH_BYTES = 8 };

/* ---- facts ----------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

flc_state_facts flc_state_facts_of(const flc_study *study, const char *command,
                                   const char *question, const flc_points *points)
{
    return (flc_state_facts){.version = FLC_VERSION,
                             .command = command,
                             .question = question,
                             .study_file = base_name(study->file),
                             .study_sha256 = study->hash,
                             .resolved = study->resolved,
                             .as_written = study->text,
                             .seed = points->seed,
                             .samples = points->samples,
                             .shards = 1,
                             .kept = FLC_NOT_KEPT};
}

/* ---- shards ---------------------------------------------------------------------------------- */

uint64_t flc_full_blocks(uint64_t samples)
{
    return samples / FLC_BLOCK;
}

/* floor(n k / K) without overflow, k <= K. */
static uint64_t share(uint64_t n, uint64_t k, uint64_t K)
{
    return n / K * k + (n % K) * k / K;
}

flc_block_range flc_shard_range(uint64_t samples, uint64_t k, uint64_t K)
{
    uint64_t blocks = flc_full_blocks(samples);
    uint64_t stripes = (blocks + FLC_STRIPE - 1) / FLC_STRIPE;
    uint64_t begin = share(stripes, k - 1, K) * FLC_STRIPE, end = share(stripes, k, K) * FLC_STRIPE;
    return (flc_block_range){begin < blocks ? begin : blocks, end < blocks ? end : blocks};
}

uint64_t flc_state_blocks(const flc_state_facts *facts)
{
    uint64_t blocks = 0;
    for (size_t i = 0; i < facts->range_count; i++)
        blocks += facts->ranges[i].end - facts->ranges[i].begin;
    return blocks;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_text(flc_buffer *buffer, const char *key, const char *text)
{
    flc_buffer_printf(buffer, "%s %zu\n", key, strlen(text));
    flc_buffer_add(buffer, text);
    flc_buffer_add(buffer, "\n");
}

static void add_number(flc_buffer *buffer, const char *key, uint64_t number)
{
    flc_buffer_printf(buffer, "%s %" PRIu64 "\n", key, number);
}

static void add_head(flc_buffer *buffer, const flc_state_facts *facts, size_t records)
{
    flc_buffer_add(buffer, MAGIC);
    add_text(buffer, "version", facts->version);
    add_text(buffer, "command", facts->command);
    add_text(buffer, "question", facts->question);
    add_text(buffer, "study_file", facts->study_file);
    add_text(buffer, "study_sha256", facts->study_sha256);
    add_text(buffer, "resolved", facts->resolved);
    add_text(buffer, "as_written", facts->as_written);
    add_number(buffer, "seed", facts->seed);
    add_number(buffer, "samples", facts->samples);
    add_number(buffer, "shards", facts->shards);
    add_number(buffer, "kept", facts->kept);
    add_number(buffer, "ranges", facts->range_count);
    for (size_t i = 0; i < facts->range_count; i++) {
        add_number(buffer, "begin", facts->ranges[i].begin);
        add_number(buffer, "end", facts->ranges[i].end);
    }
    add_number(buffer, "records", records);
}

static void put_length(unsigned char *bytes, uint64_t length)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
}

static uint64_t get_length(const unsigned char *bytes)
{
    uint64_t length = 0;
    for (int i = LENGTH_BYTES; i-- > 0;)
        length = length << 8 | bytes[i];
    return length;
}

/* The length of each record, asked for once: it takes as long as writing the record. */
static size_t *measure(size_t *sum, const flc_collector *collector, flc_error *error)
{
    const size_t records = flc_collector_records(collector);
    size_t *lengths = FLC_NEW(size_t, records, error);
    *sum = 0;
    for (size_t r = 0; lengths && r < records; r++) {
        lengths[r] = flc_collector_record_bytes(collector, r);
        *sum += LENGTH_BYTES + lengths[r];
    }
    return lengths;
}

static void write_records(unsigned char *next, const size_t *lengths,
                          const flc_collector *collector)
{
    for (size_t r = 0; r < flc_collector_records(collector); r++) {
        put_length(next, lengths[r]);
        flc_collector_record_write(collector, r, next + LENGTH_BYTES);
        next += LENGTH_BYTES + lengths[r];
    }
}

flc_status flc_state_image(char **bytes, size_t *length, const flc_state_facts *facts,
                           const flc_collector *collector, flc_error *error)
{
    flc_buffer head;
    size_t records;
    *bytes = NULL;
    flc_buffer_init(&head, error);
    add_head(&head, facts, flc_collector_records(collector));
    size_t *lengths = measure(&records, collector, error);
    flc_status status = lengths ? head.status : FLC_ERROR_MEMORY;
    size_t before_seal = head.length + records;
    if (!status && !(*bytes = FLC_NEW(char, before_seal + FLC_SEAL_BYTES + 1, error)))
        status = FLC_ERROR_MEMORY;
    if (!status) {
        memcpy(*bytes, head.text, head.length);
        write_records((unsigned char *)*bytes + head.length, lengths, collector);
        flc_seal_make(*bytes + before_seal, *bytes, before_seal);
        *length = before_seal + FLC_SEAL_BYTES;
    }
    flc_free(lengths);
    flc_buffer_clear(&head);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The head is read line by line; the first surprise makes everything after it one. */
struct reader {
    char *next, *end;
    bool bad;
};

/* The number behind "key " on the next line. */
static uint64_t read_number(struct reader *reader, const char *key)
{
    size_t length = strlen(key);
    char *end = NULL;
    if (reader->bad || (size_t)(reader->end - reader->next) < length + 3 ||
        memcmp(reader->next, key, length) != 0 || reader->next[length] != ' ' ||
        reader->next[length + 1] < '0' || reader->next[length + 1] > '9') {
        reader->bad = true;
        return 0;
    }
    uint64_t number = strtoull(reader->next + length + 1, &end, 10);
    reader->bad = end >= reader->end || *end != '\n';
    reader->next = end + 1;
    return number;
}

/* The text behind its length, which gets a NUL in place of its newline. */
static const char *read_text(struct reader *reader, const char *key)
{
    uint64_t length = read_number(reader, key);
    if (reader->bad || length >= (uint64_t)(reader->end - reader->next) ||
        reader->next[length] != '\n' || memchr(reader->next, '\0', (size_t)length)) {
        reader->bad = true;
        return "";
    }
    char *text = reader->next;
    text[length] = '\0';
    reader->next += length + 1;
    return text;
}

static flc_status read_ranges(flc_state *state, struct reader *reader, flc_error *error)
{
    uint64_t count = read_number(reader, "ranges");
    if (reader->bad || count > (uint64_t)(reader->end - reader->next)) {
        reader->bad = true;
        return FLC_OK;
    }
    state->ranges = FLC_NEW(flc_block_range, (size_t)count, error);
    if (!state->ranges)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        flc_block_range range = {read_number(reader, "begin"), read_number(reader, "end")};
        if (range.begin >= range.end || (i > 0 && range.begin <= state->ranges[i - 1].end))
            reader->bad = true;
        state->ranges[i] = range;
    }
    state->facts.ranges = state->ranges;
    state->facts.range_count = (size_t)count;
    return FLC_OK;
}

static flc_status read_head(flc_state *state, struct reader *reader, flc_error *error)
{
    flc_state_facts *facts = &state->facts;
    facts->version = read_text(reader, "version");
    facts->command = read_text(reader, "command");
    facts->question = read_text(reader, "question");
    facts->study_file = read_text(reader, "study_file");
    facts->study_sha256 = read_text(reader, "study_sha256");
    facts->resolved = read_text(reader, "resolved");
    facts->as_written = read_text(reader, "as_written");
    facts->seed = read_number(reader, "seed");
    facts->samples = read_number(reader, "samples");
    facts->shards = read_number(reader, "shards");
    facts->kept = read_number(reader, "kept");
    flc_status status = read_ranges(state, reader, error);
    state->record_count = (size_t)read_number(reader, "records");
    return status;
}

/* Do the records fill the bytes up to the seal? */
static bool records_fit(const flc_state *state)
{
    const unsigned char *next = state->records;
    for (size_t r = 0; r < state->record_count; r++) {
        size_t left = (size_t)(state->records_end - next);
        if (left < LENGTH_BYTES || get_length(next) > left - LENGTH_BYTES)
            return false;
        next += LENGTH_BYTES + get_length(next);
    }
    return next == state->records_end;
}

static bool facts_fit(const flc_state_facts *facts)
{
    uint64_t blocks = flc_full_blocks(facts->samples);
    return facts->samples > 0 && facts->shards > 0 &&
           (facts->range_count == 0 || facts->ranges[facts->range_count - 1].end <= blocks);
}

static flc_status is_no_state(const char *name, const char *why, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY, "%.1024s: %s", name, why);
}

static flc_status parse(flc_state *state, size_t length, flc_error *error)
{
    char *bytes = state->bytes;
    size_t magic = sizeof MAGIC - 1;
    if (length < magic || memcmp(bytes, MAGIC, magic) != 0)
        return is_no_state(state->name,
                           "not a state (checkpoint or shard) that this version can read; give "
                           "one, or begin anew",
                           error);
    if (flc_seal_check(bytes, length) != FLC_SEAL_INTACT)
        return is_no_state(state->name,
                           "damaged: its bytes do not fit its SHA-256; use another copy, or begin "
                           "anew",
                           error);
    struct reader reader = {bytes + magic, bytes + length - FLC_SEAL_BYTES, false};
    flc_status status = read_head(state, &reader, error);
    if (status)
        return status;
    state->records = (const unsigned char *)reader.next;
    state->records_end = (const unsigned char *)reader.end;
    if (reader.bad || !facts_fit(&state->facts) || !records_fit(state))
        return is_no_state(state->name, "its contents contradict themselves; begin anew", error);
    return FLC_OK;
}

flc_status flc_state_parse(flc_state **state_out, char *bytes, size_t length, const char *name,
                           flc_error *error)
{
    *state_out = NULL;
    flc_state *state = FLC_NEW(flc_state, 1, error);
    if (!state) {
        flc_free(bytes);
        return FLC_ERROR_MEMORY;
    }
    state->bytes = bytes;
    state->name = name;
    flc_status status = parse(state, length, error);
    if (status) {
        flc_state_free(state);
        return status;
    }
    *state_out = state;
    return FLC_OK;
}

flc_status flc_state_read(flc_state **state, const char *path, flc_error *error)
{
    char *bytes;
    size_t length;
    *state = NULL;
    flc_status status = flc_file_read(&bytes, &length, path, SIZE_MAX / 4, error);
    return status ? status : flc_state_parse(state, bytes, length, path, error);
}

void flc_state_free(flc_state *state)
{
    if (!state)
        return;
    flc_free(state->ranges);
    flc_free(state->bytes);
    flc_free(state);
}

/* ---- using ----------------------------------------------------------------------------------- */

flc_status flc_state_merge(const flc_state *state, flc_collector *collector, flc_error *error)
{
    const unsigned char *next = state->records;
    if (state->record_count != flc_collector_records(collector))
        return is_no_state(state->name, "has another number of outputs; begin anew", error);
    for (size_t r = 0; r < state->record_count; r++) {
        size_t length = (size_t)get_length(next);
        flc_status status =
            flc_collector_record_merge(collector, r, next + LENGTH_BYTES, length, error);
        if (status)
            return flc_error_prefix(error, "%.1024s: ", state->name);
        next += LENGTH_BYTES + length;
    }
    return FLC_OK;
}

/* The same text in both, or an error that shows both. */
static flc_status same_text(const flc_state *state, const char *what, const char *own,
                            const char *given, flc_error *error)
{
    if (strcmp(own, given) == 0)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%.1024s: of another %s: '%.200s' there, '%.200s' here; give the one it "
                         "belongs to, or begin anew",
                         state->name, what, own, given);
}

static flc_status same_study(const flc_state *state, const flc_state_facts *facts, flc_error *error)
{
    char difference[512];
    if (strcmp(state->facts.study_sha256, facts->study_sha256) == 0)
        return FLC_OK;
    flc_study_difference(difference, sizeof difference, state->facts.resolved, facts->resolved);
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%.1024s: of another study: %s; give the study it belongs to, or begin "
                         "anew",
                         state->name, difference);
}

flc_status flc_state_require(const flc_state *state, const flc_state_facts *facts, flc_error *error)
{
    char own[32], given[32];
    snprintf(own, sizeof own, "%" PRIu64, state->facts.seed);
    snprintf(given, sizeof given, "%" PRIu64, facts->seed);
    flc_status status = same_text(state, "version", state->facts.version, facts->version, error);
    if (!status)
        status = same_text(state, "command", state->facts.command, facts->command, error);
    if (!status)
        status = same_study(state, facts, error);
    if (!status)
        status = same_text(state, "seed", own, given, error);
    if (!status)
        status = same_text(state, "question", state->facts.question, facts->question, error);
    return status;
}
