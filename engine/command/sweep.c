/* fulcrum sweep: a study at many points of its levers, on the same draws. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/sha256.h"
#include "command/simulation.h"
#include "command/sweep_table.h"
#include "run/share.h"
#include "statistics/distributions.h"
#include "store/result.h"
#include "study/csv.h"

/* Outputs that are kept where none are named, beside those of all together: of programs with a
 * lever. */
static const char *const program_outputs[] = {"leverage_ratio", "survival_share",
                                              "self_sustaining_share", "lapse_rate"};
enum {
    DEFAULTS_MOST = 4, /* of the portfolio, or of a plug-in model */
    OUTPUTS_MOST = 2 * CLI_TEXTS_MOST + 4 * FLC_GRID_COLUMNS + 32,
    GOALS_MOST = 16,
    HASH_SHOWN = 16
};

struct settings {
    struct cli_job job; /* first, as its options say */
    struct cli_texts lever, keep, break_even;
    const char *points_file, *pareto, *design;
    flc_points points; /* from `design`, seed and number */
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {0, "lever", "PATH=VALUES", CLI_TEXTS, offsetof(struct settings, lever),
     "0.5,1,2 or 0.5:2:7 (from:to:points); repeat it for a grid, the first slowest"},
    {0, "points", "FILE.csv", CLI_TEXT, offsetof(struct settings, points_file),
     "points one by one instead: a column a lever, its path as heading"},
    {0, "keep", "OUTPUT", CLI_TEXTS, offsetof(struct settings, keep),
     "outputs of the file and the tables; repeatable (leverage, npv, survival, ...)"},
    {0, "break-even", "OUTPUT=LEVEL", CLI_TEXTS, offsetof(struct settings, break_even),
     "where along each lever the mean crosses the level; repeatable"},
    {0, "pareto", "OUTPUT,OUTPUT", CLI_TEXT, offsetof(struct settings, pareto),
     "points that no other one beats in all of these"},
    {0, "design", "NAME", CLI_TEXT, offsetof(struct settings, design), CLI_DESIGN_HELP},
};

/* Everything of a sweep; on every rank. */
struct sweeping {
    struct cli_simulation simulation;
    const char *file; /* the study's */
    flc_grid *grid;
    flc_sweep sweep;
    flc_study **studies; /* the study as it stands, then the points */
    size_t count;
    const char **names; /* for messages */
    size_t outputs[OUTPUTS_MOST];
    char (*output_names)[FLC_OUTPUT_NAME];
    const char *output_list[OUTPUTS_MOST];
    size_t output_count;
    flc_sweep_level levels[CLI_TEXTS_MOST];
    size_t goals[GOALS_MOST];
    bool higher[GOALS_MOST];
    size_t goal_count;
    flc_scenarios *scenarios;
    flc_sweep_findings findings;
    flc_buffer question;
};

/* ---- levers and points ----------------------------------------------------------------------- */

/* Collective: the table of points from rank 0. */
static flc_status read_table(struct sweeping *all, const char *path, flc_error *error)
{
    const flc_comm *comm = &all->simulation.comm;
    char *text = NULL;
    size_t length = 0;
    flc_status status =
        comm->rank == 0 ? flc_file_read(&text, &length, path, FLC_CSV_BYTES, error) : FLC_OK;
    if ((status = flc_comm_agree(comm, status, error)) ||
        (status = flc_comm_share(comm, &text, &length, error)))
        return status;
    status = flc_grid_of_table(&all->grid, text, length, path, error);
    flc_free(text);
    return status;
}

static flc_status read_grid(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    bool table = settings->points_file != NULL;
    if (table == (settings->lever.count > 0))
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "give either levers (--lever programs/MEP/match/required=0.5:2:7) or "
                             "points (--points FILE.csv)");
    flc_status status =
        table ? read_table(all, settings->points_file, error)
              : flc_grid_of_levers(&all->grid, settings->lever.text, settings->lever.count, error);
    if (!status)
        all->sweep.grid = all->grid;
    return status;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* An output by its name, each once; its number among those kept in *place. */
static flc_status add_output(struct sweeping *all, size_t *place, const char *option,
                             const char *name, flc_error *error)
{
    size_t output;
    flc_status status =
        flc_metrics_find(&all->simulation.study->metrics, &output, name, FLC_NO_FISCAL_YEAR, error);
    if (status)
        return *option ? flc_error_prefix(error, "%s", option) : status;
    for (*place = 0; *place < all->output_count; ++*place)
        if (all->outputs[*place] == output)
            return FLC_OK;
    if (all->output_count == OUTPUTS_MOST)
        return flc_error_set(error, FLC_ERROR_USAGE, "more than %d outputs", OUTPUTS_MOST);
    snprintf(all->output_names[*place], FLC_OUTPUT_NAME, "%s", name);
    all->output_list[*place] = all->output_names[*place];
    all->outputs[all->output_count++] = output;
    return FLC_OK;
}

