#include "study/quantity.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/domain.h"
#include "base/suggest.h"
#include "study/csv.h"

static const char expected_quantity[] = "a number or a distribution";

/* A quantity written as a mapping, taken apart. */
struct parts {
    const flc_node *family_key, *family_value; /* the one entry that is not a remark */
    flc_origin origin;
};

/* `source`, `unit` or `note` of a quantity; NULL for other keys. */
static const char **remark(flc_origin *origin, const char *key)
{
    if (strcmp(key, "source") == 0)
        return &origin->source;
    if (strcmp(key, "unit") == 0)
        return &origin->unit;
    return strcmp(key, "note") == 0 ? &origin->note : NULL;
}

static bool is_family(const char *key)
{
    return strcmp(key, FLC_READER_FIXED) == 0 || flc_family_find(key);
}

static void unknown_family(struct flc_reading *reading, const flc_node *key)
{
    flc_suggestion near;
    struct flc_reading_known known = {.length = 0};
    flc_suggestion_start(&near, key->text);
    for (size_t i = 0; i < flc_family_count(); i++) {
        flc_suggestion_offer(&near, flc_families[i]->key);
        flc_reading_known_add(&known, flc_families[i]->key);
    }
    static const char *const others[] = {FLC_READER_FIXED, "source", "unit", "note"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        flc_suggestion_offer(&near, others[i]);
    char shown[FLC_NODE_SHOWN];
    flc_reading_fail(reading, key->mark,
                     "no distribution is called %s%s%s%s (a number, or one of: %s)",
                     flc_node_show(shown, key), near.best ? "; did you mean '" : "",
                     near.best ? near.best : "", near.best ? "'?" : "", known.text);
}

static bool take_apart(struct flc_reading *reading, struct parts *parts, const flc_node *node)
{
    size_t failures = reading->failures;
    for (size_t i = 0; i < node->count; i++) {
        const flc_node *key = node->keys[i];
        const char **text = remark(&parts->origin, key->text);
        if (text) {
            size_t before = flc_reading_enter(reading, key->text);
            *text = flc_reading_text(reading, node->values[i]);
            flc_reading_leave(reading, before);
        } else if (!is_family(key->text)) {
            unknown_family(reading, key);
        } else if (parts->family_key) {
            flc_reading_fail(reading, key->mark, "two distributions, '%s' and '%s'; which?",
                             parts->family_key->text, key->text);
        } else {
            parts->family_key = key;
            parts->family_value = node->values[i];
        }
    }
    if (!parts->family_key && reading->failures == failures)
        flc_reading_fail(reading, node->mark,
                         "a mapping without value; write {fixed: NUMBER, source: ...} or a "
                         "distribution such as {uniform: {min: 1, max: 2}}");
    return reading->failures == failures && !reading->stopped;
}

static size_t find_parameter(const flc_family *family, const char *key)
{
    for (size_t i = 0; i < family->parameter_count; i++)
        if (strcmp(family->parameters[i].key, key) == 0)
            return i;
    return family->parameter_count;
}

static void unknown_parameter(struct flc_reading *reading, const flc_family *family,
                              const flc_node *key)
{
    flc_suggestion near;
    struct flc_reading_known known = {.length = 0};
    flc_suggestion_start(&near, key->text);
    for (size_t i = 0; i < family->parameter_count; i++) {
        flc_suggestion_offer(&near, family->parameters[i].key);
        flc_reading_known_add(&known, family->parameters[i].key);
    }
    char shown[FLC_NODE_SHOWN];
    flc_reading_fail(reading, key->mark, "'%s' has no parameter %s%s%s%s (it has: %s)", family->key,
                     flc_node_show(shown, key), near.best ? "; did you mean '" : "",
                     near.best ? near.best : "", near.best ? "'?" : "", known.text);
}

/* The numbers of one parameter, in the arena. */
static void read_argument(struct flc_reading *reading, flc_argument *argument,
                          const flc_family_parameter *parameter, const flc_node *node)
{
    if (parameter->list && (node->kind != FLC_NODE_SEQUENCE || node->count == 0)) {
        if (node->kind == FLC_NODE_SEQUENCE)
            flc_reading_fail(reading, node->mark, "an empty list where numbers are expected");
        else
            flc_reading_wrong_kind(reading, node, "a list of numbers");
        return;
    }
    size_t count = parameter->list ? node->count : 1;
    double *values = flc_reading_take(reading, count, sizeof *values);
    if (!values)
        return;
    size_t failures = reading->failures;
    for (size_t i = 0; i < count; i++)
        flc_reading_number(reading, &values[i], parameter->list ? node->values[i] : node,
                           "a number");
    if (reading->failures == failures)
        *argument = (flc_argument){values, count};
}

/* A path written in a study, seen from that study's folder; in the arena. */
static char *beside(struct flc_reading *reading, const flc_node *node, const char *path)
{
    const char *file = node->mark.line ? node->mark.file : reading->reader->file;
    const char *slash = file && *path != '/' ? strrchr(file, '/') : NULL;
    size_t folder = slash ? (size_t)(slash - file) + 1 : 0, length = strlen(path);
    char *joined = flc_reading_take(reading, folder + length + 1, 1);
    if (!joined)
        return NULL;
    if (folder)
        memcpy(joined, file, folder);
    memcpy(joined + folder, path, length);
    return joined;
}

/* `empirical: {csv: FILE, column: NAME}`: the numbers become the argument `values`, and file and
 * column the source where none is given. */
static void read_csv(struct flc_reading *reading, flc_argument *values, flc_origin *origin,
                     const flc_node *csv, const flc_node *column)
{
    const char *file = flc_reading_text(reading, csv);
    const char *name = file ? flc_reading_text(reading, column) : NULL;
    char *path = name ? beside(reading, csv, file) : NULL;
    if (!path)
        return;
    double *numbers;
    size_t count;
    flc_error why = {FLC_OK, ""};
    if (flc_csv_column(&numbers, &count, path, name, &why)) {
        flc_reading_fail(reading, csv->mark, "%s", why.text);
        return;
    }
    double *kept = flc_reading_take(reading, count, sizeof *kept);
    if (kept)
        memcpy(kept, numbers, count * sizeof *kept);
    flc_free(numbers);
    *values = (flc_argument){kept, count};
    size_t room = strlen(file) + strlen(name) + 16;
    char *source = origin->source ? NULL : flc_reading_take(reading, room, 1);
    if (source) {
        snprintf(source, room, "%s, column %s", file, name);
        origin->source = source;
    }
}

/* Fill arguments from the parameters' mapping; csv and column are taken out of it first. */
static bool read_arguments(struct flc_reading *reading, flc_argument *arguments,
                           const flc_family *family, struct parts *parts)
{
    const flc_node *node = parts->family_value;
    size_t failures = reading->failures, values = find_parameter(family, "values");
    bool from_file =
        strcmp(family->key, FLC_READER_FROM_FILE) == 0 && values < family->parameter_count;
    const flc_node *csv = from_file ? flc_node_find(node, NULL, "csv", 3) : NULL;
    const flc_node *column = csv ? flc_node_find(node, NULL, "column", 6) : NULL;
    for (size_t i = 0; i < node->count; i++) {
        const flc_node *key = node->keys[i], *value = node->values[i];
        size_t at = find_parameter(family, key->text);
        if (value == csv || value == column)
            continue;
        if (at == family->parameter_count) {
            unknown_parameter(reading, family, key);
            continue;
        }
        size_t before = flc_reading_enter(reading, key->text);
        if (at == values && csv)
            flc_reading_fail(reading, key->mark, "values are given, and a csv file too; which?");
        read_argument(reading, &arguments[at], &family->parameters[at], value);
        flc_reading_leave(reading, before);
    }
    if (csv && !column)
        flc_reading_fail(reading, csv->mark, "which column of the file? (column: NAME)");
    else if (csv)
        read_csv(reading, &arguments[values], &parts->origin, csv, column);
    return reading->failures == failures && !reading->stopped;
}

static bool check_missing(struct flc_reading *reading, const flc_argument *arguments,
                          const flc_family *family, const flc_node *node)
{
    for (size_t i = 0; i < family->parameter_count; i++) {
        const flc_family_parameter *parameter = &family->parameters[i];
        if (arguments[i].count || parameter->optional)
            continue;
        flc_reading_fail(reading, node->mark, "'%s' needs '%s' (%s)", family->key, parameter->key,
                         parameter->description);
        return false;
    }
    return true;
}

/* Families say which parameter is wrong by beginning with its key: "sd must be > 0". */
static flc_mark blamed(const flc_node *parameters, const char *text)
{
    size_t length = strcspn(text, " ,:");
    const flc_node *value = flc_node_find(parameters, NULL, text, length);
    return value ? value->mark : parameters->mark;
}

/* "pert: {min: 0.1, mode: 0.15, max: 0.25}", parameters in the family's order; in the arena. */
static const char *canonical_text(struct flc_reading *reading, const flc_argument *arguments,
                                  const flc_family *family)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, reading->error);
    flc_buffer_printf(&buffer, "%s: {", family->key);
    const char *separator = "";
    for (size_t i = 0; i < family->parameter_count; i++) {
        if (arguments[i].count == 0)
            continue;
        bool list = family->parameters[i].list;
        flc_buffer_printf(&buffer, "%s%s: %s", separator, family->parameters[i].key,
                          list ? "[" : "");
        for (size_t j = 0; j < arguments[i].count; j++) {
            flc_buffer_add(&buffer, j ? ", " : "");
            flc_buffer_number(&buffer, arguments[i].values[j]);
        }
        flc_buffer_add(&buffer, list ? "]" : "");
        separator = ", ";
    }
    flc_buffer_add(&buffer, "}");
    char *text = buffer.status ? NULL : flc_reading_take(reading, buffer.length + 1, 1);
    if (text)
        memcpy(text, buffer.text, buffer.length);
    if (buffer.status)
        flc_reading_stop(reading, buffer.status);
    flc_buffer_clear(&buffer);
    return text;
}

