#include "command/model_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command/cells.h"

enum { LABEL_WIDTH = 30, COLUMNS_MOST = 8, ROWS_MOST = 40, COLUMNS = 6 };

/* Place of probability p among the quantiles. */
static size_t place_of(const flc_result_view *result, double p)
{
    size_t place = 0;
    while (place + 1 < result->quantiles && result->quantile[place] < p - 1e-12)
        place++;
    return place;
}

/* The next metric of the file from object *i on; false where there is none. */
static bool next_metric(const flc_result_view *result, flc_result_metric *metric, size_t *i,
                        bool by_year)
{
    char name[FLC_RESULT_NAME];
    for (; *i < flc_datareader_count(result->reader); ++*i)
        if (flc_result_view_is_metric(result, name, *i) &&
            flc_result_view_metric(result, metric, name, NULL) == FLC_OK &&
            metric->by_year == by_year) {
            ++*i;
            return true;
        }
    return false;
}

static flc_status print_output(const flc_result_view *result, const flc_result_metric *metric,
                               flc_error *error)
{
    const double *quantile =
        flc_result_view_statistic(result, metric, "quantile", result->quantiles, error);
    const double *mean = flc_result_view_statistic(result, metric, "mean", 1, error);
    const double *sd = flc_result_view_statistic(result, metric, "sd", 1, error);
    const double *wrong = flc_result_view_statistic(result, metric, "standard_error", 1, error);
    if (!quantile || !mean || !sd || !wrong)
        return error->status;
    const double values[COLUMNS] = {mean[0],
                                    wrong[0],
                                    sd[0],
                                    quantile[place_of(result, 0.05)],
                                    quantile[place_of(result, 0.5)],
                                    quantile[place_of(result, 0.95)]};
    const char *unit = flc_data_attribute_text(metric->mean, "units");
    cli_print_label(metric->name, LABEL_WIDTH);
    for (int c = 0; c < COLUMNS; c++) {
        char text[CLI_NUMBER_ROOM];
        printf("%12s", cli_number(text, values[c]));
    }
    printf("  %s\n", unit && strcmp(unit, "1") != 0 ? unit : "");
    return FLC_OK;
}

static flc_status print_outputs(const flc_result_view *result, flc_error *error)
{
    static const char *const titles[COLUMNS] = {"mean", "error", "sd", "5 %", "50 %", "95 %"};
    flc_result_metric metric;
    flc_status status = FLC_OK;
    size_t rows = 0;
    for (size_t i = 0; !status && next_metric(result, &metric, &i, false); rows++) {
        if (rows == 0) {
            printf("\n");
            cli_print_label("Output", LABEL_WIDTH);
            for (int c = 0; c < COLUMNS; c++)
                printf("%12s", titles[c]);
            printf("\n");
        }
        if (rows < ROWS_MOST)
            status = print_output(result, &metric, error);
    }
    if (rows > ROWS_MOST)
        printf("and %zu more (fulcrum show --list)\n", rows - ROWS_MOST);
    return status;
}

static flc_status print_years(const flc_result_view *result, flc_error *error)
{
    flc_result_metric metric;
    const double *means[COLUMNS_MOST];
    char names[COLUMNS_MOST][FLC_RESULT_NAME];
    size_t count = 0, more = 0;
    for (size_t i = 0; next_metric(result, &metric, &i, true);) {
        if (count == COLUMNS_MOST) {
            more++;
            continue;
        }
        if (!(means[count] = flc_result_view_statistic(result, &metric, "mean", 1, error)))
            return error->status;
        snprintf(names[count++], FLC_RESULT_NAME, "%.12s", metric.name);
    }
    if (count == 0)
        return FLC_OK;
    printf("\nBy fiscal year: means\n  FY  ");
    for (size_t c = 0; c < count; c++)
        printf("%14s", names[c]);
    printf("\n");
    for (size_t t = 0; t < result->years; t++) {
        printf("  %" PRId64, result->year[t]);
        for (size_t c = 0; c < count; c++) {
            char text[CLI_NUMBER_ROOM];
            printf("%14s", cli_number(text, means[c][t]));
        }
        printf("\n");
    }
    if (more > 0)
        printf("and %zu more (fulcrum show --list)\n", more);
    return FLC_OK;
}

flc_status cli_print_model(const flc_result_view *result, flc_error *error)
{
    const char *version = flc_data_attribute_text(result->root, "model_version");
    const char *hash = flc_data_attribute_text(result->root, "model_sha256");
    printf("model %s %s, SHA-256 %.12s\n", result->model, version ? version : "?",
           hash ? hash : "?");
    flc_status status = print_outputs(result, error);
    return status ? status : print_years(result, error);
}
