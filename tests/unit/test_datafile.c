/* Data files: what is written is read back, the same calls give the same bytes, and damage is
 * found. */
#include "support/assertions.h"

#include <hdf5.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "store/datareader.h"

static char path[] = "/tmp/fulcrum_datafile_XXXXXX";

static int enter(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int leave(void **state)
{
    (void)state;
    return unlink(path);
}

static const char *const programs[] = {"MEP", "EDA", "portfolio"};
static const int32_t years[] = {2025, 2026};
static const double quantiles[] = {0.05, 0.5, 0.95, 0.99};
static double values[3 * 2 * 4];
static const int64_t counts[] = {0, 9007199254740993, INT64_MIN};

static void layout(flc_datafile *file)
{
    const char *study = "programs:\n  测试: {}\n";
    static const int32_t flags[] = {0, 1, 2};
    for (size_t i = 0; i < 24; i++)
        values[i] = i == 5 ? (double)NAN : 0.1 * (double)i;
    flc_datafile_attribute_text(file, "", NULL, "title", "标题");
    flc_datafile_attribute_int64(file, "", NULL, "samples", -5);
    flc_datafile_coordinate(file, "", "program", FLC_DATA_TEXT, programs, 3, "program", NULL);
    flc_datafile_coordinate(file, "", "fiscal_year", FLC_DATA_INT32, years, 2, "year", "year");
    flc_datafile_coordinate(file, "", "quantile", FLC_DATA_DOUBLE, quantiles, 4, "level", "1");
    flc_datafile_dimension(file, "", "sample", 3);
    flc_datafile_variable(file, "", "npv", FLC_DATA_DOUBLE, "program fiscal_year quantile", values,
                          "net present value", "USD");
    flc_datafile_attribute_doubles(file, "", "npv", "valid_range", quantiles, 2);
    flc_datafile_attribute_double(file, "", "npv", "scale", 0.25);
    flc_datafile_attribute_integers(file, "", "npv", "flag_values", flags, 3);
    flc_datafile_variable(file, "", "study", FLC_DATA_TEXT, "", &study, "study", NULL);
    flc_datafile_variable(file, "programs/MEP", "count", FLC_DATA_INT64, "sample", counts, NULL,
                          NULL);
    flc_datafile_group(file, "provenance");
}

static flc_datafile *new_file(void)
{
    flc_datafile *file;
    assert_int_equal(flc_datafile_create(&file, NULL), FLC_OK);
    return file;
}

static void save(flc_datafile *file)
{
    flc_error error = {0};
    if (flc_datafile_save(file, path, &error) != FLC_OK)
        fail_msg("%s", error.text);
    flc_datafile_free(file);
}

static void save_layout(void)
{
    flc_datafile *file = new_file();
    layout(file);
    save(file);
}

static flc_datareader *open_ok(void)
{
    flc_datareader *reader;
    flc_error error = {0};
    if (flc_datareader_open(&reader, path, &error) != FLC_OK)
        fail_msg("%s", error.text);
    return reader;
}

static const flc_data_object *require(const flc_datareader *reader, const char *name)
{
    const flc_data_object *object = flc_datareader_require(reader, name, NULL);
    assert_non_null(object);
    return object;
}

static void objects_come_back_in_the_order_of_creation(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "",      "program",  "fiscal_year",  "quantile",           "npv",
        "study", "programs", "programs/MEP", "programs/MEP/count", "provenance"};
    save_layout();
    flc_datareader *reader = open_ok();
    assert_int_equal(flc_datareader_count(reader), 10);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(flc_datareader_object(reader, i)->path, expected[i]);
    assert_null(flc_datareader_object(reader, 10));
    assert_true(require(reader, "programs")->is_group);
    assert_true(require(reader, "quantile")->is_coordinate);
    assert_false(require(reader, "npv")->is_coordinate);
    flc_datareader_free(reader);
}

