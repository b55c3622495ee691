#include "run/rebuild.h"

#include <string.h>

static flc_status require_plain_run(const flc_state *state, flc_error *error)
{
    const flc_state_facts *facts = &state->facts;
    if (strcmp(facts->version, FLC_VERSION) != 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: made by fulcrum %.40s, this is %s; use that version",
                             state->name, facts->version, FLC_VERSION);
    if (strcmp(facts->command, "run") != 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: of fulcrum %.40s, which has no parts to join or verify",
                             state->name, facts->command);
    return FLC_OK;
}

flc_status flc_rebuild(flc_rebuilt *rebuilt, const flc_state *state, const char *library,
                       flc_error *error)
{
    const flc_state_facts *facts = &state->facts;
    *rebuilt = (flc_rebuilt){.study = NULL};
    flc_status status = require_plain_run(state, error);
    if (!status)
        status = flc_study_parse_with(&rebuilt->study, facts->resolved, strlen(facts->resolved),
                                      facts->study_file, library, NULL, error);
    if (status)
        return status;
    if (strcmp(rebuilt->study->hash, facts->study_sha256) != 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: the study inside is not the one that its hash names",
                             state->name);
    flc_points points = {.seed = facts->seed, .samples = facts->samples};
    if (!flc_design_answer(&points.design, facts->question, facts->samples))
        return flc_error_set(error, FLC_ERROR_STUDY, "%.1024s: of an unknown '%.100s'", state->name,
                             facts->question);
    rebuilt->evaluator = flc_evaluator_create_at(rebuilt->study, &points, flc_isa_select(), error);
    if (!rebuilt->evaluator)
        return flc_error_of_null(error);
    rebuilt->source = flc_evaluator_source(rebuilt->evaluator);
    rebuilt->collector = rebuilt->source.collector(rebuilt->source.context, error);
    return rebuilt->collector ? FLC_OK : flc_error_of_null(error);
}

void flc_rebuilt_clear(flc_rebuilt *rebuilt)
{
    flc_collector_free(rebuilt->collector);
    flc_evaluator_free(rebuilt->evaluator);
    flc_study_free(rebuilt->study);
    *rebuilt = (flc_rebuilt){.study = NULL};
}
