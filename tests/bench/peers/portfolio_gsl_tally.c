/* What is kept of all samples, output by output: moments, extremes, seven quantiles.
 *
 * select, sort: every sample is stored; at the end each output's samples are gathered and either
 * sorted by gsl_sort or searched for the few ranks that are asked for, which is exact as well and
 * several times faster. P2: streaming, gsl_rstat_quantile (Jain and Chlamtac 1985, The P2 algorithm
 * for dynamic calculation of quantiles and histograms without storing observations), approximate,
 * with running moments (Pebay 2008, Formulas for robust, one-pass parallel computation of
 * covariances and arbitrary-order statistical moments). */
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "portfolio_gsl.h"

const double tally_probability[QUANTILES] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

enum { GATHERED = 16, BUCKETS = 1024, SMALL = 48 };

struct moments {
    double count, mean, m2, m3, m4, least, most;
};

struct tally {
    enum tally_kind kind;
    size_t outputs, room, samples;
    double *stored;  /* [room][outputs] */
    double *columns; /* [GATHERED][room] */
    struct moments *moments;
    double *infinite;
    gsl_rstat_quantile_workspace **p2; /* [outputs][QUANTILES] */
};

struct tally *tally_create(enum tally_kind kind, size_t outputs, size_t samples)
{
    struct tally *tally = calloc(1, sizeof *tally);
    bool good = tally != NULL;
    if (!good)
        return NULL;
    tally->kind = kind;
    tally->outputs = outputs;
    tally->room = samples;
    if (kind == TALLY_SELECT || kind == TALLY_SORT) {
        tally->stored = malloc(samples * outputs * sizeof *tally->stored);
        tally->columns = malloc(GATHERED * samples * sizeof *tally->columns);
        good = tally->stored && tally->columns;
    } else if (kind == TALLY_P2) {
        tally->moments = calloc(outputs, sizeof *tally->moments);
        tally->infinite = calloc(outputs, sizeof *tally->infinite);
        tally->p2 = calloc(outputs * QUANTILES, sizeof *tally->p2);
        good = tally->moments && tally->infinite && tally->p2;
        for (size_t i = 0; good && i < outputs; i++)
            tally->moments[i].least = tally->moments[i].most = NAN;
        for (size_t i = 0; good && i < outputs * QUANTILES; i++) {
            tally->p2[i] = gsl_rstat_quantile_alloc(tally_probability[i % QUANTILES]);
            good = tally->p2[i] != NULL;
        }
    }
    if (!good) {
        tally_free(tally);
        return NULL;
    }
    return tally;
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    for (size_t i = 0; tally->p2 && i < tally->outputs * QUANTILES; i++)
        if (tally->p2[i])
            gsl_rstat_quantile_free(tally->p2[i]);
    free(tally->p2);
    free(tally->infinite);
    free(tally->moments);
    free(tally->columns);
    free(tally->stored);
    free(tally);
}

/* ---- streaming ------------------------------------------------------------------------------- */

static void add_moment(struct moments *m, double x)
{
    double n = m->count + 1.0, delta = x - m->mean, step = delta / n;
    double square = step * step, term = delta * step * m->count;
    m->mean += step;
    m->m4 += term * square * (n * n - 3.0 * n + 3.0) + 6.0 * square * m->m2 - 4.0 * step * m->m3;
    m->m3 += term * step * (n - 2.0) - 3.0 * step * m->m2;
    m->m2 += term;
    m->least = m->count > 0.0 && m->least < x ? m->least : x;
    m->most = m->count > 0.0 && m->most > x ? m->most : x;
    m->count = n;
}

static void stream(struct tally *tally, const double *output)
{
    for (size_t i = 0; i < tally->outputs; i++) {
        double x = output[i];
        if (isnan(x))
            continue;
        if (isinf(x)) {
            tally->infinite[i] += 1.0;
            continue;
        }
        add_moment(&tally->moments[i], x);
        for (size_t q = 0; q < QUANTILES; q++)
            gsl_rstat_quantile_add(x, tally->p2[i * QUANTILES + q]);
    }
}

