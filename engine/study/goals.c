#include "study/goals.h"

#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/suggest.h"
#include "statistics/sequences.h"

/* ---- reading --------------------------------------------------------------------------------- */

enum { WORDS = 6, WORDS_ROOM = 1024 };
static const char *const kinds[] = {"mean", "quantile", "probability"};
static const size_t words_of[] = {3, 4, 5};

struct words {
    char text[WORDS_ROOM];
    char *word[WORDS];
    size_t count; /* WORDS: as many or more */
};

static bool cut(struct words *words, const char *text)
{
    *words = (struct words){.count = 0};
    if (strlen(text) >= WORDS_ROOM)
        return false;
    memcpy(words->text, text, strlen(text) + 1);
    for (char *next = words->text; *next && words->count < WORDS;) {
        next += strspn(next, " \t\n");
        if (*next)
            words->word[words->count++] = next;
        next += strcspn(next, " \t\n");
        if (*next)
            *next++ = '\0';
    }
    return true;
}

static flc_status read_number(double *value, const char *word, flc_error *error)
{
    const char *wrong = flc_number_parse(value, word);
    return wrong ? flc_error_set(error, FLC_ERROR_USAGE, "'%s' %s", word, wrong) : FLC_OK;
}

static flc_status read_precision(flc_goal *goal, char *word, flc_error *error)
{
    size_t length = strlen(word);
    goal->relative = length > 0 && word[length - 1] == '%';
    if (goal->relative)
        word[length - 1] = '\0';
    flc_status status = read_number(&goal->wanted, word, error);
    if (status || (goal->wanted > 0 && flc_is_finite(goal->wanted)))
        return status;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "a precision is above 0, as 0.01 or, of the estimate, 0.5%%");
}

static flc_status read_condition(flc_goal *goal, const char *side, const char *number,
                                 flc_error *error)
{
    goal->target.side = strcmp(side, ">=") == 0 ? FLC_AT_LEAST : FLC_AT_MOST;
    if (strcmp(side, ">=") != 0 && strcmp(side, "<=") != 0)
        return flc_error_set(error, FLC_ERROR_USAGE, "a probability is of >= or <=, not of '%s'",
                             side);
    return read_number(&goal->target.threshold, number, error);
}

static flc_status read_probability(flc_goal *goal, const char *word, flc_error *error)
{
    flc_status status = read_number(&goal->p, word, error);
    if (status || (goal->p > 0 && goal->p < 1))
        return status;
    return flc_error_set(error, FLC_ERROR_USAGE, "a quantile is of a probability between 0 and 1");
}

static flc_status read_kind(flc_goal *goal, const struct words *words, flc_error *error)
{
    size_t place, count = sizeof kinds / sizeof *kinds;
    if (words->count < 2)
        return flc_error_set(
            error, FLC_ERROR_USAGE,
            "write OUTPUT mean PRECISION, OUTPUT quantile P PRECISION, or OUTPUT probability >= X "
            "PRECISION, as in 'MEP/leverage_ratio mean 0.5%%'");
    flc_status status =
        flc_suggest_place(&place, "statistic", words->word[1], kinds, count,
                          "; mean, quantile or probability", FLC_ERROR_USAGE, error);
    if (status)
        return status;
    goal->kind = (flc_goal_kind)place;
    if (words->count == words_of[place])
        return FLC_OK;
    static const char *const forms[] = {"mean PRECISION", "quantile P PRECISION",
                                        "probability >= X PRECISION"};
    return flc_error_set(error, FLC_ERROR_USAGE, "write %s %s", words->word[0], forms[place]);
}

static flc_status read_goal(flc_goal *goal, const flc_goal_names *names, struct words *words,
                            flc_error *error)
{
    flc_status status = read_kind(goal, words, error);
    if (!status)
        status =
            names->find(names->context, &goal->target.output, goal->text, words->word[0], error);
    if (!status && goal->kind == FLC_GOAL_QUANTILE)
        status = read_probability(goal, words->word[2], error);
    if (!status && goal->kind == FLC_GOAL_PROBABILITY)
        status = read_condition(goal, words->word[2], words->word[3], error);
    return status ? status : read_precision(goal, words->word[words->count - 1], error);
}

