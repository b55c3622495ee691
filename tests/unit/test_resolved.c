/* Laws of study/resolved.h: reading back what was printed gives the same struct and the same text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/inputs.h"
#include "study/resolved.h"
#include "support/assertions.h"
#include "support/every_kind.h"

struct pair {
    const struct kit *a, *b;
};

static void same_text(const char *a, const char *b, const char *path)
{
    if (!a != !b || (a && strcmp(a, b) != 0))
        fail_msg("%s: '%s' and '%s'", path, a ? a : "(none)", b ? b : "(none)");
}

static void same_quantity(struct pair pair, flc_quantity a, flc_quantity b, const char *path)
{
    const flc_quantities *first = pair.a->reader.quantities, *second = pair.b->reader.quantities;
    if (a.row == FLC_NO_ROW || b.row == FLC_NO_ROW) {
        assert_int_equal(a.row, b.row);
        return;
    }
    bool sampled = flc_quantities_is_sampled(first, a.row);
    assert_int_equal(sampled, flc_quantities_is_sampled(second, b.row));
    if (!sampled) {
        ASSERT_SAME_BITS(flc_quantities_value(first, a.row), flc_quantities_value(second, b.row));
        return;
    }
    const char *name = flc_quantities_path(first, a.row);
    same_text(name, flc_quantities_path(second, b.row), path);
    const flc_origin *one = flc_provenance_find(pair.a->reader.provenance, name);
    const flc_origin *other = flc_provenance_find(pair.b->reader.provenance, name);
    assert_true(one && other);
    same_text(one->distribution, other->distribution, name);
    same_text(one->source, other->source, name);
    same_text(one->unit, other->unit, name);
    same_text(one->note, other->note, name);
}

static void same_schedule(struct pair pair, const flc_schedule *a, const flc_schedule *b,
                          const char *path)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->at[i], b->at[i]);
        same_quantity(pair, a->value[i], b->value[i], path);
    }
}

static void same_texts(const flc_texts *a, const flc_texts *b, const char *path)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        same_text(a->key[i], b->key[i], path);
        same_text(a->text[i], b->text[i], path);
    }
}

static void same_section(struct pair pair, const void *a, const void *b,
                         const flc_section *section);

static void same_option(struct pair pair, const void *a, const void *b, const flc_option *option,
                        const char *path)
{
    const flc_items *first = a, *second = b;
    switch (option->kind) {
    case FLC_OPTION_QUANTITY:
        same_quantity(pair, *(const flc_quantity *)a, *(const flc_quantity *)b, path);
        break;
    case FLC_OPTION_BY_AGE:
    case FLC_OPTION_BY_YEAR:
        same_schedule(pair, a, b, path);
        break;
    case FLC_OPTION_INTEGER:
    case FLC_OPTION_CHOICE:
        assert_int_equal(*(const int64_t *)a, *(const int64_t *)b);
        break;
    case FLC_OPTION_BOOLEAN:
        assert_int_equal(*(const bool *)a, *(const bool *)b);
        break;
    case FLC_OPTION_TEXT:
        same_text(*(const char *const *)a, *(const char *const *)b, path);
        break;
    case FLC_OPTION_TEXT_LIST:
    case FLC_OPTION_TEXT_MAP:
        same_texts(a, b, path);
        break;
    case FLC_OPTION_SECTION:
        same_section(pair, a, b, option->section);
        break;
    case FLC_OPTION_MAP:
    case FLC_OPTION_LIST:
        assert_int_equal(first->count, second->count);
        for (size_t i = 0; i < first->count; i++)
            same_section(pair, (const char *)first->items + i * option->section->size,
                         (const char *)second->items + i * option->section->size, option->section);
        break;
    }
}

static void same_section(struct pair pair, const void *a, const void *b, const flc_section *section)
{
    const flc_section_info *first = a, *second = b;
    assert_int_equal(first->given, second->given);
    same_text(first->path, second->path, first->path);
    same_text(first->key, second->key, first->path);
    same_text(first->name, second->name, first->path);
    same_text(first->name_zh, second->name_zh, first->path);
    same_text(first->source, second->source, first->path);
    same_text(first->note, second->note, first->path);
    same_text(first->unit, second->unit, first->path);
    for (size_t i = 0; i < section->option_count; i++)
        same_option(pair, (const char *)a + section->options[i].offset,
                    (const char *)b + section->options[i].offset, &section->options[i],
                    first->path);
}

static char *print(const struct kit *kit, const flc_section *section, flc_resolved_form form)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, NULL);
    assert_int_equal(flc_resolved_print(&buffer, kit->filled, section, kit->reader.quantities,
                                        kit->reader.provenance, form),
                     FLC_OK);
    assert_non_null(buffer.text);
    return buffer.text;
}

/* Read, print, read, print: the same struct and the same text, in both forms. The text is returned.
 */