/* Of the program that a lever is in; none for one that the study does not have, which is told when
 * the lever is set. */
static flc_status add_program_outputs(struct sweeping *all, const char *path, flc_error *error)
{
    const flc_model *model = all->simulation.study->model;
    flc_status status = FLC_OK;
    for (size_t p = 0; p < flc_model_programs(model); p++) {
        const char *key = flc_model_program_key(model, p);
        size_t place, length = strlen(key);
        if (strncmp(path, "programs/", 9) != 0 || strncmp(path + 9, key, length) != 0 ||
            path[9 + length] != '/')
            continue;
        for (size_t i = 0; i < sizeof program_outputs / sizeof *program_outputs && !status; i++) {
            char name[FLC_OUTPUT_NAME];
            snprintf(name, sizeof name, "%s/%s", key, program_outputs[i]);
            status = add_output(all, &place, "", name, error);
        }
    }
    return status;
}

static flc_status choose_outputs(struct sweeping *all, const struct cli_texts *keep,
                                 flc_error *error)
{
    size_t place;
    flc_status status = FLC_OK;
    for (size_t i = 0; i < keep->count && !status; i++)
        status = add_output(all, &place, "--keep", keep->text[i], error);
    if (keep->count)
        return status;
    char names[DEFAULTS_MOST][FLC_OUTPUT_NAME];
    size_t count =
        flc_metrics_defaults(&all->simulation.study->metrics, false, names, DEFAULTS_MOST);
    for (size_t i = 0; i < count && !status; i++)
        status = add_output(all, &place, "", names[i], error);
    for (size_t l = 0; l < flc_grid_levers(all->grid) && !status; l++)
        status = add_program_outputs(all, flc_grid_lever(all->grid, l)->path, error);
    return status;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* "MEP/leverage_ratio=2" */
static flc_status take_level(struct sweeping *all, size_t i, const char *text, flc_error *error)
{
    char name[FLC_OUTPUT_NAME];
    const char *equals = strrchr(text, '=');
    flc_sweep_level *level = &all->levels[i];
    if (!equals || (size_t)(equals - text) >= sizeof name ||
        flc_number_parse(&level->level, equals + 1))
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--break-even %.300s: an output and a number, such as "
                             "MEP/leverage_ratio=2",
                             text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    return add_output(all, &level->output, "--break-even", name, error);
}

/* Break-evens need a lever that is a number, along which all others stay. */
static flc_status require_lines(const struct sweeping *all, flc_error *error)
{
    for (size_t l = 0; l < flc_grid_levers(all->grid); l++)
        if (flc_sweep_has_lines(&all->sweep, l))
            return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--break-even: no lever with several numbers that moves while all others "
                         "stay; give one as --lever PATH=FROM:TO:POINTS");
}

static flc_status take_levels(struct sweeping *all, const struct cli_texts *given, flc_error *error)
{
    flc_status status = given->count ? require_lines(all, error) : FLC_OK;
    for (size_t i = 0; i < given->count && !status; i++)
        status = take_level(all, i, given->text[i], error);
    all->sweep.levels = all->levels;
    all->sweep.level_count = given->count;
    return status;
}

static flc_status take_goal(struct sweeping *all, const char *name, flc_error *error)
{
    size_t place = 0;
    const flc_metrics *metrics = &all->simulation.study->metrics;
    if (all->goal_count == GOALS_MOST)
        return flc_error_set(error, FLC_ERROR_USAGE, "--pareto: at most %d outputs", GOALS_MOST);
    flc_status status = add_output(all, &place, "--pareto", name, error);
    if (status)
        return status;
    flc_output_label *labels = FLC_NEW(flc_output_label, flc_metrics_outputs(metrics), error);
    if (!labels)
        return FLC_ERROR_MEMORY;
    flc_metrics_labels(metrics, labels);
    const flc_metric *metric = labels[all->outputs[place]].metric;
    flc_better better = metric ? metric->better : FLC_BETTER_NEITHER;
    flc_free(labels);
    if (better == FLC_BETTER_NEITHER)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--pareto %s: more of it is neither better nor worse; choose outputs "
                             "such as portfolio/leverage_ratio",
                             name);
    all->goals[all->goal_count] = place;
    all->higher[all->goal_count++] = better == FLC_BETTER_HIGHER;
    return FLC_OK;
}

