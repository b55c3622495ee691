#include "command/kept.h"

#include <string.h>

#include "base/file.h"

/* The names of the file and of the log, which a shard keeps. */
static flc_status name_files(struct cli_kept *kept, const char *output, bool shard,
                             flc_error *error)
{
    flc_status status = flc_samples_path(kept->path, sizeof kept->path, output,
                                         shard ? ".samples" : ".samples.h5", error);
    if (status)
        return status;
    return flc_samples_path(kept->log, sizeof kept->log, output,
                            shard ? ".samples" : ".samples.partial", error);
}

/* On rank 0, before blocks from `begin` on are run: the log, as long as it was at the checkpoint.
 */
static flc_status begin_log(void *context, uint64_t length, uint64_t begin, flc_error *error)
{
    struct cli_kept *kept = context;
    if (length == 0)
        return flc_samples_begin(kept->samples, kept->log, error);
    flc_status status = flc_samples_resume(kept->samples, kept->log, length, error);
    uint64_t next = status ? 0 : flc_samples_next(kept->samples);
    if (next > 0 && next != begin / FLC_STRIPE)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: does not end where the checkpoint does; --restart begins "
                             "anew",
                             kept->log);
    return status;
}

flc_status cli_kept_open(struct cli_kept *kept, struct cli_simulation *simulation,
                         const flc_evaluator *evaluator, const struct cli_texts *keep, bool shard,
                         flc_error *error)
{
    flc_status status = name_files(kept, simulation->output, shard, error);
    if (!status)
        status = flc_samples_create(&kept->samples, simulation->study, evaluator,
                                    simulation->job->seed, keep->text, keep->count, error);
    if (status)
        return status;
    kept->keeper = flc_samples_keeper(kept->samples);
    simulation->keeper = &kept->keeper;
    simulation->begin_log = begin_log;
    simulation->log_context = kept;
    simulation->facts.kept = 0;
    return FLC_OK;
}

void cli_kept_close(struct cli_kept *kept)
{
    flc_samples_free(kept->samples);
}

flc_status cli_kept_finish(struct cli_kept *kept, uint64_t samples, flc_error *error)
{
    const char *old = flc_samples_first(kept->samples) > 0 ? kept->path : NULL;
    return flc_samples_finish(kept->samples, kept->path, samples, old, NULL, 0, error);
}

flc_status cli_kept_done(struct cli_kept *kept, flc_error *error)
{
    return flc_samples_remove_log(kept->samples, error);
}

void cli_kept_clear(const struct cli_kept *kept)
{
    flc_file_remove(kept->log, NULL);
}

bool cli_kept_are_there(const struct cli_kept *kept, uint64_t samples)
{
    return flc_samples_are_in(kept->samples, kept->path, samples);
}
