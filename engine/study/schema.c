#include "study/schema.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "distribution/distribution.h"
#include "study/reader.h"

/* Free keys of maps, as the reader checks them. */
#define MAP_KEY "^[A-Za-z0-9_-]{1,%d}$"

static void put_section(flc_json *json, const flc_section *section);

/* Descriptions are put together from a sentence and what the table knows beside it. */
static void put_description(flc_json *json, const flc_option *option)
{
    char text[1024];
    const char *unit = option->unit && strcmp(option->unit, "1") != 0 ? option->unit : NULL;
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s", option->description, unit ? " Unit: " : "",
             unit ? unit : "", unit ? "." : "",
             option->presence == FLC_DERIVED ? " If absent: " : "",
             option->presence == FLC_DERIVED && option->fallback_text ? option->fallback_text : "",
             option->presence == FLC_DERIVED ? "." : "");
    flc_json_text(json, "description", text);
}

static void put_bounds(flc_json *json, flc_domain domain)
{
    if (domain.low > -DBL_MAX)
        flc_json_number(json, domain.low_open ? "exclusiveMinimum" : "minimum", domain.low);
    if (domain.high < DBL_MAX)
        flc_json_number(json, domain.high_open ? "exclusiveMaximum" : "maximum", domain.high);
}

static void put_number(flc_json *json, const char *key, flc_domain domain)
{
    flc_json_object(json, key);
    flc_json_text(json, "type", domain.whole ? "integer" : "number");
    put_bounds(json, domain);
    flc_json_end_object(json);
}

/* The two forms of a quantity, as members of an open anyOf. */
static void put_quantity_forms(flc_json *json, flc_domain domain)
{
    put_number(json, NULL, domain);
    flc_json_object(json, NULL);
    flc_json_text(json, "$ref", "#/$defs/quantity");
    flc_json_end_object(json);
}

static void put_quantity(flc_json *json, const char *key, flc_domain domain)
{
    flc_json_object(json, key);
    flc_json_list(json, "anyOf");
    put_quantity_forms(json, domain);
    flc_json_end_list(json);
    flc_json_end_object(json);
}

static void put_by_age(flc_json *json, const flc_option *option)
{
    flc_json_list(json, "anyOf");
    put_quantity_forms(json, option->domain);
    flc_json_object(json, NULL);
    flc_json_text(json, "type", "array");
    flc_json_integer(json, "minItems", 1);
    put_quantity(json, "items", option->domain);
    flc_json_end_object(json);
    flc_json_end_list(json);
}

/* An object with free keys; what follows are patterns and schemas, then the end of an object. */
static void put_map_begin(flc_json *json)
{
    flc_json_text(json, "type", "object");
    flc_json_integer(json, "minProperties", 1);
    flc_json_boolean(json, "additionalProperties", false);
    flc_json_object(json, "patternProperties");
}

static void put_by_year(flc_json *json, const flc_option *option)
{
    if (option->scalar_too) {
        flc_json_list(json, "anyOf");
        put_quantity_forms(json, option->domain);
        flc_json_object(json, NULL);
    }
    put_map_begin(json);
    put_quantity(json, "^[0-9]{4}$", option->domain);
    flc_json_end_object(json);
    if (option->scalar_too) {
        flc_json_end_object(json);
        flc_json_end_list(json);
    }
}

/* Reading takes a number or a word as a text too. */
static void put_text_type(flc_json *json)
{
    static const char *const types[] = {"string", "number", "boolean"};
    flc_json_list(json, "type");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        flc_json_text(json, NULL, types[i]);
    flc_json_end_list(json);
}

static void put_texts(flc_json *json, const char *key)
{
    flc_json_object(json, key);
    put_text_type(json);
    flc_json_end_object(json);
}

static void put_list_of_texts(flc_json *json)
{
    flc_json_text(json, "type", "array");
    flc_json_integer(json, "minItems", 1);
    put_texts(json, "items");
}

static void put_texts_or_one(flc_json *json)
{
    flc_json_list(json, "anyOf");
    put_texts(json, NULL);
    flc_json_object(json, NULL);
    put_list_of_texts(json);
    flc_json_end_object(json);
    flc_json_end_list(json);
}