static void shapes_and_dimensions_come_back(void **state)
{
    (void)state;
    save_layout();
    flc_datareader *reader = open_ok();
    const flc_data_object *npv = require(reader, "npv");
    assert_int_equal(npv->type, FLC_DATA_DOUBLE);
    assert_int_equal(npv->rank, 3);
    assert_int_equal(npv->count, 24);
    assert_int_equal(npv->size[2], 4);
    assert_string_equal(npv->dimension[0], "program");
    assert_string_equal(npv->dimension[2], "quantile");
    const flc_data_object *count = require(reader, "programs/MEP/count");
    assert_int_equal(count->type, FLC_DATA_INT64);
    assert_string_equal(count->dimension[0], "sample");
    assert_string_equal(require(reader, "fiscal_year")->dimension[0], "fiscal_year");
    assert_int_equal(require(reader, "study")->rank, 0);
    flc_datareader_free(reader);
}

static void values_come_back_with_the_same_bits(void **state)
{
    (void)state;
    save_layout();
    flc_datareader *reader = open_ok();
    const double *npv = flc_datareader_doubles(reader, "npv", NULL);
    for (size_t i = 0; i < 24; i++)
        ASSERT_SAME_BITS(npv[i], values[i]);
    const int64_t *count = flc_datareader_integers(reader, "programs/MEP/count", NULL);
    assert_memory_equal(count, counts, sizeof counts);
    ASSERT_SAME_BITS(flc_datareader_doubles(reader, "fiscal_year", NULL)[1], 2026.0);
    assert_int_equal(flc_datareader_integers(reader, "fiscal_year", NULL)[1], 2026);
    assert_string_equal(flc_datareader_texts(reader, "program", NULL)[2], "portfolio");
    assert_string_equal(flc_datareader_texts(reader, "study", NULL)[0], "programs:\n  测试: {}\n");
    flc_datareader_free(reader);
}

static void attributes_come_back_without_bookkeeping(void **state)
{
    (void)state;
    save_layout();
    flc_datareader *reader = open_ok();
    const flc_data_object *npv = require(reader, "npv");
    assert_int_equal(npv->attribute_count, 5);
    assert_string_equal(npv->attributes[0].name, "long_name");
    assert_string_equal(flc_data_attribute_text(npv, "units"), "USD");
    ASSERT_SAME_BITS(flc_data_attribute_find(npv, "valid_range")->doubles[1], 0.5);
    ASSERT_SAME_BITS(flc_data_attribute_find(npv, "scale")->doubles[0], 0.25);
    assert_int_equal(flc_data_attribute_find(npv, "flag_values")->integers[2], 2);
    assert_int_equal(flc_data_attribute_find(npv, "flag_values")->count, 3);
    assert_null(flc_data_attribute_find(npv, "absent"));
    assert_null(flc_data_attribute_text(npv, "scale"));
    const flc_data_object *root = require(reader, "");
    assert_string_equal(flc_data_attribute_text(root, "title"), "标题");
    assert_int_equal(flc_data_attribute_find(root, "samples")->integers[0], -5);
    flc_datareader_free(reader);
}

/* Sizes around the border between contiguous and chunked, and shapes that do not halve evenly. */
static void arrays_of_any_size_come_back(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 8191},  {1, 1, 8192}, {3, 5, 7},      {1, 300001, 1},
                                       {7, 101, 401}, {2, 3, 0},    {131073, 1, 1}, {1, 1, 1}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const size_t count = shapes[s][0] * shapes[s][1] * shapes[s][2];
        double *data = FLC_NEW(double, count, NULL);
        for (size_t i = 0; i < count; i++)
            data[i] = (double)(i * 2654435761u % 1000003u);
        flc_datafile *file = new_file();
        flc_datafile_dimension(file, "", "a", shapes[s][0]);
        flc_datafile_dimension(file, "", "b", shapes[s][1]);
        flc_datafile_dimension(file, "", "c", shapes[s][2]);
        flc_datafile_variable(file, "", "x", FLC_DATA_DOUBLE, "a b c", data, NULL, NULL);
        save(file);
        flc_datareader *reader = open_ok();
        assert_int_equal(require(reader, "x")->count, count);
        const double *back = flc_datareader_doubles(reader, "x", NULL);
        assert_non_null(back);
        assert_true(count == 0 || memcmp(back, data, count * sizeof *data) == 0);
        flc_datareader_free(reader);
        flc_free(data);
    }
}

