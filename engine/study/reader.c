#include "study/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "base/suggest.h"
#include "study/quantity.h"
#include "study/reading.h"

const flc_reader_common flc_reader_commons[FLC_READER_COMMON] = {
    {"name", offsetof(flc_section_info, name), "What it is called, for people."},
    {"name_zh", offsetof(flc_section_info, name_zh), "The same in Chinese."},
    {"source", offsetof(flc_section_info, source), "Where the numbers come from."},
    {"note", offsetof(flc_section_info, note), "A remark."},
    {"unit", offsetof(flc_section_info, unit), "Unit, where the section describes one thing."},
};

/* What an absent section gets: the defaults, or nothing at all. */
enum absent { DEFAULTS, BLANK };

static flc_section_info *begin_info(struct flc_reading *reading, void *filled,
                                    const flc_section *section);
static void read_section(struct flc_reading *reading, void *filled, const flc_section *section,
                         const flc_node *node);
static void fill_section(struct flc_reading *reading, void *filled, const flc_section *section,
                         enum absent absent, flc_mark around);

static void *member(void *filled, const flc_option *option)
{
    return (char *)filled + option->offset;
}

static const flc_option *find_option(const flc_section *section, const char *key)
{
    for (size_t i = 0; i < section->option_count; i++)
        if (strcmp(section->options[i].key, key) == 0)
            return &section->options[i];
    return NULL;
}

static const flc_reader_common *find_common(const char *key)
{
    for (size_t i = 0; i < FLC_READER_COMMON; i++)
        if (strcmp(flc_reader_commons[i].key, key) == 0)
            return &flc_reader_commons[i];
    return NULL;
}

static void unknown_key(struct flc_reading *reading, const flc_section *section,
                        const flc_node *key)
{
    flc_suggestion near;
    struct flc_reading_known known = {.length = 0};
    flc_suggestion_start(&near, key->text);
    for (size_t i = 0; i < section->option_count; i++) {
        flc_suggestion_offer(&near, section->options[i].key);
        flc_reading_known_add(&known, section->options[i].key);
    }
    for (size_t i = 0; i < FLC_READER_COMMON; i++) {
        flc_suggestion_offer(&near, flc_reader_commons[i].key);
        flc_reading_known_add(&known, flc_reader_commons[i].key);
    }
    char shown[FLC_NODE_SHOWN];
    flc_node_show(shown, key);
    shown[strlen(shown) - 1] = '\0';
    size_t before = flc_reading_enter(reading, shown + 1);
    flc_reading_fail(reading, key->mark, "unknown key%s%s%s (known here: %s)",
                     near.best ? "; did you mean '" : "", near.best ? near.best : "",
                     near.best ? "'?" : "", known.text);
    flc_reading_leave(reading, before);
}

/* The keys that are no options: texts for the section's info, or unknown. */
static void read_other_keys(struct flc_reading *reading, flc_section_info *info,
                            const flc_section *section, const flc_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const flc_node *key = node->keys[i];
        if (find_option(section, key->text))
            continue;
        const flc_reader_common *common = find_common(key->text);
        if (!common) {
            unknown_key(reading, section, key);
            continue;
        }
        size_t before = flc_reading_enter(reading, key->text);
        const char **text = (const char **)(void *)((char *)info + common->offset);
        *text = flc_reading_text(reading, node->values[i]);
        flc_reading_leave(reading, before);
    }
}

static void read_integer(struct flc_reading *reading, int64_t *integer, const flc_option *option,
                         const flc_node *node)
{
    flc_domain domain = option->domain;
    double value;
    domain.whole = true;
    if (!flc_reading_number_in(reading, &value, node, "a whole number", domain))
        return;
    if (value < -9.0e15 || value > 9.0e15)
        flc_reading_fail(reading, node->mark, "%.40s is too large", node->text);
    else
        *integer = (int64_t)value;
}

