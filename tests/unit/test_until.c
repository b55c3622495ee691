/* Runs that may end before their end: looks at fixed blocks wherever a run begins, counts beside
 * the distributions, and judging goals. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "run/simulate.h"
#include "statistics/counted.h"
#include "statistics/distributions.h"
#include "statistics/sequences.h"
#include "study/goals.h"
#include "support/assertions.h"

/* ---- looks ----------------------------------------------------------------------------------- */

/* A collector that only knows which blocks it was given. */
struct heard {
    flc_collector collector;
    uint64_t blocks, sum;
};

static flc_status hear(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                       size_t count, flc_error *error)
{
    struct heard *heard = (struct heard *)(void *)collector;
    (void)isa;
    (void)values;
    (void)error;
    assert_int_equal(FLC_BLOCK, count);
    heard->blocks++;
    heard->sum += first / FLC_BLOCK;
    return FLC_OK;
}

static const struct flc_collector_operations hearing = {.add = hear};

static const double *no_block(void *context, uint64_t first)
{
    (void)first;
    return context;
}

enum { MOST_LOOKS = 64 };
struct looks {
    uint64_t at[MOST_LOOKS], begin, stop;
    size_t count;
    bool fails;
};

/* By then exactly the blocks before it are there. */
static flc_status look(void *context, const flc_collector *collector, uint64_t next, bool *enough,
                       flc_error *error)
{
    struct looks *looks = context;
    const struct heard *heard = (const struct heard *)(const void *)collector;
    assert_true(looks->count < MOST_LOOKS);
    assert_int_equal(next - looks->begin, heard->blocks);
    assert_int_equal(next * (next - 1) / 2 - looks->begin * (looks->begin - 1) / 2, heard->sum);
    looks->at[looks->count++] = next;
    *enough = next == looks->stop;
    return looks->fails ? flc_error_set(error, FLC_ERROR_MEMORY, "planted") : FLC_OK;
}

static flc_status simulate(struct looks *looks, flc_run_end *end, uint64_t last, uint64_t save)
{
    double values = 0;
    flc_error error;
    struct heard heard = {.collector = {&hearing}};
    const flc_comm alone = {.size = 1};
    const flc_source source = {&values, no_block, NULL, NULL};
    const flc_run_options options = {
        .begin = looks->begin, .end = last, .save_blocks = save, .context = looks, .look = look};
    return flc_simulate(&alone, &source, &options, &heard.collector, end, &error);
}

static void looks_are_at_the_same_blocks_wherever_a_run_begins(void **state)
{
    (void)state;
    for (uint64_t begin = 1; begin < 300; begin += 13)
        for (uint64_t save = 0; save < 20; save += 7) {
            struct looks looks = {.begin = begin};
            flc_run_end end;
            assert_int_equal(FLC_OK, simulate(&looks, &end, 1000, save));
            assert_int_equal(1000, end.next);
            assert_false(end.enough);
            uint64_t expected = flc_sequences_next_look(begin - 1);
            for (size_t i = 0; i < looks.count; i++) {
                assert_int_equal(expected, looks.at[i]);
                expected = flc_sequences_next_look(expected);
            }
            assert_true(expected >= 1000);
        }
}

static void run_that_goes_on_from_a_look_takes_it_first(void **state)
{
    (void)state;
    struct looks looks = {.begin = 24, .stop = 24};
    flc_run_end end;
    assert_int_equal(FLC_OK, simulate(&looks, &end, 1000, 0));
    assert_int_equal(1, looks.count);
    assert_int_equal(24, end.next);
    assert_true(end.enough && !end.stopped);
}

static void run_ends_at_the_look_that_has_enough(void **state)
{
    (void)state;
    const uint64_t stop = flc_sequences_next_look(flc_sequences_next_look(100));
    for (uint64_t save = 0; save < 20; save += 7) {
        struct looks looks = {.begin = 1, .stop = stop};
        flc_run_end end;
        assert_int_equal(FLC_OK, simulate(&looks, &end, 100000, save));
        assert_int_equal(stop, end.next);
        assert_int_equal(flc_sequences_looks(stop), looks.count);
        assert_true(end.enough);
    }
}

static void end_of_a_run_is_no_look_and_failed_looks_end_it(void **state)
{
    (void)state;
    struct looks looks = {.begin = 1, .stop = 24}, failing = {.begin = 1, .fails = true};
    flc_run_end end;
    assert_int_equal(FLC_OK, simulate(&looks, &end, 24, 0));
    assert_int_equal(0, looks.count);
    assert_int_equal(FLC_ERROR_MEMORY, simulate(&failing, &end, 100, 0));
    assert_int_equal(1, failing.count);
}

