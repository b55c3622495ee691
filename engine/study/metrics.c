#include "study/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

enum { NAME_ROOM = 160 };
/* Number of the metric that the study makes of accounts, behind these. */
enum { ANNUAL_LEVERAGE = FLC_ACCOUNTS_PUBLIC };

int flc_metrics_checks(const flc_metrics *metrics)
{
    return flc_model_plugin(metrics->model) ? FLC_CHECK_IMBALANCE : FLC_CHECKS;
}

size_t flc_metrics_outputs(const flc_metrics *metrics)
{
    return flc_metrics_check(metrics, flc_model_programs(metrics->model) + 1, 0);
}

size_t flc_metrics_leverage(const flc_metrics *metrics, size_t program, size_t year)
{
    return flc_model_outputs(metrics->model) + flc_model_years(metrics->model) * program + year;
}

bool flc_metrics_is_modelled(const flc_metrics *metrics, const flc_metric *metric)
{
    return flc_model_plugin(metrics->model) || !metric->by_year ||
           metric->member != FLC_MEMBER_NONE || metric->number != ANNUAL_LEVERAGE;
}

size_t flc_metrics_check(const flc_metrics *metrics, size_t program, int check)
{
    size_t behind = flc_model_plugin(metrics->model)
                        ? flc_model_outputs(metrics->model)
                        : flc_metrics_leverage(metrics, flc_model_programs(metrics->model) + 1, 0);
    return behind + (size_t)flc_metrics_checks(metrics) * program + (size_t)check;
}

size_t flc_metrics_program(const flc_metrics *metrics, size_t output)
{
    const flc_model *model = metrics->model;
    size_t programs = flc_model_programs(model), p = 0;
    if (output >= flc_metrics_check(metrics, 0, 0))
        return (output - flc_metrics_check(metrics, 0, 0)) / (size_t)flc_metrics_checks(metrics);
    if (output >= flc_model_outputs(model))
        return (output - flc_model_outputs(model)) / flc_model_years(model);
    while (p < programs && flc_model_account_output(model, p + 1, (enum flc_account)0, 0) <= output)
        p++;
    return p;
}

/* What is wanted; all other metrics are neither better nor worse for being higher. */
static flc_better better_of(const char *name)
{
    static const char *const higher[] = {"leverage_ratio",
                                         "cofinancing_ratio",
                                         "net_leverage_ratio",
                                         "multiplier_effect",
                                         "commitment_ratio",
                                         "npv",
                                         "benefit_cost_ratio",
                                         "fiscal_return",
                                         "annual_leverage",
                                         "survival_share",
                                         "self_sustaining_share",
                                         "lagging_federal_share",
                                         "leverage_ratio_lagging",
                                         "leverage_ratio_leading",
                                         "receipts",
                                         "committed_match",
                                         "match",
                                         "match_cash",
                                         "match_in_kind",
                                         "own_revenue",
                                         "active",
                                         "self_sustaining",
                                         "benefit",
                                         "tax"};
    static const char *const lower[] = {"payback_year", "lapse_rate", "shortfall_rate", "lapsed",
                                        "rescinded",    "terminated", "treasury_cost",  "shortfall",
                                        "written_off",  "social_cost"};
    for (size_t i = 0; i < sizeof higher / sizeof *higher; i++)
        if (strcmp(name, higher[i]) == 0)
            return FLC_BETTER_HIGHER;
    for (size_t i = 0; i < sizeof lower / sizeof *lower; i++)
        if (strcmp(name, lower[i]) == 0)
            return FLC_BETTER_LOWER;
    return FLC_BETTER_NEITHER;
}

static void add_labels(flc_metrics *metrics, const struct flc_label *labels, size_t count,
                       bool by_year)
{
    for (size_t i = 0; i < count; i++)
        metrics->metrics[metrics->count++] = (flc_metric){labels[i].name,
                                                          labels[i].unit,
                                                          labels[i].sentence,
                                                          better_of(labels[i].name),
                                                          by_year,
                                                          FLC_MEMBER_NONE,
                                                          i};
}

