/* Stochastic dominance of distributions whose order is known. */
#include <math.h>

#include "random/draws.h"
#include "random/streams.h"
#include "statistics/dominance.h"
#include "support/assertions.h"

/* Normal outputs: 0 standard, 1 shifted up, 2 spread out, 3 the standard one again, 4 spread out
 * and shifted up a little, 5 undefined. */
enum { OUTPUTS = 6, BLOCKS = 60 };

static flc_summary *make(void)
{
    flc_resolution fine[OUTPUTS] = {FLC_RESOLUTION_FINE};
    flc_stream stream;
    flc_error error;
    static double values[OUTPUTS][FLC_BLOCK];
    flc_stream_init(&stream, 1, "dominance");
    flc_summary *summary = flc_summary_create(fine, OUTPUTS, NULL, 0, &error);
    assert_non_null(summary);
    for (uint64_t b = 0; b < BLOCKS; b++) {
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            /* pairs of u and 1 - u: the sample's mean is 0 too */
            double u = flc_uniform_of(flc_stream_output(&stream, b * FLC_BLOCK + l / 2)), z;
            u = l % 2 ? 1.0 - u : u;
            flc_normal_quantile_block(FLC_ISA_GENERIC, &z, &u, 1);
            values[0][l] = values[3][l] = z;
            values[1][l] = z + 0.2;
            values[2][l] = 1.5 * z;
            values[4][l] = 1.5 * z + 0.1;
            values[5][l] = NAN;
        }
        if (b == 0)
            assert_int_equal(FLC_OK, flc_summary_set_pilot(summary, values[0], &error));
        assert_int_equal(FLC_OK, flc_summary_add(summary, flc_isa_select(), values[0],
                                                 b * FLC_BLOCK, FLC_BLOCK, &error));
    }
    return summary;
}

static void assert_dominance(const flc_summary *summary, size_t a, size_t b, bool higher,
                             bool first, bool second)
{
    flc_dominance dominance = flc_dominance_of(summary, a, b, higher);
    if (dominance.first != first || dominance.second != second)
        fail_msg("%zu over %zu: first %d, second %d", a, b, dominance.first, dominance.second);
}

static void known_orders_are_found(void **state)
{
    (void)state;
    flc_summary *summary = make();
    assert_dominance(summary, 1, 0, true, true, true);   /* a shift up */
    assert_dominance(summary, 0, 1, true, false, false); /* and not the other way round */
    assert_dominance(summary, 0, 1, false, true, true);  /* where less is better */
    assert_dominance(summary, 0, 2, true, false, true);  /* a mean-preserving spread is worse */
    assert_dominance(summary, 2, 0, true, false, false);
    assert_dominance(summary, 0, 2, false, false, true); /* also where less is better */
    assert_dominance(summary, 0, 3, true, false, false); /* equals do not dominate */
    assert_dominance(summary, 3, 0, true, false, false);
    assert_dominance(summary, 4, 0, true, false, false); /* more on average, but riskier */
    assert_dominance(summary, 0, 4, true, false, false);
    flc_summary_free(summary);
}

static void what_is_undefined_dominates_nothing(void **state)
{
    (void)state;
    flc_summary *summary = make();
    assert_dominance(summary, 0, 5, true, false, false);
    assert_dominance(summary, 5, 0, true, false, false);
    flc_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_orders_are_found),
        cmocka_unit_test(what_is_undefined_dominates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