static void read_boolean(struct flc_reading *reading, bool *boolean, const flc_node *node)
{
    bool scalar = node->kind == FLC_NODE_SCALAR && !node->quoted;
    bool is_true = scalar && strcmp(node->text, "true") == 0;
    if (is_true || (scalar && strcmp(node->text, "false") == 0))
        *boolean = is_true;
    else
        flc_reading_wrong_kind(reading, node, "true or false");
}

static void read_choice(struct flc_reading *reading, int64_t *choice, const flc_option *option,
                        const flc_node *node)
{
    if (node->kind != FLC_NODE_SCALAR || flc_node_is_null(node)) {
        flc_reading_wrong_kind(reading, node, "one word");
        return;
    }
    flc_suggestion near;
    struct flc_reading_known known = {.length = 0};
    flc_suggestion_start(&near, node->text);
    for (int64_t i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], node->text) == 0) {
            *choice = i;
            return;
        }
        flc_suggestion_offer(&near, option->choices[i]);
        flc_reading_known_add(&known, option->choices[i]);
    }
    char shown[FLC_NODE_SHOWN];
    flc_reading_fail(reading, node->mark, "%s is none of: %s%s%s%s", flc_node_show(shown, node),
                     known.text, near.best ? "; did you mean '" : "", near.best ? near.best : "",
                     near.best ? "'?" : "");
}

/* Whether a list or map has the right kind and a sensible number of entries. */
static bool check_entries(struct flc_reading *reading, const flc_node *node, flc_node_kind kind)
{
    bool list = kind == FLC_NODE_SEQUENCE;
    if (node->kind != kind) {
        flc_reading_wrong_kind(reading, node, list ? "a list" : "a mapping");
        return false;
    }
    if (node->count > 0 && node->count <= FLC_READER_ENTRIES)
        return true;
    if (node->count == 0)
        flc_reading_fail(reading, node->mark, "%s; give an entry or leave the key out",
                         list ? "an empty list" : "an empty mapping");
    else
        flc_reading_fail(reading, node->mark, "%zu entries, at most %d are possible", node->count,
                         FLC_READER_ENTRIES);
    return false;
}

static bool check_map_key(struct flc_reading *reading, const flc_node *key)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    char shown[FLC_NODE_SHOWN];
    if (strspn(key->text, allowed) != key->length)
        flc_reading_fail(
            reading, key->mark,
            "%s cannot be a key: letters A-Z a-z, digits, _ and - are allowed (put the "
            "full name into name:)",
            flc_node_show(shown, key));
    else if (key->length > FLC_READER_KEY)
        flc_reading_fail(reading, key->mark, "%s is longer than %d letters",
                         flc_node_show(shown, key), FLC_READER_KEY);
    else
        return true;
    return false;
}

static void read_texts(struct flc_reading *reading, flc_texts *texts, const flc_node *node,
                       flc_node_kind kind)
{
    if (!check_entries(reading, node, kind))
        return;
    const char **keys = flc_reading_take(reading, node->count, sizeof *keys);
    const char **text = flc_reading_take(reading, node->count, sizeof *text);
    for (size_t i = 0; i < node->count && !reading->stopped; i++) {
        if (kind == FLC_NODE_MAPPING && check_map_key(reading, node->keys[i]))
            keys[i] = flc_reading_text(reading, node->keys[i]);
        text[i] = flc_reading_text(reading, node->values[i]);
    }
    *texts = (flc_texts){node->count, keys, text};
}

static void read_one_text(struct flc_reading *reading, flc_texts *texts, const flc_node *node)
{
    const char **key = flc_reading_take(reading, 1, sizeof *key);
    const char **text = flc_reading_take(reading, 1, sizeof *text);
    if (text)
        *text = flc_reading_text(reading, node);
    *texts = (flc_texts){1, key, text};
}

static void read_items(struct flc_reading *reading, flc_items *items, const flc_option *option,
                       const flc_node *node, flc_node_kind kind)
{
    if (!check_entries(reading, node, kind))
        return;
    size_t size = option->section->size;
    char *structs = flc_reading_take(reading, node->count, size);
    for (size_t i = 0; i < node->count && !reading->stopped; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        if (kind == FLC_NODE_MAPPING && !check_map_key(reading, node->keys[i]))
            continue;
        size_t before =
            flc_reading_enter(reading, kind == FLC_NODE_MAPPING ? node->keys[i]->text : number);
        read_section(reading, structs + i * size, option->section, node->values[i]);
        flc_reading_leave(reading, before);
    }
    *items = (flc_items){node->count, structs};
}

