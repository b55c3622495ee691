/* What becomes of the program when a plug-in model crashes, does not return, or ends the process.
 *
 * Nothing is known of a process in which foreign code has crashed, so it is not gone on with: a
 * line that names the model and the samples it was at, and the exit code of an internal error, 70.
 * Launchers then end the other ranks. What is on disk is whole (base/file.h): the last checkpoint
 * is there to go on from.
 *
 *   a crash       SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT while a model is at work; outside of it
 *                 they do what they always did. On a stack of its own, for one that overflowed
 *   an endless    a timer looks whether the model is still in the same call; after
 *   loop          FULCRUM_MODEL_PATIENCE seconds (default 60, 0: never) that is the end
 *   exit()        a handler at exit sees that a model is at work
 *
 * Nothing of this is there before a model is loaded.
 */
#ifndef FLC_COMMAND_GUARD_H
#define FLC_COMMAND_GUARD_H

void cli_guard_begin(void);

#endif
