#include "study/resolved.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"
#include "study/reader.h"

enum { PATH_ROOM = 1024, STEP = 2 };

struct printer {
    flc_buffer *out;
    const flc_quantities *quantities;
    const flc_provenance *provenance;
    flc_resolved_form form;
    size_t indent;
    char path[PATH_ROOM]; /* fits: the reader made these paths in the same room */
    size_t path_length;
    void (*visit)(void *context, const flc_resolved_number *number); /* or NULL */
    void *context;
};

static void print_section(struct printer *printer, const void *filled, const flc_section *section);

/* ---- texts ---- */

/* Words that YAML readers take for something else than a text. */
static bool is_special(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    char lower[8] = "";
    if (strlen(text) >= sizeof lower)
        return false;
    for (size_t i = 0; text[i]; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(lower, words[i]) == 0)
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_plain(const char *text)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ()";
    size_t length = strlen(text);
    return is_letter(*text) && strspn(text, safe) == length && text[length - 1] != ' ' &&
           !is_special(text);
}

static void print_character(flc_buffer *out, const char *text, size_t bytes, uint32_t code)
{
    if (code == '"' || code == '\\')
        flc_buffer_printf(out, "\\%c", (char)code);
    else if (code == '\n')
        flc_buffer_add(out, "\\n");
    else if (code == '\t')
        flc_buffer_add(out, "\\t");
    else if (!flc_utf8_printable(code) || code == 0x85 || code == 0x2028 || code == 0x2029 ||
             code == 0xFEFF || code == '\r')
        flc_buffer_printf(out, "\\u%04" PRIX32, code);
    else
        flc_buffer_append(out, text, bytes);
}

void flc_resolved_text(flc_buffer *buffer, const char *text)
{
    if (is_plain(text)) {
        flc_buffer_add(buffer, text);
        return;
    }
    flc_buffer_add(buffer, "\"");
    size_t length = strlen(text);
    for (size_t at = 0, bytes; at < length; at += bytes) {
        uint32_t code = flc_utf8_decode(&bytes, text + at);
        print_character(buffer, text + at, bytes, code);
    }
    flc_buffer_add(buffer, "\"");
}

/* ---- lines ---- */

static size_t enter(struct printer *printer, const char *key)
{
    size_t before = printer->path_length;
    int length =
        snprintf(printer->path + before, PATH_ROOM - before, "%s%s", before ? "/" : "", key);
    FLC_ASSERT((size_t)length < PATH_ROOM - before);
    printer->path_length += (size_t)length;
    return before;
}

static void leave(struct printer *printer, size_t before)
{
    printer->path_length = before;
    printer->path[before] = '\0';
}

static const flc_origin *origin_here(const struct printer *printer)
{
    return flc_provenance_find(printer->provenance, printer->path);
}

static const flc_origin *origin_of_entry(struct printer *printer, const char *key)
{
    size_t before = enter(printer, key);
    const flc_origin *origin = origin_here(printer);
    leave(printer, before);
    return origin;
}

/* The indented key and its colon; the value follows with a space before it. */
static void begin_line(struct printer *printer, const char *key)
{
    flc_buffer_spaces(printer->out, printer->indent);
    flc_resolved_text(printer->out, key);
    flc_buffer_add(printer->out, ":");
}

static void end_line(struct printer *printer, const flc_option *option, const flc_origin *given)
{
    if (printer->form == FLC_RESOLVED_COMMENTED) {
        const char *unit = option->unit && strcmp(option->unit, "1") != 0 ? option->unit : "";
        const char *origin = given && flc_origin_is_standard(given) ? "standard of the model"
                             : given                                ? ""
                             : option->presence == FLC_DERIVED      ? "derived"
                                                                    : "default";
        if (*unit || *origin)
            flc_buffer_printf(printer->out, "  # %s%s%s", unit, *unit && *origin ? ", " : "",
                              origin);
    }
    flc_buffer_add(printer->out, "\n");
}

/* Turn the block printed since `start` into an item of a list: its first line gets the dash. */
static void make_item(struct printer *printer, size_t start)
{
    flc_buffer *out = printer->out;
    if (out->length == start) {
        flc_buffer_spaces(out, printer->indent - STEP);
        flc_buffer_add(out, "- {}\n");
    } else if (!out->status) {
        out->text[start + printer->indent - STEP] = '-';
    }
}

/* ---- quantities ---- */

static bool has_remarks(const flc_origin *origin)
{
    return origin && (origin->source || origin->unit || origin->note);
}

/* Whether the text of a quantity can be printed: given or constant, not another's row. */
static bool is_printable(const struct printer *printer, flc_quantity quantity,
                         const flc_origin *origin)
{
    if (quantity.row == FLC_NO_ROW)
        return false;
    return (origin && origin->distribution) ||
           !flc_quantities_is_sampled(printer->quantities, quantity.row);
}

static void print_remark(flc_buffer *out, const char *key, const char *text)
{
    if (!text)
        return;
    flc_buffer_printf(out, ", %s: ", key);
    flc_resolved_text(out, text);
}

