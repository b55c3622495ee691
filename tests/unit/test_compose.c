/* Laws of study/compose.h, study/files.h and study/overlay.h: what several files make together,
 * what overlays change, what is refused and where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "study/compose.h"
#include "study/files.h"
#include "study/study.h"
#include "support/assertions.h"

/* Tests run in a folder of their own and leave it empty. */
enum { MADE_MOST = 400, NAME_ROOM = 64 };
struct kit {
    char folder[NAME_ROOM], before[1024];
    char made[MADE_MOST][NAME_ROOM];
    size_t count;
};

static int enter(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);
    if (!kit || !getcwd(kit->before, sizeof kit->before))
        return -1;
    strcpy(kit->folder, "/tmp/fulcrum_test_compose_XXXXXX");
    *state = kit;
    return mkdtemp(kit->folder) && chdir(kit->folder) == 0 && mkdir("below", 0700) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    struct kit *kit = *state;
    for (size_t i = 0; i < kit->count; i++)
        unlink(kit->made[i]);
    int failed = rmdir("below") || chdir(kit->before) || rmdir(kit->folder);
    free(kit);
    return failed;
}

static void make(struct kit *kit, const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < kit->count; i++)
        if (strcmp(kit->made[i], name) == 0)
            return;
    assert_true(kit->count < MADE_MOST);
    snprintf(kit->made[kit->count++], NAME_ROOM, "%s", name);
}

static flc_status try(flc_document **document, const char *name, flc_error *error)
{
    flc_status status = flc_document_load(document, name, error);
    return status ? status : flc_compose(*document, error);
}

static flc_document *composed(const char *name)
{
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    if (try(&document, name, &error))
        fail_msg("%s", error.text);
    return document;
}

static void refused(const char *name, flc_status expected_status, const char *expected)
{
    flc_document *document;
    flc_error error = {FLC_OK, ""};
    flc_status status = try(&document, name, &error);
    flc_document_free(document);
    if (status != expected_status || !strstr(error.text, expected))
        fail_msg("status %d, text '%s', expected '%s'", (int)status, error.text, expected);
}

/* main.yaml with this text, and what is wrong with it. */
static void refused_main(struct kit *kit, const char *text, const char *expected)
{
    make(kit, "main.yaml", text);
    refused("main.yaml", FLC_ERROR_STUDY, expected);
}

static const flc_node *at(const flc_node *node, const char *key)
{
    const flc_node *value = flc_node_find(node, NULL, key, strlen(key));
    if (!value)
        fail_msg("no key %s", key);
    return value;
}

static bool has(const flc_node *node, const char *key)
{
    return flc_node_find(node, NULL, key, strlen(key)) != NULL;
}

static void assert_mark(flc_mark mark, const char *file, unsigned line, unsigned column)
{
    assert_string_equal(mark.file, file);
    assert_int_equal(mark.line, line);
    assert_int_equal(mark.column, column);
}

/* ---- include --------------------------------------------------------------------------------- */

