/* fulcrum verify: recompute a part of a result and compare. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/options.h"
#include "random/streams.h"
#include "run/rebuild.h"
#include "statistics/distributions.h"
#include "store/result.h"
#include "store/result_view.h"

enum { GROUPS = 8 };

struct settings {
    uint64_t groups, seed;
    bool all, quiet;
    struct cli_texts set; /* the model alone */
};

static const struct cli_option options[] = {
    {'n', "number", "GROUPS", CLI_COUNT, offsetof(struct settings, groups),
     "groups of blocks to compute again (default 8)"},
    {0, "all", NULL, CLI_FLAG, offsetof(struct settings, all), "compute all of them again"},
    CLI_MODEL_OPTION(struct settings, set),
    {0, "seed", "S", CLI_COUNT, offsetof(struct settings, seed),
     "choice of the groups (default: from the clock)"},
    {'q', "quiet", NULL, CLI_FLAG, offsetof(struct settings, quiet), "only say what is wrong"},
};

/* ---- the file and its state ------------------------------------------------------------------ */

static bool is_hdf5(const char *bytes, size_t length)
{
    return length >= 4 && memcmp(bytes, "\x89HDF", 4) == 0;
}

/* The state in a result, or the file itself. */
static flc_status read_state(flc_state **state, const char *path, const char *bytes, size_t length,
                             flc_error *error)
{
    return is_hdf5(bytes, length) ? flc_result_state(state, path, error)
                                  : flc_state_read(state, path, error);
}

/* ---- the tables ------------------------------------------------------------------------------ */

/* What the run was to know, judged again from the counts in the file; NULL if that was not asked.
 */
static flc_status judge_again(flc_goals **goals, const char *path, const flc_rebuilt *rebuilt,
                              uint64_t samples, flc_error *error)
{
    flc_result_view view;
    flc_result_until until = {.count = 0};
    *goals = NULL;
    const flc_goal_names names = flc_goal_names_of(&rebuilt->study->metrics);
    flc_status status = flc_result_view_open(&view, path, error);
    if (!status && !(status = flc_result_view_until(&view, &until, error)) && until.count > 0)
        status = flc_goals_create(goals, &names, until.target, until.count, error);
    if (*goals) {
        for (size_t i = 0; i < until.count; i++)
            (*goals)->goal[i].met = (uint64_t)until.met[i];
        flc_goals_judge(*goals, flc_distributions_summary(rebuilt->collector), samples);
    }
    flc_result_view_close(&view);
    return status;
}

/* A result is a function of its state: build it once more and compare the bytes. */
static flc_status verify_tables(const flc_state *state, const flc_rebuilt *rebuilt,
                                const char *bytes, size_t length, flc_error *error)
{
    char *image = NULL, *copy = NULL;
    flc_goals *goals = NULL;
    size_t image_length, copy_length;
    const flc_state_facts *facts = &state->facts;
    flc_status status = flc_state_image(&copy, &copy_length, facts, rebuilt->collector, error);
    if (!status)
        status = flc_source_rest(&rebuilt->source, flc_isa_select(), facts->samples, NULL,
                                 rebuilt->collector, error);
    if (!status)
        status = judge_again(&goals, state->name, rebuilt, facts->samples, error);
    if (!status)
        status = flc_result_image(&image, &image_length, rebuilt->study,
                                  flc_distributions_summary(rebuilt->collector), facts, goals, copy,
                                  copy_length, error);
    if (!status && (image_length != length || memcmp(image, bytes, length) != 0))
        status = flc_error_set(error, FLC_ERROR_FAILED,
                               "%.1024s: its tables are not those that its state gives; another "
                               "program has changed it: run again, or use another copy",
                               state->name);
    flc_goals_free(goals);
    flc_free(image);
    flc_free(copy);
    return status;
}

/* ---- the blocks ------------------------------------------------------------------------------ */

/* The sum of fingerprints of the blocks that the state has of group g. */
static uint64_t recompute(const flc_state *state, const flc_rebuilt *rebuilt, unsigned shift,
                          uint64_t g, uint64_t *blocks)
{
    uint64_t sum = 0;
    size_t outputs = flc_metrics_outputs(&rebuilt->study->metrics);
    for (size_t i = 0; i < state->facts.range_count; i++) {
        flc_block_range range = state->facts.ranges[i];
        uint64_t begin = g << shift, end = (g + 1) << shift;
        begin = begin > range.begin ? begin : range.begin;
        end = end < range.end ? end : range.end;
        for (uint64_t b = begin; b < end; b++, ++*blocks)
            sum += flc_fingerprint(flc_isa_select(),
                                   rebuilt->source.block(rebuilt->source.context, b * FLC_BLOCK),
                                   outputs, b);
    }
    return sum;
}

