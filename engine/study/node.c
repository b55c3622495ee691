#include "study/node.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/check.h"
#include "base/place.h"
#include "base/utf8.h"

/* A mapping or sequence whose end has not come yet. */
struct frame {
    flc_node *node;
    size_t first;  /* where its children begin in builder.children */
    size_t anchor; /* the number, from 1, of its anchor; 0: none */
};

struct anchor {
    const char *name;
    const flc_node *node;
    bool complete;
};

struct builder {
    flc_arena *arena;
    flc_node_origin origin;
    flc_error *error;
    struct frame frames[FLC_NODE_DEPTH];
    unsigned depth;
    const flc_node **children; /* of all open frames, one after the other; a mapping's alternate */
    size_t child_count, child_capacity;
    struct anchor anchors[FLC_NODE_ANCHORS];
    size_t anchor_count;
    size_t total; /* nodes so far, aliases written out */
    const flc_node *root;
    bool done;
};

static flc_mark mark_of(const struct builder *builder, yaml_mark_t mark)
{
    flc_mark here = {builder->origin.file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
    if (builder->origin.line_only) {
        here.line = 0;
        here.column += builder->origin.column;
    }
    return here;
}

#define FAIL_AT(builder, mark, ...)                                                                \
    flc_place_error((builder)->error, FLC_ERROR_STUDY, mark, NULL, __VA_ARGS__)

static flc_status count_nodes(struct builder *builder, size_t nodes, flc_mark mark)
{
    if (nodes > FLC_NODE_COUNT - builder->total)
        return FAIL_AT(builder, mark, "more than %d entries, aliases counted as if written out",
                       FLC_NODE_COUNT);
    builder->total += nodes;
    return FLC_OK;
}

static flc_status check_key(const struct builder *builder, const flc_node *key, flc_mark mark)
{
    if (key->kind != FLC_NODE_SCALAR)
        return FAIL_AT(builder, mark, "a key must be a text, not a list or a mapping");
    if (key->length == 0)
        return FAIL_AT(builder, mark, "a key is missing before the ':'");
    if (!key->quoted && strcmp(key->text, "<<") == 0)
        return FAIL_AT(
            builder, mark,
            "merge keys (<<) are not supported; write the keys out, or use an anchor and "
            "an alias for a whole mapping");
    return FLC_OK;
}

/* Put a finished node where it belongs: a child of the innermost open frame, or the root. */
static flc_status attach(struct builder *builder, const flc_node *node, flc_mark mark)
{
    if (builder->depth == 0) {
        builder->root = node;
        return FLC_OK;
    }
    const struct frame *frame = &builder->frames[builder->depth - 1];
    bool is_key =
        frame->node->kind == FLC_NODE_MAPPING && (builder->child_count - frame->first) % 2 == 0;
    if (is_key && check_key(builder, node, mark))
        return FLC_ERROR_STUDY;
    if (builder->depth + node->height > FLC_NODE_DEPTH)
        return FAIL_AT(builder, mark, "nested more than %d levels deep", FLC_NODE_DEPTH);
    if (flc_reserve((void **)&builder->children, &builder->child_capacity, builder->child_count + 1,
                    sizeof *builder->children, builder->error))
        return FLC_ERROR_MEMORY;
    builder->children[builder->child_count++] = node;
    return FLC_OK;
}

static flc_status add_anchor(struct builder *builder, const yaml_char_t *name, const flc_node *node,
                             bool complete, flc_mark mark)
{
    if (!name)
        return FLC_OK;
    if (builder->anchor_count == FLC_NODE_ANCHORS)
        return FAIL_AT(builder, mark, "more than %d anchors", FLC_NODE_ANCHORS);
    const char *copy = flc_arena_copy(builder->arena, (const char *)name,
                                      strlen((const char *)name), builder->error);
    if (!copy)
        return FLC_ERROR_MEMORY;
    builder->anchors[builder->anchor_count++] = (struct anchor){copy, node, complete};
    return FLC_OK;
}

static flc_status check_tag(const struct builder *builder, const yaml_char_t *tag, flc_mark mark)
{
    if (!tag)
        return FLC_OK;
    return FAIL_AT(builder, mark, "the tag '%.60s' is not used in studies; leave it out", tag);
}

static flc_node *new_node(struct builder *builder, flc_node_kind kind, flc_mark mark)
{
    flc_node *node = flc_arena_take(builder->arena, 1, sizeof *node, builder->error);
    if (!node)
        return NULL;
    node->kind = kind;
    node->mark = mark;
    node->size = 1;
    return node;
}

static flc_status on_scalar(struct builder *builder, const yaml_event_t *event, flc_mark mark)
{
    if (check_tag(builder, event->data.scalar.tag, mark) || count_nodes(builder, 1, mark))
        return FLC_ERROR_STUDY;
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
        return FAIL_AT(builder, mark, "a text with a NUL character (\\0)");
    flc_node *node = new_node(builder, FLC_NODE_SCALAR, mark);
    if (!node)
        return FLC_ERROR_MEMORY;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->length = event->data.scalar.length;
    node->text = flc_arena_copy(builder->arena, (const char *)event->data.scalar.value,
                                node->length, builder->error);
    if (!node->text)
        return FLC_ERROR_MEMORY;
    flc_status status = add_anchor(builder, event->data.scalar.anchor, node, true, mark);
    return status ? status : attach(builder, node, mark);
}

static flc_status on_alias(struct builder *builder, const yaml_event_t *event, flc_mark mark)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = builder->anchor_count; i-- > 0;) {
        const struct anchor *anchor = &builder->anchors[i];
        if (strcmp(anchor->name, name) != 0)
            continue;
        if (!anchor->complete)
            return FAIL_AT(builder, mark, "the alias *%.60s stands inside what it stands for",
                           name);
        flc_status status = count_nodes(builder, anchor->node->size, mark);
        return status ? status : attach(builder, anchor->node, mark);
    }
    return FAIL_AT(builder, mark, "the alias *%.60s has no anchor &%.60s before it", name, name);
}

