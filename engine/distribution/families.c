#include "distribution/families.h"

#include <string.h>

#include "base/elementary.h"

const flc_family *const flc_families[] = {
    &flc_family_uniform,   &flc_family_loguniform,
    &flc_family_normal,    &flc_family_truncated_normal,
    &flc_family_lognormal, &flc_family_triangular,
    &flc_family_pert,      &flc_family_beta,
    &flc_family_gamma,     &flc_family_weibull,
    &flc_family_student_t, &flc_family_discrete,
    &flc_family_empirical, &flc_family_metalog,
};

size_t flc_family_count(void)
{
    return sizeof flc_families / sizeof *flc_families;
}

const flc_family *flc_family_find(const char *key)
{
    for (size_t i = 0; i < flc_family_count(); i++)
        if (strcmp(flc_families[i]->key, key) == 0)
            return flc_families[i];
    return NULL;
}

static flc_status check_argument(const flc_family_parameter *parameter,
                                 const flc_argument *argument, flc_error *error)
{
    const char *key = parameter->key;
    if (argument->count == 0 && !parameter->optional)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s is missing (%s)", key,
                             parameter->description);
    if (!parameter->list && argument->count > 1)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s must be one number, not a list of %zu",
                             key, argument->count);
    for (size_t i = 0; i < argument->count; i++)
        if (!flc_is_finite(argument->values[i]))
            return flc_error_set(error, FLC_ERROR_STUDY, "%s must be finite, not %g", key,
                                 argument->values[i]);
    return FLC_OK;
}

flc_status flc_family_check(const flc_family *family, const flc_argument *arguments,
                            flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; i < family->parameter_count && status == FLC_OK; i++)
        status = check_argument(&family->parameters[i], &arguments[i], error);
    return status;
}

flc_status flc_family_check_positive(const char *key, double value, flc_error *error)
{
    if (value > 0.0)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY, "%s must be > 0, not %.10g%s", key, value,
                         value == 0.0 ? " (for a fixed value, write the number itself)" : "");
}

flc_status flc_family_check_between(const char *key, double value, double low, double high,
                                    flc_error *error)
{
    if (value >= low && value <= high)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY, "%s must be between %g and %g, not %.10g", key,
                         low, high, value);
}

flc_status flc_family_check_range(double min, double max, flc_error *error)
{
    if (min == max)
        return flc_error_set(
            error, FLC_ERROR_STUDY,
            "min and max are both %.10g; for a fixed value, write the number itself", min);
    if (min > max)
        return flc_error_set(error, FLC_ERROR_STUDY, "min (%.10g) must be below max (%.10g)", min,
                             max);
    return flc_family_check_reach("max - min", max - min, error);
}

flc_status flc_family_check_mode(double min, double mode, double max, flc_error *error)
{
    if (mode >= min && mode <= max)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "mode must be between min and max (%.10g ... %.10g), not %.10g", min, max,
                         mode);
}

double flc_family_number(const flc_argument *argument, double absent)
{
    return argument->count ? argument->values[0] : absent;
}

flc_status flc_family_check_reach(const char *what, double largest, flc_error *error)
{
    if (flc_is_finite(largest))
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%s is too large for a double; choose another unit or smaller parameters",
                         what);
}