static char *round_trip(const flc_section *section, const char *text)
{
    struct kit first, second, third;
    if (kit_read(&first, section, text))
        fail_msg("%s", first.error.text);
    char *printed = print(&first, section, FLC_RESOLVED_CANONICAL);
    if (kit_read(&second, section, printed))
        fail_msg("%s\n%s", second.error.text, printed);
    same_section((struct pair){&first, &second}, first.filled, second.filled, section);
    char *again = print(&second, section, FLC_RESOLVED_CANONICAL);
    assert_string_equal(printed, again);
    char *commented = print(&first, section, FLC_RESOLVED_COMMENTED);
    if (kit_read(&third, section, commented))
        fail_msg("%s\n%s", third.error.text, commented);
    same_section((struct pair){&first, &third}, first.filled, third.filled, section);
    kit_free(&first);
    kit_free(&second);
    kit_free(&third);
    flc_free(again);
    flc_free(commented);
    return printed;
}

static void prints(const char *text, const char *expected)
{
    char *printed = round_trip(&every_kind_section, text);
    assert_string_equal(printed, expected);
    flc_free(printed);
}

static void contains(const char *text, const char *expected)
{
    char *printed = round_trip(&every_kind_section, text);
    if (!strstr(printed, expected))
        fail_msg("'%s' is not in\n%s", expected, printed);
    flc_free(printed);
}

static void defaults_are_written_out(void **state)
{
    (void)state;
    prints("required: 0.1\n", "share: 0.25\nrequired: 0.1\nwhole: 1\npositive: 2\naward: 3\n"
                              "hazard: 0.5\nyears: 15\nmode: share\nindexed: true\n");
}

static void every_kind_is_printed_in_the_order_of_the_table(void **state)
{
    (void)state;
    prints(
        "list:\n- {ratio: 1}\n- ratio: 2\n  source: x\n"
        "map:\n  z-1: {ratio: 1}\n  a: {ratio: {uniform: {min: 0, max: 1}}, count: 3}\n"
        "blank: {ratio: 0}\nsection: {ratio: 2, name: inner}\n"
        "labels: {k: v, j: 'w: 1'}\npair: [a/b, c/d]\n"
        "title: 'x: y'\nindexed: false\nmode: third_way\nyears: 10\n"
        "plan: {2026: 200, 2025: 175}\nhazard: {2030: {uniform: {max: 1, min: 0.5}}, 2026: 0.25}\n"
        "optional_award: [5]\naward: [1, {uniform: {min: 2, max: 3}}, 3]\n"
        "positive: 1e-3\nwhole: 3\nderived: -0.5\n"
        "required: {pert: {max: 3, min: 1, mode: 2}, source: B}\n"
        "share: {fixed: 0.5, note: rounded, source: \"A, p. 3\", unit: USD}\n"
        "unit: u\nnote: n\nsource: here\nname_zh: \xE6\x9C\xBA\xE6\x9E\x84\nname: Everything\n",
        "name: Everything\nname_zh: \"\xE6\x9C\xBA\xE6\x9E\x84\"\nsource: here\nnote: \"n\"\nunit: "
        "u\n"
        "share: {fixed: 0.5, source: \"A, p. 3\", unit: USD, note: rounded}\n"
        "required: {pert: {min: 1, mode: 2, max: 3}, source: B}\n"
        "derived: -0.5\nwhole: 3\npositive: 0.001\n"
        "award:\n  - 1\n  - {uniform: {min: 2, max: 3}}\n  - 3\noptional_award: [5]\n"
        "hazard:\n  2026: 0.25\n  2030: {uniform: {min: 0.5, max: 1}}\n"
        "plan: {2025: 175, 2026: 200}\n"
        "years: 10\nmode: third_way\nindexed: false\ntitle: \"x: y\"\n"
        "pair: [a/b, c/d]\nlabels:\n  k: v\n  j: \"w: 1\"\n"
        "section:\n  name: inner\n  ratio: 2\n  share: 1\n  count: 7\n"
        "blank:\n  ratio: 0\n  share: 1\n  count: 7\n"
        "map:\n  z-1:\n    ratio: 1\n    share: 1\n    count: 7\n"
        "  a:\n    ratio: {uniform: {min: 0, max: 1}}\n    share: 1\n    count: 3\n"
        "list:\n  - ratio: 1\n    share: 1\n    count: 7\n"
        "  - source: x\n    ratio: 2\n    share: 1\n    count: 7\n");
}

