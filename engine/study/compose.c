#include "study/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/place.h"
#include "study/files.h"
#include "study/overlay.h"

#define INCLUDE    "include"
#define VERSION    "fulcrum"
#define REFERENCES "references"

struct composition {
    struct flc_files files;
    size_t parts[FLC_FILES_MOST]; /* entries of files in the order in which they are put together */
    size_t part_count;
};

#define REFUSE(files, mark, ...)                                                                   \
    flc_place_error((files)->error, FLC_ERROR_STUDY, mark, NULL, __VA_ARGS__)

static const flc_node *find(const flc_node *mapping, const char *key)
{
    return flc_node_find(mapping, NULL, key, strlen(key));
}

/* ---- reading --------------------------------------------------------------------------------- */

static flc_status check_part(const struct composition *composition, size_t index)
{
    const flc_node *root = composition->files.entries[index].file.root;
    char shown[FLC_NODE_SHOWN];
    if (root->kind != FLC_NODE_MAPPING)
        return REFUSE(&composition->files, root->mark,
                      "%s where an included file has keys of a study", flc_node_show(shown, root));
    if (flc_overlay_is(root))
        return REFUSE(&composition->files, find(root, FLC_OVERLAY_BASE)->mark,
                      "an overlay cannot be included; use it as the study, or as a base");
    return FLC_OK;
}

static flc_status gather(struct composition *composition, size_t index);

static flc_status gather_included(struct composition *composition, const flc_node *path,
                                  size_t parent)
{
    size_t index;
    flc_status status = flc_files_open(&composition->files, &index, path, parent, "includes");
    if (status || (status = check_part(composition, index)))
        return status;
    return gather(composition, index);
}

/* All files that entry `index` needs, and then itself. Recursion: FLC_FILES_DEPTH. */
static flc_status gather(struct composition *composition, size_t index)
{
    const flc_node *include = find(composition->files.entries[index].file.root, INCLUDE);
    bool list = include && include->kind == FLC_NODE_SEQUENCE;
    flc_status status = FLC_OK;
    if (list && include->count == 0)
        return REFUSE(&composition->files, include->mark,
                      "an empty list; give a file or leave the key out");
    for (size_t i = 0; list && i < include->count && !status; i++)
        status = gather_included(composition, include->values[i], index);
    if (include && !list)
        status = gather_included(composition, include, index);
    composition->parts[composition->part_count++] = index;
    return status;
}

/* ---- putting together ------------------------------------------------------------------------ */

/* Children of several nodes of one kind in one, which stands where the last does. */
static flc_node *concatenate(struct flc_files *files, const flc_node *const *nodes, size_t count)
{
    flc_arena *arena = flc_document_arena(files->document);
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += nodes[i]->count;
    flc_node *all = flc_arena_take(arena, 1, sizeof *all, files->error);
    const flc_node **keys = flc_arena_take(arena, total, sizeof *keys, files->error);
    const flc_node **values = flc_arena_take(arena, total, sizeof *values, files->error);
    if (!all || !keys || !values)
        return NULL;
    *all = *nodes[count - 1];
    all->keys = all->kind == FLC_NODE_MAPPING ? keys : NULL;
    all->values = values;
    all->count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < nodes[i]->count; j++) {
            if (all->keys)
                keys[all->count] = nodes[i]->keys[j];
            values[all->count++] = nodes[i]->values[j];
        }
    return all;
}

/* By key, and in the order of the mapping where keys are equal. */
static int compare_keys(const void *a, const void *b)
{
    const flc_node *const *left = *(const flc_node *const *const *)a;
    const flc_node *const *right = *(const flc_node *const *const *)b;
    int order = strcmp((*left)->text, (*right)->text);
    return order ? order : (left > right) - (left < right);
}

