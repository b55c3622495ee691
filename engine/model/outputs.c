/* Names of accounts, metrics and ledger fields, and where each output stands in a block's outputs.
 */
#include "model/model_priv.h"

const struct flc_label flc_account_labels[FLC_ACCOUNTS_PUBLIC] = {
#define X(identifier, name, unit, sentence) {name, unit, sentence},
    FLC_ACCOUNTS(X)
#undef X
};
const struct flc_label flc_horizon_labels[FLC_HORIZON_COUNT] = {
#define X(identifier, name, unit, sentence) {name, unit, sentence},
    FLC_HORIZON_METRICS(X)
#undef X
};
const struct flc_label flc_ledger_labels[FLC_LEDGER_COUNT] = {
#define X(identifier, name, unit, sentence) {name, unit, sentence},
    FLC_LEDGER_FIELDS(X)
#undef X
};

size_t flc_model_sources(const flc_model *model, size_t program)
{
    return program < model->program_count ? model->programs[program].source_count
                                          : model->portfolio_sources;
}

size_t flc_model_outcomes(const flc_model *model, size_t program)
{
    return program < model->program_count ? model->programs[program].outcome_count
                                          : model->portfolio_outcomes;
}

const char *flc_model_source_key(const flc_model *model, size_t program, size_t source)
{
    return program < model->program_count ? model->programs[program].sources[source].info.key
                                          : model->portfolio_source_keys[source];
}

const char *flc_model_outcome_key(const flc_model *model, size_t program, size_t outcome)
{
    return program < model->program_count ? model->programs[program].outcomes[outcome].info.key
                                          : model->portfolio_outcome_keys[outcome];
}

static size_t first_output(const flc_model *model, size_t program)
{
    return program < model->program_count ? model->programs[program].first_output
                                          : model->portfolio_first_output;
}

/* Rows by year: accounts, then sources, then gross and net outcomes. */
static size_t yearly(const flc_model *model, size_t program, size_t row, size_t year)
{
    return first_output(model, program) + row * model->years + year;
}

size_t flc_model_outputs(const flc_model *model)
{
    return model->outputs;
}

size_t flc_model_account_output(const flc_model *model, size_t program, enum flc_account account,
                                size_t year)
{
    return yearly(model, program, (size_t)account, year);
}

size_t flc_model_source_output(const flc_model *model, size_t program, size_t source, size_t year)
{
    return yearly(model, program, FLC_ACCOUNTS_PUBLIC + source, year);
}

size_t flc_model_gross_output(const flc_model *model, size_t program, size_t outcome, size_t year)
{
    size_t row = FLC_ACCOUNTS_PUBLIC + flc_model_sources(model, program) + outcome;
    return yearly(model, program, row, year);
}

size_t flc_model_net_output(const flc_model *model, size_t program, size_t outcome, size_t year)
{
    return flc_model_gross_output(model, program, flc_model_outcomes(model, program) + outcome,
                                  year);
}

size_t flc_model_horizon_output(const flc_model *model, size_t program,
                                enum flc_horizon_metric metric)
{
    size_t rows = FLC_ACCOUNTS_PUBLIC + flc_model_sources(model, program) +
                  2 * flc_model_outcomes(model, program);
    return yearly(model, program, rows, 0) + (size_t)metric;
}

size_t flc_model_per_dollar_output(const flc_model *model, size_t program, size_t outcome)
{
    return flc_model_horizon_output(model, program, FLC_HORIZON_COUNT) + outcome;
}

uint32_t flc_model_shock_name(const flc_model *model, size_t shock)
{
    return model->shock_names[shock];
}

size_t flc_model_plain_output(const flc_model *model, size_t output, size_t year)
{
    return model->first_row[output] + (model->description.outputs[output].by_year ? year : 0);
}
