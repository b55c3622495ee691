/* fulcrum run: simulate a study and write its distributions. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/options.h"
#include "command/table.h"
#include "run/simulate.h"
#include "store/result.h"
#include "store/sidecar.h"

struct settings {
    const char *output;
    uint64_t samples, seed;
    struct cli_texts set;
    bool quiet;
};

static const struct cli_option options[] = {
    {'o', "output", "FILE", CLI_TEXT, offsetof(struct settings, output),
     "result file (default: the study's name with .h5, in this folder)"},
    {'n', "samples", "N", CLI_COUNT, offsetof(struct settings, samples),
     "number of samples (default 100000)"},
    {0, "seed", "S", CLI_COUNT, offsetof(struct settings, seed), CLI_SEED_HELP},
    {0, "set", "PATH=VALUE", CLI_TEXTS, offsetof(struct settings, set),
     "change one value of the study; may be repeated"},
    {'q', "quiet", NULL, CLI_FLAG, offsetof(struct settings, quiet), "no progress and no table"},
};

enum { PATH_ROOM = 4096, TEXT_ROOM = 512 };

/* ---- progress -------------------------------------------------------------------------------- */

struct watch {
    const struct settings *settings;
    const flc_study *study;
    flc_sidecar sidecar;
    size_t headline; /* output whose precision is shown */
    const char *headline_name;
    bool terminal, line_open;
};

