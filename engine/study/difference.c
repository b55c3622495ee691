#include "study/difference.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "study/node.h"

enum { PATH_ROOM = 512 };

struct walk {
    void (*visit)(void *context, const flc_study_change *change);
    void *context;
    char path[PATH_ROOM];
};

static void compare(struct walk *walk, const flc_node *before, const flc_node *after);

static const char *shown(const flc_node *node)
{
    if (!node)
        return NULL;
    return node->kind == FLC_NODE_SCALAR    ? node->text
           : node->kind == FLC_NODE_MAPPING ? "{...}"
                                            : "[...]";
}

/* Compare what stands under `key` on both sides, one of which may be missing. */
static void compare_under(struct walk *walk, const char *key, const flc_node *before,
                          const flc_node *after)
{
    size_t length = strlen(walk->path);
    snprintf(walk->path + length, PATH_ROOM - length, "%s%s", length ? "/" : "", key);
    compare(walk, before, after);
    walk->path[length] = '\0';
}

static void compare_mappings(struct walk *walk, const flc_node *before, const flc_node *after)
{
    for (size_t i = 0; i < before->count; i++) {
        const flc_node *key = before->keys[i];
        compare_under(walk, key->text, before->values[i],
                      flc_node_find(after, NULL, key->text, key->length));
    }
    for (size_t i = 0; i < after->count; i++) {
        const flc_node *key = after->keys[i];
        if (!flc_node_find(before, NULL, key->text, key->length))
            compare_under(walk, key->text, NULL, after->values[i]);
    }
}

static void compare_sequences(struct walk *walk, const flc_node *before, const flc_node *after)
{
    size_t count = before->count > after->count ? before->count : after->count;
    for (size_t i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof key, "%zu", i);
        compare_under(walk, key, i < before->count ? before->values[i] : NULL,
                      i < after->count ? after->values[i] : NULL);
    }
}

/* The depth is bounded by FLC_NODE_DEPTH. */
static void compare(struct walk *walk, const flc_node *before, const flc_node *after)
{
    if (before && after && before->kind == after->kind) {
        if (before->kind == FLC_NODE_MAPPING) {
            compare_mappings(walk, before, after);
            return;
        }
        if (before->kind == FLC_NODE_SEQUENCE) {
            compare_sequences(walk, before, after);
            return;
        }
        if (strcmp(before->text, after->text) == 0)
            return;
    }
    flc_study_change change = {walk->path, shown(before), shown(after)};
    walk->visit(walk->context, &change);
}

flc_status flc_study_differences(const char *before, const char *after,
                                 void (*visit)(void *context, const flc_study_change *change),
                                 void *context, flc_error *error)
{
    struct walk walk = {.visit = visit, .context = context};
    const flc_node *roots[2] = {NULL, NULL};
    flc_node_origin origin = {"the resolved study", false, 0};
    flc_arena *arena = flc_arena_create(error);
    if (!arena)
        return FLC_ERROR_MEMORY;
    flc_status status = flc_node_parse(&roots[0], arena, before, strlen(before), origin, error);
    if (!status)
        status = flc_node_parse(&roots[1], arena, after, strlen(after), origin, error);
    if (!status)
        compare(&walk, roots[0], roots[1]);
    flc_arena_free(arena);
    return status;
}

/* ---- in a sentence --------------------------------------------------------------------------- */

struct sentence {
    char *text;
    size_t room, changes;
};

static void count_change(void *context, const flc_study_change *change)
{
    struct sentence *sentence = context;
    if (sentence->changes++ > 0)
        return;
    snprintf(sentence->text, sentence->room, "%.300s is %.60s there, %.60s here", change->path,
             change->before ? change->before : "absent", change->after ? change->after : "absent");
}

void flc_study_difference(char *text, size_t room, const char *there, const char *here)
{
    struct sentence sentence = {text, room, 0};
    snprintf(text, room, "the resolved texts differ");
    flc_study_differences(there, here, count_change, &sentence, NULL);
    size_t used = strlen(text);
    if (sentence.changes > 1)
        snprintf(text + used, room - used, " (and %zu more)", sentence.changes - 1);
}
