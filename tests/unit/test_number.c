/* Laws of base/number.h, base/domain.h and base/buffer.h. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/domain.h"
#include "base/memory.h"
#include "base/number.h"
#include "support/assertions.h"

static void printed_numbers_read_back_to_the_same_bits(void **state)
{
    (void)state;
    static const double some[] = {0.1,    1.0 / 3, 0.1 + 0.2, 1e22,    1e23,   123456789012345680.0,
                                  5e-324, 1e-5,    DBL_MAX,   DBL_MIN, 1024.0, -2.5};
    char text[FLC_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        double back;
        assert_null(flc_number_parse(&back, flc_number_print(text, some[i])));
        ASSERT_SAME_BITS(back, some[i]);
    }
}

static void the_fewest_digits_are_printed(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {2.0 / 3, "0.6666666666666666"},
                 {175, "175"},
                 {1e20, "1.0e+20"},
                 {1.5e-7, "1.5e-07"},
                 {-24.6, "-24.6"}};
    char text[FLC_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(flc_number_print(text, cases[i].value), cases[i].text);
}

static void what_is_not_a_plain_decimal_number_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      " 1",     "1 ",  "+",     "-",     ".",
                                      "e1",    "1e",     "1e+", "1.2.3", "0x1",   "01",
                                      "1,2",   "1_0",    "inf", "nan",   "NaN",   "1f",
                                      "1e999", "1e-999", "--1", "1-2",   "0x1p3", "infinity"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 7;
        if (!flc_number_parse(&value, bad[i]))
            fail_msg("'%s' is read as %g", bad[i], value);
    }
    double zero = 1;
    assert_null(flc_number_parse(&zero, "-0.0e5"));
    ASSERT_SAME_BITS(zero, 0.0);
}

static void domains_hold_their_ends_unless_open(void **state)
{
    (void)state;
    const flc_domain share = FLC_SHARE, below_one = FLC_SHARE_BELOW_ONE, positive = FLC_POSITIVE,
                     any = FLC_ANY_NUMBER, whole = FLC_WHOLE_AT_LEAST_ONE, inner = FLC_PERSISTENCE;
    assert_true(flc_domain_contains(share, 0) && flc_domain_contains(share, 1));
    assert_false(flc_domain_contains(share, nextafter(1, 2)) ||
                 flc_domain_contains(share, -5e-324));
    assert_false(flc_domain_contains(below_one, 1) || flc_domain_contains(positive, 0));
    assert_true(flc_domain_contains(positive, 5e-324) && flc_domain_contains(any, -DBL_MAX));
    assert_false(flc_domain_contains(any, NAN) || flc_domain_contains(any, INFINITY));
    assert_true(flc_domain_contains(whole, 1) && flc_domain_contains(whole, 1e300));
    assert_false(flc_domain_contains(whole, 1.5) || flc_domain_contains(whole, 0));
    assert_false(flc_domain_contains(inner, -1) || flc_domain_contains(inner, 1));
}

static void domains_have_words(void **state)
{
    (void)state;
    static const struct {
        flc_domain domain;
        const char *words;
    } cases[] = {{FLC_SHARE, "in [0, 1]"},
                 {FLC_SHARE_BELOW_ONE, "in [0, 1)"},
                 {FLC_PERSISTENCE, "in (-1, 1)"},
                 {FLC_NOT_NEGATIVE, ">= 0"},
                 {FLC_POSITIVE, "> 0"},
                 {FLC_AT_MOST_ONE, "<= 1"},
                 {FLC_ANY_NUMBER, "a number"},
                 {FLC_WHOLE_AT_LEAST_ONE, "a whole number >= 1"},
                 {{1, 64, false, false, true}, "a whole number in [1, 64]"},
                 {{1, 1, false, false, true}, "1"}};
    char words[FLC_DOMAIN_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(flc_domain_show(words, cases[i].domain), cases[i].words);
}

static void a_buffer_holds_what_was_added(void **state)
{
    (void)state;
    flc_buffer buffer;
    flc_buffer_init(&buffer, NULL);
    for (int i = 0; i < 1000; i++)
        flc_buffer_printf(&buffer, "%03d,", i);
    flc_buffer_cut(&buffer, 8);
    flc_buffer_spaces(&buffer, 2);
    flc_buffer_number(&buffer, 0.5);
    flc_buffer_add(&buffer, "!");
    flc_buffer_append(&buffer, "abc", 2);
    assert_int_equal(buffer.status, FLC_OK);
    assert_string_equal(buffer.text, "000,001,  0.5!ab");
    assert_int_equal(buffer.length, strlen(buffer.text));
    flc_buffer_clear(&buffer);
}

static void the_first_failure_of_a_buffer_sticks(void **state)
{
    (void)state;
    flc_error error = {FLC_OK, ""};
    flc_buffer buffer;
    flc_buffer_init(&buffer, &error);
    flc_memory_fail_after(1);
    flc_buffer_add(&buffer, "lost");
    flc_buffer_add(&buffer, "also lost");
    flc_memory_fail_after(0);
    assert_int_equal(buffer.status, FLC_ERROR_MEMORY);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(error.status, FLC_ERROR_MEMORY);
    flc_buffer_clear(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_numbers_read_back_to_the_same_bits),
        cmocka_unit_test(the_fewest_digits_are_printed),
        cmocka_unit_test(what_is_not_a_plain_decimal_number_is_refused),
        cmocka_unit_test(domains_hold_their_ends_unless_open),
        cmocka_unit_test(domains_have_words),
        cmocka_unit_test(a_buffer_holds_what_was_added),
        cmocka_unit_test(the_first_failure_of_a_buffer_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
