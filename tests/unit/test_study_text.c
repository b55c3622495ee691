/* Laws of the text of a study: what is resolved names it, and no bytes whatever break reading. Run
 * from the top of the repository; the studies of inputs/ are read. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "study/study.h"
#include "support/assertions.h"

static char *load(size_t *length, const char *path)
{
    char *text;
    flc_error error = {FLC_OK, ""};
    if (flc_file_read(&text, length, path, 1 << 20, &error))
        fail_msg("%s", error.text);
    return text;
}

/* The resolved text of a study that reads must read as the same study. */
static void resolves(const flc_study *study)
{
    flc_study *again = NULL;
    flc_error error = {FLC_OK, ""};
    if (flc_study_parse(&again, study->resolved, study->resolved_length, "resolved", &error))
        fail_msg("%s\n%s", error.text, study->resolved);
    assert_string_equal(again->resolved, study->resolved);
    assert_string_equal(again->hash, study->hash);
    size_t count = flc_quantities_sampled_count(study->quantities);
    assert_int_equal(flc_quantities_sampled_count(again->quantities), count);
    for (size_t i = 0; i < count; i++) {
        uint32_t a = flc_quantities_sampled_row(study->quantities, i);
        uint32_t b = flc_quantities_sampled_row(again->quantities, i);
        assert_string_equal(flc_quantities_path(study->quantities, a),
                            flc_quantities_path(again->quantities, b));
    }
    flc_study_free(again);
}

static void the_resolved_text_reads_as_the_same_study(void **state)
{
    (void)state;
    static const char *const names[] = {"inputs/baseline.yaml", "inputs/first_study.yaml",
                                        "inputs/checks/mep_fy2023.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        flc_study *study = NULL;
        flc_error error = {FLC_OK, ""};
        if (flc_study_load(&study, names[i], NULL, 0, &error))
            fail_msg("%s", error.text);
        resolves(study);
        flc_study_free(study);
    }
}

/* Returns whether the bytes were a study. */
static bool survives(const char *text, size_t length)
{
    flc_study *study = NULL;
    flc_error error = {FLC_OK, ""};
    flc_status status = flc_study_parse(&study, text, length, "s.yaml", &error);
    if (!status) {
        resolves(study);
        flc_study_free(study);
        return true;
    }
    if (status != FLC_ERROR_STUDY || strncmp(error.text, "s.yaml", 6) != 0)
        fail_msg("status %d: %s", (int)status, error.text);
    return false;
}

static void every_truncation_is_read_or_refused_with_its_place(void **state)
{
    (void)state;
    size_t length;
    char *text = load(&length, "inputs/first_study.yaml");
    for (size_t cut = 0; cut < length; cut++) {
        char kept = text[cut];
        text[cut] = '\0';
        survives(text, cut);
        text[cut] = kept;
    }
    flc_free(text);
}

static void any_changed_bytes_are_read_or_refused_with_their_place(void **state)
{
    (void)state;
    static const char likely[] = "{}[]:,-#&*!|>'\"%@`\n\t 0129.eE~abx\xC3\xFF";
    size_t length, read = 0;
    uint64_t seed = 20251028;
    char *text = load(&length, "inputs/first_study.yaml");
    for (int round = 0; round < 2000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)(seed >> 33) % length;
        char kept = text[at];
        text[at] = likely[(size_t)(seed >> 8) % (sizeof likely - 1)];
        read += survives(text, length);
        text[at] = kept;
    }
    flc_free(text);
    assert_in_range(read, 100, 1900); /* both outcomes are tried */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_resolved_text_reads_as_the_same_study),
        cmocka_unit_test(every_truncation_is_read_or_refused_with_its_place),
        cmocka_unit_test(any_changed_bytes_are_read_or_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
