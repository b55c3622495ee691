/* The second half of store/samples.h: the file of all kept samples, from logs and an earlier file.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "store/disk.h"
#include "store/facts.h"
#include "store/quiet.h"
#include "store/samples.h"
#include "store/samples_priv.h"

static const char *const table_names[FLC_KEPT_TABLES] = {"parameter", "output"};

/* A finished file whose full stripes are taken over. */
struct old_file {
    const char *path;
    flc_file *file;
    hid_t id, tables[FLC_KEPT_TABLES];
    uint64_t samples, stripes;
    void *chunk;
    size_t capacity;
};

struct writer {
    const flc_samples *samples;
    uint64_t count;   /* samples */
    uint64_t stripes; /* with the last, perhaps incomplete one */
    struct old_file old;
    flc_sample_log **logs; /* in the order of their stripes; the first `own` is not ours to free */
    size_t log_count;
    flc_sample_log *own;
    flc_datafile *file;
    size_t tables[FLC_KEPT_TABLES];
};

/* ---- where the stripes are ------------------------------------------------------------------- */

static int by_begin(const void *a, const void *b)
{
    const uint64_t first = flc_sample_log_begin(*(flc_sample_log *const *)a);
    const uint64_t second = flc_sample_log_begin(*(flc_sample_log *const *)b);
    return first < second ? -1 : first > second;
}

static uint64_t stripes_of(const flc_sample_log *log)
{
    return flc_sample_log_end(log) - flc_sample_log_begin(log);
}

/* Add a log that has stripes; the others are closed, unless it is the run's own. */
static void add_log(struct writer *writer, flc_sample_log *log)
{
    if (stripes_of(log) > 0)
        writer->logs[writer->log_count++] = log;
    else if (log != writer->own)
        flc_sample_log_free(log);
}

static flc_status open_logs(struct writer *writer, const char *const *paths, size_t count,
                            flc_error *error)
{
    writer->own = writer->samples->log;
    writer->logs = FLC_NEW(flc_sample_log *, count + 1, error);
    if (!writer->logs)
        return FLC_ERROR_MEMORY;
    if (writer->own) {
        flc_sample_log_rewind(writer->own);
        add_log(writer, writer->own);
    }
    for (size_t i = 0; i < count; i++) {
        flc_sample_log *log;
        flc_status status = flc_sample_log_open(&log, paths[i], error);
        if (status != FLC_OK)
            return status;
        status = flc_sample_log_require(log, writer->samples->identity, error);
        add_log(writer, log);
        if (status != FLC_OK)
            return status;
    }
    qsort(writer->logs, writer->log_count, sizeof(flc_sample_log *), by_begin);
    return FLC_OK;
}

static flc_status missing(uint64_t begin, uint64_t end, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "samples %" PRIu64 " to %" PRIu64 " (stripes %" PRIu64 " to %" PRIu64
                         ") were kept in none of these files; add the file that has them, or run "
                         "that part again",
                         begin * FLC_STRIPE_SAMPLES, end * FLC_STRIPE_SAMPLES - 1, begin, end - 1);
}

static flc_status doubled(const char *path, uint64_t begin, uint64_t end, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s: stripes %" PRIu64 " to %" PRIu64 " of samples are also in another of "
                         "these files; give each part once",
                         path, begin, end - 1);
}

/* Where a log begins, the old file ends: it may be longer, as when a run that extended it was
 * killed after it was written and before the result was. */
static void cut_old(struct writer *writer)
{
    if (writer->log_count > 0 && flc_sample_log_begin(writer->logs[0]) < writer->old.stripes)
        writer->old.stripes = flc_sample_log_begin(writer->logs[0]);
}

