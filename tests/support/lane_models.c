#include "support/lane_models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "support/assertions.h"

static const double pi = 3.14159265358979323846;

/* ---- Models ---------------------------------------------------------------------------------- */

/* Ishigami and Homma 1990, a = 7, b = 0.1; a second output without the third number, a constant. */
static void ishigami(double *y, const double *u)
{
    double x[3];
    for (int i = 0; i < 3; i++)
        x[i] = pi * (2 * u[i] - 1);
    y[0] = 1000 + sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
    y[1] = 1e-3 * (x[0] + x[1] * x[1]);
    y[2] = 4.5;
}
static const bool ishigami_reaches[3][3] = {
    {true, true, true}, {true, true, false}, {true, false, false}};
const struct lane_model model_ishigami = {
    .name = "ishigami", .numbers = 3, .outputs = 3, .f = ishigami, .reaches = ishigami_reaches[0]};

/* Sobol' g function (Saltelli and Sobol' 1995). */
static void g_function(double *y, const double *u)
{
    static const double a[8] = {0, 1, 4.5, 9, 99, 99, 99, 99};
    y[0] = 1;
    for (int i = 0; i < 8; i++)
        y[0] *= (fabs(4 * u[i] - 2) + a[i]) / (1 + a[i]);
}
const struct lane_model model_g = {.name = "g", .numbers = 8, .outputs = 1, .f = g_function};

/* Morris 1991, with the coefficients he draws from normals set to (-1)^i and (-1)^(i+j), as is
 * usual. */
static double morris_w(const double *u, int i)
{
    const double x = u[i - 1];
    return i == 3 || i == 5 || i == 7 ? 2 * (1.1 * x / (x + 0.1) - 0.5) : 2 * (x - 0.5);
}
static void morris(double *y, const double *u)
{
    double w[21], sum = 0;
    for (int i = 1; i <= 20; i++)
        w[i] = morris_w(u, i);
    for (int i = 1; i <= 20; i++)
        sum += (i <= 10 ? 20 : i % 2 ? -1 : 1) * w[i];
    for (int i = 1; i <= 20; i++)
        for (int j = i + 1; j <= 20; j++)
            sum += (j <= 6 ? -15 : (i + j) % 2 ? -1 : 1) * w[i] * w[j];
    for (int i = 1; i <= 5; i++)
        for (int j = i + 1; j <= 5; j++)
            for (int k = j + 1; k <= 5; k++)
                sum += -10 * w[i] * w[j] * w[k];
    y[0] = sum + 5 * w[1] * w[2] * w[3] * w[4];
}
const struct lane_model model_morris = {.name = "morris", .numbers = 20, .outputs = 1, .f = morris};

/* Harper and Gupta 1983, water flow through a borehole, all numbers uniform but for the radius and
 * the radius of influence (Morris, Mitchell and Ylvisaker 1993 have these ranges), uniform here. */
static void borehole(double *y, const double *u)
{
    static const double low[8] = {0.05, 100, 63070, 990, 63.1, 700, 1120, 9855};
    static const double high[8] = {0.15, 50000, 115600, 1110, 116, 820, 1680, 12045};
    double x[8];
    for (int i = 0; i < 8; i++)
        x[i] = low[i] + u[i] * (high[i] - low[i]);
    const double ratio = log(x[1] / x[0]);
    y[0] = 2 * pi * x[2] * (x[3] - x[5]) /
           (ratio * (1 + 2 * x[6] * x[2] / (ratio * x[0] * x[0] * x[7]) + x[2] / x[4]));
}
const struct lane_model model_borehole = {
    .name = "borehole", .numbers = 8, .outputs = 1, .f = borehole};

/* Oakley and O'Hagan 2004: a1'x + a2' sin x + a3' cos x + x'Mx, with coefficients of our own, of
 * the size of theirs: closed forms hold for any. */
static void oakley(double *y, const double *x)
{
    y[0] = 0;
    for (int i = 0; i < 15; i++) {
        y[0] += 0.1 * (i + 1) * x[i] + 0.05 * (16 - i) * sin(x[i]) + 0.08 * (i % 5) * cos(x[i]);
        for (int j = 0; j < 15; j++)
            y[0] += 0.2 * sin(1.0 + i * 15 + j) * x[i] * x[j];
    }
}
const struct lane_model model_oakley = {
    .name = "oakley", .numbers = 15, .outputs = 1, .normal = true, .f = oakley};

/* Linear in two and in three correlated normals. */
static void pair(double *y, const double *x)
{
    y[0] = 2 * x[0] + x[1];
}
static const double pair_covariance[4] = {1, 0.7, 0.7, 1};
const struct lane_model model_pair = {.name = "pair",
                                      .numbers = 2,
                                      .outputs = 1,
                                      .normal = true,
                                      .covariance = pair_covariance,
                                      .f = pair};