static flc_status add_per_dollar(flc_metrics *metrics, flc_arena *arena, flc_error *error)
{
    size_t portfolio = flc_model_programs(metrics->model);
    for (size_t o = 0; o < flc_model_outcomes(metrics->model, portfolio); o++) {
        char text[NAME_ROOM];
        snprintf(text, sizeof text, "%s_per_dollar",
                 flc_model_outcome_key(metrics->model, portfolio, o));
        const char *name = flc_arena_copy(arena, text, strlen(text), error);
        if (!name)
            return FLC_ERROR_MEMORY;
        metrics->metrics[metrics->count++] =
            (flc_metric){name,
                         "outcome per USD",
                         "Gross outcome per dollar of its driver, nominal, over the horizon",
                         FLC_BETTER_HIGHER,
                         false,
                         FLC_MEMBER_NONE,
                         FLC_HORIZON_COUNT + o};
    }
    return FLC_OK;
}

/* Outputs over the horizon, then those by year. */
static flc_status init_plugged(flc_metrics *metrics, flc_arena *arena, flc_error *error)
{
    const flc_model_description *described = flc_model_described(metrics->model);
    size_t count = described->output_count;
    metrics->metrics = flc_arena_take(arena, count, sizeof *metrics->metrics, error);
    if (!metrics->metrics)
        return FLC_ERROR_MEMORY;
    for (int by_year = 0; by_year < 2; by_year++)
        for (size_t o = 0; o < count; o++) {
            const flc_model_output *output = &described->outputs[o];
            if (output->by_year == by_year)
                metrics->metrics[metrics->count++] =
                    (flc_metric){output->name,
                                 output->unit ? output->unit : "1",
                                 output->description ? output->description : output->name,
                                 output->better == FLC_MODEL_HIGHER  ? FLC_BETTER_HIGHER
                                 : output->better == FLC_MODEL_LOWER ? FLC_BETTER_LOWER
                                                                     : FLC_BETTER_NEITHER,
                                 by_year,
                                 FLC_MEMBER_NONE,
                                 o};
        }
    return FLC_OK;
}

flc_status flc_metrics_init(flc_metrics *metrics, const flc_model *model, flc_arena *arena,
                            flc_error *error)
{
    if (flc_model_plugin(model)) {
        *metrics = (flc_metrics){.model = model};
        return init_plugged(metrics, arena, error);
    }
    size_t outcomes = flc_model_outcomes(model, flc_model_programs(model));
    size_t room = FLC_HORIZON_COUNT + outcomes + FLC_ACCOUNTS_PUBLIC + 4;
    *metrics = (flc_metrics){.model = model};
    metrics->metrics = flc_arena_take(arena, room, sizeof *metrics->metrics, error);
    if (!metrics->metrics)
        return FLC_ERROR_MEMORY;
    add_labels(metrics, flc_horizon_labels, FLC_HORIZON_COUNT, false);
    flc_status status = add_per_dollar(metrics, arena, error);
    if (status)
        return status;
    add_labels(metrics, flc_account_labels, FLC_ACCOUNTS_PUBLIC, true);
    metrics->metrics[metrics->count++] = (flc_metric){
        "annual_leverage", "1",  "Match and own revenue of the year per federal dollar of the year",
        FLC_BETTER_HIGHER, true, FLC_MEMBER_NONE,
        ANNUAL_LEVERAGE};
    metrics->metrics[metrics->count++] = (flc_metric){"match_by_source",
                                                      "USD million",
                                                      "Match that comes, by partner",
                                                      FLC_BETTER_HIGHER,
                                                      true,
                                                      FLC_MEMBER_SOURCE,
                                                      0};
    metrics->metrics[metrics->count++] = (flc_metric){"outcome_gross",
                                                      "unit of the outcome",
                                                      "Outcome before deadweight and displacement",
                                                      FLC_BETTER_HIGHER,
                                                      true,
                                                      FLC_MEMBER_OUTCOME,
                                                      0};
    metrics->metrics[metrics->count++] = (flc_metric){"outcome_net",
                                                      "unit of the outcome",
                                                      "Outcome that would not have come otherwise",
                                                      FLC_BETTER_HIGHER,
                                                      true,
                                                      FLC_MEMBER_OUTCOME,
                                                      1};
    return FLC_OK;
}

