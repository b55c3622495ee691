/* The interface of models (fulcrum/model.h): the same laws for the portfolio and for a plug-in,
 * asked by a host that knows nothing of them but their descriptions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "random/streams.h"
#include "study/study.h"
#include "support/assertions.h"

static const char portfolio_text[] =
    "fulcrum: 1\n"
    "horizon: {base_year: 2025, years: 3}\n"
    "macro: {activity: {persistence: 0.5, volatility: 0.02}, discount_rate: 0.03}\n"
    "programs:\n"
    "  ONE:\n"
    "    instrument: grant\n"
    "    budget: {mode: share, plan: {2025: 100}, volatility: 0.1}\n"
    "    units: {cohorts: [{start: 2015, count: 3}], size_dispersion: 0.3}\n"
    "    match: {required: 1, sources: {state: {ratio: {uniform: {min: 0.6, max: 1.4}},\n"
    "            volatility: 0.2, cyclicality: 1.5}}}\n"
    "    cost: {ratio: 2, volatility: 0.1}\n"
    "    outcomes: {sales: {multiplier: {normal: {mean: 10, sd: 1}}, driver: federal}}\n"
    "  TWO:\n"
    "    instrument: fund\n"
    "    budget: {plan: {2025: 50}}\n"
    "    fund: {ratio: 1.5, volatility: 0.2, fee: 0.02, hold: 2, multiple: 1.4}\n";

/* ---- a plug-in made here --------------------------------------------------------------------- */

static const flc_model_quantity quantities[] = {
    {"x", "1", "A number.", {0, 1, 0, 0, 0, 0}, "0.5"},
    {"group/k", "1", NULL, {-INFINITY, INFINITY, 0, 0, 0, 0}, "2"},
    {"group/m", "1", NULL, {-INFINITY, INFINITY, 0, 0, 0, 0}, "2"}};
static const flc_model_shock shocks[] = {{"noise", NULL}, {"trend", NULL}};
static const flc_model_output outputs[] = {{"level", "1", "By year", 1, 1},
                                           {"sum", "1", "Over the horizon", 0, -1}};
enum { YEARS = 4, ROWS = YEARS + 1 };

struct kept {
    double lanes[FLC_MODEL_BLOCK];
};

static int begin(const flc_model_description *description, void *workspace, char *message)
{
    (void)message;
    for (size_t i = 0; i < description->workspace_bytes; i++)
        if (((const char *)workspace)[i] != 0 || (uintptr_t)workspace % 64 != 0)
            return 1;
    return 0;
}

static int evaluate(void *workspace, const flc_model_block *block)
{
    double *z = ((struct kept *)workspace)->lanes;
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++)
        block->outputs[YEARS][i] = 0;
    for (uint32_t t = 0; t < YEARS; t++) {
        block->draws->normal(block->draws, t % 2, t, z);
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
            if (!(block->quantities[0][i] >= 0 && block->quantities[0][i] <= 1))
                return 1; /* outside its domain */
            block->outputs[t][i] = block->quantities[0][i] * block->quantities[1][i] + z[i];
            block->outputs[YEARS][i] += block->outputs[t][i];
        }
    }
    return 0;
}

static const flc_model_description description = {.interface_version = FLC_MODEL_INTERFACE,
                                                  .size = sizeof description,
                                                  .name = "made",
                                                  .version = "1",
                                                  .base_year = 2030,
                                                  .years = YEARS,
                                                  .quantity_count = 3,
                                                  .shock_count = 2,
                                                  .output_count = 2,
                                                  .quantities = quantities,
                                                  .shocks = shocks,
                                                  .outputs = outputs,
                                                  .workspace_bytes = sizeof(struct kept),
                                                  .begin = begin,
                                                  .evaluate = evaluate};
static const flc_plugin plugin = {&description, "made here", "00", NULL};

/* ---- a host ---------------------------------------------------------------------------------- */