static flc_status on_start(struct builder *builder, flc_node_kind kind, const yaml_char_t *tag,
                           const yaml_char_t *anchor, flc_mark mark)
{
    if (check_tag(builder, tag, mark) || count_nodes(builder, 1, mark))
        return FLC_ERROR_STUDY;
    if (builder->depth == FLC_NODE_DEPTH)
        return FAIL_AT(builder, mark, "nested more than %d levels deep", FLC_NODE_DEPTH);
    flc_node *node = new_node(builder, kind, mark);
    if (!node)
        return FLC_ERROR_MEMORY;
    flc_status status = add_anchor(builder, anchor, node, false, mark);
    builder->frames[builder->depth++] =
        (struct frame){node, builder->child_count, anchor ? builder->anchor_count : 0};
    return status;
}

static int compare_keys(const void *a, const void *b)
{
    const flc_node *left = *(const flc_node *const *)a, *right = *(const flc_node *const *)b;
    int order = strcmp(left->text, right->text);
    if (order)
        return order;
    return flc_place_before(left->mark, right->mark)   ? -1
           : flc_place_before(right->mark, left->mark) ? 1
                                                       : 0;
}

/* Sorting brings equal keys together; of several pairs of them the first in the file is named. */
static flc_status check_duplicates(const struct builder *builder, const flc_node *mapping)
{
    const flc_node **sorted = flc_allocate(mapping->count, sizeof *sorted, builder->error);
    if (!sorted)
        return FLC_ERROR_MEMORY;
    if (mapping->count)
        memcpy(sorted, mapping->keys, mapping->count * sizeof *sorted);
    qsort(sorted, mapping->count, sizeof *sorted, compare_keys);
    const flc_node *first = NULL, *again = NULL;
    for (size_t i = 1; i < mapping->count; i++) {
        bool same = strcmp(sorted[i - 1]->text, sorted[i]->text) == 0;
        if (same && (!again || flc_place_before(sorted[i]->mark, again->mark))) {
            first = sorted[i - 1];
            again = sorted[i];
        }
    }
    flc_free(sorted);
    if (!again)
        return FLC_OK;
    char shown[FLC_NODE_SHOWN];
    return flc_place_error(builder->error, FLC_ERROR_STUDY, again->mark, NULL,
                           "the key %s stands here a second time (first in line %u, column %u)",
                           flc_node_show(shown, again), first->mark.line, first->mark.column);
}

