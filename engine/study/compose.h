/* Studies made of several files.
 *
 * `include` at the top of a study names files (one, or a list; relative to the file it stands in)
 * that hold parts of it: any keys of a study, and `include` again. The parts become one study:
 *
 *   - what stands below a key at the top is put together: entries of mappings (programs of several
 *     files, parts of macro), items of lists (dependence, targets);
 *   - in the order of inclusion, a file's own part after what it includes;
 *   - one thing stands in one file: what is given twice is an error that names both places. Only
 *     `fulcrum` may be repeated, with the same version, and an entry of `references`, in the same
 *     words.
 *
 * So a study cut into files is the same study, to the last bit of its results. Places in errors and
 * relative names of CSV files keep to the file in which they stand.
 *
 * `base` makes a file an overlay (study/overlay.h): a study, or an overlay again, with changes.
 *
 * The document's text becomes the texts of all files, each behind a line "# file: NAME", overlays
 * last in the order in which they apply; of a study in one file it stays as it is.
 */
#ifndef FLC_STUDY_COMPOSE_H
#define FLC_STUDY_COMPOSE_H

#include "study/document.h"

/* Make the whole study of the document just read or parsed. Names of files are relative to its
 * name. After an error the document is good for nothing but flc_document_free. */
flc_status flc_compose(flc_document *document, flc_error *error);

/* Change a composed document as the overlay at `path` says, with the overlays that it is based on;
 * the study at the end of them is not looked into, so that a policy can be tried on another base.
 * The document's name stays. Several overlays on one base: a document each. */
flc_status flc_compose_overlay(flc_document *document, const char *path, flc_error *error);

#endif
