/* fulcrum diff: compare two results, in units of standard error. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "command/cells.h"
#include "command/options.h"
#include "command/table.h"
#include "store/comparison.h"

struct settings {
    const char *output, *program;
    uint64_t most;
    bool all;
};

static const struct cli_option options[] = {
    {0, "output", "PATTERN", CLI_TEXT, offsetof(struct settings, output),
     "only these outputs: MEP/federal/2030, '*/leverage_ratio', outcome_net"},
    {'p', "program", "KEY", CLI_TEXT, offsetof(struct settings, program),
     "only outputs of this program, such as MEP or portfolio"},
    {'m', "most", "N", CLI_COUNT, offsetof(struct settings, most),
     "longest table, the largest differences first (default 20)"},
    {'a', "all", NULL, CLI_FLAG, offsetof(struct settings, all),
     "all that differs, and every quantile of it"},
};

enum { LABEL_WIDTH = 48, CELL_WIDTH = 12, VALUE_MOST = 60 };
static const char *const side_name[2] = {"A", "B"};

/* ---- what was asked -------------------------------------------------------------------------- */

static void print_file(const flc_result_view *file, int side)
{
    printf("%s  %s%s\n   ", side_name[side], file->path,
           flc_datareader_sealed(file->reader) ? "" : "  (changed after it was written)");
    cli_print_facts(file, "   ");
}

/* A value of the study, cut where it is a whole section. */
static void print_value(const char *value, bool whole)
{
    if (whole || strlen(value) <= VALUE_MOST) {
        printf("%s", value);
        return;
    }
    size_t bytes = VALUE_MOST;
    while (((unsigned char)value[bytes] & 0xC0) == 0x80) /* not within a letter */
        bytes--;
    printf("%.*s...", (int)bytes, value);
}

static void print_change(const flc_study_change *change, bool whole)
{
    printf("  %s: ", change->path);
    for (int side = 0; side < 2; side++)
        if (!change->value[1 - side])
            printf("only in %s: ", side_name[side]);
    for (int side = 0; side < 2; side++) {
        printf("%s", side && change->value[0] && change->value[1] ? " -> " : "");
        if (change->value[side])
            print_value(change->value[side], whole);
    }
    printf("\n");
}

static void print_rest(size_t count, size_t shown)
{
    if (count > shown)
        printf("  and %zu more; --all shows them\n", count - shown);
}

static void print_asked(const flc_comparison *comparison, const struct settings *settings)
{
    const size_t shown = comparison->change_count < settings->most ? comparison->change_count
                                                                   : (size_t)settings->most;
    if (!comparison->fact_count && !comparison->change_count) {
        printf("\nAsked: the same study, seed, samples and version.\n");
        return;
    }
    printf("\nAsked differently, A -> B\n");
    for (size_t i = 0; i < comparison->fact_count; i++)
        printf("  %s: %s -> %s\n", comparison->facts[i].name, comparison->facts[i].value[0],
               comparison->facts[i].value[1]);
    if (!comparison->change_count)
        return;
    printf("The study, %zu difference%s\n", comparison->change_count,
           comparison->change_count == 1 ? "" : "s");
    for (size_t i = 0; i < shown; i++)
        print_change(&comparison->changes[i], settings->all);
    print_rest(comparison->change_count, shown);
}

static void print_lone(const flc_comparison *comparison, int side, const struct settings *settings)
{
    const flc_lone_list *list = &comparison->lone[side];
    const size_t shown = list->count < settings->most ? list->count : (size_t)settings->most;
    if (!list->count)
        return;
    printf("\nOnly in %s\n", side_name[side]);
    for (size_t i = 0; i < shown; i++) {
        printf("  %s", list->items[i].what);
        if (list->items[i].outputs)
            printf(" (%zu output%s)", list->items[i].outputs,
                   list->items[i].outputs == 1 ? "" : "s");
        printf("\n");
    }
    print_rest(list->count, shown);
}

/* ---- what came out --------------------------------------------------------------------------- */

struct table {
    const char *title;
    const flc_compared_list *list;
    bool percent;     /* values are shares */
    const char *most; /* of quantiles, whose intervals are wide: "at most " */
};