static void parts_are_put_together_in_the_order_of_inclusion(void **state)
{
    make(*state, "a.yaml", "fulcrum: 1\nprograms: {A: 1, B: 2}\ntargets: [t1]\nmacro: {x: 1}\n");
    make(*state, "b.yaml", "include: below/c.yaml\nprograms: {Z: 3}\n");
    make(*state, "below/c.yaml", "programs:\n  C: 4\ntargets: [t2, t3]\n");
    make(*state, "main.yaml",
         "targets: [t4]\nfulcrum: 1\ninclude: [a.yaml, b.yaml]\nprograms: {D: 5}\ntitle: t\n"
         "macro: {y: 2}\n");
    flc_document *document = composed("main.yaml");
    const flc_node *root = flc_document_root(document), *programs = at(root, "programs");
    static const char *const order[] = {"A", "B", "C", "Z", "D"};
    assert_int_equal(programs->count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(programs->keys[i]->text, order[i]);
    const flc_node *targets = at(root, "targets");
    assert_int_equal(targets->count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(targets->values[i]->text[1], '1' + (int)i);
    assert_int_equal(at(root, "macro")->count, 2);
    assert_string_equal(at(root, "title")->text, "t");
    assert_string_equal(at(root, "fulcrum")->text, "1");
    assert_false(has(root, "include"));
    assert_int_equal(root->count, 5);
    flc_document_free(document);
}

static void places_keep_to_the_file_in_which_they_stand(void **state)
{
    make(*state, "below/c.yaml", "\nprograms:\n  C: 4\n");
    make(*state, "main.yaml", "include: below/c.yaml\nprograms:\n  D: 5\n");
    flc_document *document = composed("main.yaml");
    const flc_node *root = flc_document_root(document), *programs = at(root, "programs");
    assert_mark(at(programs, "C")->mark, "below/c.yaml", 3, 6);
    assert_mark(programs->keys[1]->mark, "main.yaml", 3, 3);
    assert_mark(root->mark, "main.yaml", 1, 1);
    assert_mark(programs->mark, "main.yaml", 3, 3);
    flc_document_free(document);
}

static void one_file_stays_as_it_is(void **state)
{
    make(*state, "main.yaml", "b: 1\na: 2");
    flc_document *document;
    flc_error error;
    size_t length;
    assert_int_equal(flc_document_load(&document, "main.yaml", &error), FLC_OK);
    const flc_node *root = flc_document_root(document);
    assert_int_equal(flc_compose(document, &error), FLC_OK);
    assert_ptr_equal(flc_document_root(document), root);
    assert_string_equal(flc_document_text(document, &length), "b: 1\na: 2");
    flc_document_free(document);
    make(*state, "main.yaml", "just text");
    flc_document_free(composed("main.yaml"));
}

static void texts_are_joined_under_names_that_do_not_tell_the_machine(void **state)
{
    struct kit *kit = *state;
    char path[2 * NAME_ROOM];
    make(kit, "below/c.yaml",
         "\xEF\xBB\xBF"
         "macro: {x: 1}");
    make(kit, "b.yaml", "include: below/c.yaml\n");
    make(kit, "main.yaml", "include: ./b.yaml\n");
    make(kit, "below/over.yaml", "base: ../main.yaml\nset: {macro/x: 2}\n");
    snprintf(path, sizeof path, "%s/below/over.yaml", kit->folder);
    flc_document *document = composed(path);
    size_t length;
    const char *text = flc_document_text(document, &length);
    assert_string_equal(text, "# file: ../main.yaml\ninclude: ./b.yaml\n"
                              "# file: .././b.yaml\ninclude: below/c.yaml\n"
                              "# file: .././below/c.yaml\nmacro: {x: 1}\n"
                              "# file: over.yaml\nbase: ../main.yaml\nset: {macro/x: 2}\n");
    assert_int_equal(length, strlen(text));
    assert_string_equal(flc_document_name(document), path);
    flc_document_free(document);
}

static void absolute_names_are_taken_as_they_are(void **state)
{
    struct kit *kit = *state;
    char text[2 * NAME_ROOM];
    make(kit, "a.yaml", "macro: {x: 1}\n");
    snprintf(text, sizeof text, "include: %s/a.yaml\n", kit->folder);
    make(kit, "below/main.yaml", text);
    flc_document *document = composed("below/main.yaml");
    assert_string_equal(at(at(flc_document_root(document), "macro"), "x")->text, "1");
    flc_document_free(document);
}

static void what_is_given_twice_names_both_places(void **state)
{
    static const char *const cases[][2] = {
        {"include: a.yaml\ntitle: x\n",
         "main.yaml:2:1: title is given a second time (first in a.yaml:2:1); keep it in one"},
        {"programs:\n  MEP: {x: 1}\ninclude: a.yaml\n",
         "main.yaml:2:3: programs/MEP is given a second time (first in a.yaml:3:12)"},
        {"include: [a.yaml, b.yaml]\n",
         "b.yaml:1:9: macro/x is given a second time (first in a.yaml:4:9)"},
        {"include: a.yaml\nfulcrum: 2\n", "main.yaml:2:10: 'fulcrum' is '2' here and '1' in "
                                          "a.yaml:1:10; files of one study have one version"},
        {"include: a.yaml\nmacro: [1]\n",
         "main.yaml:2:8: 'macro' is a list here and a mapping in a.yaml:4:8; write both"},
        {"include: a.yaml\nmacro:\n", "main.yaml:2:7: 'macro' is nothing here and a mapping in"},
        {"include: a.yaml\ntitle: {a: 1}\n", "'title' is a mapping here and 'A' in a.yaml:2:8"},
    };
    make(*state, "a.yaml", "fulcrum: 1\ntitle: A\nprograms: {MEP: {y: 1}}\nmacro: {x: 1}\n");
    make(*state, "b.yaml", "macro: {x: 1}\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused_main(*state, cases[i][0], cases[i][1]);
}

static void a_source_cited_in_several_files_is_one_reference(void **state)
{
    make(*state, "a.yaml", "references: {M2: two, M1: one}\n");
    make(*state, "b.yaml", "references: {M3: three, M1: 'one', M2: two}\n");
    make(*state, "main.yaml", "include: [a.yaml, b.yaml]\nreferences: {M1: one, M4: four}\n");
    static const char *const keys[] = {"M2", "M1", "M3", "M4"};
    static const char *const texts[] = {"two", "one", "three", "four"};
    flc_document *document = composed("main.yaml");
    const flc_node *references = at(flc_document_root(document), "references");
    assert_int_equal(references->count, 4);
    for (size_t i = 0; i < references->count; i++) {
        assert_string_equal(references->keys[i]->text, keys[i]);
        assert_string_equal(references->values[i]->text, texts[i]);
    }
    flc_document_free(document);
    refused_main(*state, "include: [a.yaml, b.yaml]\nreferences: {M1: another}\n",
                 "main.yaml:2:14: references/M1 is given a second time (first in b.yaml:1:");
}

static void files_that_lead_in_a_circle_are_told_with_the_way(void **state)
{
    refused_main(*state, "include: main.yaml\n",
                 "main.yaml:1:10: files lead in a circle: main.yaml includes main.yaml; take");
    make(*state, "a.yaml", "include: below/b.yaml\n");
    make(*state, "below/b.yaml", "include: [../c.yaml]\n");
    make(*state, "c.yaml", "include: ./a.yaml\n");
    refused_main(*state, "include: a.yaml\n",
                 "below/../c.yaml:1:10: files lead in a circle: a.yaml includes below/b.yaml "
                 "includes below/../c.yaml includes a.yaml; take one of these lines out");
    make(*state, "o1.yaml", "base: o2.yaml\n");
    make(*state, "o2.yaml", "base: o1.yaml\n");
    refused("o1.yaml", FLC_ERROR_STUDY,
            "o2.yaml:1:7: files lead in a circle: o1.yaml is based on o2.yaml is based on o1.yaml");
    make(*state, "o2.yaml", "include: o1.yaml\n");
    refused("o1.yaml", FLC_ERROR_STUDY, "o1.yaml is based on o2.yaml includes o1.yaml");
}

static void links_are_seen_through(void **state)
{
    struct kit *kit = *state;
    make(kit, "link.yaml", "");
    unlink("link.yaml");
    assert_int_equal(symlink("main.yaml", "link.yaml"), 0);
    refused_main(kit, "include: link.yaml\n", "files lead in a circle");
}

static void a_file_reached_twice_is_refused(void **state)
{
    make(*state, "a.yaml", "macro: {x: 1}\n");
    make(*state, "b.yaml", "include: ./a.yaml\n");
    refused_main(
        *state, "include: [a.yaml, b.yaml]\n",
        "b.yaml:1:10: ./a.yaml is part of this study already, by main.yaml:1:11; take one");
    refused_main(*state, "include: [a.yaml, a.yaml]\n",
                 "main.yaml:1:19: a.yaml is part of this study already, by main.yaml:1:11");
}

static void what_is_no_name_of_a_file_is_refused(void **state)
{
    refused_main(*state, "include:\n", "main.yaml:1:9: nothing where the name of a file");
    refused_main(*state, "include: []\n", "main.yaml:1:10: an empty list; give a file");
    refused_main(*state, "include: {a: b}\n", "main.yaml:1:10: a mapping where the name");
    refused_main(*state, "include: [[a]]\n", "main.yaml:1:11: a list where the name");
    refused_main(*state, "include: ['']\n", "main.yaml:1:11: an empty name");
    refused_main(*state, "base: [a]\n", "main.yaml:1:7: a list where the name");
    make(*state, "main.yaml", "include: nowhere.yaml\n");
    refused("main.yaml", FLC_ERROR_INPUT,
            "main.yaml:1:10: nowhere.yaml: cannot open: No such file");
    make(*state, "main.yaml", "x: 1\nbase: below\n");
    refused("main.yaml", FLC_ERROR_STUDY, "main.yaml:1:1: unknown key 'x'");
    make(*state, "main.yaml", "base: below\n");
    refused("main.yaml", FLC_ERROR_INPUT, "main.yaml:1:7: below: cannot read: Is a directory");
}

static void what_is_wrong_inside_a_part_is_told_there(void **state)
{
    make(*state, "a.yaml", "x: 1\ny: @\n");
    refused_main(*state, "include: a.yaml\n", "a.yaml:2:4: not valid YAML");
    make(*state, "a.yaml", "# nothing\n");
    refused_main(*state, "include: a.yaml\n", "a.yaml: the file has only comments");
    make(*state, "a.yaml", "[1]\n");
    refused_main(*state, "include: a.yaml\n", "a.yaml:1:1: a list where an included file has keys");
    make(*state, "a.yaml", "base: b.yaml\n");
    refused_main(*state, "include: a.yaml\n", "a.yaml:1:7: an overlay cannot be included");
}

static void depth_and_number_of_files_are_limited(void **state)
{
    char name[NAME_ROOM], text[32 * FLC_FILES_MOST] = "include: [x0.yaml";
    size_t used = strlen(text);
    for (int i = 0; i <= FLC_FILES_DEPTH; i++) {
        snprintf(name, sizeof name, "d%d.yaml", i);
        snprintf(text, sizeof text, "include: d%d.yaml\n", i + 1);
        make(*state, name, i == FLC_FILES_DEPTH ? "macro: {x: 1}\n" : text);
    }
    flc_document_free(composed("d0.yaml"));
    refused_main(*state, "include: d0.yaml\n", "d15.yaml:1:10: more than 16 files deep");
    strcpy(text, "include: [x0.yaml");
    for (int i = 0; i < FLC_FILES_MOST; i++) {
        snprintf(name, sizeof name, "x%d.yaml", i);
        make(*state, name, "targets: [1]\n");
        used += i ? (size_t)snprintf(text + used, sizeof text - used, ", %s", name) : 0;
        if (i != FLC_FILES_MOST - 2)
            continue;
        strcpy(text + used, "]\n");
        make(*state, "main.yaml", text);
        flc_document *document = composed("main.yaml");
        assert_int_equal(at(flc_document_root(document), "targets")->count, FLC_FILES_MOST - 1);
        flc_document_free(document);
    }
    strcpy(text + used, "]\n");
    refused_main(*state, text, "more than 256 files");
}

static void limits_of_one_file_hold_for_all_together(void **state)
{
    size_t room = FLC_DOCUMENT_BYTES / 2 + 100;
    char *text = malloc(room + 1);
    assert_non_null(text);
    memset(text, 'x', room);
    memcpy(text, "title: ", 7);
    text[room] = '\0';
    make(*state, "a.yaml", text);
    make(*state, "b.yaml", text);
    refused_main(*state, "include: [a.yaml, b.yaml]\n",
                 "main.yaml:1:19: with this file, the study is longer than 16777216 bytes");
    strcpy(text, "x: &x [");
    for (int i = 0; i < 1000; i++)
        strcat(text, "1,");
    strcat(text, "]\ny: [");
    for (int i = 0; i < 600; i++)
        strcat(text, "*x,");
    strcat(text, "]\n");
    make(*state, "a.yaml", text);
    make(*state, "b.yaml", text);
    refused_main(*state, "include: [a.yaml, b.yaml]\n",
                 "with this file, more than 1000000 entries");
    free(text);
}

/* ---- overlays -------------------------------------------------------------------------------- */

static const char base[] = "fulcrum: 1\n"
                           "title: Base\n"
                           "note: a remark\n"
                           "portfolio: {coordination: 0.3}\n"
                           "programs:\n"
                           "  MEP: {match: {required: 1}, gates: [{age: 3}, {age: 5}]}\n"
                           "  RIE: {match: {required: 2}}\n"
                           "  RIEB: {}\n"
                           "dependence:\n"
                           "- {pair: [programs/MEP/a, programs/MEP/b]}\n"
                           "- {pair: [programs/MEP/a, programs/RIE/b]}\n"
                           "- {pair: [programs/RIEB/a, programs/MEP/b]}\n"
                           "targets:\n"
                           "- {output: MEP/leverage_ratio, fiscal_year: 2030}\n"
                           "- {output: MEP/leverage_ratio}\n"
                           "- {output: RIE/survival_share}\n";

static void overlays_set_and_remove_and_nothing_else(void **state)
{
    make(*state, "base.yaml", base);
    make(*state, "over.yaml",
         "base: base.yaml\nname: Without\ntitle: New\n"
         "set:\n  programs/MEP/match/required: {fixed: 2, source: law}\n  programs/MEP/gates/1: "
         "{age: 7}\n"
         "  programs/MEP/extra: 1\n"
         "remove: [programs/RIE, dependence/programs/RIE, targets/MEP/leverage_ratio, note]\n");
    flc_document *document = composed("over.yaml");
    const flc_node *root = flc_document_root(document), *programs = at(root, "programs");
    assert_string_equal(at(root, "title")->text, "New");
    assert_string_equal(at(root, "name")->text, "Without");
    assert_false(has(root, "note"));
    assert_false(has(root, "base"));
    assert_false(has(programs, "RIE"));
    assert_int_equal(programs->count, 2);
    const flc_node *mep = at(programs, "MEP");
    const flc_node *fixed = at(at(at(mep, "match"), "required"), "fixed");
    assert_mark(fixed->mark, "over.yaml", 5, 40);
    assert_string_equal(at(at(mep, "gates")->values[1], "age")->text, "7");
    assert_string_equal(at(at(mep, "gates")->values[0], "age")->text, "3");
    assert_mark(mep->keys[2]->mark, "over.yaml", 7, 3);
    assert_int_equal(at(root, "dependence")->count, 2);
    assert_string_equal(at(at(root, "dependence")->values[1], "pair")->values[0]->text,
                        "programs/RIEB/a");
    assert_int_equal(at(root, "targets")->count, 1);
    assert_string_equal(at(at(root, "portfolio"), "coordination")->text, "0.3");
    flc_document_free(document);
}

static void the_last_item_takes_the_list_with_it(void **state)
{
    make(*state, "base.yaml", base);
    make(*state, "over.yaml",
         "base: base.yaml\nremove: [dependence/programs, targets/MEP, "
         "targets/RIE/survival_share]\n");
    flc_document *document = composed("over.yaml");
    assert_false(has(flc_document_root(document), "dependence"));
    assert_false(has(flc_document_root(document), "targets"));
    flc_document_free(document);
}

static void overlays_on_overlays_apply_from_the_base_upwards(void **state)
{
    make(*state, "base.yaml", base);
    make(*state, "below/one.yaml",
         "base: ../base.yaml\nname: One\ntitle: One\n"
         "set: {programs/MEP/match/required: 2, portfolio/x: 1}\n");
    make(*state, "two.yaml",
         "base: below/one.yaml\nname: Two\n"
         "set: {programs/MEP/match/required: 3}\nremove: [portfolio/x]\n");
    flc_document *document = composed("two.yaml");
    const flc_node *root = flc_document_root(document);
    assert_string_equal(at(at(at(at(root, "programs"), "MEP"), "match"), "required")->text, "3");
    assert_string_equal(at(root, "name")->text, "Two");
    assert_string_equal(at(root, "title")->text, "One");
    assert_int_equal(at(root, "portfolio")->count, 1);
    flc_document_free(document);
}

static void a_policy_can_be_tried_on_another_base(void **state)
{
    make(*state, "base.yaml", base);
    make(*state, "other.yaml", "fulcrum: 1\nportfolio: {coordination: 0.1, c: 5}");
    make(*state, "one.yaml", "base: base.yaml\nset: {portfolio/x: 1}\n");
    make(*state, "two.yaml", "base: one.yaml\nset: {portfolio/coordination: 0}\n");
    flc_document *document = composed("other.yaml");
    flc_error error = {FLC_OK, ""};
    size_t length;
    assert_int_equal(flc_compose_overlay(document, "two.yaml", &error), FLC_OK);
    const flc_node *portfolio = at(flc_document_root(document), "portfolio");
    assert_string_equal(at(portfolio, "coordination")->text, "0");
    assert_string_equal(at(portfolio, "x")->text, "1");
    assert_string_equal(at(portfolio, "c")->text, "5");
    assert_string_equal(flc_document_name(document), "other.yaml");
    assert_string_equal(flc_document_text(document, &length),
                        "fulcrum: 1\nportfolio: {coordination: 0.1, c: 5}\n"
                        "# file: one.yaml\nbase: base.yaml\nset: {portfolio/x: 1}\n"
                        "# file: two.yaml\nbase: one.yaml\nset: {portfolio/coordination: 0}\n");
    assert_int_equal(flc_compose_overlay(document, "other.yaml", &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "other.yaml:1:1: this is no overlay"));
    flc_document_free(document);
}

static void mistakes_in_overlays_are_told_at_their_place(void **state)
{
    static const char *const cases[][2] = {
        {"programs: {}\n", ":2:1: 'programs' is a key of a study, and this is an overlay"},
        {"include: a.yaml\n", ":2:1: 'include' is a key of a study"},
        {"sett: {}\n", ":2:1: unknown key 'sett'; did you mean 'set'?"},
        {"unit: x\n", ":2:1: unknown key 'unit'"},
        {"set: [a]\n", ":2:6: a list where a mapping from paths to values"},
        {"set:\n", ":2:5: nothing where a mapping"},
        {"set:\n  programs/MEP/x:\n", ":3:18: no value; what goes away stands under remove"},
        {"set: {programs/MEPP/match/required: 2}\n", ":2:7: programs has no 'MEPP'; did you mean"},
        {"set: {programs/MEP/gates/2/age: 2}\n", "programs/MEP/gates is a list of 2"},
        {"set: {portfolio: {coordination: 0}}\n",
         ":2:7: this would replace all of 'portfolio'; set its parts by path, as "
         "portfolio/coordination: ..."},
        {"set: {programs/MEP/match/required: 2, programs/MEP: {}}\n",
         ":2:7: 'programs/MEP/match/required' lies in 'programs/MEP', which line 2, column 39"},
        {"set: {programs/RIE/x: 2}\nremove: [programs/RIE]\n", ":2:7: 'programs/RIE/x' lies in"},
        {"set: {programs/RIE-2: {}, programs/RIE/x: 1}\nremove: [programs/RIE]\n",
         ":2:27: 'programs/RIE/x' lies in 'programs/RIE', which line 3, column 10 changes too"},
        {"remove: [programs/RIE, programs/RIE]\n", ":2:24: 'programs/RIE' lies in 'programs/RIE'"},
        {"title: x\nset: {title: y}\n", ":3:7: 'title' lies in 'title', which line 2, column 1"},
        {"remove: programs/RIE\n", ":2:9: 'programs/RIE' where a list of paths"},
        {"remove: [{a: b}]\n", ":2:10: a mapping where a path"},
        {"remove: [programs/REI]\n", ":2:10: programs has no 'REI'; did you mean 'RIE'?"},
        {"remove: [programs/MEP/gates/0]\n", "programs/MEP/gates is a list; entries of mappings"},
        {"remove: [programs/MEP/match/required/x]\n", "which has nothing inside"},
        {"remove: [programs//x]\n", "has an empty key"},
        {"remove: [dependence/programs/RI]\n", ":2:10: dependence has nothing that names"},
        {"remove: [targets/RIE/survival_shar]\n", "did you mean 'RIE/survival_share'?"},
        {"remove: [targets, targets/RIE]\n", "'targets/RIE' lies in 'targets'"},
    };
    make(*state, "base.yaml", base);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text, "base: base.yaml\n%s", cases[i][0]);
        make(*state, "over.yaml", text);
        refused("over.yaml", FLC_ERROR_STUDY, cases[i][1]);
        refused("over.yaml", FLC_ERROR_STUDY, "over.yaml:");
    }
    refused_main(*state, "remove: [x]\n", "main.yaml:1:9: 'remove' changes a study, but which?");
    make(*state, "base.yaml", "fulcrum: 1\n");
    make(*state, "over.yaml", "base: base.yaml\nremove: [targets/A]\n");
    refused("over.yaml", FLC_ERROR_STUDY, "the study has no list 'targets'");
    make(*state, "base.yaml", "text");
    refused("over.yaml", FLC_ERROR_STUDY, "the study has no list 'targets'");
}

/* Paths that only look alike are different paths. */
static void paths_that_share_letters_do_not_lie_in_each_other(void **state)
{
    make(*state, "base.yaml", base);
    make(*state, "over.yaml",
         "base: base.yaml\nset: {programs/RIE/x: 1, programs/RIE-2: {}, programs/RIEB/x: 1}\n"
         "remove: [programs/RIE/match]\n");
    flc_document_free(composed("over.yaml"));
}

/* ---- studies --------------------------------------------------------------------------------- */

#define PROGRAM(key, ratio)                                                                        \
    "  " key ":\n    instrument: grant\n    source: x\n"                                           \
    "    budget: {mode: share, plan: {2025: 40}, volatility: 0.05}\n"                              \
    "    units: {cohorts: [{start: 2015, count: 2}]}\n"                                            \
    "    match: {required: 1, sources: {state: {ratio: " ratio "}}}\n"                             \
    "    cost: {ratio: 2.2}\n"
#define HEAD  "fulcrum: 1\nhorizon: {base_year: 2025, years: 5}\n"
#define DRAWN "{uniform: {min: 0.5, max: 1}}"

static flc_study *loaded(const char *name, const char *overlay, const char *assignment)
{
    flc_study *study = NULL;
    flc_error error = {FLC_OK, ""};
    if (flc_study_load_overlay(&study, name, overlay, &assignment, assignment ? 1 : 0, &error))
        fail_msg("%s", error.text);
    return study;
}

static void same_study(flc_study *a, flc_study *b)
{
    assert_string_equal(a->resolved, b->resolved);
    assert_string_equal(a->hash, b->hash);
    flc_study_free(a);
    flc_study_free(b);
}

static void a_study_cut_into_files_is_the_same_study(void **state)
{
    make(*state, "whole.yaml", HEAD "programs:\n" PROGRAM("A", DRAWN) PROGRAM("B", DRAWN));
    make(*state, "a.yaml", "programs:\n" PROGRAM("A", DRAWN));
    make(*state, "b.yaml", "fulcrum: 1\nprograms:\n" PROGRAM("B", DRAWN));
    make(*state, "cut.yaml", HEAD "include: [a.yaml, b.yaml]\n");
    same_study(loaded("whole.yaml", NULL, NULL), loaded("cut.yaml", NULL, NULL));
    make(*state, "cut.yaml", HEAD "include: a.yaml\nprograms:\n" PROGRAM("B", DRAWN));
    same_study(loaded("whole.yaml", NULL, NULL), loaded("cut.yaml", NULL, NULL));
}

static void an_overlay_equals_the_same_assignment(void **state)
{
    make(*state, "whole.yaml", HEAD "programs:\n" PROGRAM("A", DRAWN));
    make(*state, "over.yaml", "base: whole.yaml\nset: {programs/A/match/required: 2}\n");
    static const char set[] = "programs/A/match/required=2";
    same_study(loaded("over.yaml", NULL, NULL), loaded("whole.yaml", NULL, set));
    same_study(loaded("whole.yaml", "over.yaml", NULL), loaded("whole.yaml", NULL, set));
    make(*state, "over.yaml", "base: whole.yaml\nset: {programs/A/match/required: 3}\n");
    same_study(loaded("over.yaml", NULL, set), loaded("whole.yaml", NULL, set));
}

static void csv_files_lie_beside_the_file_that_names_them(void **state)
{
    make(*state, "whole.yaml",
         HEAD "programs:\n" PROGRAM(
             "A", "{empirical: {values: [0.5, 0.75]}, source: 'v.csv, column r'}"));
    make(*state, "below/v.csv", "r\n0.5\n0.75\n");
    make(*state, "below/a.yaml",
         "programs:\n" PROGRAM("A", "{empirical: {csv: v.csv, column: r}}"));
    make(*state, "cut.yaml", HEAD "include: below/a.yaml\n");
    same_study(loaded("whole.yaml", NULL, NULL), loaded("cut.yaml", NULL, NULL));
    make(*state, "plain.yaml", HEAD "programs:\n" PROGRAM("A", "1"));
    make(*state, "below/over.yaml",
         "base: ../plain.yaml\nset:\n  programs/A/match/sources/state/ratio: "
         "{empirical: {csv: v.csv, column: r}}\n");
    same_study(loaded("whole.yaml", NULL, NULL), loaded("below/over.yaml", NULL, NULL));
}

static void include_is_for_files_only(void **state)
{
    flc_study *study = NULL;
    flc_error error = {FLC_OK, ""};
    static const char *const set[] = {"include=a.yaml", "include=[a.yaml]"};
    make(*state, "whole.yaml", HEAD "programs:\n" PROGRAM("A", "1"));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(flc_study_load(&study, "whole.yaml", &set[i], 1, &error), FLC_ERROR_STUDY);
        assert_non_null(strstr(error.text, "column 9: include: files are included where a file"));
    }
}

