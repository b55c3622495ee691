/* fulcrum run: simulate a study and write its distributions. */
#include <stdio.h>

#include "command/session.h"
#include "command/table.h"
#include "store/result.h"

static const struct cli_option options[] = {CLI_JOB_OPTIONS};

/* Collective: the study's own outputs. */
static flc_status simulate(struct cli_session *session, flc_error *error)
{
    const flc_study *study = session->study;
    size_t portfolio = flc_model_programs(study->model);
    flc_evaluator *evaluator =
        flc_evaluator_create(study, session->job->seed, flc_isa_select(), error);
    flc_status status =
        flc_comm_agree(&session->comm, evaluator ? FLC_OK : FLC_ERROR_MEMORY, error);
    session->headline =
        flc_model_horizon_output(study->model, portfolio, FLC_HORIZON_LEVERAGE_RATIO);
    session->headline_name = "portfolio leverage";
    if (!status) {
        flc_source source = flc_evaluator_source(evaluator);
        status = cli_session_simulate(session, &source, error);
    }
    flc_evaluator_free(evaluator);
    return status;
}

/* On rank 0: the file, then the table read from it. */
static flc_status write_result(const struct cli_session *session, flc_error *error)
{
    flc_result_facts facts = {session->job->samples, session->job->seed};
    flc_status status =
        flc_result_save(session->output, session->study, session->summary, &facts, error);
    if (status || session->job->quiet)
        return status;
    status = cli_print_result(session->output, error);
    if (!status)
        printf("\nwritten to %s (fulcrum show %s)\n", session->output, session->output);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct cli_job job = CLI_JOB_DEFAULTS;
    struct cli_session session;
    const char *study = NULL;
    size_t operands;
    bool helped;
    flc_status status = cli_read(&cli_run, &job, &study, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    status = cli_session_open(&session, &cli_run, &job, study, ".h5", error);
    if (!status)
        status = simulate(&session, error);
    if (!status && session.comm.rank == 0)
        status = write_result(&session, error);
    return cli_session_close(&session, status, error);
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