size_t flc_metrics_members(const flc_metrics *metrics, flc_member member)
{
    size_t portfolio = flc_model_programs(metrics->model);
    return member == FLC_MEMBER_SOURCE    ? flc_model_sources(metrics->model, portfolio)
           : member == FLC_MEMBER_OUTCOME ? flc_model_outcomes(metrics->model, portfolio)
                                          : 1;
}

static const char *program_member_key(const flc_model *model, flc_member member, size_t program,
                                      size_t i)
{
    return member == FLC_MEMBER_SOURCE ? flc_model_source_key(model, program, i)
                                       : flc_model_outcome_key(model, program, i);
}

const char *flc_metrics_member_key(const flc_metrics *metrics, flc_member member, size_t i)
{
    return program_member_key(metrics->model, member, flc_model_programs(metrics->model), i);
}

/* Number of the portfolio's member i in a program; FLC_NO_OUTPUT where it has none. */
static size_t own_member(const flc_metrics *metrics, flc_member member, size_t program, size_t i)
{
    const flc_model *model = metrics->model;
    const char *key = flc_metrics_member_key(metrics, member, i);
    size_t count = member == FLC_MEMBER_SOURCE ? flc_model_sources(model, program)
                                               : flc_model_outcomes(model, program);
    for (size_t own = 0; own < count; own++)
        if (strcmp(program_member_key(model, member, program, own), key) == 0)
            return own;
    return FLC_NO_OUTPUT;
}

size_t flc_metrics_output(const flc_metrics *metrics, const flc_metric *metric, size_t program,
                          size_t member, size_t year)
{
    const flc_model *model = metrics->model;
    if (flc_model_plugin(model))
        return flc_model_plain_output(model, metric->number, year);
    if (!flc_metrics_is_modelled(metrics, metric))
        return flc_metrics_leverage(metrics, program, year);
    if (metric->member == FLC_MEMBER_NONE && metric->by_year)
        return flc_model_account_output(model, program, (enum flc_account)metric->number, year);
    if (metric->member == FLC_MEMBER_NONE && metric->number < FLC_HORIZON_COUNT)
        return flc_model_horizon_output(model, program, (enum flc_horizon_metric)metric->number);
    if (metric->member == FLC_MEMBER_NONE) {
        size_t own =
            own_member(metrics, FLC_MEMBER_OUTCOME, program, metric->number - FLC_HORIZON_COUNT);
        return own == FLC_NO_OUTPUT ? own : flc_model_per_dollar_output(model, program, own);
    }
    size_t own = own_member(metrics, metric->member, program, member);
    if (own == FLC_NO_OUTPUT)
        return own;
    if (metric->member == FLC_MEMBER_SOURCE)
        return flc_model_source_output(model, program, own, year);
    return metric->number == 0 ? flc_model_gross_output(model, program, own, year)
                               : flc_model_net_output(model, program, own, year);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* A name cut at its slashes. */
struct parts {
    char text[NAME_ROOM];
    const char *part[4];
    size_t count;
};

static bool cut_name(struct parts *parts, const char *name)
{
    parts->count = 0;
    if (strlen(name) >= sizeof parts->text)
        return false;
    memcpy(parts->text, name, strlen(name) + 1);
    for (char *rest = parts->text; rest;) {
        if (parts->count == 4)
            return false;
        parts->part[parts->count++] = rest;
        rest = strchr(rest, '/');
        if (rest)
            *rest++ = '\0';
    }
    return true;
}

/* Words of the study's programs, metrics or members, on the heap. */
static const char **list_words(const flc_metrics *metrics, int what, flc_member member,
                               size_t *count, flc_error *error)
{
    *count = what == 0   ? flc_model_programs(metrics->model) + 1
             : what == 1 ? metrics->count
                         : flc_metrics_members(metrics, member);
    const char **words = FLC_NEW(const char *, *count, error);
    for (size_t i = 0; words && i < *count; i++)
        words[i] = what == 0   ? flc_model_program_key(metrics->model, i)
                   : what == 1 ? metrics->metrics[i].name
                               : flc_metrics_member_key(metrics, member, i);
    return words;
}

static flc_status find_word(const flc_metrics *metrics, int what, flc_member member, size_t *place,
                            const char *name, const char *word, flc_error *error)
{
    static const char *const kinds[] = {"program", "output", "source or outcome"};
    size_t count;
    const char **words = list_words(metrics, what, member, &count, error);
    if (!words)
        return FLC_ERROR_MEMORY;
    flc_status status =
        flc_suggest_place(place, kinds[what], word, words, count, "", FLC_ERROR_STUDY, error);
    flc_free(words);
    if (status)
        flc_error_prefix(error, "output '%s'", name);
    return status;
}

/* The year's number, from the name's last part or the argument. */
static flc_status find_year(const flc_metrics *metrics, size_t *year, const char *name,
                            const char *text, int64_t fiscal_year, flc_error *error)
{
    int64_t base = flc_model_base_year(metrics->model);
    int64_t last = base + (int64_t)flc_model_years(metrics->model) - 1;
    if (text)
        fiscal_year = strtol(text, NULL, 10);
    if (fiscal_year < base || fiscal_year > last)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "output '%s' is by fiscal year: name one from %lld to %lld", name,
                             (long long)base, (long long)last);
    *year = (size_t)(fiscal_year - base);
    return FLC_OK;
}

