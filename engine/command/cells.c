#include "command/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns a text takes on a terminal: East Asian wide characters take two. */
static int width_of(const char *text)
{
    int width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        width += (*c & 0xC0) == 0x80 ? 0 : *c >= 0xE3 && *c < 0xF0 ? 2 : 1;
    return width;
}

void cli_print_label(const char *text, int width)
{
    int used = 0;
    for (const char *c = text; *c;) {
        size_t bytes = 1;
        while (((unsigned char)c[bytes] & 0xC0) == 0x80)
            bytes++;
        char letter[8] = "";
        memcpy(letter, c, bytes < 7 ? bytes : 7);
        if (used + width_of(letter) > width - 1)
            break;
        fputs(letter, stdout);
        used += width_of(letter);
        c += bytes;
    }
    printf("%*s", width - used, "");
}

const char *cli_number(char text[CLI_NUMBER_ROOM], double value)
{
    const size_t room = CLI_NUMBER_ROOM;
    if (isnan(value))
        snprintf(text, room, "-");
    else if (isinf(value))
        snprintf(text, room, value > 0 ? "never" : "-never");
    else if (value != 0 && fabs(value) < 0.001)
        snprintf(text, room, "%.2g", value);
    else if (fabs(value) < 10)
        snprintf(text, room, "%.3f", value);
    else if (fabs(value) < 1000)
        snprintf(text, room, "%.1f", value);
    else
        snprintf(text, room, "%.0f", value);
    return text;
}
