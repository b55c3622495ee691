/* States, parts and checkpoints: equal sets give equal bytes, what is damaged or foreign is refused
 * by name, and the last good checkpoint survives everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "run/checkpoint.h"
#include "run/parts.h"
#include "statistics/distributions.h"
#include "support/assertions.h"

enum { OUTPUTS = 3, BLOCKS = 40, SAMPLES = BLOCKS * FLC_BLOCK + 17 };

static const char resolved[] = "fulcrum: 1\nhorizon:\n  years: 10\n";

/* Values of a block: any function of the sample. */
static const double *block(uint64_t first)
{
    static double values[OUTPUTS * FLC_BLOCK];
    for (size_t i = 0; i < OUTPUTS * FLC_BLOCK; i++) {
        uint64_t x =
            (first + i % FLC_BLOCK + 1) * (i / FLC_BLOCK + 3) * UINT64_C(0x9e3779b97f4a7c15);
        values[i] = (double)(x >> 40) * 0x1p-20;
    }
    return values;
}

static flc_collector *create(void)
{
    static const flc_resolution fine[OUTPUTS] = {FLC_RESOLUTION_FINE, FLC_RESOLUTION_COARSE,
                                                 FLC_RESOLUTION_FINE};
    flc_error error;
    flc_summary *summary = flc_summary_create(fine, OUTPUTS, NULL, 0, &error);
    assert_non_null(summary);
    assert_int_equal(FLC_OK, flc_summary_set_pilot(summary, block(0), &error));
    flc_collector *collector = flc_distributions_take(summary, &error);
    assert_non_null(collector);
    return collector;
}

static void add(flc_collector *collector, uint64_t begin, uint64_t end)
{
    flc_error error;
    for (uint64_t b = begin; b < end; b++)
        assert_int_equal(FLC_OK,
                         flc_collector_add(collector, flc_isa_select(), block(b * FLC_BLOCK),
                                           b * FLC_BLOCK, FLC_BLOCK, &error));
}

static flc_state_facts facts_of(const flc_block_range *ranges, size_t count)
{
    return (flc_state_facts){.version = FLC_VERSION,
                             .command = "run",
                             .question = "",
                             .study_file = "study.yaml",
                             .study_sha256 = "1234",
                             .resolved = resolved,
                             .as_written = resolved,
                             .seed = 1,
                             .samples = SAMPLES,
                             .shards = 4,
                             .kept = FLC_NOT_KEPT,
                             .ranges = ranges,
                             .range_count = count};
}

/* The image of blocks begin ... end-1, with room for a NUL. */
static char *image(size_t *length, uint64_t begin, uint64_t end)
{
    char *bytes;
    flc_error error;
    flc_collector *collector = create();
    flc_block_range range = {begin, end};
    flc_state_facts facts = facts_of(&range, end > begin);
    add(collector, begin, end);
    assert_int_equal(FLC_OK, flc_state_image(&bytes, length, &facts, collector, &error));
    flc_collector_free(collector);
    return bytes;
}

static flc_state *state_of(uint64_t begin, uint64_t end, const char *name)
{
    size_t length;
    flc_state *state;
    flc_error error;
    char *bytes = image(&length, begin, end);
    assert_int_equal(FLC_OK, flc_state_parse(&state, bytes, length, name, &error));
    return state;
}

static void equal_sets_give_equal_bytes(void **context)
{
    (void)context;
    flc_error error;
    size_t length, merged_length;
    char *whole = image(&length, 0, BLOCKS), *merged;
    flc_state *a = state_of(0, 13, "a"), *b = state_of(13, BLOCKS, "b");
    flc_collector *collector = create();
    assert_int_equal(FLC_OK, flc_state_merge(b, collector, &error));
    assert_int_equal(FLC_OK, flc_state_merge(a, collector, &error));
    flc_block_range range = {0, BLOCKS};
    flc_state_facts facts = facts_of(&range, 1);
    assert_int_equal(FLC_OK, flc_state_image(&merged, &merged_length, &facts, collector, &error));
    assert_int_equal(length, merged_length);
    assert_memory_equal(whole, merged, length);
    flc_free(whole);
    flc_free(merged);
    flc_state_free(a);
    flc_state_free(b);
    flc_collector_free(collector);
}

static void facts_come_back(void **context)
{
    (void)context;
    flc_state *state = state_of(4, 13, "name");
    assert_string_equal(FLC_VERSION, state->facts.version);
    assert_string_equal(resolved, state->facts.resolved);
    assert_string_equal("", state->facts.question);
    assert_int_equal(SAMPLES, state->facts.samples);
    assert_true(state->facts.kept == FLC_NOT_KEPT);
    assert_int_equal(1, state->facts.range_count);
    assert_int_equal(4, state->facts.ranges[0].begin);
    assert_int_equal(13, state->facts.ranges[0].end);
    assert_int_equal(9, flc_state_blocks(&state->facts));
    flc_state_free(state);
}

