/* From a study to the outputs of a block of samples. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "study/study.h"

struct flc_evaluator {
    const flc_study *study;
    flc_points points;
    flc_isa isa;
    flc_draws *draws;
    flc_workspace *workspace;
    double *scratch, *outputs;
    bool shares; /* the memory it works in, which others have used since */
    uint64_t first;
    bool holds_pilot; /* the outputs are those of the pilot */
};

void flc_evaluator_free(flc_evaluator *evaluator)
{
    if (!evaluator)
        return;
    if (!evaluator->shares) {
        flc_free(evaluator->outputs);
        flc_free(evaluator->scratch);
    }
    flc_workspace_free(evaluator->workspace);
    flc_draws_free(evaluator->draws);
    flc_free(evaluator);
}

flc_evaluator *flc_evaluator_create(const flc_study *study, uint64_t seed, flc_isa isa,
                                    flc_error *error)
{
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = seed};
    return flc_evaluator_create_at(study, &points, isa, error);
}

flc_points flc_evaluator_points(const flc_evaluator *evaluator)
{
    return evaluator->points;
}

/* Takes the draws, also after an error. */
static flc_evaluator *create_without_memory(const flc_study *study, flc_draws *draws,
                                            const flc_points *points, flc_isa isa, flc_error *error)
{
    flc_evaluator *evaluator = FLC_NEW(flc_evaluator, 1, error);
    if (!evaluator) {
        flc_draws_free(draws);
        return NULL;
    }
    *evaluator = (flc_evaluator){.study = study, .points = *points, .isa = isa, .draws = draws};
    return evaluator;
}

static flc_evaluator *create_with_memory(const flc_study *study, flc_draws *draws,
                                         const flc_points *points, flc_isa isa, flc_error *error)
{
    flc_evaluator *evaluator = create_without_memory(study, draws, points, isa, error);
    size_t outputs = flc_metrics_outputs(&study->metrics);
    if (evaluator && (evaluator->workspace = flc_workspace_create(study->model, isa, error)) &&
        (evaluator->scratch = FLC_NEW(double, flc_quantities_scratch(study->quantities), error)) &&
        (evaluator->outputs = FLC_NEW(double, outputs *FLC_BLOCK, error)))
        return evaluator;
    flc_evaluator_free(evaluator);
    return NULL;
}

flc_evaluator *flc_evaluator_create_at(const flc_study *study, const flc_points *points,
                                       flc_isa isa, flc_error *error)
{
    flc_draws *draws;
    if (flc_design_create(&draws, study->names, points, isa, error) != FLC_OK)
        return NULL;
    return create_with_memory(study, draws, points, isa, error);
}

flc_evaluator *flc_evaluator_create_from(const flc_study *study, flc_draws *draws,
                                         const flc_points *points, flc_isa isa, flc_error *error)
{
    flc_evaluator *evaluator = create_with_memory(study, draws, points, isa, error);
    if (!evaluator || flc_evaluator_keep_programs(evaluator, error) == FLC_OK)
        return evaluator;
    flc_evaluator_free(evaluator);
    return NULL;
}

/* Outputs, the quantities' scratch and the workspace, each a whole number of cache lines. */
static size_t outputs_part(const flc_study *study)
{
    return flc_metrics_outputs(&study->metrics) * FLC_BLOCK;
}
static size_t scratch_part(const flc_study *study)
{
    return (flc_quantities_scratch(study->quantities) + 7) / 8 * 8;
}

size_t flc_evaluator_scratch(const flc_study *study)
{
    return outputs_part(study) + scratch_part(study) +
           flc_workspace_lanes(study->model) * FLC_BLOCK;
}

flc_evaluator *flc_evaluator_create_in(const flc_study *study, const flc_points *points,
                                       flc_isa isa, double *memory, flc_error *error)
{
    flc_draws *draws;
    if (flc_design_create(&draws, study->names, points, isa, error) != FLC_OK)
        return NULL;
    flc_evaluator *evaluator = create_without_memory(study, draws, points, isa, error);
    if (!evaluator)
        return NULL;
    evaluator->shares = true;
    evaluator->outputs = memory;
    evaluator->scratch = memory + outputs_part(study);
    evaluator->workspace =
        flc_workspace_create_in(study->model, isa, evaluator->scratch + scratch_part(study), error);
    if (evaluator->workspace)
        return evaluator;
    flc_evaluator_free(evaluator);
    return NULL;
}

