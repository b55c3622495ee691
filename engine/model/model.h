/* The funding-leverage model: built once from a study's inputs, then evaluated block by block.
 *
 * A model is immutable and can be shared; each evaluator has a workspace of its own. Evaluating
 * means: the caller fills the rows of the workspace's table of values (distribution/quantities.h)
 * and points a source of draws at a block; flc_model_evaluate computes every output for every
 * sample of the block. Arrays are structures of lanes: FLC_BLOCK doubles side by side, one per
 * sample.
 */
#ifndef FLC_MODEL_MODEL_H
#define FLC_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/isa.h"
#include "distribution/quantities.h"
#include "fulcrum/model.h"
#include "fulcrum/status.h"
#include "model/accounts.h"
#include "model/inputs.h"
#include "model/plugin.h"
#include "random/draws.h"

typedef struct flc_model flc_model;
typedef struct flc_workspace flc_workspace;

/* Build a model. Contradictions between inputs are FLC_ERROR_STUDY with their place. Derived inputs
 * (outcome history) are filled in *inputs, which must outlive the model, as must `quantities`;
 * names of draws are added to `names`. Quantities may be finished (flc_quantities_finish) only
 * afterwards. */
flc_status flc_model_create(flc_model **model, struct flc_model_inputs *inputs,
                            flc_quantities *quantities, flc_names *names, flc_error *error);
/* The same of a plug-in, whose quantity q is in row rows[q]. To all above this floor it is a model
 * without programs, whose portfolio has the plug-in's name, whose outputs by year stand for
 * accounts and whose others for the horizon's metrics. `plugin` must outlive it. */
flc_status flc_model_create_plugged(flc_model **model, const flc_plugin *plugin,
                                    const flc_quantity *rows, const flc_quantities *quantities,
                                    flc_names *names, flc_error *error);
void flc_model_free(flc_model *model);

/* What evaluates the model, the portfolio and plug-ins alike (fulcrum/model.h). */
const flc_model_description *flc_model_described(const flc_model *model);
/* NULL of the portfolio. */
const flc_plugin *flc_model_plugin(const flc_model *model);
/* Number of the name of a plug-in's shock. */
uint32_t flc_model_shock_name(const flc_model *model, size_t shock);
/* Number of a plug-in's output in a year (0 where it is not by year). */
size_t flc_model_plain_output(const flc_model *model, size_t output, size_t year);

size_t flc_model_years(const flc_model *model);
int64_t flc_model_base_year(const flc_model *model);

/* Programs of the study; the portfolio follows as number flc_model_programs(model). */
size_t flc_model_programs(const flc_model *model);
/* Key of a program, or "portfolio". */
const char *flc_model_program_key(const flc_model *model, size_t program);
const struct flc_program_inputs *flc_model_program_inputs(const flc_model *model, size_t program);
size_t flc_model_units(const flc_model *model, size_t program);
/* "<start>.<j>" of a unit into text (at least 32 bytes); its age at year 0. */
void flc_model_unit_name(const flc_model *model, size_t program, size_t unit, char *text);
int64_t flc_model_unit_age(const flc_model *model, size_t program, size_t unit);

/* Match sources and outcomes of a program; of the portfolio, those of any program, each key once.
 */
size_t flc_model_sources(const flc_model *model, size_t program);
const char *flc_model_source_key(const flc_model *model, size_t program, size_t source);
size_t flc_model_outcomes(const flc_model *model, size_t program);
const char *flc_model_outcome_key(const flc_model *model, size_t program, size_t outcome);

/* Outputs of a block: values[flc_model_outputs][FLC_BLOCK]. NaN is undefined, +inf "never". For
 * each program, then the portfolio: the accounts by year, match by source by year, gross and net
 * outcomes by year, the horizon's metrics, and each outcome per dollar. These give the number of
 * one output. */
size_t flc_model_outputs(const flc_model *model);
size_t flc_model_account_output(const flc_model *model, size_t program, enum flc_account account,
                                size_t year);
size_t flc_model_source_output(const flc_model *model, size_t program, size_t source, size_t year);
size_t flc_model_gross_output(const flc_model *model, size_t program, size_t outcome, size_t year);
size_t flc_model_net_output(const flc_model *model, size_t program, size_t outcome, size_t year);
size_t flc_model_horizon_output(const flc_model *model, size_t program,
                                enum flc_horizon_metric metric);
size_t flc_model_per_dollar_output(const flc_model *model, size_t program, size_t outcome);

/* A look at what an evaluation makes of a unit and year, for traces, which ask for the first sample
 * of a block: that is in lanes[0], others need not be there. Called for every field of every unit
 * in every year. */
struct flc_recorder {
    void (*ledger)(void *context, size_t program, size_t unit, size_t year,
                   enum flc_ledger_field field, const double *lanes);
    void *context;
};

flc_workspace *flc_workspace_create(const flc_model *model, flc_isa isa, flc_error *error);
/* The same in flc_workspace_lanes blocks of FLC_BLOCK doubles that the caller has. Where they are
 * used for something else in between, the rows of constants must be filled again. */
flc_workspace *flc_workspace_create_in(const flc_model *model, flc_isa isa, double *memory,
                                       flc_error *error);
size_t flc_workspace_lanes(const flc_model *model);
void flc_workspace_free(flc_workspace *workspace);
/* Bytes a workspace takes. */
size_t flc_workspace_bytes(const flc_model *model);
/* Table of values[rows][FLC_BLOCK] that the caller fills before evaluating. */
double *flc_workspace_values(flc_workspace *workspace);

/* From now on the workspace keeps of each program what flc_given and flc_again need. */
flc_status flc_workspace_keep_programs(flc_workspace *workspace, flc_error *error);

