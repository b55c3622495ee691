#include "base/number.h"

#include <float.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain_locale.h"

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* The end of the number that `text` begins with, NULL if it begins with none. */
static const char *end_of_number(const char *text)
{
    const char *whole = text + (*text == '+' || *text == '-');
    const char *end = skip_digits(whole);
    bool digits = end > whole;
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        digits = digits || end > fraction;
    }
    if (!digits)
        return NULL;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (skip_digits(exponent) == exponent)
            return NULL;
        end = skip_digits(exponent);
    }
    return end;
}

static bool has_leading_zero(const char *text)
{
    text += *text == '+' || *text == '-';
    return text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

static const char *what_is_wrong(const char *text, const char *end)
{
    static const char *const not_finite[] = {"inf", "infinity", "nan"};
    const char *word = text + strspn(text, "+-.");
    char lower[16] = "";
    for (size_t i = 0; i + 1 < sizeof lower && word[i]; i++)
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
    for (size_t i = 0; i < sizeof not_finite / sizeof *not_finite; i++)
        if (strcmp(lower, not_finite[i]) == 0)
            return "is not a finite number";
    if (end && *end == '%')
        return "is not a number; write 12 % as 0.12";
    if (end && (*end == ',' || *end == '_'))
        return "is not a number; write it without separators, with a point: 1000.5";
    if (end && (*end == 'x' || *end == 'X' || *end == 'o'))
        return "is not a decimal number";
    if (end && *end)
        return "is not a number; write the digits alone, units and remarks go to unit: and note:";
    return "is not a number";
}

const char *flc_number_parse(double *value, const char *text)
{
    const char *end = end_of_number(text);
    if (!end || *end)
        return what_is_wrong(text, end);
    if (has_leading_zero(text))
        return "begins with a 0 and could be meant as octal; write it without";
    flc_plain_locale locale = flc_plain_locale_begin();
    double number = strtod(text, NULL);
    flc_plain_locale_end(locale);
    if (number > DBL_MAX || number < -DBL_MAX)
        return "is too large for a number of 64 bits";
    char first = text[strcspn(text, "123456789eE")];
    if (number == 0.0 && first >= '1' && first <= '9')
        return "is too small for a number of 64 bits; write 0";
    *value = number + 0.0;
    return NULL;
}

static void insert_point(char text[FLC_NUMBER_TEXT])
{
    char *exponent = strchr(text, 'e');
    if (!exponent || strchr(text, '.'))
        return;
    memmove(exponent + 2, exponent, strlen(exponent) + 1);
    memcpy(exponent, ".0", 2);
}

const char *flc_number_print(char text[FLC_NUMBER_TEXT], double value)
{
    flc_plain_locale locale = flc_plain_locale_begin();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, FLC_NUMBER_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    flc_plain_locale_end(locale);
    insert_point(text);
    return text;
}
