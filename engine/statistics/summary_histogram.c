/* Histograms for readers, cut along cells of the sketch so that counts are exact.
 *
 * The central 99 % get 40 bins of equal width, moved so that 0 is an edge where it is inside, or so
 * that edges lie between whole numbers where all values are whole; each tail gets up to 7 bins,
 * every one twice as wide as the one before, the last reaching to the extreme. Wished edges move to
 * the nearest edge of a cell. */
#include "statistics/summary_state.h"

enum { CENTRAL_BINS = 40, TAIL_BINS = 7 };

/* Inner edges found so far, ascending; an edge at 0 needs no position. */
struct cuts {
    size_t count;
    double edge[FLC_HISTOGRAM_BINS];
    int64_t position[FLC_HISTOGRAM_BINS];
};

static void cut(struct cuts *cuts, const struct flc_tally *tally, double wish)
{
    int64_t position = flc_sketch_position(&tally->grid, wish);
    double edge = 0;
    if (wish != 0) {
        const double low = flc_sketch_edge(&tally->grid, position);
        const double high = flc_sketch_edge(&tally->grid, position + 1);
        const bool up = high / 2 - wish / 2 < wish / 2 - low / 2;
        edge = up ? high : low;
        position += up;
    }
    const double previous = cuts->count ? cuts->edge[cuts->count - 1] : tally->seen.min;
    if (!(edge > previous && edge < tally->seen.max) || cuts->count + 1 >= FLC_HISTOGRAM_BINS)
        return;
    cuts->edge[cuts->count] = edge;
    cuts->position[cuts->count++] = position;
}

/* The central range, bin width and first edge in it. */
struct centre {
    double low, high, width;
};

static double inside(double value, const struct flc_tally *tally)
{
    if (value < tally->seen.min)
        return tally->seen.min;
    return value > tally->seen.max ? tally->seen.max : value;
}

static struct centre centre_of(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    static const double ends[2] = {0.005, 0.995};
    struct flc_quantile_query query = {.p = ends, .count = 2, .level = 0.5};
    flc_quantile_estimate at[2];
    flc_summary_quantiles(summary, at, &query, output);
    struct centre centre = {inside(at[0].value, tally), inside(at[1].value, tally), 0};
    if (!(centre.high > centre.low)) {
        centre.low = tally->seen.min;
        centre.high = tally->seen.max;
    }
    centre.width = centre.high / CENTRAL_BINS - centre.low / CENTRAL_BINS;
    if (tally->seen.whole) {
        centre.width = -flc_floor(-centre.width);
        centre.low = flc_floor(centre.low) - 0.5;
    } else if (centre.low < 0 && centre.high > 0) {
        centre.low = flc_floor(centre.low / centre.width) * centre.width;
    }
    return centre;
}

/* Edges at low - 2w, low - 6w, ... in ascending order; as many as lie above the minimum. */
static void cut_lower_tail(struct cuts *cuts, const struct flc_tally *tally,
                           const struct centre *centre)
{
    for (int k = TAIL_BINS - 1; k >= 1; k--) {
        const double distance = centre->width * (flc_two_to(k + 1) - 2);
        if (centre->low - distance > tally->seen.min)
            cut(cuts, tally, centre->low - distance);
    }
}

static void cut_upper_tail(struct cuts *cuts, const struct flc_tally *tally, double from,
                           double width)
{
    for (int k = 1; k < TAIL_BINS; k++) {
        const double edge = from + width * (flc_two_to(k + 1) - 2);
        if (edge < tally->seen.max)
            cut(cuts, tally, edge);
    }
}

static struct cuts cuts_of(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    const struct centre centre = centre_of(summary, output);
    struct cuts cuts = {.count = 0};
    if (!(centre.width > 0))
        return cuts;
    cut_lower_tail(&cuts, tally, &centre);
    double edge = centre.low;
    for (int i = 0; i <= CENTRAL_BINS + 1 && edge < centre.high + centre.width; i++) {
        edge = centre.low + i * centre.width;
        cut(&cuts, tally, flc_abs(edge) < centre.width / 4 ? 0.0 : edge);
    }
    cut_upper_tail(&cuts, tally, edge, centre.width);
    return cuts;
}

/* Finite values below each cut, in one walk over the cells. */
static void count_below(uint64_t *below, const struct cuts *cuts, const struct flc_tally *tally)
{
    int64_t position = -((int64_t)tally->cells.octaves << tally->grid.bits);
    const int64_t end = -position + 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < cuts->count; i++) {
        for (; position < cuts->position[i] && position < end; position++)
            sum += position == 0 ? tally->seen.center
                                 : flc_summary_cells_count(&tally->cells,
                                                           flc_sketch_slot(&tally->grid, position));
        below[i] = cuts->edge[i] == 0 ? tally->seen.below_zero
                                      : sum + (cuts->edge[i] > 0 ? tally->seen.zero : 0);
    }
}

flc_histogram flc_summary_histogram(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    flc_histogram histogram = {.zero = tally->seen.zero};
    if (tally->seen.finite == 0)
        return histogram;
    const struct cuts cuts = cuts_of(summary, output);
    uint64_t below[FLC_HISTOGRAM_BINS + 1];
    count_below(below, &cuts, tally);
    below[cuts.count] = tally->seen.finite;
    histogram.bins = cuts.count + 1;
    histogram.edges[0] = tally->seen.min;
    for (size_t i = 0; i < histogram.bins; i++) {
        histogram.counts[i] = below[i] - (i ? below[i - 1] : 0);
        histogram.edges[i + 1] = i < cuts.count ? cuts.edge[i] : tally->seen.max;
    }
    return histogram;
}
