/* The nodes of a YAML document, made from libyaml's events.
 *
 * Nodes never change once made, and an alias is the anchored node itself, so a document is a graph
 * without cycles whose parts can be shared between documents (overlays over one base). What YAML
 * offers and a study does not need is refused with a reason: several documents, tags, merge keys
 * (`<<`), keys that are not texts, duplicate keys, aliases inside what they stand for.
 *
 * Limits, so that no file can take more memory or stack than it has bytes to show for:
 * FLC_NODE_DEPTH levels and FLC_NODE_COUNT nodes, both counted as if every alias were written out
 * ("billion laughs").
 *
 * Marks: libyaml counts characters, not bytes; lines and columns from 1.
 */
#ifndef FLC_STUDY_NODE_H
#define FLC_STUDY_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/options.h"
#include "fulcrum/status.h"

enum { FLC_NODE_DEPTH = 64, FLC_NODE_COUNT = 1000000, FLC_NODE_ANCHORS = 1000 };

typedef enum flc_node_kind { FLC_NODE_SCALAR, FLC_NODE_MAPPING, FLC_NODE_SEQUENCE } flc_node_kind;

typedef struct flc_node flc_node;
struct flc_node {
    flc_node_kind kind;
    bool quoted; /* scalar in quotes or in block style: a text, whatever it looks like */
    flc_mark mark;
    const char *text; /* scalar: `length` bytes, none of them NUL, and a NUL */
    size_t length;
    size_t count;                  /* mapping: pairs; sequence: items */
    const flc_node *const *keys;   /* mapping: scalars, all different */
    const flc_node *const *values; /* in the order of the file */
    size_t size;                   /* nodes below and including this one, aliases written out */
    unsigned height;               /* levels below this one: 0 for a scalar */
};

/* Where a piece of YAML comes from. */
typedef struct flc_node_origin {
    const char *file; /* borrowed for as long as the nodes live */
    bool line_only;   /* one line of the command line: marks get line 0 */
    unsigned column;  /* added to the columns then */
} flc_node_origin;

/* Parse `length` bytes, with a NUL behind them, into nodes of `arena`. Without content a file is an
 * error; a line of the command line leaves *root NULL or a null scalar. */
flc_status flc_node_parse(const flc_node **root, flc_arena *arena, const char *text, size_t length,
                          flc_node_origin origin, flc_error *error);

/* The value of `key` (`length` bytes), and its place in *at where at is not NULL; NULL if absent.
 */
const flc_node *flc_node_find(const flc_node *mapping, size_t *at, const char *key, size_t length);

/* A plain scalar that says nothing: empty, ~ or null. */
bool flc_node_is_null(const flc_node *node);

/* For errors: "a list", "a mapping", "nothing", or the scalar in quotes, cut and made printable. */
enum { FLC_NODE_SHOWN = 64 };
const char *flc_node_show(char shown[FLC_NODE_SHOWN], const flc_node *node);

#endif
