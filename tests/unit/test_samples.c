/* Kept samples: what is kept is what was evaluated, whoever packs it and however it came together;
 * nothing damaged passes, and no failure leaves a file under the final name. */
#include "support/assertions.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/datareader.h"
#include "store/sample_log.h"
#include "store/samples.h"

enum { STRIPE = FLC_STRIPE * FLC_BLOCK, SEED = 7, FILE_MOST = 1 << 24 };

static const char STUDY[] =
    "fulcrum: 1\n"
    "horizon: {base_year: 2025, years: 3}\n"
    "macro: {inflation: {mean: 0.02, volatility: 0.01}, discount_rate: {uniform: {min: 0, max: "
    "0.05}}}\n"
    "programs:\n"
    "  WILD:\n"
    "    instrument: grant\n"
    "    budget: {mode: share, plan: {2025: 10}, growth: {normal: {mean: 0.02, sd: 0.329}}}\n"
    "    units: {cohorts: [{start: 2020, count: 2}], size_dispersion: 0.4}\n"
    "    match: {required: 0.5, sources: {state: {ratio: {uniform: {min: 0.2, max: 0.9}}}}}\n"
    "    cost: {ratio: 1.5}\n"
    "    outcomes: {jobs: {unit: jobs, multiplier: 9, driver: federal}}\n"
    "  CALM:\n"
    "    instrument: fund\n"
    "    budget: {plan: {2025: 5, 2026: 0}, volatility: 0.2}\n"
    "    fund: {ratio: 2, hold: 2, multiple: {lognormal: {median: 1, p95: 4}}}\n"
    "    outcomes: {new_sales: {unit: USD million, multiplier: 2, driver: appropriation}}\n";

/* The same without anything uncertain: its log is small. */
static const char SURE[] = "fulcrum: 1\n"
                           "horizon: {base_year: 2025, years: 1}\n"
                           "programs:\n"
                           "  A:\n"
                           "    instrument: grant\n"
                           "    budget: {mode: share, plan: {2025: 10}}\n"
                           "    units: {cohorts: [{start: 2020, count: 1}]}\n"
                           "    cost: {ratio: 1.5}\n";

static char folder[] = "/tmp/fulcrum_samples_XXXXXX";
static flc_study *study, *sure;

static int enter(void **state)
{
    (void)state;
    flc_error error = {0};
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    if (flc_study_parse(&study, STUDY, strlen(STUDY), "study.yaml", &error) ||
        flc_study_parse(&sure, SURE, strlen(SURE), "sure.yaml", &error)) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    return 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    flc_study_free(study);
    flc_study_free(sure);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static int clean(void **state)
{
    (void)state;
    return system("rm -f ./*");
}

/* ---- a rank ---------------------------------------------------------------------------------- */

struct rank {
    flc_evaluator *evaluator;
    flc_samples *samples;
    flc_keeper keeper;
};

#define ASSERT_OK(call)                                                                            \
    do {                                                                                           \
        flc_error failure = {0};                                                                   \
        flc_error *why = &failure;                                                                 \
        if ((call) != FLC_OK)                                                                      \
            fail_msg("%s", failure.text);                                                          \
    } while (0)

static struct rank rank_of(const flc_study *of, const char *pattern)
{
    struct rank rank;
    rank.evaluator = flc_evaluator_create(of, SEED, flc_isa_select(), NULL);
    assert_non_null(rank.evaluator);
    ASSERT_OK(flc_samples_create(&rank.samples, of, rank.evaluator, SEED, &pattern, pattern ? 1 : 0,
                                 why));
    rank.keeper = flc_samples_keeper(rank.samples);
    return rank;
}

static void rank_free(struct rank *rank)
{
    flc_samples_free(rank->samples);
    flc_evaluator_free(rank->evaluator);
}

/* Pack a stripe of a run of `count` samples. */
static flc_status pack(struct rank *rank, uint64_t stripe, uint64_t count, const void **bytes,
                       size_t *length, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t part = 0; part < FLC_STRIPE && status == FLC_OK; part++) {
        const uint64_t first = stripe * STRIPE + part * FLC_BLOCK;
        if (first >= count)
            break;
        const size_t left = count - first < FLC_BLOCK ? (size_t)(count - first) : FLC_BLOCK;
        const double *outputs = flc_evaluator_block(rank->evaluator, first, NULL);
        status = rank->keeper.take(rank->keeper.context, outputs, part, left, error);
    }
    return status ? status : rank->keeper.pack(rank->keeper.context, bytes, length, error);
}