flc_status flc_metrics_find(const flc_metrics *metrics, size_t *output, const char *name,
                            int64_t fiscal_year, flc_error *error)
{
    struct parts parts;
    size_t program, place, member = 0, year = 0, used = 2;
    if (!cut_name(&parts, name) || parts.count < 2)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "output '%.80s': write program/output, as in MEP/leverage_ratio",
                             name);
    flc_status status =
        find_word(metrics, 0, FLC_MEMBER_NONE, &program, name, parts.part[0], error);
    if (status ||
        (status = find_word(metrics, 1, FLC_MEMBER_NONE, &place, name, parts.part[1], error)))
        return status;
    const flc_metric *metric = &metrics->metrics[place];
    if (metric->member != FLC_MEMBER_NONE) {
        const char *word = parts.count > 2 ? parts.part[used++] : "";
        status = find_word(metrics, 2, metric->member, &member, name, word, error);
    }
    if (!status && metric->by_year)
        status = find_year(metrics, &year, name, used < parts.count ? parts.part[used++] : NULL,
                           fiscal_year, error);
    if (status)
        return status;
    if (used < parts.count || (!metric->by_year && fiscal_year != FLC_NO_FISCAL_YEAR))
        return flc_error_set(error, FLC_ERROR_STUDY, "output '%s': %s is over the whole horizon",
                             name, metric->name);
    *output = flc_metrics_output(metrics, metric, program, member, year);
    if (*output == FLC_NO_OUTPUT)
        return flc_error_set(error, FLC_ERROR_STUDY, "output '%s': program %s has none", name,
                             parts.part[0]);
    return FLC_OK;
}

static bool stands_for_all(const flc_metrics *metrics, const flc_metric *metric, bool judged)
{
    if (!flc_model_plugin(metrics->model))
        return strcmp(metric->name, "leverage_ratio") == 0 || strcmp(metric->name, "npv") == 0;
    return !metric->by_year && (!judged || metric->better != FLC_BETTER_NEITHER);
}

