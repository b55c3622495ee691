/* How far a run is: on the terminal, and in the sidecar. */
#include <stdio.h>
#include <string.h>

#include "command/until.h"
#include "statistics/distributions.h"

static void print_duration(char *text, size_t room, double seconds)
{
    if (seconds < 100)
        snprintf(text, room, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(text, room, "%.0f min", seconds / 60);
    else
        snprintf(text, room, "%.1f h", seconds / 3600);
}

/* The headline's mean and its error, the latter as of all ranks. */
static void print_headline(const struct cli_simulation *simulation, const flc_progress *progress,
                           uint64_t done)
{
    if (simulation->headline == FLC_NO_OUTPUT)
        return;
    const flc_summary *summary = flc_distributions_summary(progress->collector);
    flc_moments moments = flc_summary_moments(summary, simulation->headline);
    double share = (double)moments.n / (double)done;
    fprintf(stderr, ", %s %.4g +- %.2g", simulation->headline_name, moments.mean,
            moments.mean_error * __builtin_sqrt(share < 1 ? share : 1));
}

void cli_end_progress(struct cli_simulation *simulation)
{
    if (simulation->line_open)
        fputc('\n', stderr);
    simulation->line_open = false;
}

/* The goal farthest off, and what it seems to need. */
static void print_worst(const flc_goals *goals, uint64_t done, uint64_t most, double rate)
{
    char reached[32], wanted[32], duration[32];
    if (goals->samples == 0)
        return;
    const flc_goal *worst = flc_goals_worst(goals);
    const double needed = flc_goals_needed(goals), left = needed - (double)done;
    cli_print_precision(reached, sizeof reached, worst->reached, worst->relative);
    cli_print_precision(wanted, sizeof wanted, worst->wanted, worst->relative);
    fprintf(stderr, ", %.*s +- %s (%s wanted)", (int)(strrchr(worst->text, ' ') - worst->text),
            worst->text, reached, wanted);
    if (left <= 0)
        return;
    if (!(needed <= (double)most)) {
        fprintf(stderr, ", not within %llu", (unsigned long long)most);
        return;
    }
    print_duration(duration, sizeof duration, left / (rate + 1e-9));
    fprintf(stderr, ", about %.2g more in %s", left, duration);
}

static void print_line_until(struct cli_simulation *simulation, const flc_progress *progress,
                             uint64_t done, uint64_t most)
{
    const double rate = progress->rate * FLC_BLOCK;
    fprintf(stderr, "%s%llu samples, %.0f a second", simulation->terminal ? "\r" : "",
            (unsigned long long)done, rate);
    print_worst(simulation->until->goals, done, most, rate);
    fputs(simulation->terminal ? "  " : "\n", stderr);
    simulation->line_open = simulation->terminal;
}

static void print_line(struct cli_simulation *simulation, const flc_progress *progress,
                       uint64_t done, uint64_t samples)
{
    char remaining[32];
    double rate = progress->rate * FLC_BLOCK;
    print_duration(remaining, sizeof remaining, (double)(samples - done) / (rate + 1e-9));
    fprintf(stderr, "%s%5.1f %%  %llu of %llu samples, %.0f a second, %s left",
            simulation->terminal ? "\r" : "", 100.0 * (double)done / (double)samples,
            (unsigned long long)done, (unsigned long long)samples, rate, remaining);
    print_headline(simulation, progress, done);
    fputs(simulation->terminal ? "  " : "\n", stderr);
    simulation->line_open = simulation->terminal;
}

void cli_show_progress(void *context, const flc_progress *progress)
{
    struct cli_simulation *simulation = context;
    const flc_block_range *range = &simulation->range;
    uint64_t done = simulation->spent + (progress->next - range->begin) * FLC_BLOCK;
    uint64_t samples = (range->end - range->begin) * FLC_BLOCK;
    if (simulation->facts.shards == 1) { /* the partial block at the end comes with the result */
        samples = simulation->facts.samples;
        done = progress->next == range->end ? samples : done;
    }
    simulation->sidecar.done = done;
    simulation->sidecar.seconds = progress->seconds;
    simulation->begun = true;
    flc_sidecar_save(simulation->output, &simulation->sidecar, NULL);
    if (simulation->job->quiet || done == 0)
        return;
    if (simulation->until)
        print_line_until(simulation, progress, done, samples);
    else
        print_line(simulation, progress, done, samples);
}
