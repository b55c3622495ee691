/* fulcrum hindcast: run a past period and score it against observed figures. */
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "command/simulation.h"
#include "statistics/distributions.h"
#include "store/hindcast_file.h"

struct settings {
    struct cli_job job; /* first, as its options say */
    bool weigh;
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {'w', "weigh", NULL, CLI_FLAG, offsetof(struct settings, weigh),
     "weight samples by the likelihood of the calibration observations"},
};

enum { OBSERVATIONS_BYTES = 64 << 20 };

static const double *block(void *context, uint64_t first)
{
    return flc_hindcast_block(context, first);
}

static flc_status failure(void *context, flc_error *error)
{
    return flc_hindcast_failure(context, error);
}

static flc_collector *collector(void *context, flc_error *error)
{
    return flc_distributions_take(flc_hindcast_summary(context, error), error);
}

/* The observations' hash and how they are used: what a checkpoint must agree in. */
static void ask(char *question, size_t room, const char *text, size_t length, bool weigh)
{
    unsigned char digest[FLC_SHA256_BYTES];
    char hex[FLC_SHA256_HEX];
    flc_sha256(text, length, digest);
    flc_sha256_hex(hex, digest);
    snprintf(question, room, "observations %s%s", hex, weigh ? " weighed" : "");
}

