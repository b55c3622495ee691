/* Sets of blocks against the plainest model of them: one flag a block. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/block_set.h"
#include "support/assertions.h"

enum { BLOCKS = 60, ROUNDS = 200 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Ranges ascend and do not touch, and are those of the flags. */
static void assert_is(const flc_block_set *set, const bool flags[BLOCKS])
{
    uint64_t size = 0;
    for (size_t i = 0; i < set->count; i++) {
        assert_true(set->ranges[i].begin < set->ranges[i].end);
        assert_true(i == 0 || set->ranges[i - 1].end < set->ranges[i].begin);
    }
    for (uint64_t b = 0; b < BLOCKS; b++) {
        uint64_t next = b;
        while (next < BLOCKS && flags[next])
            next++;
        assert_int_equal(flags[b], flc_block_set_has(set, b));
        assert_int_equal(next, flc_block_set_next(set, b));
        size += flags[b];
    }
    assert_int_equal(size, flc_block_set_size(set));
}

static void fill(flc_block_set *set, bool flags[BLOCKS], const bool taken[BLOCKS], uint32_t *seed)
{
    flc_error error;
    for (int i = 0; i < BLOCKS / 2; i++) {
        uint64_t block = next_random(seed) % BLOCKS;
        if (flags[block] || (taken && taken[block]))
            continue;
        assert_int_equal(FLC_OK, flc_block_set_add(set, block, &error));
        flags[block] = true;
        assert_is(set, flags);
    }
}

static void blocks_in_any_order_give_the_same_set(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        flc_block_set set = {NULL, 0, 0};
        bool flags[BLOCKS] = {false};
        assert_is(&set, flags);
        fill(&set, flags, NULL, &seed);
        flc_block_set_clear(&set);
    }
}

static void joined_sets_have_the_blocks_of_both(void **state)
{
    (void)state;
    flc_error error;
    uint32_t seed = 2;
    for (int round = 0; round < ROUNDS; round++) {
        flc_block_set a = {NULL, 0, 0}, b = {NULL, 0, 0};
        bool in_a[BLOCKS] = {false}, in_b[BLOCKS] = {false};
        fill(&a, in_a, NULL, &seed);
        fill(&b, in_b, in_a, &seed);
        assert_int_equal(UINT64_MAX, flc_block_set_common(&a, b.ranges, b.count));
        assert_int_equal(FLC_OK, flc_block_set_join(&a, b.ranges, b.count, &error));
        for (int i = 0; i < BLOCKS; i++)
            in_a[i] |= in_b[i];
        assert_is(&a, in_a);
        flc_block_set_clear(&a);
        flc_block_set_clear(&b);
    }
}

static void the_first_common_block_is_found(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (int round = 0; round < ROUNDS; round++) {
        flc_block_set a = {NULL, 0, 0}, b = {NULL, 0, 0};
        bool in_a[BLOCKS] = {false}, in_b[BLOCKS] = {false};
        fill(&a, in_a, NULL, &seed);
        fill(&b, in_b, NULL, &seed);
        uint64_t first = 0;
        while (first < BLOCKS && !(in_a[first] && in_b[first]))
            first++;
        assert_int_equal(first < BLOCKS ? first : UINT64_MAX,
                         flc_block_set_common(&a, b.ranges, b.count));
        flc_block_set_clear(&a);
        flc_block_set_clear(&b);
    }
}

static void without_memory_a_set_stays_as_it_was(void **state)
{
    (void)state;
    flc_error error;
    flc_block_set set = {NULL, 0, 0};
    bool flags[BLOCKS] = {false};
    const flc_block_range other = {40, 50};
    for (uint64_t b = 0; b < 16; b += 2) {
        assert_int_equal(FLC_OK, flc_block_set_add(&set, b, &error));
        flags[b] = true;
    }
    flc_memory_fail_after(1);
    assert_int_equal(FLC_ERROR_MEMORY, flc_block_set_add(&set, 20, &error));
    flc_memory_fail_after(1);
    assert_int_equal(FLC_ERROR_MEMORY, flc_block_set_join(&set, &other, 1, &error));
    flc_memory_fail_after(0);
    assert_is(&set, flags);
    flc_block_set_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_in_any_order_give_the_same_set),
        cmocka_unit_test(joined_sets_have_the_blocks_of_both),
        cmocka_unit_test(the_first_common_block_is_found),
        cmocka_unit_test(without_memory_a_set_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
