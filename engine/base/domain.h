/* Domains of numbers (base/options.h): the test, and the words for it. */
#ifndef FLC_BASE_DOMAIN_H
#define FLC_BASE_DOMAIN_H

#include "base/options.h"

/* Whether `value` lies in `domain`; NaN and the infinities never do. */
bool flc_domain_contains(flc_domain domain, double value);

/* "in [0, 1]", "> 0", "a whole number >= 1", "a number", "1": what follows "must be ". */
enum { FLC_DOMAIN_TEXT = 96 };
const char *flc_domain_show(char text[FLC_DOMAIN_TEXT], flc_domain domain);

#endif