/* Split a mapping's alternating children into keys and values. */
static flc_status take_children(struct builder *builder, flc_node *node, size_t first)
{
    size_t total = builder->child_count - first;
    size_t per_entry = node->kind == FLC_NODE_MAPPING ? 2 : 1;
    node->count = total / per_entry;
    const flc_node **kept = flc_arena_take(builder->arena, total, sizeof *kept, builder->error);
    if (!kept)
        return FLC_ERROR_MEMORY;
    const flc_node **values = kept + (per_entry - 1) * node->count;
    for (size_t i = 0; i < total; i++) {
        const flc_node *child = builder->children[first + i];
        bool is_key = per_entry == 2 && i % 2 == 0;
        *(is_key ? kept + i / 2 : values + i / per_entry) = child;
        node->size += child->size;
        if (child->height >= node->height)
            node->height = child->height + 1;
    }
    node->keys = per_entry == 2 ? kept : NULL;
    node->values = values;
    builder->child_count = first;
    return FLC_OK;
}

static flc_status on_end(struct builder *builder)
{
    FLC_ASSERT(builder->depth > 0);
    struct frame frame = builder->frames[--builder->depth];
    flc_status status = take_children(builder, frame.node, frame.first);
    if (!status && frame.node->kind == FLC_NODE_MAPPING)
        status = check_duplicates(builder, frame.node);
    if (status)
        return status;
    if (frame.anchor)
        builder->anchors[frame.anchor - 1].complete = true;
    return attach(builder, frame.node, frame.node->mark);
}

static flc_status on_event(struct builder *builder, const yaml_event_t *event)
{
    flc_mark mark = mark_of(builder, event->start_mark);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (builder->root)
            return FAIL_AT(builder, mark,
                           "a second YAML document begins here ('---'); a study is one document");
        return FLC_OK;
    case YAML_ALIAS_EVENT:
        return on_alias(builder, event, mark);
    case YAML_SCALAR_EVENT:
        return on_scalar(builder, event, mark);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(builder, FLC_NODE_SEQUENCE, event->data.sequence_start.tag,
                        event->data.sequence_start.anchor, mark);
    case YAML_MAPPING_START_EVENT:
        return on_start(builder, FLC_NODE_MAPPING, event->data.mapping_start.tag,
                        event->data.mapping_start.anchor, mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(builder);
    case YAML_STREAM_END_EVENT:
        builder->done = true;
        return FLC_OK;
    default:
        return FLC_OK;
    }
}

/* libyaml's messages speak of tokens and blocks; the usual causes are few. */
static const char *hint(const char *problem, char character)
{
    if (strstr(problem, "cannot start any token"))
        return character == '\t' ? "; a tab cannot indent YAML, use spaces"
                                 : "; put the text in quotes";
    if (strstr(problem, "mapping values are not allowed"))
        return "; a text with ': ' in it needs quotes, and keys of one mapping the same "
               "indentation";
    if (strstr(problem, "did not find expected") || strstr(problem, "could not find expected"))
        return "; check indentation, quotes and brackets from here upwards";
    return "";
}

/* libyaml counts characters: the first byte of character `index`. */
static char character_at(const char *text, size_t length, size_t index)
{
    size_t at = 0;
    for (size_t bytes; index > 0 && at < length; index--, at += bytes)
        flc_utf8_decode(&bytes, text + at);
    return at < length ? text[at] : '\0';
}

static flc_status syntax_error(const struct builder *builder, const yaml_parser_t *parser,
                               const char *text, size_t length)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return flc_error_set(builder->error, FLC_ERROR_MEMORY, "out of memory reading YAML");
    const char *problem = parser->problem ? parser->problem : "not readable as YAML";
    flc_mark mark = mark_of(builder, parser->problem_mark);
    char character = character_at(text, length, parser->problem_mark.index);
    const char *advice = hint(problem, character);
    if (!parser->context)
        return FAIL_AT(builder, mark, "not valid YAML: %s%s", problem, advice);
    if (strstr(problem, "unexpected end of stream")) /* the end is no place to look for it */
        return FAIL_AT(builder, mark_of(builder, parser->context_mark),
                       "not valid YAML: what opens here is never closed (%s %s)", problem,
                       parser->context);
    return FAIL_AT(builder, mark, "not valid YAML: %s %s (line %zu)%s", problem, parser->context,
                   parser->context_mark.line + 1, advice);
}

