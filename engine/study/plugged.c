#include "study/plugged.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/place.h"
#include "base/suggest.h"
#include "study/reader.h"

#define QUANTITIES "quantities"

static const flc_node *find(const flc_node *mapping, const char *key)
{
    return mapping->kind == FLC_NODE_MAPPING ? flc_node_find(mapping, NULL, key, strlen(key))
                                             : NULL;
}

/* ---- the library ----------------------------------------------------------------------------- */

/* A path in a file is relative to the file's folder. */
static flc_status beside(const char **path, flc_arena *arena, const flc_node *node,
                         flc_error *error)
{
    const char *file = node->mark.file ? node->mark.file : "", *slash = strrchr(file, '/');
    size_t folder = slash && node->text[0] != '/' ? (size_t)(slash - file) + 1 : 0;
    char *made = flc_arena_take(arena, folder + node->length + 1, 1, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    memcpy(made, file, folder);
    memcpy(made + folder, node->text, node->length);
    *path = made;
    return FLC_OK;
}

static flc_status no_library(const flc_node *model, flc_error *error)
{
    const flc_node *name = find(model, "name"), *version = find(model, "version");
    return flc_place_error(error, FLC_ERROR_STUDY, model->mark, "model",
                           "the study is for the plug-in model %.100s %.100s; name its library "
                           "with --model, as in --model ./mine.so",
                           name ? name->text : "", version ? version->text : "");
}

flc_status flc_plugged_library(const char **library, flc_document *document,
                               const char *const *assignments, size_t assignment_count,
                               flc_error *error)
{
    const size_t prefix = strlen(FLC_PLUGGED_ASSIGNMENT);
    const flc_node *model = find(flc_document_root(document), "model");
    *library = NULL;
    for (size_t i = 0; i < assignment_count; i++)
        if (strncmp(assignments[i], FLC_PLUGGED_ASSIGNMENT, prefix) == 0)
            *library = assignments[i] + prefix;
    if (*library || !model)
        return FLC_OK;
    const flc_node *path = model->kind == FLC_NODE_MAPPING ? find(model, "library") : model;
    if (!path)
        return no_library(model, error);
    if (path->kind != FLC_NODE_SCALAR || flc_node_is_null(path))
        return flc_place_error(error, FLC_ERROR_STUDY, path->mark, "model",
                               "the path of a shared object is expected, as in model: ./mine.so");
    return beside(library, flc_document_arena(document), path, error);
}

/* ---- quantities as nodes --------------------------------------------------------------------- */

struct completing {
    flc_document *document;
    const flc_model_description *model;
    const flc_node **given; /* [quantities] what the study says of each, or NULL */
    const flc_node *around; /* what new nodes are placed at */
    flc_error *error;
};

/* Whether `path` lies inside the group whose path with a slash at its end is the first `length`
 * bytes of `group`. */
static bool is_in(const char *path, const char *group, size_t length)
{
    return strncmp(path, group, length) == 0;
}

static size_t number_of(const struct completing *all, const char *path)
{
    size_t q = 0;
    while (q < all->model->quantity_count && strcmp(all->model->quantities[q].name, path) != 0)
        q++;
    return q;
}

/* `path` with a slash behind it holds quantities. */
static bool is_group(const struct completing *all, const char *path)
{
    size_t length = strlen(path);
    for (size_t q = 0; q < all->model->quantity_count; q++) {
        const char *name = all->model->quantities[q].name;
        if (is_in(name, path, length) && name[length] == '/')
            return true;
    }
    return false;
}

static bool is_remark(const char *key)
{
    for (size_t i = 0; i < FLC_READER_COMMON; i++)
        if (strcmp(flc_reader_commons[i].key, key) == 0)
            return true;
    return false;
}

static flc_status unknown_quantity(const struct completing *all, const char *path, flc_mark mark)
{
    flc_suggestion near;
    flc_suggestion_start(&near, path);
    for (size_t q = 0; q < all->model->quantity_count; q++)
        flc_suggestion_offer(&near, all->model->quantities[q].name);
    return flc_place_error(all->error, FLC_ERROR_STUDY, mark, QUANTITIES,
                           "model %s has no quantity '%.250s'%s%s%s (fulcrum schema --model lists "
                           "them)",
                           all->model->name, path, near.best ? "; did you mean '" : "",
                           near.best ? near.best : "", near.best ? "'?" : "");
}

static flc_status take_given(const struct completing *all, const flc_node *mapping,
                             const char *prefix);

static flc_status take_entry(const struct completing *all, const flc_node *key,
                             const flc_node *value, const char *prefix)
{
    char path[2 * FLC_PLUGIN_NAME];
    snprintf(path, sizeof path, "%s%s", prefix, key->text);
    size_t q = number_of(all, path);
    if (q < all->model->quantity_count) {
        if (all->given[q])
            return flc_place_error(all->error, FLC_ERROR_STUDY, key->mark, QUANTITIES,
                                   "'%s' is given a second time", path);
        all->given[q] = value;
        return FLC_OK;
    }
    if (!is_group(all, path))
        return is_remark(key->text) ? FLC_OK : unknown_quantity(all, path, key->mark);
    if (value->kind != FLC_NODE_MAPPING)
        return flc_place_error(all->error, FLC_ERROR_STUDY, value->mark, QUANTITIES,
                               "'%s' is a group of quantities; give it a mapping", path);
    snprintf(path, sizeof path, "%s%s/", prefix, key->text);
    return take_given(all, value, path);
}

/* Recursion: FLC_PLUGIN_DEPTH, as prefixes are those of quantities. */
static flc_status take_given(const struct completing *all, const flc_node *mapping,
                             const char *prefix)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; i < mapping->count && !status; i++)
        status = strlen(prefix) + mapping->keys[i]->length > FLC_PLUGIN_NAME
                     ? unknown_quantity(all, mapping->keys[i]->text, mapping->keys[i]->mark)
                     : take_entry(all, mapping->keys[i], mapping->values[i], prefix);
    return status;
}

