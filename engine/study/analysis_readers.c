/* How each method's effects are read: names, and where the estimates are. */
#include <string.h>

#include "sensitivity/given_data.h"
#include "sensitivity/screening.h"
#include "sensitivity/shapley.h"
#include "sensitivity/sobol_indices.h"
#include "study/analysis.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* ---- Sobol' indices -------------------------------------------------------------------------- */

static const flc_effect_statistic sobol_statistics[] = {
    {"first", "share of the variance that knowing the factor alone would take away on average",
     offsetof(flc_sobol_index, first), false, offsetof(flc_sobol_index, first_bounds)},
    {"total", "share of the variance that would be left if all but the factor were known",
     offsetof(flc_sobol_index, total), false, offsetof(flc_sobol_index, total_bounds)},
};

static flc_status sobol_read(const flc_collector *collector, void *effects, size_t output,
                             double level, flc_error *error)
{
    (void)error;
    flc_sobol_read(effects, NULL, collector, output, level);
    return FLC_OK;
}

#define SOBOL_READER(method, words, sources)                                                       \
    {                                                                                              \
        .name = method, .title = words, .papers = sources, .statistics = sobol_statistics,         \
        .statistic_count = COUNT(sobol_statistics), .size = sizeof(flc_sobol_index),               \
        .factor = offsetof(flc_sobol_index, factor),                                               \
        .left_out = offsetof(flc_sobol_index, left_out), .count = flc_sobol_count,                 \
        .read = sobol_read, .output = flc_sobol_output                                             \
    }

static const flc_method_reader sobol_reader =
    SOBOL_READER("sobol", "Sobol' indices of first and total order",
                 "Jansen 1999 (total); Monod, Naud and Makowski 2006, Janon et al. 2014, Glen and "
                 "Isaacs 2012 (first); Saltelli 2002 (second)");
static const flc_method_reader origin_reader = SOBOL_READER(
    "origin", "Sobol' indices of all quantities together and of all shocks together", "as sobol");

/* ---- Shapley effects ------------------------------------------------------------------------- */

static const flc_effect_statistic shapley_statistics[] = {
    {"effect", "share of the variance; over all factors they add up to 1",
     offsetof(flc_shapley_effect, effect), false, offsetof(flc_shapley_effect, bounds)},
};

static flc_status shapley_read(const flc_collector *collector, void *effects, size_t output,
                               double level, flc_error *error)
{
    (void)error;
    flc_shapley_read(effects, collector, output, level);
    return FLC_OK;
}

static const flc_method_reader shapley_reader = {
    .name = "shapley",
    .title = "Shapley effects",
    .papers = "Owen 2014; Song, Nelson and Staum 2016; Goda 2021",
    .statistics = shapley_statistics,
    .statistic_count = COUNT(shapley_statistics),
    .size = sizeof(flc_shapley_effect),
    .factor = offsetof(flc_shapley_effect, factor),
    .left_out = offsetof(flc_shapley_effect, held),
    .count = flc_shapley_count,
    .read = shapley_read,
    .output = flc_shapley_output,
};

/* ---- screening ------------------------------------------------------------------------------- */

static const flc_effect_statistic screening_statistics[] = {
    {"mu", "mean elementary effect, per unit of probability", offsetof(flc_screening_effect, mu),
     true, 0},
    {"mu_star", "mean size of the elementary effect, per unit of probability",
     offsetof(flc_screening_effect, mu_star), true, 0},
    {"sigma", "standard deviation of the elementary effect, per unit of probability",
     offsetof(flc_screening_effect, sigma), true, 0},
};

static flc_status screening_read(const flc_collector *collector, void *effects, size_t output,
                                 double level, flc_error *error)
{
    (void)error;
    flc_screening_read(effects, collector, output, level);
    return FLC_OK;
}

static const flc_method_reader screening_reader = {
    .name = "screening",
    .title = "Elementary effects",
    .papers = "Morris 1991; Campolongo, Cariboni and Saltelli 2007",
    .statistics = screening_statistics,
    .statistic_count = COUNT(screening_statistics),
    .size = sizeof(flc_screening_effect),
    .factor = offsetof(flc_screening_effect, factor),
    .left_out = offsetof(flc_screening_effect, left_out),
    .count = flc_screening_count,
    .read = screening_read,
    .output = flc_screening_output,
};

/* ---- from the samples themselves ------------------------------------------------------------- */

static const flc_effect_statistic given_data_statistics[] = {
    {"first", "share of the variance that knowing the quantity would take away on average",
     offsetof(flc_given_data_row, first), false, 0},
    {"delta", "Borgonovo's delta: half the mean distance of densities with and without knowing it",
     offsetof(flc_given_data_row, delta), false, 0},
    {"pawn_median", "PAWN: median over its classes of the largest distance of distributions",
     offsetof(flc_given_data_row, pawn_median), false, 0},
    {"pawn_maximum", "PAWN: maximum over its classes of the largest distance of distributions",
     offsetof(flc_given_data_row, pawn_maximum), false, 0},
    {"src", "standardized regression coefficient", offsetof(flc_given_data_row, src), false, 0},
    {"srrc", "standardized regression coefficient of ranks", offsetof(flc_given_data_row, srrc),
     false, 0},
};

/* Of the bootstrap of delta and PAWN, which is most of the work of reading: errors are known to 14
 * %.
 */
enum { GIVEN_RESAMPLES = 25 };

static flc_status given_data_read(const flc_collector *collector, void *effects, size_t output,
                                  double level, flc_error *error)
{
    const flc_given_data_question question = {
        .level = level, .resamples = GIVEN_RESAMPLES, .seed = 1};
    flc_given_data_output about;
    return flc_given_data_read(collector, &about, effects, output, &question, error);
}

static const flc_method_reader given_data_reader = {
    .name = "given_data",
    .title = "First order, delta, PAWN and regression from the samples themselves",
    .papers = "Plischke 2012, Li and Mahadevan 2016 (first); Borgonovo 2007, Plischke, Borgonovo "
              "and Smith 2013 (delta); Pianosi and Wagener 2015, 2018 (PAWN)",
    .statistics = given_data_statistics,
    .statistic_count = COUNT(given_data_statistics),
    .size = sizeof(flc_given_data_row),
    .factor = offsetof(flc_given_data_row, quantity),
    .left_out = FLC_NOT_COUNTED,
    .count = flc_given_data_reaching,
    .read = given_data_read,
};

const flc_method_reader *const flc_method_readers[FLC_METHODS] = {
    [FLC_METHOD_SOBOL] = &sobol_reader,         [FLC_METHOD_SHAPLEY] = &shapley_reader,
    [FLC_METHOD_SCREENING] = &screening_reader, [FLC_METHOD_GIVEN_DATA] = &given_data_reader,
    [FLC_METHOD_ORIGIN] = &origin_reader,
};

size_t flc_effect_factor(const flc_method_reader *reader, const void *effect)
{
    size_t factor;
    memcpy(&factor, (const char *)effect + reader->factor, sizeof factor);
    return factor;
}

uint64_t flc_effect_left_out(const flc_method_reader *reader, const void *effect)
{
    uint64_t left_out = 0;
    if (reader->left_out != FLC_NOT_COUNTED)
        memcpy(&left_out, (const char *)effect + reader->left_out, sizeof left_out);
    return left_out;
}
