#define _XOPEN_SOURCE 700 /* sigaltstack, setitimer */

#include "command/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "model/plugin.h"
#include "run/comm.h"

static const struct {
    int number;
    const char *what;
} crashes[] = {{SIGSEGV, "crashed (SIGSEGV: it used memory that is not its own)"},
               {SIGBUS, "crashed (SIGBUS: it used memory that is not there)"},
               {SIGFPE, "crashed (SIGFPE: an integer divided by zero)"},
               {SIGILL, "crashed (SIGILL: an instruction that this processor does not have)"},
               {SIGABRT, "crashed (SIGABRT: it gave up)"}};
enum { CRASHES = sizeof crashes / sizeof *crashes, STACK = 65536, LINE = 1024 };

static struct {
    bool begun;
    int rank;
    unsigned patience; /* seconds; 0: for ever */
    volatile unsigned call, ticks;
    struct sigaction before[CRASHES];
    char stack[STACK];
} guard;

/* ---- a line from a handler: write(2) and nothing else of the C library ------------------------
 */

struct line {
    char text[LINE];
    size_t length;
};

static void put(struct line *line, const char *text)
{
    while (*text && line->length < LINE)
        line->text[line->length++] = *text++;
}

static void put_number(struct line *line, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    put(line, digits + at);
}

static _Noreturn void end(const char *what, const char *remedy)
{
    const struct flc_at_work *work = flc_plugin_at_work();
    struct line line = {.length = 0};
    put(&line, "fulcrum: model ");
    put(&line, work->model);
    put(&line, " ");
    put(&line, what);
    put(&line, ", ");
    put(&line, work->doing);
    if (strcmp(work->doing, "evaluating") == 0) {
        put(&line, " samples ");
        put_number(&line, work->first);
        put(&line, " to ");
        put_number(&line, work->first + FLC_MODEL_BLOCK - 1);
    }
    if (guard.rank > 0) {
        put(&line, " on rank ");
        put_number(&line, (uint64_t)guard.rank);
    }
    put(&line, remedy);
    put(&line, "\n");
    if (write(STDERR_FILENO, line.text, line.length) < 0)
        _exit(FLC_ERROR_INTERNAL);
    _exit(FLC_ERROR_INTERNAL);
}

static bool is_at_work(void)
{
    return flc_plugin_at_work()->calls % 2 == 1;
}

/* ---- handlers -------------------------------------------------------------------------------- */

static void handle_crash(int number)
{
    for (int i = 0; i < CRASHES; i++) {
        if (crashes[i].number != number)
            continue;
        if (is_at_work())
            end(crashes[i].what, "; the mistake is in the model");
        sigaction(number, &guard.before[i], NULL);
        raise(number);
    }
}

static void handle_tick(int number)
{
    unsigned call = flc_plugin_at_work()->calls;
    (void)number;
    guard.ticks = is_at_work() && call == guard.call ? guard.ticks + 1 : 0;
    guard.call = call;
    if (guard.ticks >= guard.patience)
        end("has not returned in time",
            "; if it needs longer for a block, set FULCRUM_MODEL_PATIENCE to more seconds");
}

static void handle_exit(void)
{
    if (is_at_work())
        end("ended the process", "; a model reports a failure by what evaluate returns");
}

/* ---- beginning ------------------------------------------------------------------------------- */

static void begin_timer(void)
{
    const char *wish = getenv("FULCRUM_MODEL_PATIENCE");
    struct sigaction action = {.sa_handler = handle_tick, .sa_flags = SA_RESTART | SA_ONSTACK};
    const struct itimerval second = {{1, 0}, {1, 0}};
    guard.patience = wish ? (unsigned)strtoul(wish, NULL, 10) : 60;
    sigemptyset(&action.sa_mask);
    if (guard.patience == 0)
        return;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &second, NULL);
}

void cli_guard_begin(void)
{
    struct sigaction action = {.sa_handler = handle_crash, .sa_flags = SA_ONSTACK | SA_NODEFER};
    const stack_t stack = {.ss_sp = guard.stack, .ss_size = STACK};
    if (guard.begun)
        return;
    guard.begun = true;
    guard.rank = flc_comm_launched_rank();
    sigemptyset(&action.sa_mask);
    sigaltstack(&stack, NULL);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i].number, &action, &guard.before[i]);
    begin_timer();
    atexit(handle_exit);
}
