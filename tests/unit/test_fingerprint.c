/* Laws of fingerprints: they depend on every bit of every output, on nothing else, and tables of
 * them are functions of the set of blocks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/isa.h"
#include "random/draws.h"
#include "statistics/fingerprint.h"
#include "support/assertions.h"

enum { OUTPUTS = 7, VALUES = OUTPUTS * FLC_BLOCK };

static void fill(double *values)
{
    for (size_t i = 0; i < VALUES; i++)
        values[i] = sin((double)i) * exp((double)(i % 11));
}

/* NH and the scrambling, written again from the header's words. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void every_bit_of_every_value_counts(void **state)
{
    (void)state;
    static double values[VALUES];
    fill(values);
    uint64_t before = flc_fingerprint(flc_isa_select(), values, OUTPUTS, 5);
    for (size_t i = 1; i < VALUES; i += 37) /* values[0] is 0, which has no sign */
        for (int bit = 0; bit < 64; bit++) {
            uint64_t bits;
            double kept = values[i];
            memcpy(&bits, &kept, sizeof bits);
            bits ^= UINT64_C(1) << bit;
            memcpy(&values[i], &bits, sizeof bits);
            assert_int_not_equal(before, flc_fingerprint(flc_isa_select(), values, OUTPUTS, 5));
            values[i] = kept;
        }
    assert_int_equal(before, flc_fingerprint(flc_isa_select(), values, OUTPUTS, 5));
    assert_int_not_equal(before, flc_fingerprint(flc_isa_select(), values, OUTPUTS, 6));
}

static void lanes_and_outputs_cannot_be_swapped(void **state)
{
    (void)state;
    static double values[VALUES], swapped[VALUES];
    fill(values);
    uint64_t before = flc_fingerprint(flc_isa_select(), values, OUTPUTS, 0);
    memcpy(swapped, values, sizeof swapped);
    swapped[3] = values[4];
    swapped[4] = values[3];
    assert_int_not_equal(before, flc_fingerprint(flc_isa_select(), swapped, OUTPUTS, 0));
    memcpy(swapped, values + FLC_BLOCK, FLC_BLOCK * sizeof *values);
    memcpy(swapped + FLC_BLOCK, values, FLC_BLOCK * sizeof *values);
    assert_int_not_equal(before, flc_fingerprint(flc_isa_select(), swapped, OUTPUTS, 0));
}

static void nan_is_one_value_and_zero_has_no_sign(void **state)
{
    (void)state;
    static double values[VALUES];
    fill(values);
    values[0] = NAN;
    values[1] = 0.0;
    uint64_t before = flc_fingerprint(flc_isa_select(), values, OUTPUTS, 0);
    values[0] = -NAN;
    values[1] = -0.0;
    assert_int_equal(before, flc_fingerprint(flc_isa_select(), values, OUTPUTS, 0));
    values[0] = 0.0;
    assert_int_not_equal(before, flc_fingerprint(flc_isa_select(), values, OUTPUTS, 0));
}

static void vector_instructions_do_not_matter(void **state)
{
    (void)state;
    static double values[VALUES];
    fill(values);
    uint64_t generic = flc_fingerprint(FLC_ISA_GENERIC, values, OUTPUTS, 9);
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
        if (flc_isa_available((flc_isa)isa))
            assert_int_equal(generic, flc_fingerprint((flc_isa)isa, values, OUTPUTS, 9));
}

/* A row of zeros: the keys multiply, which fixes them. */
static void known_answer(void **state)
{
    (void)state;
    static double values[FLC_BLOCK];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < FLC_BLOCK; i++) {
        uint32_t low = (2 * i + 1) * 2654435761u, high = (2 * i + 2) * 2246822519u;
        sum += (uint64_t)low * high;
    }
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t expected = scramble(scramble(sum + golden) + 4 * golden);
    assert_int_equal(expected, flc_fingerprint(flc_isa_select(), values, 1, 3));
}

/* A table by its definition: the smallest shift, and sums. */
static void add_plainly(flc_fingerprints *table, const uint64_t *blocks, size_t count)
{
    uint64_t most = 0;
    flc_fingerprints_clear(table);
    for (size_t i = 0; i < count; i++)
        most = blocks[i] > most ? blocks[i] : most;
    while (most >> table->shift >= FLC_FINGERPRINT_GROUPS)
        table->shift++;
    table->used = (size_t)(most >> table->shift) + 1;
    for (size_t i = 0; i < count; i++)
        table->group[blocks[i] >> table->shift] += scramble(blocks[i]);
}

static void tables_are_functions_of_the_set(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static uint64_t blocks[COUNT];
    static flc_fingerprints plain, whole, left, right;
    for (uint64_t spread = 1; spread <= 1u << 20; spread *= 32) {
        for (size_t i = 0; i < COUNT; i++)
            blocks[i] = i * spread + i % 7 % spread;
        add_plainly(&plain, blocks, COUNT);
        flc_fingerprints_clear(&whole);
        flc_fingerprints_clear(&left);
        flc_fingerprints_clear(&right);
        for (size_t k = 0; k < COUNT; k++) {
            size_t i = k * 1009 % COUNT; /* another order */
            flc_fingerprints_add(&whole, blocks[i], scramble(blocks[i]));
            flc_fingerprints_add(i % 3 ? &left : &right, blocks[i], scramble(blocks[i]));
        }
        assert_memory_equal(&plain, &whole, sizeof plain);
        flc_fingerprints_merge(&right, &left);
        assert_memory_equal(&plain, &right, sizeof plain);
    }
}

static void bytes_come_back_and_damage_is_refused(void **state)
{
    (void)state;
    static flc_fingerprints table, read;
    static unsigned char bytes[(FLC_FINGERPRINT_GROUPS + 3) * 8];
    flc_error error;
    flc_fingerprints_clear(&table);
    for (uint64_t b = 0; b < 10000; b += 3)
        flc_fingerprints_add(&table, b, scramble(b));
    size_t length = flc_fingerprints_bytes(&table);
    flc_fingerprints_write(&table, bytes);
    assert_int_equal(FLC_OK, flc_fingerprints_read(&read, bytes, length, &error));
    assert_memory_equal(&table, &read, sizeof table);
    assert_int_equal(FLC_ERROR_STUDY, flc_fingerprints_read(&read, bytes, length - 8, &error));
    assert_int_equal(FLC_ERROR_STUDY, flc_fingerprints_read(&read, bytes, length + 8, &error));
    assert_int_equal(FLC_ERROR_STUDY, flc_fingerprints_read(&read, bytes, 3, &error));
    bytes[0] = 64;
    assert_int_equal(FLC_ERROR_STUDY, flc_fingerprints_read(&read, bytes, length, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_every_value_counts),
        cmocka_unit_test(lanes_and_outputs_cannot_be_swapped),
        cmocka_unit_test(nan_is_one_value_and_zero_has_no_sign),
        cmocka_unit_test(vector_instructions_do_not_matter),
        cmocka_unit_test(known_answer),
        cmocka_unit_test(tables_are_functions_of_the_set),
        cmocka_unit_test(bytes_come_back_and_damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
