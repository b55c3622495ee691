#include "store/sidecar.h"

#include <math.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"

enum { PATH_ROOM = 4096 };

static void print_time(char text[32], time_t moment)
{
    struct tm parts;
    gmtime_r(&moment, &parts);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* What is to be known before the run ends, as of the last look. */
static void print_goals(flc_json *json, const flc_goals *goals)
{
    flc_json_object(json, "until");
    flc_json_integer(json, "samples_at_look", (int64_t)goals->samples);
    flc_json_number(json, "samples_needed", goals->samples ? flc_goals_needed(goals) : (double)NAN);
    flc_json_list(json, "targets");
    for (size_t i = 0; i < goals->count; i++) {
        const flc_goal *goal = &goals->goal[i];
        flc_json_object(json, NULL);
        flc_json_text(json, "target", goal->text);
        flc_json_boolean(json, "satisfied", goal->satisfied);
        flc_json_number(json, "wanted", goal->wanted);
        flc_json_boolean(json, "relative", goal->relative);
        if (goals->samples > 0) {
            flc_json_number(json, "reached", goal->reached);
            flc_json_number(json, "estimate", goal->estimate);
            flc_json_number(json, "low", goal->low);
            flc_json_number(json, "high", goal->high);
            flc_json_text(json, "remark", goal->remark);
        }
        flc_json_end_object(json);
    }
    flc_json_end_list(json);
    flc_json_end_object(json);
}

static void print_times(flc_json *json, const flc_usage_total *total, int ranks, size_t phase)
{
    static const char *const names[FLC_TIMES][2] = {
        {"work", "work_most"}, {"wait", "wait_most"}, {"processor", "processor_most"}};
    static const double nanosecond = 1e-9;
    flc_json_object(json, flc_phase_name((flc_phase)phase));
    for (size_t time = 0; time < FLC_TIMES; time++) {
        const size_t i = FLC_TIMES * phase + time;
        flc_json_number(json, names[time][0], nanosecond * (double)total->sum[i] / ranks);
        flc_json_number(json, names[time][1], nanosecond * (double)total->most[i]);
    }
    flc_json_end_object(json);
}

/* Where the time of the ranks went and what they sent: of a rank on average, and the most of one.
 */
static void print_usage(flc_json *json, const flc_usage_total *total, int ranks)
{
    flc_json_object(json, "phases");
    for (size_t phase = 0; phase < FLC_PHASES; phase++)
        print_times(json, total, ranks, phase);
    flc_json_end_object(json);
    flc_json_object(json, "traffic");
    for (size_t i = FLC_USAGE_BLOCKS; i < FLC_USAGE_NUMBERS; i++) {
        flc_json_object(json, flc_usage_name(i));
        flc_json_number(json, "of_a_rank", (double)total->sum[i] / ranks);
        flc_json_integer(json, "most", total->most[i]);
        flc_json_end_object(json);
    }
    flc_json_end_object(json);
}

static void print_facts(flc_buffer *buffer, const flc_sidecar *facts)
{
    flc_json json;
    char begin[32], now[32];
    print_time(begin, facts->begin);
    print_time(now, time(NULL));
    flc_json_init(&json, buffer);
    flc_json_object(&json, NULL);
    flc_json_text(&json, "state", facts->state);
    if (facts->message)
        flc_json_text(&json, "message", facts->message);
    flc_json_text(&json, "command", facts->command);
    flc_json_text(&json, "study", facts->study_file);
    flc_json_text(&json, "study_sha256", facts->study_hash);
    flc_json_integer(&json, "seed", (int64_t)facts->seed);
    flc_json_integer(&json, "samples", (int64_t)facts->samples);
    flc_json_integer(&json, "samples_done", (int64_t)facts->done);
    if (facts->goals)
        print_goals(&json, facts->goals);
    flc_json_text(&json, "begin", begin);
    flc_json_text(&json, "updated", now);
    flc_json_number(&json, "seconds", facts->seconds);
    flc_json_integer(&json, "ranks", facts->ranks);
    flc_json_text(&json, "hosts", facts->hosts);
    flc_json_text(&json, "mpi", facts->mpi);
    if (facts->usage)
        print_usage(&json, facts->usage, facts->ranks);
    flc_json_text(&json, "vector_instructions", facts->isa);
    flc_json_text(&json, "version", FLC_VERSION);
    flc_json_end_object(&json);
    flc_buffer_add(buffer, "\n");
}

flc_status flc_sidecar_save(const char *result, const flc_sidecar *facts, flc_error *error)
{
    char path[PATH_ROOM];
    if (snprintf(path, sizeof path, "%s.json", result) >= PATH_ROOM)
        return flc_error_set(error, FLC_ERROR_OUTPUT, "%.80s...: the path is too long", result);
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    print_facts(&buffer, facts);
    flc_status status = buffer.status;
    if (!status)
        status = flc_file_write_atomically(path, buffer.text, buffer.length, error);
    flc_buffer_clear(&buffer);
    return status;
}
