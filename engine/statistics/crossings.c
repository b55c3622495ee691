#include "statistics/crossings.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "statistics/intervals.h"

/* A connected part of the confidence set. */
struct part {
    double low, high;
    bool used;
};

struct search {
    const flc_line_point *points;
    size_t count;
    double target, level;
    struct part *parts; /* in rising order */
    size_t part_count;
};

/* Between two neighbours: a w^2 + b w + c <= 0 where the target is not rejected. */
struct segment {
    double a, b, c;
    bool all; /* too few samples to reject anything */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct segment segment_of(const struct search *search, size_t i)
{
    const flc_line_point *one = &search->points[i], *two = one + 1;
    const double t = flc_intervals_student(search->level, least(one->degrees, two->degrees));
    const double va = one->error * one->error, vb = two->error * two->error;
    const bool paired = two->n_before == one->n && two->n_before == two->n;
    const double d = paired ? two->error_before : one->error - two->error;
    const double gap = one->mean - search->target, rise = two->mean - one->mean;
    return (struct segment){.a = rise * rise - t * t * d * d,
                            .b = 2 * gap * rise - t * t * (vb - va - d * d),
                            .c = gap * gap - t * t * va,
                            .all = isinf(t) || one->n == 0 || two->n == 0};
}

static double discriminant_of(const struct segment *segment)
{
    return segment->b * segment->b - 4 * segment->a * segment->c;
}

/* Between two ends next to each other. Without two roots the sign is everywhere the same, but for
 * a single w where it touches 0. */
static bool holds(const struct segment *segment, double low, double high)
{
    if (segment->all)
        return true;
    if (!(discriminant_of(segment) > 0))
        return segment->a < 0 || (segment->a == 0 && segment->c <= 0);
    const double w = 0.5 * (low + high);
    return (segment->a * w + segment->b) * w + segment->c <= 0;
}

/* Ends of the pieces of [0, 1] in each of which the quadratic keeps its sign: 0, roots, 1. The root
 * that would lose digits comes from the product of both. */
static size_t cut(const struct segment *segment, double ends[4])
{
    size_t count = 0;
    ends[count++] = 0.0;
    const double discriminant = discriminant_of(segment);
    if (!segment->all && discriminant > 0) {
        const double root = sqrt(discriminant);
        const double q = -0.5 * (segment->b < 0 ? segment->b - root : segment->b + root);
        const double one = segment->c / q, two = q / segment->a;
        const double low = one < two || isnan(two) ? one : two, high = low == one ? two : one;
        if (low > 0 && low < 1)
            ends[count++] = low;
        if (high > 0 && high < 1)
            ends[count++] = high;
    }
    ends[count++] = 1.0;
    return count;
}

/* Add a piece behind the others; one that begins where the last ended is one with it. */
static void add_part(struct search *search, double low, double high)
{
    struct part *last = search->part_count ? &search->parts[search->part_count - 1] : NULL;
    if (last && last->high == low)
        last->high = high;
    else
        search->parts[search->part_count++] = (struct part){low, high, false};
}

static bool is_there(const struct search *search, size_t i)
{
    return i < search->count && !isnan(search->points[i].mean);
}

static void add_segment(struct search *search, size_t i)
{
    const struct segment segment = segment_of(search, i);
    const double from = search->points[i].at, to = search->points[i + 1].at;
    double ends[4];
    const size_t count = cut(&segment, ends);
    for (size_t k = 0; k + 1 < count; k++)
        if (holds(&segment, ends[k], ends[k + 1]))
            add_part(search, ends[k] == 0.0 ? from : from + ends[k] * (to - from),
                     ends[k + 1] == 1.0 ? to : from + ends[k + 1] * (to - from));
}

/* A part that reaches a point behind which nothing is known has no end there. */
static void open_ends(struct search *search)
{
    for (size_t p = 0; p < search->part_count; p++)
        for (size_t i = 0; i < search->count; i++) {
            struct part *part = &search->parts[p];
            if (part->low == search->points[i].at && (i == 0 || !is_there(search, i - 1)))
                part->low = -(double)INFINITY;
            if (part->high == search->points[i].at && !is_there(search, i + 1))
                part->high = (double)INFINITY;
        }
}

static int sign_at(const struct search *search, size_t i)
{
    if (!is_there(search, i))
        return 0;
    const double gap = search->points[i].mean - search->target;
    return (gap > 0) - (gap < 0);
}

/* The crossing, with the part around it; without errors that is the crossing itself. */
static flc_crossing crossing_at(struct search *search, double at, int direction)
{
    flc_crossing crossing = {at, at, at, direction};
    for (size_t p = 0; p < search->part_count; p++) {
        struct part *part = &search->parts[p];
        if (part->low <= at && at <= part->high) {
            part->used = true;
            crossing.low = part->low;
            crossing.high = part->high;
        }
    }
    return crossing;
}

static double crossing_between(const struct search *search, size_t i)
{
    const flc_line_point *one = &search->points[i], *two = one + 1;
    const double w = (search->target - one->mean) / (two->mean - one->mean);
    return one->at + w * (two->at - one->at);
}

static size_t list_crossings(struct search *search, flc_crossing *crossings)
{
    size_t found = 0;
    for (size_t i = 0; i < search->count; i++) {
        const int before = i ? sign_at(search, i - 1) : 0, own = sign_at(search, i);
        const int after = sign_at(search, i + 1);
        if (is_there(search, i) && own == 0) {
            const int turn = after - before;
            crossings[found++] = crossing_at(search, search->points[i].at, (turn > 0) - (turn < 0));
        } else if (own * after < 0)
            crossings[found++] = crossing_at(search, crossing_between(search, i), after);
    }
    for (size_t p = 0; p < search->part_count; p++)
        if (!search->parts[p].used)
            crossings[found++] =
                (flc_crossing){(double)NAN, search->parts[p].low, search->parts[p].high, 0};
    return found;
}

flc_status flc_crossings_find(flc_crossing *crossings, size_t *found, const flc_line_point *points,
                              size_t count, double target, double level, flc_error *error)
{
    struct search search = {points, count, target, level, NULL, 0};
    search.parts = FLC_NEW(struct part, 3 * count, error);
    if (!search.parts)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i + 1 < count; i++)
        if (is_there(&search, i) && is_there(&search, i + 1))
            add_segment(&search, i);
    open_ends(&search);
    *found = list_crossings(&search, crossings);
    flc_free(search.parts);
    return FLC_OK;
}
