/* Evaluating through the interface of models: the engine's side of fulcrum/model.h.
 *
 * The portfolio and plug-ins are asked in the same way, by the function of their description on a
 * block. The portfolio reads the table of values as it is, its quantities being the rows; for a
 * plug-in the rows of its quantities are copied, so that it sees them in its own order and never a
 * value outside their domains: where a sample is refused, it sees the first one that is not.
 */
#include "model/instance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/self_check.h"

/* The block's draws, and what stands behind them. */
struct block_draws {
    flc_model_draws interface;
    const flc_draws *draws;
    const uint32_t *names; /* of shocks; NULL: a shock's number is that of its name */
    size_t count;
};

static const struct block_draws *behind(const flc_model_draws *draws)
{
    return (const struct block_draws *)(const void *)draws;
}

/* Whether there is such a draw; its name's number. */
static bool find_draw(const struct block_draws *all, uint32_t shock, uint32_t index, uint32_t *name)
{
    if (shock >= all->count || index >= FLC_INDICES)
        return false;
    *name = all->names ? all->names[shock] : shock;
    return true;
}

static void fill(double *out, size_t count, double value)
{
    for (size_t i = 0; i < count; i++)
        out[i] = value;
}

static void draw_uniform(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out)
{
    uint32_t name;
    if (find_draw(behind(draws), shock, index, &name))
        flc_draws_uniform(behind(draws)->draws, name, index, out);
    else
        fill(out, FLC_BLOCK, (double)NAN);
}

static void draw_normal(const flc_model_draws *draws, uint32_t shock, uint32_t index, double *out)
{
    uint32_t name;
    if (find_draw(behind(draws), shock, index, &name))
        flc_draws_normal(behind(draws)->draws, name, index, out);
    else
        fill(out, FLC_BLOCK, (double)NAN);
}

/* ---- the portfolio --------------------------------------------------------------------------- */

/* A block's draws as a source for the portfolio's kernels: a shock's number is that of its name. */
struct forward {
    flc_draws source;
    const flc_model_draws *draws;
};

static void forward_uniform(const flc_draws *source, uint32_t name, unsigned index, double *out)
{
    const flc_model_draws *draws = ((const struct forward *)(const void *)source)->draws;
    draws->uniform(draws, name, index, out);
}

static void forward_normal(const flc_draws *source, uint32_t name, unsigned index, double *out)
{
    const flc_model_draws *draws = ((const struct forward *)(const void *)source)->draws;
    draws->normal(draws, name, index, out);
}

static int evaluate_portfolio(void *workspace, const flc_model_block *block)
{
    static const struct flc_draws_operations operations = {.uniform = forward_uniform,
                                                           .normal = forward_normal};
    const struct forward forward = {{&operations}, block->draws};
    flc_workspace *w = workspace;
    size_t quantities = w->model->description.quantity_count;
    if (block->quantities[0] != w->values) /* the engine fills the workspace's own table */
        memcpy(w->values, block->quantities, quantities * sizeof(flc_lanes));
    const struct flc_model_kernels *kernels = FLC_ISA_PICK(flc_model_kernels, w->isa);
    if (w->again)
        kernels->again(w->model, w, &forward.source, w->again, block->outputs[0]);
    else
        kernels->evaluate(w->model, w, &forward.source, w->recorder, w->given, block->outputs[0]);
    return 0;
}

/* A workspace in one piece. Where lanes are shared with others, flc_workspace_create_in places it.
 */
static int begin_portfolio(const flc_model_description *description, void *workspace, char *message)
{
    const char *model = (const char *)description - offsetof(flc_model, description);
    double *lanes = (double *)(void *)((char *)workspace + FLC_WORKSPACE_HEAD);
    (void)message;
    flc_workspace_place(workspace, (const flc_model *)(const void *)model, flc_isa_select(), lanes);
    return 0;
}

