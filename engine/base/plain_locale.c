#include "base/plain_locale.h"

flc_plain_locale flc_plain_locale_begin(void)
{
    flc_plain_locale locale = {.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    locale.before = uselocale(locale.plain);
    return locale;
}

void flc_plain_locale_end(flc_plain_locale locale)
{
    uselocale(locale.before);
    if (locale.plain)
        freelocale(locale.plain);
}
