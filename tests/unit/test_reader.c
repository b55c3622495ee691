/* Laws of study/reader.h: what each kind of option takes, refuses, and fills in by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"
#include "support/every_kind.h"

static struct every_kind *accepted(struct kit *kit, const char *text)
{
    if (kit_read(kit, &every_kind_section, text))
        fail_msg("%s", kit->error.text);
    return kit->filled;
}

static double value(const struct kit *kit, flc_quantity quantity)
{
    return flc_quantities_value(kit->reader.quantities, quantity.row);
}

/* All texts of `expected`, separated by "&&", are in the error. */
static void refused(const char *text, const char *expected)
{
    struct kit kit;
    flc_status status = kit_read(&kit, &every_kind_section, text);
    char parts[512];
    snprintf(parts, sizeof parts, "%s", expected);
    for (char *part = parts, *next; part; part = next) {
        next = strstr(part, " && ");
        if (next)
            *next = '\0';
        if (status != FLC_ERROR_STUDY || !strstr(kit.error.text, part))
            fail_msg("%s\n  gives %d '%s'\n  without '%s'", text, (int)status, kit.error.text,
                     part);
        next = next ? next + 4 : NULL;
    }
    kit_free(&kit);
}

static void absent_keys_hold_their_defaults(void **state)
{
    (void)state;
    struct kit kit;
    const struct every_kind *read = accepted(&kit, "required: 4\n");
    ASSERT_SAME_BITS(value(&kit, read->share), 0.25);
    ASSERT_SAME_BITS(value(&kit, read->required), 4.0);
    assert_int_equal(read->derived.row, FLC_NO_ROW);
    assert_int_equal(read->award.count, 1);
    assert_int_equal(read->award.at[0], 0);
    ASSERT_SAME_BITS(value(&kit, read->award.value[0]), 3.0);
    assert_int_equal(read->optional_award.count, 0);
    ASSERT_SAME_BITS(value(&kit, read->hazard.value[0]), 0.5);
    assert_int_equal(read->plan.count, 0);
    assert_int_equal(read->years, 15);
    assert_int_equal(read->mode, 1);
    assert_true(read->indexed);
    assert_null(read->title);
    assert_int_equal(read->pair.count + read->labels.count + read->map.count + read->list.count, 0);
    assert_false(read->section.info.given);
    assert_string_equal(read->section.info.path, "section");
    assert_int_equal(read->section.info.mark.line, 1);
    assert_string_equal(read->section.info.mark.file, "s.yaml");
    assert_int_equal(read->section.ratio.row, FLC_NO_ROW);
    ASSERT_SAME_BITS(value(&kit, read->section.share), 1.0);
    assert_int_equal(read->section.count, 7);
    assert_int_equal(read->blank.share.row, FLC_NO_ROW);
    assert_true(read->info.given);
    kit_free(&kit);
}

static const char full[] =
    "name: Everything\nname_zh: \xE6\x9C\xBA\xE6\x9E\x84\nsource: here\nnote: n\nunit: u\n"
    "share: {fixed: 0.5, source: \"A, p. 3\", unit: USD, note: rounded}\n"
    "required: {pert: {max: 3, min: 1, mode: 2}, source: B}\n"
    "derived: -0.5\nwhole: 3\npositive: 1e-3\n"
    "award: [1, {uniform: {min: 2, max: 3}}, 3]\noptional_award: 5\n"
    "hazard: {2030: 0.5, 2026: 0.25}\nplan: {2025: 175}\n"
    "years: 10\nmode: third_way\nindexed: false\ntitle: 'x: y'\n"
    "pair: [a/b, c/d]\nlabels: {k: v, j: w}\n"
    "section: {ratio: 2, name: inner}\nblank: {ratio: 0}\n"
    "map:\n  z-1: {ratio: 1}\n  a: {ratio: {uniform: {min: 0, max: 1}}, count: 3}\n"
    "list:\n- {ratio: 1}\n- ratio: 2\n";