static flc_status keep_some(struct rank *rank, uint64_t begin, uint64_t end, uint64_t count,
                            flc_error *error)
{
    flc_status status = FLC_OK;
    for (uint64_t s = begin; s < end && status == FLC_OK; s++) {
        const void *bytes;
        size_t length;
        status = pack(rank, s, count, &bytes, &length, error);
        if (status == FLC_OK)
            status = rank->keeper.append(rank->keeper.context, s, bytes, length, error);
    }
    return status;
}

static uint64_t stripes_of(uint64_t count)
{
    return (count + STRIPE - 1) / STRIPE;
}

/* A log of stripes begin ... end - 1 of a run of `count` samples. */
static void write_log(const flc_study *of, const char *pattern, const char *log, uint64_t begin,
                      uint64_t end, uint64_t count)
{
    struct rank rank = rank_of(of, pattern);
    uint64_t length;
    ASSERT_OK(flc_samples_begin(rank.samples, log, why));
    ASSERT_OK(keep_some(&rank, begin, end, count, why));
    ASSERT_OK(rank.keeper.sync(rank.keeper.context, &length, why));
    rank_free(&rank);
}

static flc_status finish(const flc_study *of, const char *pattern, const char *path, uint64_t count,
                         const char *old, const char *const *logs, size_t log_count,
                         flc_error *error)
{
    flc_samples *samples = NULL;
    ASSERT_OK(flc_samples_create(&samples, of, NULL, SEED, &pattern, pattern ? 1 : 0, why));
    flc_status status = flc_samples_finish(samples, path, count, old, logs, log_count, error);
    flc_samples_free(samples);
    return status;
}

/* All of a run in one go. */
static void write_whole(const char *pattern, const char *path, uint64_t count)
{
    const char *log = "whole.samples.partial";
    write_log(study, pattern, log, 0, stripes_of(count), count);
    ASSERT_OK(finish(study, pattern, path, count, NULL, &log, 1, why));
    assert_int_equal(unlink(log), 0);
}

static void assert_same_files(const char *a, const char *b)
{
    char *first, *second;
    size_t first_length, second_length;
    ASSERT_OK(flc_file_read(&first, &first_length, a, FILE_MOST, why));
    ASSERT_OK(flc_file_read(&second, &second_length, b, FILE_MOST, why));
    assert_int_equal(first_length, second_length);
    assert_memory_equal(first, second, first_length);
    flc_free(first);
    flc_free(second);
}

static size_t size_of(const char *path)
{
    char *bytes;
    size_t length;
    ASSERT_OK(flc_file_read(&bytes, &length, path, FILE_MOST, why));
    flc_free(bytes);
    return length;
}

