#include "study/difference.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "study/node.h"
#include "study/resolved.h"

enum { PATH_ROOM = 1024 };

struct finder {
    flc_arena *arena;
    void *found;
    size_t count, capacity;
    char path[PATH_ROOM]; /* longer ones are cut: they are for reading */
    flc_error *error;
};

/* ---- values as text -------------------------------------------------------------------------- */

static void print_node(flc_buffer *buffer, const flc_node *node)
{
    const bool mapping = node->kind == FLC_NODE_MAPPING;
    if (node->kind == FLC_NODE_SCALAR && node->quoted)
        flc_resolved_text(buffer, node->text);
    if (node->kind == FLC_NODE_SCALAR && !node->quoted)
        flc_buffer_append(buffer, node->text, node->length);
    if (node->kind == FLC_NODE_SCALAR)
        return;
    flc_buffer_add(buffer, mapping ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        flc_buffer_add(buffer, i ? ", " : "");
        if (mapping) {
            print_node(buffer, node->keys[i]);
            flc_buffer_add(buffer, ": ");
        }
        print_node(buffer, node->values[i]);
    }
    flc_buffer_add(buffer, mapping ? "}" : "]");
}

/* The common keys of a mapping, in its own order. */
static void print_order(flc_buffer *buffer, const flc_node *node, const flc_node *other)
{
    const char *between = "in the order ";
    for (size_t i = 0; i < node->count; i++) {
        if (!flc_node_find(other, NULL, node->keys[i]->text, node->keys[i]->length))
            continue;
        flc_buffer_add(buffer, between);
        print_node(buffer, node->keys[i]);
        between = ", ";
    }
}

/* ---- one difference -------------------------------------------------------------------------- */

static const char *keep(struct finder *finder, flc_buffer *buffer)
{
    const char *text =
        buffer->status ? NULL
                       : flc_arena_copy(finder->arena, buffer->text, buffer->length, finder->error);
    flc_buffer_clear(buffer);
    return text;
}

static flc_status add(struct finder *finder, const char *a, const char *b)
{
    flc_status status = flc_reserve(&finder->found, &finder->capacity, finder->count + 1,
                                    sizeof(flc_study_change), finder->error);
    const char *path =
        flc_arena_copy(finder->arena, finder->path, strlen(finder->path), finder->error);
    if (status || !path)
        return FLC_ERROR_MEMORY;
    ((flc_study_change *)finder->found)[finder->count++] = (flc_study_change){path, {a, b}};
    return FLC_OK;
}

/* Either may be NULL. */
static flc_status add_values(struct finder *finder, const flc_node *a, const flc_node *b)
{
    const flc_node *nodes[2] = {a, b};
    const char *texts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        flc_buffer buffer;
        if (!nodes[i])
            continue;
        flc_buffer_init(&buffer, finder->error);
        print_node(&buffer, nodes[i]);
        if (!(texts[i] = keep(finder, &buffer)))
            return FLC_ERROR_MEMORY;
    }
    return add(finder, texts[0], texts[1]);
}

static flc_status add_order(struct finder *finder, const flc_node *a, const flc_node *b)
{
    const flc_node *nodes[2] = {a, b};
    const char *texts[2];
    for (int i = 0; i < 2; i++) {
        flc_buffer buffer;
        flc_buffer_init(&buffer, finder->error);
        print_order(&buffer, nodes[i], nodes[1 - i]);
        if (!(texts[i] = keep(finder, &buffer)))
            return FLC_ERROR_MEMORY;
    }
    return add(finder, texts[0], texts[1]);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static flc_status walk(struct finder *finder, const flc_node *a, const flc_node *b);

static flc_status walk_below(struct finder *finder, const char *key, const flc_node *a,
                             const flc_node *b)
{
    size_t length = strlen(finder->path);
    snprintf(finder->path + length, PATH_ROOM - length, "%s%s", length ? "/" : "", key);
    flc_status status = a && b ? walk(finder, a, b) : add_values(finder, a, b);
    finder->path[length] = '\0';
    return status;
}

static flc_status walk_mapping(struct finder *finder, const flc_node *a, const flc_node *b)
{
    flc_status status = FLC_OK;
    size_t place, last = 0;
    bool ordered = true;
    for (size_t i = 0; i < a->count && !status; i++) {
        const flc_node *other = flc_node_find(b, &place, a->keys[i]->text, a->keys[i]->length);
        if (other) {
            ordered = ordered && place >= last;
            last = place;
        }
        status = walk_below(finder, a->keys[i]->text, a->values[i], other);
    }
    for (size_t i = 0; i < b->count && !status; i++)
        if (!flc_node_find(a, NULL, b->keys[i]->text, b->keys[i]->length))
            status = walk_below(finder, b->keys[i]->text, NULL, b->values[i]);
    return ordered || status ? status : add_order(finder, a, b);
}

static bool is_equal(const flc_node *a, const flc_node *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == FLC_NODE_SCALAR)
        return a->quoted == b->quoted && strcmp(a->text, b->text) == 0;
    for (size_t i = 0; i < a->count; i++)
        if ((a->kind == FLC_NODE_MAPPING && !is_equal(a->keys[i], b->keys[i])) ||
            !is_equal(a->values[i], b->values[i]))
            return false;
    return true;
}

