/* fulcrum check: validate a study and print it resolved, with defaults and sources. */
#include <stdio.h>
#include <time.h>

#include "base/buffer.h"
#include "command/plan.h"
#include "command/simulation.h"
#include "store/result.h"
#include "store/samples.h"
#include "study/resolved.h"
#include "study/study.h"

struct settings {
    struct cli_texts set;
    bool quiet, canonical, plan;
    struct cli_plan planned;
};

static const struct cli_option options[] = {
    {0, "set", "PATH=VALUE", CLI_TEXTS, offsetof(struct settings, set),
     "change one value of the study; may be repeated"},
    CLI_MODEL_OPTION(struct settings, set),
    {'q', "quiet", NULL, CLI_FLAG, offsetof(struct settings, quiet),
     "do not print the resolved study, only what follows"},
    {0, "canonical", NULL, CLI_FLAG, offsetof(struct settings, canonical),
     "print the canonical text that names the study, and nothing else"},
    {0, "plan", NULL, CLI_FLAG, offsetof(struct settings, plan),
     "what a run will take, from three seconds of it on one core"},
    {0, "want", "PRECISION", CLI_TEXTS, offsetof(struct settings, planned.want),
     "with --plan: as --until of run, 'MEP/leverage_ratio mean 1%'; repeatable"},
    {'n', "number", "N", CLI_COUNT, offsetof(struct settings, planned.samples),
     "with --plan: of so many samples (default: what is wanted, else 100000)"},
    {0, "ranks", "R", CLI_COUNT, offsetof(struct settings, planned.ranks),
     "with --plan: on so many ranks, too"},
    {0, "time", "LIMIT", CLI_TEXT, offsetof(struct settings, planned.time),
     "with --plan: how many ranks end within 90s, 30min, 12h or 2d"},
};

static flc_status print_resolved(const flc_study *study, bool canonical, flc_error *error)
{
    if (canonical) {
        fwrite(study->resolved, 1, study->resolved_length, stdout);
        return FLC_OK;
    }
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    flc_status status =
        flc_resolved_print(&buffer, study->inputs, study->section, study->quantities,
                           study->provenance, FLC_RESOLVED_COMMENTED);
    if (!status)
        fwrite(buffer.text, 1, buffer.length, stdout);
    flc_buffer_clear(&buffer);
    return status;
}

/* What run --samples would take. */
static void print_kept(const flc_study *study)
{
    const double mebibyte = 1024.0 * 1024.0;
    flc_samples *samples = NULL;
    if (flc_samples_create(&samples, study, NULL, 1, NULL, 0, NULL) == FLC_OK) {
        flc_samples_size size = flc_samples_bytes(samples);
        printf("# with --samples %.0f MB more; a sample takes %.1f kB on disk before compression, "
               "fewer with --keep\n",
               (double)size.rank_bytes / mebibyte, (double)size.sample_bytes / 1000.0);
    }
    flc_samples_free(samples);
}

static void print_facts(const flc_study *study)
{
    flc_study_memory memory = flc_study_bytes(study);
    const double mebibyte = 1024.0 * 1024.0;
    size_t units = 0, programs = flc_model_programs(study->model);
    const flc_plugin *plugin = flc_model_plugin(study->model);
    for (size_t p = 0; p < programs; p++)
        units += flc_model_units(study->model, p);
    printf("# %s is a valid study.\n", study->file);
    if (plugin)
        printf("# model %s %s of %s, %zu quantities, %zu shocks", plugin->description->name,
               plugin->description->version, plugin->path, plugin->description->quantity_count,
               plugin->description->shock_count);
    else
        printf("# %zu programs, %zu units", programs, units);
    printf(", %zu years; %zu uncertain quantities; %zu outputs, %zu targets\n",
           flc_model_years(study->model), flc_quantities_sampled_count(study->quantities),
           flc_metrics_outputs(&study->metrics), study->target_count);
    printf("# memory of a rank, for any number of samples: about %.0f MB, at most %.0f MB, and "
           "%.0f MB for libraries;\n"
           "# of the first rank, while it writes a checkpoint or the result, up to %.0f MB more\n",
           ((double)memory.evaluation + (double)memory.summary_expected) / mebibyte,
           ((double)memory.evaluation + (double)memory.summary_most) / mebibyte, 40.0,
           (double)flc_result_bytes(study) / mebibyte);
    printf("# with --design lhs or sobol %.0f MB more, for errors from replicates\n",
           (double)memory.replicates / mebibyte);
    print_kept(study);
    printf("# SHA-256 of the resolved study: %s\n", study->hash);
    char text[512];
    for (size_t i = 0; flc_study_warning(study, i, text, sizeof text); i++)
        printf("# warning: %s\n", text);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static flc_status check_settings(const struct settings *settings, flc_error *error)
{
    const struct cli_plan *plan = &settings->planned;
    const char *without = plan->want.count ? "want"
                          : plan->samples  ? "number"
                          : plan->ranks    ? "ranks"
                          : plan->time     ? "time"
                                           : NULL;
    if (!settings->plan && without)
        return flc_error_set(error, FLC_ERROR_USAGE, "--%s is for a plan: give --plan too",
                             without);
    if (settings->plan && settings->canonical)
        return flc_error_set(error, FLC_ERROR_USAGE, "--plan and --canonical exclude each other");
    return FLC_OK;
}

static flc_status report(const flc_study *study, const struct settings *settings, flc_error *error)
{
    flc_status status = FLC_OK;
    if (settings->canonical || !(settings->quiet || settings->plan))
        status = print_resolved(study, settings->canonical, error);
    if (status || settings->canonical)
        return status;
    print_facts(study);
    return settings->plan ? cli_plan_print(study, &settings->planned, error) : FLC_OK;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {0};
    const char *path = NULL;
    size_t operands;
    bool helped;
    flc_study *study = NULL;
    flc_status status =
        cli_read(&cli_check, &settings, &path, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if ((status = check_settings(&settings, error)) || (status = cli_self_check(error)))
        return status;
    const double begin = now();
    status = flc_study_load(&study, path, settings.set.text, settings.set.count, error);
    settings.planned.load = now() - begin;
    if (!status)
        status = cli_try_model(&cli_check, study, CLI_SEED, error);
    if (!status)
        status = report(study, &settings, error);
    flc_study_free(study);
    return status;
}

const struct cli_command cli_check = {
    .name = "check",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "Validate a study and print it resolved, with defaults and sources.",
    .details =
        "The first mistake is told with file, line, column, path and what is allowed.\n"
        "--plan runs the study for three seconds on one core and tells the cost of a run: its "
        "speed, memory and file,\nthe time on more ranks, the samples and core hours for a "
        "wanted precision, and what it cannot know.",
    .example = "fulcrum check inputs/baseline.yaml --quiet",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .takes_model = true,
    .run = run,
};
