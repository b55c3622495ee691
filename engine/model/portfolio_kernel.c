/* A block of samples through the whole model: macro-economy, each program year by year, the
 * portfolio.
 *
 * The portfolio (MODEL section 9) adds up its programs' money and gross outcomes; net outcomes,
 * benefit and tax of a program count 1 - (1 - coordination) overlap.
 */
#include <math.h>
#include <string.h>

#include "model/evaluate.h"

static const struct flc_instrument *const instruments[] = {
    [FLC_INSTRUMENT_GRANT] = &flc_grant,
    [FLC_INSTRUMENT_REIMBURSEMENT] = &flc_reimbursement,
    [FLC_INSTRUMENT_PRIZE] = &flc_prize,
    [FLC_INSTRUMENT_FUND] = &flc_fund,
    [FLC_INSTRUMENT_GUARANTEE] = &flc_guarantee,
};

static void begin_program(const struct flc_pass *pass)
{
    size_t years = pass->model->years;
    size_t series = FLC_ACCOUNTS_PUBLIC + pass->sources + 2 * pass->outcomes;
    memset(pass->outputs, 0, series * years * sizeof(flc_lanes));
    memset(pass->inner, 0, (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC) * years * sizeof(flc_lanes));
    flc_begin_budget(pass);
    flc_begin_outcomes(pass);
    pass->instrument->begin(pass);
}

/* Without units: all match is committed and paid in cash, and all money counts as leading. */
static void book_without_units(const struct flc_pass *pass, size_t t)
{
    const double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    const double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    double *restrict committed = flc_account(pass, FLC_ACCOUNT_COMMITTED_MATCH, t);
    double *restrict cash = flc_account(pass, FLC_ACCOUNT_MATCH_CASH, t);
    double *restrict money = flc_account(pass, FLC_ACCOUNT_LEADING_MONEY, t);
    double *restrict leading = flc_account(pass, FLC_ACCOUNT_LEADING_FEDERAL, t);
    FLC_FOR_LANES (i) {
        committed[i] = cash[i] = money[i] = match[i];
        leading[i] = federal[i];
    }
}

static void evaluate_year(const struct flc_pass *pass, size_t t)
{
    flc_evaluate_budget(pass, t);
    pass->instrument->year(pass, t);
    if (!pass->program->has_units)
        book_without_units(pass, t);
    flc_evaluate_outcomes(pass, t);
    flc_evaluate_accounts(pass, t);
}

void flc_evaluate_program(const struct flc_pass *pass)
{
    begin_program(pass);
    for (size_t t = 0; t < pass->model->years; t++)
        evaluate_year(pass, t);
    flc_evaluate_horizon(pass);
}

/* ---- programs evaluated once for several models ---------------------------------------------- */

/* As evaluate_program would leave it. Refused samples are undefined already, here as there. */
static void take_program(const struct flc_pass *pass, const struct flc_given *given)
{
    size_t number = given->program[pass->number];
    const flc_model *other = given->workspace->model;
    const double *outputs = given->outputs + other->programs[number].first_output * FLC_BLOCK;
    memcpy(pass->outputs, outputs, flc_output_rows(pass) * sizeof(flc_lanes));
    memcpy(pass->inner, flc_kept_of(given->workspace, number),
           flc_inner_lanes(pass->model) * sizeof(flc_lanes));
    flc_take_outcomes(pass, given->workspace, number);
}

/* ---- the portfolio --------------------------------------------------------------------------- */

void flc_add_lanes(double *restrict sum, const double *restrict part, const double *restrict weight)
{
    if (weight)
        FLC_FOR_LANES (i)
            sum[i] += weight[i] * part[i];
    else
        FLC_FOR_LANES (i)
            sum[i] += part[i];
}

/* 1 - (1 - coordination) overlap, into `weight`. */
void flc_overlap_weight(const struct flc_pass *pass, double *restrict weight)
{
    const double *restrict coordination =
        flc_lane(pass->w, pass->model->inputs->portfolio.coordination);
    const double *restrict overlap = flc_lane(pass->w, pass->program->inputs->overlap);
    FLC_FOR_LANES (i)
        weight[i] = 1.0 - (1.0 - coordination[i]) * overlap[i];
}

static void add_to_portfolio(const struct flc_pass *whole, const struct flc_pass *part)
{
    double *weight = whole->w->scratch[0];
    const struct flc_program *program = part->program;
    flc_overlap_weight(part, weight);
    for (size_t t = 0; t < whole->model->years; t++) {
        for (int a = 0; a < FLC_ACCOUNTS_ALL; a++) {
            bool weighted = a == FLC_ACCOUNT_BENEFIT || a == FLC_ACCOUNT_TAX;
            flc_add_lanes(flc_account(whole, (enum flc_account)a, t),
                          flc_account(part, (enum flc_account)a, t), weighted ? weight : NULL);
        }
        for (size_t k = 0; k < part->sources; k++)
            flc_add_lanes(flc_source_series(whole, program->portfolio_source[k], t),
                          flc_source_series(part, k, t), NULL);
        for (size_t o = 0; o < part->outcomes; o++) {
            size_t place = program->portfolio_outcome[o];
            flc_add_lanes(flc_gross_series(whole, place, t), flc_gross_series(part, o, t), NULL);
            flc_add_lanes(flc_net_series(whole, place, t), flc_net_series(part, o, t), weight);
        }
    }
    for (size_t o = 0; o < part->outcomes; o++) {
        size_t place = program->portfolio_outcome[o];
        flc_add_lanes(whole->w->portfolio_gross[place], whole->w->outcome_gross[o], NULL);
        flc_add_lanes(whole->w->portfolio_dollars[place], whole->w->outcome_dollars[o], NULL);
    }
}

