/* Laws that hold for every method of sensitivity (Sobol' indices, with second order too, Shapley
 * effects, screening): what is kept is a function of the set of blocks alone. Run as
 *
 *     test_estimators values METHOD MODEL DESIGN SEED SAMPLES REPETITIONS
 *
 * it prints what the methods say of a model of tests/support/lane_models.c, for REPETITIONS seeds
 * from SEED on, one line a number: seed, output, name, factor or pair, value, error, low, high. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sensitivity/screening.h"
#include "sensitivity/shapley.h"
#include "sensitivity/sobol_indices.h"
#include "support/assertions.h"
#include "support/lane_models.h"

enum method { SOBOL, SECOND, SHAPLEY, SCREENING, METHODS };
static const char *const method_names[METHODS] = {"sobol", "second", "shapley", "screening"};

static flc_collector *create(enum method method, const flc_rows *rows, const double *pilot,
                             uint64_t seed, flc_error *error)
{
    switch (method) {
    case SOBOL:
    case SECOND:
        return flc_sobol_create(rows, pilot, method == SECOND, error);
    case SHAPLEY:
        return flc_shapley_create(rows, pilot, seed, error);
    default:
        return flc_screening_create(rows, pilot, 0.5, error);
    }
}

/* A model's rows with an empty collector on them. */
struct kit {
    struct lane_rows *rows;
    flc_collector *collector;
};

static struct kit kit_of(enum method method, const struct lane_model *model, flc_design design,
                         uint64_t seed, uint64_t samples)
{
    struct kit kit;
    kit.rows = lane_rows_create(model, design, seed, samples, method == SCREENING);
    kit.collector = create(method, &kit.rows->rows, lane_rows_block(kit.rows, 0), seed, NULL);
    assert_non_null(kit.collector);
    return kit;
}

static void kit_free(struct kit *kit)
{
    flc_collector_free(kit->collector);
    lane_rows_free(kit->rows);
}

/* ---- Laws ------------------------------------------------------------------------------------ */

/* Three numbers and four outputs: one undefined or infinite at places, one with values out of the
 * near range after a constant pilot, one that is constant for good. */
static void awkward(double *y, const double *u)
{
    y[0] = u[0] < 0.13 && u[1] < 0.5 ? (double)NAN : u[1] / u[0] + u[2];
    y[1] = u[0] * u[1] < 0.3 && u[2] > 0.87 ? (double)INFINITY : u[0] - 1e6 * u[2];
    y[2] = u[0] > 0.997 ? 1e9 * u[1] * u[2] : 0.0;
    y[3] = -2.5;
}
static const bool awkward_reaches[3][4] = {
    {true, true, true, true}, {true, true, true, false}, {true, true, true, false}};
static const struct lane_model model_awkward = {
    .name = "awkward", .numbers = 3, .outputs = 4, .f = awkward, .reaches = awkward_reaches[0]};

static void merge_of_any_split_equals_the_whole(void **state)
{
    (void)state;
    enum { BLOCKS = 12, PARTS = 3 };
    const uint64_t samples = BLOCKS * FLC_BLOCK - 71; /* the last block is not full */
    for (int m = 0; m < METHODS; m++) {
        struct kit whole = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 3, samples);
        struct kit part[PARTS];
        for (int i = 0; i < PARTS; i++)
            part[i] = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 3, samples);
        lane_rows_add(whole.rows, whole.collector, flc_isa_select(), 0, samples);
        for (uint64_t b = BLOCKS; b-- > 0;) {
            const uint64_t end = (b + 1) * FLC_BLOCK < samples ? (b + 1) * FLC_BLOCK : samples;
            struct kit *one = &part[b * b % PARTS];
            lane_rows_add(one->rows, one->collector, flc_isa_select(), b * FLC_BLOCK, end);
        }
        for (int i = 1; i < PARTS; i++)
            assert_int_equal(lane_records_merge(part[0].collector, part[i].collector), FLC_OK);
        assert_true(lane_records_equal(part[0].collector, whole.collector));
        flc_collector_clear(part[0].collector);
        assert_false(lane_records_equal(part[0].collector, whole.collector));
        assert_int_equal(lane_records_merge(part[0].collector, whole.collector), FLC_OK);
        assert_true(lane_records_equal(part[0].collector, whole.collector));
        for (int i = 0; i < PARTS; i++)
            kit_free(&part[i]);
        kit_free(&whole);
    }
}

