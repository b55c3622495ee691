#include "study/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/place.h"
#include "base/sha256.h"
#include "study/compose.h"
#include "study/plugged.h"
#include "study/reader.h"
#include "study/resolved.h"

/* What a study owns. */
struct flc_study_parts {
    flc_arena *arena;
    flc_plugin *plugin;
    struct flc_study_inputs *inputs; /* the beginning of what the section reads */
    flc_quantities *quantities;
    flc_provenance *provenance;
    flc_names *names;
    flc_model *model;
};

void flc_study_free(flc_study *study)
{
    if (!study)
        return;
    struct flc_study_parts *parts = study->parts;
    if (parts) {
        flc_model_free(parts->model);
        flc_plugin_free(parts->plugin);
        flc_names_free(parts->names);
        flc_provenance_free(parts->provenance);
        flc_quantities_free(parts->quantities);
        flc_arena_free(parts->arena);
        flc_free(parts);
    }
    flc_free(study);
}

static flc_study *create_empty(flc_error *error)
{
    flc_study *study = FLC_NEW(flc_study, 1, error);
    if (!study)
        return NULL;
    struct flc_study_parts *parts = study->parts = FLC_NEW(struct flc_study_parts, 1, error);
    if (parts && (parts->arena = flc_arena_create(error)) &&
        (parts->quantities = flc_quantities_create(error)) &&
        (parts->provenance = flc_provenance_create(error)) &&
        (parts->names = flc_names_create(error))) {
        study->quantities = parts->quantities;
        study->provenance = parts->provenance;
        study->names = parts->names;
        return study;
    }
    flc_study_free(study);
    return NULL;
}

/* ---- dependence ------------------------------------------------------------------------------ */

static flc_status tie(struct flc_study_parts *parts, const struct flc_dependence_inputs *item,
                      flc_error *error)
{
    const flc_section_info *info = &item->info;
    if (item->pair.count != 2)
        return flc_place_error(error, FLC_ERROR_STUDY, info->mark, info->path,
                               "'pair' needs two paths, not %zu", item->pair.count);
    if (flc_quantities_is_sampled(parts->quantities, item->rank.row))
        return flc_place_error(error, FLC_ERROR_STUDY, info->mark, info->path,
                               "'rank' must be a number, not a distribution");
    flc_status status =
        flc_quantities_tie(parts->quantities, item->pair.text[0], item->pair.text[1],
                           flc_quantities_value(parts->quantities, item->rank.row), error);
    if (!status)
        return FLC_OK;
    flc_error cause = *error;
    return flc_place_error(error, status, info->mark, info->path, "%s", cause.text);
}

static flc_status tie_all(struct flc_study_parts *parts, flc_error *error)
{
    const flc_items *items = &parts->inputs->dependence;
    const struct flc_dependence_inputs *list = items->items;
    flc_status status = FLC_OK;
    for (size_t i = 0; i < items->count && !status; i++)
        status = tie(parts, &list[i], error);
    if (status ||
        (status = flc_quantities_finish(parts->quantities, parts->names, error)) == FLC_OK)
        return status;
    flc_error cause = *error;
    flc_mark mark = items->count ? list[0].info.mark : parts->inputs->info.mark;
    return flc_place_error(error, status, mark, "dependence", "%s", cause.text);
}

/* ---- targets --------------------------------------------------------------------------------- */

static flc_status resolve_target(const flc_study *study, flc_target *target,
                                 const struct flc_target_inputs *item, flc_error *error)
{
    const flc_section_info *info = &item->info;
    bool least = item->at_least.row != FLC_NO_ROW, most = item->at_most.row != FLC_NO_ROW;
    if (least == most)
        return flc_place_error(error, FLC_ERROR_STUDY, info->mark, info->path,
                               "give either 'at_least' or 'at_most'");
    uint32_t row = least ? item->at_least.row : item->at_most.row;
    if (flc_quantities_is_sampled(study->quantities, row))
        return flc_place_error(error, FLC_ERROR_STUDY, info->mark, info->path,
                               "a threshold must be a number, not a distribution");
    target->threshold = flc_quantities_value(study->quantities, row);
    target->side = least ? FLC_AT_LEAST : FLC_AT_MOST;
    flc_error cause;
    flc_status status =
        flc_metrics_find(&study->metrics, &target->output, item->output, item->fiscal_year, &cause);
    if (status)
        return flc_place_error(error, status, info->mark, info->path, "%s", cause.text);
    return FLC_OK;
}