/* Behind the output's name, which is there. */
static void write_text(flc_goal *goal)
{
    char number[FLC_NUMBER_TEXT], middle[FLC_NUMBER_TEXT + 8] = "";
    goal->name_length = strlen(goal->text);
    if (goal->kind == FLC_GOAL_QUANTILE)
        snprintf(middle, sizeof middle, " %s", flc_number_print(number, goal->p));
    if (goal->kind == FLC_GOAL_PROBABILITY)
        snprintf(middle, sizeof middle, " %s %s", goal->target.side == FLC_AT_LEAST ? ">=" : "<=",
                 flc_number_print(number, goal->target.threshold));
    snprintf(goal->text + goal->name_length, FLC_GOAL_TEXT - goal->name_length, " %s%s %s%s",
             kinds[goal->kind], middle, flc_number_print(number, goal->wanted),
             goal->relative ? "%" : "");
    if (goal->relative)
        goal->wanted /= 100;
}

static flc_status read_all(flc_goals *goals, const flc_goal_names *names, const char *const *texts,
                           flc_error *error)
{
    struct words words;
    flc_status status = FLC_OK;
    for (size_t i = 0; i < goals->count && !status; i++) {
        flc_goal *goal = &goals->goal[i];
        goal->remark = "";
        status = cut(&words, texts[i])
                     ? read_goal(goal, names, &words, error)
                     : flc_error_set(error, FLC_ERROR_USAGE, "too long for an output's name");
        if (!status)
            write_text(goal);
        else if (status != FLC_ERROR_MEMORY)
            flc_error_prefix(error, "'%.200s'", texts[i]);
    }
    return status;
}

static flc_status find_in_metrics(const void *context, size_t *output, char name[FLC_OUTPUT_NAME],
                                  const char *word, flc_error *error)
{
    const flc_metrics *metrics = context;
    flc_status status = flc_metrics_find(metrics, output, word, FLC_NO_FISCAL_YEAR, error);
    if (status)
        return status;
    flc_output_label *labels = FLC_NEW(flc_output_label, flc_metrics_outputs(metrics), error);
    if (!labels)
        return FLC_ERROR_MEMORY;
    flc_metrics_labels(metrics, labels);
    flc_metrics_label_name(metrics, &labels[*output], name, FLC_OUTPUT_NAME);
    flc_free(labels);
    return FLC_OK;
}

flc_goal_names flc_goal_names_of(const flc_metrics *metrics)
{
    return (flc_goal_names){metrics, find_in_metrics};
}

flc_status flc_goals_create(flc_goals **goals, const flc_goal_names *names,
                            const char *const *texts, size_t count, flc_error *error)
{
    *goals = FLC_NEW(flc_goals, 1, error);
    if (!*goals)
        return FLC_ERROR_MEMORY;
    (*goals)->count = count;
    (*goals)->alpha = (1 - FLC_GOALS_LEVEL) / (double)count;
    (*goals)->goal = FLC_NEW(flc_goal, count, error);
    flc_status status = (*goals)->goal ? read_all(*goals, names, texts, error) : FLC_ERROR_MEMORY;
    if (status) {
        flc_goals_free(*goals);
        *goals = NULL;
    }
    return status;
}

void flc_goals_free(flc_goals *goals)
{
    if (!goals)
        return;
    flc_free(goals->goal);
    flc_free(goals);
}

/* ---- judging --------------------------------------------------------------------------------- */

static void judge_mean(flc_goal *goal, const flc_summary *summary, double alpha)
{
    const flc_moments moments = flc_summary_moments(summary, goal->target.output);
    const flc_counts counts = flc_summary_counts(summary, goal->target.output);
    const flc_interval interval = flc_sequences_mean(moments.mean, moments.sd, moments.n, alpha);
    goal->values = moments.n;
    goal->estimate = moments.mean;
    goal->low = interval.low;
    goal->high = interval.high;
    if (counts.defined > counts.finite)
        goal->remark = "infinite answers are left out";
    if (moments.n < FLC_SEQUENCES_LEAST)
        goal->remark = "too few values for an interval";
}

