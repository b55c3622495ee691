#include "command/sensitivity_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "command/cells.h"

enum { LABEL = 58, BAR = 20, YEARS_MOST = 8, YEAR_CELL = 8 };
#define LEVEL 0.95

/* Which estimate ranks the factors of a method. */
static const char *const ranking[FLC_METHODS] = {[FLC_METHOD_SOBOL] = "total",
                                                 [FLC_METHOD_SHAPLEY] = "effect",
                                                 [FLC_METHOD_SCREENING] = "mu_star",
                                                 [FLC_METHOD_GIVEN_DATA] = "delta",
                                                 [FLC_METHOD_ORIGIN] = "total"};

/* The effects of one method for an output, by falling rank. */
struct effects {
    const flc_method_reader *reader;
    const flc_factors *factors;
    const flc_effect_statistic *rank;
    char *items;
    size_t count;
    const void **order;
};

static flc_estimate estimate_of(const void *effect, const flc_effect_statistic *statistic)
{
    flc_estimate estimate;
    memcpy(&estimate, (const char *)effect + statistic->offset, sizeof estimate);
    return estimate;
}

static const flc_effect_statistic *statistic_named(const flc_method_reader *reader,
                                                   const char *name)
{
    size_t s = 0;
    while (strcmp(reader->statistics[s].name, name) != 0)
        s++;
    return &reader->statistics[s];
}

static void free_effects(struct effects *effects)
{
    flc_free(effects->items);
    flc_free(effects->order);
}

static void sort(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const void *item = effects->items + i * effects->reader->size;
        double value = estimate_of(item, effects->rank).value;
        size_t place = i;
        for (; place > 0; place--) {
            double before = estimate_of(effects->order[place - 1], effects->rank).value;
            if (before >= value || isnan(value))
                break;
            effects->order[place] = effects->order[place - 1];
        }
        effects->order[place] = item;
    }
}

static flc_status read_effects(struct effects *effects, const flc_analysis *analysis,
                               const flc_collector *collector, flc_method method, size_t output,
                               flc_error *error)
{
    const flc_collector *own = flc_analysis_method(collector, method);
    *effects = (struct effects){.reader = flc_method_readers[method],
                                .factors = flc_analysis_factors(analysis, method)};
    effects->rank = statistic_named(effects->reader, ranking[method]);
    effects->count = effects->reader->count(own, output);
    effects->items = flc_allocate(effects->count + 1, effects->reader->size, error);
    effects->order = FLC_NEW(const void *, effects->count + 1, error);
    flc_status status = effects->items && effects->order ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status)
        status = effects->reader->read(own, effects->items, output, LEVEL, error);
    if (!status)
        sort(effects);
    return status;
}

/* The effect of a factor; NULL if it does not reach the output. */
static const void *effect_of(const struct effects *effects, size_t factor)
{
    for (size_t i = 0; i < effects->count; i++)
        if (flc_effect_factor(effects->reader, effects->order[i]) == factor)
            return effects->order[i];
    return NULL;
}

