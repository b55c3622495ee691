/* Break-evens along a line, against a search by brute force; the Pareto set, against its
 * definition.
 */
#include <math.h>
#include <stdbool.h>

#include "random/streams.h"
#include "statistics/crossings.h"
#include "statistics/intervals.h"
#include "statistics/pareto.h"
#include "support/assertions.h"

enum { MOST = 12 };
#define LEVEL 0.95

static size_t find(flc_crossing *crossings, const flc_line_point *points, size_t count,
                   double target)
{
    flc_error error;
    size_t found = 99;
    assert_int_equal(FLC_OK,
                     flc_crossings_find(crossings, &found, points, count, target, LEVEL, &error));
    assert_true(found <= 3 * count);
    return found;
}

/* Is the target not rejected at `x`? Straight from the variance of a weighted mean of two. */
static bool accepted(const flc_line_point *points, size_t count, double target, double x)
{
    size_t i = 0;
    while (i + 2 < count && points[i + 1].at < x)
        i++;
    const flc_line_point *a = &points[i], *b = &points[i + 1];
    double w = (x - a->at) / (b->at - a->at);
    double covariance =
        0.5 * (a->error * a->error + b->error * b->error - b->error_before * b->error_before);
    double variance = (1 - w) * (1 - w) * a->error * a->error + w * w * b->error * b->error +
                      2 * w * (1 - w) * covariance;
    double t = flc_intervals_student(LEVEL, a->degrees);
    double gap = (1 - w) * a->mean + w * b->mean - target;
    return gap * gap <= t * t * variance;
}

static bool in_some_interval(const flc_crossing *crossings, size_t found, double x)
{
    for (size_t i = 0; i < found; i++)
        if (crossings[i].low <= x && x <= crossings[i].high)
            return true;
    return false;
}

static double uniform(const flc_stream *stream, uint64_t *next)
{
    return flc_uniform_of(flc_stream_output(stream, (*next)++));
}

static void intervals_are_what_the_test_accepts(void **state)
{
    (void)state;
    flc_stream stream;
    uint64_t next = 0;
    size_t several = 0, without = 0, open = 0;
    flc_stream_init(&stream, 1, "crossings");
    for (int trial = 0; trial < 400; trial++) {
        flc_line_point points[MOST];
        flc_crossing crossings[3 * MOST];
        size_t count = 2 + (size_t)(10 * uniform(&stream, &next));
        for (size_t i = 0; i < count; i++) {
            double least = i ? points[i - 1].at : 0;
            points[i] = (flc_line_point){.at = least + 0.1 + uniform(&stream, &next),
                                         .mean = 4 * uniform(&stream, &next) - 2,
                                         .error = 0.5 * uniform(&stream, &next),
                                         .n = 200,
                                         .degrees = 199,
                                         .n_before = 200};
            double before = i ? points[i - 1].error : 0, own = points[i].error;
            points[i].error_before =
                fabs(own - before) + (own + before - fabs(own - before)) * uniform(&stream, &next);
        }
        size_t found = find(crossings, points, count, 0.1);
        for (int k = 1; k < 2000; k++) {
            double x = points[0].at + (points[count - 1].at - points[0].at) * k / 2000;
            bool near = false; /* rounding decides at an end */
            for (size_t i = 0; i < found; i++)
                near =
                    near || fabs(crossings[i].low - x) < 1e-9 || fabs(crossings[i].high - x) < 1e-9;
            if (!near)
                assert_int_equal(accepted(points, count, 0.1, x),
                                 in_some_interval(crossings, found, x));
        }
        for (size_t i = 0; i < found; i++) {
            without += isnan(crossings[i].at);
            open += isinf(crossings[i].low) || isinf(crossings[i].high);
        }
        several += found > 1;
    }
    assert_true(several > 50 && without > 10 && open > 10);
}

static void crossings_lie_on_the_line_and_say_which_way(void **state)
{
    (void)state;
    const flc_line_point points[] = {{0, 1, 0, 100, 99, 0, 100},
                                     {2, 3, 0, 100, 99, 0, 100},
                                     {3, 3, 0, 100, 99, 0, 100},
                                     {5, -1, 0, 100, 99, 0, 100}};
    flc_crossing found[12];
    assert_int_equal(2, find(found, points, 4, 2));
    ASSERT_SAME_BITS(found[0].at, 1.0);
    assert_int_equal(1, found[0].direction);
    ASSERT_SAME_BITS(found[0].low, 1.0);
    ASSERT_SAME_BITS(found[0].high, 1.0);
    ASSERT_SAME_BITS(found[1].at, 3.5);
    assert_int_equal(-1, found[1].direction);
    assert_int_equal(0, find(found, points, 4, 3.5));
    assert_int_equal(0, find(found, points, 1, 2));
}

static void crossing_at_a_point_is_found_once(void **state)
{
    (void)state;
    const flc_line_point points[] = {{0, -1, 0.01, 100, 99, 0, 100},
                                     {1, 0, 0.01, 100, 99, 0.01, 100},
                                     {2, 1, 0.01, 100, 99, 0.01, 100}};
    flc_crossing found[9];
    assert_int_equal(1, find(found, points, 3, 0));
    ASSERT_SAME_BITS(found[0].at, 1.0);
    assert_int_equal(1, found[0].direction);
    assert_true(found[0].low < 1 && found[0].low > 0.97 && found[0].high > 1 &&
                found[0].high < 1.03);
}

