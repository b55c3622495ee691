/* Laws of study/document.h and study/node.h: what is refused and where, limits, overrides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/place.h"
#include "study/document.h"
#include "support/assertions.h"

static flc_document *parse(const char *text)
{
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    if (flc_document_parse(&document, text, strlen(text), "s.yaml", &error))
        fail_msg("%s", error.text);
    return document;
}

static void refused_bytes(const char *text, size_t length, const char *expected)
{
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    flc_status status = flc_document_parse(&document, text, length, "s.yaml", &error);
    if (status != FLC_ERROR_STUDY || !strstr(error.text, expected))
        fail_msg("status %d, text '%s', expected '%s'", (int)status, error.text, expected);
    assert_null(document);
}

static void refused(const char *text, const char *expected)
{
    refused_bytes(text, strlen(text), expected);
}

static const flc_node *at(const flc_node *node, const char *key)
{
    const flc_node *value = flc_node_find(node, NULL, key, strlen(key));
    if (!value)
        fail_msg("no key %s", key);
    return value;
}

static void nodes_keep_order_style_and_place(void **state)
{
    (void)state;
    flc_document *document = parse("b: 'x'\na: [1, {c: 2}]\n\xE6\x9C\xBA: k\xC3\xA9\n");
    const flc_node *root = flc_document_root(document);
    assert_int_equal(root->kind, FLC_NODE_MAPPING);
    assert_int_equal(root->count, 3);
    assert_string_equal(root->keys[0]->text, "b");
    assert_string_equal(root->keys[2]->text, "\xE6\x9C\xBA");
    assert_true(root->values[0]->quoted);
    const flc_node *list = at(root, "a");
    assert_int_equal(list->kind, FLC_NODE_SEQUENCE);
    assert_int_equal(list->mark.line, 2);
    assert_int_equal(list->mark.column, 4);
    const flc_node *two = at(list->values[1], "c");
    assert_string_equal(two->text, "2");
    assert_false(two->quoted);
    assert_int_equal(two->mark.column, 12);
    assert_int_equal(root->values[2]->mark.column, 4);
    assert_string_equal(two->mark.file, "s.yaml");
    flc_document_free(document);
}

static void byte_order_mark_and_crlf_are_read(void **state)
{
    (void)state;
    flc_document *document = parse("\xEF\xBB\xBF"
                                   "a: 1\r\nb: 2\r\n");
    assert_string_equal(at(flc_document_root(document), "b")->text, "2");
    assert_int_equal(at(flc_document_root(document), "b")->mark.line, 2);
    flc_document_free(document);
}

static void aliases_stand_for_their_anchor(void **state)
{
    (void)state;
    flc_document *document = parse("a: &x {k: 1}\nb: *x\nc: &x 3\nd: *x\n");
    const flc_node *root = flc_document_root(document);
    assert_ptr_equal(at(root, "a"), at(root, "b"));
    assert_string_equal(at(root, "d")->text, "3");
    assert_int_equal(root->size, 1 + 4 + 3 + 3 + 1 + 1);
    flc_document_free(document);
}

static void documents_without_content_are_refused(void **state)
{
    (void)state;
    refused("", "s.yaml: the file is empty");
    refused(" \n\n", "s.yaml: the file is empty");
    refused("# a\n# b\n", "s.yaml: the file has only comments");
    refused("---\n", "s.yaml: the file has no content");
    refused("null\n", "s.yaml: the file has no content");
}

static void what_yaml_offers_and_studies_do_not_need_is_refused(void **state)
{
    (void)state;
    refused("a: 1\n---\nb: 2\n", "s.yaml:2:1: a second YAML document");
    refused("a: !!python/object:os.system {}\n", "s.yaml:1:4: the tag 'tag:yaml.org,2002:python");
    refused("a: !x 1\n", "s.yaml:1:4: the tag '!x'");
    refused("x: &x {a: 1}\ny:\n  <<: *x\n", "s.yaml:3:3: merge keys (<<)");
    refused("? [a]\n: 1\n", "s.yaml:1:3: a key must be a text");
    refused("? {a: 1}\n: 1\n", "s.yaml:1:3: a key must be a text");
    refused("'': 1\n", "s.yaml:1:1: a key is missing");
    refused("a: \"x\\0y\"\n", "s.yaml:1:4: a text with a NUL");
}

static void duplicate_keys_name_both_places(void **state)
{
    (void)state;
    refused("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
            "s.yaml:5:3: the key 'c' stands here a second time (first in line 3, column 3)");
    refused("b: 1\na: 1\nb: 2\na: 2\n", "s.yaml:3:1: the key 'b'");
    refused("{2025: 1, '2025': 2}", "s.yaml:1:11: the key '2025'");
}

static void aliases_must_not_loop_or_dangle(void **state)
{
    (void)state;
    refused("a: &x\n  b: *x\n", "s.yaml:2:6: the alias *x stands inside what it stands for");
    refused("a: &x [1, *x]\n", "s.yaml:1:11: the alias *x stands inside");
    refused("a: *y\nb: &y 1\n", "s.yaml:1:4: the alias *y has no anchor &y before it");
}

static void bytes_that_are_not_text_are_refused_with_their_place(void **state)
{
    (void)state;
    refused("a: 1\nb: caf\xE9\n", "s.yaml:2:7: the byte 0xE9 is not UTF-8");
    refused("a: \xC3\xA9\xC3\n", "s.yaml:1:5: the byte 0xC3 is not UTF-8");
    refused("a: \xED\xA0\x80\n", "s.yaml:1:4: the byte 0xED is not UTF-8");
    refused("a: \xC0\x80\n", "s.yaml:1:4: the byte 0xC0 is not UTF-8");
    refused("a: \xF4\x90\x80\x80\n", "s.yaml:1:4: the byte 0xF4 is not UTF-8");
    refused_bytes("a: 1\nb: \0 2\n", 11, "s.yaml:2:4: the control character U+0000");
    refused("a: \x01\n", "s.yaml:1:4: the control character U+0001");
    refused("a: \xC2\x80\n", "s.yaml:1:4: the control character U+0080");
    refused_bytes("\xFF\xFE"
                  "a\0",
                  4, "this is UTF-16; save the file as UTF-8");
}

static void syntax_errors_say_where_and_the_usual_cause(void **state)
{
    (void)state;
    refused("a:\n\tb: 1\n", "s.yaml:2:1: not valid YAML: ");
    refused("a:\n\tb: 1\n", "a tab cannot indent YAML");
    refused("caf\xC3\xA9:\n\tb: 1\n", "a tab cannot indent YAML");
    refused("a: b: c\n", "s.yaml:1:5: not valid YAML: mapping values are not allowed");
    refused("a: @x\n", "put the text in quotes");
    refused("a: [1, 2\nb: 3\n", "check indentation, quotes and brackets");
    refused("b: 1\na: 'x\ny\n", "s.yaml:2:4: not valid YAML: what opens here is never closed");
}

/* `count` copies of `part` between `before` and `after`, for free. */
static char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    size_t length = strlen(part), first = strlen(before);
    char *text = malloc(first + count * length + strlen(after) + 1);
    assert_non_null(text);
    memcpy(text, before, first);
    for (size_t i = 0; i < count; i++)
        memcpy(text + first + i * length, part, length);
    memcpy(text + first + count * length, after, strlen(after) + 1);
    return text;
}

