/* Distributions from one line of text: "KEY=VALUE[,VALUE...] ...". */
#ifndef TESTS_SUPPORT_FAMILIES_H
#define TESTS_SUPPORT_FAMILIES_H

#include "distribution/distribution.h"

/* FLC_ERROR_USAGE where the family or a key is unknown: a mistake in the test. */
flc_status make_distribution(flc_distribution **distribution, const char *family,
                             const char *arguments, flc_error *error);
/* The same, failing the test on an error. */
flc_distribution *must_make(const char *family, const char *arguments);

#endif