/* Every stripe must be there once. */
static flc_status check_stripes(const struct writer *writer, flc_error *error)
{
    uint64_t next = writer->old.stripes;
    for (size_t i = 0; i < writer->log_count; i++) {
        const flc_sample_log *log = writer->logs[i];
        const uint64_t begin = flc_sample_log_begin(log), end = flc_sample_log_end(log);
        if (begin < next)
            return doubled(flc_sample_log_path(log), begin, end < next ? end : next, error);
        if (begin > next)
            return missing(next, begin, error);
        if (end > writer->stripes)
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "%s: has stripe %" PRIu64 " of samples, and a run of %" PRIu64
                                 " samples has %" PRIu64 " of them; give the number it was made "
                                 "with",
                                 flc_sample_log_path(log), end - 1, writer->count, writer->stripes);
        next = end;
    }
    return next < writer->stripes ? missing(next, writer->stripes, error) : FLC_OK;
}

/* ---- an earlier file ------------------------------------------------------------------------- */

static flc_status old_bad(const struct old_file *old, const char *what, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s: %s; it cannot be extended: run the whole again", old->path, what);
}

static flc_status check_seal(const struct old_file *old, flc_error *error)
{
    char seal[FLC_SEAL_BYTES], there[FLC_SEAL_BYTES];
    const uint64_t size = flc_file_size(old->file);
    if (size < FLC_SEAL_BYTES)
        return old_bad(old, "is no file of kept samples", error);
    const uint64_t body = size - FLC_SEAL_BYTES;
    flc_status status = flc_file_get(old->file, body, there, sizeof there, error);
    if (status == FLC_OK)
        status = flc_disk_seal(seal, old->file, body, error);
    if (status == FLC_OK && memcmp(seal, there, sizeof seal) != 0)
        status = old_bad(old, "is damaged, or was changed after it was written", error);
    return status;
}

/* An attribute of the root that is one text; HDF5 allocates it (H5free_memory). */
static char *read_text(hid_t file, const char *name)
{
    char *text = NULL;
    hid_t id = H5Aopen(file, name, H5P_DEFAULT);
    hid_t type = id < 0 ? -1 : H5Aget_type(id);
    if (type >= 0 && H5Tis_variable_str(type) > 0 && H5Aread(id, type, &text) < 0)
        text = NULL;
    H5Tclose(type);
    H5Aclose(id);
    return text;
}

/* Rows of a table that has the columns and the chunks we write; 0 if it has not. */
static uint64_t table_rows(hid_t id, const struct flc_kept_table *table)
{
    hsize_t size[2] = {0, 0}, chunk[2] = {0, 0};
    hid_t space = H5Dget_space(id), list = H5Dget_create_plist(id);
    bool good = H5Sget_simple_extent_ndims(space) == 2 &&
                H5Sget_simple_extent_dims(space, size, NULL) == 2 &&
                H5Pget_layout(list) == H5D_CHUNKED && H5Pget_chunk(list, 2, chunk) == 2 &&
                size[1] == table->columns && chunk[0] == FLC_STRIPE_SAMPLES &&
                chunk[1] == table->width;
    H5Pclose(list);
    H5Sclose(space);
    return good ? size[0] : 0;
}

static flc_status old_tables(struct old_file *old, const flc_samples *samples, flc_error *error)
{
    for (int t = 0; t < FLC_KEPT_TABLES; t++) {
        const struct flc_kept_table *table = &samples->tables[t];
        if (table->columns == 0)
            continue;
        old->tables[t] = H5Dopen2(old->id, table_names[t], H5P_DEFAULT);
        const uint64_t rows = table_rows(old->tables[t], table);
        if (rows == 0 || (old->samples > 0 && rows != old->samples))
            return old_bad(old, "has another layout than the files written now", error);
        old->samples = rows;
    }
    old->stripes = old->samples / FLC_STRIPE_SAMPLES;
    return FLC_OK;
}

static flc_status old_read(struct old_file *old, const flc_samples *samples, flc_error *error)
{
    old->id = flc_disk_open(old->file);
    char *identity = old->id < 0 ? NULL : read_text(old->id, "identity");
    flc_status status = identity
                            ? flc_identity_require(old->path, identity, samples->identity, error)
                            : old_bad(old, "is no file of kept samples", error);
    H5free_memory(identity);
    return status == FLC_OK ? old_tables(old, samples, error) : status;
}

