#include "base/domain.h"

#include <float.h>
#include <stdio.h>

#include "base/number.h"

/* Beyond every whole number of 64 bits a double cannot be other than whole. */
static bool is_whole(double value)
{
    return value < -9.0e15 || value > 9.0e15 || (double)(long long)value == value;
}

bool flc_domain_contains(flc_domain domain, double value)
{
    bool above = domain.low_open ? value > domain.low : value >= domain.low;
    bool below = domain.high_open ? value < domain.high : value <= domain.high;
    bool finite = value >= -DBL_MAX && value <= DBL_MAX;
    return finite && above && below && (!domain.whole || is_whole(value));
}

const char *flc_domain_show(char text[FLC_DOMAIN_TEXT], flc_domain domain)
{
    const char *kind = domain.whole ? "a whole number " : "";
    char low[FLC_NUMBER_TEXT], high[FLC_NUMBER_TEXT];
    flc_number_print(low, domain.low);
    flc_number_print(high, domain.high);
    bool bounded_below = domain.low > -DBL_MAX, bounded_above = domain.high < DBL_MAX;
    if (domain.low == domain.high)
        snprintf(text, FLC_DOMAIN_TEXT, "%s", low);
    else if (bounded_below && bounded_above)
        snprintf(text, FLC_DOMAIN_TEXT, "%sin %c%s, %s%c", kind, domain.low_open ? '(' : '[', low,
                 high, domain.high_open ? ')' : ']');
    else if (bounded_below)
        snprintf(text, FLC_DOMAIN_TEXT, "%s%s %s", kind, domain.low_open ? ">" : ">=", low);
    else if (bounded_above)
        snprintf(text, FLC_DOMAIN_TEXT, "%s%s %s", kind, domain.high_open ? "<" : "<=", high);
    else
        snprintf(text, FLC_DOMAIN_TEXT, "%s", domain.whole ? "a whole number" : "a number");
    return text;
}
