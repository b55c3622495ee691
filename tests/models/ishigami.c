/* The function of Ishigami and Homma (1990), "An importance quantification technique in uncertainty
 * analysis for computer models": y = sin x1 + a sin^2 x2 + b x3^4 sin x1, with x uniform on
 * [-pi, pi], a = 7 and b = 0.1. Mean a/2 = 3.5, variance a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2.
 * Sobol' indices: S1 = (b pi^4/5 + b^2 pi^8/50 + 1/2)/V, S2 = (a^2/8)/V, S3 = 0, and x1 and x3
 * together interact with b^2 pi^8 (1/18 - 1/50)/V. */
#include <fulcrum/model.h>
#include <math.h>

#define PI 3.14159265358979323846
#define ANGLE(name)                                                                                \
    {                                                                                              \
        name, "rad", "An angle.", {-PI, PI, 0, 0, 0, 0},                                           \
            "{uniform: {min: -3.141592653589793, max: 3.141592653589793}}"                         \
    }

static const flc_model_quantity quantities[] = {
    ANGLE("x1"),
    ANGLE("x2"),
    ANGLE("x3"),
    {"a", "1", "Weight of x2.", {-INFINITY, INFINITY, 0, 0, 0, 0}, "7"},
    {"b", "1", "Weight of x3.", {-INFINITY, INFINITY, 0, 0, 0, 0}, "0.1"}};
static const flc_model_output outputs[] = {{"y", "1", "Ishigami's function", 0, 0}};

static int evaluate(void *workspace, const flc_model_block *block)
{
    const double *x1 = block->quantities[0], *x2 = block->quantities[1];
    const double *x3 = block->quantities[2], *a = block->quantities[3], *b = block->quantities[4];
    (void)workspace;
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
        double s1 = sin(x1[i]), s2 = sin(x2[i]), square = x3[i] * x3[i];
        block->outputs[0][i] = s1 + a[i] * s2 * s2 + b[i] * square * square * s1;
    }
    return 0;
}

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "ishigami",
        .version = "1",
        .title = "Ishigami's function",
        .quantity_count = sizeof quantities / sizeof *quantities,
        .quantities = quantities,
        .output_count = sizeof outputs / sizeof *outputs,
        .outputs = outputs,
        .evaluate = evaluate,
    };
    return &description;
}