/* Kinds that keep no record of their own in provenance: their parts do. */
static bool is_recorded(flc_option_kind kind)
{
    return kind == FLC_OPTION_INTEGER || kind == FLC_OPTION_BOOLEAN || kind == FLC_OPTION_CHOICE ||
           kind == FLC_OPTION_TEXT || kind == FLC_OPTION_TEXT_LIST || kind == FLC_OPTION_TEXT_MAP;
}

/* A section written as one text: that is its first option, and the others are absent. */
static void read_short_section(struct flc_reading *reading, void *filled,
                               const flc_section *section, const flc_node *node)
{
    flc_section_info *info = begin_info(reading, filled, section);
    if (!info)
        return;
    info->given = true;
    info->mark = flc_reading_mark(reading, node->mark);
    *(const char **)member(filled, &section->options[0]) = flc_reading_text(reading, node);
}

static void read_value(struct flc_reading *reading, void *target, const flc_option *option,
                       const flc_node *node)
{
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        flc_quantity_read(reading, target, option, node);
        break;
    case FLC_OPTION_BY_AGE:
        flc_quantity_read_by_age(reading, target, option, node);
        break;
    case FLC_OPTION_BY_YEAR:
        flc_quantity_read_by_year(reading, target, option, node);
        break;
    case FLC_OPTION_INTEGER:
        read_integer(reading, target, option, node);
        break;
    case FLC_OPTION_BOOLEAN:
        read_boolean(reading, target, node);
        break;
    case FLC_OPTION_CHOICE:
        read_choice(reading, target, option, node);
        break;
    case FLC_OPTION_TEXT:
        *(const char **)target = flc_reading_text(reading, node);
        break;
    case FLC_OPTION_TEXT_LIST:
        if (option->scalar_too && node->kind == FLC_NODE_SCALAR)
            read_one_text(reading, target, node);
        else
            read_texts(reading, target, node, FLC_NODE_SEQUENCE);
        break;
    case FLC_OPTION_TEXT_MAP:
        read_texts(reading, target, node, FLC_NODE_MAPPING);
        break;
    case FLC_OPTION_SECTION:
        if (option->scalar_too && node->kind == FLC_NODE_SCALAR)
            read_short_section(reading, target, option->section, node);
        else
            read_section(reading, target, option->section, node);
        break;
    case FLC_OPTION_MAP:
        read_items(reading, target, option, node, FLC_NODE_MAPPING);
        break;
    case FLC_OPTION_LIST:
        read_items(reading, target, option, node, FLC_NODE_SEQUENCE);
        break;
    }
}

/* What stands for an absent key. Targets are zero unless written here; an absent section is placed
 * where the one `around` it begins, so that what is said about it later has a place. */
static void fill_absent(struct flc_reading *reading, void *target, const flc_option *option,
                        enum absent absent, flc_mark around)
{
    bool fallback = absent == DEFAULTS && option->presence == FLC_DEFAULT;
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        ((flc_quantity *)target)->row = FLC_NO_ROW;
        if (fallback)
            flc_quantity_fallback(reading, target, option);
        break;
    case FLC_OPTION_BY_AGE:
    case FLC_OPTION_BY_YEAR:
        if (fallback)
            flc_quantity_fallback_schedule(reading, target, option);
        break;
    case FLC_OPTION_INTEGER:
    case FLC_OPTION_CHOICE:
        *(int64_t *)target = fallback ? (int64_t)option->fallback : 0;
        break;
    case FLC_OPTION_BOOLEAN:
        *(bool *)target = fallback && option->fallback != 0.0;
        break;
    case FLC_OPTION_SECTION:
        fill_section(reading, target, option->section, fallback ? DEFAULTS : BLANK, around);
        break;
    case FLC_OPTION_TEXT:
    case FLC_OPTION_TEXT_LIST:
    case FLC_OPTION_TEXT_MAP:
    case FLC_OPTION_MAP:
    case FLC_OPTION_LIST:
        break;
    }
}