/* Sets what the sketch can tell at best. */
static void judge_quantile(flc_goal *goal, const flc_summary *summary, double alpha, double *finest)
{
    const size_t output = goal->target.output;
    const uint64_t n = goal->values = flc_summary_counts(summary, output).defined;
    const flc_quantile_estimate estimate =
        flc_summary_quantile(summary, output, goal->p, FLC_GOALS_LEVEL);
    const flc_ranks ranks = flc_sequences_ranks(n, goal->p, alpha);
    goal->estimate = estimate.value;
    *finest = estimate.bound;
    goal->low = -(double)INFINITY;
    goal->high = (double)INFINITY;
    if (ranks.low > 0 && n > 0)
        goal->low = flc_summary_order(summary, output, ranks.low).low;
    if (ranks.high <= n)
        goal->high = flc_summary_order(summary, output, ranks.high).high;
    if (ranks.low == 0 || ranks.high > n)
        goal->remark = "too few values for an interval";
    else if (!flc_is_finite(goal->low) || !flc_is_finite(goal->high))
        goal->remark = "the interval reaches infinite answers";
}

static void judge_probability(flc_goal *goal, const flc_summary *summary, double alpha)
{
    const uint64_t n = goal->values = flc_summary_counts(summary, goal->target.output).defined;
    const flc_interval interval = flc_sequences_probability(goal->met, n, alpha);
    goal->estimate = n ? (double)goal->met / (double)n : (double)NAN;
    goal->low = interval.low;
    goal->high = interval.high;
}

/* The half width, and whether it will do. NaN and infinite ones will not. */
static void measure(flc_goal *goal, double finest)
{
    const double above = goal->high - goal->estimate, below = goal->estimate - goal->low;
    const double half = above > below ? above : below, size = flc_abs(goal->estimate);
    goal->reached = goal->relative ? half / size : half;
    goal->satisfied = flc_is_finite(goal->reached) && goal->reached <= goal->wanted;
    if (goal->values == 0)
        goal->remark = "no sample defines it";
    else if (goal->relative && size == 0)
        goal->remark = "0 has no relative precision";
    else if (finest > goal->wanted * (goal->relative ? size : 1))
        goal->remark = "finer than the sketch can tell";
}

void flc_goals_judge(flc_goals *goals, const flc_summary *summary, uint64_t samples)
{
    const uint64_t blocks = samples / FLC_BLOCK, looks = flc_sequences_looks(blocks);
    const bool at_look =
        samples % FLC_BLOCK == 0 && looks > 0 && flc_sequences_next_look(blocks - 1) == blocks;
    for (size_t i = 0; i < goals->count; i++) {
        flc_goal *goal = &goals->goal[i];
        double finest = 0;
        goal->remark = "";
        if (goal->kind == FLC_GOAL_MEAN)
            judge_mean(goal, summary, goals->alpha);
        else if (goal->kind == FLC_GOAL_QUANTILE)
            judge_quantile(goal, summary, goals->alpha, &finest);
        else
            judge_probability(goal, summary, goals->alpha);
        measure(goal, finest);
    }
    goals->samples = samples;
    goals->looks = looks + !at_look;
}

/* ---- all of them ----------------------------------------------------------------------------- */

bool flc_goals_satisfied(const flc_goals *goals)
{
    size_t satisfied = 0;
    for (size_t i = 0; i < goals->count; i++)
        satisfied += goals->goal[i].satisfied;
    return goals->samples > 0 && satisfied == goals->count;
}

/* How much too wide; infinite where it has no width. */
static double excess(const flc_goal *goal)
{
    const double ratio = goal->reached / goal->wanted;
    return flc_is_finite(ratio) ? ratio : (double)INFINITY;
}

const flc_goal *flc_goals_worst(const flc_goals *goals)
{
    size_t worst = 0;
    for (size_t i = 1; i < goals->count; i++)
        if (excess(&goals->goal[i]) > excess(&goals->goal[worst]))
            worst = i;
    return &goals->goal[worst];
}

double flc_goals_needed(const flc_goals *goals)
{
    const double ratio = excess(flc_goals_worst(goals)), samples = (double)goals->samples;
    return ratio > 1 ? samples * ratio * ratio : samples;
}
