/* Being asked to stop: SIGTERM, SIGINT, SIGUSR1, SIGUSR2.
 *
 * The first of them only sets a flag, which the run looks at between blocks; it then saves and
 * ends. A second SIGTERM or SIGINT, later than half a second (launchers and shells send one signal
 * twice), ends the process at once, by that signal; whatever is on disk was written aside and
 * renamed (base/file.h), so nothing is harmed.
 */
#ifndef FLC_RUN_SIGNALS_H
#define FLC_RUN_SIGNALS_H

/* From now on, signals are caught. A process that ignores one of them (nohup, a shell's background
 * job) goes on ignoring it. */
void flc_signals_catch(void);
/* As they were before, if they are caught. */
void flc_signals_release(void);
/* The first signal caught, or 0. */
int flc_signals_caught(void);
/* "SIGTERM" of the first signal caught; "" if none. */
const char *flc_signals_name(void);

#endif
