/* Lists of machines as they come up a tree (run/hosts.h), and the times of a rank (run/usage.h). */
#define _XOPEN_SOURCE 700 /* nanosleep */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "run/hosts.h"
#include "support/assertions.h"

enum { TEXT = 8192 };

static flc_host_list list_of(const char *name)
{
    flc_host_list list = {.count = 1, .runs[0].ranks = 1};
    snprintf(list.runs[0].name, FLC_HOST_NAME, "%s", name);
    return list;
}

/* Rank r of machine r / per_host, joined as ranks do it: the list of ranks begin ... end-1. */
static flc_host_list tree(int begin, int end, int per_host)
{
    char name[FLC_HOST_NAME];
    snprintf(name, sizeof name, "node%d", begin / per_host);
    flc_host_list list = list_of(name);
    int step = 1;
    while (begin + step < end) { /* the ranks step ... 2 step - 1 above the first one */
        int most = begin + 2 * step < end ? begin + 2 * step : end;
        flc_host_list higher = tree(begin + step, most, per_host);
        flc_host_list_join(&list, &higher);
        step *= 2;
    }
    return list;
}

static void assert_text(const char *expected, int ranks, int per_host)
{
    char text[TEXT];
    flc_host_list list = tree(0, ranks, per_host);
    flc_host_list_print(&list, text, sizeof text);
    assert_string_equal(expected, text);
}

static void neighbours_on_one_machine_are_counted(void **state)
{
    (void)state;
    assert_text("node0 x 1", 1, 4);
    assert_text("node0 x 4, node1 x 3", 7, 4);
    assert_text("node0 x 3, node1 x 3, node2 x 2", 8, 3);
}

static void of_many_machines_the_first_and_the_last_are_named(void **state)
{
    char expected[TEXT] = "";
    size_t used = 0;
    (void)state;
    for (int i = 0; i < FLC_HOSTS_SHOWN - 1; i++)
        used += (size_t)snprintf(expected + used, sizeof expected - used, "node%d x 64, ", i);
    snprintf(expected + used, sizeof expected - used, "%d more, node255 x 64",
             256 - FLC_HOSTS_SHOWN);
    assert_text(expected, 256 * 64, 64);
}

/* Every rank is named or hidden, at any number of ranks. */
static void no_machine_is_lost_or_doubled(void **state)
{
    (void)state;
    for (int ranks = 1; ranks < 150; ranks++) {
        flc_host_list list = tree(0, ranks, 3);
        assert_int_equal((ranks + 2) / 3, list.count + list.hidden);
        assert_true(list.hidden == 0 || list.count == FLC_HOSTS_SHOWN);
    }
}

/* Ranks dealt out in turns: equal names on both sides of hidden ones are two runs. */
static void names_are_not_joined_over_hidden_ones(void **state)
{
    (void)state;
    char text[TEXT];
    flc_host_list list = list_of("a"), other = list_of("b");
    flc_host_list_join(&list, &other);
    flc_host_list pair = list;
    for (int i = 0; i < 5; i++) {
        flc_host_list same = list;
        flc_host_list_join(&list, &same);
    }
    assert_int_equal(64, list.count + list.hidden);
    flc_host_list_join(&list, &pair);
    assert_int_equal(66, list.count + list.hidden);
    flc_host_list_print(&list, text, sizeof text);
    assert_non_null(strstr(text, ", 50 more, b x 1"));
}

static void list_fits_the_room_it_gets(void **state)
{
    char text[40];
    (void)state;
    for (size_t room = 1; room < sizeof text; room++) {
        flc_host_list list = tree(0, 100, 2);
        memset(text, '!', sizeof text);
        flc_host_list_print(&list, text, room);
        assert_true(strlen(text) < room);
        assert_int_equal('!', text[room]);
    }
}

/* ---- usage ----------------------------------------------------------------------------------- */

static void pause_for(long milliseconds)
{
    const struct timespec time = {0, milliseconds * 1000000};
    nanosleep(&time, NULL);
}

static int64_t at(const flc_usage *usage, flc_phase phase, flc_time time)
{
    return usage->numbers[FLC_TIMES * phase + time];
}

static void times_go_to_the_phase_they_were_spent_in(void **state)
{
    flc_usage usage;
    (void)state;
    flc_usage_begin(&usage, FLC_PHASE_PREPARE);
    pause_for(2);
    assert_int_equal(FLC_PHASE_PREPARE, flc_usage_enter(&usage, FLC_PHASE_BLOCKS));
    pause_for(4);
    flc_usage_wait(&usage, true);
    pause_for(8);
    flc_usage_wait(&usage, false);
    flc_usage_enter(&usage, FLC_PHASE_MERGE);
    assert_in_range(at(&usage, FLC_PHASE_PREPARE, FLC_TIME_WORK), 2000000, 1000000000);
    assert_in_range(at(&usage, FLC_PHASE_BLOCKS, FLC_TIME_WORK), 4000000, 1000000000);
    assert_in_range(at(&usage, FLC_PHASE_BLOCKS, FLC_TIME_WAIT), 8000000, 1000000000);
    assert_int_equal(0, at(&usage, FLC_PHASE_PREPARE, FLC_TIME_WAIT));
    assert_int_equal(0, at(&usage, FLC_PHASE_WRITE, FLC_TIME_WORK));
}

static void usage_that_is_not_kept_costs_nothing(void **state)
{
    (void)state;
    flc_usage_begin(NULL, FLC_PHASE_START);
    assert_int_equal(FLC_PHASE_MERGE, flc_usage_enter(NULL, FLC_PHASE_MERGE));
    flc_usage_wait(NULL, true);
    flc_usage_add(NULL, FLC_USAGE_SENT, 1);
}

static void every_number_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = FLC_USAGE_BLOCKS; i < FLC_USAGE_NUMBERS; i++)
        for (size_t j = FLC_USAGE_BLOCKS; j < i; j++)
            assert_string_not_equal(flc_usage_name(i), flc_usage_name(j));
    for (int i = 0; i < FLC_PHASES; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(flc_phase_name((flc_phase)i), flc_phase_name((flc_phase)j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_on_one_machine_are_counted),
        cmocka_unit_test(of_many_machines_the_first_and_the_last_are_named),
        cmocka_unit_test(no_machine_is_lost_or_doubled),
        cmocka_unit_test(names_are_not_joined_over_hidden_ones),
        cmocka_unit_test(list_fits_the_room_it_gets),
        cmocka_unit_test(times_go_to_the_phase_they_were_spent_in),
        cmocka_unit_test(usage_that_is_not_kept_costs_nothing),
        cmocka_unit_test(every_number_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
