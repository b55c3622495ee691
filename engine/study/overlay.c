#include "study/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/place.h"
#include "base/suggest.h"
#include "study/inputs.h"
#include "study/reader.h"

/* Texts of a study that an overlay gives at its own top. */
static const char *const texts[] = {"name", "name_zh", "note", "source", "title", "title_zh"};
static const char *const others[] = {FLC_OVERLAY_BASE, "set", "remove"};
enum { TEXTS = sizeof texts / sizeof *texts, OTHERS = sizeof others / sizeof *others };

/* Lists whose items are named, in a path of `remove`, by what their key `by` names. */
static const struct named_list {
    const char *list, *by;
} named_lists[] = {{"dependence", "pair"}, {"targets", "output"}};
enum { NAMED_LISTS = sizeof named_lists / sizeof *named_lists };

struct change {
    const char *path;
    const flc_node *value; /* NULL: taken out */
    flc_mark place;
};

/* An overlay being applied. */
struct applying {
    flc_document *document;
    flc_error *error;
    struct change *changes;
    size_t count;
};

#define REFUSE(applying, mark, ...)                                                                \
    flc_place_error((applying)->error, FLC_ERROR_STUDY, mark, NULL, __VA_ARGS__)

static const flc_node *find(const flc_node *mapping, const char *key)
{
    return flc_node_find(mapping, NULL, key, strlen(key));
}

bool flc_overlay_is(const flc_node *root)
{
    return find(root, FLC_OVERLAY_BASE) != NULL;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool is_one_of(const char *key, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], key) == 0)
            return true;
    return false;
}

static bool is_of_a_study(const char *key)
{
    for (size_t i = 0; i < flc_study_section.option_count; i++)
        if (strcmp(flc_study_section.options[i].key, key) == 0)
            return true;
    return false;
}

static flc_status refuse_key(const flc_node *key, flc_error *error)
{
    char shown[FLC_NODE_SHOWN];
    flc_node_show(shown, key);
    if (is_of_a_study(key->text))
        return flc_place_error(
            error, FLC_ERROR_STUDY, key->mark, NULL,
            "%s is a key of a study, and this is an overlay, for it has 'base'; write what changes "
            "under set, as path: value, or take 'base' out",
            shown);
    flc_suggestion near;
    flc_suggestion_start(&near, key->text);
    for (size_t i = 0; i < OTHERS; i++)
        flc_suggestion_offer(&near, others[i]);
    for (size_t i = 0; i < TEXTS; i++)
        flc_suggestion_offer(&near, texts[i]);
    return flc_place_error(
        error, FLC_ERROR_STUDY, key->mark, NULL,
        "unknown key %s%s%s%s (an overlay has: base, set, remove, name, name_zh, "
        "note, source, title, title_zh)",
        shown, near.best ? "; did you mean '" : "", near.best ? near.best : "",
        near.best ? "'?" : "");
}

flc_status flc_overlay_check(const flc_node *root, flc_error *error)
{
    for (size_t i = 0; i < root->count; i++)
        if (!is_one_of(root->keys[i]->text, texts, TEXTS) &&
            !is_one_of(root->keys[i]->text, others, OTHERS))
            return refuse_key(root->keys[i], error);
    return FLC_OK;
}

/* ---- collecting ------------------------------------------------------------------------------ */

static flc_status wrong_kind(const struct applying *applying, const flc_node *node,
                             const char *expected)
{
    char shown[FLC_NODE_SHOWN];
    return REFUSE(applying, node->mark, "%s where %s is expected", flc_node_show(shown, node),
                  expected);
}

static void add(struct applying *applying, const flc_node *path, const flc_node *value)
{
    applying->changes[applying->count++] = (struct change){path->text, value, path->mark};
}

/* Values under `set`; one that is a mapping and names a section of the study by no path is most
 * likely meant as parts to change, and would throw away the others. */
static flc_status add_set(struct applying *applying, const flc_node *key, const flc_node *value)
{
    const flc_node *there = find(flc_document_root(applying->document), key->text);
    if (flc_node_is_null(value))
        return REFUSE(applying, value->mark, "no value; what goes away stands under remove");
    if (there && there->kind == FLC_NODE_MAPPING && value->kind == FLC_NODE_MAPPING)
        return REFUSE(
            applying, key->mark,
            "this would replace all of '%.60s'; set its parts by path, as %.60s/%.60s: ...",
            key->text, key->text, value->count ? value->keys[0]->text : "KEY");
    add(applying, key, value);
    return FLC_OK;
}

static flc_status collect_set(struct applying *applying, const flc_node *set)
{
    flc_status status = FLC_OK;
    if (set->kind != FLC_NODE_MAPPING)
        return wrong_kind(applying, set, "a mapping from paths to values");
    for (size_t i = 0; i < set->count && !status; i++)
        status = add_set(applying, set->keys[i], set->values[i]);
    return status;
}

static flc_status collect_remove(struct applying *applying, const flc_node *remove)
{
    if (remove->kind != FLC_NODE_SEQUENCE)
        return wrong_kind(applying, remove, "a list of paths");
    for (size_t i = 0; i < remove->count; i++) {
        const flc_node *path = remove->values[i];
        if (path->kind != FLC_NODE_SCALAR || flc_node_is_null(path))
            return wrong_kind(applying, path, "a path");
        add(applying, path, NULL);
    }
    return FLC_OK;
}

