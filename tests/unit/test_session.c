/* Sessions of the library: whoever evaluates which blocks, in which order, in how many sessions and
 * processes, the state and the file are the same; what is asked wrongly is refused and changes
 * nothing. That the file is that of `fulcrum run` is shown by tests/library. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "fulcrum/fulcrum.h"
#include "support/assertions.h"

enum { SAMPLES = 5 * FLC_SESSION_BLOCK + 40, PATH = 64 };

static const char study[] =
    "fulcrum: 1\n"
    "horizon: {base_year: 2025, years: 4}\n"
    "macro: {inflation: {mean: 0.023}, discount_rate: 0.03}\n"
    "programs:\n"
    "  A:\n"
    "    instrument: grant\n"
    "    budget: {mode: share, plan: {2025: 40}, growth: {normal: {mean: 0.02, sd: 0.01}}}\n"
    "    units: {cohorts: [{start: 2015, count: 3}]}\n"
    "    match: {required: 1.0, sources: {state: {ratio: {uniform: {min: 0.5, max: 1.2}},\n"
    "      volatility: 0.15}}}\n"
    "    cost: {ratio: 2.2}\n"
    "    outcomes: {jobs: {multiplier: 10, driver: federal}}\n"
    "targets: [{output: A/leverage_ratio, at_least: 0.8}]\n";

static flc_session_options options_of(uint64_t samples)
{
    flc_session_options options;
    flc_session_options_init(&options, sizeof options);
    options.text = study;
    options.text_length = sizeof study - 1;
    options.samples = samples;
    return options;
}

static flc_session *open_with(const flc_session_options *options)
{
    flc_session *session;
    flc_error error = {FLC_OK, ""};
    flc_status status = flc_session_open(&session, options, &error);
    if (status)
        fail_msg("%s", error.text);
    assert_non_null(session);
    return session;
}

static flc_session *open_part(uint64_t samples, uint64_t part, uint64_t parts)
{
    flc_session_options options = options_of(samples);
    options.part = part;
    options.parts = parts;
    return open_with(&options);
}

#define OK(call)                                                                                   \
    do {                                                                                           \
        flc_error heard = {FLC_OK, ""}, *error = &heard;                                           \
        if ((call) != FLC_OK)                                                                      \
            fail_msg("%s", heard.text);                                                            \
    } while (0)

/* The call fails with this status, and says this. */
#define REFUSED(expected, said, call)                                                              \
    do {                                                                                           \
        flc_error heard = {FLC_OK, ""}, *error = &heard;                                           \
        assert_int_equal(expected, call);                                                          \
        assert_int_equal(expected, heard.status);                                                  \
        if (!strstr(heard.text, said))                                                             \
            fail_msg("'%s' does not say '%s'", heard.text, said);                                  \
    } while (0)

/* Evaluate and take in up to `most` blocks; how many there were. */
static uint64_t go_on(flc_session *session, uint64_t most)
{
    const flc_session_block *block;
    for (uint64_t done = 0; done < most; done++) {
        OK(flc_session_next(session, &block, error));
        if (!block)
            return done;
        OK(flc_session_accumulate(session, error));
    }
    return most;
}

static size_t output_named(const flc_session *session, const char *name)
{
    size_t output = 0;
    OK(flc_session_find_output(session, &output, name, error));
    return output;
}

static void assert_same_state(flc_session *a, flc_session *b)
{
    const void *bytes_a, *bytes_b;
    size_t length_a, length_b;
    OK(flc_session_state(a, &bytes_a, &length_a, error));
    OK(flc_session_state(b, &bytes_b, &length_b, error));
    assert_int_equal(length_a, length_b);
    assert_memory_equal(bytes_a, bytes_b, length_a);
}

static void merge_from(flc_session *session, flc_session *other)
{
    const void *bytes;
    size_t length;
    OK(flc_session_state(other, &bytes, &length, error));
    OK(flc_session_merge(session, bytes, length, error));
}