static void the_form_a_schedule_is_written_in_is_kept(void **state)
{
    (void)state;
    contains("required: 1\naward: {uniform: {min: 2, max: 3}}\n",
             "\naward: {uniform: {min: 2, max: 3}}\n");
    contains("required: 1\naward: [{uniform: {min: 2, max: 3}}]\n",
             "\naward:\n  - {uniform: {min: 2, max: 3}}\n");
    contains("required: 1\naward: [4]\n", "\naward: [4]\n");
    contains("required: 1\nhazard: {uniform: {min: 2, max: 3}}\n",
             "\nhazard: {uniform: {min: 2, max: 3}}\n");
    contains("required: 1\nplan: {2025: {fixed: 3, source: x}}\n",
             "\nplan:\n  2025: {fixed: 3, source: x}\n");
}

static void numbers_keep_their_bits(void **state)
{
    (void)state;
    contains("required: 0.30000000000000004\n", "required: 0.30000000000000004\n");
    contains("required: 0.3333333333333333\n", "required: 0.3333333333333333\n");
    contains("required: 1e20\n", "required: 1.0e+20\n");
    contains("required: 1.7976931348623157e308\n", "required: 1.7976931348623157e+308\n");
    contains("required: 5e-324\n", "required: 4.94065645841247e-324\n");
    contains("required: -0\n", "required: 0\n");
    uint64_t state_of = 88172645463325252u;
    for (int i = 0; i < 2000; i++) {
        state_of ^= state_of << 13;
        state_of ^= state_of >> 7;
        state_of ^= state_of << 17;
        double number;
        memcpy(&number, &state_of, sizeof number);
        if (!(number > -1e308 && number < 1e308))
            continue;
        char text[64];
        snprintf(text, sizeof text, "required: %.17g\n", number);
        struct kit kit;
        assert_int_equal(kit_read(&kit, &every_kind_section, text), FLC_OK);
        char *printed = print(&kit, &every_kind_section, FLC_RESOLVED_CANONICAL);
        ASSERT_SAME_BITS(strtod(strstr(printed, "required: ") + 10, NULL), number);
        flc_free(printed);
        kit_free(&kit);
    }
}

static void texts_survive_whatever_is_in_them(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain",
                                        "two words",
                                        "yes",
                                        "No",
                                        "null",
                                        "~",
                                        "5",
                                        "1e5",
                                        "- a",
                                        "a: b",
                                        "a #b",
                                        "#a",
                                        "{a}",
                                        "[a]",
                                        "*a",
                                        "&a",
                                        "!a",
                                        "|",
                                        ">",
                                        "%a",
                                        "@a",
                                        "`a",
                                        "'a'",
                                        "\\\"a\\\"",
                                        "a\\\\b",
                                        "a\\nb",
                                        "a\\tb",
                                        " a ",
                                        "a\\u0085b",
                                        "a\\u2028b",
                                        "?",
                                        "",
                                        "\xE5\x88\xB6\xE9\x80\xA0\xE4\xB8\x9A",
                                        "caf\xC3\xA9",
                                        "\xF0\x9F\x8F\xAD",
                                        "a\\uFEFFb",
                                        "=",
                                        "<<"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "required: {fixed: 1, source: \"%s\"}\nname: \"%s\"\ntitle: \"%s\"\n"
                 "pair: [\"%s\", b]\nlabels: {k: \"%s\"}\n",
                 texts[i], texts[i], texts[i], texts[i], texts[i]);
        flc_free(round_trip(&every_kind_section, text));
    }
    contains("required: 1\ntitle: \"a\\nb\\tc\\\\d\\\"\"\n", "title: \"a\\nb\\tc\\\\d\\\"\"\n");
    contains("required: 1\nmap: {null: {ratio: 1}, 12: {ratio: 1}, -a: {ratio: 1}}\n",
             "\n  \"null\":\n");
}

