#include "store/samples.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/suggest.h"
#include "store/chunk.h"
#include "store/samples_priv.h"

/* Columns of a chunk (48 KiB). Of baseline.yaml one output over 10 000 samples is read in 3 ms, and
 * all of one sample in 0.12 s; with 16 columns 5 ms and the same. */
enum { CHUNK_COLUMNS = 8 };

/* ---- which outputs --------------------------------------------------------------------------- */

static void name_of(const flc_samples *samples, size_t output, char text[FLC_OUTPUT_NAME])
{
    flc_metrics_label_name(&samples->study->metrics, &samples->labels[output], text,
                           FLC_OUTPUT_NAME);
}

/* Offer the words of all names, cut at their slashes, to a suggestion for one word of a pattern. */
static void offer_words(const flc_samples *samples, flc_suggestion *near,
                        char best[FLC_OUTPUT_NAME])
{
    char name[FLC_OUTPUT_NAME];
    for (size_t o = 0; o < flc_metrics_outputs(&samples->study->metrics); o++) {
        name_of(samples, o, name);
        for (char *word = name, *slash; word; word = slash ? slash + 1 : NULL) {
            if ((slash = strchr(word, '/')))
                *slash = '\0';
            flc_suggestion_offer(near, word);
            if (near->best == word)
                near->best = strcpy(best, word);
        }
    }
}

/* The first word of a pattern that is no output's, with the nearest that is. */
static flc_status no_match(const flc_samples *samples, const char *pattern, flc_error *error)
{
    char words[FLC_OUTPUT_NAME], best[FLC_OUTPUT_NAME];
    snprintf(words, sizeof words, "%s", pattern);
    for (char *word = words, *slash; word; word = slash ? slash + 1 : NULL) {
        flc_suggestion near;
        if ((slash = strchr(word, '/')))
            *slash = '\0';
        flc_suggestion_start(&near, word);
        if (!strpbrk(word, "*?["))
            offer_words(samples, &near, best);
        if (near.best && near.distance > 0)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "--keep '%.200s': no output has such a name; did you mean '%s' "
                                 "for '%s'?",
                                 pattern, near.best, word);
    }
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--keep '%.200s': no output has such a name; outputs are named like "
                         "MEP/leverage_ratio, MEP/federal/2030, MEP/outcome_gross/jobs/2030, and * "
                         "stands for anything",
                         pattern);
}

