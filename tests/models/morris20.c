/* The function of twenty inputs of Morris (1991), "Factorial sampling plans for preliminary
 * computational experiments": with w_i = 2 (x_i - 1/2), but 2 (1.1 x_i/(x_i + 0.1) - 1/2) for i =
 * 3, 5, 7, and x uniform on [0, 1],
 *
 *     y = sum_i b_i w_i + sum_{i<j} b_ij w_i w_j + sum_{i<j<l} b_ijl w_i w_j w_l
 *         + sum_{i<j<l<s} b_ijls w_i w_j w_l w_s
 *
 * b_i = 20 for i <= 10, b_ij = -15 for i, j <= 6, b_ijl = -10 for i, j, l <= 5, b_ijls = 5 for all
 * <= 4. Where Morris draws the other coefficients of first and second order from a standard normal,
 * they are (-1)^i and (-1)^(i+j) here, as is customary where one wants the same function each time.
 */
#include <fulcrum/model.h>
#include <math.h>

#define SHARE(name)                                                                                \
    {                                                                                              \
        name, "1", "A share.", {0, 1, 0, 0, 0, 0}, "{uniform: {min: 0, max: 1}}"                   \
    }
static const flc_model_quantity quantities[] = {
    SHARE("x1"),  SHARE("x2"),  SHARE("x3"),  SHARE("x4"),  SHARE("x5"),
    SHARE("x6"),  SHARE("x7"),  SHARE("x8"),  SHARE("x9"),  SHARE("x10"),
    SHARE("x11"), SHARE("x12"), SHARE("x13"), SHARE("x14"), SHARE("x15"),
    SHARE("x16"), SHARE("x17"), SHARE("x18"), SHARE("x19"), SHARE("x20")};
static const flc_model_output outputs[] = {{"y", "1", "Morris' function of twenty inputs", 0, 0}};

enum { INPUTS = 20 };

static double first(int i)
{
    return i <= 10 ? 20 : i % 2 ? -1 : 1;
}

static double second(int i, int j)
{
    return i <= 6 && j <= 6 ? -15 : (i + j) % 2 ? -1 : 1;
}

/* Numbers from 1, as in the paper. */
static double morris(const double w[INPUTS + 1])
{
    double y = 0;
    for (int i = 1; i <= INPUTS; i++) {
        y += first(i) * w[i];
        for (int j = i + 1; j <= INPUTS; j++)
            y += second(i, j) * w[i] * w[j];
    }
    for (int i = 1; i <= 5; i++)
        for (int j = i + 1; j <= 5; j++)
            for (int l = j + 1; l <= 5; l++)
                y -= 10 * w[i] * w[j] * w[l];
    return y + 5 * w[1] * w[2] * w[3] * w[4];
}

static int evaluate(void *workspace, const flc_model_block *block)
{
    (void)workspace;
    for (size_t lane = 0; lane < FLC_MODEL_BLOCK; lane++) {
        double w[INPUTS + 1] = {0};
        for (int i = 1; i <= INPUTS; i++) {
            double x = block->quantities[i - 1][lane];
            w[i] = 2 * ((i == 3 || i == 5 || i == 7 ? 1.1 * x / (x + 0.1) : x) - 0.5);
        }
        block->outputs[0][lane] = morris(w);
    }
    return 0;
}

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "morris20",
        .version = "1",
        .title = "Morris' function of twenty inputs",
        .quantity_count = sizeof quantities / sizeof *quantities,
        .quantities = quantities,
        .output_count = sizeof outputs / sizeof *outputs,
        .outputs = outputs,
        .evaluate = evaluate,
    };
    return &description;
}
