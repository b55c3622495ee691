/* Levers, their values, and the points they span. */
#include <string.h>

#include "study/grid.h"
#include "support/assertions.h"

static flc_grid *make(const char *const *levers, size_t count)
{
    flc_grid *grid;
    flc_error error;
    if (flc_grid_of_levers(&grid, levers, count, &error))
        fail_msg("%s", error.text);
    return grid;
}

/* One lever with these values. */
static void assert_values(const char *lever, size_t count, const char *const *values, bool numeric)
{
    flc_grid *grid = make(&lever, 1);
    const flc_lever *made = flc_grid_lever(grid, 0);
    assert_string_equal("a/b", made->path);
    assert_int_equal(count, made->count);
    assert_int_equal(count, flc_grid_points(grid));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(values[i], made->values[i]);
    assert_int_equal(numeric, made->numbers != NULL);
    flc_grid_free(grid);
}
#define VALUES(lever, numeric, ...)                                                                \
    assert_values(lever, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),        \
                  (const char *const[]){__VA_ARGS__}, numeric)

static void values_are_listed_by_commas_outside_of_brackets(void **state)
{
    (void)state;
    VALUES("a/b=0.5,1,2", true, "0.5", "1", "2");
    VALUES("a/b=0.5, 1 ,2e3", true, "0.5", "1", "2e3");
    VALUES("a/b=7", true, "7");
    VALUES("a/b=[1,1,2],[1, 2, 2]", false, "[1,1,2]", "[1, 2, 2]");
    VALUES("a/b={pert: {min: 1, mode: 2, max: 3}},2", false, "{pert: {min: 1, mode: 2, max: 3}}",
           "2");
    VALUES("a/b=linear,geometric", false, "linear", "geometric");
    VALUES("a/b='x,y',\"[\",it's", false, "'x,y'", "\"[\"", "it's");
    VALUES("a/b=x=1,y", false, "x=1", "y");
}

static void ranges_end_where_they_say_and_keep_short_numbers(void **state)
{
    (void)state;
    VALUES("a/b=0.5:2:7", true, "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2");
    VALUES("a/b=0:1:11", true, "0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9",
           "1");
    VALUES("a/b=2:-1:2", true, "2", "-1");
    VALUES("a/b=10:20", false, "10:20");
    VALUES("a/b=1:2:x", false, "1:2:x");
}

static void grid_is_full_and_the_first_lever_is_slowest(void **state)
{
    (void)state;
    const char *const levers[] = {"x=1,2", "y/z=[0],[1],[2]", "w=5:6:2"};
    flc_grid *grid = make(levers, 3);
    assert_int_equal(12, flc_grid_points(grid));
    assert_true(flc_grid_is_full(grid));
    assert_string_equal("x=1, y/z=[0], w=5", flc_grid_label(grid, 0));
    assert_string_equal("x=1, y/z=[0], w=6", flc_grid_label(grid, 1));
    assert_string_equal("x=1, y/z=[1], w=5", flc_grid_label(grid, 2));
    assert_string_equal("x=2, y/z=[2], w=6", flc_grid_label(grid, 11));
    for (size_t p = 0; p < 12; p++)
        for (size_t l = 0; l < 3; l++)
            for (size_t v = 0; v < flc_grid_lever(grid, l)->count; v++) {
                size_t to = flc_grid_moved(grid, p, l, v);
                for (size_t k = 0; k < 3; k++)
                    assert_int_equal(k == l ? v : flc_grid_value(grid, p, k),
                                     flc_grid_value(grid, to, k));
            }
    flc_grid_free(grid);
}

static void names_of_levers_differ(void **state)
{
    (void)state;
    const char *const levers[] = {"programs/MEP/match/required=1", "MEP/match_required=1",
                                  "output=1"};
    flc_grid *grid = make(levers, 3);
    assert_string_equal("MEP_match_required", flc_grid_lever(grid, 0)->name);
    assert_string_equal("MEP_match_required_2", flc_grid_lever(grid, 1)->name);
    assert_string_equal("output_2", flc_grid_lever(grid, 2)->name);
    flc_grid_free(grid);
}

