#include "command/until.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "command/cells.h"
#include "statistics/distributions.h"

/* ---- setting up ------------------------------------------------------------------------------ */

static const double *block(void *context, uint64_t first)
{
    const struct cli_until *until = context;
    return until->inside.block(until->inside.context, first);
}

static flc_collector *collector(void *context, flc_error *error)
{
    const struct cli_until *until = context;
    return flc_counted_take(until->inside.collector(until->inside.context, error), until->targets,
                            until->goals->count, error);
}

static flc_status failure(void *context, flc_error *error)
{
    const struct cli_until *until = context;
    return until->inside.failure ? until->inside.failure(until->inside.context, error) : FLC_OK;
}

static flc_status write_question(struct cli_until *until, const char *asked, flc_error *error)
{
    flc_buffer text;
    flc_buffer_init(&text, error);
    flc_buffer_add(&text, asked);
    for (size_t i = 0; i < until->goals->count; i++)
        flc_buffer_printf(&text, "%s%s", i ? "; " : "until ", until->goals->goal[i].text);
    until->question = text.text;
    return text.status;
}

flc_status cli_until_check(struct cli_job *job, const struct cli_texts *texts, const char *design,
                           flc_error *error)
{
    if (job->samples == CLI_NOT_GIVEN)
        job->samples = texts->count > 0 ? CLI_UNTIL_SAMPLES : CLI_SAMPLES;
    if (texts->count == 0 || strcmp(design, "mc") == 0)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--until is for independent samples: leave out --design %s", design);
}

flc_status cli_until_open(struct cli_until *until, struct cli_simulation *simulation,
                          const flc_goal_names *names, const struct cli_texts *texts,
                          flc_source *source, flc_error *error)
{
    *until = (struct cli_until){.inside = *source};
    flc_status status = flc_goals_create(&until->goals, names, texts->text, texts->count, error);
    if (status)
        return status == FLC_ERROR_MEMORY ? status : flc_error_prefix(error, "--until");
    if ((status = write_question(until, simulation->facts.question, error)))
        return status;
    if (!(until->targets = FLC_NEW(flc_target, texts->count, error)))
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < until->goals->count; i++)
        until->targets[i] = until->goals->goal[i].target;
    *source = (flc_source){until, block, collector, failure};
    simulation->until = until;
    simulation->facts.question = until->question;
    simulation->sidecar.goals = until->goals;
    return FLC_OK;
}

void cli_until_close(struct cli_until *until)
{
    flc_goals_free(until->goals);
    flc_free(until->targets);
    flc_free(until->question);
}

/* ---- looking --------------------------------------------------------------------------------- */

void cli_until_judge(struct cli_simulation *simulation, uint64_t samples)
{
    flc_goals *goals = simulation->until->goals;
    const uint64_t *met = flc_counted_met(simulation->collector);
    for (size_t i = 0; i < goals->count; i++)
        goals->goal[i].met = goals->goal[i].kind == FLC_GOAL_PROBABILITY ? met[i] : 0;
    flc_goals_judge(goals, cli_simulation_summary(simulation), samples);
}

flc_status cli_until_look(void *context, const flc_collector *all, uint64_t next, bool *enough,
                          flc_error *error)
{
    struct cli_simulation *simulation = context;
    (void)all; /* the simulation's own */
    (void)error;
    cli_until_judge(simulation, next * FLC_BLOCK);
    *enough = flc_goals_satisfied(simulation->until->goals);
    return FLC_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static bool is_answer(const struct cli_until *until, const flc_result_view *result, uint64_t most)
{
    flc_error unread;
    flc_result_until answer;
    const flc_data_attribute *samples = flc_data_attribute_find(result->root, "samples");
    if (!samples || !samples->integers || flc_result_view_until(result, &answer, &unread) ||
        answer.count != until->goals->count)
        return false;
    size_t satisfied = 0;
    for (size_t i = 0; i < answer.count; i++) {
        if (strcmp(answer.target[i], until->goals->goal[i].text) != 0)
            return false;
        satisfied += answer.satisfied[i] == 1;
    }
    const uint64_t done = (uint64_t)samples->integers[0];
    return done == most || (done < most && satisfied == answer.count);
}

bool cli_until_is_answered(const struct cli_until *until, const char *path, uint64_t most)
{
    flc_result_view result;
    flc_error unread;
    bool answered =
        !flc_result_view_open(&result, path, &unread) && is_answer(until, &result, most);
    flc_result_view_close(&result);
    return answered;
}

void cli_print_precision(char *text, size_t room, double width, bool relative)
{
    if (!(width < (double)INFINITY))
        snprintf(text, room, "-");
    else
        snprintf(text, room, relative ? "%.3g %%" : "%.3g", relative ? 100 * width : width);
}

/* A goal as a file or a run has it. */
struct row {
    const char *target, *remark;
    double estimate, low, high, wanted, reached;
    bool relative, satisfied;
};

static void print_row(const struct row *row)
{
    char wanted[32], reached[32], interval[64];
    cli_print_precision(wanted, sizeof wanted, row->wanted, row->relative);
    cli_print_precision(reached, sizeof reached, row->reached, row->relative);
    snprintf(interval, sizeof interval, "%.5g to %.5g", row->low, row->high);
    printf("  ");
    cli_print_label(row->target, 52);
    printf("%12.5g%26s%10s%10s", row->estimate, interval, wanted, reached);
    if (!row->satisfied)
        printf("  NOT REACHED");
    if (row->remark[0])
        printf("%s %s", row->satisfied ? " " : ":", row->remark);
    printf("\n");
}

static void print_head(size_t satisfied, size_t count, uint64_t looks)
{
    printf(
        "\nPrecision: %zu of %zu targets reached; intervals hold together at 95 %%, at every look "
        "(%llu look%s)\n  ",
        satisfied, count, (unsigned long long)looks, looks == 1 ? "" : "s");
    cli_print_label("", 52);
    printf("%12s%26s%10s%10s\n", "estimate", "interval", "wanted", "reached");
}

flc_status cli_print_until(const flc_result_view *result, flc_error *error)
{
    flc_result_until until;
    flc_status status = flc_result_view_until(result, &until, error);
    if (status || until.count == 0)
        return status;
    size_t satisfied = 0;
    for (size_t i = 0; i < until.count; i++)
        satisfied += until.satisfied[i] == 1;
    print_head(satisfied, until.count, (uint64_t)until.looks);
    for (size_t i = 0; i < until.count; i++) {
        struct row row = {until.target[i],  until.remark[i],        until.estimate[i],
                          until.low[i],     until.high[i],          until.wanted[i],
                          until.reached[i], until.relative[i] == 1, until.satisfied[i] == 1};
        print_row(&row);
    }
    return FLC_OK;
}

void cli_print_goals(const flc_goals *goals)
{
    size_t satisfied = 0;
    for (size_t i = 0; i < goals->count; i++)
        satisfied += goals->goal[i].satisfied;
    print_head(satisfied, goals->count, goals->looks);
    for (size_t i = 0; i < goals->count; i++) {
        const flc_goal *goal = &goals->goal[i];
        struct row row = {goal->text,   goal->remark,  goal->estimate, goal->low,      goal->high,
                          goal->wanted, goal->reached, goal->relative, goal->satisfied};
        print_row(&row);
    }
}
