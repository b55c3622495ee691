/* The model in C: each year for all samples of the block, so that compilers make vector code of it.
 *
 * With cost c, experience X (all that was ever built), price p of the year:
 *
 *     support  s = rate max(0, c - p) while the subsidy lasts, else 0
 *     built    B = demand max(0, 1 - response max(0, c - s - p)/p) (1 + spread z), at least 0
 *     learning c = max(floor, c (1 - learning B/(X + B))), X = X + B
 *
 * Only + - * / and comparisons: the same bits on every machine.
 */
#include <math.h>

#include "learning.h"

typedef double lanes[FLC_MODEL_BLOCK];

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void begin(lanes *state, const double (*x)[FLC_MODEL_BLOCK])
{
    for (int i = 0; i < FLC_MODEL_BLOCK; i++) {
        state[0][i] = x[COST_START][i];
        state[1][i] = x[BUILT_BEFORE][i];
        state[2][i] = state[3][i] = 0; /* subsidy and buyers' money so far */
    }
}

static void simulate_year(lanes *state, const flc_model_block *block, int t)
{
    const double(*x)[FLC_MODEL_BLOCK] = block->quantities;
    double *cost = state[0], *experience = state[1], *subsidy = state[2], *private = state[3];
    double *z_price = state[4], *z_demand = state[5];
    double(*out)[FLC_MODEL_BLOCK] = block->outputs;
    block->draws->normal(block->draws, 0, (uint32_t)t, z_price);
    block->draws->normal(block->draws, 1, (uint32_t)t, z_demand);
    for (int i = 0; i < FLC_MODEL_BLOCK; i++) {
        double price = x[PRICE][i] * larger(0.1, 1 + x[VOLATILITY][i] * z_price[i]);
        double pays = t < x[SUBSIDY_YEARS][i] ? x[RATE][i] : 0.0;
        double support = pays * larger(0, cost[i] - price);
        double net = cost[i] - support;
        double taken = larger(0, 1 - x[RESPONSE][i] * larger(0, net - price) / price);
        double built = x[DEMAND][i] * taken * larger(0, 1 + x[SPREAD][i] * z_demand[i]);
        double fall = x[LEARNING][i] * built / (experience[i] + built);
        cost[i] = larger(x[COST_FLOOR][i], cost[i] * (1 - fall));
        experience[i] += built;
        out[BUILT + t][i] = built;
        out[SUBSIDY + t][i] = support * built / 1000; /* USD/kW times MW, in million */
        out[PRIVATE + t][i] = net * built / 1000;
        out[COST + t][i] = cost[i];
        subsidy[i] += out[SUBSIDY + t][i];
        private[i] += out[PRIVATE + t][i];
    }
}

/* Backwards, so that the first year stays. */
static void find_parity(const flc_model_block *block)
{
    double(*out)[FLC_MODEL_BLOCK] = block->outputs;
    for (int i = 0; i < FLC_MODEL_BLOCK; i++)
        out[PARITY_YEAR][i] = INFINITY;
    for (int t = LEARNING_YEARS; t-- > 0;)
        for (int i = 0; i < FLC_MODEL_BLOCK; i++)
            if (out[COST + t][i] <= block->quantities[PRICE][i])
                out[PARITY_YEAR][i] = LEARNING_BASE_YEAR + t;
}

int learning_evaluate(void *workspace, const flc_model_block *block)
{
    lanes *state = workspace;
    begin(state, block->quantities);
    for (int t = 0; t < LEARNING_YEARS; t++)
        simulate_year(state, block, t);
    for (int i = 0; i < FLC_MODEL_BLOCK; i++) {
        block->outputs[TOTAL_SUBSIDY][i] = state[2][i];
        block->outputs[LEVERAGE][i] = state[2][i] > 0 ? state[3][i] / state[2][i] : NAN;
    }
    find_parity(block);
    return 0;
}
