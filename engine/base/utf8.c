#include "base/utf8.h"

#include <string.h>

#include "base/memory.h"

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

static size_t announced_length(unsigned char first)
{
    if (first < 0x80)
        return first != 0;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The second byte is where overlong forms, surrogates and numbers that are too large show. */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

size_t flc_utf8_character(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = announced_length(byte[0]);
    if (length > 1 && !second_byte_fits(byte[0], byte[1]))
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

uint32_t flc_utf8_decode(size_t *bytes, const char *text)
{
    static const unsigned char lead_bits[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t length = flc_utf8_character(text);
    *bytes = length ? length : 1;
    if (!length)
        return *text ? UINT32_MAX : 0;
    uint32_t code = (unsigned char)*text & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}

bool flc_utf8_printable(uint32_t code)
{
    if (code < 0x20)
        return code == '\t' || code == '\n' || code == '\r';
    if (code < 0xA0)
        return code < 0x7F || code == 0x85;
    return code <= 0x10FFFF && code != 0xFFFE && code != 0xFFFF &&
           !(code >= 0xD800 && code < 0xE000);
}

static size_t valid_prefix(const char *text)
{
    size_t length = 0;
    for (size_t step; (step = flc_utf8_character(text + length)) > 0;)
        length += step;
    return length;
}

const char *flc_utf8_repair(char **copy, const char *text, flc_error *error)
{
    size_t length = valid_prefix(text);
    *copy = NULL;
    if (text[length] == '\0')
        return text;
    char *out = *copy = flc_allocate(3 * strlen(text) + 1, 1, error);
    if (!out)
        return NULL;
    while (*text) {
        size_t step = flc_utf8_character(text);
        memcpy(out, step ? text : REPLACEMENT, step ? step : 3);
        out += step ? step : 3;
        text += step ? step : 1;
    }
    return *copy;
}