static flc_status old_open(struct old_file *old, const flc_samples *samples, const char *path,
                           uint64_t count, flc_error *error)
{
    flc_quiet quiet;
    old->path = path;
    flc_status status = flc_file_open(&old->file, path, false, error);
    if (status == FLC_OK)
        status = check_seal(old, error);
    if (status != FLC_OK)
        return status;
    flc_quiet_begin(&quiet);
    status = old_read(old, samples, error);
    flc_quiet_end(&quiet);
    if (status == FLC_OK && old->samples > count)
        status = flc_error_set(error, FLC_ERROR_STUDY,
                               "%s: has %" PRIu64 " samples already, more than the %" PRIu64
                               " asked for",
                               path, old->samples, count);
    return status;
}

static void old_close(struct old_file *old)
{
    flc_quiet quiet;
    flc_quiet_begin(&quiet);
    for (int t = 0; t < FLC_KEPT_TABLES; t++)
        H5Dclose(old->tables[t]);
    H5Fclose(old->id);
    flc_quiet_end(&quiet);
    flc_free(old->chunk);
    flc_file_free(old->file);
}

static flc_status old_chunk(struct old_file *old, int table, const hsize_t *offset, uint32_t *mask,
                            size_t *length, flc_error *error)
{
    flc_quiet quiet;
    hsize_t size = 0;
    flc_quiet_begin(&quiet);
    bool good = H5Dget_chunk_storage_size(old->tables[table], offset, &size) >= 0 && size > 0;
    flc_status status =
        good ? flc_reserve(&old->chunk, &old->capacity, (size_t)size, 1, error) : FLC_OK;
    if (status == FLC_OK)
        good =
            good && H5Dread_chunk(old->tables[table], H5P_DEFAULT, offset, mask, old->chunk) >= 0;
    flc_quiet_end(&quiet);
    *length = (size_t)size;
    return status == FLC_OK && !good ? old_bad(old, "cannot be read", error) : status;
}

/* ---- writing stripes ------------------------------------------------------------------------- */

static flc_status copy_old_stripe(struct writer *writer, uint64_t stripe, flc_error *error)
{
    for (int t = 0; t < FLC_KEPT_TABLES; t++) {
        const struct flc_kept_table *table = &writer->samples->tables[t];
        for (size_t g = 0; g < table->groups; g++) {
            const hsize_t place[2] = {stripe * FLC_STRIPE_SAMPLES, g * table->width};
            const uint64_t offset[2] = {place[0], place[1]};
            uint32_t mask;
            size_t length;
            flc_status status = old_chunk(&writer->old, t, place, &mask, &length, error);
            if (status != FLC_OK)
                return status;
            flc_datafile_chunk(writer->file, writer->tables[t], offset, mask, writer->old.chunk,
                               length);
        }
    }
    return flc_datafile_status(writer->file, error);
}

/* The parts of a packed stripe, one after the other. */
struct packed {
    const unsigned char *next, *end;
};

static bool next_chunk(struct packed *packed, uint32_t *mask, const unsigned char **bytes,
                       size_t *length)
{
    if (packed->end - packed->next < FLC_PACKED_CHUNK)
        return false;
    *mask = (uint32_t)flc_bytes_load(packed->next, 4);
    *length = (size_t)flc_bytes_load(packed->next + 4, 4);
    *bytes = packed->next + FLC_PACKED_CHUNK;
    if (*length > (size_t)(packed->end - *bytes))
        return false;
    packed->next = *bytes + *length;
    return true;
}