static void one_text_may_stand_for_a_list_where_the_table_says_so(void **state)
{
    (void)state;
    struct kit kit;
    const struct every_kind *read = accepted(&kit, "required: 1\nfiles: a\n");
    assert_int_equal(read->files.count, 1);
    assert_null(read->files.key[0]);
    assert_string_equal(read->files.text[0], "a");
    kit_free(&kit);
    read = accepted(&kit, "required: 1\nfiles: [a, b]\n");
    assert_int_equal(read->files.count, 2);
    kit_free(&kit);
}

static void every_kind_of_option_is_filled(void **state)
{
    (void)state;
    struct kit kit;
    const struct every_kind *read = accepted(&kit, full);
    assert_string_equal(read->info.name_zh, "\xE6\x9C\xBA\xE6\x9E\x84");
    assert_string_equal(read->info.unit, "u");
    ASSERT_SAME_BITS(value(&kit, read->share), 0.5);
    assert_true(flc_quantities_is_sampled(kit.reader.quantities, read->required.row));
    assert_string_equal(flc_quantities_path(kit.reader.quantities, read->required.row), "required");
    ASSERT_SAME_BITS(flc_quantities_low(kit.reader.quantities, read->required.row), 1.0);
    assert_int_equal(read->award.count, 3);
    assert_int_equal(read->award.at[2], 2);
    assert_string_equal(flc_quantities_path(kit.reader.quantities, read->award.value[1].row),
                        "award/1");
    assert_int_equal(read->optional_award.count, 1);
    assert_int_equal(read->hazard.count, 2);
    assert_int_equal(read->hazard.at[0], 2026);
    ASSERT_SAME_BITS(value(&kit, read->hazard.value[0]), 0.25);
    assert_int_equal(read->plan.at[0], 2025);
    assert_int_equal(read->years, 10);
    assert_int_equal(read->mode, 2);
    assert_false(read->indexed);
    assert_string_equal(read->title, "x: y");
    assert_string_equal(read->pair.text[1], "c/d");
    assert_string_equal(read->labels.key[1], "j");
    assert_string_equal(read->labels.text[1], "w");
    assert_true(read->section.info.given && read->blank.info.given);
    kit_free(&kit);
}

static void maps_and_lists_keep_the_order_of_the_study(void **state)
{
    (void)state;
    struct kit kit;
    const struct every_kind *read = accepted(&kit, full);
    const struct inner *map = read->map.items, *list = read->list.items;
    assert_int_equal(read->map.count, 2);
    assert_string_equal(map[0].info.key, "z-1");
    assert_string_equal(map[1].info.path, "map/a");
    assert_int_equal(map[1].count, 3);
    assert_int_equal(map[1].info.mark.line, 25);
    assert_string_equal(flc_quantities_path(kit.reader.quantities, map[1].ratio.row),
                        "map/a/ratio");
    assert_string_equal(list[1].info.key, "1");
    assert_string_equal(list[1].info.path, "list/1");
    ASSERT_SAME_BITS(value(&kit, list[1].ratio), 2.0);
    kit_free(&kit);
}

static void what_is_given_keeps_its_place_and_remarks(void **state)
{
    (void)state;
    struct kit kit;
    accepted(&kit, full);
    flc_document_free(kit.document); /* nothing read may point into it */
    kit.document = NULL;
    const flc_provenance *provenance = kit.reader.provenance;
    const flc_origin *share = flc_provenance_find(provenance, "share");
    assert_string_equal(share->source, "A, p. 3");
    assert_string_equal(share->unit, "USD");
    assert_string_equal(share->note, "rounded");
    assert_null(share->distribution);
    assert_string_equal(share->option->key, "share");
    const flc_origin *required = flc_provenance_find(provenance, "required");
    assert_string_equal(required->distribution, "pert: {min: 1, mode: 2, max: 3}");
    assert_string_equal(required->mark.file, "s.yaml");
    assert_int_equal(required->mark.line, 7);
    assert_int_equal(required->mark.column, 11);
    assert_non_null(flc_provenance_find(provenance, "award"));
    assert_non_null(flc_provenance_find(provenance, "award/2"));
    assert_non_null(flc_provenance_find(provenance, "hazard/2030"));
    assert_non_null(flc_provenance_find(provenance, "years"));
    assert_non_null(flc_provenance_find(provenance, "map/a/count"));
    assert_null(flc_provenance_find(provenance, "map/z-1/count"));
    assert_null(flc_provenance_find(provenance, "section/share"));
    kit_free(&kit);
}

