#include "store/facts.h"

#include <inttypes.h>
#include <stdio.h>

static const char REPLICATED[] =
    "standard errors and intervals from 16 replicates, of 15 degrees of freedom";
_Static_assert(FLC_REPLICATES == 16, "what the text says");

void flc_facts_write_model(const flc_study *study, flc_datafile *file)
{
    const flc_plugin *plugin = flc_model_plugin(study->model);
    if (!plugin)
        return;
    flc_datafile_attribute_text(file, "", NULL, "model", plugin->description->name);
    flc_datafile_attribute_text(file, "", NULL, "model_version", plugin->description->version);
    flc_datafile_attribute_text(file, "", NULL, "model_sha256", plugin->sha256);
}

void flc_facts_write(const flc_study *study, const flc_facts *facts, flc_datafile *file)
{
    const struct flc_study_inputs *inputs = study->inputs;
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, facts->points.seed);
    const flc_plugin *plugin = flc_model_plugin(study->model);
    const char *fallback =
        plugin && plugin->description->title ? plugin->description->title : facts->title;
    flc_datafile_attribute_text(file, "", NULL, "title", inputs->title ? inputs->title : fallback);
    if (inputs->title_zh)
        flc_datafile_attribute_text(file, "", NULL, "title_zh", inputs->title_zh);
    flc_datafile_attribute_text(file, "", NULL, "summary", facts->summary);
    flc_datafile_attribute_text(file, "", NULL, "source", "fulcrum " FLC_VERSION);
    flc_datafile_attribute_text(file, "", NULL, "Conventions", "ACDD-1.3");
    flc_datafile_attribute_int64(file, "", NULL, facts->format_name, facts->format);
    flc_datafile_attribute_int64(file, "", NULL, "samples", (int64_t)facts->samples);
    flc_datafile_attribute_text(file, "", NULL, "seed", seed);
    flc_datafile_attribute_text(file, "", NULL, "design", flc_design_title(facts->points.design));
    if (facts->points.design != FLC_DESIGN_MC)
        flc_datafile_attribute_text(file, "", NULL, "errors", REPLICATED);
    flc_datafile_attribute_text(file, "", NULL, "study_sha256", study->hash);
    flc_facts_write_model(study, file);
}