static void print_summary(const struct table *table)
{
    const flc_compared_list *list = table->list;
    printf("\n%s: %zu have a standard error", table->title, list->judged);
    for (int k = 0; k < FLC_COMPARED_LEVELS && list->judged; k++)
        printf("%s |z| > %g: %zu (%s%.3g by chance)", k ? ";" : ".", flc_compared_level[k],
               list->beyond[k], table->most,
               (double)list->judged * flc_contrast_chance(flc_compared_level[k]));
    printf(".\n");
    if (list->largest && list->largest->contrast.z != 0)
        printf("The largest |z| is %.2f; by chance alone it would be about %.2f, and below %.2f "
               "nineteen times in twenty.\n",
               fabs(list->largest->contrast.z), flc_contrast_largest(list->judged, 0.5),
               flc_contrast_largest(list->judged, 0.95));
    if (list->certain)
        printf("%zu differ without a standard error: nothing varies.\n", list->certain);
    if (list->one_sided)
        printf("%zu are defined in one file only.\n", list->one_sided);
    if (list->unknown)
        printf("%zu differ, but so few samples do not tell how surely.\n", list->unknown);
}

static void print_z(const flc_compared *item)
{
    const flc_contrast *contrast = &item->contrast;
    if (isnan(contrast->difference))
        printf("%*s", CELL_WIDTH, isnan(item->value[0]) ? "only in B" : "only in A");
    else if (isnan(contrast->z))
        printf("%*s", CELL_WIDTH, "?");
    else if (isinf(contrast->z))
        printf("%*s", CELL_WIDTH, "certain");
    else if (contrast->standard_error == 0)
        printf("%*s", CELL_WIDTH, "apart");
    else
        printf("%+*.2f", CELL_WIDTH, contrast->z);
}

static void print_row(const flc_compared *item, bool percent)
{
    const double scale = percent ? 100 : 1;
    const double numbers[4] = {scale * item->value[0], scale * item->value[1],
                               scale * item->contrast.difference,
                               scale * item->contrast.standard_error};
    char text[CLI_NUMBER_ROOM];
    printf("  ");
    cli_print_label(item->name, LABEL_WIDTH);
    for (int i = 0; i < 4; i++)
        printf("%*s", CELL_WIDTH, cli_number(text, numbers[i]));
    print_z(item);
    const double ratio = item->value[1] / item->value[0];
    printf("%*s\n", CELL_WIDTH, isfinite(ratio) ? cli_number(text, ratio) : "-");
}

static void print_table(const struct table *table, const struct settings *settings)
{
    const flc_compared_list *list = table->list;
    size_t shown = 0, more = 0;
    if (!list->count)
        return;
    print_summary(table);
    for (size_t i = 0; i < list->count && list->items[i].contrast.z != 0; i++) {
        if (!list->items[i].furthest && !settings->all)
            continue;
        if (shown == settings->most) {
            more++;
            continue;
        }
        if (!shown++)
            printf("  %-*s%*s%*s%*s%*s%*s%*s\n", LABEL_WIDTH, table->percent ? "% of samples" : "",
                   CELL_WIDTH, "A", CELL_WIDTH, "B", CELL_WIDTH, "B - A", CELL_WIDTH, "+- s.e.",
                   CELL_WIDTH, "z", CELL_WIDTH, "B / A");
        print_row(&list->items[i], table->percent);
    }
    print_rest(shown + more, shown);
}

/* Whether the standard errors say too much. */
static void print_draws(const flc_comparison *comparison)
{
    if (comparison->same_seed && comparison->change_count)
        printf("Both have the same seed: what the studies share is drawn alike, so that most "
               "differences are surer than\ntheir z, which is that of independent runs.\n");
    else if (comparison->same_seed && !comparison->same_samples)
        printf("Both have the same seed and study: the longer run holds the samples of the "
               "shorter, so that differences are\nsmaller than those of independent runs, of "
               "which the standard errors are.\n");
    else if (comparison->same_seed && !comparison->fact_count)
        printf("The same study, seed, samples and version give the same values: a file was changed "
               "by another program.\n");
}

static void print_outputs(const flc_comparison *comparison, const struct settings *settings)
{
    const struct table tables[] = {
        {"Means", &comparison->means, false, ""},
        {"Quantiles", &comparison->quantiles, false, "at most "},
        {"Targets met, and samples undefined, infinite or refused", &comparison->shares, true, ""}};
    printf("\nCame out: %zu outputs in both, %zu of them equal in every statistic.\n",
           comparison->outputs, comparison->equal);
    print_draws(comparison);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        print_table(&tables[i], settings);
}

static bool is_shown(const flc_compared_list *list)
{
    return list->count && list->items[0].contrast.z != 0;
}