static flc_status choose(flc_samples *samples, bool *chosen, const char *pattern, flc_error *error)
{
    char name[FLC_OUTPUT_NAME];
    size_t matches = 0;
    for (const char *c = pattern; *c; c++)
        if ((unsigned char)*c < 0x20)
            return flc_error_set(error, FLC_ERROR_USAGE, "--keep: a pattern is one line of text");
    for (size_t o = 0; o < flc_metrics_outputs(&samples->study->metrics); o++) {
        name_of(samples, o, name);
        if (fnmatch(pattern, name, 0) == 0) {
            chosen[o] = true;
            matches++;
        }
    }
    return matches > 0 ? FLC_OK : no_match(samples, pattern, error);
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Groups of equal width, as near to CHUNK_COLUMNS as can be. */
static void cut_table(struct flc_kept_table *table, size_t columns)
{
    table->columns = columns;
    table->groups = (columns + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS;
    table->width = columns ? (columns + table->groups - 1) / table->groups : 0;
}

static size_t table_doubles(const struct flc_kept_table *table)
{
    return table->groups * table->width * FLC_STRIPE_SAMPLES;
}

/* Room for a packed stripe. What cannot be compressed grows by a thousandth and some bytes. */
static size_t packed_most(const flc_samples *samples)
{
    size_t most = FLC_PACKED_FRONT;
    for (int t = 0; t < FLC_KEPT_TABLES; t++) {
        const size_t bytes = table_doubles(&samples->tables[t]) * sizeof(double);
        most += bytes + bytes / 500 + samples->tables[t].groups * 64;
    }
    return most;
}

static flc_status list_parameters(flc_samples *samples, flc_error *error)
{
    const flc_quantities *quantities = samples->study->quantities;
    struct flc_kept_table *table = &samples->tables[FLC_KEPT_PARAMETERS];
    cut_table(table, flc_quantities_sampled_count(quantities));
    table->level = FLC_DEFLATE_PARAMETERS;
    table->source = flc_arena_take(samples->arena, table->columns, sizeof(size_t), error);
    for (size_t q = 0; table->source && q < table->columns; q++)
        table->source[q] = flc_quantities_sampled_row(quantities, q);
    return table->source ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status list_outputs(flc_samples *samples, flc_error *error)
{
    const size_t outputs = flc_metrics_outputs(&samples->study->metrics);
    struct flc_kept_table *table = &samples->tables[FLC_KEPT_OUTPUTS];
    bool *chosen = FLC_NEW(bool, outputs, error);
    flc_status status = chosen ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < samples->keep_count && status == FLC_OK; i++)
        status = choose(samples, chosen, samples->keep[i], error);
    size_t count = 0;
    for (size_t o = 0; o < outputs && status == FLC_OK; o++)
        count += chosen[o];
    if (status == FLC_OK) {
        cut_table(table, count);
        table->level = FLC_DEFLATE_OUTPUTS;
        table->source = flc_arena_take(samples->arena, count, sizeof(size_t), error);
        status = table->source ? FLC_OK : FLC_ERROR_MEMORY;
    }
    for (size_t o = 0, next = 0; o < outputs && status == FLC_OK; o++)
        if (chosen[o])
            table->source[next++] = o;
    flc_free(chosen);
    return status;
}

/* ---- identity -------------------------------------------------------------------------------- */

/* One line each for all that the bytes of a stripe depend on. */
static flc_status write_identity(flc_samples *samples, flc_error *error)
{
    flc_buffer buffer;
    char question[FLC_DESIGN_QUESTION];
    flc_design_question(question, &samples->points);
    flc_buffer_init(&buffer, error);
    flc_buffer_printf(&buffer, "samples %d\nversion %s\nstudy %s\nseed %" PRIu64 "\n",
                      FLC_SAMPLES_FORMAT, FLC_VERSION, samples->study->hash, samples->points.seed);
    if (question[0])
        flc_buffer_printf(&buffer, "%s\n", question);
    flc_buffer_printf(&buffer, "stripe %d\ncolumns %d\n", FLC_STRIPE_SAMPLES, CHUNK_COLUMNS);
    for (size_t i = 0; i < samples->keep_count; i++)
        flc_buffer_printf(&buffer, "keep %s\n", samples->keep[i]);
    flc_status status = buffer.status;
    if (status == FLC_OK) {
        samples->identity = flc_arena_copy(samples->arena, buffer.text, buffer.length, error);
        status = samples->identity ? FLC_OK : FLC_ERROR_MEMORY;
    }
    flc_buffer_clear(&buffer);
    return status;
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_status copy_patterns(flc_samples *samples, const char *const *keep, size_t count,
                                flc_error *error)
{
    static const char *const all[] = {"*"};
    if (count == 0)
        return copy_patterns(samples, all, 1, error);
    const char **copies = flc_arena_take(samples->arena, count, sizeof *copies, error);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = flc_arena_copy(samples->arena, keep[i], strlen(keep[i]), error);
        if (!copies[i])
            return FLC_ERROR_MEMORY;
    }
    samples->keep = copies;
    samples->keep_count = count;
    return copies ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status make_stripe(flc_samples *samples, flc_error *error)
{
    size_t doubles = table_doubles(&samples->tables[FLC_KEPT_PARAMETERS]) +
                     table_doubles(&samples->tables[FLC_KEPT_OUTPUTS]);
    samples->stripe = FLC_NEW(double, doubles, error);
    for (size_t i = 0; samples->stripe && i < doubles; i++)
        samples->stripe[i] = NAN; /* what fills up the last group stays so */
    return samples->stripe ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status prepare(flc_samples *samples, const char *const *keep, size_t keep_count,
                          flc_error *error)
{
    const flc_metrics *metrics = &samples->study->metrics;
    flc_status status = FLC_ERROR_MEMORY;
    if ((samples->arena = flc_arena_create(error)) &&
        (samples->labels = flc_arena_take(samples->arena, flc_metrics_outputs(metrics),
                                          sizeof *samples->labels, error)))
        status = copy_patterns(samples, keep, keep_count, error);
    if (status != FLC_OK)
        return status;
    flc_metrics_labels(metrics, samples->labels);
    if ((status = list_parameters(samples, error)) || (status = list_outputs(samples, error)) ||
        (status = write_identity(samples, error)))
        return status;
    return samples->evaluator ? make_stripe(samples, error) : FLC_OK;
}

flc_status flc_samples_create(flc_samples **created, const flc_study *study,
                              const flc_evaluator *evaluator, uint64_t seed,
                              const char *const *keep, size_t keep_count, flc_error *error)
{
    flc_samples *samples = *created = FLC_NEW(flc_samples, 1, error);
    if (!samples)
        return FLC_ERROR_MEMORY;
    samples->study = study;
    samples->evaluator = evaluator;
    if (evaluator)
        samples->points = flc_evaluator_points(evaluator);
    samples->points.seed = seed;
    flc_status status = prepare(samples, keep, keep_count, error);
    if (status != FLC_OK) {
        flc_samples_free(samples);
        *created = NULL;
    }
    return status;
}

/* Patterns of an identity, one a line; `text` is cut into them. */
static size_t cut_patterns(const char **patterns, char *text)
{
    size_t count = 0;
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        if (strncmp(line, "keep ", 5) == 0)
            patterns[count++] = line + 5;
    }
    return count;
}

flc_status flc_samples_create_like(flc_samples **samples, const flc_study *study,
                                   const flc_evaluator *evaluator, uint64_t seed, const char *log,
                                   flc_error *error)
{
    flc_sample_log *there = NULL;
    *samples = NULL;
    flc_status status = flc_sample_log_open(&there, log, error);
    if (status != FLC_OK)
        return status;
    const char *identity = flc_sample_log_identity(there);
    const size_t length = strlen(identity);
    char *text = FLC_NEW(char, length + 1, error);
    const char **patterns = FLC_NEW(const char *, length, error);
    status = text && patterns ? FLC_OK : FLC_ERROR_MEMORY;
    if (status == FLC_OK) {
        memcpy(text, identity, length + 1);
        status = flc_samples_create(samples, study, evaluator, seed, patterns,
                                    cut_patterns(patterns, text), error);
    }
    if (status == FLC_OK)
        status = flc_sample_log_require(there, (*samples)->identity, error);
    if (status != FLC_OK) {
        flc_samples_free(*samples);
        *samples = NULL;
    }
    flc_free(patterns);
    flc_free(text);
    flc_sample_log_free(there);
    return status;
}

void flc_samples_free(flc_samples *samples)
{
    if (!samples)
        return;
    flc_sample_log_free(samples->log);
    flc_free(samples->packed);
    flc_free(samples->stripe);
    flc_arena_free(samples->arena);
    flc_free(samples);
}

flc_samples_size flc_samples_bytes(const flc_samples *samples)
{
    const struct flc_kept_table *parameters = &samples->tables[FLC_KEPT_PARAMETERS];
    const struct flc_kept_table *outputs = &samples->tables[FLC_KEPT_OUTPUTS];
    const size_t stripe = (table_doubles(parameters) + table_doubles(outputs)) * sizeof(double);
    return (flc_samples_size){parameters->columns, outputs->columns, stripe + packed_most(samples),
                              (parameters->columns + outputs->columns) * sizeof(double)};
}

flc_status flc_samples_path(char *path, size_t room, const char *result, const char *suffix,
                            flc_error *error)
{
    size_t length = strlen(result);
    if (length > 3 && strcmp(result + length - 3, ".h5") == 0)
        length -= 3;
    int written = snprintf(path, room, "%.*s%s", (int)length, result, suffix);
    if (written < 0 || (size_t)written >= room)
        return flc_error_set(error, FLC_ERROR_OUTPUT, "%.80s...: the path is too long", result);
    return FLC_OK;
}

/* ---- keeping --------------------------------------------------------------------------------- */

/* One block of a table from rows of lanes. Compilers and processors differ in the sign of the NaN
 * that 0/0 gives; the file has one NaN. */
static void take_table(const struct flc_kept_table *table, double *stripe, const double *values,
                       size_t first, size_t count)
{
    for (size_t c = 0; c < table->columns; c++) {
        const double *lanes = values + table->source[c] * FLC_BLOCK;
        double *column = stripe + c / table->width * FLC_STRIPE_SAMPLES * table->width +
                         first * table->width + c % table->width;
        for (size_t i = 0; i < count; i++)
            column[i * table->width] = isnan(lanes[i]) ? (double)NAN : lanes[i];
    }
}

static flc_status take(void *context, const double *outputs, size_t part, size_t count,
                       flc_error *error)
{
    flc_samples *samples = context;
    const size_t first = part * FLC_BLOCK;
    if (!samples->stripe || part >= FLC_STRIPE || count > FLC_BLOCK ||
        (part > 0 && samples->count != first))
        return flc_error_set(error, FLC_ERROR_INTERNAL, "samples are kept out of order");
    const struct flc_kept_table *parameters = &samples->tables[FLC_KEPT_PARAMETERS];
    take_table(parameters, samples->stripe, flc_evaluator_values(samples->evaluator), first, count);
    take_table(&samples->tables[FLC_KEPT_OUTPUTS], samples->stripe + table_doubles(parameters),
               outputs, first, count);
    samples->count = first + count;
    return FLC_OK;
}

static flc_status pack_chunk(flc_samples *samples, flc_chunk_press *press, const double *values,
                             flc_error *error)
{
    size_t length;
    uint32_t mask = 0;
    flc_status status = flc_chunk_press_put(press, &length, values, error);
    if (status == FLC_OK)
        status = flc_reserve(&samples->packed, &samples->packed_capacity,
                             samples->packed_length + FLC_PACKED_CHUNK + length, 1, error);
    if (status != FLC_OK)
        return status;
    unsigned char *end = (unsigned char *)samples->packed + samples->packed_length;
    status = flc_chunk_press_take(press, end + FLC_PACKED_CHUNK, &mask, error);
    flc_bytes_store(end, mask, 4);
    flc_bytes_store(end + 4, length, 4);
    samples->packed_length += FLC_PACKED_CHUNK + length;
    return status;
}

/* Rows behind the last sample are NaN, as HDF5 fills up a chunk. */
static void fill_up(const struct flc_kept_table *table, double *chunk, size_t count)
{
    for (size_t i = count * table->width; i < FLC_STRIPE_SAMPLES * table->width; i++)
        chunk[i] = NAN;
}

static flc_status pack_table(flc_samples *samples, const struct flc_kept_table *table,
                             double *stripe, flc_error *error)
{
    flc_chunk_press *press = NULL;
    flc_status status = FLC_OK;
    if (table->groups > 0)
        status =
            flc_chunk_press_create(&press, FLC_STRIPE_SAMPLES, table->width, table->level, error);
    for (size_t g = 0; g < table->groups && status == FLC_OK; g++) {
        double *chunk = stripe + g * table->width * FLC_STRIPE_SAMPLES;
        fill_up(table, chunk, samples->count);
        status = pack_chunk(samples, press, chunk, error);
    }
    flc_chunk_press_free(press);
    return status;
}

static flc_status pack(void *context, const void **bytes, size_t *length, flc_error *error)
{
    flc_samples *samples = context;
    double *stripe = samples->stripe;
    samples->packed_length = FLC_PACKED_FRONT;
    flc_status status =
        flc_reserve(&samples->packed, &samples->packed_capacity, packed_most(samples), 1, error);
    for (int t = 0; t < FLC_KEPT_TABLES && status == FLC_OK; t++) {
        status = pack_table(samples, &samples->tables[t], stripe, error);
        stripe += table_doubles(&samples->tables[t]);
    }
    if (status != FLC_OK)
        return status;
    unsigned char *packed = samples->packed;
    flc_bytes_store(packed + FLC_PACKED_SUM, samples->count, 8);
    flc_packed_seal(packed, samples->packed_length);
    samples->count = 0;
    *bytes = packed;
    *length = samples->packed_length;
    return FLC_OK;
}

static flc_status append(void *context, uint64_t stripe, const void *bytes, size_t length,
                         flc_error *error)
{
    flc_samples *samples = context;
    return flc_sample_log_append(samples->log, stripe, bytes, length, error);
}

static flc_status sync_log(void *context, uint64_t *length, flc_error *error)
{
    flc_samples *samples = context;
    return flc_sample_log_sync(samples->log, length, error);
}

flc_keeper flc_samples_keeper(flc_samples *samples)
{
    return (flc_keeper){samples, take, pack, append, sync_log};
}

/* ---- the log --------------------------------------------------------------------------------- */

flc_status flc_samples_begin(flc_samples *samples, const char *log, flc_error *error)
{
    return flc_sample_log_create(&samples->log, log, samples->identity, error);
}

flc_status flc_samples_resume(flc_samples *samples, const char *log, uint64_t length,
                              flc_error *error)
{
    return flc_sample_log_resume(&samples->log, log, samples->identity, length, error);
}

uint64_t flc_samples_first(const flc_samples *samples)
{
    return flc_sample_log_begin(samples->log);
}

uint64_t flc_samples_next(const flc_samples *samples)
{
    return flc_sample_log_end(samples->log);
}

flc_status flc_samples_remove_log(flc_samples *samples, flc_error *error)
{
    if (!samples->log)
        return FLC_OK;
    flc_status status = flc_file_remove(flc_sample_log_path(samples->log), error);
    flc_sample_log_free(samples->log);
    samples->log = NULL;
    return status;
}