static void triple(double *y, const double *x)
{
    y[0] = x[0] + x[1] + x[2];
}
static const double triple_covariance[9] = {1, 0, 0, 0, 1, 1.2, 0, 1.2, 4};
const struct lane_model model_triple = {.name = "triple",
                                        .numbers = 3,
                                        .outputs = 1,
                                        .normal = true,
                                        .covariance = triple_covariance,
                                        .f = triple};

/* The same of three that are nearly one: what each adds depends on the order above all. */
static const double alike_covariance[9] = {1, 0.97, 0.97, 0.97, 1, 0.97, 0.97, 0.97, 1};
const struct lane_model model_alike = {.name = "alike",
                                       .numbers = 3,
                                       .outputs = 1,
                                       .normal = true,
                                       .covariance = alike_covariance,
                                       .f = triple};

const struct lane_model *lane_model_find(const char *name)
{
    static const struct lane_model *const models[] = {&model_ishigami, &model_g,      &model_morris,
                                                      &model_borehole, &model_oakley, &model_pair,
                                                      &model_triple,   &model_alike};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    return NULL;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static size_t factor_of(const struct lane_model *model, size_t number)
{
    return model->factors ? model->factor_of[number] : number;
}

/* The lower triangle L with L L' = the n x n matrix in `a`, in its place. */
static void factorize(double a[LANE_NUMBERS][LANE_NUMBERS], size_t n)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(a[i][j]) : a[i][j] / a[j][j];
        }
}

/* Dependent normals of a lane: frozen ones as in A, released ones given those. With frozen numbers
 * first, x = L z; z of the frozen ones follow from x, those of the released ones are B's. */
struct conditional {
    size_t order[LANE_NUMBERS], frozen;
    double lower[LANE_NUMBERS][LANE_NUMBERS];
};

static void condition(struct conditional *own, const struct lane_model *model, const bool *released)
{
    const size_t n = model->numbers;
    size_t at = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++)
            if (released[factor_of(model, i)] == (pass == 1))
                own->order[at++] = i;
        own->frozen = pass == 0 ? at : own->frozen;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            own->lower[i][j] = model->covariance[own->order[i] * n + own->order[j]];
    factorize(own->lower, n);
}

static void draw_given(double *x, const struct conditional *own, size_t n, const double *xa,
                       const double *zb)
{
    double z[LANE_NUMBERS];
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t k = 0; k < i; k++)
            mean += own->lower[i][k] * z[k];
        const size_t number = own->order[i];
        z[i] = i < own->frozen ? (xa[number] - mean) / own->lower[i][i] : zb[number];
        x[number] = i < own->frozen ? xa[number] : mean + own->lower[i][i] * z[i];
    }
}

static void lane(double *x, const struct lane_rows *own, const struct conditional *given,
                 const bool *released, size_t l)
{
    const struct lane_model *model = own->model;
    double xa[LANE_NUMBERS], zb[LANE_NUMBERS];
    for (size_t i = 0; i < model->numbers; i++) {
        const bool moved = released[factor_of(model, i)];
        xa[i] = own->draw[0][i][l];
        zb[i] = own->draw[1][i][l];
        x[i] = own->screening ? xa[i] + (moved ? 0.5 * own->sign[i][l] : 0) : moved ? zb[i] : xa[i];
    }
    if (given)
        draw_given(x, given, model->numbers, xa, zb);
}

static const double *evaluate(void *context, const bool *released)
{
    struct lane_rows *own = context;
    const struct lane_model *model = own->model;
    struct conditional given;
    if (model->covariance)
        condition(&given, model, released);
    own->evaluations++;
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        double x[LANE_NUMBERS], y[LANE_OUTPUTS];
        lane(x, own, model->covariance ? &given : NULL, released, l);
        model->f(y, x);
        for (size_t o = 0; o < model->outputs; o++)
            own->values[own->place[o]][l] = y[o];
    }
    return own->values[0];
}

static const double *direction(void *context, size_t factor)
{
    struct lane_rows *own = context;
    return own->model->factors ? NULL : own->sign[factor];
}

