/* Sobol's g-function: y = product of (|4 x_i - 2| + a_i)/(1 + a_i), x uniform on [0, 1] (Saltelli
 * and Sobol' 1995, "About the use of rank transformation in sensitivity analysis of model output"),
 * with a = 0, 1, 4.5, 9, 99, 99, 99, 99. Mean 1; V_i = 1/(3 (1 + a_i)^2), variance prod(1 + V_i) -
 * 1, first order V_i/V, total V_i prod_{j != i}(1 + V_j)/V. */
#include <fulcrum/model.h>
#include <math.h>

#define SHARE(name)                                                                                \
    {                                                                                              \
        name, "1", "A share.", {0, 1, 0, 0, 0, 0}, "{uniform: {min: 0, max: 1}}"                   \
    }
static const flc_model_quantity quantities[] = {SHARE("x1"), SHARE("x2"), SHARE("x3"), SHARE("x4"),
                                                SHARE("x5"), SHARE("x6"), SHARE("x7"), SHARE("x8")};
static const flc_model_output outputs[] = {{"y", "1", "Sobol's g-function", 0, 0}};

static int evaluate(void *workspace, const flc_model_block *block)
{
    static const double a[] = {0, 1, 4.5, 9, 99, 99, 99, 99};
    (void)workspace;
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
        double product = 1;
        for (size_t q = 0; q < sizeof a / sizeof *a; q++)
            product *= (fabs(4 * block->quantities[q][i] - 2) + a[q]) / (1 + a[q]);
        block->outputs[0][i] = product;
    }
    return 0;
}

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "sobol_g",
        .version = "1",
        .title = "Sobol's g-function",
        .quantity_count = sizeof quantities / sizeof *quantities,
        .quantities = quantities,
        .output_count = sizeof outputs / sizeof *outputs,
        .outputs = outputs,
        .evaluate = evaluate,
    };
    return &description;
}
