#include "store/until_table.h"

#include <stddef.h>
#include <string.h>

#include "base/memory.h"

static void write_goal_numbers(const flc_goals *goals, flc_datafile *file, double *numbers)
{
    static const struct {
        const char *name, *meaning;
        size_t offset;
    } columns[] = {
        {"wanted", "half width wanted, relative or in the output's unit",
         offsetof(flc_goal, wanted)},
        {"reached", "half width reached, relative or in the output's unit",
         offsetof(flc_goal, reached)},
        {"estimate", "mean, quantile or probability", offsetof(flc_goal, estimate)},
        {"low", "lower end of its interval, valid at every look", offsetof(flc_goal, low)},
        {"high", "upper end of its interval, valid at every look", offsetof(flc_goal, high)}};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t i = 0; i < goals->count; i++) {
            const char *goal = (const char *)&goals->goal[i];
            memcpy(&numbers[i], goal + columns[c].offset, sizeof *numbers);
        }
        flc_datafile_variable(file, "until", columns[c].name, FLC_DATA_DOUBLE, "target", numbers,
                              columns[c].meaning, NULL);
    }
}

static void write_goal_counts(const flc_goals *goals, flc_datafile *file, int64_t *integers)
{
    static const char *const names[4] = {"values", "met", "relative", "satisfied"};
    static const char *const meanings[4] = {
        "values that the estimate is made from",
        "values that meet the condition of a probability; 0 for others",
        "1: wanted and reached are relative to the estimate",
        "1: the half width wanted was reached"};
    for (int v = 0; v < 4; v++) {
        for (size_t i = 0; i < goals->count; i++) {
            const flc_goal *goal = &goals->goal[i];
            const int64_t values[4] = {(int64_t)goal->values, (int64_t)goal->met, goal->relative,
                                       goal->satisfied};
            integers[i] = values[v];
        }
        flc_datafile_variable(file, "until", names[v], FLC_DATA_INT64, "target", integers,
                              meanings[v], "1");
    }
}

static void write_all(const flc_goals *goals, flc_datafile *file, double *numbers,
                      int64_t *integers, const char **keys)
{
    flc_datafile_group(file, "until");
    flc_datafile_attribute_double(file, "until", NULL, "joint_level", FLC_GOALS_LEVEL);
    flc_datafile_attribute_int64(file, "until", NULL, "looks", (int64_t)goals->looks);
    for (size_t i = 0; i < goals->count; i++)
        keys[i] = goals->goal[i].text;
    flc_datafile_coordinate(file, "until", "target", FLC_DATA_TEXT, keys, goals->count,
                            "what was to be known, how precisely", NULL);
    write_goal_numbers(goals, file, numbers);
    write_goal_counts(goals, file, integers);
    for (size_t i = 0; i < goals->count; i++)
        keys[i] = goals->goal[i].remark;
    flc_datafile_variable(file, "until", "remark", FLC_DATA_TEXT, "target", keys,
                          "why it was not reached, or what to know", NULL);
}

flc_status flc_until_write(const flc_goals *goals, flc_datafile *file, flc_error *error)
{
    double *numbers = FLC_NEW(double, goals->count, error);
    int64_t *integers = FLC_NEW(int64_t, goals->count, error);
    const char **keys = FLC_NEW(const char *, goals->count, error);
    flc_status status = numbers && integers && keys ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status) {
        write_all(goals, file, numbers, integers, keys);
        status = flc_datafile_status(file, error);
    }
    flc_free(numbers);
    flc_free(integers);
    flc_free(keys);
    return status;
}
