#include "command/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "run/share.h"

/* ---- opening --------------------------------------------------------------------------------- */

static flc_status name_output(struct cli_session *session, const char *study, const char *suffix,
                              flc_error *error)
{
    const char *given = session->job->output;
    const char *base = strrchr(study, '/') ? strrchr(study, '/') + 1 : study;
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    int used = given ? snprintf(session->output, CLI_PATH_ROOM, "%s", given)
                     : snprintf(session->output, CLI_PATH_ROOM, "%.*s%s", length, base, suffix);
    return used < CLI_PATH_ROOM
               ? FLC_OK
               : flc_error_set(error, FLC_ERROR_USAGE, "the name of the output is too long");
}

static flc_status check_job(const struct cli_job *job, flc_error *error)
{
    if (job->samples == 0)
        return flc_error_set(error, FLC_ERROR_USAGE, "--samples: at least 1");
    return cli_check_seed(job->seed, error);
}

static void print_warnings(const struct cli_session *session)
{
    char text[512];
    for (size_t i = 0; flc_study_warning(session->study, i, text, sizeof text); i++)
        fprintf(stderr, "fulcrum %s: warning: %s: %s\n", session->command->name,
                session->study->file, text);
}

static void begin_sidecar(struct cli_session *session)
{
    flc_comm_library(session->mpi, sizeof session->mpi);
    session->sidecar = (flc_sidecar){
        .state = "running",
        .study_file = session->study->file,
        .study_hash = session->study->hash,
        .command = session->command->name,
        .hosts = session->hosts,
        .mpi = session->mpi,
        .isa = flc_isa_name(flc_isa_select()),
        .samples = session->job->samples,
        .seed = session->job->seed,
        .ranks = session->comm.size,
        .begin = time(NULL),
    };
}

flc_status cli_session_open(struct cli_session *session, const struct cli_command *command,
                            const struct cli_job *job, const char *study, const char *suffix,
                            flc_error *error)
{
    *session = (struct cli_session){.command = command,
                                    .job = job,
                                    .headline = FLC_NO_OUTPUT,
                                    .terminal = isatty(STDERR_FILENO)};
    flc_status status = flc_comm_start(&session->comm, error);
    if (status)
        return status;
    if (!(status = name_output(session, study, suffix, error)) && !(status = cli_self_check(error)))
        status = check_job(job, error);
    if ((status = flc_comm_agree(&session->comm, status, error)) ||
        (status = flc_share_study(&session->comm, &session->study, study, job->set.text,
                                  job->set.count, error)))
        return status;
    if (session->comm.rank == 0) {
        print_warnings(session);
        status = flc_file_check_target(session->output, error);
    }
    if ((status = flc_comm_agree(&session->comm, status, error)) ||
        (status = flc_comm_hosts(&session->comm, session->hosts, sizeof session->hosts, error)))
        return status;
    begin_sidecar(session);
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
static void print_headline(const struct cli_session *session, const flc_progress *progress)
{
    if (session->headline == FLC_NO_OUTPUT)
        return;
    flc_moments moments = flc_summary_moments(progress->summary, session->headline);
    double share = (double)moments.n / (double)progress->done;
    fprintf(stderr, ", %s %.4g +- %.2g", session->headline_name, moments.mean,
            moments.mean_error * __builtin_sqrt(share));
}

static void show_progress(void *context, const flc_progress *progress)
{
    struct cli_session *session = context;
    double rate = (double)progress->done / (progress->seconds + 1e-9);
    char remaining[32];
    print_duration(remaining, sizeof remaining,
                   (double)(progress->samples - progress->done) / (rate + 1e-9));
    session->sidecar.done = progress->done;
    session->sidecar.seconds = progress->seconds;
    session->begun = true;
    flc_sidecar_save(session->output, &session->sidecar, NULL);
    if (session->job->quiet)
        return;
    fprintf(
        stderr, "%s%5.1f %%  %llu of %llu samples, %.0f a second, %s left",
        session->terminal ? "\r" : "", 100.0 * (double)progress->done / (double)progress->samples,
        (unsigned long long)progress->done, (unsigned long long)progress->samples, rate, remaining);
    print_headline(session, progress);
    fputs(session->terminal ? "  " : "\n", stderr);
    session->line_open = session->terminal;
}

flc_status cli_session_simulate(struct cli_session *session, const flc_source *source,
                                flc_error *error)
{
    flc_run_options options = {session->job->samples, flc_isa_select(), show_progress, session,
                               session->terminal ? 0.5 : 10.0};
    flc_status status = flc_simulate(&session->comm, source, &options, &session->summary, error);
    if (session->line_open)
        fputc('\n', stderr);
    session->line_open = false;
    return status;
}

/* ---- closing --------------------------------------------------------------------------------- */

flc_status cli_session_close(struct cli_session *session, flc_status status, flc_error *error)
{
    status = flc_comm_agree(&session->comm, status, error);
    if (session->comm.rank == 0 && session->begun) {
        session->sidecar.state = status ? "failed" : "finished";
        session->sidecar.message = status ? error->text : NULL;
        session->sidecar.done = status ? session->sidecar.done : session->job->samples;
        flc_sidecar_save(session->output, &session->sidecar, NULL);
    }
    flc_summary_free(session->summary);
    flc_study_free(session->study);
    if (status)
        cli_complain(session->command, error);
    flc_comm_finish(&session->comm);
    return status;
}