/* What becomes of a budget. */
static const enum flc_account uses[] = {FLC_ACCOUNT_FEDERAL,     FLC_ACCOUNT_LAPSED,
                                        FLC_ACCOUNT_UNALLOCATED, FLC_ACCOUNT_ADMINISTRATION,
                                        FLC_ACCOUNT_RESCINDED,   FLC_ACCOUNT_TERMINATED,
                                        FLC_ACCOUNT_DEFERRED};
enum { USES = sizeof uses / sizeof *uses };

/* What a year's leverage is made of: the first two per dollar of the third. */
static const enum flc_account leveraged[] = {FLC_ACCOUNT_MATCH, FLC_ACCOUNT_OWN_REVENUE,
                                             FLC_ACCOUNT_FEDERAL};

/* Years of each sample in which the budget is not what became of it, to 1e-9 of the uses' size; a
 * NaN is no balance either. Refused samples have no budget and are counted as refused. */
static void count_imbalance(const flc_study *study, size_t program, const double *refused,
                            double *outputs)
{
    double *count =
        outputs + flc_metrics_check(&study->metrics, program, FLC_CHECK_IMBALANCE) * FLC_BLOCK;
    memset(count, 0, FLC_BLOCK * sizeof *count);
    for (size_t t = 0; t < flc_model_years(study->model); t++) {
        const double *budget =
            outputs +
            flc_model_account_output(study->model, program, FLC_ACCOUNT_BUDGET, t) * FLC_BLOCK;
        double sum[FLC_BLOCK] = {0}, size[FLC_BLOCK] = {0};
        for (size_t k = 0; k < USES; k++) {
            const double *use =
                outputs + flc_model_account_output(study->model, program, uses[k], t) * FLC_BLOCK;
            for (size_t i = 0; i < FLC_BLOCK; i++) {
                sum[i] += use[i];
                size[i] += fabs(use[i]);
            }
        }
        for (size_t i = 0; i < FLC_BLOCK; i++)
            if (refused[i] == 0.0 && !(fabs(budget[i] - sum[i]) <= 1e-9 * size[i]))
                count[i] += 1.0;
    }
}

/* Leverage of a year. */
static void fill_leverage(const flc_study *study, size_t program, double *outputs)
{
    for (size_t t = 0; t < flc_model_years(study->model); t++) {
        const double *lanes[3];
        double *out = outputs + flc_metrics_leverage(&study->metrics, program, t) * FLC_BLOCK;
        for (size_t k = 0; k < 3; k++)
            lanes[k] = outputs +
                       flc_model_account_output(study->model, program, leveraged[k], t) * FLC_BLOCK;
        for (size_t i = 0; i < FLC_BLOCK; i++)
            out[i] = lanes[2][i] > 0.0 ? (lanes[0][i] + lanes[1][i]) / lanes[2][i] : (double)NAN;
    }
}

/* Whether a row has left the outputs of a program, or the portfolio, as they were, but for what
 * these do not depend on. */
static bool stands(const struct flc_again *again, size_t program, size_t programs)
{
    if (!again || program == programs)
        return again && !again->asked;
    return again->stage[program] < FLC_STAGE_WHOLE;
}

static void fill_derived(flc_evaluator *evaluator, const struct flc_again *again)
{
    const flc_study *study = evaluator->study;
    size_t programs = flc_model_programs(study->model);
    for (size_t p = 0; p <= programs; p++) {
        if (stands(again, p, programs))
            continue;
        double *refused = evaluator->outputs +
                          flc_metrics_check(&study->metrics, p, FLC_CHECK_REFUSED) * FLC_BLOCK;
        memcpy(refused, flc_workspace_refused(evaluator->workspace, p),
               FLC_BLOCK * sizeof *refused);
        if (flc_model_plugin(study->model))
            continue;
        count_imbalance(study, p, refused, evaluator->outputs);
        fill_leverage(study, p, evaluator->outputs);
    }
}

flc_status flc_evaluator_keep_programs(flc_evaluator *evaluator, flc_error *error)
{
    return flc_workspace_keep_programs(evaluator->workspace, error);
}

