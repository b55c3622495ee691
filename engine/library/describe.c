/* What a session tells of its outputs and quantities. */
#include <string.h>

#include "base/suggest.h"
#include "library/session.h"

/* A text of the session's own. NULL stays NULL. */
static const char *keep(flc_session *session, const char *text, flc_status *status,
                        flc_error *error)
{
    if (!text || *status)
        return NULL;
    const char *copy = flc_arena_copy(session->arena, text, strlen(text), error);
    if (!copy)
        *status = FLC_ERROR_MEMORY;
    return copy;
}

static int32_t better(const flc_metric *metric)
{
    if (!metric || metric->better == FLC_BETTER_NEITHER)
        return 0;
    return metric->better == FLC_BETTER_HIGHER ? 1 : -1;
}

static flc_status describe_output(flc_session *session, size_t i, const flc_output_label *label,
                                  flc_error *error)
{
    const flc_metrics *metrics = &session->study->metrics;
    flc_status status = FLC_OK;
    char name[FLC_OUTPUT_NAME];
    flc_metrics_label_name(metrics, label, name, sizeof name);
    bool by_year = label->metric && label->metric->by_year;
    session->outputs[i] = (flc_session_output){
        .name = keep(session, name, &status, error),
        .unit = flc_metrics_label_unit(metrics, label),
        .description = flc_metrics_label_sentence(label),
        .fiscal_year =
            by_year ? (int32_t)(flc_model_base_year(metrics->model) + (int64_t)label->year) : 0,
        .better = better(label->metric),
    };
    return status;
}

static flc_status describe_outputs(flc_session *session, flc_error *error)
{
    size_t count = session->output_count;
    flc_status status = FLC_OK;
    flc_output_label *labels = FLC_NEW(flc_output_label, count, error);
    session->outputs = flc_arena_take(session->arena, count, sizeof *session->outputs, error);
    if (!labels || !session->outputs)
        status = FLC_ERROR_MEMORY;
    else
        flc_metrics_labels(&session->study->metrics, labels);
    for (size_t i = 0; i < count && !status; i++)
        status = describe_output(session, i, &labels[i], error);
    flc_free(labels);
    return status;
}

static flc_session_quantity describe_quantity(const flc_study *study, const char *path)
{
    const flc_origin *origin = flc_provenance_find(study->provenance, path);
    flc_session_quantity quantity = {.name = path};
    if (origin) {
        quantity.unit = origin->unit ? origin->unit : origin->option->unit;
        quantity.description = origin->option->description;
        quantity.distribution = origin->distribution;
        quantity.source = origin->source;
    }
    return quantity;
}

static flc_status describe_quantities(flc_session *session, flc_error *error)
{
    const flc_quantities *quantities = session->study->quantities;
    const double *table = flc_evaluator_values(session->evaluator);
    size_t count = session->quantity_count;
    session->quantities = flc_arena_take(session->arena, count, sizeof *session->quantities, error);
    session->quantity_names =
        flc_arena_take(session->arena, count, sizeof *session->quantity_names, error);
    session->values = flc_arena_take(session->arena, count, sizeof *session->values, error);
    if (!session->quantities || !session->quantity_names || !session->values)
        return FLC_ERROR_MEMORY;
    for (size_t q = 0; q < count; q++) {
        uint32_t row = flc_quantities_sampled_row(quantities, q);
        session->quantity_names[q] = flc_quantities_path(quantities, row);
        session->quantities[q] = describe_quantity(session->study, session->quantity_names[q]);
        session->values[q] = table + (size_t)row * FLC_BLOCK;
    }
    return FLC_OK;
}

static flc_status describe_warnings(flc_session *session, flc_error *error)
{
    enum { ROOM = 512 };
    char text[ROOM];
    size_t count = 0;
    flc_status status = FLC_OK;
    while (flc_study_warning(session->study, count, text, sizeof text))
        count++;
    session->warnings = flc_arena_take(session->arena, count + 1, sizeof *session->warnings, error);
    if (!session->warnings)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < count && !status; i++)
        session->warnings[i] =
            keep(session, flc_study_warning(session->study, i, text, sizeof text), &status, error);
    return status;
}

flc_status flc_session_describe(flc_session *session, flc_error *error)
{
    session->output_count = flc_metrics_outputs(&session->study->metrics);
    session->quantity_count = flc_quantities_sampled_count(session->study->quantities);
    session->arena = flc_arena_create(error);
    if (!session->arena)
        return FLC_ERROR_MEMORY;
    flc_status status = describe_outputs(session, error);
    if (!status)
        status = describe_quantities(session, error);
    return status ? status : describe_warnings(session, error);
}

/* ---- asked by the host ----------------------------------------------------------------------- */

const char *flc_session_resolved(const flc_session *session)
{
    return session ? session->study->resolved : NULL;
}

const char *flc_session_hash(const flc_session *session)
{
    return session ? session->study->hash : NULL;
}

const char *flc_session_warning(const flc_session *session, size_t i)
{
    for (size_t k = 0; session && session->warnings[k]; k++)
        if (k == i)
            return session->warnings[k];
    return NULL;
}

size_t flc_session_outputs(const flc_session *session)
{
    return session ? session->output_count : 0;
}

const flc_session_output *flc_session_output_at(const flc_session *session, size_t i)
{
    return session && i < session->output_count ? &session->outputs[i] : NULL;
}

size_t flc_session_quantities(const flc_session *session)
{
    return session ? session->quantity_count : 0;
}

const flc_session_quantity *flc_session_quantity_at(const flc_session *session, size_t i)
{
    return session && i < session->quantity_count ? &session->quantities[i] : NULL;
}

/* The names given out first, so that those of the checks are found too; then other ways of writing
 * them. */
flc_status flc_session_find_output(const flc_session *session, size_t *output, const char *name,
                                   flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_status status = flc_session_require(session, output && name, heard);
    if (status)
        return status;
    for (size_t i = 0; i < session->output_count; i++)
        if (strcmp(session->outputs[i].name, name) == 0) {
            *output = i;
            return FLC_OK;
        }
    status = flc_metrics_find(&session->study->metrics, output, name, FLC_NO_FISCAL_YEAR, heard);
    return status ? heard->status = FLC_ERROR_USAGE : FLC_OK;
}

flc_status flc_session_find_quantity(const flc_session *session, size_t *quantity, const char *name,
                                     flc_error *error)
{
    flc_status status = flc_session_require(session, quantity && name, error);
    return status ? status
                  : flc_suggest_place(quantity, "uncertain quantity", name, session->quantity_names,
                                      session->quantity_count,
                                      "; flc_session_quantity_at tells all of them",
                                      FLC_ERROR_USAGE, error);
}