void tally_add(struct tally *tally, const double *output)
{
    if (tally->kind == TALLY_P2)
        stream(tally, output);
    else if (tally->kind != TALLY_NONE && tally->samples < tally->room)
        memcpy(tally->stored + tally->samples * tally->outputs, output,
               tally->outputs * sizeof *output);
    tally->samples++;
}

/* ---- selection ------------------------------------------------------------------------------- */

/* Ranks in ascending order, and where their values go. */
struct ranks {
    size_t count;
    const size_t *rank;
    double *value;
};

/* Values between least and most by buckets of equal width. */
struct buckets {
    double least, per_width;
    size_t count[BUCKETS];
    unsigned char wanted[BUCKETS]; /* holds a rank */
};

static size_t bucket_of(const struct buckets *buckets, double x)
{
    size_t b = (size_t)(long)((x - buckets->least) * buckets->per_width);
    return b < BUCKETS ? b : BUCKETS - 1;
}

/* Counts the values and marks the buckets with ranks; `before` as for pick. */
static void count_buckets(struct buckets *buckets, const double *x, size_t n, size_t before,
                          const struct ranks *ranks)
{
    size_t below = before, r = 0;
    memset(buckets->count, 0, sizeof buckets->count);
    for (size_t i = 0; i < n; i++)
        buckets->count[bucket_of(buckets, x[i])]++;
    for (size_t b = 0; b < BUCKETS; b++) {
        size_t first = r;
        below += buckets->count[b];
        while (r < ranks->count && ranks->rank[r] < below)
            r++;
        buckets->wanted[b] = r > first;
    }
}

/* Brings the values of wanted buckets, or of one bucket, to the front, without a branch on each;
 * returns their number. */
static size_t bring_wanted(const struct buckets *buckets, double *x, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        double value = x[i];
        x[i] = x[found];
        x[found] = value;
        found += buckets->wanted[bucket_of(buckets, value)];
    }
    return found;
}
static size_t bring_one(const struct buckets *buckets, double *x, size_t n, size_t bucket)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        double value = x[i];
        x[i] = x[found];
        x[found] = value;
        found += bucket_of(buckets, value) == bucket;
    }
    return found;
}