static void assert_fails(flc_status status, flc_status expected, const flc_error *error,
                         const char *words)
{
    if (status != expected || !strstr(error->text, words))
        fail_msg("status %d, '%s', without '%s'", (int)status, error->text, words);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static void every_output_has_the_name_that_finds_it(void **state)
{
    (void)state;
    const flc_metrics *metrics = &study->metrics;
    const size_t outputs = flc_metrics_outputs(metrics);
    flc_output_label *labels = FLC_NEW(flc_output_label, outputs, NULL);
    size_t checks = 0;
    flc_metrics_labels(metrics, labels);
    for (size_t o = 0; o < outputs; o++) {
        char name[FLC_OUTPUT_NAME];
        size_t found;
        flc_metrics_label_name(metrics, &labels[o], name, sizeof name);
        assert_true(strlen(flc_metrics_label_unit(metrics, &labels[o])) > 0);
        assert_true(strlen(flc_metrics_label_sentence(&labels[o])) > 8);
        if (!labels[o].metric) {
            checks++;
            continue;
        }
        ASSERT_OK(flc_metrics_find(metrics, &found, name, FLC_NO_FISCAL_YEAR, why));
        assert_int_equal(found, o);
    }
    assert_int_equal(checks, FLC_CHECKS * 3);
    flc_free(labels);
}

/* Every number of a file against an evaluation of its own; `columns` of all outputs are kept. */
static void assert_holds_samples(const char *path, uint64_t count)
{
    flc_datareader *reader;
    ASSERT_OK(flc_datareader_open(&reader, path, why));
    assert_true(flc_datareader_sealed(reader));
    const flc_data_object *output = flc_datareader_find(reader, "output");
    const flc_data_object *parameter = flc_datareader_find(reader, "parameter");
    assert_int_equal(output->size[0], count);
    assert_string_equal(output->dimension[0], "sample");
    assert_string_equal(output->dimension[1], "name");
    assert_string_equal(parameter->dimension[1], "quantity");
    const double *outputs = flc_datareader_doubles(reader, "output", NULL);
    const double *parameters = flc_datareader_doubles(reader, "parameter", NULL);
    const char *const *names = flc_datareader_texts(reader, "name", NULL);
    flc_evaluator *evaluator = flc_evaluator_create(study, SEED, flc_isa_select(), NULL);
    size_t undefined = 0, columns = output->size[1];
    for (uint64_t i = 0; i < count; i++) {
        const double *lanes = flc_evaluator_block(evaluator, i, NULL);
        for (size_t c = 0; c < columns; c++) {
            size_t o = c;
            if (columns != flc_metrics_outputs(&study->metrics))
                ASSERT_OK(flc_metrics_find(&study->metrics, &o, names[c], 0, why));
            const double expected = lanes[o * FLC_BLOCK];
            ASSERT_SAME_BITS(outputs[i * columns + c], isnan(expected) ? (double)NAN : expected);
            undefined += isnan(expected) != 0;
        }
        for (size_t q = 0; q < parameter->size[1]; q++)
            ASSERT_SAME_BITS(
                parameters[i * parameter->size[1] + q],
                flc_evaluator_values(
                    evaluator)[flc_quantities_sampled_row(study->quantities, q) * FLC_BLOCK]);
    }
    assert_true(undefined > 0);
    flc_evaluator_free(evaluator);
    flc_datareader_free(reader);
}

static void what_is_kept_is_what_was_evaluated(void **state)
{
    (void)state;
    write_whole(NULL, "run.samples.h5", STRIPE + 300);
    assert_holds_samples("run.samples.h5", STRIPE + 300);
}

static void any_number_of_samples_can_be_kept(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1, FLC_BLOCK - 1, FLC_BLOCK, FLC_BLOCK + 1, STRIPE};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        write_whole("*/leverage_ratio", "run.samples.h5", counts[i]);
        flc_datareader *reader;
        ASSERT_OK(flc_datareader_open(&reader, "run.samples.h5", why));
        assert_int_equal(flc_datareader_find(reader, "output")->size[0], counts[i]);
        assert_int_equal(flc_datareader_find(reader, "output")->size[1], 3);
        flc_datareader_free(reader);
    }
}

/* ---- however it came together ---------------------------------------------------------------- */

static void who_packs_changes_no_byte(void **state)
{
    (void)state;
    const uint64_t count = 5 * STRIPE + 77;
    struct rank ranks[3] = {rank_of(study, NULL), rank_of(study, NULL), rank_of(study, NULL)};
    write_whole(NULL, "one.samples.h5", count);
    ASSERT_OK(flc_samples_begin(ranks[0].samples, "log", why));
    for (uint64_t s = 0; s < stripes_of(count); s++) {
        const void *bytes;
        size_t length;
        ASSERT_OK(pack(&ranks[(2 * s + 1) % 3], s, count, &bytes, &length, why));
        ASSERT_OK(ranks[0].keeper.append(ranks[0].keeper.context, s, bytes, length, why));
    }
    ASSERT_OK(flc_samples_finish(ranks[0].samples, "three.samples.h5", count, NULL, NULL, 0, why));
    assert_same_files("one.samples.h5", "three.samples.h5");
    ASSERT_OK(flc_samples_remove_log(ranks[0].samples, why));
    assert_int_not_equal(access("log", F_OK), 0);
    for (int r = 0; r < 3; r++)
        rank_free(&ranks[r]);
}