/* The standard of a quantity as a node; *node stays NULL where it has none. */
static flc_status parse_standard(const struct completing *all, const flc_node **node, size_t q)
{
    const flc_model_quantity *quantity = &all->model->quantities[q];
    flc_arena *arena = flc_document_arena(all->document);
    char name[sizeof FLC_STANDARD_FILE + FLC_PLUGIN_KEY + FLC_PLUGIN_NAME + 2];
    if (!quantity->standard)
        return FLC_OK;
    int length =
        snprintf(name, sizeof name, FLC_STANDARD_FILE "%s/%s", all->model->name, quantity->name);
    const char *file = flc_arena_copy(arena, name, (size_t)length, all->error);
    const char *text =
        flc_arena_copy(arena, quantity->standard, strlen(quantity->standard), all->error);
    if (!file || !text)
        return FLC_ERROR_MEMORY;
    const flc_node_origin origin = {.file = file, .line_only = true};
    flc_status status = flc_node_parse(node, arena, text, strlen(text), origin, all->error);
    if (!status && (!*node || flc_node_is_null(*node)))
        status = flc_place_error(all->error, FLC_ERROR_STUDY, (flc_mark){file, 0, 0}, NULL,
                                 "an empty text; NULL means that there is none");
    return status;
}

/* A mapping in the making. */
struct mapping {
    flc_node *node;
    const flc_node **keys, **values;
};

static flc_status begin_mapping(const struct completing *all, struct mapping *mapping,
                                const flc_node *like, size_t room)
{
    flc_arena *arena = flc_document_arena(all->document);
    mapping->node = flc_arena_take(arena, 1, sizeof *mapping->node, all->error);
    mapping->keys = flc_arena_take(arena, room, sizeof *mapping->keys, all->error);
    mapping->values = flc_arena_take(arena, room, sizeof *mapping->values, all->error);
    if (!mapping->node || !mapping->keys || !mapping->values)
        return FLC_ERROR_MEMORY;
    *mapping->node = (flc_node){.kind = FLC_NODE_MAPPING,
                                .mark = like->mark,
                                .keys = mapping->keys,
                                .values = mapping->values,
                                .size = 1};
    return FLC_OK;
}

static flc_status add_entry(const struct completing *all, struct mapping *mapping, const char *key,
                            size_t length, const flc_node *value)
{
    flc_arena *arena = flc_document_arena(all->document);
    flc_node *made = flc_arena_take(arena, 1, sizeof *made, all->error);
    const char *text = made ? flc_arena_copy(arena, key, length, all->error) : NULL;
    if (!text)
        return FLC_ERROR_MEMORY;
    *made = (flc_node){
        .kind = FLC_NODE_SCALAR, .mark = value->mark, .text = text, .length = length, .size = 1};
    mapping->keys[mapping->node->count] = made;
    mapping->values[mapping->node->count++] = value;
    return FLC_OK;
}