/* Whether a call of the floor `distribution` worked; its own text becomes the error. */
static bool accepted(struct flc_reading *reading, flc_status status, const flc_error *why,
                     flc_mark mark, const char *family)
{
    if (status == FLC_OK)
        return true;
    if (status == FLC_ERROR_MEMORY) {
        flc_error_set(reading->error, status, "%s", why->text);
        flc_reading_stop(reading, status);
    } else {
        flc_reading_fail(reading, mark, "%s%s%s", family ? family : "", family ? ": " : "",
                         why->text);
    }
    return false;
}

/* A distribution that says the same: of this study, or else of the one read before. Their tables
 * are most of what reading a study costs, and studies ask experts for many numbers alike. */
static flc_distribution *share_distribution(const struct flc_reading *reading, const char *text)
{
    const flc_reader *reader = reading->reader;
    const flc_quantities *quantities = reader->quantities;
    const flc_origin *there = text ? flc_provenance_like(reader->provenance, text) : NULL;
    if (!there && text && reader->like_provenance) {
        there = flc_provenance_like(reader->like_provenance, text);
        quantities = reader->like_quantities;
    }
    return there ? flc_distribution_share(
                       flc_quantities_distribution(quantities, there->quantity.row))
                 : NULL;
}

static void make_sampled(struct flc_reading *reading, flc_quantity *quantity,
                         const flc_option *option, const flc_argument *arguments,
                         const flc_family *family, struct parts *parts)
{
    flc_error why = {FLC_OK, ""};
    flc_status status = FLC_OK;
    parts->origin.distribution = canonical_text(reading, arguments, family);
    flc_distribution *distribution = share_distribution(reading, parts->origin.distribution);
    if (!distribution)
        status = family->create(&distribution, arguments, &why);
    if (!accepted(reading, status, &why, blamed(parts->family_value, why.text), family->key))
        return;
    status = flc_quantities_sampled_take(reading->reader->quantities, quantity, reading->path,
                                         distribution, option->domain, &why);
    accepted(reading, status, &why, parts->family_key->mark, NULL);
}