static void extremes(const double *x, size_t n, double *least, double *most)
{
    double low = x[0], high = x[0];
    for (size_t i = 1; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    *least = low;
    *most = high;
}

/* Values of the ranks among x[0..n), which is put in another order; all are between least and most,
 * and `before` more are smaller. Counts by buckets and looks only into those that hold a rank. */
static void pick(double *x, size_t n, size_t before, struct ranks ranks, double least, double most)
{
    struct buckets buckets = {.least = least, .per_width = BUCKETS / (most - least)};
    if (least == most || n <= SMALL || !(buckets.per_width < INFINITY)) {
        gsl_sort(x, 1, n);
        for (size_t r = 0; r < ranks.count; r++)
            ranks.value[r] = x[ranks.rank[r] - before];
        return;
    }
    count_buckets(&buckets, x, n, before, &ranks);
    size_t kept = bring_wanted(&buckets, x, n), below = before;
    for (size_t b = 0; b < BUCKETS && ranks.count > 0; below += buckets.count[b++]) {
        struct ranks here = {0, ranks.rank, ranks.value};
        while (here.count < ranks.count && here.rank[here.count] < below + buckets.count[b])
            here.count++;
        if (here.count == 0)
            continue;
        size_t found = bring_one(&buckets, x, kept, b);
        extremes(x, found, &least, &most);
        pick(x, found, below, here, least, most);
        ranks = (struct ranks){ranks.count - here.count, ranks.rank + here.count,
                               ranks.value + here.count};
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The finite values of x, moved to its front; their number, mean and extremes, and how many others
 * are infinite. */
static struct moments keep_finite(double *x, size_t count, size_t *infinite)
{
    double sum = 0.0, least = INFINITY, most = -INFINITY;
    size_t n = 0, large = 0;
    for (size_t i = 0; i < count; i++) {
        double value = x[i];
        bool finite = value - value == 0.0;
        x[n] = value;
        n += finite;
        sum += finite ? value : 0.0;
        large += value == INFINITY;
        least = finite && value < least ? value : least;
        most = finite && value > most ? value : most;
    }
    *infinite = large;
    if (n == 0)
        return (struct moments){.least = NAN, .most = NAN};
    return (struct moments){
        .count = (double)n, .mean = sum / (double)n, .least = least, .most = most};
}

static void add_powers(struct moments *m, const double *x)
{
    size_t n = (size_t)m->count;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - m->mean, square = d * d;
        m->m2 += square;
        m->m3 += square * d;
        m->m4 += square * square;
    }
}

static void put_moments(struct reading *reading, const struct moments *m, double infinite)
{
    double variance = m->count > 1.0 ? m->m2 / (m->count - 1.0) : NAN;
    *reading = (struct reading){.defined = m->count + infinite,
                                .infinite = infinite,
                                .mean = m->count > 0.0 ? m->mean : NAN,
                                .sd = sqrt(variance),
                                .skewness = m->m3 / m->count / pow(m->m2 / m->count, 1.5),
                                .kurtosis = m->m4 * m->count / (m->m2 * m->m2) - 3.0,
                                .least = m->least,
                                .most = m->most};
    for (size_t q = 0; q < QUANTILES; q++)
        reading->quantile[q] = NAN;
}

/* Quantile p is the value of rank floor(p n), all defined samples counted. */
static void put_quantiles(const struct tally *tally, struct reading *reading, double *x, size_t n)
{
    size_t rank[QUANTILES], finite = 0;
    for (size_t q = 0; q < QUANTILES; q++) {
        rank[q] = (size_t)(tally_probability[q] * reading->defined);
        reading->quantile[q] = INFINITY;
        finite += rank[q] < n;
    }
    struct ranks ranks = {finite, rank, reading->quantile};
    if (reading->least == reading->most)
        for (size_t q = 0; q < finite; q++)
            reading->quantile[q] = reading->least;
    else if (tally->kind == TALLY_SELECT)
        pick(x, n, 0, ranks, reading->least, reading->most);
    else {
        gsl_sort(x, 1, n);
        for (size_t q = 0; q < finite; q++)
            reading->quantile[q] = x[rank[q]];
    }
}

static void read_column(const struct tally *tally, struct reading *reading, double *x)
{
    size_t infinite;
    struct moments moments = keep_finite(x, tally->samples, &infinite);
    add_powers(&moments, x);
    put_moments(reading, &moments, (double)infinite);
    if (reading->defined > 0.0)
        put_quantiles(tally, reading, x, (size_t)moments.count);
}

/* Some outputs at a time, so that what is read of a row shares its cache lines. */
static void read_stored(const struct tally *tally, struct reading *reading)
{
    for (size_t first = 0; first < tally->outputs; first += GATHERED) {
        size_t width = tally->outputs - first;
        width = width < GATHERED ? width : GATHERED;
        for (size_t s = 0; s < tally->samples; s++)
            for (size_t i = 0; i < width; i++)
                tally->columns[i * tally->room + s] = tally->stored[s * tally->outputs + first + i];
        for (size_t i = 0; i < width; i++)
            read_column(tally, &reading[first + i], tally->columns + i * tally->room);
    }
}

void tally_read(struct tally *tally, struct reading *reading)
{
    if (tally->kind == TALLY_SELECT || tally->kind == TALLY_SORT)
        read_stored(tally, reading);
    for (size_t i = 0; tally->kind == TALLY_P2 && i < tally->outputs; i++) {
        put_moments(&reading[i], &tally->moments[i], tally->infinite[i]);
        for (size_t q = 0; q < QUANTILES && tally->moments[i].count > 0.0; q++)
            reading[i].quantile[q] = gsl_rstat_quantile_get(tally->p2[i * QUANTILES + q]);
    }
}
