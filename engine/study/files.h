/* The files that a study is made of: who leads to whom, limits, and the texts one after the other.
 *
 * A file leads to another by `include` or `base`, with a path relative to its own folder (an
 * absolute path stays as it is). Files are told apart by what the system says, not by their names,
 * so links and roundabout paths are seen through. A file that leads back to one it came from, or
 * that is reached twice, is an error that shows the way.
 *
 * Limits: FLC_FILES_DEPTH steps from the first file, FLC_FILES_MOST files, and for all of them
 * together what study/document.h and study/node.h allow one.
 */
#ifndef FLC_STUDY_FILES_H
#define FLC_STUDY_FILES_H

#include "base/buffer.h"
#include "study/document.h"

enum { FLC_FILES_DEPTH = 16, FLC_FILES_MOST = 256 };

struct flc_files_entry {
    flc_document_file file;
    const char *shown; /* relative to the folder of the first file */
    const char *verb;  /* how `parent` leads here: "includes", "is based on" */
    flc_mark mark;     /* where it does */
    size_t parent;
    unsigned depth; /* steps from the first file */
};

struct flc_files {
    flc_document *document; /* owns names, texts and nodes */
    flc_error *error;
    struct flc_files_entry entries[FLC_FILES_MOST];
    size_t count, bytes, nodes;
};

/* Begin with a file that is read already. */
void flc_files_begin(struct flc_files *files, flc_document *document, flc_document_file file,
                     flc_error *error);
/* Read the file that `path`, a text in entry `parent`, names; its entry is *index. */
flc_status flc_files_open(struct flc_files *files, size_t *index, const flc_node *path,
                          size_t parent, const char *verb);

/* Append "# file: NAME" and the text of the entries first ... end - 1. */
void flc_files_print(const struct flc_files *files, flc_buffer *buffer, size_t first, size_t end);

/* "file:line:column" for messages that name a second place. */
enum { FLC_FILES_PLACE = 480 };
const char *flc_files_place(char place[FLC_FILES_PLACE], flc_mark mark);

#endif