/* A copy with one byte changed, or cut, is no state. */
static void assert_refused(const char *bytes, size_t length, size_t at, unsigned char change)
{
    flc_state *state;
    flc_error error;
    char *copy = flc_allocate(length + 1, 1, &error);
    memcpy(copy, bytes, length);
    if (change)
        copy[at] = (char)(copy[at] ^ change);
    flc_status status = flc_state_parse(&state, copy, length, "the file", &error);
    if (status != FLC_ERROR_STUDY)
        fail_msg("byte %zu of %zu with change %d gives %d", at, length, change, status);
    assert_non_null(strstr(error.text, "the file: "));
    assert_null(state);
}

static void every_flipped_byte_is_refused(void **context)
{
    (void)context;
    size_t length;
    char *bytes = image(&length, 0, 5);
    for (size_t at = 0; at < length; at++)
        assert_refused(bytes, length, at, (unsigned char)(1u << at % 8));
    flc_free(bytes);
}

static void every_truncation_is_refused(void **context)
{
    (void)context;
    size_t length;
    char *bytes = image(&length, 0, 3);
    for (size_t cut = 0; cut < length; cut++)
        assert_refused(bytes, cut, 0, 0);
    flc_free(bytes);
}

/* What has a good seal but nonsense below it must be refused too, without a crash. */
static void sealed_nonsense_is_refused(void **context)
{
    (void)context;
    size_t length, accepted = 0;
    char *bytes = image(&length, 0, 2);
    size_t head = (size_t)(strstr(bytes, "records ") - bytes) + 24;
    for (size_t at = 16; at < head; at++)
        for (int change = 1; change <= 16; change *= 4) {
            flc_state *state = NULL;
            flc_error error;
            char *copy = flc_allocate(length + 1, 1, &error);
            memcpy(copy, bytes, length);
            copy[at] = (char)(copy[at] ^ change);
            flc_seal_make(copy + length - FLC_SEAL_BYTES, copy, length - FLC_SEAL_BYTES);
            if (flc_state_parse(&state, copy, length, "x", &error) == FLC_OK)
                accepted++; /* a changed text or number that may stand there */
            flc_state_free(state);
        }
    assert_true(accepted > 0 && accepted < 3 * head);
    flc_free(bytes);
}

static void foreign_states_are_refused_by_name(void **context)
{
    (void)context;
    flc_error error;
    flc_state *state = state_of(0, 5, "the file");
    struct {
        flc_state_facts facts;
        const char *told;
    } others[5];
    for (size_t i = 0; i < 5; i++)
        others[i].facts = facts_of(NULL, 0);
    others[0].facts.version = "9.9.9";
    others[0].told = "another version: '" FLC_VERSION "' there, '9.9.9' here";
    others[1].facts.seed = 2;
    others[1].told = "another seed: '1' there, '2' here";
    others[2].facts.command = "hindcast";
    others[2].told = "another command: 'run' there, 'hindcast' here";
    others[3].facts.study_sha256 = "5678";
    others[3].facts.resolved = "fulcrum: 1\nhorizon:\n  years: 12\n";
    others[3].told = "another study: horizon/years is 10 there, 12 here";
    others[4].facts.question = "observations";
    others[4].told = "another question";
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(FLC_ERROR_STUDY, flc_state_require(state, &others[i].facts, &error));
        assert_non_null(strstr(error.text, others[i].told));
        assert_non_null(strstr(error.text, "the file: "));
    }
    flc_state_facts same = facts_of(NULL, 0);
    assert_int_equal(FLC_OK, flc_state_require(state, &same, &error));
    flc_state_free(state);
}

/* ---- shards ---------------------------------------------------------------------------------- */

static void shards_cover_all_full_blocks_once(void **context)
{
    (void)context;
    static const uint64_t samples[] = {1, 191, 192, 767, 768, 5000, 100001, UINT64_C(1) << 57};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (uint64_t K = 1; K <= 1000; K = K * 3 + 1) {
            uint64_t next = 0;
            for (uint64_t k = 1; k <= K; k++) {
                flc_block_range range = flc_shard_range(samples[i], k, K);
                assert_int_equal(next, range.begin);
                assert_true(range.end >= range.begin);
                assert_true(range.begin % 4 == 0 || range.begin == samples[i] / FLC_BLOCK);
                next = range.end;
            }
            assert_int_equal(samples[i] / FLC_BLOCK, next);
        }
}

