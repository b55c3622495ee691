/* The C locale for this thread, while numbers are read or written as text: a program that embeds
 * the library may have chosen one that writes 0,5. Other threads are not touched. */
#ifndef FLC_BASE_PLAIN_LOCALE_H
#define FLC_BASE_PLAIN_LOCALE_H

#include <locale.h>

typedef struct flc_plain_locale {
    locale_t plain, before;
} flc_plain_locale;

flc_plain_locale flc_plain_locale_begin(void);
void flc_plain_locale_end(flc_plain_locale locale);

#endif
