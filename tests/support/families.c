#include "support/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

enum { MOST_PARAMETERS = 8, MOST_VALUES = 64 };

static size_t find_parameter(const flc_family *family, const char *key, size_t length)
{
    size_t i = 0;
    while (i < family->parameter_count && (strlen(family->parameters[i].key) != length ||
                                           memcmp(family->parameters[i].key, key, length) != 0))
        i++;
    return i;
}

flc_status make_distribution(flc_distribution **distribution, const char *family_key,
                             const char *text, flc_error *error)
{
    double values[MOST_PARAMETERS][MOST_VALUES];
    flc_argument arguments[MOST_PARAMETERS] = {{0}};
    const flc_family *family = flc_family_find(family_key);
    if (!family)
        return flc_error_set(error, FLC_ERROR_USAGE, "no family %s", family_key);
    while (*text) {
        const size_t length = strcspn(text, "=");
        const size_t i = find_parameter(family, text, length);
        if (i == family->parameter_count)
            return flc_error_set(error, FLC_ERROR_USAGE, "no parameter %s", text);
        size_t count = 0;
        char *end = NULL;
        for (text += length + 1; count < MOST_VALUES; text = end + 1) {
            values[i][count++] = strtod(text, &end);
            if (*end != ',')
                break;
        }
        arguments[i] = (flc_argument){values[i], count};
        text = end + strspn(end, " ");
    }
    return family->create(distribution, arguments, error);
}

flc_distribution *must_make(const char *family, const char *arguments)
{
    flc_distribution *distribution = NULL;
    flc_error error = {0};
    if (make_distribution(&distribution, family, arguments, &error) != FLC_OK)
        fail_msg("%s %s: %s", family, arguments, error.text);
    return distribution;
}