static void parts_know_what_is_doubled_and_what_is_missing(void **context)
{
    (void)context;
    flc_error error;
    flc_parts parts = {NULL, 0, 0};
    flc_state *states[4];
    static const char *const names[4] = {"one", "two", "three", "four"};
    for (uint64_t k = 0; k < 4; k++) {
        flc_block_range range = flc_shard_range(SAMPLES, k + 1, 4);
        states[k] = state_of(range.begin, range.end, names[k]);
    }
    assert_int_equal(FLC_OK, flc_parts_add(&parts, states[3], &error));
    assert_int_equal(FLC_OK, flc_parts_add(&parts, states[0], &error));
    assert_int_equal(FLC_ERROR_STUDY, flc_parts_add(&parts, states[3], &error));
    assert_non_null(strstr(error.text, "four: shard 4/4 is in four already"));
    flc_state_facts facts = facts_of(NULL, 0);
    flc_block_range *ranges;
    assert_int_equal(FLC_OK, flc_parts_ranges(&parts, &ranges, &facts.range_count, &error));
    facts.ranges = ranges;
    assert_int_equal(2, facts.range_count);
    assert_int_equal(FLC_ERROR_STUDY, flc_parts_require_all(&facts, &error));
    assert_non_null(strstr(error.text, "2/4, 3/4"));
    flc_free(ranges);
    assert_int_equal(FLC_OK, flc_parts_add(&parts, states[2], &error));
    assert_int_equal(FLC_OK, flc_parts_add(&parts, states[1], &error));
    assert_int_equal(FLC_OK, flc_parts_ranges(&parts, &ranges, &facts.range_count, &error));
    facts.ranges = ranges;
    assert_int_equal(1, facts.range_count);
    assert_int_equal(FLC_OK, flc_parts_require_all(&facts, &error));
    flc_free(ranges);
    flc_parts_clear(&parts);
    for (int k = 0; k < 4; k++)
        flc_state_free(states[k]);
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

struct place {
    char folder[64], path[96], previous[112];
};

static int make_place(void **context)
{
    static struct place place;
    strcpy(place.folder, "/tmp/fulcrum-test-XXXXXX");
    if (!mkdtemp(place.folder))
        return -1;
    snprintf(place.path, sizeof place.path, "%s/x.checkpoint", place.folder);
    snprintf(place.previous, sizeof place.previous, "%s.previous", place.path);
    *context = &place;
    return 0;
}

static int remove_place(void **context)
{
    struct place *place = *context;
    flc_checkpoint_remove(place->path);
    return rmdir(place->folder);
}

static void save(const struct place *place, uint64_t end)
{
    flc_error error;
    flc_collector *collector = create();
    flc_block_range range = {0, end};
    flc_state_facts facts = facts_of(&range, 1);
    add(collector, 0, end);
    assert_int_equal(FLC_OK, flc_checkpoint_save(place->path, &facts, collector, &error));
    flc_collector_free(collector);
}

static void assert_loads(const struct place *place, uint64_t end, bool warned)
{
    flc_state *state;
    flc_error warning, error;
    assert_int_equal(FLC_OK, flc_checkpoint_load(&state, place->path, &warning, &error));
    assert_int_equal(end, state->facts.ranges[0].end);
    assert_int_equal(warned, warning.status != FLC_OK);
    flc_state_free(state);
}

static void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 100, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, 100, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

static void newest_whole_checkpoint_is_loaded(void **context)
{
    const struct place *place = *context;
    flc_state *state;
    flc_error warning, error;
    assert_false(flc_checkpoint_exists(place->path));
    assert_int_equal(FLC_ERROR_INPUT, flc_checkpoint_load(&state, place->path, &warning, &error));
    save(place, 3);
    assert_loads(place, 3, false);
    save(place, 7);
    assert_loads(place, 7, false);
    damage(place->path);
    assert_loads(place, 3, true);
    assert_true(flc_checkpoint_exists(place->path)); /* the previous one alone */
    assert_loads(place, 3, false);
    save(place, 9);
    assert_loads(place, 9, false);
    unlink(place->previous);
    damage(place->path);
    assert_int_equal(FLC_ERROR_STUDY, flc_checkpoint_load(&state, place->path, &warning, &error));
    assert_non_null(strstr(error.text, "damaged"));
    flc_checkpoint_remove(place->path);
    assert_false(flc_checkpoint_exists(place->path));
}

static void failed_write_leaves_the_last_good_one(void **context)
{
    const struct place *place = *context;
    flc_error error;
    save(place, 3);
    flc_collector *collector = create();
    flc_block_range range = {0, 5};
    flc_state_facts facts = facts_of(&range, 1);
    add(collector, 0, 5);
    int failures = 0;
    for (long n = 1; n < 20; n++) {
        flc_file_fail_after(n, 28); /* no space left */
        failures += flc_checkpoint_save(place->path, &facts, collector, &error) != FLC_OK;
        flc_file_fail_after(0, 0);
        flc_state *state;
        flc_error warning;
        assert_int_equal(FLC_OK, flc_checkpoint_load(&state, place->path, &warning, &error));
        assert_true(state->facts.ranges[0].end == 3 || state->facts.ranges[0].end == 5);
        flc_state_free(state);
    }
    assert_true(failures >= 3);
    flc_collector_free(collector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_sets_give_equal_bytes),
        cmocka_unit_test(facts_come_back),
        cmocka_unit_test(every_flipped_byte_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(sealed_nonsense_is_refused),
        cmocka_unit_test(foreign_states_are_refused_by_name),
        cmocka_unit_test(shards_cover_all_full_blocks_once),
        cmocka_unit_test(parts_know_what_is_doubled_and_what_is_missing),
        cmocka_unit_test_setup_teardown(newest_whole_checkpoint_is_loaded, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(failed_write_leaves_the_last_good_one, make_place,
                                        remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
