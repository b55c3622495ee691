#include "command/simulation.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/until.h"
#include "run/checkpoint.h"
#include "run/hosts.h"
#include "run/share.h"
#include "run/signals.h"
#include "statistics/distributions.h"

/* ---- opening --------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The output, and what stands beside it. */
static flc_status name_output(struct cli_simulation *simulation, const char *study,
                              const char *suffix, flc_error *error)
{
    const char *given = simulation->job->output, *base = base_name(study);
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    int used = given ? snprintf(simulation->output, CLI_PATH_ROOM, "%s", given)
                     : snprintf(simulation->output, CLI_PATH_ROOM, "%.*s%s", length, base, suffix);
    snprintf(simulation->checkpoint, sizeof simulation->checkpoint, "%s.checkpoint",
             simulation->output);
    snprintf(simulation->stop, sizeof simulation->stop, "%s.stop", simulation->output);
    return used < CLI_PATH_ROOM - (int)sizeof ".checkpoint.previous"
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

flc_status cli_try_model(const struct cli_command *command, const flc_study *study, uint64_t seed,
                         flc_error *error)
{
    size_t undefined;
    flc_status status = flc_study_try(study, seed, flc_isa_select(), &undefined, error);
    if (status || undefined == FLC_NO_OUTPUT)
        return status;
    flc_output_label *labels =
        flc_allocate(flc_metrics_outputs(&study->metrics), sizeof *labels, error);
    char name[FLC_OUTPUT_NAME];
    if (!labels)
        return FLC_ERROR_MEMORY;
    flc_metrics_labels(&study->metrics, labels);
    flc_metrics_label_name(&study->metrics, &labels[undefined], name, sizeof name);
    flc_free(labels);
    fprintf(stderr,
            "fulcrum %s: warning: %s: the model has no answer (NaN) for %s in any of the first %d "
            "samples\n",
            command->name, study->file, name, FLC_BLOCK);
    return FLC_OK;
}

static void set_facts(struct cli_simulation *simulation)
{
    const flc_points points = {.seed = simulation->job->seed, .samples = simulation->job->samples};
    simulation->facts =
        flc_state_facts_of(simulation->study, simulation->command->name, "", &points);
    simulation->range = flc_shard_range(simulation->job->samples, 1, 1);
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

/* On rank 0: the study answers, and the output can be written. */
static flc_status try_study(const struct cli_simulation *simulation, flc_error *error)
{
    print_warnings(simulation);
    flc_status status =
        cli_try_model(simulation->command, simulation->study, simulation->job->seed, error);
    if (!status)
        status = cli_check_checkpoint(simulation, error);
    return status ? status : flc_file_check_target(simulation->output, error);
}

flc_status cli_simulation_open(struct cli_simulation *simulation, const struct cli_command *command,
                               const struct cli_job *job, const char *study, const char *suffix,
                               flc_error *error)
{
    *simulation = (struct cli_simulation){.command = command,
                                          .job = job,
                                          .headline = FLC_NO_OUTPUT,
                                          .terminal = isatty(STDERR_FILENO)};
    flc_usage_begin(&simulation->usage, FLC_PHASE_START);
    flc_status status = flc_comm_start(&simulation->comm, error);
    if (status)
        return status;
    simulation->comm.usage = &simulation->usage;
    flc_usage_enter(&simulation->usage, FLC_PHASE_PREPARE);
    if (!(status = name_output(simulation, study, suffix, error)) &&
        !(status = cli_self_check(error)) && !(status = check_job(job, error)))
        status = cli_read_interval(simulation, error);
    if ((status = flc_comm_agree(&simulation->comm, status, error)))
        return status;
    status = flc_share_study(&simulation->comm, &simulation->study, study, NULL, job->set.text,
                             job->set.count, NULL, error);
    if (!status && simulation->comm.rank == 0) /* while the others read it */
        status = try_study(simulation, error);
    if ((status = flc_comm_agree(&simulation->comm, status, error)) ||
        (status = flc_hosts(&simulation->comm, simulation->hosts, sizeof simulation->hosts, error)))
        return status;
    set_facts(simulation);
    begin_sidecar(simulation);
    return FLC_OK;
}

flc_status cli_read_points(flc_points *points, const struct cli_job *job, const char *design,
                           flc_error *error)
{
    *points = (flc_points){.seed = job->seed, .samples = job->samples};
    flc_status status = flc_design_find(&points->design, design, error);
    if (!status)
        status = flc_design_check(points->design, points->samples, error);
    return status ? flc_error_prefix(error, "--design") : FLC_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

/* On rank 0: open the log, and complete the stripe that what was done before ends in. */
static flc_status begin_keeping(struct cli_simulation *simulation, const flc_source *source,
                                uint64_t *first, flc_error *error)
{
    flc_status status =
        simulation->begin_log(simulation->log_context, simulation->facts.kept, *first, error);
    if (status)
        return status;
    return flc_source_stripe(source, flc_isa_select(), first, simulation->range.end,
                             simulation->keeper, simulation->collector, error);
}

/* On every rank the first block still to do; on rank 0 the collector of what was done before. */
static flc_status begin(struct cli_simulation *simulation, const flc_source *source,
                        const flc_state *earlier, uint64_t *first, flc_error *error)
{
    flc_status status = FLC_OK;
    char *bytes = (char *)first;
    size_t length = sizeof *first;
    if (simulation->comm.rank == 0) {
        simulation->collector = source->collector(source->context, error);
        status = simulation->collector ? cli_take_up(simulation, earlier, first, error)
                                       : flc_error_of_null(error);
        if (!status && simulation->keeper)
            status = begin_keeping(simulation, source, first, error);
    }
    if ((status = flc_comm_agree(&simulation->comm, status, error)) ||
        (status = flc_comm_share(&simulation->comm, &bytes, &length, error)))
        return status;
    if (bytes != (char *)first) {
        memcpy(first, bytes, sizeof *first);
        flc_free(bytes);
    }
    return FLC_OK;
}

/* Stopped on request: the state is saved, and the message says how to go on. */
static flc_status stop(struct cli_simulation *simulation, uint64_t next, flc_error *error)
{
    flc_status status = cli_save_checkpoint(simulation, next, error);
    unlink(simulation->stop);
    if (status)
        return status;
    const char *signal = flc_signals_name();
    return flc_error_set(
        error, FLC_ERROR_REQUEUE,
        "stopped%s%s after %llu of %llu samples; saved in %.1024s: give the same "
        "command with --resume to go on",
        *signal ? " by " : "", signal,
        (unsigned long long)(simulation->spent + (next - simulation->range.begin) * FLC_BLOCK),
        (unsigned long long)simulation->facts.samples, simulation->checkpoint);
}

flc_status cli_simulation_run(struct cli_simulation *simulation, const flc_source *source,
                              const flc_state *earlier, flc_error *error)
{
    flc_run_options options = {.isa = flc_isa_select(),
                               .end = simulation->range.end,
                               .interval = simulation->terminal ? 0.5 : 10.0,
                               .save_seconds = simulation->save_seconds,
                               .save_blocks = simulation->save_blocks,
                               .stop_file = simulation->stop,
                               .keeper = simulation->keeper,
                               .context = simulation,
                               .look = simulation->until ? cli_until_look : NULL,
                               .progress = cli_show_progress,
                               .save = cli_save_now};
    flc_run_end end;
    flc_signals_catch();
    flc_status status = begin(simulation, source, earlier, &options.begin, error);
    if (!status)
        status =
            flc_simulate(&simulation->comm, source, &options, simulation->collector, &end, error);
    cli_end_progress(simulation);
    flc_usage_enter(&simulation->usage, FLC_PHASE_WRITE);
    if (!status && end.stopped) {
        if (simulation->comm.rank == 0)
            status = stop(simulation, end.next, error);
        status = flc_comm_agree(&simulation->comm, status, error);
    } else if (!status) {
        cli_set_done(simulation, end.next);
        if (end.enough)
            simulation->facts.samples = end.next * FLC_BLOCK;
    }
    return status;
}

flc_status cli_simulation_rest(struct cli_simulation *simulation, const flc_source *source,
                               flc_error *error)
{
    return flc_source_rest(source, flc_isa_select(), simulation->facts.samples, simulation->keeper,
                           simulation->collector, error);
}

const flc_collector *cli_simulation_distributions(const struct cli_simulation *simulation)
{
    const flc_collector *collector = simulation->collector;
    return simulation->until ? flc_counted_inside(collector) : collector;
}

const flc_summary *cli_simulation_summary(const struct cli_simulation *simulation)
{
    return flc_distributions_summary(cli_simulation_distributions(simulation));
}

void cli_simulation_done(struct cli_simulation *simulation)
{
    flc_checkpoint_remove(simulation->checkpoint);
}

/* ---- closing --------------------------------------------------------------------------------- */

flc_status cli_simulation_close(struct cli_simulation *simulation, flc_status status,
                                flc_error *error)
{
    flc_usage_total total;
    status = flc_comm_agree(&simulation->comm, status, error);
    bool added = !flc_comm_total(&simulation->comm, &total, NULL);
    if (simulation->comm.rank == 0 && simulation->begun) {
        simulation->sidecar.usage = added ? &total : NULL;
        simulation->sidecar.state = status == FLC_ERROR_REQUEUE ? "stopped"
                                    : status                    ? "failed"
                                                                : "finished";
        simulation->sidecar.message = status ? error->text : NULL;
        simulation->sidecar.done = status ? simulation->sidecar.done : simulation->facts.samples;
        flc_sidecar_save(simulation->output, &simulation->sidecar, NULL);
    }
    flc_collector_free(simulation->collector);
    flc_study_free(simulation->study);
    if (status)
        cli_complain(simulation->command, error);
    flc_comm_finish(&simulation->comm);
    flc_signals_release();
    return status;
}
