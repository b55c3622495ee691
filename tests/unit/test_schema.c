/* Laws of study/schema.h. `test_schema print` prints the schema of the table with every kind of
 * option, which tests/studies/test_schema.py checks as JSON and tries on studies. */
#include <stdio.h>
#include <string.h>

#include "distribution/distribution.h"
#include "study/reference.h"
#include "study/schema.h"
#include "support/assertions.h"
#include "support/every_kind.h"

static char *schema(void)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, NULL);
    assert_int_equal(flc_schema_print(&buffer, &every_kind_section), FLC_OK);
    return buffer.text;
}

static char *reference(void)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, NULL);
    assert_int_equal(flc_reference_print(&buffer, &every_kind_section), FLC_OK);
    return buffer.text;
}

static void contains(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("'%s' is not in\n%s", expected, text);
}

static void every_key_and_family_is_in_the_schema(void **state)
{
    (void)state;
    char *text = schema(), quoted[64];
    for (size_t i = 0; i < every_kind_section.option_count; i++) {
        snprintf(quoted, sizeof quoted, "\"%s\": {", every_kind_section.options[i].key);
        contains(text, quoted);
    }
    for (size_t i = 0; i < flc_family_count(); i++) {
        snprintf(quoted, sizeof quoted, "\"%s\": {", flc_families[i]->key);
        contains(text, quoted);
    }
    contains(
        text,
        "\"description\": \"What award means, in \\\"quotes\\\". Unit: USD million per year.\"");
    contains(text, "If absent: as the model says.");
    flc_free(text);
}

static void every_key_and_family_is_on_the_reference_page(void **state)
{
    (void)state;
    char *text = reference(), row[64];
    for (size_t i = 0; i < every_kind_section.option_count; i++) {
        snprintf(row, sizeof row, "\n| `%s` | ", every_kind_section.options[i].key);
        contains(text, row);
    }
    for (size_t i = 0; i < flc_family_count(); i++) {
        snprintf(row, sizeof row, "\n| `%s` | ", flc_families[i]->key);
        contains(text, row);
    }
    contains(text, "| `share` | quantity in [0, 1] |  | 0.25 | A share. |\n");
    contains(text, "| `required` | quantity |  | **required** | A number: any. |\n");
    contains(text,
             "| `derived` | quantity in (-1, 1) |  | as the model says | A derived number. |\n");
    contains(text, "| `years` | integer in [1, 64] | years | 15 | How long. |\n");
    contains(text,
             "| `mode` | one of `award`, `share`, `third_way` | USD million per year | `share` |");
    contains(text, "\n## `map/<name>`\n\nA section below.\n");
    contains(text, "\n## `list/<number>`\n");
    flc_free(text);
}

static void every_failed_allocation_is_an_error_and_no_leak(void **state)
{
    (void)state;
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status != FLC_OK; n++) {
        flc_buffer buffer;
        flc_error error;
        flc_buffer_init(&buffer, &error);
        flc_memory_fail_after(n);
        status = flc_schema_print(&buffer, &every_kind_section);
        if (!status)
            status = flc_reference_print(&buffer, &every_kind_section);
        flc_memory_fail_after(0);
        flc_buffer_clear(&buffer);
        assert_true(status == FLC_OK || status == FLC_ERROR_MEMORY);
        assert_true(n < 100);
    }
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "print") == 0) {
        char *text = schema();
        fputs(text, stdout);
        flc_free(text);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_and_family_is_in_the_schema),
        cmocka_unit_test(every_key_and_family_is_on_the_reference_page),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