static void print_duration(char *text, size_t room, double seconds)
{
    if (seconds < 100)
        snprintf(text, room, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(text, room, "%.0f min", seconds / 60);
    else
        snprintf(text, room, "%.1f h", seconds / 3600);
}

/* Rate, time left, and how well the headline is known so far. */
static void show_progress(void *context, const flc_progress *progress)
{
    struct watch *watch = context;
    double rate = (double)progress->done / (progress->seconds + 1e-9);
    double left = (double)(progress->samples - progress->done) / (rate + 1e-9);
    char remaining[32];
    print_duration(remaining, sizeof remaining, left);
    watch->sidecar.done = progress->done;
    watch->sidecar.seconds = progress->seconds;
    flc_sidecar_save(watch->settings->output, &watch->sidecar, NULL);
    if (watch->settings->quiet)
        return;
    flc_moments headline = flc_summary_moments(progress->summary, watch->headline);
    fprintf(stderr, "%s%5.1f %%  %llu of %llu samples, %.0f a second, %s left, %s %.4g +- %.2g%s",
            watch->terminal ? "\r" : "", 100.0 * (double)progress->done / (double)progress->samples,
            (unsigned long long)progress->done, (unsigned long long)progress->samples, rate,
            remaining, watch->headline_name, headline.mean,
            headline.mean_error * __builtin_sqrt((double)headline.n / (double)progress->done),
            watch->terminal ? "  " : "\n");
    watch->line_open = watch->terminal;
}

static void begin_watch(struct watch *watch, const struct settings *settings,
                        const flc_study *study, const flc_comm *comm, char *hosts, char *mpi)
{
    size_t portfolio = flc_model_programs(study->model);
    flc_comm_library(mpi, TEXT_ROOM);
    *watch = (struct watch){
        .settings = settings,
        .study = study,
        .headline = flc_model_horizon_output(study->model, portfolio, FLC_HORIZON_LEVERAGE_RATIO),
        .headline_name = "portfolio leverage",
        .terminal = isatty(STDERR_FILENO),
        .sidecar = {.state = "running",
                    .study_file = study->file,
                    .study_hash = study->hash,
                    .command = "run",
                    .hosts = hosts,
                    .mpi = mpi,
                    .isa = flc_isa_name(flc_isa_select()),
                    .samples = settings->samples,
                    .seed = settings->seed,
                    .ranks = comm->size,
                    .begin = time(NULL)},
    };
}

/* ---- the study on every rank ----------------------------------------------------------------- */

/* Rank 0 reads the file; the others get its resolved text, and must make the same study of it. */
static flc_status share_study(const flc_comm *comm, flc_study **study, const char *path,
                              const struct cli_texts *set, flc_error *error)
{
    flc_status status = FLC_OK;
    char *text = NULL, *hash = NULL;
    size_t length = 0, hash_length = FLC_STUDY_HASH;
    if (comm->rank == 0) {
        status = flc_study_load(study, path, set->text, set->count, error);
        if (!status) {
            text = (char *)(uintptr_t)(*study)->resolved;
            length = (*study)->resolved_length;
            hash = (*study)->hash;
        }
    }
    if ((status = flc_comm_agree(comm, status, error)) ||
        (status = flc_comm_share(comm, &text, &length, error)) ||
        (status = flc_comm_share(comm, &hash, &hash_length, error)))
        return status;
    if (comm->rank != 0) {
        status = flc_study_parse(study, text, length, path, error);
        if (!status && memcmp((*study)->hash, hash, FLC_STUDY_HASH) != 0)
            status = flc_error_set(error, FLC_ERROR_INTERNAL,
                                   "rank %d reads the study differently from rank 0", comm->rank);
        flc_free(text);
        flc_free(hash);
    }
    return flc_comm_agree(comm, status, error);
}

/* ---- the command ----------------------------------------------------------------------------- */

static flc_status name_output(struct settings *settings, const char *study, char *path,
                              flc_error *error)
{
    if (settings->output)
        return FLC_OK;
    const char *base = strrchr(study, '/') ? strrchr(study, '/') + 1 : study;
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    if (snprintf(path, PATH_ROOM, "%.*s.h5", length, base) >= PATH_ROOM)
        return flc_error_set(error, FLC_ERROR_USAGE, "the study's name is too long; give --output");
    settings->output = path;
    return FLC_OK;
}

static flc_status check_settings(const struct settings *settings, flc_error *error)
{
    if (settings->samples == 0)
        return flc_error_set(error, FLC_ERROR_USAGE, "--samples: at least 1");
    return cli_check_seed(settings->seed, error);
}

static void print_warnings(const flc_study *study)
{
    char text[TEXT_ROOM];
    for (size_t i = 0; flc_study_warning(study, i, text, sizeof text); i++)
        fprintf(stderr, "fulcrum run: warning: %s: %s\n", study->file, text);
}

/* Rank 0 after the run, however it went: the file, its sidecar, the table. */
static flc_status finish(struct watch *watch, const flc_summary *summary, flc_status status,
                         flc_error *error)
{
    const struct settings *settings = watch->settings;
    flc_result_facts facts = {settings->samples, settings->seed};
    if (watch->line_open)
        fputc('\n', stderr);
    if (!status) {
        status = flc_result_save(settings->output, watch->study, summary, &facts, error);
        watch->sidecar.done = settings->samples;
    }
    watch->sidecar.state = status ? "failed" : "finished";
    watch->sidecar.message = status ? error->text : NULL;
    flc_sidecar_save(settings->output, &watch->sidecar, NULL);
    if (status || settings->quiet)
        return status;
    status = cli_print_result(settings->output, error);
    if (!status)
        printf("\nwritten to %s (fulcrum show %s)\n", settings->output, settings->output);
    return status;
}

static flc_status simulate(const flc_comm *comm, struct settings *settings, const char *path,
                           flc_error *error)
{
    flc_study *study = NULL;
    flc_summary *summary = NULL;
    flc_evaluator *evaluator = NULL;
    char hosts[TEXT_ROOM] = "", mpi[TEXT_ROOM], output[PATH_ROOM];
    struct watch watch;
    flc_status status = name_output(settings, path, output, error);
    if (!status)
        status = cli_self_check(error);
    if (!status)
        status = check_settings(settings, error);
    if ((status = flc_comm_agree(comm, status, error)) ||
        (status = share_study(comm, &study, path, &settings->set, error)))
        goto done;
    if (comm->rank == 0) {
        print_warnings(study);
        status = flc_file_check_target(settings->output, error);
    }
    if ((status = flc_comm_agree(comm, status, error)) ||
        (status = flc_comm_hosts(comm, hosts, sizeof hosts, error)))
        goto done;
    begin_watch(&watch, settings, study, comm, hosts, mpi);
    evaluator = flc_evaluator_create(study, settings->seed, flc_isa_select(), error);
    status = flc_comm_agree(comm, evaluator ? FLC_OK : FLC_ERROR_MEMORY, error);
    if (!status) {
        flc_source source = flc_evaluator_source(evaluator);
        flc_run_options run = {settings->samples, flc_isa_select(), show_progress, &watch,
                               watch.terminal ? 0.5 : 10.0};
        status = flc_simulate(comm, &source, &run, &summary, error);
    }
    if (comm->rank == 0)
        status = finish(&watch, summary, status, error);
    status = flc_comm_agree(comm, status, error);
done:
    flc_summary_free(summary);
    flc_evaluator_free(evaluator);
    flc_study_free(study);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.samples = CLI_SAMPLES, .seed = CLI_SEED};
    const char *operand = NULL;
    size_t operands;
    bool helped;
    flc_comm comm;
    flc_status status =
        cli_read(&cli_run, &settings, &operand, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    status = flc_comm_start(&comm, error);
    if (!status)
        status = simulate(&comm, &settings, operand, error);
    if (status)
        cli_complain(&cli_run, error);
    flc_comm_finish(&comm);
    return status;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "Simulate a study and write the distributions of its outputs.",
    .details = "Under mpirun or srun the samples are shared out; the result does not depend on how "
               "many ranks "
               "do it.\nBeside the result, <result>.json tells who computed it and when, and how "
               "far a run is.",
    .example = "fulcrum run inputs/baseline.yaml -n 1e6 --set programs/MEP/match/required=2 -o "
               "mep_2to1.h5",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .run = run,
};
