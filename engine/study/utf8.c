#include "study/utf8.h"

static bool continues(const char *text, size_t count)
{
    for (size_t i = 1; i <= count; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return false;
    return true;
}

static uint32_t low_bits(const char *text, size_t at)
{
    return (unsigned char)text[at] & 0x3F;
}

uint32_t flc_utf8_decode(size_t *bytes, const char *text, size_t length)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t first = (unsigned char)*text;
    *bytes = 1;
    if (first < 0x80)
        return first;
    size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC0 || first > 0xF4 || size > length || !continues(text, size - 1))
        return UINT32_MAX;
    uint32_t code = first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++)
        code = code << 6 | low_bits(text, i);
    if (code < smallest[size] || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF)
        return UINT32_MAX;
    *bytes = size;
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