static bool write_packed(struct writer *writer, uint64_t stripe, struct packed *packed)
{
    for (int t = 0; t < FLC_KEPT_TABLES; t++) {
        const struct flc_kept_table *table = &writer->samples->tables[t];
        for (size_t g = 0; g < table->groups; g++) {
            const uint64_t offset[2] = {stripe * FLC_STRIPE_SAMPLES, g * table->width};
            const unsigned char *bytes;
            uint32_t mask;
            size_t length;
            if (!next_chunk(packed, &mask, &bytes, &length))
                return false;
            flc_datafile_chunk(writer->file, writer->tables[t], offset, mask, bytes, length);
        }
    }
    return packed->next == packed->end;
}

static flc_status copy_stripe(struct writer *writer, flc_sample_log *log, uint64_t stripe,
                              flc_error *error)
{
    const unsigned char *bytes;
    size_t length;
    const uint64_t left = writer->count - stripe * FLC_STRIPE_SAMPLES;
    const uint64_t expected = left < FLC_STRIPE_SAMPLES ? left : FLC_STRIPE_SAMPLES;
    flc_status status = flc_sample_log_read(log, &bytes, &length, error);
    if (status != FLC_OK)
        return status;
    struct packed packed = {bytes + FLC_PACKED_FRONT, bytes + length};
    const uint64_t samples =
        length < FLC_PACKED_FRONT ? 0 : flc_bytes_load(bytes + FLC_PACKED_SUM, 8);
    if (samples != expected)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: stripe %" PRIu64 " has %" PRIu64
                             " samples, where a run of %" PRIu64 " has %" PRIu64
                             "; give the number it was made with",
                             flc_sample_log_path(log), stripe, samples, writer->count, expected);
    if (!write_packed(writer, stripe, &packed))
        return flc_error_set(error, FLC_ERROR_INTERNAL, "%s: stripe %" PRIu64 " is not as packed",
                             flc_sample_log_path(log), stripe);
    return flc_datafile_status(writer->file, error);
}

static flc_status copy_stripes(struct writer *writer, flc_error *error)
{
    flc_status status = FLC_OK;
    uint64_t stripe = 0;
    while (stripe < writer->old.stripes && status == FLC_OK)
        status = copy_old_stripe(writer, stripe++, error);
    for (size_t i = 0; i < writer->log_count; i++)
        while (stripe < flc_sample_log_end(writer->logs[i]) && status == FLC_OK)
            status = copy_stripe(writer, writer->logs[i], stripe++, error);
    return status;
}

/* ---- what stands around them ----------------------------------------------------------------- */

static void write_quantities(const flc_samples *samples, flc_datafile *file, const char **texts)
{
    const struct flc_kept_table *table = &samples->tables[FLC_KEPT_PARAMETERS];
    const flc_provenance *provenance = samples->study->provenance;
    static const char *const names[3] = {"quantity_distribution", "quantity_unit",
                                         "quantity_long_name"};
    static const char *const meanings[3] = {"the distribution it is drawn from", "its unit",
                                            "what it is"};
    if (table->columns == 0)
        return;
    for (size_t q = 0; q < table->columns; q++)
        texts[q] = flc_quantities_path(samples->study->quantities, (uint32_t)table->source[q]);
    flc_datafile_coordinate(file, "", "quantity", FLC_DATA_TEXT, texts, table->columns,
                            "path of the uncertain quantity in the study", NULL);
    for (int v = 0; v < 3; v++) {
        for (size_t q = 0; q < table->columns; q++) {
            const char *path =
                flc_quantities_path(samples->study->quantities, (uint32_t)table->source[q]);
            const flc_origin *origin = flc_provenance_find(provenance, path);
            const char *unit = !origin ? NULL : origin->unit ? origin->unit : origin->option->unit;
            const char *values[3] = {origin ? origin->distribution : NULL, unit,
                                     origin ? origin->option->description : NULL};
            texts[q] = values[v];
        }
        flc_datafile_variable(file, "", names[v], FLC_DATA_TEXT, "quantity", texts, meanings[v],
                              NULL);
    }
}