static void any_number_of_paths_is_found_again(void **state)
{
    (void)state;
    enum { PATHS = 3000 };
    static char paths[PATHS][24];
    flc_provenance *provenance = flc_provenance_create(NULL);
    for (size_t i = 0; i < PATHS; i++) {
        snprintf(paths[i], sizeof paths[i], "programs/P%zu/cost", i);
        flc_origin origin = {.path = paths[i], .mark = {"s.yaml", (uint32_t)i, 1}};
        assert_int_equal(flc_provenance_add(provenance, &origin, NULL), FLC_OK);
    }
    assert_int_equal(flc_provenance_count(provenance), PATHS);
    for (size_t i = 0; i < PATHS; i++) {
        assert_int_equal(flc_provenance_find(provenance, paths[i])->mark.line, i);
        assert_ptr_equal(flc_provenance_at(provenance, i),
                         flc_provenance_find(provenance, paths[i]));
    }
    assert_null(flc_provenance_find(provenance, "programs/P3000/cost"));
    flc_provenance_free(provenance);
}

static void the_order_of_keys_in_the_file_does_not_matter(void **state)
{
    (void)state;
    struct kit one, other;
    const struct every_kind *a =
        accepted(&one, "share: 0.5\nrequired: {uniform: {min: 0, max: 1}}\n"
                       "derived: {uniform: {min: 0, max: 0.5}}\nwhole: 3\n");
    const struct every_kind *b =
        accepted(&other, "whole: 3\nderived: {uniform: {max: 0.5, min: 0}}\n"
                         "required: {uniform: {min: 0, max: 1}}\nshare: 0.5\n");
    assert_int_equal(a->share.row, b->share.row);
    assert_int_equal(a->required.row, b->required.row);
    assert_int_equal(a->derived.row, b->derived.row);
    assert_int_equal(a->whole.row, b->whole.row);
    kit_free(&one);
    kit_free(&other);
}

static void unknown_keys_suggest_the_nearest(void **state)
{
    (void)state;
    refused("requird: 1\n", "s.yaml:1:1: requird: unknown key; did you mean 'required'? (known "
                            "here: share, required, derived");
    refused("required: 1\nlist:\n- {ratio: 1}\n- {ratio: 1, shar: 2}\n",
            "s.yaml:4:14: list/1/shar: unknown key; did you mean 'share'? (known here: ratio, "
            "share, count, name, name_zh, source, note, unit)");
    refused("required: 1\nqwertyuiop: 1\n", "s.yaml:2:1: qwertyuiop: unknown key (known here:");
    refused("required: 1\nnames: x\n", "did you mean 'name'?");
    refused("required: 1\n\"a\\nb\": x\n", "s.yaml:2:1: a?b: unknown key");
}

static void missing_keys_are_told_with_their_meaning(void **state)
{
    (void)state;
    refused("share: 1\n", "s.yaml:1:1: the key 'required' is missing (A number)");
    refused("required: 1\nsection: {share: 1}\n",
            "s.yaml:2:10: section: the key 'ratio' is missing (Dollars per dollar)");
    refused("required: 1\nmap:\n  x:\n    count: 2\n", "s.yaml:4:5: map/x: the key 'ratio'");
    refused("required: 1\nsection: {ratioo: 1}\n", "s.yaml:2:11: section/ratioo: unknown key");
}

static void the_first_error_in_the_file_is_told(void **state)
{
    (void)state;
    refused("years: 1.5\nrequired: x\nshare: 7\n", "s.yaml:1:8: years: 1.5 is out of range");
    refused("list:\n- {ratio: 1, foo: 2}\nrequired: x\nshare: 7\n", "s.yaml:2:14: list/0/foo");
}