/* Programs that need no evaluation: another one, perhaps of another model, has evaluated them for
 * the same block with the same inputs and years, and they are taken from there, bit by bit. */
#define FLC_NOT_GIVEN SIZE_MAX
struct flc_given {
    const flc_workspace *workspace; /* of the other evaluation; it keeps its programs */
    const double *outputs;          /* of the other evaluation */
    const size_t *program;          /* its number there, of each program here; FLC_NOT_GIVEN */
};

/* What of a program is computed again; each stage includes those before it. */
enum flc_stage {
    FLC_STAGE_NOTHING,  /* it stands as the evaluation before has left it */
    FLC_STAGE_HORIZON,  /* metrics over the horizon */
    FLC_STAGE_ACCOUNTS, /* taxes and social cost of each year */
    FLC_STAGE_OUTCOMES, /* outcomes of each year */
    FLC_STAGE_WHOLE
};
/* The first stage that a quantity enters by its path, for any program whose input it is; nothing:
 * programs do not depend on it, but their sum does. */
enum flc_stage flc_stage_of(const char *path);

/* Series by year of the portfolio, and those that one of its outputs is made of, marked by 1. */
size_t flc_model_series(const flc_model *model);
void flc_model_ask(const flc_model *model, size_t output, unsigned char *asked);

/* A row: the block that the workspace, which keeps its programs, evaluated before, once more with
 * some other inputs, by what has changed since. */
struct flc_again {
    const flc_workspace *workspace; /* of another evaluation, which keeps its programs too */
    const double *outputs;          /* of it */
    enum flc_stage *stage;          /* [programs] to do; then what was done */
    const bool *taken;              /* [programs] not computed: the same inputs as there */
    const unsigned char *asked;     /* [flc_model_series] of the portfolio; NULL: nothing of it */
};

/* Evaluate through the model's interface the block `draws` stands on into
 * outputs[flc_model_outputs][FLC_BLOCK]. Samples with a quantity outside its domain are refused:
 * their outputs are NaN, of the program the quantity belongs to and of the portfolio, or of all
 * programs if it belongs to none. `recorder` and `given` are for the portfolio, and may be NULL.
 * Where a plug-in fails, all outputs are NaN, from then on, and flc_workspace_failure says why. */
void flc_model_evaluate(const flc_model *model, flc_workspace *workspace, const flc_draws *draws,
                        const struct flc_recorder *recorder, const struct flc_given *given,
                        double *outputs);
/* The same of a row; a plug-in evaluates it whole. `outputs` hold what the evaluation before has
 * left there. */
void flc_model_evaluate_again(const flc_model *model, flc_workspace *workspace,
                              const flc_draws *draws, const struct flc_again *again,
                              double *outputs);
/* The first failure of a plug-in, or FLC_OK. */
flc_status flc_workspace_failure(const flc_workspace *workspace, flc_error *error);
/* The number of the first sample of the next evaluation, for messages. */
void flc_workspace_stand(flc_workspace *workspace, uint64_t first);
/* After an evaluation: 1.0 for each sample refused for `program` (the portfolio: for any reason).
 */
const double *flc_workspace_refused(const flc_workspace *workspace, size_t program);

/* Series of the macro-economy after an evaluation, lanes of year t. */
enum flc_macro_series {
    FLC_MACRO_RECESSION,
    FLC_MACRO_ACTIVITY,
    FLC_MACRO_INFLATION,
    FLC_MACRO_PRICE_INDEX,
    FLC_MACRO_DISCOUNT_FACTOR,
    FLC_MACRO_SERIES
};
const double *flc_workspace_macro(const flc_workspace *workspace, enum flc_macro_series series,
                                  size_t year);

/* Names of draws (MODEL section 11), as numbers in the table of names; for traces. */
enum flc_macro_draw {
    FLC_DRAW_RECESSION,
    FLC_DRAW_ACTIVITY,
    FLC_DRAW_INFLATION,
    FLC_DRAW_FISCAL,
    FLC_MACRO_DRAWS
};
enum flc_program_draw {
    FLC_DRAW_BUDGET,
    FLC_DRAW_TERMINATION,
    FLC_DRAW_DELAY,
    FLC_DRAW_RESCISSION,
    FLC_DRAW_COINVESTMENT,
    FLC_DRAW_RETURN,
    FLC_DRAW_DEFAULT,
    FLC_DRAW_LAGGING,
    FLC_PROGRAM_DRAWS
};
enum flc_unit_draw {
    FLC_DRAW_SIZE,
    FLC_DRAW_GATE,
    FLC_DRAW_MATCH,
    FLC_DRAW_REVENUE,
    FLC_DRAW_COST,
    FLC_DRAW_VERIFY,
    FLC_UNIT_DRAWS
};
uint32_t flc_model_macro_draw(const flc_model *model, enum flc_macro_draw draw);
uint32_t flc_model_program_draw(const flc_model *model, size_t program, enum flc_program_draw draw);
uint32_t flc_model_source_draw(const flc_model *model, size_t program, size_t source);
uint32_t flc_model_outcome_draw(const flc_model *model, size_t program, size_t outcome);
uint32_t flc_model_unit_draw(const flc_model *model, size_t program, size_t unit,
                             enum flc_unit_draw draw);

struct flc_model_kernels {
    void (*evaluate)(const flc_model *model, flc_workspace *workspace, const flc_draws *draws,
                     const struct flc_recorder *recorder, const struct flc_given *given,
                     double *outputs);
    void (*again)(const flc_model *model, flc_workspace *workspace, const flc_draws *draws,
                  const struct flc_again *again, double *outputs);
};
FLC_ISA_DECLARE(struct flc_model_kernels, flc_model_kernels);

#endif