static void put_choices(flc_json *json, const char *const *choices)
{
    flc_json_list(json, "enum");
    for (; *choices; choices++)
        flc_json_text(json, NULL, *choices);
    flc_json_end_list(json);
}

static void put_default(flc_json *json, const flc_option *option)
{
    if (option->presence != FLC_DEFAULT)
        return;
    if (option->kind == FLC_OPTION_BOOLEAN)
        flc_json_boolean(json, "default", option->fallback != 0.0);
    else if (option->kind == FLC_OPTION_CHOICE)
        flc_json_text(json, "default", option->choices[(size_t)option->fallback]);
    else if (option->kind <= FLC_OPTION_INTEGER &&
             (option->kind != FLC_OPTION_BY_YEAR || option->scalar_too))
        flc_json_number(json, "default", option->fallback);
}

static void put_map_of_texts(flc_json *json)
{
    char pattern[48];
    snprintf(pattern, sizeof pattern, MAP_KEY, FLC_READER_KEY);
    put_map_begin(json);
    put_texts(json, pattern);
    flc_json_end_object(json);
}

static void put_map_of_sections(flc_json *json, const flc_section *section)
{
    char pattern[48];
    snprintf(pattern, sizeof pattern, MAP_KEY, FLC_READER_KEY);
    put_map_begin(json);
    flc_json_object(json, pattern);
    put_section(json, section);
    flc_json_end_object(json);
    flc_json_end_object(json);
}

static void put_list_of_sections(flc_json *json, const flc_section *section)
{
    flc_json_text(json, "type", "array");
    flc_json_integer(json, "minItems", 1);
    flc_json_object(json, "items");
    put_section(json, section);
    flc_json_end_object(json);
}

/* A section, or its first option alone. */
static void put_section_or_text(flc_json *json, const flc_section *section)
{
    flc_json_list(json, "anyOf");
    put_texts(json, NULL);
    flc_json_object(json, NULL);
    put_section(json, section);
    flc_json_end_object(json);
    flc_json_end_list(json);
}

static void put_kind(flc_json *json, const flc_option *option)
{
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        flc_json_list(json, "anyOf");
        put_quantity_forms(json, option->domain);
        flc_json_end_list(json);
        break;
    case FLC_OPTION_BY_AGE:
        put_by_age(json, option);
        break;
    case FLC_OPTION_BY_YEAR:
        put_by_year(json, option);
        break;
    case FLC_OPTION_INTEGER:
        flc_json_text(json, "type", "integer");
        put_bounds(json, option->domain);
        break;
    case FLC_OPTION_BOOLEAN:
        flc_json_text(json, "type", "boolean");
        break;
    case FLC_OPTION_CHOICE:
        put_choices(json, option->choices);
        break;
    case FLC_OPTION_TEXT:
        put_text_type(json);
        break;
    case FLC_OPTION_TEXT_LIST:
        if (option->scalar_too)
            put_texts_or_one(json);
        else
            put_list_of_texts(json);
        break;
    case FLC_OPTION_TEXT_MAP:
        put_map_of_texts(json);
        break;
    case FLC_OPTION_SECTION:
        if (option->scalar_too)
            put_section_or_text(json, option->section);
        else
            put_section(json, option->section);
        break;
    case FLC_OPTION_MAP:
        put_map_of_sections(json, option->section);
        break;
    case FLC_OPTION_LIST:
        put_list_of_sections(json, option->section);
        break;
    }
}

static bool has_option(const flc_section *section, const char *key)
{
    for (size_t i = 0; i < section->option_count; i++)
        if (strcmp(section->options[i].key, key) == 0)
            return true;
    return false;
}

static void put_properties(flc_json *json, const flc_section *section)
{
    flc_json_object(json, "properties");
    for (size_t i = 0; i < section->option_count; i++) {
        const flc_option *option = &section->options[i];
        flc_json_object(json, option->key);
        put_description(json, option);
        put_kind(json, option);
        put_default(json, option);
        flc_json_end_object(json);
    }
    for (size_t i = 0; i < FLC_READER_COMMON; i++) {
        const flc_reader_common *common = &flc_reader_commons[i];
        if (has_option(section, common->key))
            continue;
        flc_json_object(json, common->key);
        flc_json_text(json, "description", common->description);
        put_text_type(json);
        flc_json_end_object(json);
    }
    flc_json_end_object(json);
}