static flc_section_info *begin_info(struct flc_reading *reading, void *filled,
                                    const flc_section *section)
{
    memset(filled, 0, section->size);
    flc_section_info *info = filled;
    info->path = flc_reading_path(reading);
    if (!info->path)
        return NULL;
    const char *slash = strrchr(info->path, '/');
    info->key = slash ? slash + 1 : info->path;
    return info;
}

static void fill_section(struct flc_reading *reading, void *filled, const flc_section *section,
                         enum absent absent, flc_mark around)
{
    flc_section_info *info = begin_info(reading, filled, section);
    if (!info)
        return;
    info->mark = around;
    for (size_t i = 0; i < section->option_count && !reading->stopped; i++) {
        const flc_option *option = &section->options[i];
        size_t before = flc_reading_enter(reading, option->key);
        fill_absent(reading, member(filled, option), option, absent, around);
        flc_reading_leave(reading, before);
    }
}

static void read_option(struct flc_reading *reading, void *filled, const flc_option *option,
                        const flc_node *node)
{
    const flc_node *value = flc_node_find(node, NULL, option->key, strlen(option->key));
    size_t before = flc_reading_enter(reading, option->key);
    void *target = member(filled, option);
    size_t failures = reading->failures;
    if (!value || option->kind != FLC_OPTION_SECTION)
        fill_absent(reading, target, option, value ? BLANK : DEFAULTS,
                    ((const flc_section_info *)filled)->mark);
    if (value && flc_node_is_null(value))
        flc_reading_fail(reading, value->mark, "no value; give one or leave the key out");
    else if (value)
        read_value(reading, target, option, value);
    if (value && reading->failures == failures && is_recorded(option->kind))
        flc_reading_given(reading, (flc_origin){.option = option, .quantity = {FLC_NO_ROW}}, value);
    flc_reading_leave(reading, before);
}

static void check_missing(struct flc_reading *reading, const flc_section *section,
                          const flc_node *node)
{
    for (size_t i = 0; i < section->option_count; i++) {
        const flc_option *option = &section->options[i];
        if (option->presence != FLC_REQUIRED ||
            flc_node_find(node, NULL, option->key, strlen(option->key)))
            continue;
        int length = (int)strcspn(option->description, ".:");
        flc_reading_fail(reading, node->mark, "the key '%s' is missing (%.*s)", option->key, length,
                         option->description);
        return;
    }
}

static void read_section(struct flc_reading *reading, void *filled, const flc_section *section,
                         const flc_node *node)
{
    flc_section_info *info = begin_info(reading, filled, section);
    if (!info)
        return;
    if (node->kind != FLC_NODE_MAPPING) {
        char expected[96];
        snprintf(expected, sizeof expected, "a mapping (%.80s)", section->title);
        flc_reading_wrong_kind(reading, node, expected);
        return;
    }
    info->given = true;
    info->mark = flc_reading_mark(reading, node->mark);
    size_t failures = reading->failures;
    read_other_keys(reading, info, section, node);
    for (size_t i = 0; i < section->option_count && !reading->stopped; i++)
        read_option(reading, filled, &section->options[i], node);
    if (reading->failures == failures)
        check_missing(reading, section, node);
}

flc_status flc_reader_read(const flc_reader *reader, void *filled, const flc_section *section,
                           const flc_node *node, flc_error *error)
{
    flc_error unseen;
    struct flc_reading *reading = FLC_NEW(struct flc_reading, 1, error);
    if (!reading)
        return FLC_ERROR_MEMORY;
    reading->reader = reader;
    reading->error = error ? error : &unseen;
    read_section(reading, filled, section, node);
    flc_status status = reading->stopped    ? reading->stopped
                        : reading->failures ? FLC_ERROR_STUDY
                                            : FLC_OK;
    flc_free(reading);
    return status;
}