static void instruction_sets_give_equal_bytes(void **state)
{
    (void)state;
    const uint64_t samples = 7 * FLC_BLOCK + 5;
    for (int m = 0; m < METHODS; m++) {
        struct kit plain = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 4, samples);
        lane_rows_add(plain.rows, plain.collector, FLC_ISA_GENERIC, 0, samples);
        for (int isa = FLC_ISA_V3; isa < FLC_ISA_COUNT; isa++) {
            if (!flc_isa_available((flc_isa)isa))
                continue;
            struct kit other = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 4, samples);
            lane_rows_add(other.rows, other.collector, (flc_isa)isa, 0, samples);
            assert_true(lane_records_equal(plain.collector, other.collector));
            kit_free(&other);
        }
        kit_free(&plain);
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

static unsigned char *record_of(const flc_collector *collector, size_t record, size_t *length)
{
    *length = flc_collector_record_bytes(collector, record);
    unsigned char *bytes = FLC_NEW(unsigned char, *length, NULL);
    flc_collector_record_write(collector, record, bytes);
    return bytes;
}

/* Whether the record is refused and nothing changed. */
static bool is_refused(struct kit *kit, size_t record, const unsigned char *bytes, size_t length,
                       const char *reason)
{
    size_t before_length, after_length;
    flc_error error = {0};
    unsigned char *before = record_of(kit->collector, record, &before_length);
    const flc_status status =
        flc_collector_record_merge(kit->collector, record, bytes, length, &error);
    unsigned char *after = record_of(kit->collector, record, &after_length);
    const bool same = before_length == after_length && memcmp(before, after, before_length) == 0;
    flc_free(before);
    flc_free(after);
    return status == FLC_ERROR_STUDY && same && strstr(error.text, reason);
}

static void damaged_records_are_refused_and_change_nothing(void **state)
{
    (void)state;
    for (int m = 0; m < METHODS; m++) {
        struct kit kit = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 5, 600);
        size_t length;
        lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, 600);
        unsigned char *record = record_of(kit.collector, 1, &length);
        for (size_t i = 0; i < length; i++) {
            record[i] ^= (unsigned char)(1U << i % 8);
            assert_true(is_refused(&kit, 1, record, length, "damaged"));
            record[i] ^= (unsigned char)(1U << i % 8);
        }
        for (size_t cut = 0; cut < length; cut += 1 + cut / 8)
            assert_true(is_refused(&kit, 1, record, cut, "damaged"));
        assert_true(is_refused(&kit, 0, record, length, "other factors, outputs"));
        assert_int_equal(flc_collector_record_merge(kit.collector, 1, record, length, NULL),
                         FLC_OK);
        flc_free(record);
        kit_free(&kit);
    }
}

static void records_of_another_analysis_are_refused(void **state)
{
    (void)state;
    struct kit kits[METHODS + 1];
    size_t length;
    for (int m = 0; m < METHODS; m++)
        kits[m] = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 5, 600);
    kits[METHODS] = kit_of(SOBOL, &model_awkward, FLC_DESIGN_MC, 6, 600); /* another pilot */
    for (int i = 0; i <= METHODS; i++) {
        unsigned char *record = record_of(kits[i].collector, 0, &length);
        for (int j = 0; j <= METHODS; j++) {
            const bool pilots = (i == SOBOL && j == METHODS) || (i == METHODS && j == SOBOL);
            const bool settings = i != j && !pilots && i != SHAPLEY && i != SCREENING &&
                                  j != SHAPLEY && j != SCREENING;
            const char *reason = pilots     ? "another pilot"
                                 : settings ? "other factors, outputs or settings"
                                            : "another method";
            if (i != j)
                assert_true(is_refused(&kits[j], 0, record, length, reason));
        }
        flc_free(record);
    }
    for (int i = 0; i <= METHODS; i++)
        kit_free(&kits[i]);
}

