/* Overlays: what a policy changes in a study, as one mapping.
 *
 *     base: ../baseline.yaml            read by study/compose.h
 *     name: Match of two to one         texts of the study: name, name_zh, note, source, title,
 *                                       title_zh
 *     set:
 *       programs/MEP/match/required: 2  a path and any value, as --set takes them
 *     remove:
 *     - programs/RIE                    an entry of a mapping
 *     - dependence/programs/RIE         all dependences of what lies at or below programs/RIE
 *     - targets/RIE                     all targets whose output is RIE or below it
 *
 * All that one overlay changes is named once: a path inside another one is an error. So the order
 * in which an overlay says things has no meaning. Nothing goes by itself: who removes a program
 * also removes the dependences and targets that name it.
 */
#ifndef FLC_STUDY_OVERLAY_H
#define FLC_STUDY_OVERLAY_H

#include <stdbool.h>

#include "study/document.h"

/* The key that makes a file an overlay. */
#define FLC_OVERLAY_BASE "base"

bool flc_overlay_is(const flc_node *root);
/* Its keys, before anything is changed: none unknown, and none of a study. */
flc_status flc_overlay_check(const flc_node *root, flc_error *error);
/* Change the document. The overlay's nodes must live as long as it. */
flc_status flc_overlay_apply(flc_document *document, const flc_node *root, flc_error *error);

#endif