/* Draws of a hash of what is asked for: nothing of the engine's. */
static double number_of(uint32_t shock, uint32_t index, size_t lane)
{
    uint64_t x = (shock * UINT64_C(64) + index) * 1000 + lane + 1;
    x *= UINT64_C(0x9E3779B97F4A7C15);
    x ^= x >> 31;
    x *= UINT64_C(0xBF58476D1CE4E5B9);
    return ((double)(x >> 12) + 0.5) * 0x1p-52;
}

static void uniform(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out)
{
    (void)draws;
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++)
        out[i] = number_of(shock, index, i);
}

static void normal(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out)
{
    uniform(draws, shock, index, out);
    flc_normal_quantile_block(FLC_ISA_GENERIC, out, out, FLC_MODEL_BLOCK);
}

struct host {
    const flc_model_description *model;
    void *workspace;
    double (*quantities)[FLC_MODEL_BLOCK], (*outputs)[FLC_MODEL_BLOCK];
    size_t rows;
};

static struct host host_of(const flc_model_description *model)
{
    struct host host = {.model = model};
    char message[FLC_MODEL_MESSAGE] = "";
    for (size_t o = 0; o < model->output_count; o++)
        host.rows += model->outputs[o].by_year ? (size_t)model->years : 1;
    host.workspace = flc_allocate(1, model->workspace_bytes, NULL);
    host.quantities = flc_allocate(model->quantity_count, sizeof *host.quantities, NULL);
    host.outputs = flc_allocate(host.rows, sizeof *host.outputs, NULL);
    assert_int_equal(model->begin ? model->begin(model, host.workspace, message) : 0, 0);
    assert_string_equal(message, "");
    return host;
}

static void free_host(struct host *host)
{
    if (host->model->end)
        host->model->end(host->workspace);
    flc_free(host->workspace);
    flc_free(host->quantities);
    flc_free(host->outputs);
}

/* Values of block number b: within the bounds that the description gives. */
static void fill(struct host *host, size_t b)
{
    for (size_t q = 0; q < host->model->quantity_count; q++) {
        const flc_model_domain *domain = &host->model->quantities[q].domain;
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
            double u = number_of((uint32_t)(1000 + b), (uint32_t)q, i);
            double low = domain->low > -10 ? domain->low : -10;
            double high = domain->high < 10 ? domain->high : low + 1;
            host->quantities[q][i] = low + u * (high - low);
        }
    }
}

static void ask(struct host *host, size_t b)
{
    const flc_model_draws draws = {uniform, normal};
    char message[FLC_MODEL_MESSAGE] = "";
    fill(host, b);
    for (size_t r = 0; r < host->rows; r++)
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++)
            host->outputs[r][i] = -12345.0;
    const flc_model_block block = {(const double(*)[FLC_MODEL_BLOCK])(const void *)host->quantities,
                                   host->outputs, &draws, message};
    assert_int_equal(host->model->evaluate(host->workspace, &block), 0);
    assert_string_equal(message, "");
}

/* ---- the laws -------------------------------------------------------------------------------- */

static void fills_every_output(const flc_model_description *model)
{
    struct host host = host_of(model);
    ask(&host, 0);
    for (size_t r = 0; r < host.rows; r++)
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++)
            assert_true(host.outputs[r][i] != -12345.0);
    free_host(&host);
}

static void remembers_nothing(const flc_model_description *model)
{
    struct host once = host_of(model), again = host_of(model);
    ask(&once, 0);
    ask(&again, 1);
    ask(&again, 0);
    for (size_t r = 0; r < once.rows; r++)
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++)
            ASSERT_SAME_BITS(again.outputs[r][i], once.outputs[r][i]);
    free_host(&once);
    free_host(&again);
}

static flc_study *portfolio(void)
{
    flc_study *study = NULL;
    flc_error error = {FLC_OK, ""};
    if (flc_study_parse(&study, portfolio_text, strlen(portfolio_text), "p.yaml", &error))
        print_error("%s\n", error.text);
    assert_non_null(study);
    return study;
}

static void portfolio_keeps_the_laws(void **state)
{
    flc_study *study = portfolio();
    (void)state;
    fills_every_output(flc_model_described(study->model));
    remembers_nothing(flc_model_described(study->model));
    flc_study_free(study);
}

