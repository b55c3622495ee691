#include "base/isa.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FLC_ISA_COUNT] = {"generic", "v3", "v4"};

int flc_isa_available(flc_isa isa)
{
#ifdef FLC_HAVE_X86_LEVELS
    __builtin_cpu_init();
    if (isa == FLC_ISA_V4)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && flc_isa_available(FLC_ISA_V3);
    if (isa == FLC_ISA_V3)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#endif
    return isa == FLC_ISA_GENERIC;
}

const char *flc_isa_name(flc_isa isa)
{
    return names[isa];
}

flc_isa flc_isa_select(void)
{
    const char *wish = getenv("FULCRUM_ISA");
    for (int isa = FLC_ISA_COUNT - 1; isa > 0; isa--) {
        if (wish && strcmp(wish, names[isa]) != 0)
            continue;
        if (flc_isa_available((flc_isa)isa))
            return (flc_isa)isa;
    }
    return FLC_ISA_GENERIC;
}