/* Pointers to the keys of a mapping, sorted; for flc_free. */
static const flc_node *const **sort_keys(const flc_node *mapping, flc_error *error)
{
    const flc_node *const **sorted = flc_allocate(mapping->count, sizeof *sorted, error);
    for (size_t i = 0; sorted && i < mapping->count; i++)
        sorted[i] = &mapping->keys[i];
    if (sorted)
        qsort(sorted, mapping->count, sizeof *sorted, compare_keys);
    return sorted;
}

static flc_status refuse_twice(const struct flc_files *files, const char *section,
                               const flc_node *first, const flc_node *again)
{
    char place[FLC_FILES_PLACE];
    return REFUSE(files, again->mark,
                  "%.60s%s%.100s is given a second time (first in %s); keep it "
                  "in one of the two files",
                  section, *section ? "/" : "", again->text, flc_files_place(place, first->mark));
}

static bool same_text(const flc_node *a, const flc_node *b)
{
    return a->kind == FLC_NODE_SCALAR && b->kind == FLC_NODE_SCALAR && a->length == b->length &&
           memcmp(a->text, b->text, a->length) == 0;
}

/* Entries of which `again` is false, in new arrays of the arena. */
static flc_status leave_out(struct flc_files *files, flc_node *mapping, const bool *again)
{
    flc_arena *arena = flc_document_arena(files->document);
    const flc_node **keys = flc_arena_take(arena, mapping->count, sizeof *keys, files->error);
    const flc_node **values = flc_arena_take(arena, mapping->count, sizeof *values, files->error);
    if (!keys || !values)
        return FLC_ERROR_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < mapping->count; i++)
        if (!again[i]) {
            keys[count] = mapping->keys[i];
            values[count++] = mapping->values[i];
        }
    mapping->keys = keys;
    mapping->values = values;
    mapping->count = count;
    return FLC_OK;
}

/* Nothing stands in a section twice, but that files may cite a source in the same words: parts of
 * studies carry the references they cite, and one source serves many. The first stays. */
static flc_status check_twice(struct flc_files *files, const char *section, flc_node *mapping)
{
    const flc_node *const **sorted = sort_keys(mapping, files->error);
    bool *again = sorted ? FLC_NEW(bool, mapping->count, files->error) : NULL;
    flc_status status = again ? FLC_OK : FLC_ERROR_MEMORY;
    bool references = strcmp(section, REFERENCES) == 0;
    for (size_t i = 1; i < mapping->count && !status; i++) {
        const flc_node *const *first = sorted[i - 1], *const *next = sorted[i];
        if (strcmp((*first)->text, (*next)->text) != 0)
            continue;
        size_t at = (size_t)(next - mapping->keys);
        again[at] =
            references && same_text(mapping->values[first - mapping->keys], mapping->values[at]);
        if (!again[at])
            status = refuse_twice(files, section, *first, *next);
    }
    if (!status && references)
        status = leave_out(files, mapping, again);
    flc_free(sorted);
    flc_free(again);
    return status;
}

/* Whether the values of one key in several files can be put together. */
static flc_status check_join(const struct flc_files *files, const flc_node *key,
                             const flc_node *first, const flc_node *again)
{
    char shown[FLC_NODE_SHOWN], shown_first[FLC_NODE_SHOWN], place[FLC_FILES_PLACE];
    if (first->kind != again->kind)
        return REFUSE(files, again->mark,
                      "'%.60s' is %s here and %s in %s; write both the same way", key->text,
                      flc_node_show(shown, again), flc_node_show(shown_first, first),
                      flc_files_place(place, first->mark));
    if (strcmp(key->text, VERSION) == 0 && strcmp(first->text, again->text) != 0)
        return REFUSE(files, again->mark,
                      "'" VERSION "' is %s here and %s in %s; files of one "
                      "study have one version",
                      flc_node_show(shown, again), flc_node_show(shown_first, first),
                      flc_files_place(place, first->mark));
    return FLC_OK;
}