static void numbers_are_written_one_way(void **state)
{
    (void)state;
    struct kit kit;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"5", 5},
                {"+5", 5},
                {"-5.", -5},
                {".5", 0.5},
                {"1e3", 1e3},
                {"1E+3", 1e3},
                {"0.1", 0.1},
                {"0", 0},
                {"-0.0", 0},
                {"0e9", 0},
                {"2.5e-3", 0.0025},
                {"5e-324", 5e-324},
                {"9007199254740993", 9007199254740992.0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[64];
        snprintf(text, sizeof text, "required: %s\n", good[i].text);
        const struct every_kind *read = accepted(&kit, text);
        ASSERT_SAME_BITS(value(&kit, read->required), good[i].value);
        kit_free(&kit);
    }
    static const char *const bad[][2] = {
        {"1,000", "'1,000' is not a number; write it without separators"},
        {"1_000", "'1_000' is not a number; write it without separators"},
        {"1e", "'1e' is not a number"},
        {"e5", "'e5' is not a number"},
        {".", "'.' is not a number"},
        {"--5", "'--5' is not a number"},
        {".inf", "'.inf' is not a finite number"},
        {"-.INF", "is not a finite number"},
        {"Infinity", "is not a finite number"},
        {".nan", "is not a finite number"},
        {"nan", "is not a finite number"},
        {"0x10", "'0x10' is not a decimal number"},
        {"0o17", "is not a decimal number"},
        {"010", "'010' begins with a 0 and could be meant as octal"},
        {"-00.5", "begins with a 0"},
        {"\"5\"", "'5' is a text; write the number without quotes"},
        {"'x'", "'x' is not a number"},
        {"12:30", "'12:30' is not a number"},
        {"12%", "write 12 % as 0.12"},
        {"5 USD", "units and remarks go to unit: and note:"},
        {"$5", "is not a number"},
        {"1e999", "'1e999' is too large"},
        {"-1e999", "is too large"},
        {"1e-999", "'1e-999' is too small"},
        {"yes", "'yes' is not a number"},
        {"true", "'true' is not a number"},
        {"[1, 2]", "a list where a number or a distribution is expected"},
        {"", "no value; give one or leave the key out"},
        {"~", "no value"},
        {"null", "no value"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64], expected[160];
        snprintf(text, sizeof text, "required: %s\n", bad[i][0]);
        snprintf(expected, sizeof expected, "s.yaml:1:%d: required: && %s", *bad[i][0] ? 11 : 10,
                 bad[i][1]);
        refused(text, expected);
    }
}

static void numbers_outside_their_domain_are_told_it(void **state)
{
    (void)state;
    refused("share: 1.5\nrequired: 1\n",
            "s.yaml:1:8: share: 1.5 is out of range: must be in [0, 1]");
    refused("share: -0.1\nrequired: 1\n", "must be in [0, 1]");
    refused("derived: 1\nrequired: 1\n", "must be in (-1, 1)");
    refused("positive: 0\nrequired: 1\n", "must be > 0");
    refused("whole: 0\nrequired: 1\n", "must be a whole number >= 1");
    refused("whole: 1.5\nrequired: 1\n", "1.5 is out of range: must be a whole number >= 1");
    refused("award: [1, -2]\nrequired: 1\n",
            "s.yaml:1:12: award/1: -2 is out of range: must be >= 0");
    refused("hazard: {2030: -1}\nrequired: 1\n", "s.yaml:1:16: hazard/2030: -1 is out of range");
    refused("years: 65\nrequired: 1\n", "must be a whole number in [1, 64]");
    refused("share: {fixed: 2}\nrequired: 1\n", "s.yaml:1:16: share: 2 is out of range");
}

