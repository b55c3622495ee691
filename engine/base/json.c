#include "base/json.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

void flc_json_init(flc_json *json, flc_buffer *buffer)
{
    *json = (flc_json){.buffer = buffer, .empty = true};
}

/* Bytes at `text` that can stand between quotes as they are. */
static size_t plain_run(const char *text)
{
    size_t run = 0;
    for (size_t step; (step = flc_utf8_character(text + run)) > 0; run += step)
        if ((unsigned char)text[run] < 0x20 || strchr("\"\\\x7F", text[run]))
            break;
    return run;
}

static void add_escaped(flc_buffer *buffer, unsigned char c)
{
    if (c == '"' || c == '\\')
        flc_buffer_printf(buffer, "\\%c", c);
    else if (c < 0x80)
        flc_buffer_printf(buffer, "\\u%04x", c);
    else
        flc_buffer_add(buffer, "\xEF\xBF\xBD"); /* U+FFFD for what is not UTF-8 */
}

static void add_quoted(flc_buffer *buffer, const char *text)
{
    flc_buffer_add(buffer, "\"");
    for (;; text++) {
        size_t run = plain_run(text);
        flc_buffer_append(buffer, text, run);
        text += run;
        if (*text == '\0')
            break;
        add_escaped(buffer, (unsigned char)*text);
    }
    flc_buffer_add(buffer, "\"");
}

/* The comma, the new line and the key before a value. */
static void begin_value(flc_json *json, const char *key)
{
    if (json->depth > 0) {
        flc_buffer_add(json->buffer, json->empty ? "\n" : ",\n");
        flc_buffer_spaces(json->buffer, (size_t)2 * json->depth);
    }
    json->empty = false;
    if (!key)
        return;
    add_quoted(json->buffer, key);
    flc_buffer_add(json->buffer, ": ");
}

static void open(flc_json *json, const char *key, const char *bracket)
{
    begin_value(json, key);
    flc_buffer_add(json->buffer, bracket);
    json->depth++;
    json->empty = true;
}

static void close(flc_json *json, const char *bracket)
{
    json->depth--;
    if (!json->empty) {
        flc_buffer_add(json->buffer, "\n");
        flc_buffer_spaces(json->buffer, (size_t)2 * json->depth);
    }
    flc_buffer_add(json->buffer, bracket);
    json->empty = false;
    if (json->depth == 0)
        flc_buffer_add(json->buffer, "\n");
}

void flc_json_object(flc_json *json, const char *key)
{
    open(json, key, "{");
}

void flc_json_list(flc_json *json, const char *key)
{
    open(json, key, "[");
}

void flc_json_end_object(flc_json *json)
{
    close(json, "}");
}

void flc_json_end_list(flc_json *json)
{
    close(json, "]");
}

void flc_json_text(flc_json *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text)
        add_quoted(json->buffer, text);
    else
        flc_buffer_add(json->buffer, "null");
}

void flc_json_number(flc_json *json, const char *key, double value)
{
    begin_value(json, key);
    if (value >= -DBL_MAX && value <= DBL_MAX)
        flc_buffer_number(json->buffer, value);
    else
        flc_buffer_add(json->buffer, "null");
}

void flc_json_integer(flc_json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    flc_buffer_printf(json->buffer, "%" PRId64, value);
}

void flc_json_unsigned(flc_json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    flc_buffer_printf(json->buffer, "%" PRIu64, value);
}

void flc_json_boolean(flc_json *json, const char *key, bool value)
{
    begin_value(json, key);
    flc_buffer_add(json->buffer, value ? "true" : "false");
}