static void begin_portfolio(const struct flc_pass *pass)
{
    size_t years = pass->model->years;
    size_t series = FLC_ACCOUNTS_PUBLIC + pass->sources + 2 * pass->outcomes;
    memset(pass->outputs, 0, series * years * sizeof(flc_lanes));
    memset(pass->inner, 0, (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC) * years * sizeof(flc_lanes));
    memset(pass->w->portfolio_gross, 0, pass->outcomes * sizeof(flc_lanes));
    memset(pass->w->portfolio_dollars, 0, pass->outcomes * sizeof(flc_lanes));
}

/* ---- samples that are refused ---------------------------------------------------------------- */

void flc_find_refused(const flc_model *model, flc_workspace *w)
{
    memset(w->refused, 0, (model->program_count + 1) * sizeof(flc_lanes));
    for (size_t q = 0; q < model->sampled_count; q++)
        flc_quantities_refuse(model->quantities, model->sampled_rows[q], w->values,
                              w->refused[model->sampled_programs[q]]);
    const double *restrict common = w->refused[model->program_count];
    double *restrict any = w->scratch[0];
    memcpy(any, common, sizeof(flc_lanes));
    for (size_t p = 0; p < model->program_count; p++) {
        double *restrict refused = w->refused[p];
        FLC_FOR_LANES (i) {
            refused[i] = flc_most(refused[i], common[i]);
            any[i] = flc_most(any[i], refused[i]);
        }
    }
    memcpy(w->refused[model->program_count], any, sizeof(flc_lanes));
}

/* Outputs of refused samples are undefined, not wrong. */
void flc_blank_refused(const struct flc_pass *pass)
{
    const double *restrict refused = pass->w->refused[pass->number];
    double worst = 0.0;
    FLC_FOR_LANES (i)
        worst = flc_most(worst, refused[i]);
    if (worst == 0.0)
        return;
    for (size_t r = 0; r < flc_output_rows(pass); r++) {
        double *restrict out = pass->outputs + r * FLC_BLOCK;
        FLC_FOR_LANES (i)
            out[i] = refused[i] != 0.0 ? NAN : out[i];
    }
}

/* The program's accounts, as the portfolio and the reader need them: evaluated, or taken from
 * another evaluation. */
static void provide_program(struct flc_pass *pass, const struct flc_given *given)
{
    size_t from = given ? given->program[pass->number] : FLC_NOT_GIVEN;
    bool keeps = pass->w->kept.lanes != NULL;
    if (keeps)
        pass->inner = flc_kept_of(pass->w, pass->number);
    if (from == FLC_NOT_GIVEN)
        flc_evaluate_program(pass);
    else
        take_program(pass, given);
    if (keeps)
        flc_keep_outcomes(pass);
}

struct flc_pass flc_whole_pass(flc_workspace *w, const flc_draws *draws,
                               const struct flc_recorder *recorder, double *outputs)
{
    const flc_model *model = w->model;
    return (struct flc_pass){.model = model,
                             .w = w,
                             .draws = draws,
                             .recorder = recorder,
                             .number = model->program_count,
                             .sources = model->portfolio_sources,
                             .outcomes = model->portfolio_outcomes,
                             .outputs = outputs + model->portfolio_first_output * FLC_BLOCK,
                             .inner = w->portfolio_inner};
}

struct flc_pass flc_program_pass(const struct flc_pass *whole, double *outputs, size_t p)
{
    struct flc_pass part = *whole;
    part.number = p;
    part.program = &whole->model->programs[p];
    part.instrument = instruments[part.program->inputs->instrument];
    part.sources = part.program->source_count;
    part.outcomes = part.program->outcome_count;
    part.outputs = outputs + part.program->first_output * FLC_BLOCK;
    part.inner = whole->w->inner;
    return part;
}

static void evaluate(const flc_model *model, flc_workspace *w, const flc_draws *draws,
                     const struct flc_recorder *recorder, const struct flc_given *given,
                     double *outputs)
{
    const struct flc_pass whole = flc_whole_pass(w, draws, recorder, outputs);
    flc_find_refused(model, w);
    flc_evaluate_macro(model, w, draws);
    begin_portfolio(&whole);
    for (size_t p = 0; p < model->program_count; p++) {
        struct flc_pass part = flc_program_pass(&whole, outputs, p);
        provide_program(&part, given);
        add_to_portfolio(&whole, &part);
        flc_blank_refused(&part);
    }
    flc_evaluate_horizon(&whole);
    flc_blank_refused(&whole);
}

const struct flc_model_kernels FLC_ISA_TABLE(flc_model_kernels) = {evaluate, flc_evaluate_again};