static void regular_data_are_compressed(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    int32_t *data = FLC_NEW(int32_t, COUNT, NULL);
    char *bytes;
    size_t length;
    flc_datafile *file = new_file();
    flc_datafile_dimension(file, "", "a", COUNT);
    flc_datafile_variable(file, "", "x", FLC_DATA_INT32, "a", data, NULL, NULL);
    assert_int_equal(flc_datafile_image(file, &bytes, &length, NULL), FLC_OK);
    assert_true(length < 20000);
    flc_free(bytes);
    flc_free(data);
    flc_datafile_free(file);
}

static void the_nearest_dimension_of_a_name_is_meant(void **state)
{
    (void)state;
    static const double data[5] = {0};
    flc_datafile *file = new_file();
    flc_datafile_dimension(file, "", "unit", 2);
    flc_datafile_dimension(file, "a", "unit", 3);
    flc_datafile_variable(file, "a/b/c", "x", FLC_DATA_DOUBLE, "unit", data, NULL, NULL);
    flc_datafile_variable(file, "ab", "x", FLC_DATA_DOUBLE, "unit", data, NULL, NULL);
    flc_datafile_variable(file, "", "x", FLC_DATA_DOUBLE, "  unit  ", data, NULL, NULL);
    save(file);
    flc_datareader *reader = open_ok();
    assert_int_equal(require(reader, "a/b/c/x")->count, 3);
    assert_int_equal(require(reader, "ab/x")->count, 2);
    assert_int_equal(require(reader, "x")->count, 2);
    flc_datareader_free(reader);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    char *bytes[2];
    size_t length[2];
    for (size_t i = 0; i < 2; i++) {
        flc_datafile *file = new_file();
        layout(file);
        assert_int_equal(flc_datafile_image(file, &bytes[i], &length[i], NULL), FLC_OK);
        flc_datafile_free(file);
    }
    assert_int_equal(length[0], length[1]);
    assert_memory_equal(bytes[0], bytes[1], length[0]);
    flc_free(bytes[0]);
    flc_free(bytes[1]);
}

static void every_nan_becomes_the_same(void **state)
{
    (void)state;
    double data[3] = {(double)NAN, -(double)NAN, 1.0};
    uint64_t payload = 0xFFF0000000000123u, bits;
    memcpy(&data[0], &payload, 8);
    flc_datafile *file = new_file();
    flc_datafile_dimension(file, "", "a", 3);
    flc_datafile_variable(file, "", "x", FLC_DATA_DOUBLE, "a", data, NULL, NULL);
    save(file);
    flc_datareader *reader = open_ok();
    const double *back = flc_datareader_doubles(reader, "x", NULL);
    for (size_t i = 0; i < 2; i++) {
        memcpy(&bits, &back[i], 8);
        assert_true(bits == 0x7FF8000000000000u);
    }
    ASSERT_SAME_BITS(back[2], 1.0);
    flc_datareader_free(reader);
}

static void texts_become_valid(void **state)
{
    (void)state;
    const char *texts[3] = {"caf\xE9", NULL, ""};
    flc_datafile *file = new_file();
    flc_datafile_attribute_text(file, "", NULL, "note", "\xFFx");
    flc_datafile_coordinate(file, "", "a", FLC_DATA_TEXT, texts, 3, "bad \x80", NULL);
    save(file);
    flc_datareader *reader = open_ok();
    const char *const *back = flc_datareader_texts(reader, "a", NULL);
    assert_string_equal(back[0], "caf\xEF\xBF\xBD");
    assert_string_equal(back[1], "");
    assert_string_equal(back[2], "");
    assert_string_equal(flc_data_attribute_text(require(reader, "a"), "long_name"),
                        "bad \xEF\xBF\xBD");
    assert_string_equal(flc_data_attribute_text(require(reader, ""), "note"), "\xEF\xBF\xBDx");
    flc_datareader_free(reader);
}

/* ---- mistakes of the caller ---- */