static void assert_refused(const char *const *levers, size_t count, const char *word)
{
    flc_grid *grid;
    flc_error error = {FLC_OK, ""};
    assert_int_equal(FLC_ERROR_USAGE, flc_grid_of_levers(&grid, levers, count, &error));
    assert_null(grid);
    if (!strstr(error.text, word))
        fail_msg("'%s' does not say '%s'", error.text, word);
}
#define REFUSED(word, ...)                                                                         \
    assert_refused((const char *const[]){__VA_ARGS__},                                             \
                   sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), word)

static void levers_that_are_none_are_refused(void **state)
{
    (void)state;
    REFUSED("PATH=VALUES", "programs/MEP");
    REFUSED("PATH=VALUES", "=1");
    REFUSED("empty", "a=");
    REFUSED("empty", "a=1,,2");
    REFUSED("twice", "a=1,2,1.0");
    REFUSED("twice", "a=[1],[1]");
    REFUSED("from:to:points", "a=1:2:1");
    REFUSED("from:to:points", "a=1:2:2.5");
    REFUSED("from:to:points", "a=2:2:3");
    REFUSED("from:to:points", "a=1:2:10001");
    REFUSED("part of the other", "a/b=1", "a/b/c=1");
    REFUSED("part of the other", "a/b=1", "a/b=2");
    REFUSED("1000000 points", "a=0:1:1000", "b=0:1:1000");
    REFUSED("1 to 6", "a=1", "b=1", "c=1", "d=1", "e=1", "f=1", "g=1");
}

static flc_grid *make_table(const char *text)
{
    flc_grid *grid;
    flc_error error;
    if (flc_grid_of_table(&grid, text, strlen(text), "t.csv", &error))
        fail_msg("%s", error.text);
    return grid;
}

static void table_lists_points(void **state)
{
    (void)state;
    flc_grid *grid = make_table("\xEF\xBB\xBFx/a, y\r\n1,\"[1, 2]\"\r\n1, 3\r\n");
    assert_int_equal(2, flc_grid_points(grid));
    assert_false(flc_grid_is_full(grid));
    assert_string_equal("x/a=1, y=[1, 2]", flc_grid_label(grid, 0));
    assert_string_equal("x/a=1, y=3", flc_grid_label(grid, 1));
    assert_non_null(flc_grid_lever(grid, 0)->numbers);
    assert_null(flc_grid_lever(grid, 1)->numbers);
    flc_grid_free(grid);
    grid = make_table("x\n3\n1\n");
    assert_true(flc_grid_is_full(grid));
    flc_grid_free(grid);
}

static void assert_table_refused(const char *text, const char *word)
{
    flc_grid *grid;
    flc_error error = {FLC_OK, ""};
    assert_true(flc_grid_of_table(&grid, text, strlen(text), "t.csv", &error) != FLC_OK);
    assert_null(grid);
    if (!strstr(error.text, word))
        fail_msg("'%s' does not say '%s'", error.text, word);
}

static void tables_that_are_none_are_refused(void **state)
{
    (void)state;
    assert_table_refused("", "empty");
    assert_table_refused("x,y\n", "no line");
    assert_table_refused("x,y\n1\n", "t.csv:2");
    assert_table_refused("x,y\n1,\n", "no value for y");
    assert_table_refused("x,\n1,2\n", "without heading");
    assert_table_refused("x,x\n1,2\n", "part of the other");
    assert_table_refused("x\n1\n1\n", "twice");
    assert_table_refused("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n", "17 columns");
    static char rows[4 + 4 * (FLC_GRID_POINTS + 2)];
    strcpy(rows, "a,b\n");
    for (size_t i = 0; i <= FLC_GRID_POINTS; i++)
        memcpy(rows + 4 + 4 * i, "1,2\n", 4);
    assert_table_refused(rows, "10001 points");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_listed_by_commas_outside_of_brackets),
        cmocka_unit_test(ranges_end_where_they_say_and_keep_short_numbers),
        cmocka_unit_test(grid_is_full_and_the_first_lever_is_slowest),
        cmocka_unit_test(names_of_levers_differ),
        cmocka_unit_test(levers_that_are_none_are_refused),
        cmocka_unit_test(table_lists_points),
        cmocka_unit_test(tables_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