static void meet(const struct printer *printer, const flc_option *option, flc_quantity quantity,
                 const flc_origin *origin)
{
    flc_resolved_number number = {printer->path, option,
                                  flc_quantities_value(printer->quantities, quantity.row), origin};
    if (printer->visit)
        printer->visit(printer->context, &number);
}

static void print_quantity(struct printer *printer, const flc_option *option, flc_quantity quantity,
                           const flc_origin *origin)
{
    flc_buffer *out = printer->out;
    meet(printer, option, quantity, origin);
    bool mapping = origin && (origin->distribution || has_remarks(origin));
    if (mapping)
        flc_buffer_add(out, "{");
    if (origin && origin->distribution) {
        flc_buffer_add(out, origin->distribution);
    } else {
        flc_buffer_add(out, mapping ? "fixed: " : "");
        flc_buffer_number(out, flc_quantities_value(printer->quantities, quantity.row));
    }
    if (!mapping)
        return;
    print_remark(out, "source", origin->source);
    print_remark(out, "unit", origin->unit);
    print_remark(out, "note", origin->note);
    flc_buffer_add(out, "}");
}

static void print_single(struct printer *printer, const flc_option *option, flc_quantity quantity)
{
    const flc_origin *origin = origin_here(printer);
    if (!is_printable(printer, quantity, origin))
        return;
    begin_line(printer, option->key);
    flc_buffer_add(printer->out, " ");
    print_quantity(printer, option, quantity, origin);
    end_line(printer, option, origin);
}

/* The entries' names below the schedule: ages from 0, or years. */
static const char *entry_key(char key[24], const flc_schedule *schedule, size_t i)
{
    snprintf(key, 24, "%" PRId64, schedule->at[i]);
    return key;
}

/* All of them plain numbers: the schedule fits on one line. */
static bool is_simple(struct printer *printer, const flc_schedule *schedule)
{
    char key[24];
    for (size_t i = 0; i < schedule->count; i++) {
        const flc_origin *origin = origin_of_entry(printer, entry_key(key, schedule, i));
        if (origin && (origin->distribution || has_remarks(origin)))
            return false;
    }
    return true;
}

static bool all_printable(struct printer *printer, const flc_schedule *schedule)
{
    char key[24];
    for (size_t i = 0; i < schedule->count; i++)
        if (!is_printable(printer, schedule->value[i],
                          origin_of_entry(printer, entry_key(key, schedule, i))))
            return false;
    return true;
}

/* A list for ages, a mapping for years; on one line or on one each. */
static void print_entries(struct printer *printer, const flc_option *option,
                          const flc_schedule *schedule)
{
    bool years = option->kind == FLC_OPTION_BY_YEAR, simple = is_simple(printer, schedule);
    const flc_origin *given = origin_here(printer);
    begin_line(printer, option->key);
    if (simple)
        flc_buffer_add(printer->out, years ? " {" : " [");
    else
        end_line(printer, option, given);
    for (size_t i = 0; i < schedule->count; i++) {
        char key[24];
        if (simple)
            flc_buffer_add(printer->out, i ? ", " : "");
        else
            flc_buffer_spaces(printer->out, printer->indent + STEP);
        entry_key(key, schedule, i);
        flc_buffer_printf(printer->out, "%s%s", years ? key : simple ? "" : "-", years ? ":" : "");
        flc_buffer_add(printer->out, years || !simple ? " " : "");
        size_t before = enter(printer, key);
        print_quantity(printer, option, schedule->value[i], origin_here(printer));
        leave(printer, before);
        flc_buffer_add(printer->out, simple ? "" : "\n");
    }
    if (!simple)
        return;
    flc_buffer_add(printer->out, years ? "}" : "]");
    end_line(printer, option, given);
}

static void print_schedule(struct printer *printer, const flc_option *option,
                           const flc_schedule *schedule)
{
    if (schedule->count == 0)
        return;
    bool one_for_all = schedule->count == 1 && schedule->at[0] == 0;
    if (option->kind == FLC_OPTION_BY_AGE && one_for_all)
        one_for_all = !origin_of_entry(printer, "0");
    if (one_for_all && option->kind == FLC_OPTION_BY_YEAR && !option->scalar_too)
        return; /* the default of a key that cannot be written as one number */
    if (one_for_all)
        print_single(printer, option, schedule->value[0]);
    else if (all_printable(printer, schedule))
        print_entries(printer, option, schedule);
}

/* ---- the other kinds ---- */

static void print_word(struct printer *printer, const flc_option *option, const char *word)
{
    const flc_origin *origin = origin_here(printer);
    if (!origin && option->presence == FLC_DERIVED)
        return;
    begin_line(printer, option->key);
    flc_buffer_printf(printer->out, " %s", word);
    end_line(printer, option, origin);
}

static void print_text(struct printer *printer, const char *key, const char *text)
{
    if (!text)
        return;
    begin_line(printer, key);
    flc_buffer_add(printer->out, " ");
    flc_resolved_text(printer->out, text);
    flc_buffer_add(printer->out, "\n");
}