static void taken(flc_datafile *file)
{
    flc_datafile_dimension(file, "", "npv", 3);
}
static void unknown_dimension(flc_datafile *file)
{
    flc_datafile_variable(file, "", "x", FLC_DATA_DOUBLE, "program nowhere", values, NULL, NULL);
}
static void dimension_of_another_group(flc_datafile *file)
{
    flc_datafile_dimension(file, "programs/MEP", "unit", 1);
    flc_datafile_variable(file, "programs", "x", FLC_DATA_DOUBLE, "unit", values, NULL, NULL);
}
static void too_many_dimensions(flc_datafile *file)
{
    flc_datafile_dimension(file, "", "a", 1);
    flc_datafile_variable(file, "", "x", FLC_DATA_DOUBLE, "a a a a a a a a a", values, NULL, NULL);
}
static void slash_in_name(flc_datafile *file)
{
    flc_datafile_dimension(file, "", "a/b", 1);
}
static void control_character_in_name(flc_datafile *file)
{
    flc_datafile_dimension(file, "", "a\n", 1);
}
static void broken_utf8_in_group(flc_datafile *file)
{
    flc_datafile_group(file, "a/\xFF/b");
}
static void empty_name(flc_datafile *file)
{
    flc_datafile_dimension(file, "", "", 1);
}
static void group_without_name(flc_datafile *file)
{
    flc_datafile_group(file, "programs//MEP");
}

static void a_mistake_is_named_and_sticks(void **state)
{
    (void)state;
    static const struct {
        void (*make)(flc_datafile *file);
        const char *message;
    } cases[] = {
        {taken, "/npv: this name is taken"},
        {unknown_dimension, "/x: unknown dimension"},
        {dimension_of_another_group, "/programs/x: unknown dimension"},
        {too_many_dimensions, "/x: too many dimensions"},
        {slash_in_name, "/a/b: not a valid name"},
        {control_character_in_name, "not a valid name"},
        {broken_utf8_in_group, "not a valid name"},
        {empty_name, "not a valid name"},
        {group_without_name, "not a valid name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_error error = {0};
        flc_datafile *file = new_file();
        layout(file);
        assert_int_equal(flc_datafile_status(file, &error), FLC_OK);
        cases[i].make(file);
        flc_datafile_dimension(file, "", "later", 1);
        assert_int_equal(flc_datafile_status(file, &error), FLC_ERROR_INTERNAL);
        assert_int_equal(flc_datafile_save(file, path, &error), FLC_ERROR_INTERNAL);
        assert_ptr_equal(strstr(error.text, path), error.text);
        if (!strstr(error.text, cases[i].message))
            fail_msg("%s", error.text);
        flc_datafile_free(file);
    }
}

static void attributes_need_something_to_belong_to(void **state)
{
    (void)state;
    flc_error error = {0};
    flc_datafile *file = new_file();
    flc_datafile_attribute_double(file, "", "absent", "x", 1.0);
    assert_int_equal(flc_datafile_status(file, &error), FLC_ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "/absent: HDF5 cannot find"));
    assert_non_null(strstr(error.text, "doesn't exist"));
    flc_datafile_free(file);
}

static void a_finished_file_can_be_saved_again_but_not_changed(void **state)
{
    (void)state;
    flc_error error = {0};
    flc_datafile *file = new_file();
    layout(file);
    assert_int_equal(flc_datafile_save(file, "/nonexistent/x", &error), FLC_ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "/nonexistent/x"));
    assert_int_equal(flc_datafile_save(file, path, &error), FLC_OK);
    assert_int_equal(flc_datafile_save(file, path, &error), FLC_OK);
    flc_datafile_group(file, "late");
    assert_int_equal(flc_datafile_save(file, path, &error), FLC_ERROR_INTERNAL);
    assert_non_null(strstr(error.text, "finished"));
    flc_datafile_free(file);
    flc_datareader_free(open_ok());
}

