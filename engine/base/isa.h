/* Which vector instructions to use.
 *
 * Files named *_kernel.c are compiled once per instruction set. Each exports one constant table of
 * functions, FLC_ISA_TABLE(name); everything else in them is invisible outside their set.
 * Arithmetic is written so that every set gives the same bits (no contraction, no libm, fixed
 * lanes), and tests compare them. To add a kernel: declare its table type in the floor's header,
 * define FLC_API const struct flc_thing_kernels FLC_ISA_TABLE(flc_thing_kernels) = {...}; in the
 * *_kernel.c file, and pick with FLC_ISA_PICK(flc_thing_kernels, isa) after declaring the variants
 * with FLC_ISA_DECLARE(struct flc_thing_kernels, flc_thing_kernels).
 */
#ifndef FLC_BASE_ISA_H
#define FLC_BASE_ISA_H

#include "fulcrum/status.h"

typedef enum flc_isa { FLC_ISA_GENERIC, FLC_ISA_V3, FLC_ISA_V4, FLC_ISA_COUNT } flc_isa;

/* The widest set this processor has, or the one the environment variable FULCRUM_ISA names
 * (generic, v3, v4) where the processor has it. */
flc_isa flc_isa_select(void);
int flc_isa_available(flc_isa isa);
const char *flc_isa_name(flc_isa isa);

#ifndef FLC_ISA
#define FLC_ISA generic
#endif
#define FLC_ISA_PASTE2(name, isa) name##_##isa
#define FLC_ISA_PASTE(name, isa)  FLC_ISA_PASTE2(name, isa)
#define FLC_ISA_TABLE(name)       FLC_ISA_PASTE(name, FLC_ISA)

#ifdef FLC_HAVE_X86_LEVELS
#define FLC_ISA_DECLARE(type, name)                                                                \
    extern FLC_API const type name##_generic;                                                      \
    extern FLC_API const type name##_v3;                                                           \
    extern FLC_API const type name##_v4
#define FLC_ISA_PICK(name, isa)                                                                    \
    ((isa) == FLC_ISA_V4 ? &name##_v4 : (isa) == FLC_ISA_V3 ? &name##_v3 : &name##_generic)
#else
#define FLC_ISA_DECLARE(type, name) extern FLC_API const type name##_generic
#define FLC_ISA_PICK(name, isa)     ((void)(isa), &name##_generic)
#endif

#endif