/* The bytes of the result file that the session makes. */
static char *result_of(flc_session *session, size_t *length)
{
    char path[PATH] = "/tmp/fulcrum-test-XXXXXX", *bytes = NULL;
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    close(handle);
    OK(flc_session_save(session, path, error));
    OK(flc_file_read(&bytes, length, path, SIZE_MAX / 4, error));
    unlink(path);
    return bytes;
}

static void assert_same_result(flc_session *a, flc_session *b)
{
    size_t length_a, length_b;
    char *bytes_a = result_of(a, &length_a), *bytes_b = result_of(b, &length_b);
    assert_int_equal(length_a, length_b);
    assert_memory_equal(bytes_a, bytes_b, length_a);
    flc_free(bytes_a);
    flc_free(bytes_b);
}

static flc_session *whole_run(void)
{
    flc_session *session = open_part(SAMPLES, 0, 1);
    assert_int_equal(6, go_on(session, UINT64_MAX));
    return session;
}

/* ---- the same whatever the way --------------------------------------------------------------- */

static void a_run_gives_every_sample_once(void **state)
{
    (void)state;
    const flc_session_block *block;
    flc_session *session = open_part(SAMPLES, 0, 1);
    for (uint64_t first = 0; first < SAMPLES; first += FLC_SESSION_BLOCK) {
        OK(flc_session_next(session, &block, error));
        assert_int_equal(first, block->first);
        assert_int_equal(SAMPLES - first < FLC_SESSION_BLOCK ? SAMPLES - first : FLC_SESSION_BLOCK,
                         block->count);
        OK(flc_session_accumulate(session, error));
        assert_int_equal(first + block->count, flc_session_accumulated(session));
    }
    for (int again = 0; again < 2; again++) {
        OK(flc_session_next(session, &block, error));
        assert_null(block);
    }
    assert_int_equal(SAMPLES, flc_session_samples(session));
    flc_session_free(session);
}

static void parts_merged_are_the_whole(void **state)
{
    (void)state;
    for (uint64_t parts = 1; parts <= 7; parts += 2) {
        flc_session *whole = whole_run(), *joined = open_part(SAMPLES, 0, parts);
        uint64_t blocks = go_on(joined, UINT64_MAX);
        for (uint64_t part = parts; part-- > 1;) {
            flc_session *other = open_part(SAMPLES, part, parts);
            blocks += go_on(other, UINT64_MAX);
            merge_from(joined, other);
            flc_session_free(other);
        }
        assert_int_equal(6, blocks);
        assert_same_state(whole, joined);
        assert_same_result(whole, joined);
        assert_int_equal(SAMPLES, flc_session_accumulated(joined));
        flc_session_free(joined);
        flc_session_free(whole);
    }
}

static void blocks_in_any_order_are_the_whole(void **state)
{
    (void)state;
    static const uint64_t orders[][6] = {
        {5, 4, 3, 2, 1, 0}, {5, 0, 4, 1, 3, 2}, {2, 5, 0, 1, 4, 3}};
    flc_session *whole = whole_run();
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        flc_session *session = open_part(SAMPLES, 0, 1);
        for (size_t i = 0; i < 6; i++) {
            OK(flc_session_seek(session, orders[o][i] * FLC_SESSION_BLOCK, error));
            assert_int_equal(1, go_on(session, 1));
        }
        assert_int_equal(SAMPLES, flc_session_accumulated(session));
        assert_same_state(whole, session);
        assert_same_result(whole, session);
        flc_session_free(session);
    }
    flc_session_free(whole);
}

static void a_run_goes_on_from_its_state(void **state)
{
    (void)state;
    flc_session *whole = whole_run();
    for (uint64_t cut = 0; cut <= 6; cut += 2) {
        char path[PATH] = "/tmp/fulcrum-test-XXXXXX";
        int handle = mkstemp(path);
        assert_true(handle >= 0);
        close(handle);
        flc_session *before = open_part(SAMPLES, 0, 1), *after = open_part(SAMPLES, 0, 1);
        go_on(before, cut);
        OK(flc_session_save_state(before, path, error));
        OK(flc_session_merge_file(after, path, error));
        unlink(path);
        flc_session_free(before);
        go_on(after, UINT64_MAX);
        assert_same_result(whole, after);
        flc_session_free(after);
    }
    flc_session_free(whole);
}

