#include "statistics/pareto.h"

#include <math.h>

static bool beats(const double *one, const double *other, const bool *higher, size_t goals)
{
    bool better = false;
    for (size_t g = 0; g < goals; g++) {
        const double a = higher[g] ? one[g] : -one[g], b = higher[g] ? other[g] : -other[g];
        if (!(a >= b))
            return false;
        better = better || a > b;
    }
    return better;
}

static bool is_defined(const double *value, size_t goals)
{
    for (size_t g = 0; g < goals; g++)
        if (isnan(value[g]))
            return false;
    return true;
}

void flc_pareto_find(bool *on, const double *values, size_t points, const bool *higher,
                     size_t goals)
{
    for (size_t i = 0; i < points; i++) {
        on[i] = is_defined(values + i * goals, goals);
        for (size_t j = 0; j < points && on[i]; j++)
            on[i] = !beats(values + j * goals, values + i * goals, higher, goals);
    }
}
