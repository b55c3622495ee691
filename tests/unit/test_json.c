/* JSON: every value reads back as what was written. */
#include "support/assertions.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"

static flc_buffer buffer;

static void begin(flc_json *json)
{
    flc_buffer_clear(&buffer);
    flc_buffer_init(&buffer, NULL);
    flc_json_init(json, &buffer);
}

static void assert_written(const char *expected)
{
    assert_int_equal(buffer.status, FLC_OK);
    assert_string_equal(buffer.text, expected);
    assert_int_equal(buffer.length, strlen(expected));
    flc_buffer_clear(&buffer);
}

static void objects_and_lists_nest(void **state)
{
    (void)state;
    flc_json json;
    begin(&json);
    flc_json_object(&json, NULL);
    flc_json_text(&json, "state", "running");
    flc_json_list(&json, "ranks");
    flc_json_integer(&json, NULL, INT64_MIN);
    flc_json_unsigned(&json, NULL, UINT64_MAX);
    flc_json_object(&json, NULL);
    flc_json_boolean(&json, "alive", true);
    flc_json_boolean(&json, "idle", false);
    flc_json_end_object(&json);
    flc_json_list(&json, NULL);
    flc_json_end_list(&json);
    flc_json_end_list(&json);
    flc_json_object(&json, "empty");
    flc_json_end_object(&json);
    flc_json_text(&json, "none", NULL);
    flc_json_end_object(&json);
    assert_written("{\n"
                   "  \"state\": \"running\",\n"
                   "  \"ranks\": [\n"
                   "    -9223372036854775808,\n"
                   "    18446744073709551615,\n"
                   "    {\n"
                   "      \"alive\": true,\n"
                   "      \"idle\": false\n"
                   "    },\n"
                   "    []\n"
                   "  ],\n"
                   "  \"empty\": {},\n"
                   "  \"none\": null\n"
                   "}\n");
}

static void numbers_read_back_to_the_same_bits(void **state)
{
    (void)state;
    static const double values[] = {0.0,     -0.0,      0.1,  1.0 / 3.0,      1e300,  DBL_MIN,
                                    DBL_MAX, 0x1p-1074, 24.6, -123456789.125, 0x1p63, 2.5e-7};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        flc_json json;
        begin(&json);
        flc_json_number(&json, NULL, values[i]);
        ASSERT_SAME_BITS(strtod(buffer.text, NULL), values[i]);
    }
}

static void what_is_not_a_number_is_null(void **state)
{
    (void)state;
    flc_json json;
    begin(&json);
    flc_json_list(&json, NULL);
    flc_json_number(&json, NULL, (double)NAN);
    flc_json_number(&json, NULL, (double)INFINITY);
    flc_json_number(&json, NULL, -(double)INFINITY);
    flc_json_end_list(&json);
    assert_written("[\n  null,\n  null,\n  null\n]\n");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    flc_json json;
    begin(&json);
    flc_json_text(&json, NULL, "a\"b\\c/\b\f\n\r\t\x01\x1F\x7F 测试 \xF0\x9F\x92\xB0");
    assert_written("\"a\\\"b\\\\c/\\u0008\\u000c\\u000a\\u000d\\u0009\\u0001\\u001f\\u007f 测试 "
                   "\xF0\x9F\x92\xB0\"");
    begin(&json);
    flc_json_object(&json, NULL);
    flc_json_integer(&json, "a \"key\"\n", 1);
    flc_json_end_object(&json);
    assert_written("{\n  \"a \\\"key\\\"\\u000a\": 1\n}\n");
}

/* The examples of RFC 3629 and of Unicode's table 3-7, one byte wrong in each. */
static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t wrong;
    } cases[] = {{"\x80", 1},         {"\xC0\xAF", 2},         {"\xE0\x9F\xBF", 3},
                 {"\xED\xA0\x80", 3}, {"\xF4\x90\x80\x80", 4}, {"\xF8", 1},
                 {"\xC3", 1},         {"\xE6\xB5", 2},         {"caf\xE9!", 1},
                 {"\xFF\xFE", 2},     {"\xF0\x80\x80\x80", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_json json;
        size_t found = 0;
        begin(&json);
        flc_json_text(&json, NULL, cases[i].bytes);
        for (const char *at = buffer.text; (at = strstr(at, "\xEF\xBF\xBD")) != NULL; at += 3)
            found++;
        assert_int_equal(found, cases[i].wrong);
    }
}

static void the_ends_of_each_range_are_utf8(void **state)
{
    (void)state;
    static const char *const valid[] = {"\x7F",         "\xC2\x80",         "\xDF\xBF",
                                        "\xE0\xA0\x80", "\xED\x9F\xBF",     "\xEE\x80\x80",
                                        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    char *copy;
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        assert_int_equal(flc_utf8_character(valid[i]), strlen(valid[i]));
        assert_ptr_equal(flc_utf8_repair(&copy, valid[i], NULL), valid[i]);
        assert_null(copy);
    }
    assert_int_equal(flc_utf8_character(""), 0);
    assert_string_equal(flc_utf8_repair(&copy, "x\xFFy\xE6", NULL), "x\xEF\xBF\xBDy\xEF\xBF\xBD");
    flc_free(copy);
}

static void no_memory_sticks(void **state)
{
    (void)state;
    flc_json json;
    begin(&json);
    flc_memory_fail_after(1);
    flc_json_list(&json, NULL);
    flc_memory_fail_after(0);
    flc_json_integer(&json, NULL, 1);
    flc_json_end_list(&json);
    assert_int_equal(buffer.status, FLC_ERROR_MEMORY);
    flc_buffer_clear(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_lists_nest),
        cmocka_unit_test(numbers_read_back_to_the_same_bits),
        cmocka_unit_test(what_is_not_a_number_is_null),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(the_ends_of_each_range_are_utf8),
        cmocka_unit_test(no_memory_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
