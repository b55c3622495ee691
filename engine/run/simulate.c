#define _XOPEN_SOURCE 700 /* access */

#include "run/simulate.h"

#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "run/gather.h"
#include "run/signals.h"
#include "statistics/sequences.h"

enum { FAILED, STOP, SAVE, NANOSECONDS }; /* what a pulse tells; FLC_PULSE of them */
/* A rank waits for the others' pulse one window later: so long may it be ahead of them. */
static const double WINDOW_SECONDS = 0.2, STOP_FILE_SECONDS = 0.5;

/* A unit is what one rank does without a word to others: a block, or a stripe where samples are
 * kept. */
struct run {
    const flc_comm *comm;
    const flc_source *source;
    const flc_run_options *options;
    flc_collector *collector;
    uint64_t unit;     /* blocks */
    uint64_t next;     /* blocks before it are done */
    uint64_t per_rank; /* units of a rank in a window */
    uint64_t saved;    /* `next` of the last gathering */
    uint64_t look;     /* the next look, or the end */
    double begin, saved_time, shown_time, looked_time, rank_seconds; /* of a unit: rank_seconds */
    bool stop_file_seen;
    void *buffer; /* packed stripes received */
    size_t buffer_capacity;
    flc_status status; /* of this rank; it keeps in step with the others after a failure */
    flc_error *error;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- one unit -------------------------------------------------------------------------------- */

static flc_status evaluate_block(struct run *run, uint64_t block, size_t part)
{
    const flc_keeper *keeper = run->options->keeper;
    const double *values;
    flc_status status = flc_source_block(run->source, &values, block * FLC_BLOCK, run->error);
    if (!status)
        status = flc_collector_add(run->collector, run->options->isa, values, block * FLC_BLOCK,
                                   FLC_BLOCK, run->error);
    if (!status && keeper)
        status = keeper->take(keeper->context, values, part, FLC_BLOCK, run->error);
    return status;
}

/* Blocks first ... of one unit; at the end of the run there may be fewer than a whole unit. */
static void evaluate_unit(struct run *run, uint64_t first)
{
    uint64_t end = least(first + run->unit, run->options->end);
    for (uint64_t b = first; b < end && !run->status; b++) {
        run->status = evaluate_block(run, b, (size_t)(b - first));
        flc_usage_add(run->comm->usage, FLC_USAGE_BLOCKS, 1);
        flc_comm_pulse_poll(run->comm);
    }
}

/* ---- kept samples ---------------------------------------------------------------------------- */

static bool is_whole_stripe(const struct run *run, uint64_t first)
{
    return first + FLC_STRIPE <= run->options->end;
}

/* The bytes of this rank's stripe; empty after a failure. */
static void pack(struct run *run, const void **bytes, size_t *length)
{
    const flc_keeper *keeper = run->options->keeper;
    *bytes = NULL;
    *length = 0;
    if (!run->status)
        run->status = keeper->pack(keeper->context, bytes, length, run->error);
    if (run->status)
        *length = 0;
}

static void append(struct run *run, uint64_t first, const void *bytes, size_t length)
{
    const flc_keeper *keeper = run->options->keeper;
    if (!run->status && length == 0)
        run->status = flc_error_set(run->error, FLC_ERROR_INTERNAL,
                                    "a rank could not pack its samples"); /* and says why itself */
    if (!run->status)
        run->status =
            keeper->append(keeper->context, first / FLC_STRIPE, bytes, length, run->error);
}

/* The stripes of a row of units, one of each rank, to rank 0, which appends them in order. */
static void keep_row(struct run *run, uint64_t row, uint64_t window_end)
{
    const flc_comm *comm = run->comm;
    const void *bytes;
    size_t length;
    uint64_t own = row + (uint64_t)comm->rank * run->unit;
    bool has_own = own < window_end && is_whole_stripe(run, own);
    if (has_own)
        pack(run, &bytes, &length);
    if (comm->rank != 0) {
        if (has_own) {
            flc_status sent = flc_comm_send(comm, 0, bytes, length, run->error);
            run->status = run->status ? run->status : sent;
        }
        return;
    }
    if (has_own)
        append(run, row, bytes, length);
    for (int from = 1; from < comm->size; from++) {
        uint64_t first = row + (uint64_t)from * run->unit;
        if (first >= window_end || !is_whole_stripe(run, first))
            break;
        flc_status received =
            flc_comm_receive(comm, from, &run->buffer, &run->buffer_capacity, &length, run->error);
        run->status = run->status ? run->status : received;
        append(run, first, run->buffer, length);
    }
}

/* ---- a window -------------------------------------------------------------------------------- */

static void evaluate_window(struct run *run)
{
    uint64_t row_blocks = (uint64_t)run->comm->size * run->unit;
    uint64_t end = least(run->next + run->per_rank * row_blocks, run->look);
    double begin = now();
    uint64_t units = 0;
    for (uint64_t row = run->next; row < end; row += row_blocks) {
        uint64_t first = row + (uint64_t)run->comm->rank * run->unit;
        if (first < end) {
            evaluate_unit(run, first);
            units++;
        }
        if (run->options->keeper) {
            flc_phase before = flc_usage_enter(run->comm->usage, FLC_PHASE_KEEP);
            keep_row(run, row, end);
            flc_usage_enter(run->comm->usage, before);
        }
    }
    run->next = end;
    run->rank_seconds = units ? (now() - begin) / (double)units : 0;
}

/* Windows take about WINDOW_SECONDS on the slowest rank, and are not longer than what is between
 * two savings. */
static void choose_window(struct run *run, int64_t nanoseconds)
{
    double wanted = WINDOW_SECONDS * 1e9 / (double)(nanoseconds > 0 ? nanoseconds : 1);
    uint64_t most = 8 * run->per_rank;
    run->per_rank = wanted > (double)most ? most : wanted < 1 ? 1 : (uint64_t)wanted;
    uint64_t row = (uint64_t)run->comm->size * run->unit;
    uint64_t saving = run->options->save_blocks / row;
    if (run->options->save_blocks > 0 && run->per_rank > saving)
        run->per_rank = saving > 0 ? saving : 1;
}

/* ---- what rank 0 looks at -------------------------------------------------------------------- */

static bool stop_wanted(struct run *run)
{
    const flc_run_options *options = run->options;
    double time = now();
    if (run->comm->rank == 0 && options->stop_file &&
        time - run->looked_time >= STOP_FILE_SECONDS) {
        run->looked_time = time;
        run->stop_file_seen = access(options->stop_file, F_OK) == 0;
    }
    return run->stop_file_seen || flc_signals_caught() != 0;
}

static bool save_due(const struct run *run)
{
    const flc_run_options *options = run->options;
    if (run->comm->rank != 0 || !options->save)
        return false;
    return (options->save_seconds > 0 && now() - run->saved_time >= options->save_seconds) ||
           (options->save_blocks > 0 && run->next - run->saved >= options->save_blocks);
}

static void show_progress(struct run *run, bool final)
{
    const flc_run_options *options = run->options;
    double time = now();
    if (!options->progress || run->comm->rank != 0 ||
        (!final && time - run->shown_time < options->interval))
        return;
    run->shown_time = time;
    double passed = time - run->begin;
    flc_progress progress = {run->next, (double)(run->next - options->begin) / (passed + 1e-9),
                             passed, run->collector};
    options->progress(options->context, &progress);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static flc_status gather(struct run *run)
{
    flc_status status = flc_gather(run->comm, run->collector, run->error);
    run->saved = run->next;
    run->saved_time = now();
    return status;
}

/* Collective. A failure to write is the caller's own matter, and none of the run. */
static flc_status save(struct run *run)
{
    flc_phase before = flc_usage_enter(run->comm->usage, FLC_PHASE_CHECKPOINT);
    flc_status status = flc_comm_agree(run->comm, run->status, run->error);
    if (!status && !(status = gather(run)) && run->comm->rank == 0)
        run->options->save(run->options->context, run->collector, run->next);
    flc_usage_enter(run->comm->usage, before);
    return status;
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void find_look(struct run *run, uint64_t blocks)
{
    const flc_run_options *options = run->options;
    run->look = options->look ? least(flc_sequences_next_look(blocks), options->end) : options->end;
}

/* Rank 0's decision, everywhere. */
static flc_status share_decision(struct run *run, bool *enough)
{
    char own = *enough, *told = &own;
    size_t length = 1;
    flc_status status = flc_comm_share(run->comm, &told, &length, run->error);
    if (status)
        return status;
    *enough = *told;
    if (told != &own)
        flc_free(told);
    return FLC_OK;
}

static bool is_at_look(const struct run *run)
{
    return run->next == run->look && run->next < run->options->end;
}

/* Collective, with no pulse under way: has the run seen enough where it stands? Afterwards all
 * ranks have the same status. */
static bool take_look(struct run *run)
{
    const flc_run_options *options = run->options;
    bool enough = false;
    flc_phase before = flc_usage_enter(run->comm->usage, FLC_PHASE_MERGE);
    find_look(run, run->next);
    flc_status status = flc_comm_agree(run->comm, run->status, run->error);
    if (!status)
        status = flc_gather(run->comm, run->collector, run->error);
    if (!status && run->comm->rank == 0)
        status = options->look(options->context, run->collector, run->next, &enough, run->error);
    if (!(status = flc_comm_agree(run->comm, status, run->error)))
        status = share_decision(run, &enough);
    flc_usage_enter(run->comm->usage, before);
    run->status = status;
    return enough;
}

/* Windows until the end, enough, a failure or a wish to stop. */
static void run_windows(struct run *run, flc_run_end *end)
{
    int64_t pulse[FLC_PULSE];
    bool outstanding = false;
    find_look(run, run->next - (run->next > 0));
    if (is_at_look(run) && ((end->enough = take_look(run)) || run->status))
        return;
    while (run->next < run->options->end) {
        evaluate_window(run);
        if (outstanding) {
            flc_status ended = flc_comm_pulse_end(run->comm, pulse, run->error);
            run->status = run->status ? run->status : ended;
            if (ended || pulse[FAILED])
                return;
            if ((end->stopped = pulse[STOP] != 0))
                return;
            if (pulse[SAVE] && (run->status = save(run)))
                return;
            choose_window(run, pulse[NANOSECONDS]);
        }
        if (is_at_look(run) && ((end->enough = take_look(run)) || run->status))
            return;
        show_progress(run, false);
        pulse[FAILED] = run->status != FLC_OK;
        pulse[STOP] = stop_wanted(run);
        pulse[SAVE] = save_due(run);
        pulse[NANOSECONDS] = (int64_t)(run->rank_seconds * 1e9);
        if ((outstanding = run->next < run->options->end)) {
            flc_status begun = flc_comm_pulse_begin(run->comm, pulse, run->error);
            run->status = run->status ? run->status : begun;
        }
    }
}

/* This rank's collector: rank 0 has one already. */
static flc_status take_collector(struct run *run, flc_collector *collector)
{
    run->collector = collector;
    if (run->comm->rank != 0)
        run->collector = run->source->collector(run->source->context, run->error);
    return run->collector ? FLC_OK : flc_error_of_null(run->error);
}

flc_status flc_simulate(const flc_comm *comm, const flc_source *source,
                        const flc_run_options *options, flc_collector *collector, flc_run_end *end,
                        flc_error *error)
{
    double time = now();
    struct run run = {.comm = comm,
                      .source = source,
                      .options = options,
                      .unit = options->keeper ? FLC_STRIPE : 1,
                      .next = options->begin,
                      .per_rank = 1,
                      .saved = options->begin,
                      .begin = time,
                      .saved_time = time,
                      .shown_time = time,
                      .error = error};
    *end = (flc_run_end){options->begin, false, false};
    run.status = take_collector(&run, collector);
    flc_status status = flc_comm_agree(comm, run.status, error);
    if (!status) {
        flc_usage_enter(comm->usage, FLC_PHASE_BLOCKS);
        run_windows(&run, end);
        flc_usage_enter(comm->usage, FLC_PHASE_MERGE);
        status = flc_comm_agree(comm, run.status, error);
    }
    if (!status && !(status = gather(&run)))
        show_progress(&run, true);
    end->next = run.next;
    flc_free(run.buffer);
    if (comm->rank != 0)
        flc_collector_free(run.collector);
    return status;
}
