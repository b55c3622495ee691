#include "study/files.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/place.h"

#define REFUSE(files, mark, ...)                                                                   \
    flc_place_error((files)->error, FLC_ERROR_STUDY, mark, NULL, __VA_ARGS__)

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

void flc_files_begin(struct flc_files *files, flc_document *document, flc_document_file file,
                     flc_error *error)
{
    files->document = document;
    files->error = error;
    files->entries[0] =
        (struct flc_files_entry){.file = file, .shown = file.name + folder_length(file.name)};
    files->count = 1;
    files->bytes = file.length;
    files->nodes = file.root->size;
}

const char *flc_files_place(char place[FLC_FILES_PLACE], flc_mark mark)
{
    snprintf(place, FLC_FILES_PLACE, "%.400s:%u:%u", mark.file ? mark.file : "", mark.line,
             mark.column);
    return place;
}

/* `path` as seen from the folder of `beside`; in the arena. */
static const char *join(const struct flc_files *files, const char *beside, const char *path)
{
    size_t folder = *path == '/' ? 0 : folder_length(beside), length = strlen(path);
    char *joined =
        flc_arena_take(flc_document_arena(files->document), folder + length + 1, 1, files->error);
    if (!joined)
        return NULL;
    memcpy(joined, beside, folder);
    memcpy(joined + folder, path, length);
    return joined;
}

/* "a.yaml includes b.yaml includes a.yaml": from entry `top` down to `bottom` and back. */
static flc_status refuse_circle(const struct flc_files *files, size_t top, size_t bottom,
                                const char *verb, flc_mark mark)
{
    size_t way[FLC_FILES_DEPTH + 1], steps = 0;
    for (size_t at = bottom; at != top; at = files->entries[at].parent)
        way[steps++] = at;
    char chain[1200];
    const struct flc_files_entry *entries = files->entries;
    int used = snprintf(chain, sizeof chain, "%.200s", entries[top].file.name);
    while (steps-- > 0 && (size_t)used < sizeof chain)
        used += snprintf(chain + used, sizeof chain - (size_t)used, " %s %.200s",
                         entries[way[steps]].verb, entries[way[steps]].file.name);
    return REFUSE(files, mark, "files lead in a circle: %s %s %.200s; take one of these lines out",
                  chain, verb, entries[top].file.name);
}

/* Whether the file at `path` is one of those read already. */
static flc_status check_new(const struct flc_files *files, const char *path, size_t parent,
                            const char *verb, flc_mark mark)
{
    size_t same = 0;
    while (same < files->count && !flc_file_same(files->entries[same].file.name, path))
        same++;
    if (same == files->count)
        return FLC_OK;
    for (size_t at = parent;; at = files->entries[at].parent) {
        if (at == same)
            return refuse_circle(files, same, parent, verb, mark);
        if (at == 0)
            break;
    }
    char place[FLC_FILES_PLACE];
    return REFUSE(files, mark,
                  "%.400s is part of this study already, by %s; take one of the two lines out",
                  path, flc_files_place(place, files->entries[same].mark));
}

static flc_status check_path(const struct flc_files *files, const flc_node *path)
{
    char shown[FLC_NODE_SHOWN];
    if (path->kind != FLC_NODE_SCALAR || flc_node_is_null(path))
        return REFUSE(files, path->mark, "%s where the name of a file is expected",
                      flc_node_show(shown, path));
    return path->length ? FLC_OK : REFUSE(files, path->mark, "an empty name of a file");
}

static flc_status check_limits(const struct flc_files *files, size_t parent, flc_mark mark)
{
    if (files->entries[parent].depth == FLC_FILES_DEPTH)
        return REFUSE(files, mark, "more than %d files deep; include files nearer to the first",
                      FLC_FILES_DEPTH);
    if (files->count == FLC_FILES_MOST)
        return REFUSE(files, mark, "more than %d files; join some of them", FLC_FILES_MOST);
    return FLC_OK;
}

static flc_status check_sizes(const struct flc_files *files, flc_mark mark)
{
    if (files->bytes > FLC_DOCUMENT_BYTES)
        return REFUSE(files, mark, "with this file, the study is longer than %d bytes",
                      FLC_DOCUMENT_BYTES);
    if (files->nodes > FLC_NODE_COUNT)
        return REFUSE(files, mark,
                      "with this file, more than %d entries, aliases counted as if written out",
                      FLC_NODE_COUNT);
    return FLC_OK;
}

/* A file that cannot be opened is told where it is asked for; what is wrong inside has its place.
 */
static flc_status read_entry(struct flc_files *files, struct flc_files_entry *entry,
                             const char *path)
{
    flc_status status = flc_document_read(files->document, &entry->file, path, files->error);
    if (status != FLC_ERROR_INPUT || !files->error)
        return status;
    flc_error cause = *files->error;
    return flc_place_error(files->error, status, entry->mark, NULL, "%s", cause.text);
}

flc_status flc_files_open(struct flc_files *files, size_t *index, const flc_node *path,
                          size_t parent, const char *verb)
{
    flc_mark mark = path->mark;
    flc_status status = check_path(files, path);
    if (status)
        return status;
    const struct flc_files_entry *above = &files->entries[parent];
    const char *name = join(files, above->file.name, path->text);
    const char *shown = join(files, above->shown, path->text);
    if (!name || !shown)
        return FLC_ERROR_MEMORY;
    if ((status = check_new(files, name, parent, verb, mark)) ||
        (status = check_limits(files, parent, mark)))
        return status;
    struct flc_files_entry *entry = &files->entries[files->count];
    *entry = (struct flc_files_entry){.shown = shown, .verb = verb, .mark = mark, .parent = parent};
    entry->depth = above->depth + 1;
    if ((status = read_entry(files, entry, name)))
        return status;
    files->bytes += entry->file.length;
    files->nodes += entry->file.root->size;
    *index = files->count++;
    return check_sizes(files, mark);
}

void flc_files_print(const struct flc_files *files, flc_buffer *buffer, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const char *text = files->entries[i].file.text;
        size_t length = files->entries[i].file.length;
        size_t mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        flc_buffer_printf(buffer, "# file: %s\n", files->entries[i].shown);
        flc_buffer_append(buffer, text + mark, length - mark);
        if (text[length - 1] != '\n')
            flc_buffer_add(buffer, "\n");
    }
}