static void distributions_are_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{}", "1:11: required: a mapping without value; write {fixed: NUMBER"},
        {"{source: x}", "a mapping without value"},
        {"{prt: {min: 1}}", "1:12: required: no distribution is called 'prt'; did you mean 'pert'? "
                            "(a number, or one of: "},
        {"{uniform: {min: 0, max: 1}, normal: {mean: 0, sd: 1}}",
         "two distributions, 'uniform' and 'normal'; which?"},
        {"{uniform: {min: 0, max: 1}, fixed: 3}", "two distributions, 'uniform' and 'fixed'"},
        {"{uniform: {min: 0, max: 1}, sorce: x}", "did you mean 'source'?"},
        {"{uniform: {min: 0}}", "1:21: required: 'uniform' needs 'max' (the largest value)"},
        {"{uniform: {min: 0, max: 1, mode: 2}}", "1:38: required: 'uniform' has no parameter "
                                                 "'mode' && (it has: min, max)"},
        {"{uniform: {min: 0, mx: 1}}", "did you mean 'max'?"},
        {"{uniform: 3}", "1:21: required: 'uniform' needs its parameters: {min, max}"},
        {"{uniform: {}}", "'uniform' needs its parameters"},
        {"{uniform: [0, 1]}", "'uniform' needs its parameters: {min, max}"},
        {"{uniform: {min: 1, max: 0}}", "1:27: required: uniform: min (1) must be below max (0)"},
        {"{uniform: {min: 0, max: [1]}}", "required/max: a list where a number is expected"},
        {"{uniform: {min: 0, max: }}", "required/max: nothing where a number is expected"},
        {"{normal: {mean: 0, sd: -1}}", "1:34: required: normal: sd must be > 0"},
        {"{lognormal: {median: 2, mean: 3}}", "lognormal: && contradicts"},
        {"{discrete: {values: [], weights: []}}", "required/values: an empty list where numbers"},
        {"{discrete: {values: 3, weights: [1]}}",
         "required/values: '3' where a list of numbers is expected"},
        {"{discrete: {values: [1, x], weights: [1, 1]}}", "required/values: 'x' is not a number"},
        {"{discrete: {values: [1, 2], weights: [1]}}", "2 values and 1 weights"},
        {"{uniform: {min: 0, max: 1}, source: [a]}", "required/source: a list where a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "required: %s\n", cases[i][0]);
        refused(text, cases[i][1]);
    }
}

static void distributions_must_stay_in_the_domain(void **state)
{
    (void)state;
    refused("share: {uniform: {min: 0.5, max: 1.5}}\nrequired: 1\n",
            "s.yaml:1:9: share: && [0, 1]");
    refused("share: {normal: {mean: 0.5, sd: 1}}\nrequired: 1\n", "s.yaml:1:9: share: && [0, 1]");
    refused("whole: {uniform: {min: 1, max: 3}}\nrequired: 1\n", "whole: && discrete");
    refused("whole: {discrete: {values: [1, 2.5], weights: [1, 1]}}\nrequired: 1\n", "whole:");
    struct kit kit;
    accepted(&kit, "whole: {discrete: {values: [1, 2], weights: [1, 3]}}\nrequired: 1\n");
    kit_free(&kit);
}

static void schedules_are_checked(void **state)
{
    (void)state;
    refused("award: []\nrequired: 1\n", "s.yaml:1:8: award: an empty list");
    refused("award: [1, [2]]\nrequired: 1\n", "award/1: a list where a number or a distribution");
    refused("award: {2025: 1}\nrequired: 1\n", "award: no distribution is called '2025'");
    refused("plan: {}\nrequired: 1\n", "plan: an empty mapping");
    refused("plan: 5\nrequired: 1\n", "plan: '5' where a mapping by fiscal year");
    refused("plan: [5]\nrequired: 1\n", "plan: a list where a mapping by fiscal year");
    refused("plan: {25: 5}\nrequired: 1\n", "s.yaml:1:8: plan: '25' is not a fiscal year");
    refused("plan: {FY2025: 5}\nrequired: 1\n", "'FY2025' is not a fiscal year");
    refused("plan: {2025.0: 5}\nrequired: 1\n", "'2025.0' is not a fiscal year");
    refused("plan: {2025: 5, 2025: 6}\nrequired: 1\n", "the key '2025' stands here a second time");
    refused("plan: {uniform: {min: 1, max: 2}}\nrequired: 1\n", "'uniform' is not a fiscal year");
    refused("hazard: {2025: 1, x: 2}\nrequired: 1\n", "'x' is not a fiscal year");
    refused("hazard: []\nrequired: 1\n", "hazard: a list where a number or a distribution");
    struct kit kit;
    const struct every_kind *read =
        accepted(&kit, "hazard: {uniform: {min: 0, max: 1}}\nrequired: 1\n");
    assert_int_equal(read->hazard.count, 1);
    assert_int_equal(read->hazard.at[0], 0);
    assert_string_equal(flc_quantities_path(kit.reader.quantities, read->hazard.value[0].row),
                        "hazard");
    kit_free(&kit);
}