size_t flc_metrics_defaults(const flc_metrics *metrics, bool judged, char (*names)[FLC_OUTPUT_NAME],
                            size_t most)
{
    const char *key = flc_model_program_key(metrics->model, flc_model_programs(metrics->model));
    size_t count = 0;
    for (size_t m = 0; m < metrics->count && count < most; m++)
        if (stands_for_all(metrics, &metrics->metrics[m], judged))
            snprintf(names[count++], FLC_OUTPUT_NAME, "%s/%s", key, metrics->metrics[m].name);
    return count;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static void label_metric(const flc_metrics *metrics, const flc_metric *metric, size_t program,
                         flc_output_label *labels)
{
    size_t members = flc_metrics_members(metrics, metric->member);
    size_t years = metric->by_year ? flc_model_years(metrics->model) : 1;
    for (size_t k = 0; k < members; k++)
        for (size_t t = 0; t < years; t++) {
            size_t output = flc_metrics_output(metrics, metric, program, k, t);
            if (output != FLC_NO_OUTPUT)
                labels[output] = (flc_output_label){metric, program, k, t};
        }
}

void flc_metrics_labels(const flc_metrics *metrics, flc_output_label *labels)
{
    for (size_t p = 0; p <= flc_model_programs(metrics->model); p++) {
        for (size_t m = 0; m < metrics->count; m++)
            label_metric(metrics, &metrics->metrics[m], p, labels);
        for (int check = 0; check < flc_metrics_checks(metrics); check++)
            labels[flc_metrics_check(metrics, p, check)] =
                (flc_output_label){NULL, p, (size_t)check, 0};
    }
}

static const struct flc_label check_labels[FLC_CHECKS] = {
    {"refused", "1", "1 where the sample was refused because a quantity left its domain, else 0"},
    {"imbalanced_years", "1", "Years in which the budget is not the sum of its uses; always 0"}};

const char *flc_metrics_label_metric(const flc_output_label *label)
{
    return label->metric ? label->metric->name : check_labels[label->member].name;
}

void flc_metrics_label_name(const flc_metrics *metrics, const flc_output_label *label, char *text,
                            size_t room)
{
    const flc_metric *metric = label->metric;
    const char *member = metric && metric->member != FLC_MEMBER_NONE
                             ? flc_metrics_member_key(metrics, metric->member, label->member)
                             : NULL;
    int length =
        snprintf(text, room, "%s/%s%s%s", flc_model_program_key(metrics->model, label->program),
                 flc_metrics_label_metric(label), member ? "/" : "", member ? member : "");
    if (metric && metric->by_year && length > 0 && (size_t)length < room)
        snprintf(text + length, room - (size_t)length, "/%lld",
                 (long long)(flc_model_base_year(metrics->model) + (int64_t)label->year));
}

/* The unit a program gives to an outcome, or NULL. */
static const char *outcome_unit(const flc_model *model, size_t program, const char *key)
{
    const flc_items *list = &flc_model_program_inputs(model, program)->outcomes;
    const struct flc_outcome_inputs *items = list->items;
    for (size_t o = 0; o < list->count; o++)
        if (strcmp(items[o].info.key, key) == 0)
            return items[o].info.unit;
    return NULL;
}

const char *flc_metrics_label_unit(const flc_metrics *metrics, const flc_output_label *label)
{
    if (!label->metric)
        return check_labels[label->member].unit;
    if (label->metric->member != FLC_MEMBER_OUTCOME)
        return label->metric->unit;
    const char *key = flc_metrics_member_key(metrics, FLC_MEMBER_OUTCOME, label->member);
    const char *unit = NULL;
    size_t portfolio = flc_model_programs(metrics->model);
    bool all = label->program == portfolio;
    for (size_t p = all ? 0 : label->program; p < portfolio && !unit; p = all ? p + 1 : portfolio)
        unit = outcome_unit(metrics->model, p, key);
    return unit ? unit : label->metric->unit;
}

const char *flc_metrics_label_sentence(const flc_output_label *label)
{
    return label->metric ? label->metric->sentence : check_labels[label->member].sentence;
}