/* Whether a quantity before q lies in the same group. */
static bool is_begun(const flc_model_description *model, size_t q, size_t length)
{
    for (size_t k = 0; k < q; k++)
        if (is_in(model->quantities[k].name, model->quantities[q].name, length))
            return true;
    return false;
}

/* Remarks that the study makes on a group. */
static flc_status copy_remarks(const struct completing *all, struct mapping *mapping,
                               const flc_node *written)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; written && i < written->count && !status; i++)
        if (is_remark(written->keys[i]->text) && !find(mapping->node, written->keys[i]->text))
            status = add_entry(all, mapping, written->keys[i]->text, written->keys[i]->length,
                               written->values[i]);
    return status;
}

static flc_status complete_group(const struct completing *all, const flc_node **node,
                                 const char *prefix, size_t length, const flc_node *written);

/* Quantity q, or the group that it is the first of, in the group of the prefix. */
static flc_status complete_entry(const struct completing *all, struct mapping *mapping, size_t q,
                                 size_t length, const flc_node *written)
{
    const char *name = all->model->quantities[q].name, *key = name + length;
    size_t key_length = strcspn(key, "/");
    const flc_node *value = all->given[q];
    flc_status status = FLC_OK;
    if (key[key_length]) {
        if (is_begun(all->model, q, length + key_length + 1))
            return FLC_OK;
        const flc_node *inside = written ? flc_node_find(written, NULL, key, key_length) : NULL;
        status = complete_group(all, &value, name, length + key_length + 1,
                                inside && inside->kind == FLC_NODE_MAPPING ? inside : NULL);
    } else if (!value) {
        status = parse_standard(all, &value, q);
    }
    return status || !value ? status : add_entry(all, mapping, key, key_length, value);
}

/* The mapping of all quantities that begin with the first `length` bytes of `prefix`; what the
 * study has written there, or NULL. Recursion: FLC_PLUGIN_DEPTH. */
static flc_status complete_group(const struct completing *all, const flc_node **node,
                                 const char *prefix, size_t length, const flc_node *written)
{
    struct mapping mapping;
    size_t room = all->model->quantity_count + (written ? written->count : 0);
    flc_status status = begin_mapping(all, &mapping, written ? written : all->around, room);
    for (size_t q = 0; q < all->model->quantity_count && !status; q++)
        if (is_in(all->model->quantities[q].name, prefix, length))
            status = complete_entry(all, &mapping, q, length, written);
    *node = mapping.node;
    return status ? status : copy_remarks(all, &mapping, written);
}

/* ---- the whole document ---------------------------------------------------------------------- */

/* The built-in model's keys say nothing to another one. */
static flc_status check_keys(const flc_node *root, const flc_model_description *model,
                             flc_error *error)
{
    static const char *const portfolio[] = {"horizon", "macro", "accounts", "portfolio",
                                            "programs"};
    for (size_t i = 0; i < sizeof portfolio / sizeof *portfolio; i++) {
        const flc_node *given = find(root, portfolio[i]);
        if (given)
            return flc_place_error(error, FLC_ERROR_STUDY, given->mark, portfolio[i],
                                   "this key is of the built-in portfolio, and the study is for "
                                   "model %s; what that reads stands under '" QUANTITIES "'",
                                   model->name);
    }
    return FLC_OK;
}

/* The model that the study says it is for. */
static flc_status check_model(const flc_node *root, const flc_plugin *plugin, flc_error *error)
{
    const struct {
        const char *key, *what, *have;
    } parts[] = {{"name", "model", plugin->description->name},
                 {"version", "version", plugin->description->version},
                 {"sha256", "the library with SHA-256", plugin->sha256}};
    const flc_node *model = find(root, "model");
    for (size_t i = 0; model && i < sizeof parts / sizeof *parts; i++) {
        const flc_node *wanted = find(model, parts[i].key);
        if (wanted && wanted->kind == FLC_NODE_SCALAR && strcmp(wanted->text, parts[i].have) != 0)
            return flc_place_error(error, FLC_ERROR_STUDY, wanted->mark, "model",
                                   "the study is for %s %.200s, and %.600s has %.200s; name the "
                                   "right library with --model",
                                   parts[i].what, wanted->text, plugin->path, parts[i].have);
    }
    return FLC_OK;
}