static void the_other_kinds_are_checked(void **state)
{
    (void)state;
    refused("required: 1\nyears: {}\n", "years: a mapping where a whole number is expected");
    refused("required: 1\nyears: '5'\n", "years: '5' is a text");
    refused("required: 1\nindexed: yes\n", "s.yaml:2:10: indexed: 'yes' where true or false");
    refused("required: 1\nindexed: True\n", "where true or false");
    refused("required: 1\nindexed: 'true'\n", "where true or false");
    refused("required: 1\nindexed: 1\n", "where true or false");
    refused("required: 1\nmode: awrd\n",
            "s.yaml:2:7: mode: 'awrd' is none of: award, share, third_way; did you mean 'award'?");
    refused("required: 1\nmode: [award]\n", "mode: a list where one word is expected");
    refused("required: 1\ntitle: [x]\n", "title: a list where a text is expected");
    refused("required: 1\ntitle: \"a\\u0007b\"\n", "title: a text with control characters");
    refused("required: 1\npair: x\n", "pair: 'x' where a list is expected");
    refused("required: 1\nfiles: {a: b}\n", "files: a mapping where a list is expected");
    refused("required: 1\npair: [x, [y]]\n", "pair: a list where a text is expected");
    refused("required: 1\nlabels: [x]\n", "labels: a list where a mapping is expected");
    refused("required: 1\nlabels: {a b: x}\n", "'a b' cannot be a key");
    refused("required: 1\nsection: 5\n", "section: '5' where a mapping (inner) is expected");
    refused("required: 1\nsection: []\n", "section: a list where a mapping (inner) is expected");
    refused("required: 1\nmap: {}\n", "map: an empty mapping; give an entry or leave the key out");
    refused("required: 1\nlist: []\n", "list: an empty list");
    refused("required: 1\nlist: {a: {ratio: 1}}\n", "list: a mapping where a list is expected");
    refused("required: 1\nmap: [{ratio: 1}]\n", "map: a list where a mapping is expected");
    refused("required: 1\nmap:\n  a/b: {ratio: 1}\n", "s.yaml:3:3: map: 'a/b' cannot be a key");
    refused("required: 1\nmap:\n  caf\xC3\xA9: {ratio: 1}\n", "cannot be a key: letters A-Z a-z");
    refused("required: 1\nmap: {a: 5}\n", "map/a: '5' where a mapping (inner)");
    refused("required: 1\nname: {}\n", "name: a mapping where a text is expected");
    refused("- 1\n", "s.yaml:1:1: a list where a mapping (every kind) is expected");
    refused("hello\n", "'hello' where a mapping (every kind) is expected");
}