static void nesting_is_limited(void **state)
{
    (void)state;
    char *most = repeated("", "[", FLC_NODE_DEPTH, "1"),
         *closed = repeated(most, "]", FLC_NODE_DEPTH, "");
    flc_document_free(parse(closed));
    char *deep = repeated("", "[", 100000, "");
    refused(deep, "s.yaml:1:65: nested more than 64 levels deep");
    char *blocks = repeated("", "- ", 100, "1\n");
    refused(blocks, "nested more than 64 levels deep");
    free(most);
    free(closed);
    free(deep);
    free(blocks);
}

static void aliases_count_as_if_written_out(void **state)
{
    (void)state;
    char laughs[4096] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    char levels[8192] = "a0: &a0 [x]\n";
    for (int i = 1; i < 70; i++) {
        char line[128];
        snprintf(line, sizeof line, "a%d: &a%d [*a%d]\n", i, i, i - 1);
        strcat(levels, line);
        if (i > 8)
            continue;
        snprintf(line, sizeof line, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
                 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(laughs, line);
    }
    refused(laughs, "more than 1000000 entries, aliases counted as if written out");
    refused(levels, "nested more than 64 levels deep");
}

static void entries_and_anchors_are_limited(void **state)
{
    (void)state;
    char *list = repeated("a: &a [", "1,", 1000, "]\nb: [");
    char *aliases = repeated(list, "*a,", 1100, "]\n");
    refused(aliases, "more than 1000000 entries");
    free(list);
    free(aliases);
    char *many = repeated("a: [", "1,", 1000000, "]\n");
    refused(many, "more than 1000000 entries");
    free(many);
    char *anchors = malloc(40000);
    assert_non_null(anchors);
    size_t used = 0;
    for (int i = 0; i <= FLC_NODE_ANCHORS; i++)
        used += (size_t)sprintf(anchors + used, "k%d: &a%d 1\n", i, i);
    refused(anchors, "s.yaml:1001:8: more than 1000 anchors");
    free(anchors);
}

static void files_that_cannot_be_read_say_why(void **state)
{
    (void)state;
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    assert_int_equal(flc_document_load(&document, "/nowhere/x.yaml", &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "/nowhere/x.yaml"));
    assert_non_null(strstr(error.text, "No such file or directory"));
    assert_int_equal(flc_document_load(&document, "/tmp", &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "s a directory"));
}

static void larger_files_than_allowed_are_refused(void **state)
{
    (void)state;
    char name[] = "/tmp/fulcrum_test_document_XXXXXX";
    int file = mkstemp(name);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, FLC_DOCUMENT_BYTES + 1), 0);
    close(file);
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    assert_int_equal(flc_document_load(&document, name, &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "longer than the 16777216 bytes"));
    unlink(name);
}

