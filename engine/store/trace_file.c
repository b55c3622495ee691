#include "store/trace_file.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/datafile.h"
#include "store/facts.h"

struct writer {
    const flc_trace *trace;
    const flc_study *study;
    flc_datafile *file;
    const char **keys; /* room for the longest list of keys */
    char (*names)[32]; /* room for units' names */
};

static void write_coordinates(struct writer *writer)
{
    const flc_model *model = writer->study->model;
    const uint64_t *samples;
    size_t count = flc_trace_samples(writer->trace, &samples);
    int32_t years[FLC_INDICES];
    flc_datafile_coordinate(writer->file, "", "sample", FLC_DATA_INT64, samples, count,
                            "number of the sample", "1");
    for (size_t t = 0; t < flc_model_years(model); t++)
        years[t] = (int32_t)(flc_model_base_year(model) + (int64_t)t);
    if (flc_model_years(model) > 0)
        flc_datafile_coordinate(writer->file, "", "fiscal_year", FLC_DATA_INT32, years,
                                flc_model_years(model), "federal fiscal year", "1");
    for (size_t p = 0; p <= flc_model_programs(model); p++)
        writer->keys[p] = flc_model_program_key(model, p);
    flc_datafile_coordinate(writer->file, "", "program", FLC_DATA_TEXT, writer->keys,
                            flc_model_programs(model) + 1, "program; the last is all together",
                            NULL);
}

/* Sources, outcomes, units and gates of a program, in its group. */
static void write_program_coordinates(struct writer *writer, size_t p)
{
    const flc_model *model = writer->study->model;
    size_t sources = flc_model_sources(model, p), outcomes = flc_model_outcomes(model, p);
    size_t units = flc_model_units(model, p);
    char group[128], below[144];
    snprintf(group, sizeof group, "programs/%s", flc_model_program_key(model, p));
    snprintf(below, sizeof below, "%s/units", group);
    for (size_t k = 0; k < sources; k++)
        writer->keys[k] = flc_model_source_key(model, p, k);
    if (sources)
        flc_datafile_coordinate(writer->file, group, "source", FLC_DATA_TEXT, writer->keys, sources,
                                "partner who matches federal money", NULL);
    for (size_t o = 0; o < outcomes; o++)
        writer->keys[o] = flc_model_outcome_key(model, p, o);
    if (outcomes)
        flc_datafile_coordinate(writer->file, group, "outcome", FLC_DATA_TEXT, writer->keys,
                                outcomes, "what the money moves", NULL);
    for (size_t u = 0; u < units; u++) {
        flc_model_unit_name(model, p, u, writer->names[u]);
        writer->keys[u] = writer->names[u];
    }
    if (units == 0)
        return;
    flc_datafile_coordinate(writer->file, below, "unit", FLC_DATA_TEXT, writer->keys, units,
                            "unit, <start>.<number in its cohort>", NULL);
    size_t gates = flc_model_program_inputs(model, p)->units.gates.count;
    if (gates)
        flc_datafile_dimension(writer->file, below, "gate", gates);
}

/* Of a plug-in model. */
static void write_shocks(struct writer *writer)
{
    const flc_model *model = writer->study->model;
    size_t count = flc_model_described(model)->shock_count;
    if (!flc_model_plugin(model) || count == 0)
        return;
    for (size_t s = 0; s < count; s++)
        writer->keys[s] = flc_names_text(writer->study->names, flc_model_shock_name(model, s));
    flc_datafile_coordinate(writer->file, FLC_TRACE_SHOCKS, "shock", FLC_DATA_TEXT, writer->keys,
                            count, "name of the shock's draws", NULL);
    flc_datafile_dimension(writer->file, FLC_TRACE_SHOCKS, "index", FLC_INDICES);
}