/* One value of the `count` values that files give to one key at the top. */
static flc_status join(struct flc_files *files, const flc_node **joined,
                       const flc_node *const *const *keys, const flc_node *const *values,
                       size_t count)
{
    const flc_node *first = *keys[0];
    flc_status status = FLC_OK;
    *joined = values[count - 1];
    for (size_t i = 1; i < count && !status; i++) {
        status = check_join(files, first, values[0], values[i]);
        if (!status && values[0]->kind == FLC_NODE_SCALAR && strcmp(first->text, VERSION) != 0)
            status = refuse_twice(files, "", first, *keys[i]);
    }
    if (status || count == 1 || values[0]->kind == FLC_NODE_SCALAR)
        return status;
    flc_node *all = concatenate(files, values, count);
    if (!all)
        return FLC_ERROR_MEMORY;
    *joined = all;
    return all->kind == FLC_NODE_MAPPING ? check_twice(files, first->text, all) : FLC_OK;
}

/* Entries of equal keys of `all`, which `sorted` brings together, become one. */
static flc_status join_equal(struct flc_files *files, flc_node *joined, const flc_node **keys,
                             const flc_node **values, const flc_node *all,
                             const flc_node *const *const *sorted)
{
    flc_status status = FLC_OK;
    const flc_node *given[FLC_FILES_MOST];
    for (size_t i = 0, next; i < all->count && !status; i = next) {
        for (next = i; next < all->count && next - i < FLC_FILES_MOST &&
                       strcmp((*sorted[next])->text, (*sorted[i])->text) == 0;
             next++)
            given[next - i] = all->values[sorted[next] - all->keys];
        if (strcmp((*sorted[i])->text, INCLUDE) == 0)
            continue;
        keys[joined->count] = *sorted[i];
        status = join(files, &values[joined->count++], sorted + i, given, next - i);
    }
    return status;
}

/* The tree of all parts. A study in one file stays as it is. */
static flc_status put_together(struct composition *composition, const flc_node **root)
{
    struct flc_files *files = &composition->files;
    flc_arena *arena = flc_document_arena(files->document);
    const flc_node *roots[FLC_FILES_MOST] = {files->entries[composition->parts[0]].file.root};
    *root = roots[0];
    if (composition->part_count == 1)
        return FLC_OK;
    for (size_t i = 1; i < composition->part_count; i++)
        roots[i] = files->entries[composition->parts[i]].file.root;
    const flc_node *all = concatenate(files, roots, composition->part_count);
    flc_node *joined = flc_arena_take(arena, 1, sizeof *joined, files->error);
    const flc_node **keys =
        all ? flc_arena_take(arena, all->count, sizeof *keys, files->error) : NULL;
    const flc_node **values =
        keys ? flc_arena_take(arena, all->count, sizeof *values, files->error) : NULL;
    const flc_node *const **sorted = values ? sort_keys(all, files->error) : NULL;
    if (!joined || !sorted)
        return FLC_ERROR_MEMORY;
    *joined = *all;
    joined->count = 0;
    joined->keys = keys;
    joined->values = values;
    flc_status status = join_equal(files, joined, keys, values, all, sorted);
    flc_free(sorted);
    *root = joined;
    return status;
}

/* ---- bases ----------------------------------------------------------------------------------- */

/* From an overlay in entry 0 down to the study at the end of its bases, whose entry is *study. */
static flc_status follow_bases(struct flc_files *files, size_t *study)
{
    flc_status status = FLC_OK;
    *study = 0;
    while (!status && flc_overlay_is(files->entries[*study].file.root)) {
        const flc_node *root = files->entries[*study].file.root;
        status = flc_overlay_check(root, files->error);
        if (!status)
            status =
                flc_files_open(files, study, find(root, FLC_OVERLAY_BASE), *study, "is based on");
    }
    return status;
}

/* Entries end - 1 ... 0, the one nearest to the study first. */
static flc_status apply_overlays(struct flc_files *files, size_t end)
{
    flc_status status = FLC_OK;
    while (end-- > 0 && !status)
        status = flc_overlay_apply(files->document, files->entries[end].file.root, files->error);
    return status;
}

