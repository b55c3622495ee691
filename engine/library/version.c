/* What library this is, and whether the process is fit for it. */
#include <stdlib.h>
#include <string.h>

#include "base/isa.h"
#include "base/self_check.h"
#include "fulcrum/fulcrum.h"
#include "random/streams.h"

uint32_t flc_library_interface(void)
{
    return FLC_LIBRARY_INTERFACE;
}

const char *flc_library_version(void)
{
    return FLC_VERSION;
}

/* FULCRUM_ISA, where set, is a name of instructions. */
static flc_status check_instructions(flc_error *error)
{
    const char *wish = getenv("FULCRUM_ISA");
    for (int isa = 0; wish && isa < FLC_ISA_COUNT; isa++)
        if (strcmp(wish, flc_isa_name((flc_isa)isa)) == 0)
            return FLC_OK;
    if (!wish)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE, "FULCRUM_ISA=%.100s: generic, v3 or v4", wish);
}

flc_status flc_library_check(flc_error *error)
{
    flc_status status = check_instructions(error);
    if (!status)
        status = flc_self_check(error);
    return status ? status : flc_streams_self_check(error);
}
