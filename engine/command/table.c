#include "command/table.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "command/cells.h"
#include "command/model_table.h"
#include "command/until.h"
#include "store/result_view.h"

enum { NAME_ROOM = FLC_RESULT_NAME, LABEL_WIDTH = 36, CELL_WIDTH = 15 };

/* A statistic of a metric by its name, `per_cell` values for each program (and year). */
static const double *read_statistic(const flc_result_view *result, const char *name, bool by_year,
                                    const char *statistic, size_t per_cell, flc_error *error)
{
    flc_result_metric metric;
    if (flc_result_view_metric(result, &metric, name, error))
        return NULL;
    if (metric.by_year == by_year && !metric.member)
        return flc_result_view_statistic(result, &metric, statistic, per_cell, error);
    flc_error_set(error, FLC_ERROR_STUDY, "%s: the dimensions of %s are not those of a result",
                  result->path, name);
    return NULL;
}

/* Place of probability p among the quantiles. */
static size_t place_of(const flc_result_view *result, double p)
{
    size_t place = 0;
    while (place + 1 < result->quantiles && result->quantile[place] < p - 1e-12)
        place++;
    return place;
}

/* ---- overview -------------------------------------------------------------------------------- */

static const struct {
    const char *metric, *title;
} headlines[] = {
    {"leverage_ratio", "leverage"},         {"commitment_ratio", "commitment"},
    {"benefit_cost_ratio", "benefit/cost"}, {"fiscal_return", "fiscal return"},
    {"survival_share", "survival"},         {"self_sustaining_share", "self-sust."},
};
enum { HEADLINES = sizeof headlines / sizeof *headlines };

void cli_print_facts(const flc_result_view *result, const char *indent)
{
    const flc_data_object *root = result->root;
    const char *title = flc_data_attribute_text(root, "title");
    const char *seed = flc_data_attribute_text(root, "seed");
    const char *hash = flc_data_attribute_text(root, "study_sha256");
    const char *design = flc_data_attribute_text(root, "design");
    const char *errors = flc_data_attribute_text(root, "errors");
    const flc_data_attribute *samples = flc_data_attribute_find(root, "samples");
    printf("%s\n%s", title ? title : "", indent);
    if (result->years > 0)
        printf("FY%lld-%lld, ", (long long)result->year[0],
               (long long)result->year[result->years - 1]);
    printf("%lld samples, seed %s, study %.12s\n",
           samples && samples->integers ? (long long)samples->integers[0] : 0, seed ? seed : "?",
           hash ? hash : "?");
    if (design && errors)
        printf("%sdesign: %s; %s\n", indent, design, errors);
}

static void print_range(const double *quantiles, size_t low, size_t high)
{
    char from[32], to[32], both[72];
    snprintf(both, sizeof both, "%s to %s", cli_number(from, quantiles[low]),
             cli_number(to, quantiles[high]));
    printf("%*s", CELL_WIDTH, isnan(quantiles[low]) ? "" : both);
}

static flc_status print_headlines(const flc_result_view *result, flc_error *error)
{
    const double *quantiles[HEADLINES];
    size_t low = place_of(result, 0.05), mid = place_of(result, 0.5), high = place_of(result, 0.95);
    for (int h = 0; h < HEADLINES; h++)
        if (!(quantiles[h] = read_statistic(result, headlines[h].metric, false, "quantile",
                                            result->quantiles, error)))
            return error->status;
    printf("\nOver the horizon: median, and below it the 5 %% to 95 %% range\n");
    cli_print_label("", LABEL_WIDTH);
    for (int h = 0; h < HEADLINES; h++)
        printf("%*s", CELL_WIDTH, headlines[h].title);
    printf("\n");
    for (size_t p = 0; p < result->programs; p++) {
        cli_print_label(result->program_name[p], LABEL_WIDTH);
        for (int h = 0; h < HEADLINES; h++) {
            char text[32];
            printf("%*s", CELL_WIDTH, cli_number(text, quantiles[h][p * result->quantiles + mid]));
        }
        printf("\n");
        cli_print_label("", LABEL_WIDTH);
        for (int h = 0; h < HEADLINES; h++)
            print_range(quantiles[h] + p * result->quantiles, low, high);
        printf("\n");
    }
    return FLC_OK;
}

