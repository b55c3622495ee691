#include "study/document.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/place.h"
#include "base/suggest.h"

struct flc_document {
    flc_arena *arena;
    flc_document_file file;
};

flc_status flc_document_load(flc_document **document, const char *path, flc_error *error)
{
    *document = NULL;
    char *text;
    size_t length;
    flc_status status = flc_file_read(&text, &length, path, FLC_DOCUMENT_BYTES, error);
    if (!status)
        status = flc_document_parse(document, text, length, path, error);
    flc_free(text);
    return status;
}

/* Texts and nodes of `file`, all in the document's arena. */
static flc_status parse_file(flc_document *document, flc_document_file *file, const char *text,
                             size_t length, const char *name, flc_error *error)
{
    file->name = flc_arena_copy(document->arena, name, strlen(name), error);
    file->text = flc_arena_copy(document->arena, text, length, error);
    file->length = length;
    if (!file->name || !file->text)
        return FLC_ERROR_MEMORY;
    flc_node_origin origin = {.file = file->name};
    return flc_node_parse(&file->root, document->arena, file->text, length, origin, error);
}

static flc_status fill(flc_document *document, const char *text, size_t length, const char *name,
                       flc_error *error)
{
    document->arena = flc_arena_create(error);
    if (!document->arena)
        return FLC_ERROR_MEMORY;
    return parse_file(document, &document->file, text, length, name, error);
}

