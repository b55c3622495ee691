#include "study/reference.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "distribution/distribution.h"
#include "study/reader.h"

/* Text in a cell of a table: no bars, no line ends. */
static void add_cell(flc_buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '|')
            flc_buffer_add(out, "\\|");
        else
            flc_buffer_append(out, *text == '\n' ? " " : text, 1);
}

static const char *kind_text(const flc_option *option)
{
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        return "quantity";
    case FLC_OPTION_BY_AGE:
        return "quantity, or list by age";
    case FLC_OPTION_BY_YEAR:
        return option->scalar_too ? "quantity, or map by fiscal year" : "map by fiscal year";
    case FLC_OPTION_INTEGER:
        return "integer";
    case FLC_OPTION_BOOLEAN:
        return "true or false";
    case FLC_OPTION_CHOICE:
        return "one of";
    case FLC_OPTION_TEXT:
        return "text";
    case FLC_OPTION_TEXT_LIST:
        return option->scalar_too ? "text, or list of texts" : "list of texts";
    case FLC_OPTION_TEXT_MAP:
        return "map of texts";
    case FLC_OPTION_SECTION:
        return "section below";
    case FLC_OPTION_MAP:
        return "map of sections below";
    case FLC_OPTION_LIST:
        return "list of sections below";
    }
    return "";
}

static bool is_numeric(const flc_option *option)
{
    return option->kind <= FLC_OPTION_INTEGER;
}

static void add_kind(flc_buffer *out, const flc_option *option)
{
    flc_buffer_add(out, kind_text(option));
    if (option->kind == FLC_OPTION_CHOICE)
        for (size_t i = 0; option->choices[i]; i++)
            flc_buffer_printf(out, "%s`%s`", i ? ", " : " ", option->choices[i]);
    flc_domain domain = option->domain;
    domain.whole = domain.whole && option->kind != FLC_OPTION_INTEGER;
    bool bounded = domain.low > -DBL_MAX || domain.high < DBL_MAX;
    char words[FLC_DOMAIN_TEXT];
    if (is_numeric(option) && (bounded || domain.whole))
        flc_buffer_printf(out, "%s%s", domain.whole ? ", " : " ", flc_domain_show(words, domain));
}

static void add_default(flc_buffer *out, const flc_option *option)
{
    if (option->presence == FLC_REQUIRED)
        flc_buffer_add(out, "**required**");
    else if (option->presence == FLC_DERIVED)
        add_cell(out, option->fallback_text ? option->fallback_text : "");
    else if (option->kind == FLC_OPTION_BOOLEAN)
        flc_buffer_add(out, option->fallback != 0.0 ? "`true`" : "`false`");
    else if (option->kind == FLC_OPTION_CHOICE)
        flc_buffer_printf(out, "`%s`", option->choices[(size_t)option->fallback]);
    else if (is_numeric(option))
        flc_buffer_number(out, option->fallback);
}

static void add_row(flc_buffer *out, const flc_option *option)
{
    flc_buffer_printf(out, "| `%s` | ", option->key);
    add_kind(out, option);
    flc_buffer_printf(out, " | %s | ",
                      option->unit && strcmp(option->unit, "1") != 0 ? option->unit : "");
    add_default(out, option);
    flc_buffer_add(out, " | ");
    add_cell(out, option->description);
    flc_buffer_add(out, " |\n");
}

/* Sections are as deep as their tables. */
static void add_section(flc_buffer *out, const flc_section *section, const char *path)
{
    flc_buffer_printf(out, "\n## %s%s%s\n\n%s\n\n", *path ? "`" : "", *path ? path : "The study",
                      *path ? "`" : "", section->description);
    flc_buffer_add(out, "| key | what | unit | default | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < section->option_count; i++)
        add_row(out, &section->options[i]);
    for (size_t i = 0; i < section->option_count; i++) {
        const flc_option *option = &section->options[i];
        if (!option->section)
            continue;
        char below[512];
        const char *entry = option->kind == FLC_OPTION_MAP    ? "/<name>"
                            : option->kind == FLC_OPTION_LIST ? "/<number>"
                                                              : "";
        snprintf(below, sizeof below, "%s%s%s%s", path, *path ? "/" : "", option->key, entry);
        add_section(out, option->section, below);
    }
}

static void add_families(flc_buffer *out)
{
    flc_buffer_add(out,
                   "\n## Distributions\n\nA quantity is a number or a mapping with one of these "
                   "(and `source`, `unit`, `note` beside it), as in "
                   "`{pert: {min: 1, mode: 2, max: 4}, source: \"...\"}`.\n\n"
                   "| family | what | parameters |\n|---|---|---|\n"
                   "| `fixed` | a constant | the number itself: `{fixed: 2, source: \"...\"}` |\n");
    for (size_t i = 0; i < flc_family_count(); i++) {
        const flc_family *family = flc_families[i];
        flc_buffer_printf(out, "| `%s` | ", family->key);
        add_cell(out, family->description);
        flc_buffer_add(out, " | ");
        for (size_t j = 0; j < family->parameter_count; j++) {
            const flc_family_parameter *parameter = &family->parameters[j];
            flc_buffer_printf(out, "%s`%s`%s: ", j ? "; " : "", parameter->key,
                              parameter->optional ? " (optional)" : "");
            add_cell(out, parameter->description);
        }
        if (strcmp(family->key, FLC_READER_FROM_FILE) == 0)
            flc_buffer_add(out, "; or `csv`: a file beside the study and `column`: its heading");
        flc_buffer_add(out, " |\n");
    }
}

static void add_commons(flc_buffer *out)
{
    flc_buffer_add(out, "\n## In every section\n\n| key | meaning |\n|---|---|\n");
    for (size_t i = 0; i < FLC_READER_COMMON; i++)
        flc_buffer_printf(out, "| `%s` | %s |\n", flc_reader_commons[i].key,
                          flc_reader_commons[i].description);
}

flc_status flc_reference_print(flc_buffer *buffer, const flc_section *section)
{
    flc_buffer_add(buffer,
                   "# Keys of a study\n\nMade by `fulcrum schema --markdown` from the tables that "
                   "read studies.\n");
    add_section(buffer, section, "");
    add_commons(buffer);
    add_families(buffer);
    return buffer->status;
}