static void plugin_keeps_the_laws(void **state)
{
    (void)state;
    assert_int_equal(flc_plugin_check(&description, NULL), FLC_OK);
    fills_every_output(&description);
    remembers_nothing(&description);
}

/* Rows of the description are where the engine's names of outputs say. */
static void portfolio_is_laid_out_as_described(void **state)
{
    flc_study *study = portfolio();
    (void)state;
    const flc_model_description *model = flc_model_described(study->model);
    flc_output_label *labels =
        FLC_NEW(flc_output_label, flc_metrics_outputs(&study->metrics), NULL);
    flc_metrics_labels(&study->metrics, labels);
    size_t row = 0;
    for (size_t o = 0; o < model->output_count; o++)
        for (size_t t = 0; t < (model->outputs[o].by_year ? (size_t)model->years : 1); t++, row++) {
            const flc_metric *metric = labels[row].metric;
            assert_int_equal(labels[row].year, t);
            assert_int_equal(metric->by_year, model->outputs[o].by_year);
            if (metric->member == FLC_MEMBER_NONE && !strstr(metric->name, "_per_dollar"))
                assert_string_equal(metric->name, model->outputs[o].name);
        }
    assert_int_equal(row, flc_model_outputs(study->model));
    for (size_t s = 0; s < model->shock_count; s++)
        assert_string_equal(model->shocks[s].name, flc_names_text(study->names, (uint32_t)s));
    for (size_t q = 0; q < model->quantity_count; q++)
        if (flc_quantities_is_sampled(study->quantities, (uint32_t)q))
            assert_string_equal(model->quantities[q].name,
                                flc_quantities_path(study->quantities, (uint32_t)q));
    flc_free(labels);
    flc_study_free(study);
}

/* The kernels on the engine's own draws, its evaluator, and a host that hands over the same values
 * and draws. */
static void engine_uniform(const flc_model_draws *draws, uint32_t shock, uint32_t index,
                           double *out);

struct engine_draws {
    flc_model_draws interface;
    const flc_draws *draws;
};

static void engine_uniform(const flc_model_draws *draws, uint32_t shock, uint32_t index,
                           double *out)
{
    flc_draws_uniform(((const struct engine_draws *)(const void *)draws)->draws, shock, index, out);
}

static void engine_normal(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out)
{
    flc_draws_normal(((const struct engine_draws *)(const void *)draws)->draws, shock, index, out);
}

static void kernels_evaluator_and_interface_give_the_same_bits(void **state)
{
    flc_study *study = portfolio();
    (void)state;
    const flc_model_description *model = flc_model_described(study->model);
    flc_evaluator *evaluator = flc_evaluator_create(study, 5, flc_isa_select(), NULL);
    const double *evaluated = flc_evaluator_block(evaluator, 576, NULL);
    flc_workspace *workspace = flc_workspace_create(study->model, FLC_ISA_GENERIC, NULL);
    struct host host = host_of(model);
    double *expected = FLC_NEW(double, host.rows *FLC_BLOCK, NULL);
    memcpy(flc_workspace_values(workspace), flc_evaluator_values(evaluator),
           model->quantity_count * FLC_BLOCK * sizeof(double));
    FLC_ISA_PICK(flc_model_kernels, FLC_ISA_GENERIC)
        ->evaluate(study->model, workspace, flc_evaluator_draws(evaluator), NULL, NULL, expected);
    const struct engine_draws draws = {{engine_uniform, engine_normal},
                                       flc_evaluator_draws(evaluator)};
    char message[FLC_MODEL_MESSAGE] = "";
    memcpy(host.quantities, flc_evaluator_values(evaluator),
           model->quantity_count * sizeof *host.quantities);
    const flc_model_block block = {(const double(*)[FLC_MODEL_BLOCK])(const void *)host.quantities,
                                   host.outputs, &draws.interface, message};
    assert_int_equal(model->evaluate(host.workspace, &block), 0);
    for (size_t r = 0; r < host.rows; r++)
        for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
            ASSERT_SAME_BITS(host.outputs[r][i], expected[r * FLC_BLOCK + i]);
            ASSERT_SAME_BITS(evaluated[r * FLC_BLOCK + i], expected[r * FLC_BLOCK + i]);
        }
    free_host(&host);
    flc_free(expected);
    flc_workspace_free(workspace);
    flc_evaluator_free(evaluator);
    flc_study_free(study);
}

