#define _XOPEN_SOURCE 700 /* sigaction */

#include "run/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* The signal flag: the only thing a handler can tell the program. */
static struct {
    volatile sig_atomic_t caught; /* number of the first signal */
    volatile sig_atomic_t tenths; /* when it came */
    bool catching;                /* this and the next are not touched by the handler */
    struct sigaction before[SIGNALS];
} signal_flag;

/* Tenths of a second, modulo a day. */
static int now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int)(time.tv_sec % 86400) * 10 + (int)(time.tv_nsec / 100000000);
}

static void handle(int number)
{
    if (!signal_flag.caught) {
        signal_flag.tenths = now();
        signal_flag.caught = number;
        return;
    }
    int passed = (now() - signal_flag.tenths + 864000) % 864000;
    if ((number == SIGTERM || number == SIGINT) && passed > 5) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void flc_signals_catch(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (signal_flag.catching)
        return;
    signal_flag.catching = true;
    signal_flag.caught = 0;
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(signals[i].number, NULL, &signal_flag.before[i]);
        if (signal_flag.before[i].sa_handler != SIG_IGN)
            sigaction(signals[i].number, &action, NULL);
    }
}

void flc_signals_release(void)
{
    if (!signal_flag.catching)
        return;
    signal_flag.catching = false;
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i].number, &signal_flag.before[i], NULL);
}

int flc_signals_caught(void)
{
    return signal_flag.caught;
}

const char *flc_signals_name(void)
{
    for (int i = 0; i < SIGNALS; i++)
        if (signals[i].number == signal_flag.caught)
            return signals[i].name;
    return "";
}