static const char base[] = "programs:\n"
                           "  MEP:\n"
                           "    match: {required: 1, sources: {state: {ratio: 0.5}}}\n"
                           "    gates:\n"
                           "    - {age: 3}\n"
                           "    - {age: 5}\n";

static void overrides_set_one_value_and_nothing_else(void **state)
{
    (void)state;
    flc_document *document = parse(base);
    const flc_node *before = flc_document_root(document);
    flc_error error = {FLC_OK, ""};
    assert_int_equal(flc_document_set(document, "programs/MEP/match/required=2", &error), FLC_OK);
    assert_int_equal(flc_document_set(document, "programs/MEP/gates/1/age= 7", &error), FLC_OK);
    assert_int_equal(
        flc_document_set(document, "programs/MEP/growth={normal: {mean: 0, sd: 0.02}}", &error),
        FLC_OK);
    const flc_node *mep = at(at(flc_document_root(document), "programs"), "MEP");
    const flc_node *required = at(at(mep, "match"), "required");
    assert_string_equal(required->text, "2");
    assert_string_equal(at(at(mep, "gates")->values[1], "age")->text, "7");
    assert_string_equal(at(at(mep, "gates")->values[0], "age")->text, "3");
    assert_string_equal(at(at(at(mep, "growth"), "normal"), "sd")->text, "0.02");
    assert_string_equal(mep->keys[2]->text, "growth");
    assert_string_equal(at(at(at(before, "programs"), "MEP"), "match")->values[0]->text, "1");
    assert_string_equal(required->mark.file, "--set programs/MEP/match/required=2");
    assert_int_equal(required->mark.line, 0);
    assert_int_equal(required->mark.column, 29);
    flc_place_error(&error, FLC_ERROR_STUDY, required->mark, "programs/MEP/match/required", "bad");
    assert_string_equal(error.text, "--set programs/MEP/match/required=2, column 29: "
                                    "programs/MEP/match/required: bad");
    flc_document_free(document);
}

