/* Write a file that uses everything datafile.h offers, for readers in other languages.
 *
 *     write_datafile FILE [variables]     with a number: as many variables more, to see how it
 * scales
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/datafile.h"

enum { PROGRAMS = 3, YEARS = 4, QUANTILES = 5, UNITS = 300, SAMPLES = 2, STUDY_BYTES = 100000 };

static void write_axes(flc_datafile *file)
{
    static const char *const programs[PROGRAMS] = {"MEP", "EDA", "portfolio"};
    static const char *const labels[PROGRAMS] = {"Manufacturing Extension Partnership",
                                                 "经济发展署 – Développement", "all programs"};
    static const int32_t years[YEARS] = {2025, 2026, 2027, 2028};
    static const double quantiles[QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};
    flc_datafile_coordinate(file, "", "program", FLC_DATA_TEXT, programs, PROGRAMS, "program",
                            NULL);
    flc_datafile_coordinate(file, "", "fiscal_year", FLC_DATA_INT32, years, YEARS, "fiscal year",
                            "year");
    flc_datafile_coordinate(file, "", "quantile", FLC_DATA_DOUBLE, quantiles, QUANTILES,
                            "cumulative probability", "1");
    flc_datafile_variable(file, "", "program_name", FLC_DATA_TEXT, "program", labels,
                          "name of the program", NULL);
}

static void write_root(flc_datafile *file)
{
    static double npv[PROGRAMS * YEARS * QUANTILES];
    static const int32_t undefined[PROGRAMS] = {0, 7, -1};
    static const int64_t draws[PROGRAMS] = {1, 9007199254740993, INT64_MIN};
    static const int32_t flags[3] = {0, 1, 2};
    static const double range[2] = {-1e300, 1e300};
    for (size_t i = 0; i < PROGRAMS * YEARS * QUANTILES; i++)
        npv[i] = i % 7 == 3 ? -(double)NAN : 0.1 * (double)i;
    flc_datafile_attribute_text(file, "", NULL, "title", "A file for readers – 测试");
    flc_datafile_attribute_text(file, "", NULL, "empty", "");
    flc_datafile_attribute_int64(file, "", NULL, "samples", 1000000);
    flc_datafile_attribute_double(file, "", NULL, "tolerance", 1e-3);
    flc_datafile_variable(file, "", "npv_quantile", FLC_DATA_DOUBLE, "program fiscal_year quantile",
                          npv, "net present value, quantiles", "USD million");
    flc_datafile_attribute_text(file, "", "npv_quantile", "coordinates", "program_name");
    flc_datafile_attribute_doubles(file, "", "npv_quantile", "valid_range", range, 2);
    flc_datafile_variable(file, "", "npv_undefined", FLC_DATA_INT32, "program", undefined,
                          "undefined samples", "1");
    flc_datafile_attribute_integers(file, "", "npv_undefined", "flag_values", flags, 3);
    flc_datafile_variable(file, "", "draws", FLC_DATA_INT64, "program", draws, "large integers",
                          "1");
}

static void write_study(flc_datafile *file)
{
    static char study[STUDY_BYTES + 1];
    const char *text = study;
    const char *seed = "42", *empty = "", *latin = "caf\xE9";
    const double pi = 3.141592653589793;
    for (size_t i = 0; i < STUDY_BYTES; i++)
        study[i] = i % 61 == 60 ? '\n' : (char)('a' + i % 26);
    memcpy(study, "标题", 6);
    flc_datafile_variable(file, "", "study", FLC_DATA_TEXT, "", &text, "study as resolved", NULL);
    flc_datafile_variable(file, "", "seed", FLC_DATA_TEXT, "", &seed, "seed", NULL);
    flc_datafile_variable(file, "", "empty_text", FLC_DATA_TEXT, "", &empty, "no text", NULL);
    flc_datafile_variable(file, "", "not_utf8", FLC_DATA_TEXT, "", &latin, "Latin-1 byte", NULL);
    flc_datafile_variable(file, "", "pi", FLC_DATA_DOUBLE, "", &pi, "scalar", "1");
}

static void write_units(flc_datafile *file)
{
    const char *group = "programs/MEP/units";
    static double draws[SAMPLES * UNITS * YEARS * QUANTILES * 10];
    static const char *labels[UNITS];
    static char names[UNITS][16];
    for (size_t i = 0; i < UNITS; i++)
        labels[i] = memcpy(names[i], "1988.", 6);
    for (size_t i = 0; i < UNITS; i++)
        snprintf(names[i], sizeof names[i], "1988.%zu", i);
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        draws[i] = (double)(i / 7);
    flc_datafile_dimension(file, "", "sample", SAMPLES);
    flc_datafile_coordinate(file, "programs/MEP", "unit", FLC_DATA_TEXT, labels, UNITS,
                            "unit: start and number", NULL);
    flc_datafile_dimension(file, group, "quarter", 10);
    flc_datafile_dimension(file, "programs/MEP", "outcome", 0);
    flc_datafile_group(file, "provenance/empty");
    flc_datafile_variable(file, group, "draw_z", FLC_DATA_DOUBLE,
                          "sample unit fiscal_year quantile quarter", draws, "normal draws", "1");
    flc_datafile_variable(file, group, "draw_outcome_z", FLC_DATA_DOUBLE, "sample outcome", NULL,
                          "draws of no outcome", "1");
    flc_datafile_variable(file, group, "size", FLC_DATA_DOUBLE, "unit", draws, "size factor", "1");
}

static void write_more(flc_datafile *file, size_t count)
{
    static const double values[PROGRAMS * YEARS];
    char name[64];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "output_%zu_mean", i);
        flc_datafile_variable(file, "", name, FLC_DATA_DOUBLE, "program fiscal_year", values,
                              "an output", "1");
    }
}

int main(int count, char **arguments)
{
    flc_datafile *file;
    flc_error error;
    if (count < 2)
        return FLC_ERROR_USAGE;
    flc_status status = flc_datafile_create(&file, &error);
    if (status == FLC_OK) {
        write_axes(file);
        write_root(file);
        write_study(file);
        write_units(file);
        if (count > 2)
            write_more(file, strtoull(arguments[2], NULL, 10));
        status = flc_datafile_save(file, arguments[1], &error);
        flc_datafile_free(file);
    }
    if (status != FLC_OK)
        fprintf(stderr, "%s\n", error.text);
    return status;
}
