/* fulcrum run: simulate a study and write its distributions. */
#include <stdio.h>

#include "command/simulation.h"
#include "command/table.h"
#include "store/result.h"

static const struct cli_option options[] = {CLI_JOB_OPTIONS};

/* Collective: the study's own outputs. */
static flc_status simulate(struct cli_simulation *simulation, flc_error *error)
{
    const flc_study *study = simulation->study;
    size_t portfolio = flc_model_programs(study->model);
    flc_evaluator *evaluator =
        flc_evaluator_create(study, simulation->job->seed, flc_isa_select(), error);
    flc_status status =
        flc_comm_agree(&simulation->comm, evaluator ? FLC_OK : FLC_ERROR_MEMORY, error);
    simulation->headline =
        flc_model_horizon_output(study->model, portfolio, FLC_HORIZON_LEVERAGE_RATIO);
    simulation->headline_name = "portfolio leverage";
    if (!status) {
        flc_source source = flc_evaluator_source(evaluator);
        status = cli_simulation_run(simulation, &source, error);
    }
    flc_evaluator_free(evaluator);
    return status;
}

/* On rank 0: the file, then the table read from it. */
static flc_status write_result(const struct cli_simulation *simulation, flc_error *error)
{
    flc_result_facts facts = {simulation->job->samples, simulation->job->seed};
    flc_status status =
        flc_result_save(simulation->output, simulation->study, simulation->summary, &facts, error);
    if (status || simulation->job->quiet)
        return status;
    status = cli_print_result(simulation->output, error);
    if (!status)
        printf("\nwritten to %s (fulcrum show %s)\n", simulation->output, simulation->output);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct cli_job job = CLI_JOB_DEFAULTS;
    struct cli_simulation simulation;
    const char *study = NULL;
    size_t operands;
    bool helped;
    flc_status status = cli_read(&cli_run, &job, &study, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    status = cli_simulation_open(&simulation, &cli_run, &job, study, ".h5", error);
    if (!status)
        status = simulate(&simulation, error);
    if (!status && simulation.comm.rank == 0)
        status = write_result(&simulation, error);
    return cli_simulation_close(&simulation, status, error);
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
