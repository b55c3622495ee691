/* What the readers of sections and of quantities share while one study is read: the path, the first
 * error, texts and numbers. Private to reader.c and quantity.c. */
#ifndef FLC_STUDY_READING_H
#define FLC_STUDY_READING_H

#include "study/reader.h"

enum { FLC_READING_PATH = 1024 };

struct flc_reading {
    const flc_reader *reader;
    flc_error *error;   /* the error to tell so far */
    flc_mark first;     /* where that error is */
    size_t failures;    /* errors found, told or not */
    flc_status stopped; /* out of memory: nothing goes on, *error holds why */
    char path[FLC_READING_PATH];
    size_t path_length;
    const char *file, *file_copy; /* the last file name of a mark, and its copy in the arena */
};

/* Note an error at `mark` in what the path stands on; the first in the file is kept. */
void flc_reading_fail(struct flc_reading *reading, flc_mark mark, const char *format, ...)
    FLC_PRINTF(3, 4);
/* "a list where a number is expected". */
void flc_reading_wrong_kind(struct flc_reading *reading, const flc_node *node,
                            const char *expected);
void flc_reading_stop(struct flc_reading *reading, flc_status status);
/* An array in the arena, NULL when out of memory (reading is stopped then). */
void *flc_reading_take(struct flc_reading *reading, size_t count, size_t size);

/* Go into `key`, and back to where `before` (what enter returned) was. */
size_t flc_reading_enter(struct flc_reading *reading, const char *key);
void flc_reading_leave(struct flc_reading *reading, size_t before);
const char *flc_reading_path(struct flc_reading *reading); /* a copy in the arena */

/* A mark that outlives the document. */
flc_mark flc_reading_mark(struct flc_reading *reading, flc_mark mark);
/* Remember that the study gives the path; texts of `origin` are kept, path and mark are filled in.
 */
void flc_reading_given(struct flc_reading *reading, flc_origin origin, const flc_node *node);

/* A copy of a text in the arena, NULL on error. */
const char *flc_reading_text(struct flc_reading *reading, const flc_node *node);
/* Whether `node` is a number, then in *value; `expected` is for the error. */
bool flc_reading_number(struct flc_reading *reading, double *value, const flc_node *node,
                        const char *expected);
/* The same, and in the domain. */
bool flc_reading_number_in(struct flc_reading *reading, double *value, const flc_node *node,
                           const char *expected, flc_domain domain);
/* Keys for a list in a message, "a, b, c"; cut where it gets long. */
struct flc_reading_known {
    char text[640];
    size_t length;
};
void flc_reading_known_add(struct flc_reading_known *known, const char *key);

#endif
