#include "command/simulation.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "run/share.h"

/* ---- opening --------------------------------------------------------------------------------- */

static flc_status name_output(struct cli_simulation *simulation, const char *study,
                              const char *suffix, flc_error *error)
{
    const char *given = simulation->job->output;
    const char *base = strrchr(study, '/') ? strrchr(study, '/') + 1 : study;
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    int used = given ? snprintf(simulation->output, CLI_PATH_ROOM, "%s", given)
                     : snprintf(simulation->output, CLI_PATH_ROOM, "%.*s%s", length, base, suffix);
    return used < CLI_PATH_ROOM
               ? FLC_OK
               : flc_error_set(error, FLC_ERROR_USAGE, "the name of the output is too long");
}

static flc_status check_job(const struct cli_job *job, flc_error *error)
{
    if (job->samples == 0)
        return flc_error_set(error, FLC_ERROR_USAGE, "--number: at least 1 sample");
    if (job->output && !job->output[0])
        return flc_error_set(error, FLC_ERROR_USAGE, "--output: the name of a file is needed");
    return cli_check_seed(job->seed, error);
}

static void print_warnings(const struct cli_simulation *simulation)
{
    char text[512];
    for (size_t i = 0; flc_study_warning(simulation->study, i, text, sizeof text); i++)
        fprintf(stderr, "fulcrum %s: warning: %s: %s\n", simulation->command->name,
                simulation->study->file, text);
}

static void begin_sidecar(struct cli_simulation *simulation)
{
    flc_comm_library(simulation->mpi, sizeof simulation->mpi);
    simulation->sidecar = (flc_sidecar){
        .state = "running",
        .study_file = simulation->study->file,
        .study_hash = simulation->study->hash,
        .command = simulation->command->name,
        .hosts = simulation->hosts,
        .mpi = simulation->mpi,
        .isa = flc_isa_name(flc_isa_select()),
        .samples = simulation->job->samples,
        .seed = simulation->job->seed,
        .ranks = simulation->comm.size,
        .begin = time(NULL),
    };
}

flc_status cli_simulation_open(struct cli_simulation *simulation, const struct cli_command *command,
                               const struct cli_job *job, const char *study, const char *suffix,
                               flc_error *error)
{
    *simulation = (struct cli_simulation){.command = command,
                                          .job = job,
                                          .headline = FLC_NO_OUTPUT,
                                          .terminal = isatty(STDERR_FILENO)};
    flc_status status = flc_comm_start(&simulation->comm, error);
    if (status)
        return status;
    if (!(status = name_output(simulation, study, suffix, error)) &&
        !(status = cli_self_check(error)))
        status = check_job(job, error);
    if ((status = flc_comm_agree(&simulation->comm, status, error)) ||
        (status = flc_share_study(&simulation->comm, &simulation->study, study, job->set.text,
                                  job->set.count, error)))
        return status;
    if (simulation->comm.rank == 0) {
        print_warnings(simulation);
        status = flc_file_check_target(simulation->output, error);
    }
    if ((status = flc_comm_agree(&simulation->comm, status, error)) ||
        (status =
             flc_comm_hosts(&simulation->comm, simulation->hosts, sizeof simulation->hosts, error)))
        return status;
    begin_sidecar(simulation);
    return FLC_OK;
}

/* ---- progress -------------------------------------------------------------------------------- */

static void print_duration(char *text, size_t room, double seconds)
{
    if (seconds < 100)
        snprintf(text, room, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(text, room, "%.0f min", seconds / 60);
    else
        snprintf(text, room, "%.1f h", seconds / 3600);
}

/* The headline's mean and its error, the latter as of all ranks. */
static void print_headline(const struct cli_simulation *simulation, const flc_progress *progress)
{
    if (simulation->headline == FLC_NO_OUTPUT)
        return;
    flc_moments moments = flc_summary_moments(progress->summary, simulation->headline);
    double share = (double)moments.n / (double)progress->done;
    fprintf(stderr, ", %s %.4g +- %.2g", simulation->headline_name, moments.mean,
            moments.mean_error * __builtin_sqrt(share));
}

static void show_progress(void *context, const flc_progress *progress)
{
    struct cli_simulation *simulation = context;
    double rate = (double)progress->done / (progress->seconds + 1e-9);
    char remaining[32];
    print_duration(remaining, sizeof remaining,
                   (double)(progress->samples - progress->done) / (rate + 1e-9));
    simulation->sidecar.done = progress->done;
    simulation->sidecar.seconds = progress->seconds;
    simulation->begun = true;
    flc_sidecar_save(simulation->output, &simulation->sidecar, NULL);
    if (simulation->job->quiet)
        return;
    fprintf(stderr, "%s%5.1f %%  %llu of %llu samples, %.0f a second, %s left",
            simulation->terminal ? "\r" : "",
            100.0 * (double)progress->done / (double)progress->samples,
            (unsigned long long)progress->done, (unsigned long long)progress->samples, rate,
            remaining);
    print_headline(simulation, progress);
    fputs(simulation->terminal ? "  " : "\n", stderr);
    simulation->line_open = simulation->terminal;
}

flc_status cli_simulation_run(struct cli_simulation *simulation, const flc_source *source,
                              flc_error *error)
{
    flc_run_options options = {simulation->job->samples, flc_isa_select(), show_progress,
                               simulation, simulation->terminal ? 0.5 : 10.0};
    flc_status status =
        flc_simulate(&simulation->comm, source, &options, &simulation->summary, error);
    if (simulation->line_open)
        fputc('\n', stderr);
    simulation->line_open = false;
    return status;
}

/* ---- closing --------------------------------------------------------------------------------- */

flc_status cli_simulation_close(struct cli_simulation *simulation, flc_status status,
                                flc_error *error)
{
    status = flc_comm_agree(&simulation->comm, status, error);
    if (simulation->comm.rank == 0 && simulation->begun) {
        simulation->sidecar.state = status ? "failed" : "finished";
        simulation->sidecar.message = status ? error->text : NULL;
        simulation->sidecar.done = status ? simulation->sidecar.done : simulation->job->samples;
        flc_sidecar_save(simulation->output, &simulation->sidecar, NULL);
    }
    flc_summary_free(simulation->summary);
    flc_study_free(simulation->study);
    if (status)
        cli_complain(simulation->command, error);
    flc_comm_finish(&simulation->comm);
    return status;
}