static flc_status walk_list(struct finder *finder, const flc_node *a, const flc_node *b)
{
    size_t front = 0, back = 0, shorter = a->count < b->count ? a->count : b->count;
    while (front < shorter && is_equal(a->values[front], b->values[front]))
        front++;
    while (back < shorter - front &&
           is_equal(a->values[a->count - 1 - back], b->values[b->count - 1 - back]))
        back++;
    flc_status status = FLC_OK;
    for (size_t i = front; (i < a->count - back || i < b->count - back) && !status; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        status = walk_below(finder, number, i < a->count - back ? a->values[i] : NULL,
                            i < b->count - back ? b->values[i] : NULL);
    }
    return status;
}

static flc_status walk(struct finder *finder, const flc_node *a, const flc_node *b)
{
    if (a->kind == FLC_NODE_MAPPING && b->kind == FLC_NODE_MAPPING)
        return walk_mapping(finder, a, b);
    if (a->kind == FLC_NODE_SEQUENCE && b->kind == FLC_NODE_SEQUENCE)
        return walk_list(finder, a, b);
    return is_equal(a, b) ? FLC_OK : add_values(finder, a, b);
}

static flc_status find_changes(struct finder *finder, flc_arena *scratch, const char *const text[2],
                               const char *const name[2])
{
    const flc_node *roots[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        const flc_node_origin origin = {name[i], false, 0};
        flc_status status =
            flc_node_parse(&roots[i], scratch, text[i], strlen(text[i]), origin, finder->error);
        if (status)
            return status;
    }
    return walk(finder, roots[0], roots[1]);
}

flc_status flc_study_differences(const flc_study_change **changes, size_t *count, flc_arena *arena,
                                 const char *const text[2], const char *const name[2],
                                 flc_error *error)
{
    struct finder finder = {.arena = arena, .error = error};
    flc_study_change *found = NULL;
    flc_arena *scratch = flc_arena_create(error);
    flc_status status = scratch ? find_changes(&finder, scratch, text, name) : FLC_ERROR_MEMORY;
    if (!status && !(found = flc_arena_take(arena, finder.count, sizeof *found, error)))
        status = FLC_ERROR_MEMORY;
    if (!status && finder.count)
        memcpy(found, finder.found, finder.count * sizeof *found);
    *changes = found;
    *count = status ? 0 : finder.count;
    flc_free(finder.found);
    flc_arena_free(scratch);
    return status;
}

/* ---- in a sentence --------------------------------------------------------------------------- */

void flc_study_difference(char *text, size_t room, const char *there, const char *here)
{
    static const char *const name[2] = {"the resolved study there", "the resolved study here"};
    const char *const texts[2] = {there, here};
    const flc_study_change *changes;
    size_t count = 0;
    flc_arena *arena = flc_arena_create(NULL);
    snprintf(text, room, "the resolved texts differ");
    if (arena && !flc_study_differences(&changes, &count, arena, texts, name, NULL) && count > 0)
        snprintf(text, room, "%.300s is %.60s there, %.60s here", changes[0].path,
                 changes[0].value[0] ? changes[0].value[0] : "absent",
                 changes[0].value[1] ? changes[0].value[1] : "absent");
    size_t used = strlen(text);
    if (count > 1)
        snprintf(text + used, room - used, " (and %zu more)", count - 1);
    flc_arena_free(arena);
}