static flc_status take_goals(struct sweeping *all, const char *list, flc_error *error)
{
    flc_status status = FLC_OK;
    while (list && !status) {
        char name[FLC_OUTPUT_NAME];
        size_t length = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : 0), list);
        status = take_goal(all, name, error);
        list = list[length] ? list + length + 1 : NULL;
    }
    all->sweep.goals = all->goals;
    all->sweep.higher = all->higher;
    all->sweep.goal_count = all->goal_count;
    return status;
}

static flc_status take_questions(struct sweeping *all, const struct settings *settings,
                                 flc_error *error)
{
    flc_status status;
    all->output_names = flc_allocate(OUTPUTS_MOST, sizeof *all->output_names, error);
    if (!all->output_names)
        return FLC_ERROR_MEMORY;
    if ((status = choose_outputs(all, &settings->keep, error)) ||
        (status = take_levels(all, &settings->break_even, error)) ||
        (status = take_goals(all, settings->pareto, error)))
        return status;
    all->sweep.outputs = all->outputs;
    all->sweep.names = all->output_list;
    all->sweep.output_count = all->output_count;
    return FLC_OK;
}

/* ---- what it will cost ----------------------------------------------------------------------- */

/* Ranks on one host, if they are spread evenly: "nodeA x 4, nodeB x 4". */
static size_t ranks_per_host(const struct cli_simulation *simulation)
{
    size_t hosts = 1, size = (size_t)simulation->comm.size;
    for (const char *c = simulation->hosts; *c; c++)
        hosts += *c == ',';
    return (size + hosts - 1) / hosts;
}

/* On rank 0, before points are read: how many, in how much memory; refused where that is more than
 * the machine has. */
static flc_status announce(const struct sweeping *all, const struct settings *settings,
                           flc_error *error)
{
    const double mebibyte = 1024.0 * 1024.0;
    const size_t points = flc_grid_points(all->grid);
    const size_t ranks = ranks_per_host(&all->simulation);
    double own = (double)flc_scenarios_forecast(all->simulation.study, points + 1,
                                                all->output_count, settings->points.design) /
                     mebibyte +
                 40;
    double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / mebibyte;
    if (own * (double)ranks > there && there > 0)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%zu points with %zu outputs take about %.0f MB a rank, %zu ranks on "
                             "a machine of %.0f MB; give fewer values or outputs (--keep), or "
                             "fewer ranks a machine",
                             points, all->output_count, own, ranks, there);
    if (settings->job.quiet)
        return FLC_OK;
    fprintf(stderr, "%zu points", points);
    for (size_t l = 0; l < flc_grid_levers(all->grid) && flc_grid_is_full(all->grid); l++)
        fprintf(stderr, "%s%zu of %s", l ? " x " : ": ", flc_grid_lever(all->grid, l)->count,
                flc_grid_lever(all->grid, l)->path);
    fprintf(stderr, "; %zu outputs, about %.0f MB a rank\n", all->output_count, own);
    return FLC_OK;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* On rank 0, before it starts: how long it will take, from one block. */
static void announce_time(const struct sweeping *all, const struct settings *settings)
{
    double begin = seconds_now();
    flc_scenarios_block(all->scenarios, 0);
    double blocks = ceil((double)settings->job.samples / FLC_BLOCK);
    double seconds = (seconds_now() - begin) * blocks / all->simulation.comm.size;
    bool minutes = seconds >= 100;
    fprintf(stderr, "%llu samples of each: about %.0f %s on %d rank%s\n",
            (unsigned long long)settings->job.samples, minutes ? seconds / 60 : seconds,
            minutes ? "min" : "s", all->simulation.comm.size,
            all->simulation.comm.size == 1 ? "" : "s");
}

/* ---- points as studies ----------------------------------------------------------------------- */

/* Collective: the study at a point; the settings of --set, then the levers. */
static flc_status load_point(struct sweeping *all, const struct settings *settings, size_t point,
                             flc_error *error)
{
    const char *assignments[CLI_TEXTS_MOST + FLC_GRID_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < settings->job.set.count; i++)
        assignments[count++] = settings->job.set.text[i];
    for (size_t l = 0; l < flc_grid_levers(all->grid); l++)
        assignments[count++] = flc_grid_assignment(all->grid, point, l);
    flc_status status = flc_share_study(&all->simulation.comm, &all->studies[point + 1], all->file,
                                        NULL, assignments, count, all->studies[0], error);
    status = flc_comm_agree(&all->simulation.comm, status, error);
    return status ? flc_error_prefix(error, "point %zu of %zu (%.300s)", point + 1,
                                     flc_grid_points(all->grid), flc_grid_label(all->grid, point))
                  : FLC_OK;
}