/* A longer run begins with the shorter one, whose result holds its state. */
static void a_result_is_extended(void **state)
{
    (void)state;
    char path[PATH] = "/tmp/fulcrum-test-XXXXXX";
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    close(handle);
    flc_session *shorter = open_part(2 * FLC_SESSION_BLOCK + 7, 0, 1);
    flc_session *longer = open_part(SAMPLES, 0, 1), *whole = whole_run();
    go_on(shorter, UINT64_MAX);
    OK(flc_session_save(shorter, path, error));
    OK(flc_session_merge_file(longer, path, error));
    assert_int_equal(2 * FLC_SESSION_BLOCK, flc_session_accumulated(longer));
    assert_int_equal(4, go_on(longer, UINT64_MAX));
    assert_same_result(whole, longer);
    unlink(path);
    flc_session_free(whole);
    flc_session_free(longer);
    flc_session_free(shorter);
}

static void an_open_ended_session_is_the_run_of_what_it_has(void **state)
{
    (void)state;
    flc_session *open = open_part(0, 0, 1), *run = open_part(3 * FLC_SESSION_BLOCK, 0, 1);
    assert_int_equal(3, go_on(open, 3));
    assert_int_equal(3, go_on(run, UINT64_MAX));
    assert_int_equal(0, flc_session_samples(open));
    assert_same_state(open, run);
    assert_same_result(open, run);
    assert_int_equal(2, go_on(open, 2));
    flc_session_free(run);
    flc_session_free(open);
}

static void saving_does_not_end_a_session(void **state)
{
    (void)state;
    flc_session *session = open_part(0, 0, 1), *run = open_part(5 * FLC_SESSION_BLOCK, 0, 1);
    flc_session *empty = open_part(0, 0, 1);
    size_t length;
    go_on(run, UINT64_MAX);
    go_on(session, 2);
    flc_free(result_of(session, &length));
    go_on(session, 3);
    merge_from(session, empty);
    assert_int_equal(5 * FLC_SESSION_BLOCK, flc_session_accumulated(session));
    assert_same_result(run, session);
    flc_session_free(empty);
    flc_session_free(run);
    flc_session_free(session);
}

static void every_instruction_set_gives_the_same_bytes(void **state)
{
    (void)state;
    flc_session *whole = whole_run();
    static const char *const names[] = {"generic", "v3", "v4"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        flc_session *session;
        flc_session_options options = options_of(SAMPLES);
        options.instructions = names[i];
        flc_error error;
        if (flc_session_open(&session, &options, &error) != FLC_OK) {
            assert_non_null(strstr(error.text, "this processor does not have them"));
            continue;
        }
        go_on(session, UINT64_MAX);
        assert_same_state(whole, session);
        flc_session_free(session);
    }
    flc_session_free(whole);
}

static void a_resolved_study_is_the_same_study(void **state)
{
    (void)state;
    flc_session *whole = whole_run();
    flc_session_options options = options_of(SAMPLES);
    options.text = flc_session_resolved(whole);
    options.text_length = strlen(options.text);
    flc_session *session = open_with(&options);
    assert_string_equal(flc_session_hash(whole), flc_session_hash(session));
    merge_from(session, whole);
    flc_session_free(session);
    flc_session_free(whole);
}