static void many_files_are_open_at_once(void **state)
{
    (void)state;
    flc_datafile *files[5];
    flc_datareader *readers[5];
    save_layout();
    for (size_t i = 0; i < 5; i++) {
        files[i] = new_file();
        readers[i] = open_ok();
        layout(files[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(flc_datafile_status(files[i], NULL), FLC_OK);
        assert_non_null(flc_datareader_doubles(readers[i], "npv", NULL));
        flc_datafile_free(files[i]);
        flc_datareader_free(readers[i]);
    }
}

static herr_t a_printer(hid_t stack, void *data)
{
    (void)stack;
    (void)data;
    return 0;
}

static void the_error_printer_of_the_program_is_left_alone(void **state)
{
    (void)state;
    H5E_auto2_t before, after;
    void *data;
    H5Eget_auto2(H5E_DEFAULT, &before, &data);
    H5Eset_auto2(H5E_DEFAULT, a_printer, path);
    save_layout();
    flc_datareader_free(open_ok());
    H5Eget_auto2(H5E_DEFAULT, &after, &data);
    assert_true(after == a_printer);
    assert_ptr_equal(data, path);
    H5Eset_auto2(H5E_DEFAULT, before, NULL);
}

/* ---- bad files ---- */

static void assert_open_fails(flc_status expected, const char *needle)
{
    flc_datareader *reader;
    flc_error error = {0};
    assert_int_equal(flc_datareader_open(&reader, path, &error), expected);
    assert_null(reader);
    assert_ptr_equal(strstr(error.text, path), error.text);
    if (!strstr(error.text, needle))
        fail_msg("%s", error.text);
}

static void put(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void files_that_are_not_ours_are_named(void **state)
{
    (void)state;
    put("", 0);
    assert_open_fails(FLC_ERROR_STUDY, "not a result or trace file");
    put("title: a study\n", 15);
    assert_open_fails(FLC_ERROR_STUDY, "not a result or trace file");
    put("\x89HDF\r\n\x1a\n", 8);
    assert_open_fails(FLC_ERROR_STUDY, "cannot read the beginning");
    flc_datareader *reader;
    flc_error error;
    assert_int_equal(flc_datareader_open(&reader, "/nonexistent", &error), FLC_ERROR_INPUT);
    assert_int_equal(flc_datareader_open(&reader, "/tmp", &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "folder"));
}

static void what_is_asked_for_must_be_there_and_fit(void **state)
{
    (void)state;
    flc_error error = {0};
    save_layout();
    flc_datareader *reader = open_ok();
    assert_null(flc_datareader_doubles(reader, "npw", &error));
    assert_non_null(strstr(error.text, "no \"npw\" in this file; did you mean \"npv\"?"));
    assert_null(flc_datareader_doubles(reader, "altogether different", &error));
    assert_non_null(strstr(error.text, "ncdump"));
    assert_null(flc_datareader_doubles(reader, "program", &error));
    assert_non_null(strstr(error.text, "\"program\" does not hold numbers"));
    assert_null(flc_datareader_integers(reader, "npv", &error));
    assert_non_null(strstr(error.text, "whole numbers"));
    assert_null(flc_datareader_texts(reader, "npv", &error));
    assert_null(flc_datareader_texts(reader, "programs", &error));
    assert_null(flc_datareader_find(reader, "absent"));
    flc_datareader_free(reader);
}

/* Everything that the tests above read, from a file that may be damaged. */
static bool whole(void)
{
    flc_datareader *reader;
    flc_error error = {0};
    flc_status status = flc_datareader_open(&reader, path, &error);
    if (status != FLC_OK) {
        assert_int_equal(status, FLC_ERROR_STUDY);
        assert_true(strlen(error.text) > 20);
        return false;
    }
    assert_memory_equal(flc_datareader_integers(reader, "programs/MEP/count", NULL), counts,
                        sizeof counts);
    assert_memory_equal(flc_datareader_doubles(reader, "npv", NULL), values, sizeof values);
    assert_string_equal(flc_datareader_texts(reader, "program", NULL)[1], "EDA");
    assert_string_equal(flc_data_attribute_text(require(reader, ""), "title"), "标题");
    flc_datareader_free(reader);
    return true;
}

static void a_truncated_file_is_an_error_or_right(void **state)
{
    (void)state;
    char *bytes;
    size_t length, right = 0;
    save_layout();
    assert_int_equal(flc_file_read(&bytes, &length, path, 1000000, NULL), FLC_OK);
    for (size_t shorter = 0; shorter < length; shorter += shorter + 200 < length ? 13 : 1) {
        put(bytes, shorter);
        right += whole();
    }
    assert_int_equal(right, 1); /* exactly the seal was cut, as programs that edit the file do */
    flc_free(bytes);
}

static void a_flipped_bit_is_an_error(void **state)
{
    (void)state;
    char *bytes;
    size_t length, right = 0;
    save_layout();
    assert_int_equal(flc_file_read(&bytes, &length, path, 1000000, NULL), FLC_OK);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= (char)(1 << i % 8);
        put(bytes, length);
        right += whole();
        bytes[i] ^= (char)(1 << i % 8);
    }
    assert_int_equal(right, 0);
    flc_free(bytes);
}

/* More than one piece of the image, with arrays across its pieces' ends. */
static void fill(flc_datafile *file)
{
    double *data = FLC_NEW(double, 300000, NULL);
    for (size_t i = 0; i < 300000; i++)
        data[i] = (double)(i * 2654435761u % 1000003u) / 7.0;
    layout(file);
    flc_datafile_dimension(file, "", "large", 300000);
    flc_datafile_variable(file, "", "large_data", FLC_DATA_DOUBLE, "large", data, "large", "1");
    flc_datafile_dimension(file, "", "some", 8000);
    for (size_t i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "some_%zu", i);
        flc_datafile_variable(file, "", name, FLC_DATA_DOUBLE, "some", data + i, name, "1");
    }
    flc_free(data);
}

static void an_image_is_what_is_saved(void **state)
{
    (void)state;
    flc_datafile *file;
    char *image, *saved;
    size_t length, saved_length;
    assert_int_equal(flc_datafile_create(&file, NULL), FLC_OK);
    fill(file);
    assert_int_equal(flc_datafile_image(file, &image, &length, NULL), FLC_OK);
    assert_int_equal(flc_datafile_save(file, path, NULL), FLC_OK);
    assert_int_equal(flc_file_read(&saved, &saved_length, path, SIZE_MAX / 4, NULL), FLC_OK);
    assert_true(length > 2500000);
    assert_int_equal(length, saved_length);
    assert_memory_equal(image, saved, length);
    flc_datareader *reader = open_ok();
    assert_int_equal(require(reader, "large_data")->count, 300000);
    for (size_t i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "some_%zu", i);
        assert_true(require(reader, name)->count == 8000);
        const double *back = flc_datareader_doubles(reader, name, NULL);
        assert_true(back && back[7999] == (double)((7999 + i) * 2654435761u % 1000003u) / 7.0);
    }
    flc_datareader_free(reader);
    flc_datafile_free(file);
    flc_free(image);
    flc_free(saved);
}

