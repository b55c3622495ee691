/* clang-format off */
/* Tables of the keys a study may have.
 *
 * Each module of the model declares the keys of its section once, in a constant table; the same
 * table reads the section, checks bounds, suggests spellings, prints the resolved study, makes the
 * JSON Schema and the reference page, and names units in result files. So a default or a bound
 * stands in one place.
 *
 * A section fills a struct whose first member is an flc_section_info; each option names the offset
 * of its own member. What an option fills, by kind:
 *
 *   kind                   member          in the study
 *   FLC_OPTION_QUANTITY    flc_quantity    a number or a distribution
 *   FLC_OPTION_BY_AGE      flc_schedule    a quantity, or a list of them by age (the last holds on)
 *   FLC_OPTION_BY_YEAR     flc_schedule    a map of quantities by fiscal year (`scalar_too`: or one)
 *   FLC_OPTION_INTEGER     int64_t         a whole number
 *   FLC_OPTION_BOOLEAN     bool            true or false
 *   FLC_OPTION_CHOICE      int64_t         one of `choices`, as its place in the list
 *   FLC_OPTION_TEXT        const char *    a text
 *   FLC_OPTION_TEXT_LIST   flc_texts       a list of texts (`scalar_too`: or one)
 *   FLC_OPTION_TEXT_MAP    flc_texts       a map from free keys to texts
 *   FLC_OPTION_SECTION     the struct      a mapping described by `section` (`scalar_too`: or its
 *                                          first option, a text)
 *   FLC_OPTION_MAP         flc_items       a mapping from free keys ([A-Za-z0-9_-]+) to `section`
 *   FLC_OPTION_LIST        flc_items       a list of `section`
 *
 * An absent FLC_OPTION_SECTION is read as if it were an empty mapping, with info.given false (but
 * see FLC_DERIVED; and its own required keys are asked for only where the section is given). A
 * schedule with a default has one entry at 0; so has a schedule by year given as one quantity.
 *
 * Every section also takes the texts `name`, `name_zh`, `source`, `note` and `unit`; they go to its
 * flc_section_info. A quantity written as a mapping takes `source`, `unit` and `note` beside its
 * family.
 */
/* clang-format on */
#ifndef FLC_BASE_OPTIONS_H
#define FLC_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in an input file; lines and columns count from 1, line 0 is "no place" (a default). */
typedef struct flc_mark {
    const char *file;
    uint32_t line, column;
} flc_mark;

/* What values are allowed: an interval, ends included unless open; `whole` numbers only. */
typedef struct flc_domain {
    double low, high;
    bool low_open, high_open, whole;
} flc_domain;

/* A number or a distribution of the study: a row in the table of values
 * (distribution/quantities.h). */
enum { FLC_NO_ROW = UINT32_MAX };
typedef struct flc_quantity {
    uint32_t row; /* FLC_NO_ROW: not given and without default */
} flc_quantity;

/* Quantities by age (at[i] = i) or by fiscal year (at[] ascending). count 0: not given. */
typedef struct flc_schedule {
    size_t count;
    const int64_t *at;
    const flc_quantity *value;
} flc_schedule;

/* Texts of a list (key[i] NULL) or of a map. */
typedef struct flc_texts {
    size_t count;
    const char *const *key;
    const char *const *text;
} flc_texts;

/* `count` structs of the section's size, one after the other, in the order of the study. */
typedef struct flc_items {
    size_t count;
    void *items;
} flc_items;

/* First member of every struct that a section fills. Texts are NULL where not given. */
typedef struct flc_section_info {
    bool given;       /* the study has this section (else all its members hold defaults) */
    flc_mark mark;    /* where it begins; of one not given, where the section around it does */
    const char *path; /* keys joined by '/': programs/MEP/match */
    const char *key;  /* the last of them; of a list item its number from 0 */
    const char *name, *name_zh, *source, *note, *unit;
} flc_section_info;

typedef enum flc_option_kind {
    FLC_OPTION_QUANTITY,
    FLC_OPTION_BY_AGE,
    FLC_OPTION_BY_YEAR,
    FLC_OPTION_INTEGER,
    FLC_OPTION_BOOLEAN,
    FLC_OPTION_CHOICE,
    FLC_OPTION_TEXT,
    FLC_OPTION_TEXT_LIST,
    FLC_OPTION_TEXT_MAP,
    FLC_OPTION_SECTION,
    FLC_OPTION_MAP,
    FLC_OPTION_LIST
} flc_option_kind;

/* What stands for an absent key. */
typedef enum flc_presence {
    FLC_DEFAULT,  /* `fallback` (a quantity, integer, boolean, choice); empty text, list, map,
                     section */
    FLC_REQUIRED, /* an error */
    FLC_DERIVED   /* left as not given (FLC_NO_ROW, count 0); the model fills it, as `fallback_text`
                     says. A section left so has info.given false, its quantities are FLC_NO_ROW, its
                     own required keys are not asked for */
} flc_presence;

struct flc_section;

typedef struct flc_option {
    const char *key;
    flc_option_kind kind;
    size_t offset; /* of the member in the section's struct */
    flc_presence presence;
    double fallback;
    const char *fallback_text;  /* for FLC_DERIVED: one phrase for the reference page */
    flc_domain domain;          /* numbers: of each quantity or integer */
    bool scalar_too;            /* FLC_OPTION_BY_YEAR, FLC_OPTION_TEXT_LIST, FLC_OPTION_SECTION */
    const char *unit;           /* "1", "USD million", "years", "probability per year", ... */
    const char *const *choices; /* NULL-terminated */
    const struct flc_section *section;
    const char *description; /* one sentence */
} flc_option;

typedef struct flc_section {
    const char *title; /* "match source" */
    size_t size;       /* of the struct */
    const flc_option *options;
    size_t option_count;
    const char *description;
} flc_section;

#define FLC_SECTION(name, type, title_text, table, text)                                           \
    const flc_section name = {title_text, sizeof(type), table, sizeof(table) / sizeof((table)[0]), \
                              text}

/* Domains of MODEL section 12. */
#define FLC_ANY_NUMBER                                                                             \
    {                                                                                              \
        -1.7976931348623157e308, 1.7976931348623157e308, false, false, false                       \
    }
#define FLC_SHARE                                                                                  \
    {                                                                                              \
        0.0, 1.0, false, false, false                                                              \
    }
#define FLC_SHARE_BELOW_ONE                                                                        \
    {                                                                                              \
        0.0, 1.0, false, true, false                                                               \
    }
#define FLC_NOT_NEGATIVE                                                                           \
    {                                                                                              \
        0.0, 1.7976931348623157e308, false, false, false                                           \
    }
#define FLC_POSITIVE                                                                               \
    {                                                                                              \
        0.0, 1.7976931348623157e308, true, false, false                                            \
    }
#define FLC_AT_LEAST_ONE                                                                           \
    {                                                                                              \
        1.0, 1.7976931348623157e308, false, false, false                                           \
    }
#define FLC_WHOLE_AT_LEAST_ONE                                                                     \
    {                                                                                              \
        1.0, 1.7976931348623157e308, false, false, true                                            \
    }
#define FLC_ABOVE_MINUS_ONE                                                                        \
    {                                                                                              \
        -1.0, 1.7976931348623157e308, true, false, false                                           \
    }
#define FLC_AT_MOST_ONE                                                                            \
    {                                                                                              \
        -1.7976931348623157e308, 1.0, false, false, false                                          \
    }
#define FLC_PERSISTENCE                                                                            \
    {                                                                                              \
        -1.0, 1.0, true, true, false                                                               \
    }

#endif