static void read_family(struct flc_reading *reading, flc_quantity *quantity,
                        const flc_option *option, struct parts *parts)
{
    const flc_family *family = flc_family_find(parts->family_key->text);
    const flc_node *node = parts->family_value;
    if (node->kind != FLC_NODE_MAPPING || node->count == 0) {
        struct flc_reading_known known = {.length = 0};
        for (size_t i = 0; i < family->parameter_count; i++)
            flc_reading_known_add(&known, family->parameters[i].key);
        flc_reading_fail(reading, node->mark, "'%s' needs its parameters: {%s}", family->key,
                         known.text);
        return;
    }
    flc_argument *arguments = flc_reading_take(reading, family->parameter_count, sizeof *arguments);
    if (arguments && read_arguments(reading, arguments, family, parts) &&
        check_missing(reading, arguments, family, node))
        make_sampled(reading, quantity, option, arguments, family, parts);
}

static void make_constant(struct flc_reading *reading, flc_quantity *quantity, double value)
{
    flc_status status =
        flc_quantities_constant(reading->reader->quantities, quantity, value, reading->error);
    if (status)
        flc_reading_stop(reading, status);
}

static void read_number(struct flc_reading *reading, flc_quantity *quantity,
                        const flc_option *option, const flc_node *node)
{
    double value;
    if (flc_reading_number_in(reading, &value, node, expected_quantity, option->domain))
        make_constant(reading, quantity, value);
}