/* Of the same rows and pilot. */
static void records_of_other_settings_are_refused(void **state)
{
    (void)state;
    for (int m = SHAPLEY; m <= SCREENING; m++) {
        struct kit kit = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 5, 600);
        const flc_rows *rows = &kit.rows->rows;
        const double *pilot = lane_rows_block(kit.rows, 0);
        flc_collector *other = m == SHAPLEY ? flc_shapley_create(rows, pilot, 8, NULL)
                                            : flc_screening_create(rows, pilot, 0.25, NULL);
        size_t length;
        unsigned char *record = record_of(other, 0, &length);
        assert_true(is_refused(&kit, 0, record, length, "other factors, outputs or settings"));
        flc_free(record);
        flc_collector_free(other);
        kit_free(&kit);
    }
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    const uint64_t samples = 9 * FLC_BLOCK;
    for (int m = 0; m < METHODS; m++) {
        struct lane_rows *rows =
            lane_rows_create(&model_awkward, FLC_DESIGN_MC, 5, samples, m == SCREENING);
        const double *pilot = lane_rows_block(rows, 0);
        flc_collector *collector = NULL;
        for (long n = 1; !collector; n++) {
            flc_error error = {0};
            flc_memory_fail_after(n);
            collector = create((enum method)m, &rows->rows, pilot, 5, &error);
            flc_memory_fail_after(0);
            assert_true(collector ? n > 8 : error.status == FLC_ERROR_MEMORY);
        }
        flc_memory_fail_after(1); /* the first slot that needs more */
        flc_status status = FLC_OK;
        for (uint64_t first = 0; first < samples && status == FLC_OK; first += FLC_BLOCK)
            status = flc_collector_add(collector, flc_isa_select(), lane_rows_block(rows, first),
                                       first, FLC_BLOCK, NULL);
        flc_memory_fail_after(0);
        assert_int_equal(status, FLC_ERROR_MEMORY);
        flc_collector_free(collector);
        lane_rows_free(rows);
    }
}

static void blocks_that_are_none_are_refused(void **state)
{
    (void)state;
    for (int m = 0; m < METHODS; m++) {
        struct kit kit = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 5, 600);
        const double *values = lane_rows_block(kit.rows, 0);
        const struct {
            uint64_t first;
            size_t count;
        } bad[] = {{0, 0}, {0, FLC_BLOCK + 1}, {5, 10}};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            assert_int_equal(flc_collector_add(kit.collector, FLC_ISA_GENERIC, values, bad[i].first,
                                               bad[i].count, NULL),
                             FLC_ERROR_INTERNAL);
        kit_free(&kit);
    }
}

static void second_order_of_dependent_factors_is_refused(void **state)
{
    (void)state;
    struct lane_rows *rows = lane_rows_create(&model_pair, FLC_DESIGN_MC, 1, 192, false);
    flc_error error;
    assert_null(flc_sobol_create(&rows->rows, lane_rows_block(rows, 0), true, &error));
    assert_int_equal(error.status, FLC_ERROR_USAGE);
    assert_non_null(strstr(error.text, "Shapley"));
    lane_rows_free(rows);
}

static void rows_and_memory_are_as_foretold(void **state)
{
    (void)state;
    struct kit kit = kit_of(SOBOL, &model_awkward, FLC_DESIGN_MC, 5, 192);
    const flc_rows *rows = &kit.rows->rows;
    const size_t told[METHODS] = {flc_sobol_rows(rows, false), flc_sobol_rows(rows, true),
                                  flc_shapley_rows(rows), flc_screening_rows(rows)};
    for (int m = 0; m < METHODS; m++) {
        struct kit own = kit_of((enum method)m, &model_awkward, FLC_DESIGN_MC, 5, 192);
        const unsigned long before = own.rows->evaluations;
        lane_rows_add(own.rows, own.collector, flc_isa_select(), 0, FLC_BLOCK);
        assert_int_equal(own.rows->evaluations - before, told[m]); /* the sample itself, too */
        kit_free(&own);
    }
    assert_true(flc_sobol_bytes(rows, false) > 11 * 384);
    assert_true(flc_sobol_bytes(rows, true) > flc_sobol_bytes(rows, false) + 11 * 384);
    assert_true(flc_shapley_bytes(rows) < flc_sobol_bytes(rows, false));
    assert_int_equal(flc_screening_bytes(rows), flc_sobol_bytes(rows, false));
    kit_free(&kit);
}