static void print_text_list(struct printer *printer, const flc_option *option,
                            const flc_texts *texts)
{
    if (texts->count == 0)
        return;
    begin_line(printer, option->key);
    for (size_t i = 0; i < texts->count; i++) {
        flc_buffer_add(printer->out, i ? ", " : " [");
        flc_resolved_text(printer->out, texts->text[i]);
    }
    flc_buffer_add(printer->out, "]\n");
}

static void print_text_map(struct printer *printer, const flc_option *option,
                           const flc_texts *texts)
{
    if (texts->count == 0)
        return;
    begin_line(printer, option->key);
    flc_buffer_add(printer->out, "\n");
    printer->indent += STEP;
    for (size_t i = 0; i < texts->count; i++)
        print_text(printer, texts->key[i], texts->text[i]);
    printer->indent -= STEP;
}

/* `key:` and the section below it, or `key: {}`. */
static void print_named_section(struct printer *printer, const char *key, const void *filled,
                                const flc_section *section)
{
    begin_line(printer, key);
    size_t line_end = printer->out->length;
    flc_buffer_add(printer->out, "\n");
    size_t start = printer->out->length;
    printer->indent += STEP;
    print_section(printer, filled, section);
    printer->indent -= STEP;
    if (printer->out->length > start)
        return;
    flc_buffer_cut(printer->out, line_end);
    flc_buffer_add(printer->out, " {}\n");
}

static void print_items(struct printer *printer, const flc_option *option, const flc_items *items)
{
    if (items->count == 0)
        return;
    begin_line(printer, option->key);
    flc_buffer_add(printer->out, "\n");
    printer->indent += STEP;
    for (size_t i = 0; i < items->count; i++) {
        const char *item = (const char *)items->items + i * option->section->size;
        const char *key = ((const flc_section_info *)(const void *)item)->key;
        size_t before = enter(printer, key);
        if (option->kind == FLC_OPTION_MAP) {
            print_named_section(printer, key, item, option->section);
        } else {
            size_t start = printer->out->length;
            printer->indent += STEP;
            print_section(printer, item, option->section);
            make_item(printer, start);
            printer->indent -= STEP;
        }
        leave(printer, before);
    }
    printer->indent -= STEP;
}

static void print_option(struct printer *printer, const void *target, const flc_option *option)
{
    char word[24];
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        print_single(printer, option, *(const flc_quantity *)target);
        break;
    case FLC_OPTION_BY_AGE:
    case FLC_OPTION_BY_YEAR:
        print_schedule(printer, option, target);
        break;
    case FLC_OPTION_INTEGER:
        snprintf(word, sizeof word, "%" PRId64, *(const int64_t *)target);
        print_word(printer, option, word);
        break;
    case FLC_OPTION_BOOLEAN:
        print_word(printer, option, *(const bool *)target ? "true" : "false");
        break;
    case FLC_OPTION_CHOICE:
        print_word(printer, option, option->choices[*(const int64_t *)target]);
        break;
    case FLC_OPTION_TEXT:
        print_text(printer, option->key, *(const char *const *)target);
        break;
    case FLC_OPTION_TEXT_LIST:
        print_text_list(printer, option, target);
        break;
    case FLC_OPTION_TEXT_MAP:
        print_text_map(printer, option, target);
        break;
    case FLC_OPTION_SECTION:
        if (((const flc_section_info *)target)->given)
            print_named_section(printer, option->key, target, option->section);
        break;
    case FLC_OPTION_MAP:
    case FLC_OPTION_LIST:
        print_items(printer, option, target);
        break;
    }
}

static void print_section(struct printer *printer, const void *filled, const flc_section *section)
{
    for (size_t i = 0; i < FLC_READER_COMMON; i++) {
        const char *at = (const char *)filled + flc_reader_commons[i].offset;
        print_text(printer, flc_reader_commons[i].key, *(const char *const *)(const void *)at);
    }
    for (size_t i = 0; i < section->option_count; i++) {
        const flc_option *option = &section->options[i];
        size_t before = enter(printer, option->key);
        print_option(printer, (const char *)filled + option->offset, option);
        leave(printer, before);
    }
}

flc_status flc_resolved_print(flc_buffer *buffer, const void *filled, const flc_section *section,
                              const flc_quantities *quantities, const flc_provenance *provenance,
                              flc_resolved_form form)
{
    struct printer printer = {
        .out = buffer, .quantities = quantities, .provenance = provenance, .form = form};
    print_section(&printer, filled, section);
    return buffer->status;
}

flc_status flc_resolved_visit(const void *filled, const flc_section *section,
                              const flc_quantities *quantities, const flc_provenance *provenance,
                              void (*visit)(void *context, const flc_resolved_number *number),
                              void *context, flc_error *error)
{
    flc_buffer unused;
    flc_buffer_init(&unused, error);
    struct printer printer = {.out = &unused,
                              .quantities = quantities,
                              .provenance = provenance,
                              .form = FLC_RESOLVED_CANONICAL,
                              .visit = visit,
                              .context = context};
    print_section(&printer, filled, section);
    flc_status status = unused.status;
    flc_buffer_clear(&unused);
    return status;
}