static void overrides_of_an_alias_change_one_place(void **state)
{
    (void)state;
    flc_document *document = parse("a: &x {k: 1}\nb: *x\n");
    flc_error error = {FLC_OK, ""};
    assert_int_equal(flc_document_set(document, "b/k=2", &error), FLC_OK);
    assert_string_equal(at(at(flc_document_root(document), "a"), "k")->text, "1");
    assert_string_equal(at(at(flc_document_root(document), "b"), "k")->text, "2");
    flc_document_free(document);
}

static void overrides_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"programs/MEPP/match/required=2", "programs has no 'MEPP'; did you mean 'MEP'?"},
        {"program/MEP/match/required=2", "the study has no 'program'; did you mean 'programs'?"},
        {"programs/MEP/budget/plan=2", "programs/MEP has no 'budget'"},
        {"programs/MEP/gates/2/age=2", "programs/MEP/gates is a list of 2, numbered from 0"},
        {"programs/MEP/gates/x=2", "there is no item 'x'"},
        {"programs/MEP/match/required/sd=2", "required is '1', which has nothing inside"},
        {"programs//match=2", "has an empty key"},
        {"=2", "has an empty key"},
        {"a/=2", "the study has no 'a'"},
        {"programs/MEP/x=", "column 16: nothing after the '='"},
        {"programs/MEP/x=~", "nothing after the '='"},
        {"programs/MEP/x={a: 1", "not valid YAML"},
        {"programs/MEP/x=1\ny: 2", "a value is one line"},
        {"programs/MEP/x={a: 1, a: 2}", "column 23: the key 'a' stands here a second time"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_document *document = parse(base);
        const flc_node *before = flc_document_root(document);
        flc_error error = {FLC_OK, ""};
        assert_int_equal(flc_document_set(document, cases[i][0], &error), FLC_ERROR_STUDY);
        if (!strstr(error.text, cases[i][1]) || strncmp(error.text, "--set ", 6) != 0)
            fail_msg("%s: '%s' lacks '%s'", cases[i][0], error.text, cases[i][1]);
        assert_ptr_equal(flc_document_root(document), before);
        flc_document_free(document);
    }
    flc_document *document = parse(base);
    flc_error error;
    assert_int_equal(flc_document_set(document, "programs/MEP/x", &error), FLC_ERROR_USAGE);
    flc_document_free(document);
}

static void every_failed_allocation_is_an_error_and_no_leak(void **state)
{
    (void)state;
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status != FLC_OK; n++) {
        flc_document *document;
        flc_error error = {FLC_OK, ""};
        flc_memory_fail_after(n);
        status = flc_document_parse(&document, base, strlen(base), "s.yaml", &error);
        if (!status)
            status = flc_document_set(document, "programs/MEP/match/required=2", &error);
        flc_memory_fail_after(0);
        flc_document_free(document);
        assert_true(status == FLC_OK || status == FLC_ERROR_MEMORY);
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_keep_order_style_and_place),
        cmocka_unit_test(byte_order_mark_and_crlf_are_read),
        cmocka_unit_test(aliases_stand_for_their_anchor),
        cmocka_unit_test(documents_without_content_are_refused),
        cmocka_unit_test(what_yaml_offers_and_studies_do_not_need_is_refused),
        cmocka_unit_test(duplicate_keys_name_both_places),
        cmocka_unit_test(aliases_must_not_loop_or_dangle),
        cmocka_unit_test(bytes_that_are_not_text_are_refused_with_their_place),
        cmocka_unit_test(syntax_errors_say_where_and_the_usual_cause),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(aliases_count_as_if_written_out),
        cmocka_unit_test(entries_and_anchors_are_limited),
        cmocka_unit_test(files_that_cannot_be_read_say_why),
        cmocka_unit_test(larger_files_than_allowed_are_refused),
        cmocka_unit_test(overrides_set_one_value_and_nothing_else),
        cmocka_unit_test(overrides_of_an_alias_change_one_place),
        cmocka_unit_test(overrides_that_lead_nowhere_are_refused),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