/* ---- memory ---- */

static flc_status write_and_read(void)
{
    flc_datafile *file;
    flc_datareader *reader = NULL;
    flc_error error = {0};
    flc_status status = flc_datafile_create(&file, &error);
    if (status == FLC_OK) {
        layout(file);
        status = flc_datafile_save(file, path, &error);
        flc_datafile_free(file);
    }
    if (status == FLC_OK)
        status = flc_datareader_open(&reader, path, &error);
    if (status == FLC_OK && (!flc_datareader_texts(reader, "program", &error) ||
                             !flc_datareader_doubles(reader, "npv", &error)))
        status = error.status;
    flc_datareader_free(reader);
    assert_int_equal(status, error.status);
    return status;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    flc_status status = FLC_ERROR_MEMORY;
    long n = 0;
    while (status != FLC_OK) {
        assert_int_equal(status, FLC_ERROR_MEMORY);
        flc_memory_fail_after(++n);
        status = write_and_read();
        flc_memory_fail_after(0);
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_back_in_the_order_of_creation),
        cmocka_unit_test(shapes_and_dimensions_come_back),
        cmocka_unit_test(values_come_back_with_the_same_bits),
        cmocka_unit_test(attributes_come_back_without_bookkeeping),
        cmocka_unit_test(arrays_of_any_size_come_back),
        cmocka_unit_test(regular_data_are_compressed),
        cmocka_unit_test(the_nearest_dimension_of_a_name_is_meant),
        cmocka_unit_test(the_same_calls_give_the_same_bytes),
        cmocka_unit_test(every_nan_becomes_the_same),
        cmocka_unit_test(texts_become_valid),
        cmocka_unit_test(a_mistake_is_named_and_sticks),
        cmocka_unit_test(attributes_need_something_to_belong_to),
        cmocka_unit_test(a_finished_file_can_be_saved_again_but_not_changed),
        cmocka_unit_test(many_files_are_open_at_once),
        cmocka_unit_test(the_error_printer_of_the_program_is_left_alone),
        cmocka_unit_test(files_that_are_not_ours_are_named),
        cmocka_unit_test(what_is_asked_for_must_be_there_and_fit),
        cmocka_unit_test(a_truncated_file_is_an_error_or_right),
        cmocka_unit_test(a_flipped_bit_is_an_error),
        cmocka_unit_test(an_image_is_what_is_saved),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
