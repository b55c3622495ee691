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

static flc_status write_question(struct cli_until *until, flc_error *error)
{
    flc_buffer text;
    flc_buffer_init(&text, error);
    for (size_t i = 0; i < until->goals->count; i++)
        flc_buffer_printf(&text, "%s%s", i ? "; " : "until ", until->goals->goal[i].text);
    until->question = text.text;
    return text.status;
}

flc_status cli_until_open(struct cli_until *until, struct cli_simulation *simulation,
                          const struct cli_texts *texts, flc_source *source, flc_error *error)
{
    *until = (struct cli_until){.inside = *source};
    flc_status status = flc_goals_create(&until->goals, &simulation->study->metrics, texts->text,
                                         texts->count, error);
    if (status)
        return status == FLC_ERROR_MEMORY ? status : flc_error_prefix(error, "--until");
    if ((status = write_question(until, error)))
        return status;
    if (!(until->targets = FLC_NEW(flc_target, texts->count, error)))
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < until->goals->count; i++)
        until->targets[i] = until->goals->goal[i].target;
    *source = (flc_source){until, block, collector};
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

static void print_row(const flc_result_until *until, size_t i)
{
    char wanted[32], reached[32], interval[64];
    const bool relative = until->relative[i] == 1;
    cli_print_precision(wanted, sizeof wanted, until->wanted[i], relative);
    cli_print_precision(reached, sizeof reached, until->reached[i], relative);
    snprintf(interval, sizeof interval, "%.5g to %.5g", until->low[i], until->high[i]);
    printf("  ");
    cli_print_label(until->target[i], 52);
    printf("%12.5g%26s%10s%10s", until->estimate[i], interval, wanted, reached);
    if (until->satisfied[i] != 1)
        printf("  NOT REACHED");
    if (until->remark[i][0])
        printf("%s %s", until->satisfied[i] == 1 ? " " : ":", until->remark[i]);
    printf("\n");
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
    printf(
        "\nPrecision: %zu of %zu targets reached; intervals hold together at 95 %%, at every look "
        "(%lld look%s)\n  ",
        satisfied, until.count, (long long)until.looks, until.looks == 1 ? "" : "s");
    cli_print_label("", 52);
    printf("%12s%26s%10s%10s\n", "estimate", "interval", "wanted", "reached");
    for (size_t i = 0; i < until.count; i++)
        print_row(&until, i);
    return FLC_OK;
}