static flc_status collect(struct applying *applying, const flc_node *root)
{
    const flc_node *set = find(root, "set"), *remove = find(root, "remove");
    size_t most = root->count + (set ? set->count : 0) + (remove ? remove->count : 0);
    applying->changes = FLC_NEW(struct change, most, applying->error);
    if (!applying->changes)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < root->count; i++)
        if (is_one_of(root->keys[i]->text, texts, TEXTS))
            add(applying, root->keys[i], root->values[i]);
    flc_status status = set ? collect_set(applying, set) : FLC_OK;
    return status || !remove ? status : collect_remove(applying, remove);
}

/* ---- once ------------------------------------------------------------------------------------ */

/* '/' comes before all letters, so that what lies below a path follows it directly. */
static int compare_paths(const void *a, const void *b)
{
    const struct change *left = *(const struct change *const *)a;
    const struct change *right = *(const struct change *const *)b;
    const unsigned char *l = (const unsigned char *)left->path;
    const unsigned char *r = (const unsigned char *)right->path;
    for (; *l && *l == *r; l++)
        r++;
    if (*l != *r)
        return (*l == '/' ? 1 : *l) - (*r == '/' ? 1 : *r);
    return flc_place_before(right->place, left->place) -
           flc_place_before(left->place, right->place);
}

static bool is_at_or_below(const char *path, const char *above)
{
    size_t length = strlen(above);
    return strncmp(path, above, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static flc_status check_once(const struct applying *applying)
{
    const struct change **sorted = flc_allocate(applying->count, sizeof *sorted, applying->error);
    if (!sorted)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < applying->count; i++)
        sorted[i] = &applying->changes[i];
    qsort(sorted, applying->count, sizeof *sorted, compare_paths);
    flc_status status = FLC_OK;
    for (size_t i = 1; i < applying->count && !status; i++)
        if (is_at_or_below(sorted[i]->path, sorted[i - 1]->path))
            status = REFUSE(applying, sorted[i]->place,
                            "'%.200s' lies in '%.200s', which line %u, column %u changes too; keep "
                            "one of them",
                            sorted[i]->path, sorted[i - 1]->path, sorted[i - 1]->place.line,
                            sorted[i - 1]->place.column);
    flc_free(sorted);
    return status;
}

/* ---- items by what they name ------------------------------------------------------------------
 */

/* Whether `value`, a text or a list of them, names `what` or something below it; all names are
 * offered as suggestions. */
static bool names(const flc_node *value, const char *what, flc_suggestion *near)
{
    bool found = false;
    if (value && value->kind == FLC_NODE_SCALAR) {
        flc_suggestion_offer(near, value->text);
        return is_at_or_below(value->text, what);
    }
    for (size_t i = 0; value && value->kind == FLC_NODE_SEQUENCE && i < value->count; i++)
        found = names(value->values[i], what, near) || found;
    return found;
}

/* The list without the items that name `what`. */
static const flc_node *filter(const struct applying *applying, const flc_node *list, const char *by,
                              const char *what, flc_suggestion *near)
{
    flc_arena *arena = flc_document_arena(applying->document);
    flc_node *copy = flc_arena_take(arena, 1, sizeof *copy, applying->error);
    const flc_node **kept = flc_arena_take(arena, list->count, sizeof *kept, applying->error);
    if (!copy || !kept)
        return NULL;
    *copy = *list;
    copy->values = kept;
    copy->count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!names(find(list->values[i], by), what, near))
            kept[copy->count++] = list->values[i];
    return copy;
}

static flc_status remove_items(const struct applying *applying, const struct change *change,
                               const struct named_list *named)
{
    const char *what = change->path + strlen(named->list) + 1;
    const flc_node *list = find(flc_document_root(applying->document), named->list);
    if (!list || list->kind != FLC_NODE_SEQUENCE)
        return REFUSE(applying, change->place, "the study has no list '%s'", named->list);
    flc_suggestion near;
    flc_suggestion_start(&near, what);
    const flc_node *rest = filter(applying, list, named->by, what, &near);
    if (!rest)
        return FLC_ERROR_MEMORY;
    if (rest->count == list->count)
        return REFUSE(applying, change->place, "%s has nothing that names '%.200s'%s%.200s%s",
                      named->list, what, near.best ? "; did you mean '" : "",
                      near.best ? near.best : "", near.best ? "'?" : "");
    return rest->count ? flc_document_set_node(applying->document, named->list, rest, change->place,
                                               applying->error)
                       : flc_document_remove(applying->document, named->list, change->place,
                                             applying->error);
}

/* ---- applying -------------------------------------------------------------------------------- */

static flc_status apply(const struct applying *applying, const struct change *change)
{
    if (change->value)
        return flc_document_set_node(applying->document, change->path, change->value, change->place,
                                     applying->error);
    for (size_t i = 0; i < NAMED_LISTS; i++)
        if (is_at_or_below(change->path, named_lists[i].list) &&
            change->path[strlen(named_lists[i].list)] == '/')
            return remove_items(applying, change, &named_lists[i]);
    return flc_document_remove(applying->document, change->path, change->place, applying->error);
}

/* What is set comes first, so that numbers of items in its paths are those of the study. */
flc_status flc_overlay_apply(flc_document *document, const flc_node *root, flc_error *error)
{
    struct applying applying = {.document = document, .error = error};
    flc_status status = collect(&applying, root);
    if (!status)
        status = check_once(&applying);
    for (size_t i = 0; i < applying.count && !status; i++)
        status = apply(&applying, &applying.changes[i]);
    flc_free(applying.changes);
    return status;
}
