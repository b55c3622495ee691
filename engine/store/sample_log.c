#include "store/sample_log.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sha256.h"

static const char MAGIC[] = "fulcrum-samples\n";
enum {
    MAGIC_BYTES = 16,
    FRONT_BYTES = MAGIC_BYTES + 8, /* before the identity */
    HEAD_BYTES = 48,               /* of a stripe, before its packed bytes */
    IDENTITY_MOST = 1 << 24        /* a longer one is damage */
};

struct flc_sample_log {
    flc_file *file;
    char *identity;
    uint64_t first;        /* byte at which the first stripe begins */
    uint64_t length;       /* bytes that count */
    uint64_t begin, end;   /* stripes */
    uint64_t next, cursor; /* stripe to read next, and where it begins */
    void *bytes;           /* of the stripe read last */
    size_t capacity;
};

static void sum_of(unsigned char sum[FLC_SHA256_BYTES], const void *a, size_t a_length,
                   const void *b, size_t b_length)
{
    flc_sha256_state state;
    flc_sha256_init(&state);
    flc_sha256_update(&state, a, a_length);
    flc_sha256_update(&state, b, b_length);
    flc_sha256_final(&state, sum);
}

void flc_packed_seal(unsigned char *bytes, size_t length)
{
    flc_sha256(bytes + FLC_PACKED_SUM, length - FLC_PACKED_SUM, bytes);
}

static flc_status damaged(const flc_sample_log *log, uint64_t at, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s: damaged at byte %llu; these samples cannot be used: take a copy that "
                         "is whole, or run again",
                         flc_file_path(log->file), (unsigned long long)at);
}

/* ---- identity -------------------------------------------------------------------------------- */

/* Where the first line that differs begins. */
static size_t common_lines(const char *a, const char *b)
{
    size_t line = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '\n')
            line = i + 1;
    return line;
}

flc_status flc_identity_require(const char *name, const char *there, const char *here,
                                flc_error *error)
{
    if (strcmp(there, here) == 0)
        return FLC_OK;
    const size_t line = common_lines(there, here);
    const int theirs = (int)strcspn(there + line, "\n"), ours = (int)strcspn(here + line, "\n");
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s: holds samples of another run: there '%.*s', here '%.*s'; give the "
                         "same study, seed and --keep, or another output",
                         name, theirs < 200 ? theirs : 200, there + line, ours < 200 ? ours : 200,
                         here + line);
}

flc_status flc_sample_log_require(const flc_sample_log *log, const char *identity, flc_error *error)
{
    return flc_identity_require(flc_file_path(log->file), log->identity, identity, error);
}

/* ---- opening --------------------------------------------------------------------------------- */

void flc_sample_log_free(flc_sample_log *log)
{
    if (!log)
        return;
    flc_file_free(log->file);
    flc_free(log->identity);
    flc_free(log->bytes);
    flc_free(log);
}

static flc_status open_file(flc_sample_log **log, const char *path, bool change, flc_error *error)
{
    *log = FLC_NEW(flc_sample_log, 1, error);
    return *log ? flc_file_open(&(*log)->file, path, change, error) : FLC_ERROR_MEMORY;
}

static flc_status open_or_free(flc_sample_log **log, flc_status status)
{
    if (status != FLC_OK) {
        flc_sample_log_free(*log);
        *log = NULL;
    }
    return status;
}

static flc_status write_front(flc_sample_log *log, const char *identity, flc_error *error)
{
    const size_t length = strlen(identity), all = FRONT_BYTES + length + FLC_SHA256_BYTES;
    unsigned char *bytes = FLC_NEW(unsigned char, all, error);
    log->identity = FLC_NEW(char, length + 1, error);
    flc_status status = bytes && log->identity ? FLC_OK : FLC_ERROR_MEMORY;
    if (status == FLC_OK) {
        memcpy(log->identity, identity, length + 1);
        memcpy(bytes, MAGIC, MAGIC_BYTES);
        flc_bytes_store(bytes + MAGIC_BYTES, length, 8);
        memcpy(bytes + FRONT_BYTES, identity, length);
        flc_sha256(bytes, FRONT_BYTES + length, bytes + FRONT_BYTES + length);
        status = flc_file_resize(log->file, 0, error);
    }
    if (status == FLC_OK)
        status = flc_file_put(log->file, 0, bytes, all, error);
    log->first = log->length = log->cursor = all;
    flc_free(bytes);
    return status;
}