enum { NAME, PROGRAM, METRIC, MEMBER, UNIT, SENTENCE, LABELS };

static const char *label_text(const flc_samples *samples, size_t output, int which, char *name)
{
    const flc_metrics *metrics = &samples->study->metrics;
    const flc_output_label *label = &samples->labels[output];
    const flc_metric *metric = label->metric;
    switch (which) {
    case PROGRAM:
        return flc_model_program_key(metrics->model, label->program);
    case MEMBER:
        return metric && metric->member != FLC_MEMBER_NONE
                   ? flc_metrics_member_key(metrics, metric->member, label->member)
                   : "";
    case UNIT:
        return flc_metrics_label_unit(metrics, label);
    case SENTENCE:
        return flc_metrics_label_sentence(label);
    case METRIC:
        return flc_metrics_label_metric(label);
    default:
        flc_metrics_label_name(metrics, label, name, FLC_OUTPUT_NAME);
        return name;
    }
}

static void write_years(const flc_samples *samples, flc_datafile *file, int32_t *years)
{
    const struct flc_kept_table *table = &samples->tables[FLC_KEPT_OUTPUTS];
    const flc_model *model = samples->study->model;
    for (size_t c = 0; c < table->columns; c++) {
        const flc_output_label *label = &samples->labels[table->source[c]];
        years[c] = label->metric && label->metric->by_year
                       ? (int32_t)(flc_model_base_year(model) + (int64_t)label->year)
                       : 0;
    }
    flc_datafile_variable(file, "", "output_fiscal_year", FLC_DATA_INT32, "name", years,
                          "fiscal year of the output; 0: over the horizon", "1");
}

static void write_names(const flc_samples *samples, flc_datafile *file, const char **texts,
                        char (*names)[FLC_OUTPUT_NAME])
{
    static const char *const variables[LABELS] = {"name",          "output_program",
                                                  "output_metric", "output_member",
                                                  "output_unit",   "output_long_name"};
    static const char *const meanings[LABELS] = {
        "name of the output: program/output/source or outcome/fiscal year",
        "program of the output; portfolio is all of them together",
        "output, as in the result file",
        "match source or outcome of the output, if it is of one",
        "unit of the output",
        "what the output is"};
    const struct flc_kept_table *table = &samples->tables[FLC_KEPT_OUTPUTS];
    for (int which = NAME; which < LABELS; which++) {
        for (size_t c = 0; c < table->columns; c++)
            texts[c] = label_text(samples, table->source[c], which, names[c]);
        if (which == NAME)
            flc_datafile_coordinate(file, "", variables[which], FLC_DATA_TEXT, texts,
                                    table->columns, meanings[which], NULL);
        else
            flc_datafile_variable(file, "", variables[which], FLC_DATA_TEXT, "name", texts,
                                  meanings[which], NULL);
    }
}

static void make_tables(struct writer *writer)
{
    static const char *const dimensions[FLC_KEPT_TABLES] = {"sample quantity", "sample name"};
    static const char *const meanings[FLC_KEPT_TABLES] = {
        "value of each uncertain quantity in each sample, as used",
        "each output of each sample; NaN: undefined or refused, infinite: never"};
    static const char *const units[FLC_KEPT_TABLES] = {"as in quantity_unit", "as in output_unit"};
    static const char *const labels[FLC_KEPT_TABLES] = {
        "quantity_unit quantity_long_name",
        "output_program output_metric output_member output_fiscal_year output_unit "
        "output_long_name"};
    for (int t = 0; t < FLC_KEPT_TABLES; t++) {
        const struct flc_kept_table *table = &writer->samples->tables[t];
        const size_t chunk[2] = {FLC_STRIPE_SAMPLES, table->width};
        if (table->columns == 0)
            continue;
        writer->tables[t] = flc_datafile_table(writer->file, "", table_names[t], dimensions[t],
                                               chunk, table->level, meanings[t], units[t]);
        flc_datafile_attribute_text(writer->file, "", table_names[t], "coordinates", labels[t]);
    }
}