/* Variables are named where no table shows a difference. */
static void print_variables(const flc_comparison *comparison, const struct settings *settings)
{
    const size_t count = comparison->variable_count;
    const bool named = !is_shown(&comparison->means) && !is_shown(&comparison->quantiles) &&
                       !is_shown(&comparison->shares);
    const size_t shown = count < settings->most ? count : (size_t)settings->most;
    if (comparison->chosen || !count)
        return;
    printf("\n%zu of %zu variables have other values or stand in one file only%s\n", count,
           comparison->variables_seen, named ? ":" : ".");
    for (size_t i = 0; i < shown && named; i++)
        printf("  %s\n", comparison->variables[i]);
    if (named)
        print_rest(count, shown);
}

/* ---- the command ----------------------------------------------------------------------------- */

static void print_equal(const flc_comparison *comparison)
{
    if (comparison->same_bytes)
        printf("%s and %s are equal byte by byte.\n", comparison->file[0].path,
               comparison->file[1].path);
    else if (comparison->chosen)
        printf("\nEqual: every statistic of all %zu outputs asked for.\n", comparison->outputs);
    else
        printf("\nEqual: all %zu variables have the same values. The bytes of the files are not "
               "the same.\n",
               comparison->variables_seen);
}

static flc_status print_comparison(const flc_comparison *comparison,
                                   const struct settings *settings)
{
    const bool equal = flc_comparison_equal(comparison);
    if (!comparison->same_bytes) {
        for (int side = 0; side < 2; side++)
            print_file(&comparison->file[side], side);
        print_asked(comparison, settings);
    }
    if (equal) {
        print_equal(comparison);
        return FLC_OK;
    }
    for (int side = 0; side < 2; side++)
        print_lone(comparison, side, settings);
    print_outputs(comparison, settings);
    print_variables(comparison, settings);
    return FLC_ERROR_FAILED;
}

/* A program that neither has is a slip. */
static flc_status check_program(const flc_comparison *comparison, const char *key, flc_error *error)
{
    const flc_result_view *file = comparison->file;
    const size_t count = file[0].programs + file[1].programs;
    const char **keys = FLC_NEW(const char *, count, error);
    size_t place;
    if (!keys)
        return FLC_ERROR_MEMORY;
    memcpy(keys, file[0].program_key, file[0].programs * sizeof *keys);
    memcpy(keys + file[0].programs, file[1].program_key, file[1].programs * sizeof *keys);
    flc_status status =
        flc_suggest_place(&place, "program", key, keys, count,
                          "; fulcrum show --list names them all", FLC_ERROR_USAGE, error);
    flc_free(keys);
    return status;
}

/* So is a choice of no output. */
static flc_status check_choice(const flc_comparison *comparison, const struct settings *settings,
                               flc_error *error)
{
    const bool wild = settings->program && strpbrk(settings->program, "*?[");
    flc_status status =
        settings->program && !wild ? check_program(comparison, settings->program, error) : FLC_OK;
    if (status || !comparison->chosen || comparison->outputs || comparison->lone[0].count ||
        comparison->lone[1].count)
        return status;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "no output %s%s%s; write PROGRAM/OUTPUT as fulcrum show --list names them",
                         settings->output ? "is called " : "of such a program",
                         settings->output ? settings->output : "",
                         settings->output && settings->program ? " in this program" : "");
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.most = 20};
    const char *paths[2] = {NULL, NULL};
    size_t operands;
    bool helped;
    flc_comparison comparison;
    flc_status status =
        cli_read(&cli_diff, &settings, paths, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if (settings.all)
        settings.most = UINT64_MAX;
    const flc_comparison_choice choice = {settings.output, settings.program};
    status = flc_comparison_open(&comparison, paths, choice, error);
    if (!status)
        status = check_choice(&comparison, &settings, error);
    if (!status)
        status = print_comparison(&comparison, &settings);
    flc_comparison_close(&comparison);
    return status;
}

const struct cli_command cli_diff = {
    .name = "diff",
    .operands = "A.h5 B.h5",
    .least = 2,
    .most = 2,
    .summary =
        "Compare two results: what was asked, what came out, and how sure the difference is.",
    .details =
        "Differences are B - A; z is the difference in standard errors of independent runs. "
        "Outputs go together, so\nthe numbers of large z scatter more about those by chance than "
        "independent ones would.\n"
        "Exit code: 0 all values (chosen by --output and --program) are equal, 1 they differ, 2 "
        "command line,\n65 not an intact result, 66 a file cannot be read.",
    .example = "fulcrum diff baseline.h5 two_to_one.h5 --output '*/leverage_ratio'",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
