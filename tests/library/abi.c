/* Interface 1 as compiled hosts know it: sizes, places and numbers that must not change while the
 * shared library's name ends in 1. Compiles, or does not (64-bit systems). */
#include <fulcrum/fulcrum.h>

#define AT(type, member, place)                                                                    \
    _Static_assert(offsetof(type, member) == (place), "a member has moved: " #member)
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "another size: " #type)

_Static_assert(sizeof(void *) == 8 && sizeof(size_t) == 8, "for 64-bit systems");
_Static_assert(FLC_LIBRARY_INTERFACE == 1, "a new interface: pin it here anew");
_Static_assert(FLC_SESSION_BLOCK == 192, "hosts have arrays of this size");
_Static_assert(FLC_OK == 0 && FLC_ERROR_FAILED == 1 && FLC_ERROR_USAGE == 2 &&
                   FLC_ERROR_STUDY == 65 && FLC_ERROR_INPUT == 66 && FLC_ERROR_INTERNAL == 70 &&
                   FLC_ERROR_MEMORY == 71 && FLC_ERROR_OUTPUT == 73 && FLC_ERROR_REQUEUE == 75,
               "status codes are frozen");

SIZE(flc_error, 2052);
AT(flc_error, text, 4);

/* May only grow at its end. */
AT(flc_session_options, size, 0);
AT(flc_session_options, study, 8);
AT(flc_session_options, overlay, 16);
AT(flc_session_options, assignments, 24);
AT(flc_session_options, assignment_count, 32);
AT(flc_session_options, model, 40);
AT(flc_session_options, text, 48);
AT(flc_session_options, text_length, 56);
AT(flc_session_options, samples, 64);
AT(flc_session_options, seed, 72);
AT(flc_session_options, design, 80);
AT(flc_session_options, instructions, 88);
AT(flc_session_options, part, 96);
AT(flc_session_options, parts, 104);
_Static_assert(sizeof(flc_session_options) >= 112, "options have shrunk");

/* Made by the library, may only grow at their ends. */
AT(flc_session_output, name, 0);
AT(flc_session_output, unit, 8);
AT(flc_session_output, description, 16);
AT(flc_session_output, fiscal_year, 24);
AT(flc_session_output, better, 28);
AT(flc_session_quantity, name, 0);
AT(flc_session_quantity, unit, 8);
AT(flc_session_quantity, description, 16);
AT(flc_session_quantity, distribution, 24);
AT(flc_session_quantity, source, 32);
AT(flc_session_block, first, 0);
AT(flc_session_block, count, 8);
AT(flc_session_block, outputs, 16);
AT(flc_session_block, quantities, 24);

/* Made by the host, must not grow. */
SIZE(flc_session_estimate, 32);
AT(flc_session_estimate, value, 0);
AT(flc_session_estimate, low, 8);
AT(flc_session_estimate, high, 16);
AT(flc_session_estimate, bound, 24);
SIZE(flc_session_moments, 128);
AT(flc_session_moments, undefined, 8);
AT(flc_session_moments, minus_infinite, 32);
AT(flc_session_moments, mean, 40);
AT(flc_session_moments, mean_error, 72);
AT(flc_session_moments, min, 88);
AT(flc_session_moments, max_sample, 112);
AT(flc_session_moments, first_undefined, 120);

int flc_abi_is_pinned(void);
int flc_abi_is_pinned(void)
{
    return 1;
}