static void sections_without_content_are_kept(void **state)
{
    (void)state;
    struct empty {
        flc_section_info info;
        flc_quantity derived;
    };
    static const flc_option inner[] = {FLC_QUANTITY_DERIVED("derived", struct empty, derived, "so",
                                                            FLC_ANY_NUMBER, "1", "Derived.")};
    static const flc_section inner_section = {"empty", sizeof(struct empty), inner, 1, "Empty."};
    struct outer {
        flc_section_info info;
        struct empty section;
        flc_items list;
    };
    static const flc_option outer[] = {
        FLC_SUBSECTION("section", struct outer, section, inner_section, "Below."),
        {"list", FLC_OPTION_LIST, offsetof(struct outer, list), FLC_DEFAULT, 0.0, NULL,
         FLC_ANY_NUMBER, false, NULL, NULL, &inner_section, "Several."}};
    static const flc_section outer_section = {"outer", sizeof(struct outer), outer, 2, "Outer."};
    char *printed = round_trip(&outer_section, "section: {}\nlist: [{}, {derived: 1}]\n");
    assert_string_equal(printed, "section: {}\nlist:\n  - {}\n  - derived: 1\n");
    flc_free(printed);
}

static void comments_tell_default_derived_and_unit(void **state)
{
    (void)state;
    struct kit kit;
    assert_int_equal(kit_read(&kit, &every_kind_section, "required: 1\nwhole: 2\n"), FLC_OK);
    struct every_kind *read = kit.filled;
    assert_int_equal(
        flc_quantities_constant(kit.reader.quantities, &read->derived, 0.5, &kit.error), FLC_OK);
    char *printed = print(&kit, &every_kind_section, FLC_RESOLVED_COMMENTED);
    assert_string_equal(printed, "share: 0.25  # default\nrequired: 1\nderived: 0.5  # derived\n"
                                 "whole: 2  # years\npositive: 2  # years, default\n"
                                 "award: 3  # USD million per year, default\n"
                                 "hazard: 0.5  # USD million per year, default\n"
                                 "years: 15  # years, default\n"
                                 "mode: share  # USD million per year, default\n"
                                 "indexed: true  # USD million per year, default\n");
    flc_free(printed);
    kit_free(&kit);
}

static void a_derived_share_in_another_row_is_left_out(void **state)
{
    (void)state;
    struct kit kit;
    assert_int_equal(kit_read(&kit, &every_kind_section, "required: {uniform: {min: 0, max: 1}}\n"),
                     FLC_OK);
    struct every_kind *read = kit.filled;
    read->derived = read->required;
    char *printed = print(&kit, &every_kind_section, FLC_RESOLVED_CANONICAL);
    assert_null(strstr(printed, "derived"));
    flc_free(printed);
    kit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_written_out),
        cmocka_unit_test(every_kind_is_printed_in_the_order_of_the_table),
        cmocka_unit_test(the_form_a_schedule_is_written_in_is_kept),
        cmocka_unit_test(numbers_keep_their_bits),
        cmocka_unit_test(texts_survive_whatever_is_in_them),
        cmocka_unit_test(sections_without_content_are_kept),
        cmocka_unit_test(comments_tell_default_derived_and_unit),
        cmocka_unit_test(a_derived_share_in_another_row_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
