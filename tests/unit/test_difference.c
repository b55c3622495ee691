/* What two resolved texts say differently. */
#include "study/difference.h"

#include <stdio.h>
#include <string.h>

#include "support/assertions.h"

/* Compare two texts; the differences as lines "path: a | b", "-" where there is none. */
static void compare(char *lines, size_t room, const char *a, const char *b)
{
    flc_error error = {FLC_OK, ""};
    flc_arena *arena = flc_arena_create(&error);
    const char *text[2] = {a, b}, *name[2] = {"a.h5", "b.h5"};
    const flc_study_change *found;
    size_t count;
    assert_non_null(arena);
    assert_int_equal(flc_study_differences(&found, &count, arena, text, name, &error), FLC_OK);
    lines[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(lines);
        snprintf(lines + length, room - length, "%s: %s | %s\n", found[i].path,
                 found[i].value[0] ? found[i].value[0] : "-",
                 found[i].value[1] ? found[i].value[1] : "-");
    }
    flc_arena_free(arena);
}

static void check(const char *a, const char *b, const char *expected)
{
    char lines[4096];
    compare(lines, sizeof lines, a, b);
    assert_string_equal(lines, expected);
}

static void equal_texts_have_none(void **state)
{
    (void)state;
    check("a: 1\nb: [1, 2]\n", "a: 1\nb: [1, 2]\n", "");
    check("a: 1\nb: {c: x}\n", "a:   1 # said otherwise\nb:\n  c: x\n", "");
}

static void each_changed_key_has_its_path_and_both_values(void **state)
{
    (void)state;
    check("p: {A: {x: 1, y: 2}}\nz: 3\n", "p: {A: {x: 1, y: 2.5}}\nz: four\n",
          "p/A/y: 2 | 2.5\nz: 3 | four\n");
    check("x: \"1\"\n", "x: 1\n", "x: \"1\" | 1\n"); /* a text is no number */
    check("x: 0.5\n", "x: {pert: {min: 0, mode: 1, max: 2}, source: \"a: b\"}\n",
          "x: 0.5 | {pert: {min: 0, mode: 1, max: 2}, source: \"a: b\"}\n");
}

static void keys_that_one_lacks_are_added_or_removed(void **state)
{
    (void)state;
    check("a: 1\nb: 2\n", "a: 1\nc: {d: [1, 2]}\n", "b: 2 | -\nc: - | {d: [1, 2]}\n");
}

static void item_put_into_a_list_is_one_difference(void **state)
{
    (void)state;
    check("t: [{n: a}, {n: c}, {n: d}]\n", "t: [{n: a}, {n: b}, {n: c}, {n: d}]\n",
          "t/1: - | {n: b}\n");
    check("t: [1, 2, 3]\n", "t: [2, 3]\n", "t/0: 1 | -\n");
    check("t: [1, 2, 2]\n", "t: [1, 2]\n", "t/2: 2 | -\n");
    check("t: [1, 2, 3]\n", "t: [1, 5, 3]\n", "t/1: 2 | 5\n");
}

static void order_of_common_keys_is_a_difference(void **state)
{
    (void)state;
    check("p: {A: 1, B: 2, C: 3}\n", "p: {B: 2, D: 4, A: 1, C: 3}\n",
          "p/D: - | 4\np: in the order A, B, C | in the order B, A, C\n");
}

static void text_that_is_no_yaml_names_its_file(void **state)
{
    (void)state;
    flc_error error = {FLC_OK, ""};
    flc_arena *arena = flc_arena_create(&error);
    const char *text[2] = {"a: 1\n", "a: [1\n"}, *name[2] = {"a.h5", "b.h5"};
    const flc_study_change *found;
    size_t count;
    assert_int_equal(flc_study_differences(&found, &count, arena, text, name, &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "b.h5"));
    assert_int_equal(count, 0);
    flc_arena_free(arena);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    const char *text[2] = {"a: {b: 1, c: 2}\n", "a: {c: 3, b: [4]}\n"}, *name[2] = {"a", "b"};
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status == FLC_ERROR_MEMORY; n++) {
        flc_error error = {FLC_OK, ""};
        flc_arena *arena = flc_arena_create(&error);
        const flc_study_change *found;
        size_t count;
        flc_memory_fail_after(n);
        status = flc_study_differences(&found, &count, arena, text, name, &error);
        flc_memory_fail_after(0);
        assert_int_equal(status == FLC_OK, count == 3);
        flc_arena_free(arena);
        assert_true(n < 1000);
    }
    assert_int_equal(status, FLC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_have_none),
        cmocka_unit_test(each_changed_key_has_its_path_and_both_values),
        cmocka_unit_test(keys_that_one_lacks_are_added_or_removed),
        cmocka_unit_test(item_put_into_a_list_is_one_difference),
        cmocka_unit_test(order_of_common_keys_is_a_difference),
        cmocka_unit_test(text_that_is_no_yaml_names_its_file),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests_name("difference", tests, NULL, NULL);
}
