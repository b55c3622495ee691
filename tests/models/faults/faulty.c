/* A model with one fault, chosen when it is built: -DFAULT=CRASHES. -DWITHOUT_SYMBOL: a library
 * that is no model. */
#include <float.h>
#include <fulcrum/model.h>
#include <math.h>
#include <stdlib.h>

enum {
    NONE,
    NO_DESCRIPTION,
    OTHER_INTERFACE,
    OTHER_SIZE,
    NO_NAME,
    BAD_NAME,
    NO_QUANTITY_NAME,
    BAD_QUANTITY_NAME,
    TWICE,
    GROUP_TOO,
    BAD_DOMAIN,
    BAD_STANDARD,
    STANDARD_OUTSIDE,
    STANDARD_NO_YAML,
    NO_OUTPUTS,
    OUTPUT_TWICE,
    OUTPUT_SLASH,
    BY_YEAR_WITHOUT_YEARS,
    TOO_MANY_YEARS,
    NO_EVALUATE,
    BEGIN_FAILS,
    BEGIN_FAILS_SILENTLY,
    EVALUATE_FAILS,
    EVALUATE_FAILS_LATER,
    ALL_NAN,
    NOTHING_FILLED,
    LOOPS,
    LOOPS_LATER,
    LOOPS_LOADING,
    CRASHES,
    CRASHES_LATER,
    CRASHES_LOADING,
    DIVIDES,
    ABORTS,
    RECURSES,
    EXITS,
    REMEMBERS,
    ROUNDS,
    BAD_DRAW
};
#ifndef FAULT
#define FAULT NONE
#endif
#define IF(fault, this, other) (FAULT == (fault) ? (this) : (other))

struct kept {
    unsigned long calls;
};

static const flc_model_quantity quantities[] = {
    {IF(NO_QUANTITY_NAME, NULL, IF(BAD_QUANTITY_NAME, "x y", IF(GROUP_TOO, "group", "x"))),
     "1",
     "A number.",
     {IF(BAD_DOMAIN, 1, 0), IF(BAD_DOMAIN, -1, IF(STANDARD_OUTSIDE, 1, DBL_MAX)), 0, 0, 0, 0},
     IF(BAD_STANDARD, "{unifrm: {min: 0, max: 1}}",
        IF(STANDARD_OUTSIDE, "{uniform: {min: 0, max: 2}}",
           IF(STANDARD_NO_YAML, "{uniform: [", "{uniform: {min: 0, max: 1}}")))},
    {IF(TWICE, "x", "group/k"), "1", NULL, {-INFINITY, INFINITY, 0, 0, 0, 0}, "2"},
};
static const flc_model_shock shocks[] = {{"noise", "A shock."}};
static const flc_model_output outputs[] = {
    {IF(OUTPUT_SLASH, "a/y", "y"), "1", "A sum.", IF(BY_YEAR_WITHOUT_YEARS, 1, 0), 0},
    {IF(OUTPUT_TWICE, "y", "z"), "1", "A product.", 0, 0}};

static int fail(char *message, const char *why)
{
    for (int i = 0; why[i] && i < FLC_MODEL_MESSAGE - 1; i++)
        message[i] = why[i];
    return 1;
}

static int begin(const flc_model_description *description, void *workspace, char *message)
{
    (void)description;
    (void)workspace;
    if (FAULT == BEGIN_FAILS)
        return fail(message, "the table of demand is missing");
    return FAULT == BEGIN_FAILS_SILENTLY;
}

static void loop(void)
{
    for (volatile int forever = 1; forever;)
        ;
}

static int crash(void)
{
    volatile int *volatile nowhere = NULL;
    return *nowhere;
}

static int recurse(volatile int *depth)
{
    volatile int own[1000];
    own[0] = *depth + 1;
    return recurse(own) + own[0];
}

static int misbehave(const flc_model_block *block, unsigned long calls)
{
    volatile int zero = 0;
    int late = calls > 20;
    if (FAULT == LOOPS || (FAULT == LOOPS_LATER && late))
        loop();
    if (FAULT == CRASHES || (FAULT == CRASHES_LATER && late))
        return crash();
    if (FAULT == DIVIDES)
        return 7 / zero;
    if (FAULT == ABORTS)
        abort();
    if (FAULT == RECURSES)
        return recurse(&zero);
    if (FAULT == EXITS)
        exit(0);
    if (FAULT == EVALUATE_FAILS || (FAULT == EVALUATE_FAILS_LATER && late))
        return fail(block->message, "no equilibrium\nwas found");
    return 0;
}

#if defined(__x86_64__)
#include <xmmintrin.h>
static void round_otherwise(void)
{
    _mm_setcsr(_mm_getcsr() | 0x8040);
}
#else
static void round_otherwise(void)
{
}
#endif

static int evaluate(void *workspace, const flc_model_block *block)
{
    struct kept *kept = workspace;
    double z[FLC_MODEL_BLOCK];
    int code = misbehave(block, ++kept->calls);
    block->draws->normal(block->draws, FAULT == BAD_DRAW ? 7 : 0, 0, z);
    for (size_t i = 0; i < FLC_MODEL_BLOCK && FAULT != NOTHING_FILLED; i++) {
        double x = block->quantities[0][i];
        block->outputs[0][i] = FAULT == ALL_NAN ? NAN : x + z[i];
        block->outputs[1][i] = x * block->quantities[1][i];
        if (FAULT == REMEMBERS)
            block->outputs[0][i] += (double)kept->calls;
    }
    if (FAULT == ROUNDS)
        round_otherwise();
    return code;
}

__attribute__((constructor)) static void loaded(void)
{
    if (FAULT == LOOPS_LOADING)
        loop();
    if (FAULT == CRASHES_LOADING)
        crash();
}

static const flc_model_description description = {
    .interface_version = IF(OTHER_INTERFACE, 7u, FLC_MODEL_INTERFACE),
    .size = IF(OTHER_SIZE, 16u, (uint32_t)sizeof description),
    .name = IF(NO_NAME, NULL, IF(BAD_NAME, "1 model", "faulty")),
    .version = "1",
    .title = "A model with a fault",
    .base_year = 2025,
    .years = IF(TOO_MANY_YEARS, 65, 0),
    .quantity_count = 2,
    .shock_count = 1,
    .output_count = IF(NO_OUTPUTS, 0, 2),
    .quantities = quantities,
    .shocks = shocks,
    .outputs = outputs,
    .workspace_bytes = sizeof(struct kept),
    .begin = begin,
    .evaluate = IF(NO_EVALUATE, NULL, evaluate),
};

#ifdef WITHOUT_SYMBOL
const flc_model_description *another_model(void);
#define fulcrum_model another_model
#endif
const flc_model_description *fulcrum_model(void)
{
    return FAULT == NO_DESCRIPTION ? NULL : &description;
}
