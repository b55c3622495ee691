/* Learning by doing: what public money that makes a young technology affordable moves.
 *
 * A technology costs more than buyers pay. Each unit built makes the next one cheaper, so a subsidy
 * that closes part of the gap for some years may bring it to where nobody needs help. This file
 * says what the model reads and computes; kernel.c (or kernel.f90, the same in Fortran) computes
 * it.
 *
 * Numbers in it are an invented example: put your own in a study.
 */
#include <math.h>

#include "learning.h"

#define SHARE(standard)        {0, 1, 0, 0, 0, 0}, standard
#define POSITIVE(standard)     {0, INFINITY, 1, 0, 0, 0}, standard
#define NOT_NEGATIVE(standard) {0, INFINITY, 0, 0, 0, 0}, standard

/* In the order of enum learning_quantity. */
static const flc_model_quantity quantities[] = {
    {"cost/start", "USD/kW", "Cost of a unit in the base year.",
     POSITIVE("{pert: {min: 1500, mode: 1800, max: 2400}}")},
    {"cost/floor", "USD/kW", "Cost that learning does not go below.",
     NOT_NEGATIVE("{triangular: {min: 300, mode: 500, max: 700}}")},
    {"cost/learning", "1", "Fall of cost per relative growth of what was ever built.",
     SHARE("{beta: {a: 9.5, b: 22.2}}")},
    {"market/price", "USD/kW", "What buyers pay without help.",
     POSITIVE("{normal: {mean: 1000, sd: 80}}")},
    {"market/volatility", "1", "Standard deviation of a year's price, relative.", SHARE("0.1")},
    {"market/demand", "MW/year", "What is built where the technology costs buyers what they pay.",
     POSITIVE("{lognormal: {median: 800, p95: 1600}}")},
    {"market/response", "1", "Share of demand lost per relative excess of cost over price.",
     NOT_NEGATIVE("{uniform: {min: 0.8, max: 1.6}}")},
    {"market/spread", "1", "Standard deviation of a year's demand, relative.", SHARE("0.2")},
    {"built", "MW", "What was built before the base year.",
     POSITIVE("{triangular: {min: 1000, mode: 1500, max: 3000}}")},
    {"subsidy/rate", "1", "Share of the gap between cost and price that is paid.", SHARE("0.5")},
    {"subsidy/years",
     "years",
     "Years in which it is paid, from the base year on.",
     {0, LEARNING_YEARS, 0, 0, 1, 0},
     "6"},
};

static const flc_model_shock shocks[] = {{"price", "The year's price."},
                                         {"demand", "The year's demand."}};

/* In the order of enum learning_output. */
static const flc_model_output outputs[] = {
    {"cost", "USD/kW", "Cost of a unit at the end of the year", 1, FLC_MODEL_LOWER},
    {"built", "MW", "What is built in the year", 1, FLC_MODEL_HIGHER},
    {"subsidy", "USD million", "Subsidy paid in the year", 1, FLC_MODEL_NEITHER},
    {"private", "USD million", "What buyers pay in the year", 1, FLC_MODEL_HIGHER},
    {"leverage", "1", "Buyers' money per dollar of subsidy, over the horizon", 0, FLC_MODEL_HIGHER},
    {"total_subsidy", "USD million", "Subsidy paid over the horizon", 0, FLC_MODEL_LOWER},
    {"parity_year", "fiscal year",
     "First year that ends with a cost no higher than the price; "
     "infinite: never",
     0, FLC_MODEL_LOWER},
};

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "learning",
        .version = "1.0",
        .title = "Learning by doing under a subsidy",
        .base_year = LEARNING_BASE_YEAR,
        .years = LEARNING_YEARS,
        .quantity_count = sizeof quantities / sizeof *quantities,
        .shock_count = sizeof shocks / sizeof *shocks,
        .output_count = sizeof outputs / sizeof *outputs,
        .quantities = quantities,
        .shocks = shocks,
        .outputs = outputs,
        .workspace_bytes = LEARNING_WORKSPACE * sizeof(double),
        .evaluate = learning_evaluate,
    };
    return &description;
}
