#include "store/result_view.h"

#include <stdio.h>
#include <string.h>

#include "store/result.h"

/* ---- variables of a known size --------------------------------------------------------------- */

static flc_status check_size(const flc_result_view *view, const char *variable, size_t count,
                             flc_error *error)
{
    const flc_data_object *object = flc_datareader_require(view->reader, variable, error);
    if (!object)
        return FLC_ERROR_STUDY;
    if (object->count == count)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s: \"%s\" has %zu values and not %zu; the file was changed by another "
                         "program",
                         view->path, variable, object->count, count);
}

static const double *read_doubles(const flc_result_view *view, const char *variable, size_t count,
                                  flc_error *error)
{
    return check_size(view, variable, count, error)
               ? NULL
               : flc_datareader_doubles(view->reader, variable, error);
}

static const int64_t *read_integers(const flc_result_view *view, const char *variable, size_t count,
                                    flc_error *error)
{
    return check_size(view, variable, count, error)
               ? NULL
               : flc_datareader_integers(view->reader, variable, error);
}

static const char *const *read_texts(const flc_result_view *view, const char *variable,
                                     size_t count, flc_error *error)
{
    return check_size(view, variable, count, error)
               ? NULL
               : flc_datareader_texts(view->reader, variable, error);
}

/* ---- opening --------------------------------------------------------------------------------- */

static flc_status check_format(const flc_result_view *view, flc_error *error)
{
    const flc_data_attribute *format = flc_data_attribute_find(view->root, "fulcrum_result_format");
    if (!format || format->type != FLC_DATA_INT64 || format->count != 1)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s: not a result of fulcrum run", view->path);
    if (format->integers[0] > FLC_RESULT_FORMAT)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: written by a newer fulcrum (format %lld, known here: %d)",
                             view->path, (long long)format->integers[0], FLC_RESULT_FORMAT);
    return FLC_OK;
}

static size_t size_of(const flc_result_view *view, const char *variable)
{
    const flc_data_object *object = flc_datareader_find(view->reader, variable);
    return object && !object->is_group ? object->count : 0;
}

static flc_status read_coordinates(flc_result_view *view, flc_error *error)
{
    view->programs = size_of(view, "program");
    view->years = size_of(view, "fiscal_year");
    view->quantiles = size_of(view, "quantile");
    view->model = flc_data_attribute_text(view->root, "model");
    if (!view->programs || (!view->years && !view->model) || !view->quantiles)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: has no programs, years or quantiles; the file was changed by "
                             "another program",
                             view->path);
    if (!(view->program_key = read_texts(view, "program", view->programs, error)) ||
        !(view->program_name = read_texts(view, "program_name", view->programs, error)) ||
        (view->years > 0 &&
         !(view->year = read_integers(view, "fiscal_year", view->years, error))) ||
        !(view->quantile = read_doubles(view, "quantile", view->quantiles, error)))
        return flc_error_prefix(error, "%s", view->path);
    return FLC_OK;
}

flc_status flc_result_view_open(flc_result_view *view, const char *path, flc_error *error)
{
    *view = (flc_result_view){.path = path};
    flc_status status = flc_datareader_open(&view->reader, path, error);
    if (status)
        return status;
    view->root = flc_datareader_require(view->reader, "", error);
    if (!view->root)
        return FLC_ERROR_STUDY;
    status = check_format(view, error);
    return status ? status : read_coordinates(view, error);
}

void flc_result_view_close(flc_result_view *view)
{
    flc_datareader_free(view->reader);
    view->reader = NULL;
}

/* ---- metrics --------------------------------------------------------------------------------- */

static const char MEAN[] = "_mean";
enum { MEAN_LENGTH = sizeof MEAN - 1, VARIABLE_ROOM = 2 * FLC_RESULT_NAME };

bool flc_result_view_is_metric(const flc_result_view *view, char name[FLC_RESULT_NAME], size_t i)
{
    const flc_data_object *object = flc_datareader_object(view->reader, i);
    size_t length = strlen(object->path);
    if (object->is_group || length <= MEAN_LENGTH || strchr(object->path, '/') ||
        length - MEAN_LENGTH >= FLC_RESULT_NAME ||
        strcmp(object->path + length - MEAN_LENGTH, MEAN) != 0)
        return false;
    snprintf(name, FLC_RESULT_NAME, "%.*s", (int)(length - MEAN_LENGTH), object->path);
    return true;
}

/* Dimensions as in result.md: program, perhaps source or outcome, perhaps fiscal_year. */
static bool read_shape(const flc_result_view *view, flc_result_metric *metric)
{
    const flc_data_object *mean = metric->mean;
    size_t axis = 1;
    if (mean->is_group || mean->rank < 1 || mean->rank > 3 || mean->size[0] != view->programs)
        return false;
    metric->members = metric->years = 1;
    if (axis < mean->rank && strcmp(mean->dimension[axis], "fiscal_year") != 0) {
        metric->member = mean->dimension[axis];
        metric->members = mean->size[axis++];
    }
    metric->by_year = axis < mean->rank;
    if (metric->by_year)
        metric->years = mean->size[axis++];
    metric->cells = view->programs * metric->members * metric->years;
    return metric->cells > 0 && axis == mean->rank &&
           (!metric->by_year || metric->years == view->years) && mean->count == metric->cells;
}