/* ---- the engine's side of a plug-in ---------------------------------------------------------- */

struct plugged {
    flc_quantities *quantities;
    flc_names *names;
    flc_model *model;
    flc_workspace *workspace;
    flc_draws *draws;
    double *values, *outputs;
};

/* x is drawn, and leaves its domain where the first sample's u < `outside`; the others are equal
 * constants, in one row. */
static struct plugged plug(const char *text, double outside)
{
    struct plugged p = {.quantities = flc_quantities_create(NULL), .names = flc_names_create(NULL)};
    flc_quantity rows[3];
    flc_error error = {FLC_OK, ""};
    const double mean = 0.5, sd = outside;
    const flc_argument arguments[] = {{&mean, 1}, {&sd, 1}, {NULL, 0}, {NULL, 0}};
    flc_distribution *distribution = NULL;
    assert_int_equal(flc_family_find(text)->create(&distribution, arguments, &error), FLC_OK);
    const flc_domain domain = {0, 1, false, false, false};
    if (flc_quantities_sampled_take(p.quantities, &rows[0], "quantities/x", distribution, domain,
                                    &error))
        fail_msg("%s", error.text);
    assert_int_equal(flc_quantities_constant(p.quantities, &rows[1], 2.0, NULL), FLC_OK);
    assert_int_equal(flc_quantities_constant(p.quantities, &rows[2], 2.0, NULL), FLC_OK);
    assert_int_equal(rows[1].row, rows[2].row);
    assert_int_equal(flc_model_create_plugged(&p.model, &plugin, rows, p.quantities, p.names, NULL),
                     FLC_OK);
    assert_int_equal(flc_quantities_finish(p.quantities, p.names, NULL), FLC_OK);
    assert_int_equal(flc_streams_create(&p.draws, p.names, 3, FLC_ISA_GENERIC, NULL), FLC_OK);
    p.workspace = flc_workspace_create(p.model, FLC_ISA_GENERIC, NULL);
    p.values = flc_workspace_values(p.workspace);
    p.outputs = FLC_NEW(double, flc_model_outputs(p.model) * FLC_BLOCK, NULL);
    return p;
}

static void evaluate_plugged(struct plugged *p, uint64_t first)
{
    double *scratch = FLC_NEW(double, flc_quantities_scratch(p->quantities), NULL);
    flc_draws_seek(p->draws, first);
    flc_quantities_sample(p->quantities, FLC_ISA_GENERIC, p->values, scratch, p->draws);
    flc_model_evaluate(p->model, p->workspace, p->draws, NULL, NULL, p->outputs);
    flc_free(scratch);
}

static void unplug(struct plugged *p)
{
    flc_free(p->outputs);
    flc_workspace_free(p->workspace);
    flc_draws_free(p->draws);
    flc_model_free(p->model);
    flc_names_free(p->names);
    flc_quantities_free(p->quantities);
}

static void draws_of_a_plugin_are_those_of_its_names(void **state)
{
    struct plugged p = plug("normal", 0.1);
    flc_stream trend, x;
    (void)state;
    evaluate_plugged(&p, 384);
    assert_int_equal(flc_workspace_failure(p.workspace, NULL), FLC_OK);
    flc_stream_init(&trend, 3, "shocks/trend");
    flc_stream_init(&x, 3, "quantities/x");
    for (size_t i = 0; i < FLC_BLOCK; i += 19) {
        double z = flc_uniform_of(flc_stream_output(&trend, 64 * (384 + i) + 1));
        double u = flc_uniform_of(flc_stream_output(&x, 64 * (384 + i)));
        flc_normal_quantile_block(FLC_ISA_GENERIC, &z, &z, 1);
        flc_normal_quantile_block(FLC_ISA_GENERIC, &u, &u, 1);
        ASSERT_NEAR(p.outputs[FLC_BLOCK + i], (0.5 + 0.1 * u) * 2 + z, 1e-14, 1e-14);
    }
    unplug(&p);
}

