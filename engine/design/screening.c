#include "design/screening.h"

#include "base/memory.h"
#include "random/streams.h"

struct screening {
    flc_draws draws;
    flc_draws *inner; /* of a base: owned */
    const flc_draws *base, *other;
    const bool *stepping;
    flc_isa isa;
};

static const struct screening *self(const flc_draws *draws)
{
    return (const struct screening *)(const void *)draws;
}

static void free_screening(flc_draws *draws)
{
    struct screening *own = (struct screening *)(void *)draws;
    flc_draws_free(own->inner);
    flc_free(own);
}

/* ---- the base point -------------------------------------------------------------------------- */

static void seek_inner(flc_draws *draws, uint64_t first)
{
    flc_draws_seek(self(draws)->inner, first);
}

static void base_uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct screening *own = self(draws);
    flc_draws_uniform(own->inner, name, index, out);
    for (size_t i = 0; own->stepping[name] && i < FLC_BLOCK; i++)
        out[i] = ((double)(int)(FLC_LEVELS * out[i]) + 0.5) / FLC_LEVELS;
}

static void base_normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct screening *own = self(draws);
    if (!own->stepping[name]) {
        flc_draws_normal(own->inner, name, index, out);
        return;
    }
    base_uniform(draws, name, index, out);
    flc_normal_quantile_block(own->isa, out, out, FLC_BLOCK);
}

flc_status flc_screening_base(flc_draws **draws, flc_draws *of, const bool *stepping, flc_isa isa,
                              flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = seek_inner, .uniform = base_uniform, .normal = base_normal, .free = free_screening};
    struct screening *own = FLC_NEW(struct screening, 1, error);
    if (!own) {
        flc_draws_free(of);
        return FLC_ERROR_MEMORY;
    }
    *own =
        (struct screening){.draws = {&operations}, .inner = of, .stepping = stepping, .isa = isa};
    *draws = &own->draws;
    return FLC_OK;
}

/* ---- one step from it ------------------------------------------------------------------------ */

static void stay(flc_draws *draws, uint64_t first)
{
    (void)draws;
    (void)first;
}

static void step_uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct screening *own = self(draws);
    flc_draws_uniform(own->stepping[name] ? own->base : own->other, name, index, out);
    for (size_t i = 0; own->stepping[name] && i < FLC_BLOCK; i++)
        out[i] += out[i] < 0.5 ? 0.5 : -0.5;
}

static void step_normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct screening *own = self(draws);
    if (!own->stepping[name]) {
        flc_draws_normal(own->other, name, index, out);
        return;
    }
    step_uniform(draws, name, index, out);
    flc_normal_quantile_block(own->isa, out, out, FLC_BLOCK);
}

flc_status flc_screening_step(flc_draws **draws, const flc_draws *base, const flc_draws *other,
                              const bool *stepping, flc_isa isa, flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = stay, .uniform = step_uniform, .normal = step_normal, .free = free_screening};
    struct screening *own = FLC_NEW(struct screening, 1, error);
    if (!own)
        return FLC_ERROR_MEMORY;
    *own = (struct screening){
        .draws = {&operations}, .base = base, .other = other, .stepping = stepping, .isa = isa};
    *draws = &own->draws;
    return FLC_OK;
}