static flc_status load(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    flc_status status = FLC_OK;
    all->studies[0] = all->simulation.study;
    all->names[0] = all->file;
    for (size_t p = 0; p + 1 < all->count && !status; p++) {
        all->names[p + 1] = flc_grid_label(all->grid, p);
        status = load_point(all, settings, p, error);
    }
    return status;
}

/* What a checkpoint must agree in: all that makes rows. The labels of the points may be long, so
 * their hash stands for them. */
static flc_status ask(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    flc_buffer *text = &all->question, labels;
    char design[FLC_DESIGN_QUESTION], hash[2 * FLC_SHA256_BYTES + 1];
    unsigned char digest[FLC_SHA256_BYTES];
    flc_buffer_init(text, error);
    flc_buffer_init(&labels, error);
    for (size_t s = 0; s < all->count; s++)
        flc_buffer_printf(&labels, "%s\n", all->studies[s]->hash);
    flc_buffer_printf(text, "%s; ", flc_design_question(design, &settings->points));
    for (size_t l = 0; l < flc_grid_levers(all->grid); l++)
        flc_buffer_printf(text, "lever %s of %zu; ", flc_grid_lever(all->grid, l)->path,
                          flc_grid_lever(all->grid, l)->count);
    for (size_t o = 0; o < all->output_count; o++)
        flc_buffer_printf(text, "keep %s; ", all->output_list[o]);
    for (size_t i = 0; i < settings->break_even.count; i++)
        flc_buffer_printf(text, "break-even %s; ", all->output_list[all->levels[i].output]);
    flc_status status = labels.status;
    if (!status) {
        flc_sha256(labels.text, labels.length, digest);
        flc_sha256_hex(hash, digest);
        flc_buffer_printf(text, "points %.*s; ", HASH_SHOWN, hash);
        status = text->status;
    }
    flc_buffer_clear(&labels);
    if (!status)
        all->simulation.facts.question = text->text;
    return status;
}

static flc_status make_scenarios(struct sweeping *all, const struct settings *settings,
                                 flc_error *error)
{
    flc_questions questions = {
        .outputs = all->outputs, .output_count = all->output_count, .means_only = true};
    flc_status status =
        flc_sweep_plan(&all->sweep, &questions.rivals, &questions.rival_count, error);
    if (status)
        return status;
    return flc_scenarios_create(&all->scenarios, (const flc_study *const *)all->studies, all->names,
                                all->count, &questions, &settings->points, flc_isa_select(), error);
}

static flc_status make_room(struct sweeping *all, flc_error *error)
{
    all->count = flc_grid_points(all->grid) + 1;
    all->studies = FLC_NEW(flc_study *, all->count, error);
    all->names = FLC_NEW(const char *, all->count, error);
    return all->studies && all->names ? FLC_OK : FLC_ERROR_MEMORY;
}

/* Collective. */
static flc_status prepare(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    const flc_comm *comm = &all->simulation.comm;
    flc_status status = read_grid(all, settings, error);
    if (!status && !(status = take_questions(all, settings, error)))
        status = make_room(all, error);
    if (!status && comm->rank == 0)
        status = announce(all, settings, error);
    if ((status = flc_comm_agree(comm, status, error)) || (status = load(all, settings, error)))
        return status;
    if (!(status = ask(all, settings, error)))
        status = make_scenarios(all, settings, error);
    if ((status = flc_comm_agree(comm, status, error)))
        return status;
    if (comm->rank == 0 && !settings->job.quiet)
        announce_time(all, settings);
    return FLC_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static const double *block(void *context, uint64_t first)
{
    return flc_scenarios_block(context, first);
}

static flc_status failure(void *context, flc_error *error)
{
    return flc_scenarios_failure(context, error);
}

static flc_collector *collector(void *context, flc_error *error)
{
    return flc_distributions_take(flc_scenarios_summary(context, error), error);
}

static flc_status find(struct sweeping *all, const flc_summary *summary, flc_error *error)
{
    flc_break_even *found = NULL;
    size_t count = 0;
    bool *on = FLC_NEW(bool, flc_grid_points(all->grid), error);
    flc_status status = on ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status && all->goal_count > 0)
        status = flc_sweep_pareto(&all->sweep, all->scenarios, summary, on, error);
    if (!status)
        status = flc_sweep_break_evens(&all->sweep, all->scenarios, summary, FLC_RESULT_LEVEL,
                                       &found, &count, error);
    all->findings = (flc_sweep_findings){found, count, on};
    return status;
}