static flc_status resolve_targets(flc_study *study, flc_error *error)
{
    const struct flc_target_inputs *items = study->inputs->targets.items;
    size_t count = study->inputs->targets.count;
    flc_target *targets = flc_arena_take(study->parts->arena, count + 1, sizeof *targets, error);
    if (!targets)
        return FLC_ERROR_MEMORY;
    study->targets = targets;
    study->target_count = count;
    flc_status status = FLC_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = resolve_target(study, &targets[i], &items[i], error);
    return status;
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_status keep_texts(flc_study *study, const flc_document *document, flc_error *error)
{
    flc_arena *arena = study->parts->arena;
    const char *text = flc_document_text(document, &study->text_length);
    const char *name = flc_document_name(document);
    study->text = flc_arena_copy(arena, text, study->text_length, error);
    study->file = flc_arena_copy(arena, name, strlen(name), error);
    return study->text && study->file ? FLC_OK : FLC_ERROR_MEMORY;
}

static void print_hash(char hash[FLC_STUDY_HASH + 1], const char *text, size_t length)
{
    unsigned char digest[FLC_SHA256_BYTES];
    flc_sha256(text, length, digest);
    flc_sha256_hex(hash, digest);
}

static flc_status print_resolved(flc_study *study, flc_error *error)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    flc_status status =
        flc_resolved_print(&buffer, study->inputs, study->section, study->quantities,
                           study->provenance, FLC_RESOLVED_CANONICAL);
    if (!status) {
        study->resolved = flc_arena_copy(study->parts->arena, buffer.text, buffer.length, error);
        study->resolved_length = buffer.length;
        status = study->resolved ? FLC_OK : FLC_ERROR_MEMORY;
    }
    if (!status)
        print_hash(study->hash, study->resolved, study->resolved_length);
    flc_buffer_clear(&buffer);
    return status;
}

/* What files include is in the document; what is left was set on top of it. */
static flc_status check_included(const flc_study *study, flc_error *error)
{
    const flc_origin *given = flc_provenance_find(study->provenance, "include");
    if (!given)
        return FLC_OK;
    return flc_place_error(error, FLC_ERROR_STUDY, given->mark, "include",
                           "files are included where a file says so, they cannot be set");
}

/* ---- models ---------------------------------------------------------------------------------- */

static flc_status read_inputs(flc_study *study, const flc_document *document, const flc_study *like,
                              flc_error *error)
{
    struct flc_study_parts *parts = study->parts;
    flc_reader reader = {.arena = parts->arena,
                         .quantities = parts->quantities,
                         .provenance = parts->provenance,
                         .file = study->file,
                         .like_quantities = like ? like->quantities : NULL,
                         .like_provenance = like ? like->provenance : NULL};
    parts->inputs = flc_arena_take(parts->arena, study->section->size, 1, error);
    if (!parts->inputs)
        return FLC_ERROR_MEMORY;
    study->inputs = parts->inputs;
    flc_status status =
        flc_reader_read(&reader, parts->inputs, study->section, flc_document_root(document), error);
    return status ? status : check_included(study, error);
}

static flc_status build_portfolio(flc_study *study, const flc_document *document,
                                  const flc_study *like, flc_error *error)
{
    struct flc_study_parts *parts = study->parts;
    study->section = &flc_study_section;
    flc_status status = read_inputs(study, document, like, error);
    return status ? status
                  : flc_model_create(&parts->model, &parts->inputs->model, parts->quantities,
                                     parts->names, error);
}

static flc_status build_plugged(flc_study *study, const flc_document *document,
                                const flc_study *like, flc_error *error)
{
    struct flc_study_parts *parts = study->parts;
    const size_t *offsets;
    size_t count = parts->plugin->description->quantity_count;
    flc_quantity *rows = flc_arena_take(parts->arena, count + 1, sizeof *rows, error);
    flc_status status = rows ? FLC_OK : FLC_ERROR_MEMORY;
    if (status ||
        (status =
             flc_plugged_section(&study->section, &offsets, parts->plugin, parts->arena, error)) ||
        (status = read_inputs(study, document, like, error)))
        return status;
    flc_plugged_name(parts->inputs, parts->plugin);
    for (size_t q = 0; q < count; q++)
        memcpy(&rows[q], (const char *)parts->inputs + offsets[q], sizeof *rows);
    return flc_model_create_plugged(&parts->model, parts->plugin, rows, parts->quantities,
                                    parts->names, error);
}

