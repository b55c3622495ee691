/* A linear model of Gaussians, for what is known in closed form when they depend on each other
 * (Owen and Prieur 2017, "On Shapley value for measuring importance of dependent inputs"; Iooss and
 * Prieur 2019): y = sum b_i x_i + noise e, x standard normal, tied by the study's `dependence` with
 * correlations r = 2 sin(pi rank/6), and e a shock of each sample. Variance b'Rb + noise^2. A
 * second output reads two of the inputs only. No function of the C library: equal bits everywhere.
 */
#include <fulcrum/model.h>
#include <math.h>

#define NORMAL(name)                                                                               \
    {                                                                                              \
        name, "1", "A standard normal.", {-INFINITY, INFINITY, 0, 0, 0, 0},                        \
            "{normal: {mean: 0, sd: 1}}"                                                           \
    }
#define WEIGHT(name, standard)                                                                     \
    {                                                                                              \
        name, "1", "A coefficient.", {-INFINITY, INFINITY, 0, 0, 0, 0}, standard                   \
    }
enum { INPUTS = 4 };
static const flc_model_quantity quantities[] = {
    NORMAL("x1"),        NORMAL("x2"),          NORMAL("x3"),
    NORMAL("x4"),        WEIGHT("b/x1", "1"),   WEIGHT("b/x2", "1"),
    WEIGHT("b/x3", "1"), WEIGHT("b/x4", "0.5"), WEIGHT("noise", "0")};
static const flc_model_shock shocks[] = {{"error", "What no input explains."}};
static const flc_model_output outputs[] = {{"y", "1", "Sum of all inputs", 0, 0},
                                           {"part", "1", "Sum of x1 and x2", 0, 0}};

static int evaluate(void *workspace, const flc_model_block *block)
{
    const double(*x)[FLC_MODEL_BLOCK] = block->quantities, (*b)[FLC_MODEL_BLOCK] = x + INPUTS;
    const double *noise = block->quantities[(size_t)2 * INPUTS];
    double error[FLC_MODEL_BLOCK];
    (void)workspace;
    block->draws->normal(block->draws, 0, 0, error);
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
        double y = noise[i] * error[i];
        for (int q = 0; q < INPUTS; q++)
            y += b[q][i] * x[q][i];
        block->outputs[0][i] = y;
        block->outputs[1][i] = b[0][i] * x[0][i] + b[1][i] * x[1][i];
    }
    return 0;
}

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "linear",
        .version = "1",
        .title = "A linear model of Gaussians",
        .quantity_count = sizeof quantities / sizeof *quantities,
        .quantities = quantities,
        .shock_count = sizeof shocks / sizeof *shocks,
        .shocks = shocks,
        .output_count = sizeof outputs / sizeof *outputs,
        .outputs = outputs,
        .evaluate = evaluate,
    };
    return &description;
}
