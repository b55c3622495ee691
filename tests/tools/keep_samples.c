/* Keep the samples of a study as a run does, without the run: for tests of the file and of speed.
 *
 *     keep_samples STUDY SAMPLES SEED OUT [PATTERN ...]
 *
 * writes OUT.samples.partial, then OUT.samples.h5, and tells seconds and bytes of each step.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/samples.h"

struct work {
    flc_evaluator *evaluator;
    flc_samples *samples;
    double evaluate, take, pack, append, finish; /* seconds */
    uint64_t packed;                             /* bytes */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static flc_status keep_stripe(struct work *work, uint64_t first, uint64_t count, flc_error *error)
{
    const flc_keeper keeper = flc_samples_keeper(work->samples);
    const void *bytes;
    size_t length;
    flc_status status = FLC_OK;
    for (size_t part = 0; part < FLC_STRIPE && status == FLC_OK; part++) {
        const uint64_t begin = first + part * FLC_BLOCK;
        if (begin >= count)
            break;
        const uint64_t left = count - begin;
        double time = now();
        const double *outputs = flc_evaluator_block(work->evaluator, begin, NULL);
        work->evaluate += now() - time, time = now();
        status = keeper.take(keeper.context, outputs, part,
                             left < FLC_BLOCK ? (size_t)left : FLC_BLOCK, error);
        work->take += now() - time;
    }
    double time = now();
    if (status == FLC_OK)
        status = keeper.pack(keeper.context, &bytes, &length, error);
    work->pack += now() - time, time = now();
    if (status == FLC_OK) {
        work->packed += length;
        status =
            keeper.append(keeper.context, first / (FLC_STRIPE * FLC_BLOCK), bytes, length, error);
    }
    work->append += now() - time;
    return status;
}

static flc_status keep_all(struct work *work, const char *out, uint64_t count, flc_error *error)
{
    char log[4096], path[4096];
    uint64_t length;
    const flc_keeper keeper = flc_samples_keeper(work->samples);
    flc_status status = flc_samples_path(log, sizeof log, out, ".samples.partial", error);
    if (status == FLC_OK)
        status = flc_samples_path(path, sizeof path, out, ".samples.h5", error);
    if (status == FLC_OK)
        status = flc_samples_begin(work->samples, log, error);
    for (uint64_t first = 0; first < count && status == FLC_OK; first += FLC_STRIPE * FLC_BLOCK)
        status = keep_stripe(work, first, count, error);
    if (status == FLC_OK)
        status = keeper.sync(keeper.context, &length, error);
    double time = now();
    if (status == FLC_OK)
        status = flc_samples_finish(work->samples, path, count, NULL, NULL, 0, error);
    work->finish += now() - time;
    return status == FLC_OK ? flc_samples_remove_log(work->samples, error) : status;
}

int main(int count, char **arguments)
{
    flc_error error = {0};
    flc_study *study = NULL;
    struct work work = {0};
    if (count < 5)
        return FLC_ERROR_USAGE;
    const uint64_t samples = strtoull(arguments[2], NULL, 10);
    const uint64_t seed = strtoull(arguments[3], NULL, 10);
    flc_status status = flc_study_load(&study, arguments[1], NULL, 0, &error);
    if (status == FLC_OK &&
        !(work.evaluator = flc_evaluator_create(study, seed, flc_isa_select(), &error)))
        status = FLC_ERROR_MEMORY;
    if (status == FLC_OK)
        status = flc_samples_create(&work.samples, study, work.evaluator, seed,
                                    (const char *const *)arguments + 5, (size_t)count - 5, &error);
    if (status == FLC_OK)
        status = keep_all(&work, arguments[4], samples, &error);
    if (status == FLC_OK) {
        const flc_samples_size size = flc_samples_bytes(work.samples);
        printf("evaluate %.2f take %.2f pack %.2f append %.2f finish %.2f s\n", work.evaluate,
               work.take, work.pack, work.append, work.finish);
        printf("plain %.1f MB packed %.1f MB rank %.1f MB\n",
               1e-6 * (double)samples * (double)size.sample_bytes, 1e-6 * (double)work.packed,
               1e-6 * (double)size.rank_bytes);
    } else {
        fprintf(stderr, "%s\n", error.text);
    }
    flc_samples_free(work.samples);
    flc_evaluator_free(work.evaluator);
    flc_study_free(study);
    return status;
}