static const double *evaluate(flc_evaluator *evaluator, uint64_t first,
                              const struct flc_recorder *recorder, const struct flc_given *given)
{
    const flc_study *study = evaluator->study;
    if (evaluator->shares)
        flc_quantities_fill_constants(study->quantities,
                                      flc_workspace_values(evaluator->workspace));
    evaluator->first = first;
    evaluator->holds_pilot = false;
    flc_workspace_stand(evaluator->workspace, first);
    flc_draws_seek(evaluator->draws, first);
    flc_quantities_sample(study->quantities, evaluator->isa,
                          flc_workspace_values(evaluator->workspace), evaluator->scratch,
                          evaluator->draws);
    flc_model_evaluate(study->model, evaluator->workspace, evaluator->draws, recorder, given,
                       evaluator->outputs);
    fill_derived(evaluator, NULL);
    return evaluator->outputs;
}

const double *flc_evaluator_block(flc_evaluator *evaluator, uint64_t first,
                                  const struct flc_recorder *recorder)
{
    if (evaluator->holds_pilot && first == 0 && !recorder)
        return evaluator->outputs;
    return evaluate(evaluator, first, recorder, NULL);
}

const double *flc_evaluator_block_given(flc_evaluator *evaluator, uint64_t first,
                                        const flc_evaluator *other, const size_t *program)
{
    struct flc_given given = {other->workspace, other->outputs, program};
    return evaluate(evaluator, first, NULL, &given);
}

double *flc_evaluator_table(flc_evaluator *evaluator)
{
    evaluator->holds_pilot = false;
    return flc_workspace_values(evaluator->workspace);
}

static void ask_for_account(const flc_model *model, enum flc_account account, unsigned char *asked)
{
    flc_model_ask(model, flc_model_account_output(model, flc_model_programs(model), account, 0),
                  asked);
}

void flc_evaluator_ask(const flc_study *study, size_t output, unsigned char *asked)
{
    const flc_model *model = study->model;
    const size_t portfolio = flc_model_programs(model);
    if (output < flc_model_outputs(model)) {
        flc_model_ask(model, output, asked);
    } else if (output == flc_metrics_check(&study->metrics, portfolio, FLC_CHECK_IMBALANCE)) {
        ask_for_account(model, FLC_ACCOUNT_BUDGET, asked);
        for (size_t k = 0; k < USES; k++)
            ask_for_account(model, uses[k], asked);
    } else {
        for (size_t k = 0; k < sizeof leveraged / sizeof *leveraged; k++)
            ask_for_account(model, leveraged[k], asked);
    }
}

const double *flc_evaluator_again(flc_evaluator *evaluator, const flc_evaluator *other,
                                  enum flc_stage *stage, const bool *taken,
                                  const unsigned char *asked)
{
    const struct flc_again again = {other->workspace, other->outputs, stage, taken, asked};
    evaluator->holds_pilot = false;
    flc_workspace_stand(evaluator->workspace, other->first);
    flc_model_evaluate_again(evaluator->study->model, evaluator->workspace, evaluator->draws,
                             &again, evaluator->outputs);
    fill_derived(evaluator, &again);
    return evaluator->outputs;
}

const double *flc_evaluator_values(const flc_evaluator *evaluator)
{
    return flc_workspace_values(evaluator->workspace);
}

const flc_workspace *flc_evaluator_workspace(const flc_evaluator *evaluator)
{
    return evaluator->workspace;
}

const flc_draws *flc_evaluator_draws(const flc_evaluator *evaluator)
{
    return evaluator->draws;
}

flc_status flc_evaluator_failure(const flc_evaluator *evaluator, flc_error *error)
{
    return flc_workspace_failure(evaluator->workspace, error);
}

static flc_status set_pilot(flc_evaluator *evaluator, flc_summary *summary, flc_error *error)
{
    const double *outputs = flc_evaluator_block(evaluator, 0, NULL);
    flc_status status = flc_evaluator_failure(evaluator, error);
    /* A run's first block is its pilot; a short run would spend most of its time on it twice. */
    evaluator->holds_pilot = !evaluator->shares;
    return status ? status : flc_summary_set_pilot(summary, outputs, error);
}

