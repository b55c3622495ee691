/* Suggestions of known words (base/suggest.h). */
#include "base/suggest.h"

#include <string.h>

#include "support/assertions.h"

static void distance_counts_insertions_drops_changes_and_swaps(void **state)
{
    (void)state;
    assert_int_equal(flc_suggest_distance("", ""), 0);
    assert_int_equal(flc_suggest_distance("", "abc"), 3);
    assert_int_equal(flc_suggest_distance("abc", ""), 3);
    assert_int_equal(flc_suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(flc_suggest_distance("volatilty", "volatility"), 1);
    assert_int_equal(flc_suggest_distance("paht", "path"), 1);
    assert_int_equal(flc_suggest_distance("ca", "abc"), 3); /* no edits inside a swapped pair */
    assert_int_equal(flc_suggest_distance("flaw", "lawn"), 2);
}

static void distance_is_symmetric_and_zero_only_for_equals(void **state)
{
    (void)state;
    static const char *const words[] = {"mean", "man", "name", "median", "mode", "min", "max"};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            assert_int_equal(flc_suggest_distance(words[i], words[j]),
                             flc_suggest_distance(words[j], words[i]));
            assert_int_equal(flc_suggest_distance(words[i], words[j]) == 0, i == j);
        }
}

static void nearest_word_is_suggested(void **state)
{
    (void)state;
    static const char *const keys[] = {"volatility", "cyclicality", "stickiness", "ratio"};
    assert_string_equal(flc_suggest("volatilty", keys, 4), "volatility");
    assert_string_equal(flc_suggest("cyclicity", keys, 4), "cyclicality");
    assert_string_equal(flc_suggest("ration", keys, 4), "ratio");
    assert_string_equal(flc_suggest("ratio", keys, 4), "ratio");
}

static void far_words_are_not_suggested(void **state)
{
    (void)state;
    static const char *const keys[] = {"volatility", "ratio"};
    assert_null(flc_suggest("conversion", keys, 2));
    assert_null(flc_suggest("", keys, 2));
    assert_null(flc_suggest("ratio", keys, 0));
    assert_null(flc_suggest("ra", keys, 2));
}

static void last_part_of_a_path_finds_the_path(void **state)
{
    (void)state;
    static const char *const paths[] = {"macro/inflation/mean", "accounts/excess_burden"};
    assert_string_equal(flc_suggest("excess_burden", paths, 2), "accounts/excess_burden");
    assert_string_equal(flc_suggest("macro/infation/mean", paths, 2), "macro/inflation/mean");
    assert_null(flc_suggest("burden", paths, 2));
}

static void first_among_equals_is_kept(void **state)
{
    (void)state;
    static const char *const keys[] = {"bat", "cat", "hat"};
    assert_string_equal(flc_suggest("rat", keys, 3), "bat");
}

static void long_words_are_compared_by_their_beginning(void **state)
{
    (void)state;
    char a[600], b[600];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    a[599] = b[598] = '\0';
    a[400] = 'y';
    assert_int_equal(flc_suggest_distance(a, b), 0);
    a[10] = 'y';
    assert_int_equal(flc_suggest_distance(a, b), 1);
}

static void place_of_a_known_word_or_one_refusal(void **state)
{
    (void)state;
    static const char *const keys[] = {"MEP", "MFGUSA", "portfolio"};
    flc_error error = {FLC_OK, ""};
    size_t place;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(flc_suggest_place(&place, "program", keys[i], keys, 3, "; see the list",
                                           FLC_ERROR_USAGE, &error),
                         FLC_OK);
        assert_int_equal(place, i);
    }
    assert_int_equal(flc_suggest_place(&place, "program", "MEPP", keys, 3, "; see the list",
                                       FLC_ERROR_USAGE, &error),
                     FLC_ERROR_USAGE);
    assert_string_equal(error.text, "no program 'MEPP'; did you mean 'MEP'?");
    assert_int_equal(flc_suggest_place(&place, "program", "zzzzzz", keys, 3, "; see the list",
                                       FLC_ERROR_STUDY, &error),
                     FLC_ERROR_STUDY);
    assert_string_equal(error.text, "no program 'zzzzzz'; see the list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_insertions_drops_changes_and_swaps),
        cmocka_unit_test(distance_is_symmetric_and_zero_only_for_equals),
        cmocka_unit_test(nearest_word_is_suggested),
        cmocka_unit_test(far_words_are_not_suggested),
        cmocka_unit_test(last_part_of_a_path_finds_the_path),
        cmocka_unit_test(first_among_equals_is_kept),
        cmocka_unit_test(place_of_a_known_word_or_one_refusal),
        cmocka_unit_test(long_words_are_compared_by_their_beginning),
    };
    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