static flc_status print_years(const flc_result_view *result, flc_error *error)
{
    static const char *const metrics[] = {"budget",        "federal",     "match",
                                          "own_revenue",   "written_off", "benefit",
                                          "treasury_cost", "active",      "self_sustaining"};
    static const char *const titles[] = {"budget",   "federal",     "match",
                                         "own rev.", "written off", "benefit",
                                         "treasury", "active",      "self-sust."};
    enum { COLUMNS = sizeof metrics / sizeof *metrics };
    const double *means[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (!(means[c] = read_statistic(result, metrics[c], true, "mean", 1, error)))
            return error->status;
    printf("\nPortfolio by fiscal year: means, USD million (nominal) and units\n  FY  ");
    for (int c = 0; c < COLUMNS; c++)
        printf("%12s", titles[c]);
    printf("\n");
    for (size_t t = 0; t < result->years; t++) {
        printf("  %lld", (long long)result->year[t]);
        for (int c = 0; c < COLUMNS; c++)
            printf("%12.1f", means[c][(result->programs - 1) * result->years + t]);
        printf("\n");
    }
    return FLC_OK;
}

static flc_status print_targets(const flc_result_view *result, flc_error *error)
{
    flc_result_targets targets;
    flc_status status = flc_result_view_targets(result, &targets, error);
    if (status || targets.count == 0)
        return status;
    printf("\nTargets: probability, with its 95 %% interval\n");
    for (size_t i = 0; i < targets.count; i++) {
        char condition[NAME_ROOM];
        flc_result_target_condition(&targets, i, condition, sizeof condition);
        printf("  %6.2f %%  %6.2f to %6.2f   ", 100 * targets.probability[i], 100 * targets.low[i],
               100 * targets.high[i]);
        cli_print_label(condition, 44);
        printf("%s\n", targets.name[i]);
    }
    return FLC_OK;
}

static flc_status print_checks(const flc_result_view *result, flc_error *error)
{
    const int64_t *refused = flc_result_view_counts(result, "refused_samples", error);
    const int64_t *imbalanced = refused && !result->model
                                    ? flc_result_view_counts(result, "imbalanced_samples", error)
                                    : NULL;
    if (!refused || (!imbalanced && !result->model))
        return error->status;
    printf("\n");
    for (size_t p = 0; p < result->programs; p++) {
        if (refused[p])
            printf("%s: %lld samples refused because a quantity left its domain\n",
                   result->program_key[p], (long long)refused[p]);
        if (imbalanced && imbalanced[p])
            printf("%s: the budget DOES NOT BALANCE in %lld samples\n", result->program_key[p],
                   (long long)imbalanced[p]);
    }
    if (imbalanced && !imbalanced[result->programs - 1])
        printf("Budgets balance in every sample and year.\n");
    if (!flc_datareader_sealed(result->reader))
        printf("Note: the file was changed after it was written.\n");
    return FLC_OK;
}

static flc_status print_portfolio(const flc_result_view *result, flc_error *error)
{
    flc_status status = print_headlines(result, error);
    return status ? status : print_years(result, error);
}

flc_status cli_print_result(const char *path, flc_error *error)
{
    flc_result_view result;
    flc_status status = flc_result_view_open(&result, path, error);
    if (!status) {
        cli_print_facts(&result, "");
        status = result.model ? cli_print_model(&result, error) : print_portfolio(&result, error);
        if (!status && !(status = print_targets(&result, error)) &&
            !(status = cli_print_until(&result, error)))
            status = print_checks(&result, error);
    }
    flc_result_view_close(&result);
    return status;
}

/* ---- one output ------------------------------------------------------------------------------ */

flc_status cli_print_list(const char *path, flc_error *error)
{
    flc_result_view result;
    flc_status status = flc_result_view_open(&result, path, error);
    if (!status) {
        printf("Programs\n");
        for (size_t p = 0; p < result.programs; p++)
            printf("  %-16s %s\n", result.program_key[p], result.program_name[p]);
        printf("Outputs (fulcrum show --output PROGRAM/OUTPUT)\n");
        for (size_t i = 0; i < flc_datareader_count(result.reader); i++) {
            char metric[NAME_ROOM];
            if (!flc_result_view_is_metric(&result, metric, i))
                continue;
            const flc_data_object *object = flc_datareader_object(result.reader, i);
            const char *sentence = flc_data_attribute_text(object, "long_name");
            const char *unit = flc_data_attribute_text(object, "units");
            const char *end = sentence ? strstr(sentence, ": mean over samples") : NULL;
            int length = end ? (int)(end - sentence) : 0;
            printf("  %-26s %.*s [%s%s]\n", metric, length, sentence ? sentence : "",
                   unit ? unit : "", object->rank > 1 ? ", by fiscal year" : "");
        }
    }
    flc_result_view_close(&result);
    return status;
}

/* What is asked for: place of program and member, and the years shown. */
struct selection {
    flc_result_metric metric;
    size_t first, year, rows; /* place of the first year, of the first one shown, their number */
};

static flc_status choose(size_t *place, const char *what, const char *word,
                         const char *const *words, size_t count, flc_error *error)
{
    return flc_suggest_place(place, what, word, words, count,
                             "; fulcrum show --list names them all", FLC_ERROR_USAGE, error);
}

static flc_status find_metric(const flc_result_view *result, const char *metric, flc_error *error)
{
    size_t objects = flc_datareader_count(result->reader), count = 0, place;
    char(*names)[NAME_ROOM] = flc_allocate(objects, sizeof *names, error);
    const char **words = FLC_NEW(const char *, objects, error);
    flc_status status = names && words ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < objects && !status; i++)
        if (flc_result_view_is_metric(result, names[count], i)) {
            words[count] = names[count];
            count++;
        }
    if (!status)
        status = choose(&place, "output", metric, words, count, error);
    flc_free(words);
    flc_free(names);
    return status;
}