static flc_status build(flc_study *study, const flc_document *document, const flc_study *like,
                        flc_error *error)
{
    struct flc_study_parts *parts = study->parts;
    flc_status status = keep_texts(study, document, error);
    if (!status)
        status = parts->plugin ? build_plugged(study, document, like, error)
                               : build_portfolio(study, document, like, error);
    if (status)
        return status;
    study->model = parts->model;
    if ((status = tie_all(parts, error)) ||
        (status = flc_metrics_init(&study->metrics, study->model, parts->arena, error)) ||
        (status = resolve_targets(study, error)))
        return status;
    return print_resolved(study, error);
}

/* Takes the plug-in, also after an error; NULL: the portfolio. */
static flc_status create(flc_study **study_out, const flc_document *document, flc_plugin *plugin,
                         const flc_study *like, flc_error *error)
{
    flc_study *study = create_empty(error);
    flc_status status = FLC_ERROR_MEMORY;
    if (study) {
        study->parts->plugin = plugin;
        status = build(study, document, like, error);
    } else {
        flc_plugin_free(plugin);
    }
    if (status)
        flc_study_free(study);
    else
        *study_out = study;
    return status;
}

static bool names_model(const char *assignment)
{
    return strncmp(assignment, FLC_PLUGGED_ASSIGNMENT, strlen(FLC_PLUGGED_ASSIGNMENT)) == 0;
}

/* The plug-in that the document is for, its standards put in; NULL for the portfolio. */
static flc_status plug_in(flc_plugin **plugin, flc_document *document,
                          const char *const *assignments, size_t assignment_count, flc_error *error)
{
    const char *library;
    *plugin = NULL;
    flc_status status =
        flc_plugged_library(&library, document, assignments, assignment_count, error);
    if (!status && library)
        status = flc_plugin_open(plugin, library, error);
    if (!status && library)
        status = flc_plugged_complete(document, *plugin, error);
    if (!status)
        return FLC_OK;
    flc_plugin_free(*plugin);
    *plugin = NULL;
    return status;
}

/* From a document that is read or parsed. */
static flc_status finish(flc_study **study, flc_document *document, const char *overlay,
                         const char *const *assignments, size_t assignment_count,
                         const flc_study *like, flc_error *error)
{
    flc_plugin *plugin = NULL;
    flc_status status = flc_compose(document, error);
    if (!status && overlay)
        status = flc_compose_overlay(document, overlay, error);
    for (size_t i = 0; i < assignment_count && !status; i++)
        if (!names_model(assignments[i]))
            status = flc_document_set(document, assignments[i], error);
    if (!status)
        status = plug_in(&plugin, document, assignments, assignment_count, error);
    return status ? status : create(study, document, plugin, like, error);
}

static bool is_yaml_by_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* A shared object in place of a study: one that says nothing but its model. */
static bool is_library(const char *path, const char *const *assignments, size_t assignment_count)
{
    char *bytes = NULL;
    size_t length = 0;
    for (size_t i = 0; i < assignment_count; i++)
        if (names_model(assignments[i]) &&
            strcmp(assignments[i] + strlen(FLC_PLUGGED_ASSIGNMENT), path) == 0)
            return true;
    if (is_yaml_by_name(path))
        return false;
    bool elf = flc_file_read(&bytes, &length, path, SIZE_MAX / 4, NULL) == FLC_OK && length > 4 &&
               memcmp(bytes,
                      "\x7f"
                      "ELF",
                      4) == 0;
    flc_free(bytes);
    return elf;
}

/* The study that a model alone stands for: all its standards. */
static flc_status open_library(flc_document **document, const char *path, flc_error *error)
{
    const char *slash = strrchr(path, '/');
    flc_buffer text;
    flc_buffer_init(&text, error);
    flc_buffer_add(&text, "fulcrum: 1\nmodel: ");
    flc_resolved_text(&text, slash ? slash + 1 : path);
    flc_buffer_add(&text, "\n");
    flc_status status = text.status;
    if (!status)
        status = flc_document_parse(document, text.text, text.length, path, error);
    flc_buffer_clear(&text);
    return status;
}

flc_status flc_study_load(flc_study **study, const char *path, const char *const *assignments,
                          size_t assignment_count, flc_error *error)
{
    return flc_study_load_like(study, path, NULL, assignments, assignment_count, NULL, error);
}

flc_status flc_study_load_overlay(flc_study **study, const char *path, const char *overlay,
                                  const char *const *assignments, size_t assignment_count,
                                  flc_error *error)
{
    return flc_study_load_like(study, path, overlay, assignments, assignment_count, NULL, error);
}