/* ---- counts ---------------------------------------------------------------------------------- */

enum { OUTPUTS = 2, BLOCKS = 6 };
static const flc_target asked[] = {
    {1, 0.25, FLC_AT_LEAST}, {0, 50, FLC_AT_MOST}, {1, 0.5, FLC_AT_MOST}};
enum { ASKED = 3 };

/* Output 0 counts samples up, output 1 is a fraction of them, undefined for every tenth. */
static void fill(double values[OUTPUTS * FLC_BLOCK], uint64_t block)
{
    for (uint64_t i = 0; i < FLC_BLOCK; i++) {
        const uint64_t sample = block * FLC_BLOCK + i;
        values[i] = (double)sample;
        values[FLC_BLOCK + i] = sample % 10 == 0 ? (double)NAN : (double)(sample % 8) / 8;
    }
}

static flc_collector *counted(const flc_target *targets, size_t count)
{
    static const flc_resolution fine[OUTPUTS] = {FLC_RESOLUTION_FINE, FLC_RESOLUTION_FINE};
    double values[OUTPUTS * FLC_BLOCK];
    flc_summary *summary = flc_summary_create(fine, OUTPUTS, NULL, 0, NULL);
    fill(values, 0);
    assert_int_equal(FLC_OK, flc_summary_set_pilot(summary, values, NULL));
    flc_collector *collector =
        flc_counted_take(flc_distributions_take(summary, NULL), targets, count, NULL);
    assert_non_null(collector);
    return collector;
}

static void add(flc_collector *collector, uint64_t block, size_t count)
{
    double values[OUTPUTS * FLC_BLOCK];
    fill(values, block);
    assert_int_equal(FLC_OK, flc_collector_add(collector, FLC_ISA_GENERIC, values,
                                               block * FLC_BLOCK, count, NULL));
}

static void merge(flc_collector *whole, const flc_collector *part)
{
    unsigned char bytes[1 << 17];
    for (size_t r = 0; r < flc_collector_records(part); r++) {
        size_t length = flc_collector_record_bytes(part, r);
        assert_true(length <= sizeof bytes);
        flc_collector_record_write(part, r, bytes);
        assert_int_equal(FLC_OK, flc_collector_record_merge(whole, r, bytes, length, NULL));
    }
}

static void counts_of_merged_parts_are_those_of_the_whole(void **state)
{
    (void)state;
    flc_collector *whole = counted(asked, ASKED), *odd = counted(asked, ASKED);
    flc_collector *even = counted(asked, ASKED);
    uint64_t expected[ASKED] = {0, 51, 0};
    for (uint64_t s = 0; s < BLOCKS * FLC_BLOCK - 92; s++) {
        expected[0] += s % 10 != 0 && s % 8 >= 2;
        expected[2] += s % 10 != 0 && s % 8 <= 4;
    }
    for (uint64_t b = 0; b < BLOCKS; b++) {
        const size_t count = b + 1 < BLOCKS ? FLC_BLOCK : FLC_BLOCK - 92;
        add(whole, b, count);
        add(b % 2 ? odd : even, b, count);
    }
    merge(even, odd);
    assert_memory_equal(expected, flc_counted_met(whole), sizeof expected);
    assert_memory_equal(expected, flc_counted_met(even), sizeof expected);
    flc_collector_clear(whole);
    assert_int_equal(0, flc_counted_met(whole)[0] + flc_counted_met(whole)[1]);
    flc_collector_free(whole);
    flc_collector_free(odd);
    flc_collector_free(even);
}

static void inside_is_what_it_were_without_questions(void **state)
{
    (void)state;
    flc_collector *some = counted(asked, ASKED), *none = counted(NULL, 0);
    const flc_collector *a = flc_counted_inside(some), *b = flc_counted_inside(none);
    static unsigned char one[1 << 17], other[1 << 17];
    add(some, 3, FLC_BLOCK);
    add(none, 3, FLC_BLOCK);
    assert_int_equal(flc_collector_records(some), flc_collector_records(a) + 1);
    assert_int_equal(OUTPUTS + 1, flc_collector_records(a));
    for (size_t r = 0; r < OUTPUTS + 1; r++) {
        const size_t length = flc_collector_record_bytes(a, r);
        assert_int_equal(length, flc_collector_record_bytes(b, r));
        flc_collector_record_write(a, r, one);
        flc_collector_record_write(b, r, other);
        assert_memory_equal(one, other, length);
    }
    flc_error error;
    assert_int_equal(FLC_ERROR_STUDY,
                     flc_collector_record_merge(some, OUTPUTS + 1, one, 8, &error));
    flc_collector_free(some);
    flc_collector_free(none);
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    (void)state;
    for (long n = 1; n <= 3; n++) {
        flc_collector *inside = counted(NULL, 0);
        flc_error error;
        flc_memory_fail_after(n);
        assert_null(flc_counted_take(inside, asked, ASKED, &error));
        flc_memory_fail_after(0);
        assert_int_equal(FLC_ERROR_MEMORY, error.status);
    }
}

