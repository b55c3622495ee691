/* fulcrum export: a table of any of our files as CSV. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "command/options.h"
#include "store/table_csv.h"

struct settings {
    const char *output, *table;
    struct cli_texts of, statistics;
    bool wide, names, excel, list;
};

static const struct cli_option options[] = {
    {'o', "output", "FILE.csv", CLI_TEXT, offsetof(struct settings, output),
     "file to write (default: standard output)"},
    {0, "of", "PATTERN", CLI_TEXTS, offsetof(struct settings, of),
     "only these outputs: MEP/federal/2030, '*/leverage_ratio', outcome_net; repeatable"},
    {'s', "statistic", "PATTERN", CLI_TEXTS, offsetof(struct settings, statistics),
     "only these statistics: mean, 'quantile*'; repeatable (default: no histograms)"},
    {'w', "wide", NULL, CLI_FLAG, offsetof(struct settings, wide),
     "a line for each program and fiscal year, a column for each statistic"},
    {'t', "table", "NAME", CLI_TEXT, offsetof(struct settings, table),
     "another table of the file: target, until, study ... (default: the largest)"},
    {0, "names", NULL, CLI_FLAG, offsetof(struct settings, names),
     "also columns with names of programs and outcomes, in English and Chinese"},
    {0, "excel", NULL, CLI_FLAG, offsetof(struct settings, excel),
     "with the byte order mark and the line ends by which Excel knows UTF-8"},
    {'l', "list", NULL, CLI_FLAG, offsetof(struct settings, list), "the tables of the file"},
};

/* ---- where it goes --------------------------------------------------------------------------- */

struct target {
    flc_file *file; /* NULL: standard output */
    uint64_t length;
};

static flc_status put(void *to, const char *bytes, size_t length, flc_error *error)
{
    struct target *target = to;
    if (target->file) {
        flc_status status = flc_file_put(target->file, target->length, bytes, length, error);
        target->length += length;
        return status;
    }
    if (fwrite(bytes, 1, length, stdout) == length)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_OUTPUT, "standard output: %s", strerror(errno));
}

static void print_extent(const struct settings *settings, const flc_tables *tables,
                         const flc_table *table, flc_table_csv_extent extent)
{
    printf("%s: table %s, %" PRIu64 " lines of %zu columns", settings->output, table->name,
           extent.lines, extent.columns);
    if (!settings->table && flc_tables_count(tables) > 1)
        printf("; --list names %zu more", flc_tables_count(tables) - 1);
    printf("\n");
}

static flc_status write_table(const struct settings *settings, const flc_tables *tables,
                              const flc_table *table, flc_error *error)
{
    const flc_table_csv_choice choice = {settings->of.text,
                                         settings->of.count,
                                         settings->statistics.text,
                                         settings->statistics.count,
                                         settings->wide,
                                         settings->names,
                                         settings->excel};
    struct target target = {NULL, 0};
    flc_table_csv_extent extent;
    flc_status status =
        settings->output ? flc_file_begin(&target.file, settings->output, error) : FLC_OK;
    if (status == FLC_OK)
        status = flc_table_csv_write(&extent, tables, table, &choice,
                                     (flc_table_csv_sink){put, &target}, error);
    if (status || !target.file) {
        flc_file_free(target.file);
        return status;
    }
    status = flc_file_commit(target.file, error);
    if (status == FLC_OK)
        print_extent(settings, tables, table, extent);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* The keys of the section that has most of them. */
static void print_keys(const flc_table *table)
{
    const flc_tables_section *most = table->sections[0];
    for (size_t s = 1; s < table->count; s++)
        most = table->sections[s]->rank > most->rank ? table->sections[s] : most;
    for (size_t k = 0; k < most->rank; k++)
        printf("%s%s", k ? ", " : " by ", most->axes[k]->name);
}

static void print_list(const flc_tables *tables)
{
    for (size_t i = 0; i < flc_tables_count(tables); i++) {
        const flc_table *table = flc_tables_get(tables, i);
        printf("%-28s %zu row%s", table->name, flc_tables_rows(table),
               flc_tables_rows(table) == 1 ? "" : "s");
        print_keys(table);
        printf("%s\n", table == flc_tables_main(tables) ? " (unless --table says otherwise)" : "");
    }
}

static flc_status export_tables(const struct settings *settings, const flc_tables *tables,
                                flc_error *error)
{
    if (settings->list) {
        print_list(tables);
        return FLC_OK;
    }
    const flc_table *table =
        settings->table ? flc_tables_find(tables, settings->table, error) : flc_tables_main(tables);
    return table ? write_table(settings, tables, table, error) : FLC_ERROR_USAGE;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.output = NULL};
    const char *path = NULL;
    size_t operands;
    bool helped;
    flc_datareader *reader = NULL;
    flc_tables *tables = NULL;
    flc_status status =
        cli_read(&cli_export, &settings, &path, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if (settings.output && flc_file_same(settings.output, path))
        return flc_error_set(error, FLC_ERROR_USAGE, "-o %s is the file to read", settings.output);
    status = flc_datareader_open(&reader, path, error);
    if (status == FLC_OK)
        status = flc_tables_create(&tables, reader, path, error);
    if (status == FLC_OK)
        status = export_tables(&settings, tables, error);
    flc_tables_free(tables);
    flc_datareader_free(reader);
    return status;
}

const struct cli_command cli_export = {
    .name = "export",
    .operands = "FILE.h5",
    .least = 1,
    .most = 1,
    .summary = "Write a table of a result, or of any other file of fulcrum, as CSV.",
    .details = "Without --wide there is a line for each value: output, program, member, fiscal "
               "year, statistic (and quantile),\nvalue, unit. An empty fiscal year: over the "
               "horizon. Numbers have all their digits; empty is undefined, Inf is\n\"never\". "
               "Kept samples: a column for each name with --wide.",
    .example = "fulcrum export baseline.h5 --wide --of '*/leverage_ratio' -o leverage.csv",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