flc_status flc_study_load_like(flc_study **study, const char *path, const char *overlay,
                               const char *const *assignments, size_t assignment_count,
                               const flc_study *like, flc_error *error)
{
    flc_document *document = NULL;
    flc_status status = is_library(path, assignments, assignment_count)
                            ? open_library(&document, path, error)
                            : flc_document_load(&document, path, error);
    if (!status)
        status = finish(study, document, overlay, assignments, assignment_count, like, error);
    flc_document_free(document);
    return status;
}

flc_status flc_study_parse(flc_study **study, const char *text, size_t length, const char *name,
                           flc_error *error)
{
    return flc_study_parse_like(study, text, length, name, NULL, error);
}

flc_status flc_study_parse_like(flc_study **study, const char *text, size_t length,
                                const char *name, const flc_study *like, flc_error *error)
{
    return flc_study_parse_with(study, text, length, name, NULL, like, error);
}

/* "model=FILE", to be freed. */
static char *library_assignment(const char *library, flc_error *error)
{
    size_t room = sizeof FLC_PLUGGED_ASSIGNMENT + strlen(library);
    char *text = flc_allocate(room, 1, error);
    if (text)
        snprintf(text, room, FLC_PLUGGED_ASSIGNMENT "%s", library);
    return text;
}

flc_status flc_study_parse_with(flc_study **study, const char *text, size_t length,
                                const char *name, const char *library, const flc_study *like,
                                flc_error *error)
{
    flc_document *document = NULL;
    char *assignment = library ? library_assignment(library, error) : NULL;
    const char *const assignments[1] = {assignment};
    flc_status status = library && !assignment ? FLC_ERROR_MEMORY : FLC_OK;
    if (!status)
        status = flc_document_parse(&document, text, length, name, error);
    if (!status)
        status = finish(study, document, NULL, assignments, library ? 1 : 0, like, error);
    flc_document_free(document);
    flc_free(assignment);
    return status;
}

const char *flc_study_library(const flc_study *study)
{
    return study->parts->plugin ? study->parts->plugin->path : NULL;
}

/* ---- warnings -------------------------------------------------------------------------------- */

/* In budget mode share a taper among units of equal age changes nothing. */
static bool warn_taper(const struct flc_program_inputs *program, char *text, size_t room)
{
    if (program->budget.mode != FLC_BUDGET_SHARE || !program->taper.info.given ||
        program->units.cohorts.count > 1)
        return false;
    snprintf(text, room, "%s: in budget mode share a taper does nothing among units of equal age",
             program->taper.info.path);
    return true;
}

/* A plan of 0 in every year: a program that waits for money. */
static bool plans_nothing(const flc_study *study, const flc_schedule *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (flc_quantities_high(study->quantities, plan->value[i].row) > 0.0)
            return false;
    return plan->count > 0;
}

/* A program all of whose units start after the horizon, though it has money. */
static bool warn_late(const flc_study *study, const struct flc_program_inputs *program, char *text,
                      size_t room)
{
    const struct flc_horizon_inputs *horizon = &study->inputs->model.horizon;
    const struct flc_cohort_inputs *cohorts = program->units.cohorts.items;
    for (size_t c = 0; c < program->units.cohorts.count; c++)
        if (cohorts[c].start < horizon->base_year + horizon->years)
            return false;
    if (program->units.cohorts.count == 0 || plans_nothing(study, &program->budget.plan))
        return false;
    snprintf(text, room, "%s: all units start after the horizon", program->units.info.path);
    return true;
}

const char *flc_study_warning(const flc_study *study, size_t i, char *text, size_t room)
{
    const struct flc_program_inputs *programs = study->inputs->model.programs.items;
    for (size_t p = 0; p < study->inputs->model.programs.count; p++) {
        if (warn_taper(&programs[p], text, room) && i-- == 0)
            return text;
        if (warn_late(study, &programs[p], text, room) && i-- == 0)
            return text;
    }
    return NULL;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

size_t flc_study_held(const flc_study *study)
{
    size_t bytes = flc_arena_bytes(study->parts->arena);
    return bytes + bytes / 2;
}

void flc_study_resolutions(const flc_study *study, flc_resolution *resolutions)
{
    size_t outputs = flc_metrics_outputs(&study->metrics);
    for (size_t o = 0; o < outputs; o++)
        resolutions[o] = FLC_RESOLUTION_COARSE;
    for (size_t m = 0; m < study->metrics.count; m++) {
        if (study->metrics.metrics[m].by_year)
            continue;
        for (size_t p = 0; p <= flc_model_programs(study->model); p++) {
            size_t o = flc_metrics_output(&study->metrics, &study->metrics.metrics[m], p, 0, 0);
            if (o != FLC_NO_OUTPUT)
                resolutions[o] = FLC_RESOLUTION_FINE;
        }
    }
}