/* What stands behind the first slash of `text`, which ends there; NULL: nothing. */
static char *cut(char *text)
{
    char *slash = text ? strchr(text, '/') : NULL;
    if (slash)
        *slash++ = '\0';
    return slash;
}

/* The place of a source or outcome among the members of a metric. */
static flc_status choose_member(size_t *member, const flc_result_metric *metric, const char *word,
                                flc_error *error)
{
    if (!word)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--output: the %s is missing behind the output, such as '%s'",
                             metric->member, metric->member_key[0]);
    return choose(member, metric->member, word, metric->member_key, metric->members, error);
}

/* Only the row of a fiscal year. */
static flc_status choose_year(const flc_result_view *result, struct selection *selection,
                              const char *word, flc_error *error)
{
    char *end;
    long long year = strtoll(word, &end, 10);
    size_t t = 0;
    while (t < result->years && result->year[t] != year)
        t++;
    if (!selection->metric.by_year)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--output: nothing can stand behind '%s', which is over the horizon",
                             selection->metric.name);
    if (end == word || *end || t == result->years)
        return flc_error_set(error, FLC_ERROR_USAGE, "--output: '%s' is no year from %lld to %lld",
                             word, (long long)result->year[0],
                             (long long)result->year[result->years - 1]);
    selection->year = t;
    selection->rows = 1;
    return FLC_OK;
}

/* PROGRAM/OUTPUT[/SOURCE or OUTCOME][/YEAR] */
static flc_status select_output(const flc_result_view *result, struct selection *selection,
                                const char *output, flc_error *error)
{
    char program[NAME_ROOM];
    size_t place, member = 0;
    snprintf(program, sizeof program, "%s", output);
    char *name = cut(program), *rest = cut(name);
    if (!name || strlen(output) >= NAME_ROOM)
        return flc_error_set(error, FLC_ERROR_USAGE, "--output %s: write PROGRAM/OUTPUT", output);
    flc_result_metric *metric = &selection->metric;
    flc_status status =
        choose(&place, "program", program, result->program_key, result->programs, error);
    if (status || (status = find_metric(result, name, error)) ||
        (status = flc_result_view_metric(result, metric, name, error)))
        return status;
    selection->rows = metric->years;
    selection->year = 0;
    if (metric->member) {
        char *word = rest;
        rest = cut(word);
        status = choose_member(&member, metric, word, error);
    }
    selection->first = (place * metric->members + member) * metric->years;
    return !status && rest ? choose_year(result, selection, rest, error) : status;
}

static flc_status print_selection(const flc_result_view *result, const struct selection *selection,
                                  flc_error *error)
{
    static const char *const statistics[] = {"mean",    "standard_error", "sd",
                                             "minimum", "maximum",        "undefined"};
    enum { STATISTICS = sizeof statistics / sizeof *statistics };
    const double *values[STATISTICS], *quantiles;
    for (int k = 0; k < STATISTICS; k++)
        if (!(values[k] =
                  flc_result_view_statistic(result, &selection->metric, statistics[k], 1, error)))
            return error->status;
    if (!(quantiles = flc_result_view_statistic(result, &selection->metric, "quantile",
                                                result->quantiles, error)))
        return error->status;
    static const double shown[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    printf("%6s%13s%13s%13s%13s", selection->metric.by_year ? "FY" : "", "mean", "+- s.e.", "sd",
           "smallest");
    for (size_t q = 0; q < 5; q++)
        printf("%11g %%", 100 * shown[q]);
    printf("%13s%12s\n", "largest", "undefined");
    for (size_t t = selection->year; t < selection->year + selection->rows; t++) {
        size_t i = selection->first + t;
        char cells[10][32];
        const double numbers[10] = {values[0][i],
                                    values[1][i],
                                    values[2][i],
                                    values[3][i],
                                    quantiles[i * result->quantiles + place_of(result, shown[0])],
                                    quantiles[i * result->quantiles + place_of(result, shown[1])],
                                    quantiles[i * result->quantiles + place_of(result, shown[2])],
                                    quantiles[i * result->quantiles + place_of(result, shown[3])],
                                    quantiles[i * result->quantiles + place_of(result, shown[4])],
                                    values[4][i]};
        if (selection->metric.by_year)
            printf("%6lld", (long long)result->year[t]);
        else
            printf("%6s", "");
        for (int c = 0; c < 10; c++) {
            printf("%13s", cli_number(cells[c], numbers[c]));
        }
        printf("%12.0f\n", values[5][i]);
    }
    return FLC_OK;
}

flc_status cli_print_output(const char *path, const char *output, flc_error *error)
{
    flc_result_view result;
    struct selection selection;
    flc_status status = flc_result_view_open(&result, path, error);
    if (!status)
        status = select_output(&result, &selection, output, error);
    if (!status) {
        const char *unit = flc_data_attribute_text(selection.metric.mean, "units");
        printf("%s [%s]\n", output, unit ? unit : "");
        status = print_selection(&result, &selection, error);
    }
    flc_result_view_close(&result);
    return status;
}
