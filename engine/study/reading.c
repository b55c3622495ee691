#include "study/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "base/number.h"
#include "base/place.h"
#include "base/utf8.h"

void flc_reading_fail(struct flc_reading *reading, flc_mark mark, const char *format, ...)
{
    if (reading->stopped)
        return;
    if (reading->failures++ && !flc_place_before(mark, reading->first))
        return;
    reading->first = mark;
    char message[FLC_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    flc_place_error(reading->error, FLC_ERROR_STUDY, mark, reading->path, "%s", message);
}

void flc_reading_wrong_kind(struct flc_reading *reading, const flc_node *node, const char *expected)
{
    char shown[FLC_NODE_SHOWN];
    flc_reading_fail(reading, node->mark, "%s where %s is expected", flc_node_show(shown, node),
                     expected);
}

void flc_reading_stop(struct flc_reading *reading, flc_status status)
{
    if (!reading->stopped)
        reading->stopped = status;
}

void *flc_reading_take(struct flc_reading *reading, size_t count, size_t size)
{
    void *memory = NULL;
    if (!reading->stopped)
        memory = flc_arena_take(reading->reader->arena, count, size, reading->error);
    if (!memory)
        flc_reading_stop(reading, FLC_ERROR_MEMORY);
    return memory;
}

/* Options are a few levels deep and keys of maps at most FLC_READER_KEY long, so a path fits; what
 * an unknown key makes too long is cut, for the message only. */
size_t flc_reading_enter(struct flc_reading *reading, const char *key)
{
    size_t before = reading->path_length;
    char *end = reading->path + before;
    size_t room = sizeof reading->path - before;
    int length = snprintf(end, room, "%s%.*s", before ? "/" : "", 100, key);
    reading->path_length += (size_t)length < room ? (size_t)length : room - 1;
    return before;
}

void flc_reading_leave(struct flc_reading *reading, size_t before)
{
    reading->path_length = before;
    reading->path[before] = '\0';
}

static const char *copy_text(struct flc_reading *reading, const char *text, size_t length)
{
    char *copy = flc_reading_take(reading, length + 1, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

const char *flc_reading_path(struct flc_reading *reading)
{
    return copy_text(reading, reading->path, reading->path_length);
}

flc_mark flc_reading_mark(struct flc_reading *reading, flc_mark mark)
{
    if (mark.file && mark.file != reading->file) {
        reading->file = mark.file;
        reading->file_copy = copy_text(reading, mark.file, strlen(mark.file));
    }
    return (flc_mark){mark.file ? reading->file_copy : NULL, mark.line, mark.column};
}

void flc_reading_given(struct flc_reading *reading, flc_origin origin, const flc_node *node)
{
    origin.path = flc_reading_path(reading);
    origin.mark = flc_reading_mark(reading, node->mark);
    if (reading->stopped)
        return;
    flc_status status = flc_provenance_add(reading->reader->provenance, &origin, reading->error);
    if (status)
        flc_reading_stop(reading, status);
}

/* Escapes in quotes can write what a file must not contain. */
static bool is_clean(const flc_node *node)
{
    for (size_t at = 0, bytes; at < node->length; at += bytes) {
        uint32_t code = flc_utf8_decode(&bytes, node->text + at);
        if (!flc_utf8_printable(code) || code == '\r')
            return false;
    }
    return true;
}

const char *flc_reading_text(struct flc_reading *reading, const flc_node *node)
{
    if (node->kind != FLC_NODE_SCALAR || flc_node_is_null(node)) {
        flc_reading_wrong_kind(reading, node, "a text");
        return NULL;
    }
    if (!is_clean(node)) {
        flc_reading_fail(reading, node->mark, "a text with control characters");
        return NULL;
    }
    return copy_text(reading, node->text, node->length);
}

bool flc_reading_number(struct flc_reading *reading, double *value, const flc_node *node,
                        const char *expected)
{
    if (node->kind != FLC_NODE_SCALAR || flc_node_is_null(node)) {
        flc_reading_wrong_kind(reading, node, expected);
        return false;
    }
    char shown[FLC_NODE_SHOWN];
    const char *wrong = flc_number_parse(value, node->text);
    if (!wrong && !node->quoted)
        return true;
    if (!wrong)
        wrong = "is a text; write the number without quotes";
    flc_reading_fail(reading, node->mark, "%s %s", flc_node_show(shown, node), wrong);
    return false;
}

bool flc_reading_number_in(struct flc_reading *reading, double *value, const flc_node *node,
                           const char *expected, flc_domain domain)
{
    if (!flc_reading_number(reading, value, node, expected))
        return false;
    if (flc_domain_contains(domain, *value))
        return true;
    char words[FLC_DOMAIN_TEXT];
    flc_reading_fail(reading, node->mark, "%.40s is out of range: must be %s", node->text,
                     flc_domain_show(words, domain));
    return false;
}

void flc_reading_known_add(struct flc_reading_known *known, const char *key)
{
    size_t room = sizeof known->text - known->length;
    int length =
        snprintf(known->text + known->length, room, "%s%s", known->length ? ", " : "", key);
    known->length += (size_t)length < room ? (size_t)length : room - 1;
}