/* Fieller's interval in closed form: two points, m_a = -1, m_b = 1, both with error s, d^2 = 2 s^2
 * (independent): w solves (2w - 1)^2 = t^2 s^2 (1 - 2w + 2w^2). */
static void interval_is_fieller_s(void **state)
{
    (void)state;
    const double s = 0.2, t = flc_intervals_student(LEVEL, 999), k = t * t * s * s;
    const flc_line_point points[] = {{0, -1, s, 1000, 999, 0, 0},
                                     {1, 1, s, 1000, 999, s * sqrt(2.0), 1000}};
    flc_crossing found[6];
    assert_int_equal(1, find(found, points, 2, 0));
    const double half = sqrt(k / (4 * (4 - 2 * k)) * 2);
    ASSERT_NEAR(found[0].at, 0.5, 1e-15, 0);
    ASSERT_NEAR(found[0].low, 0.5 - half, 1e-12, 0);
    ASSERT_NEAR(found[0].high, 0.5 + half, 1e-12, 0);
}

/* Where pairs are missing the interval is that of perfect correlation, the widest there is. */
static void missing_pairs_widen_the_interval(void **state)
{
    (void)state;
    flc_line_point points[] = {{0, -1, 0.1, 1000, 999, 0, 0}, {1, 1, 0.2, 1000, 999, 0.15, 1000}};
    flc_crossing paired[6], apart[6];
    find(paired, points, 2, 0);
    points[1].n_before = 990;
    find(apart, points, 2, 0);
    assert_true(apart[0].low < paired[0].low && apart[0].high > paired[0].high);
    const double t = flc_intervals_student(LEVEL, 999);
    ASSERT_NEAR(apart[0].low, (1 - t * 0.1) / (2 + t * 0.1), 1e-12, 0);
}

static void missing_means_break_the_line(void **state)
{
    (void)state;
    const flc_line_point points[] = {{0, -1, 0.1, 100, 99, 0, 100},
                                     {1, NAN, NAN, 0, 0, NAN, 0},
                                     {2, 1, 0.1, 100, 99, 0.1, 100},
                                     {3, -1, 0.1, 100, 99, 0.1, 100}};
    flc_crossing found[12];
    assert_int_equal(1, find(found, points, 4, 0));
    ASSERT_NEAR(found[0].at, 2.5, 1e-15, 0);
    assert_true(found[0].low > 2 && found[0].high < 3);
}

static void few_samples_exclude_nothing(void **state)
{
    (void)state;
    const flc_line_point points[] = {{0, -1, 0.1, 5, 4, 0, 5}, {1, 1, 0.1, 5, 4, 0.1, 5}};
    flc_crossing found[6];
    assert_int_equal(1, find(found, points, 2, 0));
    assert_true(isinf(found[0].low) && isinf(found[0].high));
}

/* ---- the Pareto set -------------------------------------------------------------------------- */

static void points_on_the_pareto_set_are_beaten_by_none(void **state)
{
    (void)state;
    enum { POINTS = 60, GOALS = 3 };
    const bool higher[GOALS] = {true, false, true};
    flc_stream stream;
    uint64_t next = 0;
    flc_stream_init(&stream, 1, "pareto");
    for (int trial = 0; trial < 50; trial++) {
        double values[POINTS][GOALS];
        bool on[POINTS];
        for (size_t p = 0; p < POINTS; p++)
            for (size_t g = 0; g < GOALS; g++)
                values[p][g] = floor(6 * uniform(&stream, &next)); /* with ties */
        flc_pareto_find(on, values[0], POINTS, higher, GOALS);
        for (size_t p = 0; p < POINTS; p++) {
            bool beaten = false;
            for (size_t q = 0; q < POINTS; q++) {
                const double *a = values[q], *b = values[p];
                bool good = a[0] >= b[0] && a[1] <= b[1] && a[2] >= b[2];
                beaten = beaten || (good && (a[0] > b[0] || a[1] < b[1] || a[2] > b[2]));
            }
            assert_int_equal(!beaten, on[p]);
        }
    }
}

static void undefined_points_are_not_on_the_pareto_set(void **state)
{
    (void)state;
    const double values[3][2] = {{1, 2}, {NAN, 9}, {2, 1}};
    const bool higher[2] = {true, true};
    bool on[3];
    flc_pareto_find(on, values[0], 3, higher, 2);
    assert_true(on[0] && !on[1] && on[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_what_the_test_accepts),
        cmocka_unit_test(crossings_lie_on_the_line_and_say_which_way),
        cmocka_unit_test(crossing_at_a_point_is_found_once),
        cmocka_unit_test(interval_is_fieller_s),
        cmocka_unit_test(missing_pairs_widen_the_interval),
        cmocka_unit_test(missing_means_break_the_line),
        cmocka_unit_test(few_samples_exclude_nothing),
        cmocka_unit_test(points_on_the_pareto_set_are_beaten_by_none),
        cmocka_unit_test(undefined_points_are_not_on_the_pareto_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