static void link_factors(struct lane_rows *own)
{
    const struct lane_model *model = own->model;
    const size_t factors = model->factors ? model->factors : model->numbers;
    for (size_t o = 0; o < model->outputs; o++)
        own->place[o] = 2 * o + 1;
    for (size_t f = 0; f < factors; f++) {
        for (size_t o = 0; o < model->outputs; o++)
            if (!model->reaches || model->reaches[f * model->outputs + o])
                own->outputs[f][own->reach[f].count++] = o;
        own->reach[f].outputs = own->outputs[f];
    }
    for (size_t i = 0; model->covariance && i < model->numbers; i++)
        for (size_t j = 0; j < model->numbers; j++)
            if (factor_of(model, i) != factor_of(model, j) &&
                model->covariance[i * model->numbers + j] != 0)
                own->dependent[factor_of(model, i)] = true;
    own->rows =
        (flc_rows){own,        model->outputs, own->place, factors,
                   own->reach, own->dependent, evaluate,   own->screening ? direction : NULL};
}

struct lane_rows *lane_rows_create(const struct lane_model *model, flc_design design, uint64_t seed,
                                   uint64_t samples, bool screening)
{
    struct lane_rows *own = FLC_NEW(struct lane_rows, 1, NULL);
    flc_names *names = flc_names_create(NULL);
    const flc_points points = {design, seed, samples};
    own->model = model;
    own->screening = screening;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < model->numbers; i++) {
            char name[32];
            snprintf(name, sizeof name, "%s%zu", side ? "b" : "a", i);
            flc_names_add(names, &own->names[side][i], name, NULL);
        }
    assert_int_equal(flc_design_create(&own->draws, names, &points, flc_isa_select(), NULL),
                     FLC_OK);
    flc_names_free(names);
    link_factors(own);
    return own;
}

void lane_rows_free(struct lane_rows *own)
{
    flc_draws_free(own->draws);
    flc_free(own);
}

static void put_on_grid(struct lane_rows *own, size_t i)
{
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        const double u = own->draw[0][i][l];
        own->draw[0][i][l] = (floor(4 * u) + 0.5) / 4;
        own->sign[i][l] = u < 0.5 ? 1 : -1;
    }
}

/* A's normals become dependent. */
static void correlate(struct lane_rows *own)
{
    const size_t n = own->model->numbers;
    struct conditional plain;
    bool all[LANE_NUMBERS];
    memset(all, true, sizeof all);
    condition(&plain, own->model, all);
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        double z[LANE_NUMBERS] = {0}, x[LANE_NUMBERS];
        for (size_t i = 0; i < n; i++)
            z[i] = own->draw[0][i][l];
        draw_given(x, &plain, n, z, z);
        for (size_t i = 0; i < n; i++)
            own->draw[0][i][l] = x[i];
    }
}

const double *lane_rows_block(struct lane_rows *own, uint64_t first)
{
    const struct lane_model *model = own->model;
    const bool none[LANE_NUMBERS] = {false};
    flc_draws_seek(own->draws, first);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < model->numbers; i++)
            (model->normal ? flc_draws_normal : flc_draws_uniform)(own->draws, own->names[side][i],
                                                                   0, own->draw[side][i]);
    for (size_t i = 0; own->screening && i < model->numbers; i++)
        put_on_grid(own, i);
    if (model->covariance)
        correlate(own);
    evaluate(own, none);
    memcpy(own->sample, own->values, sizeof own->sample);
    return own->sample[0];
}

void lane_rows_add(struct lane_rows *own, flc_collector *collector, flc_isa isa, uint64_t begin,
                   uint64_t end)
{
    for (uint64_t first = begin; first < end; first += FLC_BLOCK) {
        const size_t count = end - first < FLC_BLOCK ? end - first : FLC_BLOCK;
        const double *values = lane_rows_block(own, first);
        assert_int_equal(flc_collector_add(collector, isa, values, first, count, NULL), FLC_OK);
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

static unsigned char *record_of(const flc_collector *collector, size_t record, size_t *length)
{
    *length = flc_collector_record_bytes(collector, record);
    unsigned char *bytes = FLC_NEW(unsigned char, *length, NULL);
    flc_collector_record_write(collector, record, bytes);
    return bytes;
}

bool lane_records_equal(const flc_collector *a, const flc_collector *b)
{
    bool equal = flc_collector_records(a) == flc_collector_records(b);
    for (size_t i = 0; equal && i < flc_collector_records(a); i++) {
        size_t length[2];
        unsigned char *left = record_of(a, i, &length[0]), *right = record_of(b, i, &length[1]);
        equal = length[0] == length[1] && memcmp(left, right, length[0]) == 0;
        flc_free(left);
        flc_free(right);
    }
    return equal;
}

flc_status lane_records_merge(flc_collector *to, const flc_collector *from)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; status == FLC_OK && i < flc_collector_records(from); i++) {
        size_t length;
        unsigned char *record = record_of(from, i, &length);
        status = flc_collector_record_merge(to, i, record, length, NULL);
        flc_free(record);
    }
    return status;
}