void flc_quantity_read(struct flc_reading *reading, flc_quantity *quantity,
                       const flc_option *option, const flc_node *node)
{
    struct parts parts = {.origin = {.option = option, .quantity = {FLC_NO_ROW}}};
    size_t failures = reading->failures;
    if (node->kind == FLC_NODE_SEQUENCE)
        flc_reading_wrong_kind(reading, node, expected_quantity);
    else if (node->kind == FLC_NODE_SCALAR)
        read_number(reading, quantity, option, node);
    else if (take_apart(reading, &parts, node)) {
        if (strcmp(parts.family_key->text, FLC_READER_FIXED) == 0)
            read_number(reading, quantity, option, parts.family_value);
        else
            read_family(reading, quantity, option, &parts);
    }
    if (reading->failures > failures || reading->stopped)
        return;
    parts.origin.quantity = *quantity;
    flc_reading_given(reading, parts.origin, node);
}

void flc_quantity_fallback(struct flc_reading *reading, flc_quantity *quantity,
                           const flc_option *option)
{
    make_constant(reading, quantity, option->fallback);
}

/* Room for `count` entries; `at` 0, 1, 2, ... */
static flc_quantity *new_schedule(struct flc_reading *reading, flc_schedule *schedule, size_t count,
                                  int64_t **at)
{
    *at = flc_reading_take(reading, count, sizeof **at);
    flc_quantity *value = flc_reading_take(reading, count, sizeof *value);
    if (!*at || !value)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        (*at)[i] = (int64_t)i;
        value[i].row = FLC_NO_ROW;
    }
    *schedule = (flc_schedule){count, *at, value};
    return value;
}

void flc_quantity_fallback_schedule(struct flc_reading *reading, flc_schedule *schedule,
                                    const flc_option *option)
{
    int64_t *at;
    flc_quantity *value = new_schedule(reading, schedule, 1, &at);
    if (value)
        make_constant(reading, value, option->fallback);
}

/* Note the list or mapping itself as given, beside its entries. */
static void give_whole(struct flc_reading *reading, const flc_option *option, const flc_node *node)
{
    flc_reading_given(reading, (flc_origin){.option = option, .quantity = {FLC_NO_ROW}}, node);
}