static void print_report(const struct sweeping *all, const struct settings *settings,
                         const flc_summary *summary)
{
    size_t evaluated = 0, programs = 0;
    for (size_t s = 0; s < all->count; s++) {
        evaluated += flc_scenarios_evaluated(all->scenarios, s);
        programs += flc_model_programs(all->studies[s]->model);
    }
    printf("%zu points of %s, %llu samples, seed %llu", all->count - 1, all->file,
           (unsigned long long)settings->points.samples, (unsigned long long)settings->points.seed);
    if (programs > 0)
        printf("; %zu of %zu programs evaluated, the others are those of the study as it stands",
               evaluated, programs);
    printf("\n");
    cli_print_sweep(&all->sweep, all->scenarios, summary, &all->findings);
    printf("\nwritten to %s\n", all->simulation.output);
}

/* On rank 0: the file and the tables. */
static flc_status report(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    const flc_summary *summary = cli_simulation_summary(&all->simulation);
    flc_status status = find(all, summary, error);
    if (!status)
        status = flc_sweep_file_save(all->simulation.output, &all->sweep, all->scenarios, summary,
                                     &all->findings, &settings->points, error);
    if (status)
        return status;
    cli_simulation_done(&all->simulation);
    if (!settings->job.quiet)
        print_report(all, settings, summary);
    return FLC_OK;
}

static flc_status sweep(struct sweeping *all, const struct settings *settings, flc_error *error)
{
    flc_status status = prepare(all, settings, error);
    flc_source source = {all->scenarios, block, collector, failure};
    if (!status)
        status = cli_simulation_run(&all->simulation, &source, NULL, error);
    if (!status && all->simulation.comm.rank == 0 &&
        !(status = cli_simulation_rest(&all->simulation, &source, error)))
        status = report(all, settings, error);
    return status;
}

static void clear(struct sweeping *all)
{
    flc_scenarios_free(all->scenarios);
    for (size_t s = 1; all->studies && s < all->count; s++)
        flc_study_free(all->studies[s]);
    flc_sweep_clear(&all->sweep);
    flc_grid_free(all->grid);
    flc_buffer_clear(&all->question);
    flc_free((void *)(uintptr_t)all->findings.break_evens);
    flc_free((void *)(uintptr_t)all->findings.pareto);
    flc_free(all->output_names);
    flc_free(all->studies);
    flc_free(all->names);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.job = CLI_JOB_DEFAULTS, .design = "mc"};
    size_t operands;
    bool helped;
    struct sweeping *all = FLC_NEW(struct sweeping, 1, error);
    if (!all)
        return FLC_ERROR_MEMORY;
    flc_buffer_init(&all->question, error);
    flc_status status =
        cli_read(&cli_sweep, &settings, &all->file, &operands, &helped, argc, argv, error);
    if (!status && !helped)
        status = cli_read_points(&settings.points, &settings.job, settings.design, error);
    if (status || helped) {
        flc_free(all);
        return status;
    }
    status = cli_simulation_open(&all->simulation, &cli_sweep, &settings.job, all->file,
                                 "_sweep.h5", error);
    if (!status)
        status = sweep(all, &settings, error);
    clear(all);
    status = cli_simulation_close(&all->simulation, status, error);
    flc_free(all);
    return status;
}

const struct cli_command cli_sweep = {
    .name = "sweep",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "Move policy levers over a grid of points, on the same draws.",
    .details =
        "Several levers make a full grid, of at most 10000 points. Values are YAML, listed by "
        "commas outside of\nbrackets, so a lever may also be a schedule or a distribution:\n"
        "  --lever 'programs/MEP/match/required=1,[1,1,2],[1,2,2]'\n"
        "A break-even is where the mean, a straight line between neighbouring points, crosses a "
        "level; its\ninterval is of the samples.\n" CLI_STOPPING,
    .example = "fulcrum sweep inputs/baseline.yaml --lever programs/MEP/match/required=1:2:5 "
               "--break-even MEP/lapse_rate=0.1",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .takes_model = true,
    .run = run,
};
