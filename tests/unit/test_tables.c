/* The tables the engine really has: every key of a study, family of distributions, output and
 * command-line option says what it is, in which unit, and what is allowed. */
#include <math.h>
#include <string.h>

#include "base/domain.h"
#include "distribution/distribution.h"
#include "model/accounts.h"
#include "study/inputs.h"
#include "support/assertions.h"

static void is_sentence(const char *text, const char *of)
{
    if (!text || strlen(text) < 8 || !strchr(".?", text[strlen(text) - 1]))
        fail_msg("%s: '%s' is not a sentence", of, text ? text : "");
}

/* What stands beside a number, at an axis or in a list: no full stop. */
static void is_phrase(const char *text, const char *of)
{
    if (!text || strlen(text) < 8 || text[strlen(text) - 1] == '.')
        fail_msg("%s: '%s' is not a phrase", of, text ? text : "");
}

static void is_key(const char *key)
{
    if (!key || !*key || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key))
        fail_msg("'%s' is not a key of small letters, digits and _", key ? key : "");
}

static bool is_number(const flc_option *option)
{
    return option->kind == FLC_OPTION_QUANTITY || option->kind == FLC_OPTION_BY_AGE ||
           option->kind == FLC_OPTION_BY_YEAR || option->kind == FLC_OPTION_INTEGER;
}

static bool has_section(const flc_option *option)
{
    return option->kind == FLC_OPTION_SECTION || option->kind == FLC_OPTION_MAP ||
           option->kind == FLC_OPTION_LIST;
}

typedef void (*option_law)(const flc_section *section, const flc_option *option);

/* Apply a law to every option of a section and of all sections in it; how many there were. */
static size_t every_option(const flc_section *section, option_law law)
{
    size_t count = section->option_count;
    for (size_t i = 0; i < section->option_count; i++) {
        const flc_option *option = &section->options[i];
        law(section, option);
        if (has_section(option))
            count += every_option(option->section, law);
    }
    return count;
}

static void described(const flc_section *section, const flc_option *option)
{
    is_key(option->key);
    is_sentence(option->description, option->key);
    is_sentence(section->description, section->title);
    if (option->presence == FLC_DERIVED && (!option->fallback_text || !*option->fallback_text))
        fail_msg("%s %s: what holds where it is absent?", section->title, option->key);
}

static void measured(const flc_section *section, const flc_option *option)
{
    bool plain = option->kind == FLC_OPTION_INTEGER && option->domain.low == option->domain.high;
    if (is_number(option) && !plain && (!option->unit || !*option->unit))
        fail_msg("%s %s has no unit", section->title, option->key);
    if (!is_number(option) && option->unit)
        fail_msg("%s %s is not a number and has a unit", section->title, option->key);
}

static size_t choices_of(const flc_option *option)
{
    size_t count = 0;
    while (option->choices && option->choices[count])
        is_key(option->choices[count++]);
    return count;
}

static void within_its_domain(const flc_section *section, const flc_option *option)
{
    if (!(option->domain.low <= option->domain.high))
        fail_msg("%s %s: an empty domain", section->title, option->key);
    if (option->kind == FLC_OPTION_INTEGER && !option->domain.whole)
        fail_msg("%s %s: an integer whose domain is not of whole numbers", section->title,
                 option->key);
    if (option->presence != FLC_DEFAULT)
        return;
    if (is_number(option) && !flc_domain_contains(option->domain, option->fallback))
        fail_msg("%s %s: the default %g is outside the domain", section->title, option->key,
                 option->fallback);
    if (option->kind == FLC_OPTION_CHOICE &&
        !(option->fallback >= 0.0 && option->fallback < (double)choices_of(option)))
        fail_msg("%s %s: the default is not a choice", section->title, option->key);
    if (option->kind == FLC_OPTION_BOOLEAN && option->fallback != 0.0 && option->fallback != 1.0)
        fail_msg("%s %s: the default is neither true nor false", section->title, option->key);
}

static void whole(const flc_section *section, const flc_option *option)
{
    static const char *const commons[] = {"name", "name_zh", "source", "note", "unit"};
    if ((option->kind == FLC_OPTION_CHOICE) != (choices_of(option) > 1))
        fail_msg("%s %s: choices are for choices", section->title, option->key);
    if (has_section(option) != (option->section != NULL))
        fail_msg("%s %s: a section is for sections", section->title, option->key);
    if (option->offset < sizeof(flc_section_info) || option->offset >= section->size)
        fail_msg("%s %s lies outside the struct", section->title, option->key);
    for (size_t i = 0; i < sizeof commons / sizeof *commons; i++)
        if (strcmp(option->key, commons[i]) == 0)
            fail_msg("%s %s: every section has this key", section->title, option->key);
}

static void single(const flc_section *section, const flc_option *option)
{
    for (const flc_option *other = section->options; other < option; other++) {
        if (strcmp(other->key, option->key) == 0)
            fail_msg("%s %s stands twice", section->title, option->key);
        if (other->offset == option->offset)
            fail_msg("%s: %s and %s fill the same member", section->title, other->key, option->key);
    }
}

static void every_key_of_a_study_is_described(void **state)
{
    (void)state;
    assert_true(every_option(&flc_study_section, described) > 100);
}

static void every_number_has_a_unit(void **state)
{
    (void)state;
    every_option(&flc_study_section, measured);
}

static void every_default_lies_in_its_domain(void **state)
{
    (void)state;
    every_option(&flc_study_section, within_its_domain);
}

static void every_option_fits_its_kind_and_struct(void **state)
{
    (void)state;
    every_option(&flc_study_section, whole);
}

static void no_key_and_no_member_stands_twice(void **state)
{
    (void)state;
    every_option(&flc_study_section, single);
}

static void are_labels(const struct flc_label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        is_key(labels[i].name);
        assert_true(labels[i].unit && *labels[i].unit);
        is_phrase(labels[i].sentence, labels[i].name);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(labels[i].name, labels[k].name);
    }
}

static void every_output_has_a_unit_and_a_phrase(void **state)
{
    (void)state;
    are_labels(flc_account_labels, FLC_ACCOUNTS_PUBLIC);
    are_labels(flc_horizon_labels, FLC_HORIZON_COUNT);
    are_labels(flc_ledger_labels, FLC_LEDGER_COUNT);
}

static void every_family_and_parameter_is_described(void **state)
{
    (void)state;
    assert_true(flc_family_count() >= 14);
    for (size_t i = 0; i < flc_family_count(); i++) {
        const flc_family *family = flc_families[i];
        is_key(family->key);
        is_phrase(family->description, family->key);
        assert_ptr_equal(flc_family_find(family->key), family);
        assert_true(family->parameter_count > 0);
        for (size_t k = 0; k < family->parameter_count; k++) {
            is_key(family->parameters[k].key);
            is_phrase(family->parameters[k].description, family->parameters[k].key);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_a_study_is_described),
        cmocka_unit_test(every_number_has_a_unit),
        cmocka_unit_test(every_default_lies_in_its_domain),
        cmocka_unit_test(every_option_fits_its_kind_and_struct),
        cmocka_unit_test(no_key_and_no_member_stands_twice),
        cmocka_unit_test(every_output_has_a_unit_and_a_phrase),
        cmocka_unit_test(every_family_and_parameter_is_described),
    };
    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