/* Collective: the observations file on every rank, as text. */
static flc_status share_file(const struct cli_simulation *simulation, const char *path, char **text,
                             size_t *length, flc_error *error)
{
    flc_status status = FLC_OK;
    if (simulation->comm.rank == 0)
        status = flc_file_read(text, length, path, OBSERVATIONS_BYTES, error);
    if ((status = flc_comm_agree(&simulation->comm, status, error)))
        return status;
    return flc_comm_share(&simulation->comm, text, length, error);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void print_row(const flc_observation *observation, const flc_score *score)
{
    char year[16] = "";
    if (observation->fiscal_year != FLC_NO_FISCAL_YEAR)
        snprintf(year, sizeof year, "%lld", (long long)observation->fiscal_year);
    printf("%-10s %-36s %4s %11.5g", observation->program, observation->output, year,
           observation->value);
    if (score->defined == 0) {
        printf("   no sample defines this output\n");
        return;
    }
    char density[16] = "-";
    if (!isnan(score->log_score))
        snprintf(density, sizeof density, "%.3g", score->log_score);
    printf(" %11.5g %11.5g %11.5g %6.3f %4s %4s %10.3g %9s\n", score->quantile[0],
           score->quantile[2], score->quantile[4], score->pit, score->inside_50 ? "yes" : "no",
           score->inside_90 ? "yes" : "no", score->crps, density);
}

static bool has_split(const flc_hindcast *hindcast, flc_split split)
{
    for (size_t i = 0; i < flc_hindcast_count(hindcast); i++)
        if (flc_hindcast_observation(hindcast, i)->split == split)
            return true;
    return false;
}

static void print_split(const flc_hindcast *hindcast, const flc_summary *scores, flc_split split)
{
    flc_calibration sum = flc_hindcast_calibration(hindcast, scores, split);
    if (!has_split(hindcast, split))
        return;
    printf("\n%s\n%-10s %-36s %4s %11s %11s %11s %11s %6s %4s %4s %10s %9s\n",
           split == FLC_SPLIT_SCORE ? "Scored (held out)" : "Calibration (used to set the study)",
           "program", "output", "FY", "observed", "5 %", "50 %", "95 %", "PIT", "50 %", "90 %",
           "CRPS", "log score");
    for (size_t i = 0; i < flc_hindcast_count(hindcast); i++) {
        const flc_observation *observation = flc_hindcast_observation(hindcast, i);
        if (observation->split != split)
            continue;
        flc_score score = flc_hindcast_score(hindcast, scores, i);
        print_row(observation, &score);
    }
    double n = sum.count ? (double)sum.count : 1.0;
    printf(
        "%zu observations: %.0f %% inside the 50 %% interval, %.0f %% inside the 90 %% interval; "
        "mean PIT %.2f, distance of PIT from uniform %.2f;\n"
        "CRPS on average %.0f %% of the value. Observations of one program are not independent.\n",
        sum.count, 100 * (double)sum.inside_50 / n, 100 * (double)sum.inside_90 / n, sum.mean_pit,
        sum.pit_distance, 100 * sum.mean_crps_share);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* On rank 0: the file and the table. */
static flc_status report(const struct cli_simulation *simulation, const flc_hindcast *hindcast,
                         flc_error *error)
{
    const flc_summary *summary = cli_simulation_summary(simulation);
    flc_status status =
        flc_hindcast_file_save(simulation->output, simulation->study, hindcast, summary,
                               simulation->job->samples, simulation->job->seed, error);
    if (status || simulation->job->quiet)
        return status;
    printf("%s\n", simulation->study->inputs->title ? simulation->study->inputs->title
                                                    : simulation->study->file);
    double effective = flc_hindcast_effective(hindcast, summary);
    if (effective < 0.999 * (double)simulation->job->samples)
        printf("weighted by the calibration observations: effective sample size %.0f of %llu\n",
               effective, (unsigned long long)simulation->job->samples);
    print_split(hindcast, summary, FLC_SPLIT_CALIBRATION);
    print_split(hindcast, summary, FLC_SPLIT_SCORE);
    printf("\nwritten to %s\n", simulation->output);
    return FLC_OK;
}

static flc_status score(struct cli_simulation *simulation, const char *observations, bool weigh,
                        flc_error *error)
{
    char *text = NULL;
    size_t length = 0;
    char question[128];
    flc_hindcast *hindcast = NULL;
    flc_status status = share_file(simulation, observations, &text, &length, error);
    if (status)
        return status;
    ask(question, sizeof question, text, length, weigh);
    simulation->facts.question = question;
    status = flc_hindcast_create(&hindcast, simulation->study, simulation->job->seed,
                                 flc_isa_select(), weigh, text, length, observations, error);
    status = flc_comm_agree(&simulation->comm, status, error);
    if (!status) {
        flc_source source = {hindcast, block, collector, failure};
        status = cli_simulation_run(simulation, &source, NULL, error);
        if (!status && simulation->comm.rank == 0)
            status = cli_simulation_rest(simulation, &source, error);
    }
    if (!status && simulation->comm.rank == 0 &&
        !(status = flc_hindcast_check(hindcast, cli_simulation_summary(simulation), error)) &&
        !(status = report(simulation, hindcast, error)))
        cli_simulation_done(simulation);
    flc_hindcast_free(hindcast);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.job = CLI_JOB_DEFAULTS};
    struct cli_simulation simulation;
    const char *operands[2];
    size_t count;
    bool helped;
    flc_status status =
        cli_read(&cli_hindcast, &settings, operands, &count, &helped, argc, argv, error);
    if (status || helped)
        return status;
    status = cli_simulation_open(&simulation, &cli_hindcast, &settings.job, operands[0],
                                 "_hindcast.h5", error);
    if (!status)
        status = score(&simulation, operands[1], settings.weigh, error);
    return cli_simulation_close(&simulation, status, error);
}

const struct cli_command cli_hindcast = {
    .name = "hindcast",
    .operands = "STUDY.yaml OBSERVATIONS.csv",
    .least = 2,
    .most = 2,
    .summary = "Run a past period and score it against observed figures.",
    .details = "The CSV has the columns program, output, fiscal_year, value, error (standard "
               "deviation of the "
               "measurement),\nsplit (calibration or score) and source.\n" CLI_STOPPING,
    .example = "fulcrum hindcast inputs/hindcast/mep_1998.yaml inputs/hindcast/mep_1998.csv",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .run = run,
};