/* ---- goals ----------------------------------------------------------------------------------- */

/* The values of `counted`, judged. */
static flc_goal judged(flc_goal goal)
{
    flc_collector *collector = counted(asked, ASKED);
    for (uint64_t b = 0; b < 24; b++)
        add(collector, b, FLC_BLOCK);
    flc_goals goals = {&goal, 1, 0.05, 0, 0};
    flc_goals_judge(&goals, flc_distributions_summary(flc_counted_inside(collector)), 4608);
    assert_int_equal(1, goals.looks);
    assert_int_equal(goal.satisfied, flc_goals_satisfied(&goals));
    flc_collector_free(collector);
    return goal;
}

static void goals_are_answered_from_the_summary(void **state)
{
    (void)state;
    flc_goal mean = judged((flc_goal){.target = {0, 0, 0}, .wanted = 100, .remark = ""});
    const flc_interval interval = flc_sequences_mean(2303.5, sqrt(4608.0 * 4609 / 12), 4608, 0.05);
    ASSERT_NEAR(mean.estimate, 2303.5, 1e-14, 0);
    ASSERT_NEAR(mean.low, interval.low, 1e-12, 0);
    ASSERT_NEAR(mean.high, interval.high, 1e-12, 0);
    ASSERT_NEAR(mean.reached, interval.high - 2303.5, 1e-10, 0);
    assert_int_equal(mean.satisfied, mean.reached <= 100);

    flc_goal quantile = judged((flc_goal){.kind = FLC_GOAL_QUANTILE,
                                          .target = {0, 0, 0},
                                          .p = 0.25,
                                          .wanted = 0.2,
                                          .relative = true});
    const flc_ranks ranks = flc_sequences_ranks(4608, 0.25, 0.05); /* value number r is r - 1 */
    assert_true(quantile.low <= (double)ranks.low - 1 && quantile.high >= (double)ranks.high - 1);
    ASSERT_NEAR(quantile.low, (double)ranks.low - 1, 0, 12); /* cells of 2^-9 of the distance */
    ASSERT_NEAR(quantile.high, (double)ranks.high - 1, 0, 12);
    assert_true(quantile.satisfied);

    flc_goal share = judged(
        (flc_goal){.kind = FLC_GOAL_PROBABILITY, .target = {1, 0, 0}, .met = 41, .wanted = 1e-9});
    const flc_interval shares = flc_sequences_probability(41, share.values, 0.05);
    assert_int_equal(4608 - 461, share.values);
    ASSERT_SAME_BITS(share.low, shares.low);
    ASSERT_SAME_BITS(share.high, shares.high);
    assert_false(share.satisfied);
}

static void worst_goal_and_what_it_needs_are_found(void **state)
{
    (void)state;
    flc_goal goal[3] = {{.wanted = 1, .reached = 0.5, .satisfied = true},
                        {.wanted = 0.1, .reached = 0.3},
                        {.wanted = 2, .reached = 4}};
    flc_goals goals = {goal, 3, 0.05 / 3, 1000, 1};
    assert_ptr_equal(&goal[1], flc_goals_worst(&goals));
    ASSERT_NEAR(flc_goals_needed(&goals), 9000, 1e-12, 0);
    assert_false(flc_goals_satisfied(&goals));
    goal[2].reached = (double)NAN;
    assert_ptr_equal(&goal[2], flc_goals_worst(&goals));
    assert_true(isinf(flc_goals_needed(&goals)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_at_the_same_blocks_wherever_a_run_begins),
        cmocka_unit_test(run_that_goes_on_from_a_look_takes_it_first),
        cmocka_unit_test(run_ends_at_the_look_that_has_enough),
        cmocka_unit_test(end_of_a_run_is_no_look_and_failed_looks_end_it),
        cmocka_unit_test(counts_of_merged_parts_are_those_of_the_whole),
        cmocka_unit_test(inside_is_what_it_were_without_questions),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
        cmocka_unit_test(goals_are_answered_from_the_summary),
        cmocka_unit_test(worst_goal_and_what_it_needs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
