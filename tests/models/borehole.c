/* Flow of water through a borehole between two aquifers (Harper and Gupta 1983, "Sensitivity/
 * uncertainty analysis of a borehole scenario comparing Latin hypercube sampling and deterministic
 * sensitivity approaches"), in m3 a year:
 *
 *     2 pi Tu (Hu - Hl) / (ln(r/rw) (1 + 2 L Tu/(ln(r/rw) rw^2 Kw) + Tu/Tl))
 *
 * Radii in m, transmissivities in m2 a year, heads and length in m, conductivity in m a year. The
 * radius of the borehole is kept within 0.05 and 0.15. */
#include <fulcrum/model.h>
#include <math.h>

#define PI 3.14159265358979323846
#define POSITIVE                                                                                   \
    {                                                                                              \
        0, INFINITY, 1, 0, 0, 0                                                                    \
    }

enum { RW, R, TU, HU, TL, HL, L, KW };
static const flc_model_quantity quantities[] = {
    {"rw", "m", "Radius of the borehole.", POSITIVE,
     "{truncated_normal: {mean: 0.1, sd: 0.0161812, min: 0.05, max: 0.15}}"},
    {"r", "m", "Radius of influence.", POSITIVE, "{lognormal: {mu: 7.71, sigma: 1.0056}}"},
    {"Tu", "m2/year", "Transmissivity of the upper aquifer.", POSITIVE,
     "{uniform: {min: 63070, max: 115600}}"},
    {"Hu", "m", "Head of the upper aquifer.", POSITIVE, "{uniform: {min: 990, max: 1110}}"},
    {"Tl", "m2/year", "Transmissivity of the lower aquifer.", POSITIVE,
     "{uniform: {min: 63.1, max: 116}}"},
    {"Hl", "m", "Head of the lower aquifer.", POSITIVE, "{uniform: {min: 700, max: 820}}"},
    {"L", "m", "Length of the borehole.", POSITIVE, "{uniform: {min: 1120, max: 1680}}"},
    {"Kw", "m/year", "Conductivity of the borehole.", POSITIVE,
     "{uniform: {min: 9855, max: 12045}}"},
};
static const flc_model_output outputs[] = {{"flow", "m3/year", "Flow through the borehole", 0, 0}};

static int evaluate(void *workspace, const flc_model_block *block)
{
    const double(*x)[FLC_MODEL_BLOCK] = block->quantities;
    (void)workspace;
    for (size_t i = 0; i < FLC_MODEL_BLOCK; i++) {
        double log_ratio = log(x[R][i] / x[RW][i]);
        double leak = 2 * x[L][i] * x[TU][i] / (log_ratio * x[RW][i] * x[RW][i] * x[KW][i]);
        block->outputs[0][i] = 2 * PI * x[TU][i] * (x[HU][i] - x[HL][i]) /
                               (log_ratio * (1 + leak + x[TU][i] / x[TL][i]));
    }
    return 0;
}

const flc_model_description *fulcrum_model(void)
{
    static const flc_model_description description = {
        .interface_version = FLC_MODEL_INTERFACE,
        .size = sizeof description,
        .name = "borehole",
        .version = "1",
        .title = "Flow through a borehole",
        .quantity_count = sizeof quantities / sizeof *quantities,
        .quantities = quantities,
        .output_count = sizeof outputs / sizeof *outputs,
        .outputs = outputs,
        .evaluate = evaluate,
    };
    return &description;
}