static flc_status pump(struct builder *builder, yaml_parser_t *parser, const char *text,
                       size_t length)
{
    while (!builder->done) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return syntax_error(builder, parser, text, length);
        flc_status status = on_event(builder, &event);
        yaml_event_delete(&event);
        if (status)
            return status;
    }
    return FLC_OK;
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

/* What libyaml would refuse without saying where: bytes that are not UTF-8, control characters. */
static flc_status check_bytes(const char *text, size_t length, flc_node_origin origin,
                              flc_error *error)
{
    flc_mark mark = {origin.file, origin.line_only ? 0 : 1, 1 + origin.column};
    bool utf16 =
        length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
    if (utf16)
        return flc_place_error(error, FLC_ERROR_STUDY, mark, NULL,
                               "this is UTF-16; save the file as UTF-8");
    for (size_t i = 0, bytes; i < length; i += bytes) {
        uint32_t code = flc_utf8_decode(&bytes, text + i);
        if (code == UINT32_MAX)
            return flc_place_error(error, FLC_ERROR_STUDY, mark, NULL,
                                   "the byte 0x%02X is not UTF-8; save the file as UTF-8",
                                   (unsigned char)text[i]);
        if (!flc_utf8_printable(code))
            return flc_place_error(error, FLC_ERROR_STUDY, mark, NULL,
                                   "the control character U+%04X is not allowed%s", (unsigned)code,
                                   code == 0 ? "; is this a text file?" : "");
        bool newline = code == '\n' && !origin.line_only;
        mark.line += newline;
        mark.column = newline ? 1 : mark.column + 1;
    }
    return FLC_OK;
}

static flc_status check_content(const struct builder *builder, const char *text, size_t length)
{
    flc_mark nowhere = {builder->origin.file, 0, 0};
    if (builder->root && !flc_node_is_null(builder->root))
        return FLC_OK;
    const char *found = is_blank(text, length) ? "is empty"
                        : builder->root        ? "has no content"
                                               : "has only comments";
    return flc_place_error(builder->error, FLC_ERROR_STUDY, nowhere, NULL, "the file %s", found);
}

flc_status flc_node_parse(const flc_node **root, flc_arena *arena, const char *text, size_t length,
                          flc_node_origin origin, flc_error *error)
{
    if (length >= 3 &&
        memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark, as Windows writes */
        text += 3;
        length -= 3;
    }
    flc_status status = check_bytes(text, length, origin, error);
    if (status)
        return status;
    struct builder *builder = flc_allocate(1, sizeof *builder, error);
    if (!builder)
        return FLC_ERROR_MEMORY;
    builder->arena = arena;
    builder->origin = origin;
    builder->error = error;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        status = flc_error_set(error, FLC_ERROR_MEMORY, "out of memory reading YAML");
        goto done;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    status = pump(builder, &parser, text, length);
    yaml_parser_delete(&parser);
    if (!status && !origin.line_only)
        status = check_content(builder, text, length);
    *root = builder->root;
done:
    flc_free(builder->children);
    flc_free(builder);
    return status;
}

const flc_node *flc_node_find(const flc_node *mapping, size_t *at, const char *key, size_t length)
{
    if (mapping->kind != FLC_NODE_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++) {
        const flc_node *candidate = mapping->keys[i];
        if (candidate->length != length || memcmp(candidate->text, key, length) != 0)
            continue;
        if (at)
            *at = i;
        return mapping->values[i];
    }
    return NULL;
}

bool flc_node_is_null(const flc_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != FLC_NODE_SCALAR || node->quoted)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

const char *flc_node_show(char shown[FLC_NODE_SHOWN], const flc_node *node)
{
    if (node->kind != FLC_NODE_SCALAR)
        return node->kind == FLC_NODE_MAPPING ? "a mapping" : "a list";
    if (flc_node_is_null(node))
        return "nothing";
    size_t used = 0, at = 0;
    shown[used++] = '\'';
    for (size_t bytes; at < node->length && used + 10 < FLC_NODE_SHOWN; at += bytes) {
        uint32_t code = flc_utf8_decode(&bytes, node->text + at);
        if (code < 0x20 || !flc_utf8_printable(code)) {
            shown[used++] = '?';
            continue;
        }
        memcpy(shown + used, node->text + at, bytes);
        used += bytes;
    }
    snprintf(shown + used, FLC_NODE_SHOWN - used, "%s'", at < node->length ? "..." : "");
    return shown;
}