flc_status flc_sample_log_create(flc_sample_log **log, const char *path, const char *identity,
                                 flc_error *error)
{
    flc_status status = open_file(log, path, true, error);
    if (status == FLC_OK)
        status = write_front(*log, identity, error);
    return open_or_free(log, status);
}

/* Length of the identity, from the first bytes. */
static flc_status read_magic(const flc_sample_log *log, size_t *length, flc_error *error)
{
    unsigned char front[FRONT_BYTES];
    const uint64_t size = flc_file_size(log->file);
    if (size < FRONT_BYTES + FLC_SHA256_BYTES)
        return damaged(log, size, error);
    flc_status status = flc_file_get(log->file, 0, front, sizeof front, error);
    if (status != FLC_OK)
        return status;
    if (memcmp(front, MAGIC, MAGIC_BYTES) != 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: this is no log of kept samples; is it the right file?",
                             flc_file_path(log->file));
    const uint64_t text = flc_bytes_load(front + MAGIC_BYTES, 8);
    if (text > IDENTITY_MOST || text > size - FRONT_BYTES - FLC_SHA256_BYTES)
        return damaged(log, MAGIC_BYTES, error);
    *length = (size_t)text;
    return FLC_OK;
}

static flc_status read_front(flc_sample_log *log, flc_error *error)
{
    unsigned char sum[FLC_SHA256_BYTES];
    size_t length = 0;
    flc_status status = read_magic(log, &length, error);
    if (status != FLC_OK)
        return status;
    const size_t before = FRONT_BYTES + length;
    char *bytes = FLC_NEW(char, before + FLC_SHA256_BYTES + 1, error);
    if (!bytes)
        return FLC_ERROR_MEMORY;
    status = flc_file_get(log->file, 0, bytes, before + FLC_SHA256_BYTES, error);
    flc_sha256(bytes, before, sum);
    if (status == FLC_OK && memcmp(sum, bytes + before, sizeof sum) != 0)
        status = damaged(log, 0, error);
    bytes[before] = '\0';
    if (status == FLC_OK && strlen(bytes + FRONT_BYTES) != length)
        status = damaged(log, FRONT_BYTES, error);
    memmove(bytes, bytes + FRONT_BYTES, length + 1);
    log->identity = bytes;
    log->first = log->length = log->cursor = before + FLC_SHA256_BYTES;
    return status;
}

/* Head of the stripe at log->length: its number, and the length of its packed bytes. */
static flc_status read_head(const flc_sample_log *log, uint64_t at, uint64_t limit,
                            uint64_t *stripe, uint64_t *length, flc_error *error)
{
    unsigned char head[HEAD_BYTES + FLC_PACKED_SUM], sum[FLC_SHA256_BYTES];
    if (limit - at < sizeof head)
        return damaged(log, at, error);
    flc_status status = flc_file_get(log->file, at, head, sizeof head, error);
    if (status != FLC_OK)
        return status;
    sum_of(sum, head, 16, head + HEAD_BYTES, FLC_PACKED_SUM);
    *stripe = flc_bytes_load(head, 8);
    *length = flc_bytes_load(head + 8, 8);
    if (memcmp(sum, head + 16, sizeof sum) != 0 || *length < FLC_PACKED_SUM ||
        *length > limit - at - HEAD_BYTES)
        return damaged(log, at, error);
    return FLC_OK;
}

static flc_status require_next(const flc_sample_log *log, uint64_t stripe, flc_error *error)
{
    if (log->begin == log->end || stripe == log->end)
        return FLC_OK;
    return flc_error_set(
        error, FLC_ERROR_STUDY, "%s: stripe %llu of samples comes behind stripe %llu; run again",
        flc_file_path(log->file), (unsigned long long)stripe, (unsigned long long)(log->end - 1));
}

static void count_stripe(flc_sample_log *log, uint64_t stripe, uint64_t packed)
{
    if (log->begin == log->end)
        log->begin = log->next = stripe;
    log->end = stripe + 1;
    log->length += HEAD_BYTES + packed;
}

/* Walk over the heads up to byte `limit`. */
static flc_status walk(flc_sample_log *log, uint64_t limit, flc_error *error)
{
    if (limit < log->length || limit > flc_file_size(log->file))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: has %llu bytes, and the checkpoint was made when it had %llu; "
                             "begin the run anew (--restart)",
                             flc_file_path(log->file), (unsigned long long)flc_file_size(log->file),
                             (unsigned long long)limit);
    while (log->length < limit) {
        uint64_t stripe, packed;
        flc_status status = read_head(log, log->length, limit, &stripe, &packed, error);
        if (status == FLC_OK)
            status = require_next(log, stripe, error);
        if (status != FLC_OK)
            return status;
        count_stripe(log, stripe, packed);
    }
    return FLC_OK;
}