static void errors_in_overrides_name_the_command_line(void **state)
{
    (void)state;
    struct kit kit;
    memset(&kit, 0, sizeof kit);
    static const char text[] = "required: 1\n";
    assert_int_equal(flc_document_parse(&kit.document, text, sizeof text - 1, "s.yaml", &kit.error),
                     0);
    assert_int_equal(flc_document_set(kit.document, "share={fixed: 2}", &kit.error), FLC_OK);
    assert_int_equal(kit_read_document(&kit, &every_kind_section), FLC_ERROR_STUDY);
    assert_string_equal(kit.error.text, "--set share={fixed: 2}, column 15: share: 2 is out of "
                                        "range: must be in [0, 1]");
    kit_free(&kit);
    memset(&kit, 0, sizeof kit);
    assert_int_equal(flc_document_parse(&kit.document, text, sizeof text - 1, "s.yaml", &kit.error),
                     0);
    assert_int_equal(flc_document_set(kit.document, "shar=1", &kit.error), FLC_OK);
    assert_int_equal(kit_read_document(&kit, &every_kind_section), FLC_ERROR_STUDY);
    assert_non_null(strstr(kit.error.text,
                           "--set shar=1, column 1: shar: unknown key; did you mean "
                           "'share'?"));
    kit_free(&kit);
}

/* ---- CSV files ---- */

static char folder[] = "/tmp/fulcrum_test_reader_XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char name[128];
    snprintf(name, sizeof name, "%s/v.csv", folder);
    unlink(name);
    return rmdir(folder);
}

/* Read `required: {empirical: {csv: v.csv, column: b}}` with `csv` in that file. */
static flc_status read_csv(struct kit *kit, const char *csv, const char *study)
{
    char name[128];
    snprintf(name, sizeof name, "%s/v.csv", folder);
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(csv, file);
    fclose(file);
    memset(kit, 0, sizeof *kit);
    snprintf(name, sizeof name, "%s/s.yaml", folder);
    assert_int_equal(flc_document_parse(&kit->document, study, strlen(study), name, &kit->error),
                     0);
    return kit_read_document(kit, &every_kind_section);
}

static const char from_csv[] = "required: {empirical: {csv: v.csv, column: b}}\n";

static void csv_columns_become_values(void **state)
{
    (void)state;
    struct kit kit;
    assert_int_equal(
        read_csv(&kit, "\xEF\xBB\xBF\"a,1\", b ,c\r\n\"x \"\"y\"\"\n\", 1.5 ,\r\n,\"2\",z\r\n\r\n",
                 from_csv),
        FLC_OK);
    const flc_origin *origin = flc_provenance_find(kit.reader.provenance, "required");
    assert_string_equal(origin->distribution, "empirical: {values: [1.5, 2]}");
    assert_string_equal(origin->source, "v.csv, column b");
    kit_free(&kit);
}

static void csv_mistakes_name_file_and_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a,c\n1,2\n", "v.csv:1:1: no column 'b' in the header"},
        {"a,column_b\n1,2\n", "no column 'b' in the header"},
        {"b,b\n1,2\n", "the header has the column twice"},
        {"a,b\n1,2\n1,x\n", "v.csv:3:1: 'x' is not a number"},
        {"a,b\n\"x\ny\",1\n1,x\n", "v.csv:4:1: 'x' is not a number"},
        {"a,b\n1,\n", "v.csv:2:1: the value is missing"},
        {"a,b\n1,nan\n", "'nan' is not a finite number"},
        {"a,b\n1\n", "v.csv:2:1: 1 fields where the header has 2"},
        {"a,b\n1,2\n1,2,3\n", "v.csv:3:1: 3 fields where the header has 2"},
        {"a,b\n\"1,2\n", "v.csv:2:1: a quote is opened and never closed"},
        {"a,b\n\"1\"x,2\n", "v.csv:2:1: a comma or the end of the line"},
        {"a,b\n", "no line after the header"},
        {"", "the file is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit kit;
        assert_int_equal(read_csv(&kit, cases[i][0], from_csv), FLC_ERROR_STUDY);
        if (!strstr(kit.error.text, cases[i][1]) ||
            !strstr(kit.error.text, "s.yaml:1:29: required: "))
            fail_msg("'%s' lacks '%s'", kit.error.text, cases[i][1]);
        kit_free(&kit);
    }
}

