#include "store/labels.h"

#include <string.h>

#include "base/memory.h"

static void write_coordinates(const flc_study *study, flc_datafile *file, const char **keys)
{
    size_t programs = flc_model_programs(study->model) + 1;
    int32_t years[FLC_INDICES];
    for (size_t p = 0; p < programs; p++)
        keys[p] = flc_model_program_key(study->model, p);
    flc_datafile_coordinate(file, "", "program", FLC_DATA_TEXT, keys, programs,
                            "program; portfolio is all of them together", NULL);
    for (size_t t = 0; t < flc_model_years(study->model); t++)
        years[t] = (int32_t)(flc_model_base_year(study->model) + (int64_t)t);
    if (flc_model_years(study->model) == 0)
        return;
    flc_datafile_coordinate(file, "", "fiscal_year", FLC_DATA_INT32, years,
                            flc_model_years(study->model), "federal fiscal year", "1");
}

static void write_members(const flc_study *study, flc_datafile *file, const char **keys)
{
    static const flc_member members[2] = {FLC_MEMBER_SOURCE, FLC_MEMBER_OUTCOME};
    static const char *const names[2] = {"source", "outcome"};
    static const char *const meanings[2] = {"partner who matches federal money",
                                            "what the money moves"};
    for (int m = 0; m < 2; m++) {
        size_t count = flc_metrics_members(&study->metrics, members[m]);
        for (size_t k = 0; k < count; k++)
            keys[k] = flc_metrics_member_key(&study->metrics, members[m], k);
        if (count > 0)
            flc_datafile_coordinate(file, "", names[m], FLC_DATA_TEXT, keys, count, meanings[m],
                                    NULL);
    }
}

/* Names for people, in English and Chinese, beside the keys. */
static void write_program_names(const flc_study *study, flc_datafile *file, const char **keys)
{
    size_t programs = flc_model_programs(study->model);
    const struct flc_program_inputs *items = study->inputs->model.programs.items;
    const flc_model_description *described = flc_model_described(study->model);
    bool plugged = flc_model_plugin(study->model) != NULL;
    const char *title = described->title ? described->title : described->name;
    for (int chinese = 0; chinese < 2; chinese++) {
        for (size_t p = 0; p < programs; p++) {
            const char *name = chinese ? items[p].info.name_zh : items[p].info.name;
            keys[p] = name ? name : items[p].info.key;
        }
        keys[programs] = plugged ? title : chinese ? "全部项目" : "Portfolio";
        flc_datafile_variable(
            file, "", chinese ? "program_name_zh" : "program_name", FLC_DATA_TEXT, "program", keys,
            chinese ? "name of the program in Chinese" : "name of the program", NULL);
    }
}

/* A name and a unit for each outcome, from the first program that has it. */
static void write_outcome_names(const flc_study *study, flc_datafile *file, const char **keys)
{
    static const char *const variables[3] = {"outcome_name", "outcome_name_zh", "outcome_unit"};
    static const char *const meanings[3] = {"name of the outcome", "name of the outcome in Chinese",
                                            "unit of the outcome"};
    size_t outcomes = flc_metrics_members(&study->metrics, FLC_MEMBER_OUTCOME);
    for (int v = 0; v < 3 && outcomes > 0; v++) {
        for (size_t k = 0; k < outcomes; k++) {
            const char *key = flc_metrics_member_key(&study->metrics, FLC_MEMBER_OUTCOME, k);
            keys[k] = v == 2 ? "" : key;
            for (size_t p = flc_model_programs(study->model); p-- > 0;) {
                const flc_items *list = &flc_model_program_inputs(study->model, p)->outcomes;
                const struct flc_outcome_inputs *items = list->items;
                for (size_t o = 0; o < list->count; o++) {
                    const flc_section_info *info = &items[o].info;
                    const char *text = v == 0 ? info->name : v == 1 ? info->name_zh : info->unit;
                    if (text && strcmp(info->key, key) == 0)
                        keys[k] = text;
                }
            }
        }
        flc_datafile_variable(file, "", variables[v], FLC_DATA_TEXT, "outcome", keys, meanings[v],
                              NULL);
    }
}

/* Room for the longest list of keys. */
static size_t most_keys(const flc_study *study)
{
    size_t most = flc_model_programs(study->model) + 1;
    for (int m = FLC_MEMBER_NONE; m <= FLC_MEMBER_OUTCOME; m++) {
        size_t count = flc_metrics_members(&study->metrics, (flc_member)m);
        most = count > most ? count : most;
    }
    return most;
}

flc_status flc_labels_write(const flc_study *study, flc_datafile *file, flc_error *error)
{
    const char **keys = FLC_NEW(const char *, most_keys(study), error);
    if (!keys)
        return FLC_ERROR_MEMORY;
    write_coordinates(study, file, keys);
    write_members(study, file, keys);
    write_program_names(study, file, keys);
    write_outcome_names(study, file, keys);
    flc_free(keys);
    return flc_datafile_status(file, error);
}

const char *flc_labels_dimensions(const flc_metric *metric)
{
    static const char *const texts[3][2] = {{"program", "program fiscal_year"},
                                            {"program source", "program source fiscal_year"},
                                            {"program outcome", "program outcome fiscal_year"}};
    return texts[metric->member][metric->by_year];
}
