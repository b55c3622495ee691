/* fulcrum merge: join the shards of a run. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/options.h"
#include "command/table.h"
#include "run/parts.h"
#include "run/rebuild.h"
#include "statistics/distributions.h"
#include "store/result.h"
#include "store/samples.h"

enum { SHARDS_MOST = 10000 };

struct settings {
    const char *output;
    bool partial, quiet;
    struct cli_texts set; /* the model alone */
};

static const struct cli_option options[] = {
    {'o', "output", "FILE", CLI_TEXT, offsetof(struct settings, output), "file to write (needed)"},
    {0, "partial", NULL, CLI_FLAG, offsetof(struct settings, partial),
     "some shards are still to come: write a state that can be merged with them"},
    CLI_MODEL_OPTION(struct settings, set),
    {'q', "quiet", NULL, CLI_FLAG, offsetof(struct settings, quiet), "do not print the table"},
};

/* The first state is kept: the others must be of the same run, and facts point into it. `written`
 * is the study as the shard with the first blocks has it. */
struct merging {
    const struct settings *settings;
    flc_state *first;
    flc_rebuilt rebuilt;
    flc_parts parts;
    flc_state_facts facts;
    flc_block_range *ranges;
    char *written;
    uint64_t written_at;
    char **logs; /* of kept samples, one for each state */
    size_t log_count;
};

static flc_status foreign(const flc_state *state, const char *first, const char *what,
                          flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%.600s: not a part of the same run as %.600s: another %s", state->name,
                         first, what);
}

static flc_status require_same_run(const struct merging *merging, const flc_state *state,
                                   flc_error *error)
{
    const flc_state_facts *own = &state->facts, *facts = &merging->first->facts;
    flc_status status = flc_state_require(state, facts, error);
    if (status)
        return status;
    if (own->samples != facts->samples)
        return foreign(state, merging->first->name, "number of samples", error);
    if (own->shards != facts->shards)
        return foreign(state, merging->first->name, "number of shards", error);
    if ((own->kept == FLC_NOT_KEPT) != (facts->kept == FLC_NOT_KEPT))
        return foreign(state, merging->first->name, "setting of --samples", error);
    return FLC_OK;
}

/* The log of the samples that a shard has kept, which must come with it. */
static flc_status take_log(struct merging *merging, const flc_state *state, flc_error *error)
{
    enum { ROOM = 4096 };
    if (state->facts.kept == FLC_NOT_KEPT)
        return FLC_OK;
    if (merging->settings->partial)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%.1024s has kept its samples: merge all shards at once, without "
                             "--partial",
                             state->name);
    char *path = merging->logs[merging->log_count] = FLC_NEW(char, ROOM, error);
    if (!path)
        return FLC_ERROR_MEMORY;
    merging->log_count++;
    return flc_samples_path(path, ROOM, state->name, ".samples", error);
}

/* The study as written may differ in what does not count, such as comments; the first blocks' is
 * taken, whatever the order of the files. */
static flc_status take_written(struct merging *merging, const flc_state *state, flc_error *error)
{
    const flc_state_facts *facts = &state->facts;
    uint64_t at = facts->range_count ? facts->ranges[0].begin : UINT64_MAX - 1;
    if (at >= merging->written_at)
        return FLC_OK;
    size_t length = strlen(facts->as_written);
    flc_free(merging->written);
    merging->written = FLC_NEW(char, length + 1, error);
    if (!merging->written)
        return FLC_ERROR_MEMORY;
    memcpy(merging->written, facts->as_written, length);
    merging->written_at = at;
    return FLC_OK;
}

static flc_status add_state(struct merging *merging, const flc_state *state, flc_error *error)
{
    flc_status status = require_same_run(merging, state, error);
    if (!status)
        status = flc_parts_add(&merging->parts, state, error);
    if (!status)
        status = take_written(merging, state, error);
    if (!status)
        status = take_log(merging, state, error);
    return status ? status : flc_state_merge(state, merging->rebuilt.collector, error);
}

static flc_status read_all(struct merging *merging, const char *const *paths, size_t count,
                           flc_error *error)
{
    merging->logs = FLC_NEW(char *, count, error);
    flc_status status =
        merging->logs ? flc_state_read(&merging->first, paths[0], error) : FLC_ERROR_MEMORY;
    if (!status)
        status = flc_rebuild(&merging->rebuilt, merging->first, cli_model(&merging->settings->set),
                             error);
    if (!status)
        status = add_state(merging, merging->first, error);
    for (size_t i = 1; i < count && !status; i++) {
        flc_state *state;
        if (!(status = flc_state_read(&state, paths[i], error)))
            status = add_state(merging, state, error);
        flc_state_free(state);
    }
    return status;
}

/* What the union is of. */
static flc_status take_facts(struct merging *merging, flc_error *error)
{
    merging->facts = merging->first->facts;
    merging->facts.as_written = merging->written;
    flc_status status =
        flc_parts_ranges(&merging->parts, &merging->ranges, &merging->facts.range_count, error);
    merging->facts.ranges = merging->ranges;
    return status;
}

