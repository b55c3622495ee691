/* The start-up self-check passes here and notices what it is there for. */
#include <fenv.h>
#include <string.h>

#include "base/self_check.h"
#include "random/streams.h"
#include "support/assertions.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

static void default_arithmetic_passes(void **unused)
{
    (void)unused;
    flc_error error;
    assert_int_equal(flc_self_check(&error), FLC_OK);
    assert_int_equal(flc_streams_self_check(&error), FLC_OK);
}

static void assert_refused(const char *reason)
{
    flc_error error = {FLC_OK, ""};
    const flc_status status = flc_self_check(&error);
    fesetenv(FE_DFL_ENV);
    assert_int_equal(status, FLC_ERROR_INTERNAL);
    assert_non_null(strstr(error.text, reason));
}

static void other_rounding_modes_are_noticed(void **unused)
{
    (void)unused;
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (size_t i = 0; i < 3; i++) {
        fesetround(modes[i]);
        assert_refused("round to nearest");
    }
}

static void flushed_denormals_are_noticed(void **unused)
{
    (void)unused;
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() | 0x8000); /* results to zero */
    assert_refused("denormal");
    _mm_setcsr(_mm_getcsr() | 0x0040); /* operands are zeros */
    assert_refused("denormal");
#else
    skip();
#endif
}

static void vector_code_is_checked_too(void **unused)
{
    (void)unused;
    flc_error error = {FLC_OK, ""};
    fesetround(FE_UPWARD);
    const flc_status status = flc_streams_self_check(&error);
    fesetenv(FE_DFL_ENV);
    assert_int_equal(status, FLC_ERROR_INTERNAL);
    assert_non_null(strstr(error.text, "FULCRUM_ISA"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_arithmetic_passes),
        cmocka_unit_test(other_rounding_modes_are_noticed),
        cmocka_unit_test(flushed_denormals_are_noticed),
        cmocka_unit_test(vector_code_is_checked_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