/* The root with another mapping of quantities. */
static flc_status replace_quantities(const struct completing *all, const flc_node *quantities)
{
    const flc_node *root = flc_document_root(all->document);
    struct mapping mapping;
    size_t length;
    bool replaced = false;
    flc_status status = begin_mapping(all, &mapping, root, root->count + 1);
    for (size_t i = 0; i < root->count && !status; i++) {
        bool here = strcmp(root->keys[i]->text, QUANTITIES) == 0;
        mapping.keys[i] = root->keys[i];
        mapping.values[i] = here ? quantities : root->values[i];
        mapping.node->count++;
        replaced |= here;
    }
    if (!status && !replaced)
        status = add_entry(all, &mapping, QUANTITIES, strlen(QUANTITIES), quantities);
    const char *text = flc_document_text(all->document, &length);
    if (!status)
        flc_document_replace(all->document, mapping.node, text, length);
    return status;
}

static flc_status complete(struct completing *all, const flc_node *written)
{
    const flc_node *quantities = NULL;
    flc_status status = written ? take_given(all, written, "") : FLC_OK;
    if (!status)
        status = complete_group(all, &quantities, "", 0, written);
    return status ? status : replace_quantities(all, quantities);
}

flc_status flc_plugged_complete(flc_document *document, const flc_plugin *plugin, flc_error *error)
{
    const flc_node *root = flc_document_root(document), *written = find(root, QUANTITIES);
    char shown[FLC_NODE_SHOWN];
    if (root->kind != FLC_NODE_MAPPING)
        return FLC_OK; /* the reader says what is wrong */
    flc_status status = check_model(root, plugin, error);
    if (status || (status = check_keys(root, plugin->description, error)))
        return status;
    if (written && flc_node_is_null(written))
        written = NULL;
    if (written && written->kind != FLC_NODE_MAPPING)
        return flc_place_error(error, FLC_ERROR_STUDY, written->mark, QUANTITIES,
                               "%s where a mapping of quantities is expected",
                               flc_node_show(shown, written));
    struct completing all = {
        .document = document, .model = plugin->description, .around = root, .error = error};
    all.given = FLC_NEW(const flc_node *, plugin->description->quantity_count, error);
    status = all.given ? complete(&all, written) : FLC_ERROR_MEMORY;
    flc_free(all.given);
    return status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

#define MODEL struct flc_plugged_inputs
#define TEXT_OF_MODEL(key, member, presence_text, text)                                            \
    {                                                                                              \
        key, FLC_OPTION_TEXT, offsetof(MODEL, member), FLC_DERIVED, 0.0, presence_text,            \
            FLC_ANY_NUMBER, false, NULL, NULL, NULL, text                                          \
    }
static const flc_option model_options[] = {
    TEXT_OF_MODEL("library", library, "--model names it",
                  "Path of the shared object, relative to the file that names it."),
    TEXT_OF_MODEL("name", model, "any", "Name that the model must have."),
    TEXT_OF_MODEL("version", version, "any", "Version that it must have."),
    TEXT_OF_MODEL("sha256", sha256, "any", "SHA-256 that the file must have."),
};
static FLC_SECTION(model_section, MODEL, "model", model_options,
                   "The plug-in model that a study is for.");

/* The keys at the top, those of any study being as they are there (NULL). */
static const struct {
    const char *key;
    const flc_section *section;
} keys[] = {{"fulcrum", NULL},    {"include", NULL},         {"title", NULL},
            {"title_zh", NULL},   {"model", &model_section}, {QUANTITIES, NULL},
            {"dependence", NULL}, {"targets", NULL},         {"references", NULL}};
enum { KEYS = sizeof keys / sizeof *keys };

struct building {
    flc_arena *arena;
    const flc_model_description *model;
    size_t *offsets; /* [quantities] */
    flc_error *error;
};

static flc_domain domain_of(const flc_model_domain *domain)
{
    return (flc_domain){.low = domain->low < -DBL_MAX ? -DBL_MAX : domain->low,
                        .high = domain->high > DBL_MAX ? DBL_MAX : domain->high,
                        .low_open = domain->low_open,
                        .high_open = domain->high_open,
                        .whole = domain->whole};
}

static void describe_quantity(flc_option *option, const flc_model_quantity *quantity)
{
    option->kind = FLC_OPTION_QUANTITY;
    option->presence = quantity->standard ? FLC_DERIVED : FLC_REQUIRED;
    option->fallback_text = quantity->standard;
    option->domain = domain_of(&quantity->domain);
    option->unit = quantity->unit ? quantity->unit : "1";
    option->description = quantity->description ? quantity->description : "A quantity.";
}

/* The section of all quantities that begin with the first `length` bytes of `prefix`; its struct
 * begins at `base` of the whole. Recursion: FLC_PLUGIN_DEPTH. */
static flc_status build_group(const struct building *all, const flc_section **section_out,
                              const char *prefix, size_t length, size_t base)
{
    size_t count = all->model->quantity_count, used = 0;
    size_t size = (sizeof(flc_section_info) + 7) / 8 * 8;
    flc_section *section = flc_arena_take(all->arena, 1, sizeof *section, all->error);
    flc_option *options = flc_arena_take(all->arena, count + 1, sizeof *options, all->error);
    flc_status status = section && options ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t q = 0; q < count && !status; q++) {
        const char *name = all->model->quantities[q].name, *key = name + length;
        if (!is_in(name, prefix, length))
            continue;
        size_t key_length = strcspn(key, "/"), inside = length + key_length + 1;
        flc_option *option = &options[used];
        if (key[key_length] && is_begun(all->model, q, inside))
            continue;
        option->key = flc_arena_copy(all->arena, key, key_length, all->error);
        option->offset = size;
        used++;
        if (key[key_length]) {
            option->kind = FLC_OPTION_SECTION;
            option->description = "A group of quantities.";
            status = build_group(all, &option->section, name, inside, base + size);
            size += status ? 0 : option->section->size;
        } else {
            describe_quantity(option, &all->model->quantities[q]);
            all->offsets[q] = base + size;
            size += 8;
        }
        status = option->key ? status : FLC_ERROR_MEMORY;
    }
    if (!status)
        *section = (flc_section){"quantities", size, options, used, "Quantities of the model."};
    *section_out = section;
    return status;
}