flc_status flc_document_parse(flc_document **document, const char *text, size_t length,
                              const char *name, flc_error *error)
{
    *document = NULL;
    flc_document *made = FLC_NEW(flc_document, 1, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    flc_status status = fill(made, text, length, name, error);
    if (status)
        flc_document_free(made);
    else
        *document = made;
    return status;
}

flc_status flc_document_read(flc_document *document, flc_document_file *file, const char *path,
                             flc_error *error)
{
    char *text;
    size_t length;
    flc_status status = flc_file_read(&text, &length, path, FLC_DOCUMENT_BYTES, error);
    if (!status)
        status = parse_file(document, file, text, length, path, error);
    flc_free(text);
    return status;
}

void flc_document_free(flc_document *document)
{
    if (!document)
        return;
    flc_arena_free(document->arena);
    flc_free(document);
}

const flc_node *flc_document_root(const flc_document *document)
{
    return document->file.root;
}

const char *flc_document_name(const flc_document *document)
{
    return document->file.name;
}

const char *flc_document_text(const flc_document *document, size_t *length)
{
    *length = document->file.length;
    return document->file.text;
}

flc_arena *flc_document_arena(flc_document *document)
{
    return document->arena;
}

void flc_document_replace(flc_document *document, const flc_node *root, const char *text,
                          size_t length)
{
    document->file.root = root;
    document->file.text = text;
    document->file.length = length;
}

/* An override on its way down: what is left of the path begins at `rest`. */
struct descent {
    flc_document *document;
    const flc_node *value; /* NULL: what the path names is taken out */
    const char *path, *rest;
    flc_mark place;
    flc_error *error;
};

#define REFUSE(descent, ...)                                                                       \
    flc_place_error((descent)->error, FLC_ERROR_STUDY, (descent)->place, NULL, __VA_ARGS__)

/* The part of the path that lies behind, for messages: "programs/MEP", or "the study". */
enum { WHERE_SHOWN = 200 };
static const char *where(char shown[WHERE_SHOWN], const struct descent *descent)
{
    if (descent->rest == descent->path)
        return "the study";
    snprintf(shown, WHERE_SHOWN, "%.*s", (int)(descent->rest - descent->path - 1), descent->path);
    return shown;
}

static flc_status no_such_key(const struct descent *descent, const flc_node *mapping, size_t length)
{
    flc_error *error = descent->error;
    char *key = flc_arena_copy(descent->document->arena, descent->rest, length, error);
    if (!key)
        return FLC_ERROR_MEMORY;
    flc_suggestion near;
    flc_suggestion_start(&near, key);
    for (size_t i = 0; i < mapping->count; i++)
        flc_suggestion_offer(&near, mapping->keys[i]->text);
    char question[160] = "";
    if (near.best)
        snprintf(question, sizeof question, "; did you mean '%.100s'?", near.best);
    char shown[WHERE_SHOWN];
    return REFUSE(descent, "%s has no '%.100s'%s", where(shown, descent), key, question);
}

/* A copy of `node` with child `at` (a new one where at == count) replaced. */
static const flc_node *with_child(const struct descent *descent, const flc_node *node, size_t at,
                                  const flc_node *key, const flc_node *child)
{
    flc_arena *arena = descent->document->arena;
    size_t count = node->count + (at == node->count);
    flc_node *copy = flc_arena_take(arena, 1, sizeof *copy, descent->error);
    const flc_node **keys = flc_arena_take(arena, count, sizeof *keys, descent->error);
    const flc_node **values = flc_arena_take(arena, count, sizeof *values, descent->error);
    if (!copy || !keys || !values)
        return NULL;
    *copy = *node;
    for (size_t i = 0; i < node->count; i++) {
        values[i] = node->values[i];
        if (node->keys)
            keys[i] = node->keys[i];
    }
    values[at] = child;
    if (key)
        keys[at] = key;
    copy->count = count;
    copy->keys = node->keys ? keys : NULL;
    copy->values = values;
    return copy;
}

/* A copy of a mapping without entry `at`. */
static const flc_node *without_child(const struct descent *descent, const flc_node *node, size_t at)
{
    flc_arena *arena = descent->document->arena;
    size_t count = node->count - 1, behind = count - at;
    flc_node *copy = flc_arena_take(arena, 1, sizeof *copy, descent->error);
    const flc_node **keys = flc_arena_take(arena, count, sizeof *keys, descent->error);
    const flc_node **values = flc_arena_take(arena, count, sizeof *values, descent->error);
    if (!copy || !keys || !values)
        return NULL;
    memcpy(keys, node->keys, at * sizeof *keys);
    memcpy(keys + at, node->keys + at + 1, behind * sizeof *keys);
    memcpy(values, node->values, at * sizeof *values);
    memcpy(values + at, node->values + at + 1, behind * sizeof *values);
    *copy = *node;
    copy->count = count;
    copy->keys = keys;
    copy->values = values;
    return copy;
}

static const flc_node *new_key(const struct descent *descent, size_t length)
{
    flc_node *key = flc_arena_take(descent->document->arena, 1, sizeof *key, descent->error);
    if (!key)
        return NULL;
    key->kind = FLC_NODE_SCALAR;
    key->mark = descent->place;
    key->length = length;
    key->text = flc_arena_copy(descent->document->arena, descent->rest, length, descent->error);
    key->size = 1;
    return key->text ? key : NULL;
}

/* Which item of a list the next part of the path names. */
static flc_status find_item(const struct descent *descent, size_t *at, const flc_node *list,
                            size_t length)
{
    size_t number = 0;
    bool digits = length > 0 && length < 8;
    for (size_t i = 0; i < length && digits; i++) {
        digits = descent->rest[i] >= '0' && descent->rest[i] <= '9';
        number = number * 10 + (size_t)(descent->rest[i] - '0');
    }
    *at = number;
    if (digits && number < list->count)
        return FLC_OK;
    char shown[WHERE_SHOWN];
    return REFUSE(descent, "%s is a list of %zu, numbered from 0; there is no item '%.*s'",
                  where(shown, descent), list->count, (int)(length < 60 ? length : 60),
                  descent->rest);
}

/* Whether all keys of a path may be new. */
static bool is_open(const char *path)
{
    static const char open[] = "quantities/";
    return strncmp(path, open, sizeof open - 1) == 0;
}

static const flc_node *empty_mapping(const struct descent *descent)
{
    flc_node *node = flc_arena_take(descent->document->arena, 1, sizeof *node, descent->error);
    const flc_node **none =
        flc_arena_take(descent->document->arena, 1, sizeof *none, descent->error);
    if (node && none)
        *node = (flc_node){.kind = FLC_NODE_MAPPING,
                           .mark = descent->place,
                           .keys = none,
                           .values = none,
                           .size = 1};
    return node && none ? node : NULL;
}

/* Where the next part of the path leads: *at, and *key for one that is new. */
static flc_status find_child(const struct descent *descent, size_t *at, const flc_node **key,
                             const flc_node *node, size_t length)
{
    bool last = descent->rest[length] == '\0', remove = last && !descent->value;
    *key = NULL;
    if (node->kind == FLC_NODE_SEQUENCE && remove) {
        char shown[WHERE_SHOWN];
        return REFUSE(descent,
                      "%s is a list; entries of mappings can be removed, a list is set anew",
                      where(shown, descent));
    }
    if (node->kind == FLC_NODE_SEQUENCE)
        return find_item(descent, at, node, length);
    if (node->kind == FLC_NODE_SCALAR) {
        char shown[WHERE_SHOWN], value[FLC_NODE_SHOWN];
        return REFUSE(descent, "%s is %s, which has nothing inside; set it as a whole",
                      where(shown, descent), flc_node_show(value, node));
    }
    if (flc_node_find(node, at, descent->rest, length))
        return FLC_OK;
    if (remove || (!last && !is_open(descent->path)))
        return no_such_key(descent, node, length);
    *at = node->count;
    *key = new_key(descent, length);
    return *key ? FLC_OK : FLC_ERROR_MEMORY;
}

/* *changed is a copy of `node` with the value in its place. Recursion: one level of the file each.
 */
static flc_status descend(struct descent *descent, const flc_node **changed, const flc_node *node)
{
    size_t length = strcspn(descent->rest, "/");
    if (length == 0)
        return REFUSE(descent, "the path '%.200s' has an empty key", descent->path);
    size_t at;
    const flc_node *key;
    flc_status status = find_child(descent, &at, &key, node, length);
    if (status)
        return status;
    const flc_node *child = descent->value;
    if (descent->rest[length] == '/') {
        const flc_node *below = at < node->count ? node->values[at] : empty_mapping(descent);
        descent->rest += length + 1;
        status = below ? descend(descent, &child, below) : FLC_ERROR_MEMORY;
        if (status)
            return status;
    }
    *changed = child ? with_child(descent, node, at, key, child) : without_child(descent, node, at);
    return *changed ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status change(flc_document *document, const char *path, const flc_node *value,
                         flc_mark place, flc_error *error)
{
    struct descent descent = {document, value, path, path, place, error};
    return descend(&descent, &document->file.root, document->file.root);
}

flc_status flc_document_set_node(flc_document *document, const char *path, const flc_node *value,
                                 flc_mark place, flc_error *error)
{
    return change(document, path, value, place, error);
}

flc_status flc_document_remove(flc_document *document, const char *path, flc_mark place,
                               flc_error *error)
{
    return change(document, path, NULL, place, error);
}

/* "--set programs/MEP/match/required=2", cut where it is long: the file of the new values' marks.
 */
static const char *override_name(flc_document *document, const char *assignment, flc_error *error)
{
    char name[128];
    int shown = snprintf(name, sizeof name, "--set %.100s", assignment);
    if (strlen(assignment) > 100)
        shown += snprintf(name + shown, sizeof name - (size_t)shown, "...");
    return flc_arena_copy(document->arena, name, (size_t)shown, error);
}

flc_status flc_document_set(flc_document *document, const char *assignment, flc_error *error)
{
    const char *name = override_name(document, assignment, error);
    if (!name)
        return FLC_ERROR_MEMORY;
    const char *equals = strchr(assignment, '=');
    if (!equals)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%s: a value is set as path=value, for example "
                             "programs/MEP/match/required=2",
                             name);
    size_t path_length = (size_t)(equals - assignment);
    const char *path = flc_arena_copy(document->arena, assignment, path_length, error);
    if (!path)
        return FLC_ERROR_MEMORY;
    flc_mark place = {name, 0, 1};
    if (strpbrk(equals, "\r\n"))
        return flc_place_error(error, FLC_ERROR_STUDY, place, NULL, "a value is one line");
    flc_node_origin origin = {name, true, (unsigned)path_length + 1};
    const flc_node *value = NULL;
    flc_status status =
        flc_node_parse(&value, document->arena, equals + 1, strlen(equals + 1), origin, error);
    if (status)
        return status;
    place.column = (uint32_t)path_length + 2;
    if (!value || flc_node_is_null(value))
        return flc_place_error(error, FLC_ERROR_STUDY, place, NULL,
                               "nothing after the '='; which value?");
    place.column = 1;
    return flc_document_set_node(document, path, value, place, error);
}