/* sd 0.16: 1.8e-3 of the samples are outside [0, 1]; two sides of 3.1 sd. */
static void a_plugin_never_sees_values_outside_a_domain(void **state)
{
    struct plugged p = plug("normal", 0.15);
    size_t refused = 0;
    (void)state;
    for (uint64_t b = 0; b < 60; b++) {
        evaluate_plugged(&p, b * FLC_BLOCK);
        assert_int_equal(flc_workspace_failure(p.workspace, NULL), FLC_OK);
        const double *flags = flc_workspace_refused(p.workspace, 0);
        for (size_t i = 0; i < FLC_BLOCK; i++) {
            double x = p.values[i];
            bool outside = x < 0 || x > 1;
            assert_int_equal(flags[i] != 0.0, outside);
            for (size_t r = 0; r < ROWS; r++)
                assert_int_equal(isnan(p.outputs[r * FLC_BLOCK + i]), outside);
            refused += outside;
        }
    }
    assert_in_range(refused, 2, 40);
    unplug(&p);
}

static void outputs_of_a_plugin_have_names(void **state)
{
    struct plugged p = plug("normal", 0.1);
    flc_metrics metrics;
    flc_arena *arena = flc_arena_create(NULL);
    size_t output;
    flc_error error = {FLC_OK, ""};
    (void)state;
    assert_int_equal(flc_metrics_init(&metrics, p.model, arena, NULL), FLC_OK);
    assert_int_equal(flc_metrics_outputs(&metrics), ROWS + 1);
    assert_int_equal(flc_metrics_find(&metrics, &output, "made/sum", 0, &error), FLC_OK);
    assert_int_equal(output, YEARS);
    assert_int_equal(flc_metrics_find(&metrics, &output, "made/level/2032", 0, &error), FLC_OK);
    assert_int_equal(output, 2);
    assert_int_equal(flc_metrics_find(&metrics, &output, "made/level", 2033, &error), FLC_OK);
    assert_int_equal(output, 3);
    assert_int_equal(flc_metrics_find(&metrics, &output, "made/level", 2034, &error),
                     FLC_ERROR_STUDY);
    assert_int_equal(flc_metrics_find(&metrics, &output, "made/levle", 2033, &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "did you mean 'level'"));
    flc_arena_free(arena);
    unplug(&p);
}

/* ---- checking -------------------------------------------------------------------------------- */

static void names_beyond_the_limits_are_refused(void **state)
{
    char deep[64] = "", wide[300] = "";
    flc_model_quantity many[2] = {quantities[0], quantities[1]};
    flc_model_description changed = description;
    (void)state;
    changed.quantities = many;
    changed.quantity_count = 2;
    for (int i = 0; i < 9; i++)
        strcat(deep, i ? "/a" : "a");
    memset(wide, 'w', 65);
    const char *const bad[] = {deep, wide, "", "/x", "x/", "a//b", "a b", "\xc3\xa4", "group/k"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        many[0].name = bad[i];
        assert_int_equal(flc_plugin_check(&changed, NULL), FLC_ERROR_STUDY);
    }
    const char *const good[] = {"a/b/c/d/e/f/g/h", "1-_x", "group/kk", "grou"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        many[0].name = good[i];
        assert_int_equal(flc_plugin_check(&changed, NULL), FLC_OK);
    }
    many[0].name = "group";
    assert_int_equal(flc_plugin_check(&changed, NULL), FLC_ERROR_STUDY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portfolio_keeps_the_laws),
        cmocka_unit_test(plugin_keeps_the_laws),
        cmocka_unit_test(portfolio_is_laid_out_as_described),
        cmocka_unit_test(kernels_evaluator_and_interface_give_the_same_bits),
        cmocka_unit_test(draws_of_a_plugin_are_those_of_its_names),
        cmocka_unit_test(a_plugin_never_sees_values_outside_a_domain),
        cmocka_unit_test(outputs_of_a_plugin_have_names),
        cmocka_unit_test(names_beyond_the_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