static void print_overlays(const struct flc_files *files, flc_buffer *buffer, size_t end)
{
    while (end-- > 0)
        flc_files_print(files, buffer, end, end + 1);
}

/* Tree and text of the document; the buffer is cleared. */
static flc_status replace(struct flc_files *files, const flc_node *root, flc_buffer *buffer)
{
    flc_status status = buffer->status;
    const char *text = NULL;
    if (!status)
        text = flc_arena_copy(flc_document_arena(files->document), buffer->text, buffer->length,
                              files->error);
    if (text)
        flc_document_replace(files->document, root, text, buffer->length);
    else if (!status)
        status = FLC_ERROR_MEMORY;
    flc_buffer_clear(buffer);
    return status;
}

/* ---- the two ways in ------------------------------------------------------------------------- */

static flc_document_file own_file(const flc_document *document)
{
    flc_document_file file = {.name = flc_document_name(document)};
    file.text = flc_document_text(document, &file.length);
    file.root = flc_document_root(document);
    return file;
}

static flc_status compose(struct composition *composition)
{
    struct flc_files *files = &composition->files;
    const flc_node *root;
    size_t study;
    flc_status status = follow_bases(files, &study);
    if (status || (status = gather(composition, study)) ||
        (status = put_together(composition, &root)))
        return status;
    if (files->count == 1)
        return FLC_OK;
    flc_buffer buffer;
    flc_buffer_init(&buffer, files->error);
    flc_files_print(files, &buffer, study, files->count);
    print_overlays(files, &buffer, study);
    status = replace(files, root, &buffer);
    return status ? status : apply_overlays(files, study);
}

/* Keys of overlays in a file that names no base. */
static flc_status check_base(const flc_document *document, flc_error *error)
{
    const flc_node *root = flc_document_root(document);
    const flc_node *set = find(root, "set"), *lost = set ? set : find(root, "remove");
    if (!lost || flc_overlay_is(root))
        return FLC_OK;
    return flc_place_error(error, FLC_ERROR_STUDY, lost->mark, NULL,
                           "'%s' changes a study, but which? Name its file as 'base'",
                           set ? "set" : "remove");
}

flc_status flc_compose(flc_document *document, flc_error *error)
{
    flc_status status = check_base(document, error);
    if (status)
        return status;
    struct composition *composition = FLC_NEW(struct composition, 1, error);
    if (!composition)
        return FLC_ERROR_MEMORY;
    flc_files_begin(&composition->files, document, own_file(document), error);
    status = compose(composition);
    flc_free(composition);
    return status;
}

static flc_status add_overlays(struct flc_files *files)
{
    flc_document *document = files->document;
    flc_document_file before = own_file(document);
    const flc_node *root = files->entries[0].file.root;
    size_t study;
    if (!flc_overlay_is(root))
        return REFUSE(files, root->mark, "this is no overlay: it does not say its 'base'");
    flc_status status = follow_bases(files, &study);
    if (status)
        return status;
    flc_buffer buffer;
    flc_buffer_init(&buffer, files->error);
    flc_buffer_append(&buffer, before.text, before.length);
    if (before.length && before.text[before.length - 1] != '\n')
        flc_buffer_add(&buffer, "\n");
    print_overlays(files, &buffer, study);
    status = replace(files, before.root, &buffer);
    return status ? status : apply_overlays(files, study);
}

flc_status flc_compose_overlay(flc_document *document, const char *path, flc_error *error)
{
    struct flc_files *files = FLC_NEW(struct flc_files, 1, error);
    if (!files)
        return FLC_ERROR_MEMORY;
    flc_document_file file;
    flc_status status = flc_document_read(document, &file, path, error);
    if (!status) {
        flc_files_begin(files, document, file, error);
        status = add_overlays(files);
    }
    flc_free(files);
    return status;
}