static flc_method main_method(const flc_analysis *analysis)
{
    static const flc_method order[] = {FLC_METHOD_SHAPLEY, FLC_METHOD_SOBOL, FLC_METHOD_SCREENING};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (flc_analysis_factors(analysis, order[i]))
            return order[i];
    return FLC_METHOD_GIVEN_DATA;
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* "programs/MEP/match/sources/state/ratio" without what nearly every path begins with; of a plug-in
 * model "quantities/x". */
static const char *short_name(const char *name)
{
    return strncmp(name, "programs/", 9) == 0      ? name + 9
           : strncmp(name, "quantities/", 11) == 0 ? name + 11
                                                   : name;
}

static void print_bar(double share)
{
    int eighths = share > 0 ? (int)(share * BAR * 2 + 0.5) : 0, used = 0;
    eighths = eighths > 2 * BAR ? 2 * BAR : eighths;
    printf(" ");
    for (; used < eighths / 2; used++)
        printf("█");
    if (eighths % 2)
        printf("▌"), used++;
    printf("%*s", BAR - used, "");
}

static void print_estimate(flc_estimate estimate, bool in_unit)
{
    char value[CLI_NUMBER_ROOM], spread[CLI_NUMBER_ROOM];
    if (in_unit)
        printf(" %9s ± %-8s", cli_number(value, estimate.value),
               cli_number(spread, estimate.high - estimate.value));
    else
        printf(" %6.1f ± %-4.1f", 100 * estimate.value, 100 * (estimate.high - estimate.value));
}

/* ---- one output ------------------------------------------------------------------------------ */

static void print_heads(const struct effects *main, const struct effects *sobol)
{
    bool in_unit = main->rank->in_unit;
    cli_print_label("  factor", LABEL);
    printf(" %-*s", BAR, " ");
    if (main->reader == flc_method_readers[FLC_METHOD_SHAPLEY])
        printf(" %-13s", "Shapley, %");
    if (sobol)
        printf(" %-13s %-13s", "first, %", "total, %");
    else if (main->reader != flc_method_readers[FLC_METHOD_SHAPLEY])
        for (size_t s = 0; s < main->reader->statistic_count; s++)
            printf(in_unit ? " %-20s" : " %-13s", main->reader->statistics[s].name);
    printf("\n");
}

static void print_row(const struct effects *main, const struct effects *sobol, const void *effect,
                      double most)
{
    size_t factor = flc_effect_factor(main->reader, effect);
    flc_estimate rank = estimate_of(effect, main->rank);
    printf("  ");
    cli_print_label(short_name(main->factors->items[factor].name), LABEL - 2);
    print_bar(main->rank->in_unit ? rank.value / most : rank.value);
    if (main->reader == flc_method_readers[FLC_METHOD_SHAPLEY])
        print_estimate(rank, false);
    const void *own = sobol ? effect_of(sobol, factor) : NULL;
    const struct effects *from = sobol ? sobol : main;
    if (!sobol)
        own = main->reader == flc_method_readers[FLC_METHOD_SHAPLEY] ? NULL : effect;
    for (size_t s = 0; own && s < from->reader->statistic_count; s++)
        print_estimate(estimate_of(own, &from->reader->statistics[s]),
                       from->reader->statistics[s].in_unit);
    printf("\n");
}

/* What is not in the rows shown, as a share that adds up where the method's do. */
static void print_rest(const struct effects *main, size_t shown)
{
    if (shown >= main->count)
        return;
    double rest = 0;
    for (size_t i = shown; i < main->count; i++)
        rest += estimate_of(main->order[i], main->rank).value;
    printf("  %zu others that reach it", main->count - shown);
    if (main->reader == flc_method_readers[FLC_METHOD_SHAPLEY])
        printf(", together %.1f %%", 100 * rest);
    printf("\n");
}

/* What no knowledge of quantities would take away. */
static flc_status print_origin(const flc_analysis *analysis, const flc_collector *collector,
                               size_t output, flc_error *error)
{
    struct effects origin;
    flc_status status =
        read_effects(&origin, analysis, collector, FLC_METHOD_ORIGIN, output, error);
    for (size_t i = 0; i < origin.count && !status; i++) {
        const flc_factor *factor =
            &origin.factors->items[flc_effect_factor(origin.reader, origin.order[i])];
        flc_estimate total = estimate_of(origin.order[i], origin.rank);
        if (factor->has_shocks)
            printf("  irreducible: %.1f ± %.1f %% of the variance would be left if every quantity "
                   "were known (shocks)\n",
                   100 * total.value, 100 * (total.high - total.value));
    }
    free_effects(&origin);
    return status;
}

static void print_title(const flc_analysis *analysis, const flc_collector *collector, size_t output,
                        flc_method method, bool all_years)
{
    size_t count;
    char name[FLC_OUTPUT_NAME], mean[CLI_NUMBER_ROOM], sd[CLI_NUMBER_ROOM];
    const size_t *outputs = flc_analysis_outputs(analysis, &count);
    const flc_metrics *metrics = &flc_analysis_study(analysis)->metrics;
    const flc_output_label *label = &flc_analysis_labels(analysis)[outputs[output]];
    flc_metrics_label_name(metrics, label, name, sizeof name);
    if (all_years)
        *strrchr(name, '/') = '\0';
    printf("\nWhat drives %s", name);
    const flc_method_reader *reader = flc_method_readers[method];
    if (reader->output && !all_years) {
        flc_analysed about = reader->output(flc_analysis_method(collector, method), output);
        printf(" (mean %s, sd %s, %s", cli_number(mean, about.mean),
               cli_number(sd, sqrt(about.variance)), flc_metrics_label_unit(metrics, label));
        if (about.left_out)
            printf("; %llu of %llu samples undefined and left out",
                   (unsigned long long)about.left_out,
                   (unsigned long long)(about.left_out + about.samples));
        printf(")");
    }
    printf("\n");
}

flc_status cli_print_drivers(const flc_analysis *analysis, const flc_collector *collector,
                             size_t output, size_t shown, flc_error *error)
{
    flc_method method = main_method(analysis);
    bool both = method == FLC_METHOD_SHAPLEY && flc_analysis_factors(analysis, FLC_METHOD_SOBOL);
    struct effects main, sobol = {.count = 0};
    flc_status status = read_effects(&main, analysis, collector, method, output, error);
    if (!status && both)
        status = read_effects(&sobol, analysis, collector, FLC_METHOD_SOBOL, output, error);
    if (!status) {
        print_title(analysis, collector, output, method, false);
        if (main.count == 0 || isnan(estimate_of(main.order[0], main.rank).value)) {
            printf("  nothing: it does not vary, or is never defined\n");
        } else {
            double most = estimate_of(main.order[0], main.rank).value;
            print_heads(&main, both ? &sobol : NULL);
            shown = shown < main.count ? shown : main.count;
            for (size_t i = 0; i < shown; i++)
                print_row(&main, both ? &sobol : NULL, main.order[i], most);
            print_rest(&main, shown);
            if (flc_analysis_factors(analysis, FLC_METHOD_ORIGIN))
                status = print_origin(analysis, collector, output, error);
        }
    }
    free_effects(&main);
    free_effects(&sobol);
    return status;
}

/* ---- by fiscal year -------------------------------------------------------------------------- */

/* Analysed outputs of the same metric, program and member, every so many years. */
static size_t find_years(const flc_analysis *analysis, size_t output, size_t years[YEARS_MOST])
{
    size_t count, found = 0, all[64];
    const size_t *outputs = flc_analysis_outputs(analysis, &count);
    const flc_output_label *labels = flc_analysis_labels(analysis), *own = &labels[outputs[output]];
    for (size_t o = 0; o < count && found < 64; o++) {
        const flc_output_label *label = &labels[outputs[o]];
        if (label->metric == own->metric && label->program == own->program &&
            label->member == own->member)
            all[found++] = o;
    }
    size_t shown = found < YEARS_MOST ? found : YEARS_MOST;
    for (size_t i = 0; i < shown; i++)
        years[i] = all[shown > 1 ? i * (found - 1) / (shown - 1) : 0];
    return shown;
}

static double most_of(const struct effects *years, size_t count, size_t factor)
{
    double most = -1;
    for (size_t y = 0; y < count; y++) {
        const void *effect = effect_of(&years[y], factor);
        double value = effect ? estimate_of(effect, years[y].rank).value : (double)NAN;
        most = value > most ? value : most;
    }
    return most;
}

/* The factor that is largest in some year among those not shown yet; the number of factors if none
 * is. */
static size_t next_factor(const struct effects *years, size_t count, const bool *done)
{
    size_t best = years->factors->count;
    double most = -1;
    for (size_t f = 0; f < years->factors->count; f++) {
        double own = done[f] ? -1 : most_of(years, count, f);
        if (own > most) {
            most = own;
            best = f;
        }
    }
    return best;
}

static void print_year_row(const struct effects *years, size_t count, size_t factor)
{
    char text[CLI_NUMBER_ROOM];
    printf("  ");
    cli_print_label(short_name(years->factors->items[factor].name), LABEL - 2);
    for (size_t y = 0; y < count; y++) {
        const void *effect = effect_of(&years[y], factor);
        double value = effect ? estimate_of(effect, years[y].rank).value : (double)NAN;
        if (years[y].rank->in_unit)
            printf(" %*s", YEAR_CELL, cli_number(text, value));
        else if (isnan(value))
            printf(" %*s", YEAR_CELL, "-");
        else
            printf(" %*.1f", YEAR_CELL, 100 * value);
    }
    printf("\n");
}

static flc_status print_irreducible(const flc_analysis *analysis, const flc_collector *collector,
                                    const size_t *outputs, size_t count, flc_error *error)
{
    flc_status status = FLC_OK;
    printf("  ");
    cli_print_label("irreducible (left if every quantity were known)", LABEL - 2);
    for (size_t y = 0; y < count && !status; y++) {
        struct effects origin;
        double share = NAN;
        status = read_effects(&origin, analysis, collector, FLC_METHOD_ORIGIN, outputs[y], error);
        for (size_t i = 0; i < origin.count && !status; i++)
            if (origin.factors->items[flc_effect_factor(origin.reader, origin.order[i])].has_shocks)
                share = estimate_of(origin.order[i], origin.rank).value;
        if (isnan(share))
            printf(" %*s", YEAR_CELL, "-");
        else
            printf(" %*.1f", YEAR_CELL, 100 * share);
        free_effects(&origin);
    }
    printf("\n");
    return status;
}

flc_status cli_print_drivers_by_year(const flc_analysis *analysis, const flc_collector *collector,
                                     size_t output, size_t shown, flc_error *error)
{
    size_t outputs[YEARS_MOST], total, count = find_years(analysis, output, outputs);
    const size_t *numbers = flc_analysis_outputs(analysis, &total);
    flc_method method = main_method(analysis);
    struct effects years[YEARS_MOST] = {{.count = 0}};
    bool *done = FLC_NEW(bool, flc_analysis_factors(analysis, method)->count, error);
    flc_status status = done ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t y = 0; y < count && !status; y++)
        status = read_effects(&years[y], analysis, collector, method, outputs[y], error);
    if (!status) {
        print_title(analysis, collector, output, method, true);
        char head[LABEL];
        snprintf(head, sizeof head, "  %s%s", flc_method_readers[method]->title,
                 years->rank->in_unit ? "" : ", %");
        cli_print_label(head, LABEL);
        for (size_t y = 0; y < count; y++)
            printf(" %*lld", YEAR_CELL,
                   (long long)flc_model_base_year(flc_analysis_study(analysis)->model) +
                       (long long)flc_analysis_labels(analysis)[numbers[outputs[y]]].year);
        printf("\n");
        for (size_t i = 0; i < shown; i++) {
            size_t factor = next_factor(years, count, done);
            if (factor == years->factors->count)
                break;
            done[factor] = true;
            print_year_row(years, count, factor);
        }
        if (flc_analysis_factors(analysis, FLC_METHOD_ORIGIN))
            status = print_irreducible(analysis, collector, outputs, count, error);
    }
    for (size_t y = 0; y < count; y++)
        free_effects(&years[y]);
    flc_free(done);
    return status;
}

/* ---- cautions -------------------------------------------------------------------------------- */

void cli_print_cautions(void)
{
    printf("\nIntervals are at 95 %%. An estimate below 0 is a share near 0 and its Monte Carlo "
           "error; more samples (-n) narrow it.\n");
}

void cli_warn_of_dependence(const flc_analysis *analysis)
{
    const flc_factors *sobol = flc_analysis_factors(analysis, FLC_METHOD_SOBOL);
    const char *first = NULL;
    size_t count = 0;
    for (size_t f = 0; sobol && f < sobol->count; f++)
        if (sobol->items[f].dependent && count++ == 0)
            first = sobol->items[f].name;
    if (count == 0)
        return;
    fprintf(stderr,
            "fulcrum sensitivity: warning: %zu factors depend on others (such as %s): their Sobol' "
            "indices are\nno shares of the variance, a total index may be below its first. %s\n",
            count, first,
            flc_analysis_factors(analysis, FLC_METHOD_SHAPLEY)
                ? "Read their Shapley effects, which are."
                : "Ask for Shapley effects, which are (--method shapley), or put what depends on "
                  "each other\ninto one --group.");
}