static const flc_option *option_of_studies(const char *key)
{
    for (size_t i = 0; i < flc_study_section.option_count; i++)
        if (strcmp(flc_study_section.options[i].key, key) == 0)
            return &flc_study_section.options[i];
    return NULL;
}

static void fill_keys(flc_option *options, const flc_section *quantities, size_t offset)
{
    for (size_t i = 0; i < KEYS; i++) {
        const flc_option *common = option_of_studies(keys[i].key);
        if (common)
            options[i] = *common;
        else
            options[i] = (flc_option){.key = keys[i].key, .kind = FLC_OPTION_SECTION};
    }
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].section) {
            options[i].section = keys[i].section;
            options[i].offset = offsetof(struct flc_study_inputs, plugged);
            options[i].scalar_too = true;
            options[i].description = "The plug-in model: path of its shared object.";
        } else if (strcmp(keys[i].key, QUANTITIES) == 0) {
            options[i].section = quantities;
            options[i].offset = offset;
            options[i].description = "What the model reads.";
        }
    }
}

flc_status flc_plugged_section(const flc_section **section, const size_t **offsets,
                               const flc_plugin *plugin, flc_arena *arena, flc_error *error)
{
    const size_t head = (sizeof(struct flc_study_inputs) + 7) / 8 * 8;
    struct building all = {.arena = arena, .model = plugin->description, .error = error};
    const flc_section *quantities = NULL;
    flc_section *made = flc_arena_take(arena, 1, sizeof *made, error);
    flc_option *options = flc_arena_take(arena, KEYS, sizeof *options, error);
    all.offsets =
        flc_arena_take(arena, plugin->description->quantity_count + 1, sizeof(size_t), error);
    if (!made || !options || !all.offsets)
        return FLC_ERROR_MEMORY;
    flc_status status = build_group(&all, &quantities, "", 0, head);
    if (status)
        return status;
    fill_keys(options, quantities, head);
    *made = (flc_section){"study", head + quantities->size, options, KEYS,
                          "A study of a plug-in model: its quantities, and what is asked."};
    *section = made;
    *offsets = all.offsets;
    return FLC_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

void flc_plugged_name(struct flc_study_inputs *inputs, const flc_plugin *plugin)
{
    struct flc_plugged_inputs *given = &inputs->plugged;
    given->info.given = true;
    given->library = NULL;
    given->model = plugin->description->name;
    given->version = plugin->description->version;
    given->sha256 = plugin->sha256;
}