static flc_status open_to_read(flc_sample_log *log, uint64_t limit, flc_error *error)
{
    flc_status status = read_front(log, error);
    return status == FLC_OK
               ? walk(log, limit == UINT64_MAX ? flc_file_size(log->file) : limit, error)
               : status;
}

flc_status flc_sample_log_open(flc_sample_log **log, const char *path, flc_error *error)
{
    flc_status status = open_file(log, path, false, error);
    if (status == FLC_OK)
        status = open_to_read(*log, UINT64_MAX, error);
    return open_or_free(log, status);
}

static flc_status read_all(flc_sample_log *log, flc_error *error)
{
    const unsigned char *bytes;
    size_t length;
    flc_status status = FLC_OK;
    while (log->next < log->end && status == FLC_OK)
        status = flc_sample_log_read(log, &bytes, &length, error);
    return status;
}

flc_status flc_sample_log_resume(flc_sample_log **log, const char *path, const char *identity,
                                 uint64_t length, flc_error *error)
{
    flc_sample_log *there = NULL;
    flc_status status = open_file(&there, path, false, error); /* never makes an empty one */
    if (status == FLC_OK)
        status = open_to_read(there, length, error);
    if (status == FLC_OK)
        status = flc_sample_log_require(there, identity, error);
    if (status == FLC_OK)
        status = read_all(there, error);
    if (status == FLC_OK) {
        flc_file_free(there->file);
        status = flc_file_open(&there->file, path, true, error);
    }
    if (status == FLC_OK)
        status = flc_file_resize(there->file, length, error);
    *log = there;
    return open_or_free(log, status);
}

const char *flc_sample_log_path(const flc_sample_log *log)
{
    return flc_file_path(log->file);
}

const char *flc_sample_log_identity(const flc_sample_log *log)
{
    return log->identity;
}

uint64_t flc_sample_log_begin(const flc_sample_log *log)
{
    return log->begin;
}

uint64_t flc_sample_log_end(const flc_sample_log *log)
{
    return log->end;
}

/* ---- writing and reading --------------------------------------------------------------------- */

flc_status flc_sample_log_append(flc_sample_log *log, uint64_t stripe, const void *bytes,
                                 size_t length, flc_error *error)
{
    unsigned char head[HEAD_BYTES];
    flc_status status = require_next(log, stripe, error);
    if (status != FLC_OK)
        return status;
    flc_bytes_store(head, stripe, 8);
    flc_bytes_store(head + 8, length, 8);
    sum_of(head + 16, head, 16, bytes, FLC_PACKED_SUM);
    status = flc_file_put(log->file, log->length, head, sizeof head, error);
    if (status == FLC_OK)
        status = flc_file_put(log->file, log->length + sizeof head, bytes, length, error);
    if (status == FLC_OK)
        count_stripe(log, stripe, length);
    return status;
}

flc_status flc_sample_log_sync(flc_sample_log *log, uint64_t *length, flc_error *error)
{
    *length = log->length;
    return flc_file_sync(log->file, error);
}

void flc_sample_log_rewind(flc_sample_log *log)
{
    log->next = log->begin;
    log->cursor = log->first;
}

flc_status flc_sample_log_read(flc_sample_log *log, const unsigned char **bytes, size_t *length,
                               flc_error *error)
{
    uint64_t stripe, packed;
    unsigned char sum[FLC_SHA256_BYTES];
    flc_status status = read_head(log, log->cursor, log->length, &stripe, &packed, error);
    if (status == FLC_OK && stripe != log->next)
        status = damaged(log, log->cursor, error);
    if (status == FLC_OK)
        status = flc_reserve(&log->bytes, &log->capacity, (size_t)packed, 1, error);
    if (status == FLC_OK)
        status =
            flc_file_get(log->file, log->cursor + HEAD_BYTES, log->bytes, (size_t)packed, error);
    if (status != FLC_OK)
        return status;
    *bytes = log->bytes;
    *length = (size_t)packed;
    flc_sha256(*bytes + FLC_PACKED_SUM, *length - FLC_PACKED_SUM, sum);
    if (memcmp(sum, *bytes, sizeof sum) != 0)
        return damaged(log, log->cursor, error);
    log->cursor += HEAD_BYTES + packed;
    log->next++;
    return FLC_OK;
}