/* Outputs in the order in which they lie in a block: of each program, then of all together. */
static void describe_outputs(const flc_model *model, flc_model_output *outputs)
{
    for (size_t p = 0, o = 0; p <= model->program_count; p++) {
        for (int a = 0; a < FLC_ACCOUNTS_PUBLIC; a++)
            outputs[o++] =
                (flc_model_output){flc_account_labels[a].name, flc_account_labels[a].unit,
                                   flc_account_labels[a].sentence, 1, 0};
        for (size_t k = 0; k < flc_model_sources(model, p); k++)
            outputs[o++] = (flc_model_output){flc_model_source_key(model, p, k), "USD million",
                                              "Match that comes, of one partner", 1, 0};
        for (size_t k = 0; k < 2 * flc_model_outcomes(model, p); k++)
            outputs[o++] = (flc_model_output){
                flc_model_outcome_key(model, p, k % flc_model_outcomes(model, p)), NULL,
                k < flc_model_outcomes(model, p) ? "Gross outcome" : "Net outcome", 1, 0};
        for (int m = 0; m < FLC_HORIZON_COUNT; m++)
            outputs[o++] =
                (flc_model_output){flc_horizon_labels[m].name, flc_horizon_labels[m].unit,
                                   flc_horizon_labels[m].sentence, 0, 0};
        for (size_t k = 0; k < flc_model_outcomes(model, p); k++)
            outputs[o++] = (flc_model_output){flc_model_outcome_key(model, p, k), NULL,
                                              "Gross outcome per dollar", 0, 0};
    }
}

static size_t count_outputs(const flc_model *model)
{
    size_t count = 0;
    for (size_t p = 0; p <= model->program_count; p++)
        count += FLC_ACCOUNTS_PUBLIC + FLC_HORIZON_COUNT + flc_model_sources(model, p) +
                 3 * flc_model_outcomes(model, p);
    return count;
}

flc_status flc_portfolio_describe(flc_model *model, const flc_names *names, flc_error *error)
{
    size_t rows = flc_quantities_rows(model->quantities), shocks = flc_names_count(names);
    flc_model_output *outputs =
        flc_arena_take(model->arena, count_outputs(model), sizeof *outputs, error);
    flc_model_quantity *quantities = flc_arena_take(model->arena, rows, sizeof *quantities, error);
    flc_model_shock *shock = flc_arena_take(model->arena, shocks, sizeof *shock, error);
    if (!outputs || !quantities || !shock)
        return FLC_ERROR_MEMORY;
    describe_outputs(model, outputs);
    for (size_t r = 0; r < rows; r++) /* constants have no name; those of equal value share a row */
        quantities[r] = (flc_model_quantity){
            .name = flc_quantities_path(model->quantities, (uint32_t)r),
            .domain = {flc_quantities_low(model->quantities, (uint32_t)r),
                       flc_quantities_high(model->quantities, (uint32_t)r), 0, 0, 0, 0}};
    for (size_t s = 0; s < shocks; s++)
        shock[s].name = flc_names_text(names, (uint32_t)s);
    model->description = (flc_model_description){.interface_version = FLC_MODEL_INTERFACE,
                                                 .size = sizeof model->description,
                                                 .name = "portfolio",
                                                 .version = FLC_VERSION,
                                                 .title = "Public funding programs",
                                                 .base_year = (int32_t)flc_model_base_year(model),
                                                 .years = (int32_t)model->years,
                                                 .quantity_count = rows,
                                                 .shock_count = shocks,
                                                 .output_count = count_outputs(model),
                                                 .quantities = quantities,
                                                 .shocks = shock,
                                                 .outputs = outputs,
                                                 .workspace_bytes = flc_workspace_bytes(model),
                                                 .begin = begin_portfolio,
                                                 .evaluate = evaluate_portfolio};
    return FLC_OK;
}

/* ---- plug-ins -------------------------------------------------------------------------------- */

static flc_status name_shocks(flc_model *model, flc_names *names, flc_error *error)
{
    const flc_model_description *description = &model->description;
    flc_status status = FLC_OK;
    for (size_t s = 0; s < description->shock_count && !status; s++) {
        char name[FLC_PLUGIN_NAME + 16];
        snprintf(name, sizeof name, "shocks/%s", description->shocks[s].name);
        status = flc_names_add(names, &model->shock_names[s], name, error);
    }
    return status;
}

