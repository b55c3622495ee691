#include "command/table.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "store/datareader.h"
#include "store/result.h"

enum { NAME_ROOM = 192, LABEL_WIDTH = 36, CELL_WIDTH = 15 };

/* A result, opened, with what every table needs. */
struct result {
    flc_datareader *reader;
    size_t programs, years, quantiles;
    const char *const *program_key, *const *program_name;
    const int64_t *year;
    const double *quantile;
};

static flc_status check_format(const struct result *result, const char *path, flc_error *error)
{
    const flc_data_object *root = flc_datareader_find(result->reader, "");
    const flc_data_attribute *format =
        root ? flc_data_attribute_find(root, "fulcrum_result_format") : NULL;
    if (!format || format->type != FLC_DATA_INT64)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s: not a result of fulcrum run", path);
    if (format->integers[0] > FLC_RESULT_FORMAT)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: written by a newer fulcrum (format %lld, known here: %d)", path,
                             (long long)format->integers[0], FLC_RESULT_FORMAT);
    return FLC_OK;
}

static size_t size_of(const struct result *result, const char *variable)
{
    const flc_data_object *object = flc_datareader_find(result->reader, variable);
    return object ? object->count : 0;
}

static flc_status open_result(struct result *result, const char *path, flc_error *error)
{
    *result = (struct result){0};
    flc_status status = flc_datareader_open(&result->reader, path, error);
    if (status || (status = check_format(result, path, error)))
        return status;
    result->program_key = flc_datareader_texts(result->reader, "program", error);
    result->program_name =
        result->program_key ? flc_datareader_texts(result->reader, "program_name", error) : NULL;
    result->year =
        result->program_name ? flc_datareader_integers(result->reader, "fiscal_year", error) : NULL;
    result->quantile =
        result->year ? flc_datareader_doubles(result->reader, "quantile", error) : NULL;
    if (!result->quantile)
        return flc_error_prefix(error, "%s", path);
    result->programs = size_of(result, "program");
    result->years = size_of(result, "fiscal_year");
    result->quantiles = size_of(result, "quantile");
    return FLC_OK;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* Columns a text takes on a terminal: East Asian wide characters take two. */
static int width_of(const char *text)
{
    int width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        width += (*c & 0xC0) == 0x80 ? 0 : *c >= 0xE3 && *c < 0xF0 ? 2 : 1;
    return width;
}

/* `text`, cut or filled to `width` columns. */
static void print_label(const char *text, int width)
{
    int used = 0;
    for (const char *c = text; *c;) {
        size_t bytes = 1;
        while (((unsigned char)c[bytes] & 0xC0) == 0x80)
            bytes++;
        char letter[8] = "";
        memcpy(letter, c, bytes < 7 ? bytes : 7);
        if (used + width_of(letter) > width - 1)
            break;
        fputs(letter, stdout);
        used += width_of(letter);
        c += bytes;
    }
    printf("%*s", width - used, "");
}

/* A number as people read it: four digits, large ones grouped, NaN and infinities in words. */
static void print_number(char *text, size_t room, double value)
{
    if (isnan(value))
        snprintf(text, room, "-");
    else if (isinf(value))
        snprintf(text, room, value > 0 ? "never" : "-never");
    else if (value != 0 && fabs(value) < 0.001)
        snprintf(text, room, "%.2g", value);
    else if (fabs(value) < 10)
        snprintf(text, room, "%.3f", value);
    else if (fabs(value) < 1000)
        snprintf(text, room, "%.1f", value);
    else
        snprintf(text, room, "%.0f", value);
}

static const double *read_statistic(const struct result *result, const char *metric,
                                    const char *statistic, flc_error *error)
{
    char name[2 * NAME_ROOM];
    snprintf(name, sizeof name, "%s_%s", metric, statistic);
    return flc_datareader_doubles(result->reader, name, error);
}

/* Place of probability p among the quantiles. */
static size_t place_of(const struct result *result, double p)
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

static void print_facts(const struct result *result)
{
    const flc_data_object *root = flc_datareader_find(result->reader, "");
    const char *title = flc_data_attribute_text(root, "title");
    const char *seed = flc_data_attribute_text(root, "seed");
    const char *hash = flc_data_attribute_text(root, "study_sha256");
    const flc_data_attribute *samples = flc_data_attribute_find(root, "samples");
    printf("%s\n", title ? title : "");
    printf("FY%lld-%lld, %lld samples, seed %s, study %.12s\n", (long long)result->year[0],
           (long long)result->year[result->years - 1],
           samples && samples->integers ? (long long)samples->integers[0] : 0, seed ? seed : "?",
           hash ? hash : "?");
}

static void print_range(const double *quantiles, size_t low, size_t high)
{
    char from[32], to[32], both[72];
    print_number(from, sizeof from, quantiles[low]);
    print_number(to, sizeof to, quantiles[high]);
    snprintf(both, sizeof both, "%s to %s", from, to);
    printf("%*s", CELL_WIDTH, isnan(quantiles[low]) ? "" : both);
}

static flc_status print_headlines(const struct result *result, flc_error *error)
{
    const double *quantiles[HEADLINES];
    size_t low = place_of(result, 0.05), mid = place_of(result, 0.5), high = place_of(result, 0.95);
    for (int h = 0; h < HEADLINES; h++)
        if (!(quantiles[h] = read_statistic(result, headlines[h].metric, "quantile", error)))
            return error->status;
    printf("\nOver the horizon: median, and below it the 5 %% to 95 %% range\n");
    print_label("", LABEL_WIDTH);
    for (int h = 0; h < HEADLINES; h++)
        printf("%*s", CELL_WIDTH, headlines[h].title);
    printf("\n");
    for (size_t p = 0; p < result->programs; p++) {
        print_label(result->program_name[p], LABEL_WIDTH);
        for (int h = 0; h < HEADLINES; h++) {
            char text[32];
            print_number(text, sizeof text, quantiles[h][p * result->quantiles + mid]);
            printf("%*s", CELL_WIDTH, text);
        }
        printf("\n");
        print_label("", LABEL_WIDTH);
        for (int h = 0; h < HEADLINES; h++)
            print_range(quantiles[h] + p * result->quantiles, low, high);
        printf("\n");
    }
    return FLC_OK;
}

static flc_status print_years(const struct result *result, flc_error *error)
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
        if (!(means[c] = read_statistic(result, metrics[c], "mean", error)))
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

static flc_status print_targets(const struct result *result, flc_error *error)
{
    size_t count = size_of(result, "target_probability");
    if (count == 0)
        return FLC_OK;
    flc_datareader *reader = result->reader;
    const double *probability = flc_datareader_doubles(reader, "target_probability", error);
    const double *low = probability ? flc_datareader_doubles(reader, "target_low", error) : NULL;
    const double *high = low ? flc_datareader_doubles(reader, "target_high", error) : NULL;
    const double *threshold =
        high ? flc_datareader_doubles(reader, "target_threshold", error) : NULL;
    const char *const *output =
        threshold ? flc_datareader_texts(reader, "target_output", error) : NULL;
    const char *const *side = output ? flc_datareader_texts(reader, "target_side", error) : NULL;
    const char *const *name = side ? flc_datareader_texts(reader, "target_name", error) : NULL;
    const int64_t *year =
        name ? flc_datareader_integers(reader, "target_fiscal_year", error) : NULL;
    if (!year)
        return error->status;
    printf("\nTargets: probability, with its 95 %% interval\n");
    for (size_t i = 0; i < count; i++) {
        char condition[NAME_ROOM], when[16] = "";
        if (year[i])
            snprintf(when, sizeof when, "/%lld", (long long)year[i]);
        snprintf(condition, sizeof condition, "%s%s %s %.6g", output[i], when,
                 strcmp(side[i], "at_least") == 0 ? ">=" : "<=", threshold[i]);
        printf("  %6.2f %%  %6.2f to %6.2f   ", 100 * probability[i], 100 * low[i], 100 * high[i]);
        print_label(condition, 44);
        printf("%s\n", name[i]);
    }
    return FLC_OK;
}

static flc_status print_checks(const struct result *result, flc_error *error)
{
    const int64_t *refused = flc_datareader_integers(result->reader, "refused_samples", error);
    const int64_t *imbalanced =
        refused ? flc_datareader_integers(result->reader, "imbalanced_samples", error) : NULL;
    if (!imbalanced)
        return error->status;
    printf("\n");
    for (size_t p = 0; p < result->programs; p++) {
        if (refused[p])
            printf("%s: %lld samples refused because a quantity left its domain\n",
                   result->program_key[p], (long long)refused[p]);
        if (imbalanced[p])
            printf("%s: the budget DOES NOT BALANCE in %lld samples\n", result->program_key[p],
                   (long long)imbalanced[p]);
    }
    if (!imbalanced[result->programs - 1])
        printf("Budgets balance in every sample and year.\n");
    if (!flc_datareader_sealed(result->reader))
        printf("Note: the file was changed after it was written.\n");
    return FLC_OK;
}

flc_status cli_print_result(const char *path, flc_error *error)
{
    struct result result;
    flc_status status = open_result(&result, path, error);
    if (!status) {
        print_facts(&result);
        if (!(status = print_headlines(&result, error)) &&
            !(status = print_years(&result, error)) && !(status = print_targets(&result, error)))
            status = print_checks(&result, error);
    }
    flc_datareader_free(result.reader);
    return status;
}

/* ---- one output ------------------------------------------------------------------------------ */

static bool metric_at(const struct result *result, size_t i, char *metric)
{
    const flc_data_object *object = flc_datareader_object(result->reader, i);
    size_t length = strlen(object->path);
    if (object->is_group || length < 6 || strchr(object->path, '/') ||
        strcmp(object->path + length - 5, "_mean") != 0)
        return false;
    snprintf(metric, NAME_ROOM, "%.*s", (int)(length - 5), object->path);
    return true;
}

flc_status cli_print_list(const char *path, flc_error *error)
{
    struct result result;
    flc_status status = open_result(&result, path, error);
    if (!status) {
        printf("Programs\n");
        for (size_t p = 0; p < result.programs; p++)
            printf("  %-16s %s\n", result.program_key[p], result.program_name[p]);
        printf("Outputs (fulcrum show --output PROGRAM/OUTPUT)\n");
        for (size_t i = 0; i < flc_datareader_count(result.reader); i++) {
            char metric[NAME_ROOM];
            if (!metric_at(&result, i, metric))
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
    flc_datareader_free(result.reader);
    return status;
}

/* What is asked for: place of program and member, and the years shown. */
struct selection {
    char metric[NAME_ROOM];
    size_t first, year, rows; /* place of the first year, of the first one shown, their number */
    bool by_year;
};

static flc_status choose(size_t *place, const char *what, const char *word,
                         const char *const *words, size_t count, flc_error *error)
{
    return flc_suggest_place(place, what, word, words, count,
                             "; fulcrum show --list names them all", FLC_ERROR_USAGE, error);
}

static flc_status find_metric(const struct result *result, const char *metric, flc_error *error)
{
    size_t objects = flc_datareader_count(result->reader), count = 0, place;
    char(*names)[NAME_ROOM] = flc_allocate(objects, sizeof *names, error);
    const char **words = FLC_NEW(const char *, objects, error);
    flc_status status = names && words ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < objects && !status; i++)
        if (metric_at(result, i, names[count])) {
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

/* The place of a source or outcome in a variable of three dimensions. */
static flc_status choose_member(const struct result *result, size_t *member,
                                const flc_data_object *object, const char *word, flc_error *error)
{
    const char *dimension = object->dimension[1];
    const char *const *keys = flc_datareader_texts(result->reader, dimension, error);
    if (!keys)
        return error->status;
    if (!word)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--output: the %s is missing behind the output, such as '%s'",
                             dimension, keys[0]);
    return choose(member, dimension, word, keys, object->size[1], error);
}

/* Only the row of a fiscal year. */
static flc_status choose_year(const struct result *result, struct selection *selection,
                              const char *word, flc_error *error)
{
    char *end;
    long long year = strtoll(word, &end, 10);
    size_t t = 0;
    while (t < result->years && result->year[t] != year)
        t++;
    if (!selection->by_year)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--output: nothing can stand behind '%s', which is over the horizon",
                             selection->metric);
    if (end == word || *end || t == result->years)
        return flc_error_set(error, FLC_ERROR_USAGE, "--output: '%s' is no year from %lld to %lld",
                             word, (long long)result->year[0],
                             (long long)result->year[result->years - 1]);
    selection->year = t;
    selection->rows = 1;
    return FLC_OK;
}

/* PROGRAM/OUTPUT[/SOURCE or OUTCOME][/YEAR] */
static flc_status select_output(const struct result *result, struct selection *selection,
                                const char *output, flc_error *error)
{
    char program[NAME_ROOM], variable[2 * NAME_ROOM];
    size_t place, member = 0;
    snprintf(program, sizeof program, "%s", output);
    char *metric = cut(program), *rest = cut(metric);
    if (!metric || strlen(output) >= NAME_ROOM)
        return flc_error_set(error, FLC_ERROR_USAGE, "--output %s: write PROGRAM/OUTPUT", output);
    snprintf(selection->metric, sizeof selection->metric, "%s", metric);
    flc_status status =
        choose(&place, "program", program, result->program_key, result->programs, error);
    if (status || (status = find_metric(result, metric, error)))
        return status;
    snprintf(variable, sizeof variable, "%s_mean", metric);
    const flc_data_object *object = flc_datareader_find(result->reader, variable);
    bool members = object->rank == 3;
    selection->by_year = strcmp(object->dimension[object->rank - 1], "fiscal_year") == 0;
    selection->rows = selection->by_year ? result->years : 1;
    selection->year = 0;
    if (members) {
        char *word = rest;
        rest = cut(word);
        status = choose_member(result, &member, object, word, error);
    }
    selection->first = (place * (members ? object->size[1] : 1) + member) * selection->rows;
    return !status && rest ? choose_year(result, selection, rest, error) : status;
}

static flc_status print_selection(const struct result *result, const struct selection *selection,
                                  flc_error *error)
{
    static const char *const statistics[] = {"mean", "standard_error", "sd", "minimum", "maximum"};
    enum { STATISTICS = sizeof statistics / sizeof *statistics };
    const double *values[STATISTICS], *quantiles;
    char name[NAME_ROOM + 32];
    for (int s = 0; s < STATISTICS; s++)
        if (!(values[s] = read_statistic(result, selection->metric, statistics[s], error)))
            return error->status;
    if (!(quantiles = read_statistic(result, selection->metric, "quantile", error)))
        return error->status;
    snprintf(name, sizeof name, "%s_undefined", selection->metric);
    const int64_t *undefined = flc_datareader_integers(result->reader, name, error);
    if (!undefined)
        return error->status;
    static const double shown[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    printf("%6s%13s%13s%13s%13s", selection->by_year ? "FY" : "", "mean", "+- s.e.", "sd",
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
        if (selection->by_year)
            printf("%6lld", (long long)result->year[t]);
        else
            printf("%6s", "");
        for (int c = 0; c < 10; c++) {
            print_number(cells[c], sizeof cells[c], numbers[c]);
            printf("%13s", cells[c]);
        }
        printf("%12lld\n", (long long)undefined[i]);
    }
    return FLC_OK;
}

flc_status cli_print_output(const char *path, const char *output, flc_error *error)
{
    struct result result;
    struct selection selection;
    flc_status status = open_result(&result, path, error);
    if (!status)
        status = select_output(&result, &selection, output, error);
    if (!status) {
        char variable[NAME_ROOM + 8];
        snprintf(variable, sizeof variable, "%s_mean", selection.metric);
        const flc_data_object *object = flc_datareader_find(result.reader, variable);
        const char *unit = flc_data_attribute_text(object, "units");
        printf("%s [%s]\n", output, unit ? unit : "");
        status = print_selection(&result, &selection, error);
    }
    flc_datareader_free(result.reader);
    return status;
}