static void read_single(struct flc_reading *reading, flc_schedule *schedule,
                        const flc_option *option, const flc_node *node)
{
    int64_t *at;
    flc_quantity *value = new_schedule(reading, schedule, 1, &at);
    if (value)
        flc_quantity_read(reading, value, option, node);
}

void flc_quantity_read_by_age(struct flc_reading *reading, flc_schedule *schedule,
                              const flc_option *option, const flc_node *node)
{
    if (node->kind != FLC_NODE_SEQUENCE) {
        read_single(reading, schedule, option, node);
        return;
    }
    if (node->count == 0) {
        flc_reading_fail(reading, node->mark, "an empty list; the first entry is for age 0");
        return;
    }
    int64_t *at;
    flc_quantity *value = new_schedule(reading, schedule, node->count, &at);
    give_whole(reading, option, node);
    for (size_t i = 0; value && i < node->count && !reading->stopped; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        size_t before = flc_reading_enter(reading, number);
        flc_quantity_read(reading, &value[i], option, node->values[i]);
        flc_reading_leave(reading, before);
    }
}

static bool all_digits(const flc_node *key)
{
    return key->length > 0 && strspn(key->text, "0123456789") == key->length;
}

/* A mapping is by year as soon as one key is a number; else it is a quantity's. */
static bool has_years(const flc_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        if (all_digits(node->keys[i]))
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    const flc_node *left = **(const flc_node *const *const *)a;
    const flc_node *right = **(const flc_node *const *const *)b;
    return strcmp(left->text, right->text);
}

/* The places of a mapping's keys in the order of their years, which have four digits each. */
static const flc_node *const **sorted_keys(struct flc_reading *reading, const flc_node *node)
{
    const flc_node *const **keys = flc_reading_take(reading, node->count, sizeof *keys);
    size_t failures = reading->failures;
    for (size_t i = 0; keys && i < node->count; i++) {
        keys[i] = &node->keys[i];
        if (all_digits(node->keys[i]) && node->keys[i]->length == 4)
            continue;
        char shown[FLC_NODE_SHOWN];
        flc_reading_fail(reading, node->keys[i]->mark,
                         "%s is not a fiscal year; write four digits, as in {2025: 175}",
                         flc_node_show(shown, node->keys[i]));
    }
    if (!keys || reading->failures > failures)
        return NULL;
    qsort(keys, node->count, sizeof *keys, by_text);
    return keys;
}

static void read_years(struct flc_reading *reading, flc_schedule *schedule,
                       const flc_option *option, const flc_node *node)
{
    const flc_node *const **keys = sorted_keys(reading, node);
    int64_t *at;
    flc_quantity *value = keys ? new_schedule(reading, schedule, node->count, &at) : NULL;
    if (!value)
        return;
    give_whole(reading, option, node);
    for (size_t i = 0; i < node->count && !reading->stopped; i++) {
        const flc_node *key = *keys[i];
        at[i] = strtol(key->text, NULL, 10);
        size_t before = flc_reading_enter(reading, key->text);
        flc_quantity_read(reading, &value[i], option, node->values[keys[i] - node->keys]);
        flc_reading_leave(reading, before);
    }
}

void flc_quantity_read_by_year(struct flc_reading *reading, flc_schedule *schedule,
                               const flc_option *option, const flc_node *node)
{
    bool mapping = node->kind == FLC_NODE_MAPPING;
    if (mapping && node->count == 0)
        flc_reading_fail(reading, node->mark,
                         "an empty mapping; write {2025: 175} or leave it out");
    else if (mapping && (!option->scalar_too || has_years(node)))
        read_years(reading, schedule, option, node);
    else if (option->scalar_too)
        read_single(reading, schedule, option, node);
    else
        flc_reading_wrong_kind(reading, node, "a mapping by fiscal year, as {2025: 175},");
}