static flc_status write_partial(struct merging *merging, flc_error *error)
{
    char *bytes;
    size_t length;
    const char *output = merging->settings->output;
    flc_status status =
        flc_state_image(&bytes, &length, &merging->facts, merging->rebuilt.collector, error);
    if (!status)
        status = flc_file_write_atomically(output, bytes, length, error);
    flc_free(bytes);
    if (!status && !merging->settings->quiet)
        printf("%llu of %llu samples written to %s (fulcrum merge joins it with the others)\n",
               (unsigned long long)(flc_state_blocks(&merging->facts) * FLC_BLOCK),
               (unsigned long long)merging->facts.samples, output);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* What is left behind the last full block; with kept samples (NULL: none) its stripe goes to a log
 * of its own, and then all logs into the file. */
static flc_status finish(const struct merging *merging, flc_samples *samples, flc_error *error)
{
    enum { ROOM = 4096 };
    char path[ROOM], log[ROOM];
    flc_keeper keeper;
    const char *output = merging->settings->output;
    const flc_rebuilt *rebuilt = &merging->rebuilt;
    flc_status status = FLC_OK;
    if (samples && !(status = flc_samples_path(path, ROOM, output, ".samples.h5", error)) &&
        !(status = flc_samples_path(log, ROOM, output, ".samples.partial", error)))
        status = flc_samples_begin(samples, log, error);
    if (samples)
        keeper = flc_samples_keeper(samples);
    if (!status)
        status = flc_source_rest(&rebuilt->source, flc_isa_select(), merging->facts.samples,
                                 samples ? &keeper : NULL, rebuilt->collector, error);
    if (status || !samples)
        return status;
    status = flc_samples_finish(samples, path, merging->facts.samples, NULL,
                                (const char *const *)merging->logs, merging->log_count, error);
    flc_status removed = flc_samples_remove_log(samples, status ? NULL : error);
    return status ? status : removed;
}

static flc_status finish_kept(const struct merging *merging, flc_error *error)
{
    flc_samples *samples = NULL;
    const flc_rebuilt *rebuilt = &merging->rebuilt;
    if (merging->log_count == 0)
        return finish(merging, NULL, error);
    flc_status status = flc_samples_create_like(&samples, rebuilt->study, rebuilt->evaluator,
                                                merging->facts.seed, merging->logs[0], error);
    if (!status)
        status = finish(merging, samples, error);
    flc_samples_free(samples);
    return status;
}

/* The result of the whole run has the same state as if it had never been cut. */
static flc_status write_result(struct merging *merging, flc_error *error)
{
    char *bytes = NULL;
    size_t length;
    flc_state_facts *facts = &merging->facts;
    const flc_rebuilt *rebuilt = &merging->rebuilt;
    flc_status status = flc_parts_require_all(facts, error);
    facts->shards = 1;
    facts->kept = FLC_NOT_KEPT;
    if (!status)
        status = flc_state_image(&bytes, &length, facts, rebuilt->collector, error);
    if (!status)
        status = finish_kept(merging, error);
    if (!status)
        status = flc_result_save(merging->settings->output, rebuilt->study,
                                 flc_distributions_summary(rebuilt->collector), facts, NULL, bytes,
                                 length, error);
    flc_free(bytes);
    return status || merging->settings->quiet ? status
                                              : cli_print_result(merging->settings->output, error);
}

/* ---- the command ----------------------------------------------------------------------------- */

static void clear(struct merging *merging)
{
    for (size_t i = 0; i < merging->log_count; i++)
        flc_free(merging->logs[i]);
    flc_free(merging->logs);
    flc_free(merging->written);
    flc_free(merging->ranges);
    flc_parts_clear(&merging->parts);
    flc_rebuilt_clear(&merging->rebuilt);
    flc_state_free(merging->first);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    const char *paths[SHARDS_MOST];
    struct settings settings = {0};
    struct merging merging = {.settings = &settings, .written_at = UINT64_MAX};
    size_t count;
    bool helped;
    flc_status status = cli_read(&cli_merge, &settings, paths, &count, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if (!settings.output)
        return flc_error_set(error, FLC_ERROR_USAGE, "--output is missing: the file to write");
    if ((status = cli_self_check(error)) ||
        (status = flc_file_check_target(settings.output, error)))
        return status;
    if (!(status = read_all(&merging, paths, count, error)) &&
        !(status = take_facts(&merging, error)))
        status = settings.partial ? write_partial(&merging, error) : write_result(&merging, error);
    clear(&merging);
    return status;
}

const struct cli_command cli_merge = {
    .name = "merge",
    .operands = "SHARD...",
    .least = 1,
    .most = SHARDS_MOST,
    .summary = "Join the shards of a run into its result.",
    .details = "In any order, and in steps (--partial): the result is that of the run that was not "
               "cut, byte by byte.\nMissing, doubled and foreign shards are refused by name.",
    .example = "fulcrum merge baseline.shard-*-of-8 -o baseline.h5",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
