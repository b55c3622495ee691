/* The log of kept samples: packed stripes (run/keeper.h), appended while a run goes on. A run turns
 * it into a samples file at its end (samples.h) and removes it; of a shard it is the product.
 *
 *     "fulcrum-samples\n"                        16 bytes
 *     length of the identity                      8 bytes, little-endian as all numbers here
 *     identity: a text that says of what run     (samples.h writes it)
 *     SHA-256 of all this                        32 bytes
 *     then for each stripe:
 *       number of the stripe                      8 bytes
 *       length of what follows the next sum       8 bytes
 *       SHA-256 of these two and the next sum    32 bytes
 *       SHA-256 of what follows                  32 bytes, and part of the packed stripe
 *       ...
 *
 * So every byte is under a sum that binds it to its place: a change, a cut or a stripe elsewhere is
 * an error, never other samples. Stripes follow each other without gaps; a log may begin with any.
 */
#ifndef FLC_STORE_SAMPLE_LOG_H
#define FLC_STORE_SAMPLE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* A packed stripe begins with its sum. */
enum { FLC_PACKED_SUM = 32 };
/* Write the sum of bytes[FLC_PACKED_SUM ... length - 1] in front. */
void flc_packed_seal(unsigned char *bytes, size_t length);

typedef struct flc_sample_log flc_sample_log;

/* Begin a new log; what was there is lost. */
flc_status flc_sample_log_create(flc_sample_log **log, const char *path, const char *identity,
                                 flc_error *error);
/* Open a log to go on behind its first `length` bytes, which are read and must be whole; what
 * follows is cut off. */
flc_status flc_sample_log_resume(flc_sample_log **log, const char *path, const char *identity,
                                 uint64_t length, flc_error *error);
/* Open a log to read: its identity and the heads of its stripes are checked, to the last byte. */
flc_status flc_sample_log_open(flc_sample_log **log, const char *path, flc_error *error);
void flc_sample_log_free(flc_sample_log *log);

const char *flc_sample_log_path(const flc_sample_log *log);
const char *flc_sample_log_identity(const flc_sample_log *log);
/* FLC_OK if the log is of the run `identity`, or an error with the first line that differs. */
flc_status flc_sample_log_require(const flc_sample_log *log, const char *identity,
                                  flc_error *error);
/* Stripes begin ... end - 1 are in the log. */
uint64_t flc_sample_log_begin(const flc_sample_log *log);
uint64_t flc_sample_log_end(const flc_sample_log *log);

flc_status flc_sample_log_append(flc_sample_log *log, uint64_t stripe, const void *bytes,
                                 size_t length, flc_error *error);
/* What was appended is on disk; *length is what flc_sample_log_resume needs. */
flc_status flc_sample_log_sync(flc_sample_log *log, uint64_t *length, flc_error *error);

/* Read from the first stripe again. */
void flc_sample_log_rewind(flc_sample_log *log);
/* The next stripe from the begin on, all its sums checked; valid until the next call. */
flc_status flc_sample_log_read(flc_sample_log *log, const unsigned char **bytes, size_t *length,
                               flc_error *error);

/* Lines of `there` and `here` compared; the text of an identity that is not the wanted one. */
flc_status flc_identity_require(const char *name, const char *there, const char *here,
                                flc_error *error);

#endif