flc_summary *flc_evaluator_summary(flc_evaluator *evaluator, flc_error *error)
{
    const flc_study *study = evaluator->study;
    size_t outputs = flc_metrics_outputs(&study->metrics);
    flc_resolution *resolutions = FLC_NEW(flc_resolution, outputs, error);
    if (!resolutions)
        return NULL;
    flc_study_resolutions(study, resolutions);
    flc_summary *summary =
        flc_summary_create(resolutions, outputs, study->targets, study->target_count, error);
    flc_free(resolutions);
    const bool replicated = evaluator->points.design != FLC_DESIGN_MC;
    if (summary && ((replicated && flc_summary_keep_replicates(summary, error)) ||
                    set_pilot(evaluator, summary, error))) {
        flc_summary_free(summary);
        return NULL;
    }
    return summary;
}

/* ---- a model on trial ------------------------------------------------------------------------ */

/* The first output whose values differ, or the number of outputs; NaN is like NaN. */
static size_t first_difference(const double *a, const double *b, size_t outputs)
{
    size_t i = 0;
    while (i < outputs * FLC_BLOCK && (a[i] == b[i] || (isnan(a[i]) && isnan(b[i]))))
        i++;
    return i / FLC_BLOCK;
}

static size_t first_undefined(const double *values, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) {
        size_t undefined = 0;
        for (size_t i = 0; i < FLC_BLOCK; i++)
            undefined += isnan(values[o * FLC_BLOCK + i]);
        if (undefined == FLC_BLOCK)
            return o;
    }
    return FLC_NO_OUTPUT;
}

static flc_status compare_blocks(const flc_study *study, flc_evaluator *once, flc_evaluator *again,
                                 size_t *undefined, flc_error *error)
{
    size_t outputs = flc_model_outputs(study->model);
    const double *values = flc_evaluator_block(once, 0, NULL);
    flc_evaluator_block(again, FLC_BLOCK, NULL);
    const double *others = flc_evaluator_block(again, 0, NULL);
    flc_status status = flc_evaluator_failure(once, error);
    if (status || (status = flc_evaluator_failure(again, error)))
        return status;
    *undefined = first_undefined(values, outputs);
    size_t different = first_difference(values, others, outputs);
    if (different == outputs)
        return FLC_OK;
    size_t o = 0;
    const flc_model_description *described = flc_model_described(study->model);
    while (o + 1 < described->output_count &&
           flc_model_plain_output(study->model, o + 1, 0) <= different)
        o++;
    return flc_error_set(
        error, FLC_ERROR_INTERNAL,
        "model %s: evaluated a second time, after another block, samples 0 to %d "
        "have another %s; a sample's outputs must depend on its own quantities and "
        "shocks alone, not on earlier calls, time or memory that is not set",
        described->name, FLC_BLOCK - 1, described->outputs[o].name);
}

flc_status flc_study_try(const flc_study *study, uint64_t seed, flc_isa isa, size_t *undefined,
                         flc_error *error)
{
    *undefined = FLC_NO_OUTPUT;
    if (!flc_model_plugin(study->model))
        return FLC_OK;
    flc_evaluator *once = flc_evaluator_create(study, seed, isa, error);
    flc_evaluator *again = once ? flc_evaluator_create(study, seed, isa, error) : NULL;
    flc_status status =
        again ? compare_blocks(study, once, again, undefined, error) : flc_error_of_null(error);
    flc_evaluator_free(again);
    flc_evaluator_free(once);
    return status;
}

flc_study_memory flc_study_bytes(const flc_study *study)
{
    flc_study_memory memory = {0, 0, 0, 0};
    size_t outputs = flc_metrics_outputs(&study->metrics);
    flc_resolution *resolutions = FLC_NEW(flc_resolution, outputs, NULL);
    if (!resolutions)
        return memory;
    flc_study_resolutions(study, resolutions);
    flc_summary_memory summary = flc_summary_bytes(resolutions, outputs, study->target_count);
    flc_free(resolutions);
    memory.evaluation = flc_workspace_bytes(study->model) + outputs * FLC_BLOCK * sizeof(double) +
                        flc_quantities_scratch(study->quantities) * sizeof(double) +
                        flc_names_count(study->names) * 64;
    memory.summary_expected = summary.expected;
    memory.summary_most = summary.most;
    memory.replicates = flc_summary_replicate_bytes(outputs, study->target_count);
    return memory;
}
