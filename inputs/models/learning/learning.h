/* What the description and the kernel of the model share. */
#ifndef LEARNING_H
#define LEARNING_H

#include <fulcrum/model.h>

enum { LEARNING_BASE_YEAR = 2025, LEARNING_YEARS = 15 };

enum learning_quantity {
    COST_START,
    COST_FLOOR,
    LEARNING,
    PRICE,
    VOLATILITY,
    DEMAND,
    RESPONSE,
    SPREAD,
    BUILT_BEFORE,
    RATE,
    SUBSIDY_YEARS
};

/* Places of rows: an output by year has one row for each year. */
enum learning_output {
    COST = 0,
    BUILT = COST + LEARNING_YEARS,
    SUBSIDY = BUILT + LEARNING_YEARS,
    PRIVATE = SUBSIDY + LEARNING_YEARS,
    LEVERAGE = PRIVATE + LEARNING_YEARS,
    TOTAL_SUBSIDY,
    PARITY_YEAR
};

/* Rows of numbers that the kernel keeps from year to year, in the workspace. */
enum { LEARNING_ROWS = 6, LEARNING_WORKSPACE = LEARNING_ROWS * FLC_MODEL_BLOCK };

int learning_evaluate(void *workspace, const flc_model_block *block);

#endif
