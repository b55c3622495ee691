/* A study file: read, checked, and changed by overrides. What makes one document of several files
 * is in study/compose.h.
 *
 * The tree of nodes is never changed in place: an override copies the mappings and lists on its
 * way, so an aliased node changes only where the path leads. Reading is bounded:
 * FLC_DOCUMENT_BYTES, and the limits of study/node.h.
 */
#ifndef FLC_STUDY_DOCUMENT_H
#define FLC_STUDY_DOCUMENT_H

#include <stddef.h>

#include "base/options.h"
#include "fulcrum/status.h"
#include "study/node.h"

enum { FLC_DOCUMENT_BYTES = 16 << 20 };

typedef struct flc_document flc_document;

/* Read a file. FLC_ERROR_INPUT where it cannot be read, FLC_ERROR_STUDY where it is not YAML as a
 * study uses it. */
flc_status flc_document_load(flc_document **document, const char *path, flc_error *error);
/* The same for text in memory; `name` stands for the file in messages. Both are copied. */
flc_status flc_document_parse(flc_document **document, const char *text, size_t length,
                              const char *name, flc_error *error);
void flc_document_free(flc_document *document);

const flc_node *flc_document_root(const flc_document *document);
const char *flc_document_name(const flc_document *document);
/* The bytes as they were read, before any override; of several files, as study/files.h joins them.
 */
const char *flc_document_text(const flc_document *document, size_t *length);

/* One file of a study that is made of several. All of it lives as long as the document. */
typedef struct flc_document_file {
    const char *name; /* as it was opened */
    const char *text;
    size_t length;
    const flc_node *root;
} flc_document_file;

/* Read another file into the memory of the document, whose tree stays as it is. */
flc_status flc_document_read(flc_document *document, flc_document_file *file, const char *path,
                             flc_error *error);
/* The tree and the text of what the document has become; both in its arena. */
void flc_document_replace(flc_document *document, const flc_node *root, const char *text,
                          size_t length);
flc_arena *flc_document_arena(flc_document *document);

/* Set one value, as `--set programs/MEP/match/required=2` does: keys joined by '/', items of lists
 * by number from 0; the value is YAML on one line. The last key may be new in a mapping that
 * exists; below `quantities`, which a study of a plug-in model need not have, all keys may. */
flc_status flc_document_set(flc_document *document, const char *assignment, flc_error *error);
/* The same with a node made elsewhere (an overlay's), which must live as long as the document;
 * errors about the path are placed at `place`. */
flc_status flc_document_set_node(flc_document *document, const char *path, const flc_node *value,
                                 flc_mark place, flc_error *error);
/* Take out what the path names: an entry of a mapping that is there. */
flc_status flc_document_remove(flc_document *document, const char *path, flc_mark place,
                               flc_error *error);

#endif