static void a_resumed_log_gives_the_same_file(void **state)
{
    (void)state;
    const uint64_t count = 3 * STRIPE + 10;
    write_whole("WILD/*", "one.samples.h5", count);
    for (uint64_t kept = 0; kept <= 3; kept++) {
        struct rank first = rank_of(study, "WILD/*"), second = rank_of(study, "WILD/*");
        uint64_t length;
        ASSERT_OK(flc_samples_begin(first.samples, "log", why));
        ASSERT_OK(keep_some(&first, 0, kept, count, why));
        ASSERT_OK(first.keeper.sync(first.keeper.context, &length, why));
        ASSERT_OK(keep_some(&first, kept, 4, count, why)); /* lost with the kill */
        ASSERT_OK(flc_samples_resume(second.samples, "log", length, why));
        assert_int_equal(flc_samples_next(second.samples), kept);
        assert_int_equal(size_of("log"), length);
        ASSERT_OK(keep_some(&second, kept, 4, count, why));
        ASSERT_OK(flc_samples_finish(second.samples, "two.samples.h5", count, NULL, NULL, 0, why));
        assert_same_files("one.samples.h5", "two.samples.h5");
        rank_free(&first);
        rank_free(&second);
    }
}

static void shards_in_any_order_give_the_same_file(void **state)
{
    (void)state;
    const uint64_t count = 4 * STRIPE + 500;
    static const char *const orders[][4] = {{"a", "b", "c", "d"}, {"c", "d", "a", "b"}};
    write_whole(NULL, "one.samples.h5", count);
    write_log(study, NULL, "a", 0, 2, count);
    write_log(study, NULL, "b", 2, 2, count); /* a shard without stripes */
    write_log(study, NULL, "c", 2, 3, count);
    write_log(study, NULL, "d", 3, 5, count);
    for (int i = 0; i < 2; i++) {
        flc_samples *samples;
        ASSERT_OK(flc_samples_create_like(&samples, study, NULL, SEED, orders[i][0], why));
        ASSERT_OK(flc_samples_finish(samples, "two.samples.h5", count, NULL, orders[i], 4, why));
        assert_same_files("one.samples.h5", "two.samples.h5");
        flc_samples_free(samples);
    }
}

static void missing_and_doubled_stripes_are_named(void **state)
{
    (void)state;
    const uint64_t count = 4 * STRIPE;
    flc_error error;
    const struct {
        const char *logs[3];
        uint64_t count;
        const char *words;
    } cases[] = {
        {{"a", "c"}, count, "samples 1536 to 2303 (stripes 2 to 2) were kept in none"},
        {{"b", "c"}, count, "stripes 0 to 1"},
        {{"a", "b"}, count, "stripes 3 to 3"},
        {{"a", "b", "a"}, count, "a: stripes 0 to 1 of samples are also in another"},
        {{"a", "b", "c"}, 3 * STRIPE, "c: has stripe 3 of samples, and a run of 2304"},
        {{"a", "b", "c"}, count - 1, "c: stripe 3 has 768 samples, where a run of 3071 has 767"},
        {{"a", "b", "c"}, count + 1, "stripes 4 to 4"},
    };
    write_log(study, "CALM/*", "a", 0, 2, count);
    write_log(study, "CALM/*", "b", 2, 3, count);
    write_log(study, "CALM/*", "c", 3, 4, count);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t logs = cases[i].logs[2] ? 3 : 2;
        flc_status status =
            finish(study, "CALM/*", "out.h5", cases[i].count, NULL, cases[i].logs, logs, &error);
        assert_fails(status, FLC_ERROR_STUDY, &error, cases[i].words);
        assert_int_not_equal(access("out.h5", F_OK), 0);
    }
}