/* ---- Tool ------------------------------------------------------------------------------------ */

static void print(uint64_t seed, size_t output, const char *name, const char *factor,
                  flc_estimate x)
{
    printf("%llu %zu %s %s %.17g %.17g %.17g %.17g\n", (unsigned long long)seed, output, name,
           factor, x.value, x.error, x.low, x.high);
}

static void print_sobol(const flc_collector *collector, uint64_t seed, size_t output)
{
    flc_sobol_index indices[LANE_NUMBERS];
    flc_sobol_pair pairs[LANE_NUMBERS * LANE_NUMBERS];
    flc_estimate sum;
    char text[64];
    flc_sobol_read(indices, &sum, collector, output, 0.95);
    for (size_t i = 0; i < flc_sobol_count(collector, output); i++) {
        snprintf(text, sizeof text, "%zu", indices[i].factor);
        print(seed, output, "first", text, indices[i].first);
        print(seed, output, "total", text, indices[i].total);
    }
    print(seed, output, "sum", "-", sum);
    flc_sobol_read_pairs(pairs, collector, output, 0.95);
    for (size_t i = 0; i < flc_sobol_pair_count(collector, output); i++) {
        snprintf(text, sizeof text, "%zu,%zu", pairs[i].factors[0], pairs[i].factors[1]);
        print(seed, output, "interaction", text, pairs[i].interaction);
        print(seed, output, "closed", text, pairs[i].closed);
    }
}

static void print_shapley(const flc_collector *collector, uint64_t seed, size_t output)
{
    flc_shapley_effect effects[LANE_NUMBERS];
    char text[64];
    flc_shapley_read(effects, collector, output, 0.95);
    for (size_t i = 0; i < flc_shapley_count(collector, output); i++) {
        snprintf(text, sizeof text, "%zu", effects[i].factor);
        print(seed, output, "shapley", text, effects[i].effect);
    }
}

static void print_screening(const flc_collector *collector, uint64_t seed, size_t output)
{
    flc_screening_effect effects[LANE_NUMBERS];
    char text[64];
    flc_screening_read(effects, collector, output, 0.95);
    for (size_t i = 0; i < flc_screening_count(collector, output); i++) {
        snprintf(text, sizeof text, "%zu", effects[i].factor);
        print(seed, output, "mu", text, effects[i].mu);
        print(seed, output, "mu_star", text, effects[i].mu_star);
        print(seed, output, "sigma", text, effects[i].sigma);
    }
}

static void print_all(enum method method, const struct kit *kit, uint64_t seed)
{
    for (size_t o = 0; o < kit->rows->model->outputs; o++)
        if (method == SHAPLEY)
            print_shapley(kit->collector, seed, o);
        else if (method == SCREENING)
            print_screening(kit->collector, seed, o);
        else
            print_sobol(kit->collector, seed, o);
}

static int print_values(char **words)
{
    const struct lane_model *model = lane_model_find(words[1]);
    const uint64_t seed = strtoull(words[3], NULL, 10), samples = strtoull(words[4], NULL, 10);
    const uint64_t repetitions = strtoull(words[5], NULL, 10);
    flc_design design;
    int method = 0;
    while (method < METHODS && strcmp(method_names[method], words[0]) != 0)
        method++;
    if (method == METHODS || !model || flc_design_find(&design, words[2], NULL) != FLC_OK)
        return 2;
    for (uint64_t i = 0; i < repetitions; i++) {
        struct kit kit = kit_of((enum method)method, model, design, seed + i, samples);
        lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, samples);
        print_all((enum method)method, &kit, seed + i);
        kit_free(&kit);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 8 && strcmp(argv[1], "values") == 0)
        return print_values(argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_of_any_split_equals_the_whole),
        cmocka_unit_test(instruction_sets_give_equal_bytes),
        cmocka_unit_test(damaged_records_are_refused_and_change_nothing),
        cmocka_unit_test(records_of_another_analysis_are_refused),
        cmocka_unit_test(records_of_other_settings_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(blocks_that_are_none_are_refused),
        cmocka_unit_test(second_order_of_dependent_factors_is_refused),
        cmocka_unit_test(rows_and_memory_are_as_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