static void designs_reach_the_session(void **state)
{
    (void)state;
    static const char *const designs[] = {"mc", "lhs", "sobol"};
    flc_session_estimate mean[3];
    for (size_t d = 0; d < 3; d++) {
        flc_session_options options = options_of(1024);
        options.design = designs[d];
        flc_session *session = open_with(&options);
        go_on(session, UINT64_MAX);
        size_t output = output_named(session, "A/leverage_ratio");
        OK(flc_session_read_mean(session, &mean[d], output, 0.95, error));
        flc_session_free(session);
    }
    for (size_t d = 1; d < 3; d++) { /* other points, the same answer, better known */
        assert_true(mean[d].value != mean[0].value);
        assert_true(mean[d].low < mean[0].high && mean[d].high > mean[0].low);
        assert_true(mean[d].high - mean[d].low < mean[0].high - mean[0].low);
    }
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void outputs_and_quantities_are_described(void **state)
{
    (void)state;
    flc_session *session = open_part(SAMPLES, 0, 1);
    size_t output = 0, quantity = 0;
    for (size_t i = 0; i < flc_session_outputs(session); i++) {
        const flc_session_output *about = flc_session_output_at(session, i);
        assert_true(about->name[0] && about->unit && about->description[0]);
        OK(flc_session_find_output(session, &output, about->name, error));
        assert_int_equal(i, output);
    }
    assert_int_equal(2, flc_session_quantities(session));
    OK(flc_session_find_quantity(session, &quantity, "programs/A/match/sources/state/ratio",
                                 error));
    const flc_session_quantity *about = flc_session_quantity_at(session, quantity);
    assert_string_equal("uniform: {min: 0.5, max: 1.2}", about->distribution);
    assert_non_null(about->unit);
    output = output_named(session, "A/federal/2027");
    assert_int_equal(2027, flc_session_output_at(session, output)->fiscal_year);
    assert_null(flc_session_output_at(session, flc_session_outputs(session)));
    assert_null(flc_session_quantity_at(session, 2));
    assert_null(flc_session_warning(session, 100));
    flc_session_free(session);
}

/* Values of an output in all samples, and of a quantity. */
static void gather(flc_session *session, double *outputs, double *quantities, size_t output,
                   size_t quantity)
{
    const flc_session_block *block;
    for (;;) {
        OK(flc_session_next(session, &block, error));
        if (!block)
            return;
        memcpy(outputs + block->first, block->outputs + output * FLC_SESSION_BLOCK,
               block->count * sizeof *outputs);
        memcpy(quantities + block->first, block->quantities[quantity],
               block->count * sizeof *quantities);
        OK(flc_session_accumulate(session, error));
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void statistics_are_those_of_the_values(void **state)
{
    (void)state;
    double values[SAMPLES], ratio[SAMPLES], sum = 0, squares = 0;
    flc_session *session = open_part(SAMPLES, 0, 1);
    size_t output = output_named(session, "A/leverage_ratio"), quantity = 0;
    OK(flc_session_find_quantity(session, &quantity, "programs/A/match/sources/state/ratio",
                                 error));
    gather(session, values, ratio, output, quantity);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_true(ratio[i] >= 0.5 && ratio[i] <= 1.2);
        sum += values[i];
    }
    for (size_t i = 0; i < SAMPLES; i++)
        squares += (values[i] - sum / SAMPLES) * (values[i] - sum / SAMPLES);
    qsort(values, SAMPLES, sizeof *values, ascending);
    flc_session_moments moments;
    flc_session_estimate mean, always, median;
    OK(flc_session_read_moments(session, &moments, output, error));
    OK(flc_session_read_mean(session, &mean, output, 0.95, error));
    OK(flc_session_read_mean_always(session, &always, output, 0.95, error));
    OK(flc_session_read_quantile(session, &median, output, 0.5, 0.95, error));
    assert_int_equal(SAMPLES, moments.defined);
    assert_int_equal(0, moments.undefined);
    ASSERT_NEAR(moments.mean, sum / SAMPLES, 1e-13, 0);
    ASSERT_NEAR(moments.sd, sqrt(squares / (SAMPLES - 1)), 1e-12, 0);
    ASSERT_NEAR(moments.mean_error, moments.sd / sqrt(SAMPLES), 1e-13, 0);
    ASSERT_SAME_BITS(moments.min, values[0]);
    ASSERT_SAME_BITS(moments.max, values[SAMPLES - 1]);
    ASSERT_SAME_BITS(mean.value, moments.mean);
    ASSERT_NEAR(mean.high - mean.low, 2 * 1.9624 * moments.mean_error, 1e-3, 0); /* t, n = 1000 */
    assert_true(always.low < mean.low && always.high > mean.high);
    assert_true(fabs(median.value - values[SAMPLES / 2 - 1]) <= median.bound);
    flc_session_free(session);
}

static void exceedances_hold_the_exact_share(void **state)
{
    (void)state;
    double values[SAMPLES], ratio[SAMPLES];
    flc_session *session = open_part(SAMPLES, 0, 1);
    size_t output = output_named(session, "A/leverage_ratio");
    gather(session, values, ratio, output, 0);
    for (int i = -20; i <= 60; i++) {
        flc_session_estimate told;
        double threshold = 0.8 + 0.0137 * i;
        size_t met = 0;
        for (size_t s = 0; s < SAMPLES; s++)
            met += values[s] >= threshold;
        double share = (double)met / SAMPLES;
        OK(flc_session_read_exceedance(session, &told, output, threshold, 0.95, error));
        assert_true(fabs(told.value - share) <= told.bound + 1e-15);
        assert_true(told.bound <= 0.02 && told.low <= share && told.high >= share);
        assert_true(i != 0 || told.bound == 0.0); /* the study's target */
    }
    for (size_t s = 0; s < SAMPLES; s += 97) { /* a value itself counts */
        flc_session_estimate told;
        OK(flc_session_read_exceedance(session, &told, output, values[s], 0.95, error));
        assert_true(told.value + told.bound > 0);
    }
    flc_session_free(session);
}

static void without_samples_there_is_no_number(void **state)
{
    (void)state;
    flc_session *session = open_part(SAMPLES, 0, 1);
    flc_session_estimate told;
    flc_session_moments moments;
    OK(flc_session_read_mean(session, &told, 0, 0.95, error));
    ASSERT_NAN(told.value);
    OK(flc_session_read_mean_always(session, &told, 0, 0.95, error));
    assert_true(!(told.low > -INFINITY) || isnan(told.low));
    OK(flc_session_read_quantile(session, &told, 0, 0.5, 0.95, error));
    ASSERT_NAN(told.value);
    OK(flc_session_read_exceedance(session, &told, 0, 0.123, 0.95, error));
    ASSERT_NAN(told.value);
    OK(flc_session_read_moments(session, &moments, 0, error));
    assert_int_equal(0, moments.defined);
    ASSERT_NAN(moments.mean);
    flc_session_free(session);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void null_is_told_not_followed(void **state)
{
    (void)state;
    const void *bytes;
    size_t number;
    const flc_session_block *block = (const flc_session_block *)&number;
    flc_session_moments moments;
    flc_session_estimate told;
    flc_session_options options = options_of(100);
    flc_session *session = (flc_session *)&number;
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_open(NULL, &options, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_open(&session, NULL, error));
    assert_null(session);
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_next(NULL, &block, error));
    assert_null(block);
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_seek(NULL, 0, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_accumulate(NULL, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_find_output(NULL, &number, "A", error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_find_quantity(NULL, &number, "A", error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_moments(NULL, &moments, 0, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_mean(NULL, &told, 0, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_mean_always(NULL, &told, 0, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_quantile(NULL, &told, 0, 0.5, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_exceedance(NULL, &told, 0, 1, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_state(NULL, &bytes, &number, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_save_state(NULL, "x", error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_merge(NULL, "x", 1, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_merge_file(NULL, "x", error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_save(NULL, "x", error));
    assert_null(flc_session_resolved(NULL));
    assert_null(flc_session_hash(NULL));
    assert_null(flc_session_warning(NULL, 0));
    assert_null(flc_session_output_at(NULL, 0));
    assert_null(flc_session_quantity_at(NULL, 0));
    assert_int_equal(0, flc_session_outputs(NULL) + flc_session_quantities(NULL) +
                            flc_session_samples(NULL) + flc_session_accumulated(NULL));
    flc_session_free(NULL);
    flc_session_options_init(NULL, sizeof options);
    session = open_part(100, 0, 1);
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_next(session, NULL, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_find_output(session, &number, NULL, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_read_mean(session, NULL, 0, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_state(session, NULL, &number, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_merge(session, NULL, 0, error));
    REFUSED(FLC_ERROR_USAGE, "NULL", flc_session_save(session, NULL, error));
    assert_int_equal(FLC_ERROR_USAGE, flc_session_accumulate(session, NULL)); /* nobody listens */
    assert_int_equal(FLC_ERROR_USAGE, flc_session_find_output(session, &number, "no", NULL));
    flc_session_free(session);
}

/* Opening with one option changed is refused. */
#define OPEN_REFUSED(expected, said, change)                                                       \
    do {                                                                                           \
        flc_session *none;                                                                         \
        flc_session_options options = options_of(SAMPLES);                                         \
        change;                                                                                    \
        REFUSED(expected, said, flc_session_open(&none, &options, error));                         \
        assert_null(none);                                                                         \
    } while (0)

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    static const char *const assignments[] = {"macro/discount_rate=0.05", NULL};
    OPEN_REFUSED(FLC_ERROR_USAGE, "no study", options.text = NULL);
    OPEN_REFUSED(FLC_ERROR_USAGE, "no overlay", options.overlay = "x.yaml");
    OPEN_REFUSED(FLC_ERROR_USAGE, "overlay needs a study",
                 (options.text = NULL, options.model = "x.so", options.overlay = "x.yaml"));
    OPEN_REFUSED(FLC_ERROR_USAGE, "no assignments",
                 (options.assignments = assignments, options.assignment_count = 1));
    OPEN_REFUSED(FLC_ERROR_USAGE, "NULL",
                 (options.text = NULL, options.study = "x", options.assignment_count = 1));
    OPEN_REFUSED(FLC_ERROR_USAGE, "assignment 1 is NULL",
                 (options.text = NULL, options.study = "x", options.assignments = assignments,
                  options.assignment_count = 2));
    OPEN_REFUSED(FLC_ERROR_INPUT, "/none.yaml",
                 (options.text = NULL, options.study = "/none.yaml"));
    OPEN_REFUSED(FLC_ERROR_INPUT, "/none.so", (options.text = NULL, options.model = "/none.so"));
    OPEN_REFUSED(FLC_ERROR_STUDY, "study:1:1", options.text_length = 5);
    OPEN_REFUSED(FLC_ERROR_USAGE, "part 1 of 1", options.part = 1);
    OPEN_REFUSED(FLC_ERROR_USAGE, "part 0 of 0", options.parts = 0);
    OPEN_REFUSED(FLC_ERROR_USAGE, "4294967296", options.parts = UINT64_C(1) << 32);
    OPEN_REFUSED(FLC_ERROR_USAGE, "seed", options.seed = UINT64_MAX);
    OPEN_REFUSED(FLC_ERROR_USAGE, "no", options.design = "no");
    OPEN_REFUSED(FLC_ERROR_USAGE, "design: ", (options.design = "lhs", options.samples = 17));
    OPEN_REFUSED(FLC_ERROR_USAGE, "only mc is open-ended",
                 (options.design = "sobol", options.samples = 0));
    OPEN_REFUSED(FLC_ERROR_USAGE, "generic, v3 or v4", options.instructions = "mmx");
    OPEN_REFUSED(FLC_ERROR_USAGE, "flc_session_options_init", options.size = 0);
    OPEN_REFUSED(FLC_ERROR_USAGE, "flc_session_options_init", options.size++);
}

/* A host compiled with a struct that ended at `seed`. */
static void an_older_host_gets_the_standards_of_newer_options(void **state)
{
    (void)state;
    flc_session_options options;
    memset(&options, 0xff, sizeof options);
    flc_session_options_init(&options, offsetof(flc_session_options, design));
    assert_int_equal(0xff, *((const unsigned char *)&options.design)); /* not ours to write */
    options.text = study;
    options.text_length = sizeof study - 1;
    options.samples = SAMPLES;
    flc_session *older = open_with(&options), *whole = whole_run();
    go_on(older, UINT64_MAX);
    assert_same_state(whole, older);
    flc_session_free(older);
    flc_session_free(whole);
}

static void calls_out_of_order_are_refused(void **state)
{
    (void)state;
    const flc_session_block *block;
    flc_session *session = open_part(SAMPLES, 0, 1);
    REFUSED(FLC_ERROR_USAGE, "flc_session_next", flc_session_accumulate(session, error));
    REFUSED(FLC_ERROR_USAGE, "samples from 0 on are missing",
            flc_session_save(session, "/tmp/none.h5", error));
    OK(flc_session_next(session, &block, error));
    OK(flc_session_accumulate(session, error));
    REFUSED(FLC_ERROR_USAGE, "accumulated already", flc_session_accumulate(session, error));
    REFUSED(FLC_ERROR_USAGE, "samples from 192 on are missing",
            flc_session_save(session, "/tmp/none.h5", error));
    REFUSED(FLC_ERROR_USAGE, "does not begin a block", flc_session_seek(session, 100, error));
    go_on(session, UINT64_MAX);
    OK(flc_session_next(session, &block, error));
    REFUSED(FLC_ERROR_USAGE, "no block", flc_session_accumulate(session, error));
    REFUSED(FLC_ERROR_OUTPUT, "/no/folder", flc_session_save(session, "/no/folder/x.h5", error));
    OK(flc_session_seek(session, 0, error)); /* all are there */
    OK(flc_session_next(session, &block, error));
    assert_null(block);
    flc_session_free(session);
    session = open_part(0, 0, 1); /* a gap */
    go_on(session, 1);
    OK(flc_session_seek(session, 2 * FLC_SESSION_BLOCK, error));
    go_on(session, 1);
    REFUSED(FLC_ERROR_USAGE, "samples from 192 on are missing",
            flc_session_save(session, "/tmp/none.h5", error));
    flc_session_free(session);
}

static void names_and_numbers_that_are_not_there_are_refused(void **state)
{
    (void)state;
    size_t number;
    flc_session_estimate told;
    flc_session *session = open_part(SAMPLES, 0, 1);
    size_t beyond = flc_session_outputs(session);
    REFUSED(FLC_ERROR_USAGE, "leverage_ratio",
            flc_session_find_output(session, &number, "A/levrage_ratio", error));
    REFUSED(FLC_ERROR_USAGE, "programs/A/budget/growth",
            flc_session_find_quantity(session, &number, "programs/A/budget/grwth", error));
    REFUSED(FLC_ERROR_USAGE, "output", flc_session_read_mean(session, &told, beyond, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "level", flc_session_read_mean(session, &told, 0, 1.0, error));
    REFUSED(FLC_ERROR_USAGE, "level", flc_session_read_mean(session, &told, 0, NAN, error));
    REFUSED(FLC_ERROR_USAGE, "p:", flc_session_read_quantile(session, &told, 0, 1.5, 0.9, error));
    REFUSED(FLC_ERROR_USAGE, "threshold",
            flc_session_read_exceedance(session, &told, 0, NAN, 0.9, error));
    flc_session_free(session);
    flc_session_options options = options_of(1024);
    options.design = "lhs";
    session = open_with(&options);
    REFUSED(FLC_ERROR_USAGE, "needs design mc",
            flc_session_read_mean_always(session, &told, 0, 0.9, error));
    flc_session_free(session);
}

/* Merging what another session with these options has is refused, and nothing changes. */
static void refuse_merge(const flc_session_options *options, const char *said)
{
    const void *bytes;
    size_t length;
    flc_session *other = open_with(options), *session = open_part(SAMPLES, 0, 2);
    flc_session *same = open_part(SAMPLES, 0, 2);
    go_on(other, UINT64_MAX);
    go_on(session, UINT64_MAX);
    go_on(same, UINT64_MAX);
    OK(flc_session_state(other, &bytes, &length, error));
    REFUSED(FLC_ERROR_STUDY, said, flc_session_merge(session, bytes, length, error));
    assert_same_state(same, session);
    flc_session_free(same);
    flc_session_free(session);
    flc_session_free(other);
}

static void foreign_doubled_and_damaged_states_are_refused(void **state)
{
    (void)state;
    flc_session_options options = options_of(SAMPLES);
    refuse_merge(&options, "samples from 0 on are in this session already");
    options.part = 1;
    options.parts = 2;
    options.seed = 2;
    refuse_merge(&options, "another seed");
    options = options_of(1024);
    options.design = "lhs";
    refuse_merge(&options, "design lhs");
    options = options_of(SAMPLES * 2);
    options.part = 1;
    options.parts = 2;
    refuse_merge(&options, "has only 1000");
    char other[sizeof study];
    memcpy(other, study, sizeof study);
    memcpy(strstr(other, "0.023"), "0.024", 5);
    options = options_of(SAMPLES);
    options.text = other;
    refuse_merge(&options, "another study");
    flc_session *session = open_part(SAMPLES, 0, 1);
    const void *bytes;
    size_t length;
    OK(flc_session_state(session, &bytes, &length, error));
    char *copy = malloc(length);
    memcpy(copy, bytes, length);
    copy[length / 2] ^= 1;
    REFUSED(FLC_ERROR_STUDY, "damaged", flc_session_merge(session, copy, length, error));
    REFUSED(FLC_ERROR_STUDY, "state", flc_session_merge(session, "", 0, error));
    REFUSED(FLC_ERROR_INPUT, "/none", flc_session_merge_file(session, "/none", error));
    free(copy);
    flc_session_free(session);
}

/* All that a session does, with the n-th allocation failing: an error and no leak (under a
 * sanitizer), until nothing fails. */
static flc_status whole_life(const void *bytes, size_t length)
{
    flc_session *session = NULL;
    const flc_session_block *block = NULL;
    const void *image;
    size_t image_length;
    flc_error error;
    flc_session_options options = options_of(SAMPLES);
    options.part = 1;
    options.parts = 2;
    flc_status status = flc_session_open(&session, &options, &error);
    do {
        if (!status)
            status = flc_session_next(session, &block, &error);
        if (!status && block)
            status = flc_session_accumulate(session, &error);
    } while (!status && block);
    if (!status)
        status = flc_session_merge(session, bytes, length, &error);
    if (!status)
        status = flc_session_state(session, &image, &image_length, &error);
    if (!status)
        status = flc_session_save(session, "/dev/null", &error);
    if (status && session && error.status == FLC_ERROR_MEMORY)
        flc_session_accumulate(session, NULL);
    flc_session_free(session);
    return status;
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    const void *bytes;
    size_t length;
    flc_session *other = open_part(SAMPLES, 0, 2);
    go_on(other, UINT64_MAX);
    OK(flc_session_state(other, &bytes, &length, error));
    long n = 1;
    for (flc_status status = FLC_ERROR_MEMORY; status; n += n < 40 ? 1 : n / 6) {
        flc_memory_fail_after(n);
        status = whole_life(bytes, length);
        assert_true(status == FLC_OK || status == FLC_ERROR_MEMORY);
        assert_true(n < 1000000);
    }
    flc_memory_fail_after(0);
    assert_true(n > 200);
    flc_session_free(other);
}

static void a_library_says_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(FLC_LIBRARY_INTERFACE, flc_library_interface());
    assert_string_equal(FLC_VERSION, flc_library_version());
    OK(flc_library_check(error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_gives_every_sample_once),
        cmocka_unit_test(parts_merged_are_the_whole),
        cmocka_unit_test(blocks_in_any_order_are_the_whole),
        cmocka_unit_test(a_run_goes_on_from_its_state),
        cmocka_unit_test(a_result_is_extended),
        cmocka_unit_test(an_open_ended_session_is_the_run_of_what_it_has),
        cmocka_unit_test(saving_does_not_end_a_session),
        cmocka_unit_test(every_instruction_set_gives_the_same_bytes),
        cmocka_unit_test(a_resolved_study_is_the_same_study),
        cmocka_unit_test(designs_reach_the_session),
        cmocka_unit_test(outputs_and_quantities_are_described),
        cmocka_unit_test(statistics_are_those_of_the_values),
        cmocka_unit_test(exceedances_hold_the_exact_share),
        cmocka_unit_test(without_samples_there_is_no_number),
        cmocka_unit_test(null_is_told_not_followed),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(an_older_host_gets_the_standards_of_newer_options),
        cmocka_unit_test(calls_out_of_order_are_refused),
        cmocka_unit_test(names_and_numbers_that_are_not_there_are_refused),
        cmocka_unit_test(foreign_doubled_and_damaged_states_are_refused),
        cmocka_unit_test(every_failed_allocation_is_an_error),
        cmocka_unit_test(a_library_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