static void csv_keys_are_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{empirical: {csv: v.csv}}", "which column of the file? (column: NAME)"},
        {"{empirical: {csv: w.csv, column: b}}", "w.csv"},
        {"{empirical: {csv: v.csv, column: b, values: [1]}}",
         "values are given, and a csv file too"},
        {"{empirical: {column: b}}", "'empirical' has no parameter 'column'"},
        {"{uniform: {csv: v.csv, column: b}}", "'uniform' has no parameter 'csv'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kit kit;
        char text[128];
        snprintf(text, sizeof text, "required: %s\n", cases[i][0]);
        assert_int_equal(read_csv(&kit, "a,b\n1,2\n", text), FLC_ERROR_STUDY);
        if (!strstr(kit.error.text, cases[i][1]))
            fail_msg("'%s' lacks '%s'", kit.error.text, cases[i][1]);
        kit_free(&kit);
    }
}

/* Whatever the bytes are, reading ends with a study or with an error that says something. */
static void survives(const char *text, size_t length)
{
    struct kit kit;
    memset(&kit, 0, sizeof kit);
    flc_status status = flc_document_parse(&kit.document, text, length, "s.yaml", &kit.error);
    if (!status)
        status = kit_read_document(&kit, &every_kind_section);
    assert_true(status == FLC_OK || status == FLC_ERROR_STUDY);
    assert_true(status == FLC_OK || strlen(kit.error.text) > 10);
    kit_free(&kit);
}

static void every_truncation_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(full); length++)
        survives(full, length);
}

static void any_changed_bytes_are_read_or_refused(void **state)
{
    (void)state;
    static const char likely[] = "{}[]:,-#&*!|>'\"%@`\n\t ?09.eE~\xFF\xC3\x01\\";
    uint64_t seed = 88172645463325252u;
    char text[sizeof full];
    for (int round = 0; round < 4000; round++) {
        memcpy(text, full, sizeof full);
        for (int change = 0; change <= round % 3; change++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % (sizeof full - 1);
            bool any = seed >> 63;
            text[at] = any ? (char)(seed >> 20) : likely[(size_t)(seed >> 8) % (sizeof likely - 1)];
        }
        survives(text, sizeof full - 1);
    }
}

static void every_failed_allocation_is_an_error_and_no_leak(void **state)
{
    (void)state;
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status != FLC_OK; n++) {
        struct kit kit;
        flc_memory_fail_after(n);
        status = kit_read(&kit, &every_kind_section, full);
        flc_memory_fail_after(0);
        if (status != FLC_OK && status != FLC_ERROR_MEMORY)
            fail_msg("allocation %ld: %d %s", n, (int)status, kit.error.text);
        kit_free(&kit);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_keys_hold_their_defaults),
        cmocka_unit_test(every_kind_of_option_is_filled),
        cmocka_unit_test(one_text_may_stand_for_a_list_where_the_table_says_so),
        cmocka_unit_test(maps_and_lists_keep_the_order_of_the_study),
        cmocka_unit_test(what_is_given_keeps_its_place_and_remarks),
        cmocka_unit_test(any_number_of_paths_is_found_again),
        cmocka_unit_test(the_order_of_keys_in_the_file_does_not_matter),
        cmocka_unit_test(unknown_keys_suggest_the_nearest),
        cmocka_unit_test(missing_keys_are_told_with_their_meaning),
        cmocka_unit_test(the_first_error_in_the_file_is_told),
        cmocka_unit_test(numbers_are_written_one_way),
        cmocka_unit_test(numbers_outside_their_domain_are_told_it),
        cmocka_unit_test(distributions_are_checked),
        cmocka_unit_test(distributions_must_stay_in_the_domain),
        cmocka_unit_test(schedules_are_checked),
        cmocka_unit_test(the_other_kinds_are_checked),
        cmocka_unit_test(errors_in_overrides_name_the_command_line),
        cmocka_unit_test(csv_columns_become_values),
        cmocka_unit_test(csv_mistakes_name_file_and_line),
        cmocka_unit_test(csv_keys_are_checked),
        cmocka_unit_test(every_truncation_is_read_or_refused),
        cmocka_unit_test(any_changed_bytes_are_read_or_refused),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_no_leak),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