/* Which groups: all, or as many as wanted, drawn without repetition. */
static uint64_t choose_groups(bool *chosen, uint64_t used, const struct settings *settings)
{
    flc_stream stream;
    flc_stream_init(&stream, settings->seed, "verify");
    uint64_t wanted = settings->all || settings->groups > used ? used : settings->groups, have = 0;
    for (uint64_t i = 0; have < wanted; i++) {
        uint64_t g = wanted == used ? have : flc_stream_output(&stream, i) % used;
        have += !chosen[g];
        chosen[g] = true;
    }
    return wanted;
}

static flc_status verify_blocks(const flc_state *state, const flc_rebuilt *rebuilt,
                                const flc_fingerprints *kept, const struct settings *settings,
                                flc_error *error)
{
    bool chosen[FLC_FINGERPRINT_GROUPS] = {false};
    uint64_t blocks = 0, wanted = kept->used ? choose_groups(chosen, kept->used, settings) : 0;
    for (uint64_t g = 0; g < kept->used; g++)
        if (chosen[g] && recompute(state, rebuilt, kept->shift, g, &blocks) != kept->group[g])
            return flc_error_set(
                error, FLC_ERROR_FAILED,
                "%.1024s: samples %llu to %llu come out differently now: the machine that computed "
                "them or this one is at fault, or the engine has changed; run again",
                state->name, (unsigned long long)((g << kept->shift) * FLC_BLOCK),
                (unsigned long long)(((g + 1) << kept->shift) * FLC_BLOCK - 1));
    if (!settings->quiet)
        printf("  %llu of %zu groups of blocks computed again, %llu samples: the same bits\n",
               (unsigned long long)wanted, kept->used, (unsigned long long)(blocks * FLC_BLOCK));
    return FLC_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static flc_status verify(const flc_state *state, const char *bytes, size_t length,
                         const struct settings *settings, flc_error *error)
{
    flc_rebuilt rebuilt;
    const flc_state_facts *facts = &state->facts;
    flc_status status = flc_rebuild(&rebuilt, state, cli_model(&settings->set), error);
    if (!status)
        status = flc_state_merge(state, rebuilt.collector, error);
    if (!status && !settings->quiet)
        printf(
            "%s: the bytes fit their SHA-256, the study its own; seed %llu, %llu of %llu samples "
            "in full blocks\n",
            state->name, (unsigned long long)facts->seed,
            (unsigned long long)(flc_state_blocks(facts) * FLC_BLOCK),
            (unsigned long long)facts->samples);
    if (!status)
        status = verify_blocks(state, &rebuilt, flc_distributions_fingerprints(rebuilt.collector),
                               settings, error);
    if (!status && is_hdf5(bytes, length)) {
        status = verify_tables(state, &rebuilt, bytes, length, error);
        if (!status && !settings->quiet)
            printf("  every table is the one that the state gives, byte by byte\n");
    }
    flc_rebuilt_clear(&rebuilt);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.groups = GROUPS, .seed = (uint64_t)time(NULL)};
    const char *path = NULL;
    char *bytes = NULL;
    size_t operands, length;
    bool helped;
    flc_state *state = NULL;
    flc_status status =
        cli_read(&cli_verify, &settings, &path, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if (!(status = cli_self_check(error)) && !(status = cli_check_seed(settings.seed, error)))
        status = flc_file_read(&bytes, &length, path, SIZE_MAX / 4, error);
    if (!status)
        status = read_state(&state, path, bytes, length, error);
    if (!status)
        status = verify(state, bytes, length, &settings, error);
    flc_state_free(state);
    flc_free(bytes);
    return status;
}

const struct cli_command cli_verify = {
    .name = "verify",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "Compute a part of a result, shard or checkpoint again and compare bits.",
    .details = "Checks the file's SHA-256, computes some groups of blocks again, chosen at random, "
               "and builds the result's\ntables anew from its state. Exit code 1: something is not "
               "as it was.",
    .example = "fulcrum verify baseline.h5 --number 20",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