/* Of several files the mistake found first is told; no file comes before another. */
static void mistakes_in_parts_have_the_places_of_the_parts(void **state)
{
    flc_study *study = NULL;
    flc_error error = {FLC_OK, ""};
    make(*state, "a.yaml", "\n\n\nmacro: {discount: 1}\n");
    make(*state, "cut.yaml", HEAD "include: a.yaml\nprogramms: 1\n");
    assert_int_equal(flc_study_load(&study, "cut.yaml", NULL, 0, &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "cut.yaml:4:1: programms: unknown key"));
    make(*state, "cut.yaml", HEAD "include: a.yaml\nprograms:\n" PROGRAM("A", "1"));
    assert_int_equal(flc_study_load(&study, "cut.yaml", NULL, 0, &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "a.yaml:4:9: macro/discount: unknown key"));
    make(*state, "a.yaml", "programs:\n" PROGRAM("A", "1"));
    make(*state, "cut.yaml", "fulcrum: 1\ninclude: a.yaml\n");
    assert_int_equal(flc_study_load(&study, "cut.yaml", NULL, 0, &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "cut.yaml:1:1: the key 'horizon' is missing"));
}

static void every_failed_allocation_is_an_error_and_no_leak(void **state)
{
    make(*state, "a.yaml", "macro: {x: 1}\nprograms: {A: {}}\n");
    make(*state, "main.yaml",
         "include: a.yaml\nprograms: {B: {}, C: {}}\ntargets: [{output: A/x}]\n");
    make(*state, "over.yaml",
         "base: main.yaml\nset: {macro/x: 2}\nremove: [programs/C, targets/A]\n");
    make(*state, "again.yaml", "base: main.yaml\nset: {macro/x: 3}\n");
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status != FLC_OK; n++) {
        flc_document *document = NULL;
        flc_error error = {FLC_OK, ""};
        flc_memory_fail_after(n);
        status = try(&document, "over.yaml", &error);
        if (!status)
            status = flc_compose_overlay(document, "again.yaml", &error);
        flc_memory_fail_after(0);
        flc_document_free(document);
        assert_true(status == FLC_OK || status == FLC_ERROR_MEMORY);
        assert_true(n < 200);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_are_put_together_in_the_order_of_inclusion),
        TEST(places_keep_to_the_file_in_which_they_stand),
        TEST(one_file_stays_as_it_is),
        TEST(texts_are_joined_under_names_that_do_not_tell_the_machine),
        TEST(absolute_names_are_taken_as_they_are),
        TEST(what_is_given_twice_names_both_places),
        TEST(a_source_cited_in_several_files_is_one_reference),
        TEST(files_that_lead_in_a_circle_are_told_with_the_way),
        TEST(links_are_seen_through),
        TEST(a_file_reached_twice_is_refused),
        TEST(what_is_no_name_of_a_file_is_refused),
        TEST(what_is_wrong_inside_a_part_is_told_there),
        TEST(depth_and_number_of_files_are_limited),
        TEST(limits_of_one_file_hold_for_all_together),
        TEST(overlays_set_and_remove_and_nothing_else),
        TEST(the_last_item_takes_the_list_with_it),
        TEST(overlays_on_overlays_apply_from_the_base_upwards),
        TEST(a_policy_can_be_tried_on_another_base),
        TEST(mistakes_in_overlays_are_told_at_their_place),
        TEST(paths_that_share_letters_do_not_lie_in_each_other),
        TEST(a_study_cut_into_files_is_the_same_study),
        TEST(an_overlay_equals_the_same_assignment),
        TEST(csv_files_lie_beside_the_file_that_names_them),
        TEST(include_is_for_files_only),
        TEST(mistakes_in_parts_have_the_places_of_the_parts),
        TEST(every_failed_allocation_is_an_error_and_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
