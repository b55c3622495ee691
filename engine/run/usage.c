#define _XOPEN_SOURCE 700 /* clock_gettime */

#include "run/usage.h"

#include <time.h>

static const char *const phases[FLC_PHASES] = {"start", "prepare",    "blocks", "keep",
                                               "merge", "checkpoint", "write"};
static const char *const names[FLC_USAGE_NUMBERS - FLC_USAGE_BLOCKS] = {
    "blocks", "collectives", "messages_sent", "bytes_sent", "messages_received", "bytes_received"};

const char *flc_phase_name(flc_phase phase)
{
    return phases[phase];
}

const char *flc_usage_name(size_t number)
{
    return names[number - FLC_USAGE_BLOCKS];
}

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void flc_usage_begin(flc_usage *usage, flc_phase phase)
{
    if (!usage)
        return;
    *usage = (flc_usage){.phase = phase,
                         .wall = nanoseconds(CLOCK_MONOTONIC),
                         .processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)};
}

/* The time since then to what was done. */
static void note(flc_usage *usage)
{
    int64_t wall = nanoseconds(CLOCK_MONOTONIC), processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    int64_t *times = usage->numbers + FLC_TIMES * usage->phase;
    times[usage->doing] += wall - usage->wall;
    times[FLC_TIME_PROCESSOR] += processor - usage->processor;
    usage->wall = wall;
    usage->processor = processor;
}

flc_phase flc_usage_enter(flc_usage *usage, flc_phase phase)
{
    if (!usage)
        return phase;
    flc_phase before = usage->phase;
    note(usage);
    usage->phase = phase;
    usage->doing = FLC_TIME_WORK;
    return before;
}

void flc_usage_wait(flc_usage *usage, bool waiting)
{
    if (!usage)
        return;
    note(usage);
    usage->doing = waiting ? FLC_TIME_WAIT : FLC_TIME_WORK;
}

void flc_usage_add(flc_usage *usage, size_t number, int64_t amount)
{
    if (usage)
        usage->numbers[number] += amount;
}