static void put_required_one(flc_json *json, const char *key)
{
    flc_json_object(json, NULL);
    flc_json_list(json, "required");
    flc_json_text(json, NULL, key);
    flc_json_end_list(json);
    flc_json_end_object(json);
}

static void put_required(flc_json *json, const flc_section *section)
{
    flc_json_list(json, "required");
    for (size_t i = 0; i < section->option_count; i++)
        if (section->options[i].presence == FLC_REQUIRED)
            flc_json_text(json, NULL, section->options[i].key);
    flc_json_end_list(json);
}

/* A file that includes others may leave all keys to them. */
static void put_required_or_included(flc_json *json, const flc_section *section)
{
    flc_json_list(json, "anyOf");
    put_required_one(json, "include");
    flc_json_object(json, NULL);
    put_required(json, section);
    flc_json_end_object(json);
    flc_json_end_list(json);
}

/* The members of an object's schema, into an object that is open and has its description. */
static void put_section(flc_json *json, const flc_section *section)
{
    flc_json_text(json, "title", section->title);
    flc_json_text(json, "type", "object");
    flc_json_boolean(json, "additionalProperties", false);
    if (has_option(section, "include"))
        put_required_or_included(json, section);
    else
        put_required(json, section);
    put_properties(json, section);
}

static void put_parameter(flc_json *json, const flc_family_parameter *parameter)
{
    flc_json_object(json, parameter->key);
    flc_json_text(json, "description", parameter->description);
    flc_json_text(json, "type", parameter->list ? "array" : "number");
    if (parameter->list) {
        flc_json_integer(json, "minItems", 1);
        flc_json_object(json, "items");
        flc_json_text(json, "type", "number");
        flc_json_end_object(json);
    }
    flc_json_end_object(json);
}

static void put_family(flc_json *json, const flc_family *family)
{
    bool from_file = strcmp(family->key, FLC_READER_FROM_FILE) == 0;
    flc_json_object(json, family->key);
    flc_json_text(json, "description", family->description);
    flc_json_text(json, "type", "object");
    flc_json_boolean(json, "additionalProperties", false);
    flc_json_integer(json, "minProperties", 1);
    flc_json_object(json, "properties");
    for (size_t i = 0; i < family->parameter_count; i++)
        put_parameter(json, &family->parameters[i]);
    if (from_file) {
        put_texts(json, "csv");
        put_texts(json, "column");
    }
    flc_json_end_object(json);
    flc_json_list(json, "required");
    for (size_t i = 0; i < family->parameter_count && !from_file; i++)
        if (!family->parameters[i].optional)
            flc_json_text(json, NULL, family->parameters[i].key);
    flc_json_end_list(json);
    flc_json_end_object(json);
}

/* A quantity written as a mapping: exactly one family, and remarks. */
static void put_quantity_definition(flc_json *json)
{
    static const char *const remarks[] = {"source", "unit", "note"};
    flc_json_object(json, "quantity");
    flc_json_text(json, "description", "A constant or a distribution, with where it comes from.");
    flc_json_text(json, "type", "object");
    flc_json_boolean(json, "additionalProperties", false);
    flc_json_object(json, "properties");
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
        put_texts(json, remarks[i]);
    flc_json_object(json, FLC_READER_FIXED);
    flc_json_text(json, "description", "a constant");
    flc_json_text(json, "type", "number");
    flc_json_end_object(json);
    for (size_t i = 0; i < flc_family_count(); i++)
        put_family(json, flc_families[i]);
    flc_json_end_object(json);
    flc_json_list(json, "oneOf");
    put_required_one(json, FLC_READER_FIXED);
    for (size_t i = 0; i < flc_family_count(); i++)
        put_required_one(json, flc_families[i]->key);
    flc_json_end_list(json);
    flc_json_end_object(json);
}

flc_status flc_schema_print(flc_buffer *buffer, const flc_section *section)
{
    flc_json json;
    flc_json_init(&json, buffer);
    flc_json_object(&json, NULL);
    flc_json_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    flc_json_text(&json, "description", section->description);
    put_section(&json, section);
    flc_json_object(&json, "$defs");
    put_quantity_definition(&json);
    flc_json_end_object(&json);
    flc_json_end_object(&json);
    return buffer->status;
}
