/* Status codes and error messages of libfulcrum.
 *
 * A function that can fail returns an flc_status and takes a caller-owned `flc_error *error` as its
 * last argument; the text in it says what went wrong, where, and what to do about it. The library
 * never prints and never exits. The codes double as exit codes of the program `fulcrum` (sysexits.h
 * where it has a fitting number) and are frozen: a new meaning gets a new number.
 */
#ifndef FULCRUM_STATUS_H
#define FULCRUM_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define FLC_API                         __attribute__((visibility("default")))
#define FLC_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define FLC_API
#define FLC_PRINTF(format_at, first_at)
#endif

typedef enum flc_status {
    FLC_OK = 0,
    FLC_ERROR_FAILED = 1,    /* a check the user asked for did not hold (verify, diff) */
    FLC_ERROR_USAGE = 2,     /* command line */
    FLC_ERROR_STUDY = 65,    /* contents of a study, overlay, result or checkpoint (EX_DATAERR) */
    FLC_ERROR_INPUT = 66,    /* a file that cannot be opened or read (EX_NOINPUT) */
    FLC_ERROR_INTERNAL = 70, /* a mistake in a program: ours, or a plug-in model (EX_SOFTWARE) */
    FLC_ERROR_MEMORY = 71,   /* out of memory (EX_OSERR) */
    FLC_ERROR_OUTPUT = 73,   /* a file that cannot be created or written (EX_CANTCREAT) */
    FLC_ERROR_REQUEUE = 75   /* stopped on request, state saved: submit again (EX_TEMPFAIL) */
} flc_status;

/* Room for one message. Long paths are cut at the end, never the remedy: see flc_error_set. */
enum { FLC_ERROR_TEXT = 2048 };

typedef struct flc_error {
    flc_status status;
    char text[FLC_ERROR_TEXT]; /* one or more lines, no newline at the end */
} flc_error;

/* Fill *error (may be NULL) and return `status`, so that a function can fail in one line:
 *     return flc_error_set(error, FLC_ERROR_STUDY, "%s: unknown key", path);            */
FLC_API flc_status flc_error_set(flc_error *error, flc_status status, const char *format, ...)
    FLC_PRINTF(3, 4);

/* Put "prefix: " before the text of *error and return its status. */
FLC_API flc_status flc_error_prefix(flc_error *error, const char *format, ...) FLC_PRINTF(2, 3);

/* Why a function gave NULL, which has filled *error; FLC_ERROR_MEMORY where that was not kept. */
FLC_API flc_status flc_error_of_null(const flc_error *error);

#ifdef __cplusplus
}
#endif

#endif