static void an_extended_file_is_that_of_the_longer_run(void **state)
{
    (void)state;
    const uint64_t counts[] = {10, STRIPE, STRIPE + 300, 2 * STRIPE, 2 * STRIPE + 1};
    const char *log = "more";
    for (size_t i = 0; i + 1 < sizeof counts / sizeof *counts; i++) {
        const uint64_t now = counts[i], then = counts[i + 1];
        write_whole(NULL, "run.samples.h5", now);
        write_whole(NULL, "longer.samples.h5", then);
        write_log(study, NULL, log, now / STRIPE, stripes_of(then), then);
        for (int again = 0; again < 2; again++) { /* killed before the result was written */
            ASSERT_OK(finish(study, NULL, "run.samples.h5", then, "run.samples.h5", &log, 1, why));
            assert_same_files("run.samples.h5", "longer.samples.h5");
        }
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void samples_of_another_run_are_refused(void **state)
{
    (void)state;
    flc_error error;
    flc_samples *samples;
    const char *log = "log", *keep = "WILD/npv";
    write_log(study, "WILD/npv", log, 0, 1, STRIPE);
    ASSERT_OK(finish(study, keep, "run.samples.h5", STRIPE, NULL, &log, 1, why));
    assert_fails(finish(study, "WILD/n*", "out.h5", STRIPE, NULL, &log, 1, &error), FLC_ERROR_STUDY,
                 &error,
                 "log: holds samples of another run: there 'keep WILD/npv', here 'keep "
                 "WILD/n*'");
    assert_fails(finish(study, "WILD/n*", "out.h5", STRIPE, "run.samples.h5", NULL, 0, &error),
                 FLC_ERROR_STUDY, &error, "run.samples.h5: holds samples of another run");
    ASSERT_OK(flc_samples_create(&samples, study, NULL, SEED + 1, &keep, 1, why));
    assert_fails(flc_samples_resume(samples, log, 0, &error), FLC_ERROR_STUDY, &error, "log: has ");
    assert_fails(flc_samples_finish(samples, "out.h5", STRIPE, NULL, &log, 1, &error),
                 FLC_ERROR_STUDY, &error, "there 'seed 7', here 'seed 8'");
    flc_samples_free(samples);
    assert_fails(flc_samples_create_like(&samples, sure, NULL, SEED, log, &error), FLC_ERROR_USAGE,
                 &error, "--keep 'WILD/npv'");
    assert_fails(finish(study, keep, "out.h5", STRIPE - 1, "run.samples.h5", NULL, 0, &error),
                 FLC_ERROR_STUDY, &error, "has 768 samples already, more than the 767");
    assert_fails(finish(study, keep, "out.h5", STRIPE, "absent", NULL, 0, &error), FLC_ERROR_INPUT,
                 &error, "absent: cannot open: No such file");
    assert_fails(finish(study, keep, "out.h5", STRIPE, log, NULL, 0, &error), FLC_ERROR_STUDY,
                 &error, "log: is damaged, or was changed");
    assert_int_not_equal(access("out.h5", F_OK), 0);
    assert_int_not_equal(access("absent", F_OK), 0);
}

static void put(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* All that reading a log checks, without a file made of it. */
static flc_status read_log(const char *path, uint64_t *stripes, flc_error *error)
{
    flc_sample_log *log;
    const unsigned char *bytes;
    size_t length;
    flc_status status = flc_sample_log_open(&log, path, error);
    if (status != FLC_OK)
        return status;
    *stripes = flc_sample_log_end(log) - flc_sample_log_begin(log);
    for (uint64_t s = 0; s < *stripes && status == FLC_OK; s++)
        status = flc_sample_log_read(log, &bytes, &length, error);
    flc_sample_log_free(log);
    return status;
}

static void no_truncated_log_passes(void **state)
{
    (void)state;
    char *bytes;
    size_t length, whole = 0;
    flc_error error;
    write_log(sure, "A/refused", "log", 0, 3, 3 * STRIPE);
    ASSERT_OK(flc_file_read(&bytes, &length, "log", FILE_MOST, why));
    for (size_t cut = 0; cut < length; cut++) {
        const char *log = "cut";
        uint64_t stripes = 0;
        put(log, bytes, cut);
        flc_status status = read_log(log, &stripes, &error);
        whole += status == FLC_OK;
        if (status == FLC_OK)
            assert_true(stripes < 3);
        else
            assert_fails(status, FLC_ERROR_STUDY, &error, "cut: damaged at byte");
        if (status == FLC_OK || cut % 50 == 0)
            assert_int_equal(finish(sure, "A/refused", "out.h5", 3 * STRIPE, NULL, &log, 1, &error),
                             FLC_ERROR_STUDY);
    }
    assert_int_equal(whole, 3); /* at the ends of stripes, of which finishing misses the others */
    assert_int_not_equal(access("out.h5", F_OK), 0);
    flc_free(bytes);
}

static void a_log_is_resumed_at_ends_of_stripes_only(void **state)
{
    (void)state;
    char *bytes;
    size_t length, good = 0;
    flc_error error;
    flc_samples *samples;
    const char *keep = "A/refused";
    write_log(sure, keep, "log", 0, 3, 3 * STRIPE);
    ASSERT_OK(flc_file_read(&bytes, &length, "log", FILE_MOST, why));
    for (size_t at = 0; at <= length + 1; at++) {
        put("log", bytes, length);
        ASSERT_OK(flc_samples_create(&samples, sure, NULL, SEED, &keep, 1, why));
        flc_status status = flc_samples_resume(samples, "log", at, &error);
        good += status == FLC_OK;
        if (status == FLC_OK)
            assert_int_equal(flc_samples_next(samples), good - 1);
        else
            assert_int_equal(status, FLC_ERROR_STUDY);
        flc_samples_free(samples);
    }
    assert_int_equal(good, 4);
    flc_free(bytes);
}

static void no_flipped_bit_of_a_log_passes(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    flc_error error;
    uint64_t stripes;
    write_log(sure, "A/refused", "log", 4, 6, 6 * STRIPE);
    ASSERT_OK(read_log("log", &stripes, why));
    assert_int_equal(stripes, 2);
    ASSERT_OK(flc_file_read(&bytes, &length, "log", FILE_MOST, why));
    assert_true(length < 2000);
    flc_file *file;
    ASSERT_OK(flc_file_open(&file, "log", true, why));
    for (size_t bit = 0; bit < 8 * length; bit++) {
        const char flipped = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        ASSERT_OK(flc_file_put(file, bit / 8, &flipped, 1, why));
        assert_int_equal(read_log("log", &stripes, &error), FLC_ERROR_STUDY);
        ASSERT_OK(flc_file_put(file, bit / 8, &bytes[bit / 8], 1, why));
    }
    ASSERT_OK(read_log("log", &stripes, why));
    flc_file_free(file);
    flc_free(bytes);
}

static void no_damaged_file_is_extended(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    flc_error error;
    const char *log = "more";
    write_log(sure, NULL, "log", 0, 2, 2 * STRIPE);
    const char *first = "log";
    ASSERT_OK(finish(sure, NULL, "run.samples.h5", 2 * STRIPE, NULL, &first, 1, why));
    write_log(sure, NULL, log, 2, 3, 3 * STRIPE);
    ASSERT_OK(flc_file_read(&bytes, &length, "run.samples.h5", FILE_MOST, why));
    for (size_t at = 0; at < length; at += 101) {
        bytes[at] ^= 16;
        put("old", bytes, length);
        assert_int_equal(finish(sure, NULL, "out.h5", 3 * STRIPE, "old", &log, 1, &error),
                         FLC_ERROR_STUDY);
        bytes[at] ^= 16;
    }
    for (size_t cut = 0; cut < length; cut += 509) {
        put("old", bytes, cut);
        assert_int_equal(finish(sure, NULL, "out.h5", 3 * STRIPE, "old", &log, 1, &error),
                         FLC_ERROR_STUDY);
    }
    assert_int_not_equal(access("out.h5", F_OK), 0);
    flc_free(bytes);
}

/* ---- failures -------------------------------------------------------------------------------- */

static size_t files_in_folder(void)
{
    FILE *list = popen("ls -A | wc -l", "r");
    size_t count = 0;
    assert_int_equal(fscanf(list, "%zu", &count), 1);
    pclose(list);
    return count;
}

/* Create, every write, sync, close, rename, sync of the folder: each is made to fail once. */
static void any_failed_write_leaves_no_file(void **state)
{
    (void)state;
    static const int codes[] = {ENOSPC, EDQUOT, EIO};
    const char *log = "log";
    const uint64_t count = 2 * STRIPE + 5;
    write_log(study, "*/npv", log, 0, 3, count);
    write_whole("*/npv", "good", count);
    long n = 1;
    for (flc_status status = FLC_ERROR_OUTPUT; status != FLC_OK; n++) {
        flc_error error = {0};
        const int code = codes[n % 3];
        flc_file_fail_after(n, code);
        status = finish(study, "*/npv", "out.h5", count, NULL, &log, 1, &error);
        flc_file_fail_after(0, 0);
        const bool renamed = strstr(error.text, "its folder cannot be synced") != NULL;
        assert_int_equal(files_in_folder(), status == FLC_OK || renamed ? 3 : 2);
        if (status != FLC_OK) {
            assert_fails(status, FLC_ERROR_OUTPUT, &error, "out.h5: ");
            assert_fails(status, FLC_ERROR_OUTPUT, &error, strerror(code));
        } else {
            assert_same_files("good", "out.h5");
        }
        unlink("out.h5");
    }
    assert_true(n > 12);
}

static void a_failed_write_of_the_log_is_told_and_kept(void **state)
{
    (void)state;
    long n = 1;
    for (flc_status status = FLC_ERROR_OUTPUT; status != FLC_OK; n++) {
        struct rank rank = rank_of(study, "*/npv");
        flc_error error = {0};
        uint64_t length;
        flc_file_fail_after(n, ENOSPC);
        status = flc_samples_begin(rank.samples, "log", &error);
        if (status == FLC_OK)
            status = keep_some(&rank, 0, 2, 2 * STRIPE, &error);
        if (status == FLC_OK)
            status = rank.keeper.sync(rank.keeper.context, &length, &error);
        flc_file_fail_after(0, 0);
        if (status != FLC_OK)
            assert_fails(status, FLC_ERROR_OUTPUT, &error, "log: cannot write: No space left");
        rank_free(&rank);
    }
    assert_int_equal(n, 9); /* cut, front, two stripes of two, sync */
}

static flc_status whole_with(const char *path, flc_error *error)
{
    const char *keep = "*/npv";
    flc_evaluator *evaluator = NULL;
    flc_samples *samples = NULL;
    flc_status status = FLC_ERROR_MEMORY;
    if ((evaluator = flc_evaluator_create(study, SEED, flc_isa_select(), error)))
        status = flc_samples_create(&samples, study, evaluator, SEED, &keep, 1, error);
    struct rank rank = {evaluator, samples, {0}};
    if (status == FLC_OK) {
        rank.keeper = flc_samples_keeper(samples);
        status = flc_samples_begin(samples, "log", error);
    }
    if (status == FLC_OK)
        status = keep_some(&rank, 0, 1, STRIPE, error);
    if (status == FLC_OK)
        status = flc_samples_finish(samples, path, STRIPE, NULL, NULL, 0, error);
    rank_free(&rank);
    return status;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    flc_status status = FLC_ERROR_MEMORY;
    long n = 1;
    for (; status != FLC_OK; n++) {
        flc_error error = {0};
        flc_memory_fail_after(n);
        status = whole_with("out.h5", &error);
        flc_memory_fail_after(0);
        if (status != FLC_OK)
            assert_int_not_equal(access("out.h5", F_OK), 0);
    }
    assert_true(n > 30);
}

static void what_cannot_be_written_anywhere_is_refused(void **state)
{
    (void)state;
    flc_error error;
    const char *log = "log";
    write_log(sure, NULL, log, 0, 1, 5);
    assert_fails(finish(sure, NULL, "/dev/null", 5, NULL, &log, 1, &error), FLC_ERROR_OUTPUT,
                 &error, "/dev/null: this is a device or pipe");
    assert_fails(finish(sure, NULL, "absent/out.h5", 5, NULL, &log, 1, &error), FLC_ERROR_OUTPUT,
                 &error, "create the folder first");
}

/* ---- choosing and sizes ---------------------------------------------------------------------- */

static size_t kept(const char *const *patterns, size_t count)
{
    flc_samples *samples;
    ASSERT_OK(flc_samples_create(&samples, study, NULL, SEED, patterns, count, why));
    const flc_samples_size size = flc_samples_bytes(samples);
    assert_int_equal(size.parameters, 4);
    assert_int_equal(size.sample_bytes, 8 * (size.parameters + size.outputs));
    assert_true(size.rank_bytes >= 2 * STRIPE * size.sample_bytes);
    flc_samples_free(samples);
    return size.outputs;
}

static void patterns_choose_outputs(void **state)
{
    (void)state;
    const char *const programs[] = {"WILD/*", "CALM/*", "portfolio/*"};
    const char *const twice[] = {"*/npv", "*/npv", "WILD/npv"};
    const char *const years[] = {"*/2026"};
    const char *const one[] = {"WILD/outcome_gross/jobs/2027"};
    assert_int_equal(kept(programs, 3), flc_metrics_outputs(&study->metrics));
    assert_int_equal(kept(NULL, 0), flc_metrics_outputs(&study->metrics));
    assert_int_equal(kept(twice, 3), 3);
    assert_int_equal(kept(one, 1), 1);
    assert_true(kept(years, 1) > 80);
}

static void a_pattern_without_a_match_is_an_error_that_helps(void **state)
{
    (void)state;
    const struct {
        const char *pattern, *words;
    } cases[] = {{"*/leverage_ration", "did you mean 'leverage_ratio' for 'leverage_ration'?"},
                 {"WIDL/*", "did you mean 'WILD' for 'WIDL'?"},
                 {"WILD/outcome_gross/job/*", "did you mean 'jobs' for 'job'?"},
                 {"WILD/npv/2026", "outputs are named like"},
                 {"", "outputs are named like"},
                 {"*zzz*", "outputs are named like"},
                 {"a\nb", "one line"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_error error;
        flc_samples *samples;
        flc_status status =
            flc_samples_create(&samples, study, NULL, SEED, &cases[i].pattern, 1, &error);
        assert_fails(status, FLC_ERROR_USAGE, &error, cases[i].words);
        assert_null(samples);
    }
}

static void parts_out_of_order_are_our_mistake(void **state)
{
    (void)state;
    struct rank rank = rank_of(study, "*/npv");
    flc_error error;
    const double *outputs = flc_evaluator_block(rank.evaluator, 0, NULL);
    ASSERT_OK(rank.keeper.take(rank.keeper.context, outputs, 0, FLC_BLOCK, why));
    assert_fails(rank.keeper.take(rank.keeper.context, outputs, 2, FLC_BLOCK, &error),
                 FLC_ERROR_INTERNAL, &error, "out of order");
    ASSERT_OK(flc_samples_begin(rank.samples, "log", why));
    ASSERT_OK(keep_some(&rank, 3, 4, 9 * STRIPE, why));
    assert_fails(keep_some(&rank, 5, 6, 9 * STRIPE, &error), FLC_ERROR_STUDY, &error,
                 "stripe 5 of samples comes behind stripe 3");
    rank_free(&rank);
}

static void the_path_is_that_of_the_result(void **state)
{
    (void)state;
    char path[20];
    ASSERT_OK(flc_samples_path(path, sizeof path, "a/run.h5", ".samples.h5", why));
    assert_string_equal(path, "a/run.samples.h5");
    ASSERT_OK(flc_samples_path(path, sizeof path, "run", ".samples", why));
    assert_string_equal(path, "run.samples");
    assert_int_equal(flc_samples_path(path, sizeof path, "a/longer_.h5", ".samples.h5", NULL),
                     FLC_ERROR_OUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_output_has_the_name_that_finds_it),
        cmocka_unit_test_teardown(what_is_kept_is_what_was_evaluated, clean),
        cmocka_unit_test_teardown(any_number_of_samples_can_be_kept, clean),
        cmocka_unit_test_teardown(who_packs_changes_no_byte, clean),
        cmocka_unit_test_teardown(a_resumed_log_gives_the_same_file, clean),
        cmocka_unit_test_teardown(shards_in_any_order_give_the_same_file, clean),
        cmocka_unit_test_teardown(missing_and_doubled_stripes_are_named, clean),
        cmocka_unit_test_teardown(an_extended_file_is_that_of_the_longer_run, clean),
        cmocka_unit_test_teardown(samples_of_another_run_are_refused, clean),
        cmocka_unit_test_teardown(no_truncated_log_passes, clean),
        cmocka_unit_test_teardown(a_log_is_resumed_at_ends_of_stripes_only, clean),
        cmocka_unit_test_teardown(no_flipped_bit_of_a_log_passes, clean),
        cmocka_unit_test_teardown(no_damaged_file_is_extended, clean),
        cmocka_unit_test_teardown(any_failed_write_leaves_no_file, clean),
        cmocka_unit_test_teardown(a_failed_write_of_the_log_is_told_and_kept, clean),
        cmocka_unit_test_teardown(any_allocation_may_fail, clean),
        cmocka_unit_test_teardown(what_cannot_be_written_anywhere_is_refused, clean),
        cmocka_unit_test(patterns_choose_outputs),
        cmocka_unit_test(a_pattern_without_a_match_is_an_error_that_helps),
        cmocka_unit_test_teardown(parts_out_of_order_are_our_mistake, clean),
        cmocka_unit_test(the_path_is_that_of_the_result),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