static void write_quantities(struct writer *writer)
{
    const flc_quantities *quantities = writer->study->quantities;
    size_t sampled = flc_quantities_sampled_count(quantities);
    const uint64_t *samples;
    size_t count = flc_trace_samples(writer->trace, &samples);
    if (sampled == 0)
        return;
    for (size_t q = 0; q < sampled; q++)
        writer->keys[q] =
            flc_quantities_path(quantities, flc_quantities_sampled_row(quantities, q));
    double *values = FLC_NEW(double, count *sampled, NULL);
    if (!values)
        return;
    for (size_t i = 0; i < count; i++)
        for (size_t q = 0; q < sampled; q++)
            values[i * sampled + q] = flc_trace_quantity(writer->trace, i, q);
    flc_datafile_dimension(writer->file, "parameters", "quantity", sampled);
    flc_datafile_variable(writer->file, "parameters", "path", FLC_DATA_TEXT, "quantity",
                          writer->keys, "path of the quantity in the study", NULL);
    flc_datafile_variable(writer->file, "parameters", "value", FLC_DATA_DOUBLE, "sample quantity",
                          values, "value as used", NULL);
    flc_free(values);
}

static void write_facts(struct writer *writer)
{
    int64_t seed = (int64_t)flc_trace_points(writer->trace).seed;
    flc_datafile_attribute_text(writer->file, "", NULL, "title", "Trace of single samples");
    flc_datafile_attribute_text(writer->file, "", NULL, "source", "fulcrum " FLC_VERSION);
    flc_datafile_attribute_text(writer->file, "", NULL, "study_sha256", writer->study->hash);
    flc_facts_write_model(writer->study, writer->file);
    flc_datafile_attribute_text(writer->file, "", NULL, "design",
                                flc_design_title(flc_trace_points(writer->trace).design));
    flc_datafile_variable(writer->file, "", "seed", FLC_DATA_INT64, "", &seed, "seed of the draws",
                          "1");
    flc_datafile_variable(writer->file, "", "study", FLC_DATA_TEXT, "", &writer->study->resolved,
                          "the study with all defaults (YAML)", NULL);
}

static void write_all(struct writer *writer)
{
    const flc_series *series;
    size_t count = flc_trace_series(writer->trace, &series);
    write_coordinates(writer);
    write_facts(writer);
    write_shocks(writer);
    write_quantities(writer);
    for (size_t p = 0; p <= flc_model_programs(writer->study->model); p++)
        write_program_coordinates(writer, p);
    for (size_t i = 0; i < count; i++)
        flc_datafile_variable(writer->file, series[i].group, series[i].name, FLC_DATA_DOUBLE,
                              series[i].dimensions, series[i].values, series[i].sentence,
                              series[i].unit);
}

/* Length of the longest list of keys. */
static size_t most_keys(const flc_study *study)
{
    size_t most = flc_quantities_sampled_count(study->quantities);
    size_t shocks =
        flc_model_plugin(study->model) ? flc_model_described(study->model)->shock_count : 0;
    most = shocks > most ? shocks : most;
    for (size_t p = 0; p <= flc_model_programs(study->model); p++) {
        size_t sum = flc_model_units(study->model, p) + flc_model_sources(study->model, p) +
                     flc_model_outcomes(study->model, p) + p + 1;
        most = sum > most ? sum : most;
    }
    return most;
}

flc_status flc_trace_file_save(const char *path, const flc_trace *trace, flc_error *error)
{
    const flc_study *study = flc_trace_study(trace);
    struct writer writer = {.trace = trace, .study = study};
    flc_status status = FLC_ERROR_MEMORY;
    writer.keys = FLC_NEW(const char *, most_keys(study), error);
    writer.names = flc_allocate(most_keys(study), sizeof *writer.names, error);
    if (writer.keys && writer.names)
        status = flc_datafile_create(&writer.file, error);
    if (!status) {
        write_all(&writer);
        status = flc_datafile_save(writer.file, path, error);
    }
    flc_datafile_free(writer.file);
    flc_free(writer.names);
    flc_free(writer.keys);
    return status;
}