flc_status flc_result_view_metric(const flc_result_view *view, flc_result_metric *metric,
                                  const char *name, flc_error *error)
{
    char variable[VARIABLE_ROOM];
    *metric = (flc_result_metric){.member = NULL};
    snprintf(metric->name, sizeof metric->name, "%s", name);
    snprintf(variable, sizeof variable, "%s%s", name, MEAN);
    metric->mean = flc_datareader_require(view->reader, variable, error);
    if (!metric->mean)
        return FLC_ERROR_STUDY;
    if (!read_shape(view, metric))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%s: \"%s\" has other dimensions than a result; the file was changed "
                             "by another program",
                             view->path, variable);
    if (metric->member)
        metric->member_key = read_texts(view, metric->member, metric->members, error);
    return metric->member && !metric->member_key ? FLC_ERROR_STUDY : FLC_OK;
}

const double *flc_result_view_statistic(const flc_result_view *view,
                                        const flc_result_metric *metric, const char *statistic,
                                        size_t per_cell, flc_error *error)
{
    char variable[VARIABLE_ROOM];
    snprintf(variable, sizeof variable, "%s_%s", metric->name, statistic);
    return read_doubles(view, variable, metric->cells * per_cell, error);
}

const int64_t *flc_result_view_counts(const flc_result_view *view, const char *variable,
                                      flc_error *error)
{
    return read_integers(view, variable, view->programs, error);
}

/* ---- targets --------------------------------------------------------------------------------- */

flc_status flc_result_view_targets(const flc_result_view *view, flc_result_targets *targets,
                                   flc_error *error)
{
    size_t count = size_of(view, "target_probability");
    *targets = (flc_result_targets){.count = count};
    if (count == 0)
        return FLC_OK;
    if (!(targets->probability = read_doubles(view, "target_probability", count, error)) ||
        !(targets->low = read_doubles(view, "target_low", count, error)) ||
        !(targets->high = read_doubles(view, "target_high", count, error)) ||
        !(targets->threshold = read_doubles(view, "target_threshold", count, error)) ||
        !(targets->output = read_texts(view, "target_output", count, error)) ||
        !(targets->side = read_texts(view, "target_side", count, error)) ||
        !(targets->name = read_texts(view, "target_name", count, error)) ||
        !(targets->year = read_integers(view, "target_fiscal_year", count, error)))
        return FLC_ERROR_STUDY;
    return FLC_OK;
}

flc_status flc_result_view_until(const flc_result_view *view, flc_result_until *until,
                                 flc_error *error)
{
    size_t count = size_of(view, "until/target");
    *until = (flc_result_until){.count = count};
    if (count == 0)
        return FLC_OK;
    const flc_data_object *group = flc_datareader_find(view->reader, "until");
    const flc_data_attribute *looks = group ? flc_data_attribute_find(group, "looks") : NULL;
    until->looks = looks && looks->integers ? looks->integers[0] : 0;
    if (!(until->target = read_texts(view, "until/target", count, error)) ||
        !(until->remark = read_texts(view, "until/remark", count, error)) ||
        !(until->wanted = read_doubles(view, "until/wanted", count, error)) ||
        !(until->reached = read_doubles(view, "until/reached", count, error)) ||
        !(until->estimate = read_doubles(view, "until/estimate", count, error)) ||
        !(until->low = read_doubles(view, "until/low", count, error)) ||
        !(until->high = read_doubles(view, "until/high", count, error)) ||
        !(until->values = read_integers(view, "until/values", count, error)) ||
        !(until->met = read_integers(view, "until/met", count, error)) ||
        !(until->relative = read_integers(view, "until/relative", count, error)) ||
        !(until->satisfied = read_integers(view, "until/satisfied", count, error)))
        return FLC_ERROR_STUDY;
    return FLC_OK;
}

void flc_result_target_output(const flc_result_targets *targets, size_t i, char *text, size_t room)
{
    if (targets->year[i])
        snprintf(text, room, "%s/%lld", targets->output[i], (long long)targets->year[i]);
    else
        snprintf(text, room, "%s", targets->output[i]);
}

void flc_result_target_condition(const flc_result_targets *targets, size_t i, char *text,
                                 size_t room)
{
    char output[FLC_RESULT_NAME];
    flc_result_target_output(targets, i, output, sizeof output);
    snprintf(text, room, "%s %s %.6g", output,
             strcmp(targets->side[i], "at_least") == 0 ? ">=" : "<=", targets->threshold[i]);
}