static flc_status fill_plugged(flc_model *model, const flc_quantity *rows, flc_names *names,
                               flc_error *error)
{
    const flc_model_description *description = &model->description;
    flc_arena *arena = model->arena;
    size_t quantities = description->quantity_count;
    model->quantity_rows = flc_arena_take(arena, quantities, sizeof(uint32_t), error);
    model->shock_names = flc_arena_take(arena, description->shock_count, sizeof(uint32_t), error);
    model->first_row = flc_arena_take(arena, description->output_count, sizeof(size_t), error);
    model->sampled_rows = flc_arena_take(arena, quantities, sizeof(uint32_t), error);
    if (!model->quantity_rows || !model->shock_names || !model->first_row || !model->sampled_rows)
        return FLC_ERROR_MEMORY;
    for (size_t q = 0; q < quantities; q++) {
        model->quantity_rows[q] = rows[q].row;
        if (flc_quantities_is_sampled(model->quantities, rows[q].row))
            model->sampled_rows[model->sampled_count++] = rows[q].row;
    }
    for (size_t o = 0; o < description->output_count; o++) {
        model->first_row[o] = model->outputs;
        model->outputs += description->outputs[o].by_year ? model->years : 1;
    }
    return name_shocks(model, names, error);
}

flc_status flc_model_create_plugged(flc_model **model_out, const flc_plugin *plugin,
                                    const flc_quantity *rows, const flc_quantities *quantities,
                                    flc_names *names, flc_error *error)
{
    flc_model *model = FLC_NEW(flc_model, 1, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (model && (model->arena = flc_arena_create(error))) {
        model->plugin = plugin;
        model->description = *plugin->description;
        model->quantities = quantities;
        model->years = (size_t)plugin->description->years;
        status = fill_plugged(model, rows, names, error);
    }
    if (status)
        flc_model_free(model);
    else
        *model_out = model;
    return status;
}

/* ---- workspaces ------------------------------------------------------------------------------ */

/* What a model says of its failure, one line and never empty. */
static flc_status report(flc_error *error, const flc_workspace *w, const char *doing, char *message)
{
    message[FLC_MODEL_MESSAGE - 1] = '\0';
    for (char *c = message; *c; c++)
        *c = (unsigned char)*c < ' ' || *c == 127 ? ' ' : *c;
    return flc_error_set(error, FLC_ERROR_INTERNAL, "model %s: %s: %s", w->model->description.name,
                         doing, *message ? message : "failed, and gives no message");
}

flc_status flc_instance_begin(flc_workspace *w, flc_error *error)
{
    const flc_model_description *description = &w->model->description;
    char message[FLC_MODEL_MESSAGE] = "";
    int code = 0;
    if (!w->model->plugin)
        return FLC_OK;
    w->state = flc_allocate(1, description->workspace_bytes, error);
    if (!w->state)
        return FLC_ERROR_MEMORY;
    flc_plugin_enter(description->name, "beginning", 0);
    if (description->begin)
        code = description->begin(w->model->plugin->description, w->state, message);
    flc_plugin_leave();
    w->begun = code == 0;
    return w->begun ? FLC_OK : report(error, w, "its begin", message);
}

void flc_instance_end(flc_workspace *w)
{
    const flc_model_description *description = &w->model->description;
    if (!w->model->plugin)
        return;
    flc_plugin_enter(description->name, "ending", 0);
    if (w->begun && description->end)
        description->end(w->state);
    flc_plugin_leave();
    flc_free(w->state);
}

/* ---- evaluating ------------------------------------------------------------------------------ */

static void evaluate_block(flc_workspace *w, const double *quantities, const flc_draws *draws,
                           double *outputs)
{
    const flc_model *model = w->model;
    const struct block_draws behind_it = {
        {draw_uniform, draw_normal}, draws, model->shock_names, model->description.shock_count};
    char message[FLC_MODEL_MESSAGE] = "";
    const flc_model_block block = {(const double(*)[FLC_BLOCK])(const void *)quantities,
                                   (double(*)[FLC_BLOCK])(void *)outputs, &behind_it.interface,
                                   message};
    if (!model->description.evaluate(w->state, &block))
        return;
    char doing[64];
    snprintf(doing, sizeof doing, "samples %llu to %llu", (unsigned long long)w->first,
             (unsigned long long)(w->first + FLC_BLOCK - 1));
    report(&w->failure, w, doing, message);
}

/* Samples with a quantity outside its domain; how many there are. */
static size_t find_refused(const flc_workspace *w)
{
    const flc_model *model = w->model;
    double *refused = w->refused[0];
    size_t count = 0;
    fill(refused, FLC_BLOCK, 0.0);
    for (size_t q = 0; q < model->sampled_count; q++)
        flc_quantities_refuse(model->quantities, model->sampled_rows[q], w->values, refused);
    for (size_t i = 0; i < FLC_BLOCK; i++)
        count += refused[i] != 0.0;
    return count;
}

/* The values of quantities; in place of a refused sample, the first that is not. */
static void hand_over(const flc_workspace *w, size_t refused_count)
{
    const flc_model *model = w->model;
    const double *refused = w->refused[0];
    size_t good = 0;
    while (refused[good] != 0.0)
        good++;
    for (size_t q = 0; q < model->description.quantity_count; q++) {
        const double *values = w->values + (size_t)model->quantity_rows[q] * FLC_BLOCK;
        double *handed = w->handed[q];
        memcpy(handed, values, sizeof(flc_lanes));
        for (size_t i = 0; refused_count > 0 && i < FLC_BLOCK; i++)
            handed[i] = refused[i] != 0.0 ? values[good] : values[i];
    }
}

static void blank_refused(const flc_workspace *w, double *outputs)
{
    const double *refused = w->refused[0];
    for (size_t r = 0; r < w->model->outputs; r++)
        for (size_t i = 0; i < FLC_BLOCK; i++)
            if (refused[i] != 0.0)
                outputs[r * FLC_BLOCK + i] = (double)NAN;
}

static void evaluate_plugin(flc_workspace *w, const flc_draws *draws, double *outputs)
{
    const char *name = w->model->description.name;
    size_t values = w->model->outputs * FLC_BLOCK, refused = find_refused(w);
    fill(outputs, values, (double)NAN);
    if (refused == FLC_BLOCK || w->failure.status)
        return;
    hand_over(w, refused);
    flc_plugin_enter(name, "evaluating", w->first);
    evaluate_block(w, w->handed[0], draws, outputs);
    flc_plugin_leave();
    if (!w->failure.status && !flc_self_check_arithmetic())
        flc_error_set(&w->failure, FLC_ERROR_INTERNAL,
                      "model %s: evaluating samples %llu to %llu, it changed how this process "
                      "computes (flushing denormals, rounding); it must leave that as it is",
                      name, (unsigned long long)w->first,
                      (unsigned long long)(w->first + FLC_BLOCK - 1));
    if (w->failure.status)
        fill(outputs, values, (double)NAN);
    else if (refused > 0)
        blank_refused(w, outputs);
}

void flc_model_evaluate(const flc_model *model, flc_workspace *workspace, const flc_draws *draws,
                        const struct flc_recorder *recorder, const struct flc_given *given,
                        double *outputs)
{
    workspace->recorder = recorder;
    workspace->given = given;
    workspace->again = NULL;
    if (model->plugin)
        evaluate_plugin(workspace, draws, outputs);
    else
        evaluate_block(workspace, workspace->values, draws, outputs);
}

void flc_model_evaluate_again(const flc_model *model, flc_workspace *workspace,
                              const flc_draws *draws, const struct flc_again *again,
                              double *outputs)
{
    workspace->again = again;
    if (model->plugin)
        evaluate_plugin(workspace, draws, outputs);
    else
        evaluate_block(workspace, workspace->values, draws, outputs);
}

flc_status flc_workspace_failure(const flc_workspace *workspace, flc_error *error)
{
    const flc_error *failure = &workspace->failure;
    return failure->status ? flc_error_set(error, failure->status, "%s", failure->text) : FLC_OK;
}

void flc_workspace_stand(flc_workspace *workspace, uint64_t first)
{
    workspace->first = first;
}