static flc_status write_front(struct writer *writer, flc_error *error)
{
    const flc_samples *samples = writer->samples;
    const flc_study *study = samples->study;
    const struct flc_kept_table *tables = samples->tables;
    const flc_facts facts = {"Every sample of a Monte Carlo run: uncertain quantities and outputs",
                             "Kept samples",
                             "fulcrum_samples_format",
                             FLC_SAMPLES_FORMAT,
                             samples->points,
                             writer->count};
    const size_t outputs = tables[FLC_KEPT_OUTPUTS].columns;
    const size_t quantities = tables[FLC_KEPT_PARAMETERS].columns;
    const char **texts = FLC_NEW(const char *, outputs > quantities ? outputs : quantities, error);
    char(*names)[FLC_OUTPUT_NAME] = flc_allocate(outputs, sizeof *names, error);
    int32_t *years = FLC_NEW(int32_t, outputs, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (texts && names && years) {
        flc_facts_write(study, &facts, writer->file);
        flc_datafile_attribute_text(writer->file, "", NULL, "identity", samples->identity);
        flc_datafile_dimension_growing(writer->file, "", "sample", (size_t)writer->count);
        write_quantities(samples, writer->file, texts);
        write_names(samples, writer->file, texts, names);
        write_years(samples, writer->file, years);
        flc_datafile_variable(
            writer->file, "study", "resolved", FLC_DATA_TEXT, "", &study->resolved,
            "the study with all defaults (YAML); its SHA-256 names the study", NULL);
        make_tables(writer);
        status = flc_datafile_status(writer->file, error);
    }
    flc_free(years);
    flc_free(names);
    flc_free(texts);
    return status;
}

/* ---- finishing ------------------------------------------------------------------------------- */

static flc_status write_file(struct writer *writer, const char *path, flc_error *error)
{
    flc_file *disk;
    flc_status status = flc_file_begin(&disk, path, error);
    if (status != FLC_OK)
        return status;
    if ((status = flc_datafile_create_in(&writer->file, disk, error)) == FLC_OK &&
        (status = write_front(writer, error)) == FLC_OK &&
        (status = copy_stripes(writer, error)) == FLC_OK)
        status = flc_datafile_close(writer->file, error);
    flc_datafile_free(writer->file);
    writer->file = NULL;
    if (status == FLC_OK)
        return flc_file_commit(disk, error);
    flc_file_free(disk);
    return status;
}

static void clear(struct writer *writer)
{
    for (size_t i = 0; i < writer->log_count; i++)
        if (writer->logs[i] != writer->own)
            flc_sample_log_free(writer->logs[i]);
    flc_free(writer->logs);
    old_close(&writer->old);
}

flc_status flc_samples_finish(flc_samples *samples, const char *path, uint64_t count,
                              const char *old, const char *const *logs, size_t log_count,
                              flc_error *error)
{
    struct writer writer = {.samples = samples, .count = count};
    writer.stripes = (count + FLC_STRIPE_SAMPLES - 1) / FLC_STRIPE_SAMPLES;
    writer.old.id = writer.old.tables[0] = writer.old.tables[1] = -1;
    flc_status status = open_logs(&writer, logs, log_count, error);
    if (status == FLC_OK && old)
        status = old_open(&writer.old, samples, old, count, error);
    cut_old(&writer);
    if (status == FLC_OK)
        status = check_stripes(&writer, error);
    if (status == FLC_OK)
        status = write_file(&writer, path, error);
    clear(&writer);
    return status;
}

bool flc_samples_are_in(flc_samples *samples, const char *path, uint64_t count)
{
    flc_error unread;
    struct old_file old = {.id = -1, .tables = {-1, -1}};
    bool there = old_open(&old, samples, path, count, &unread) == FLC_OK && old.samples == count;
    old_close(&old);
    return there;
}
