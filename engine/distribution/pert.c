/* PERT: a beta on [min, max] with its peak at `mode` (Malcolm, Roseboom, Clark and Fazar 1959; Vose
 * 2000), of shapes
 *
 *   a = 1 + shape (mode - min)/(max - min), b = 1 + shape (max - mode)/(max - min)
 *
 * Shape 4 gives the mean (min + 4 mode + max)/6; a larger one gathers more around the mode. */
#include "distribution/families.h"

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_pert, arguments, error);
    if (status != FLC_OK)
        return status;
    const double min = arguments[0].values[0], mode = arguments[1].values[0];
    const double max = arguments[2].values[0], shape = flc_family_number(&arguments[3], 4.0);
    status = flc_family_check_range(min, max, error);
    if (status == FLC_OK)
        status = flc_family_check_mode(min, mode, max, error);
    if (status == FLC_OK)
        status = flc_family_check_between("shape", shape, 0.01, 1e6, error);
    if (status != FLC_OK)
        return status;
    const double a = 1.0 + shape * ((mode - min) / (max - min));
    const double b = 1.0 + shape * ((max - mode) / (max - min));
    return flc_beta_make(distribution, &flc_family_pert, a, b, min, max, error);
}

static const flc_family_parameter parameters[] = {
    {"min", false, false, "the smallest value"},
    {"mode", false, false, "the most likely value, between min and max"},
    {"max", false, false, "the largest value"},
    {"shape", false, true, "how much is gathered around the mode, > 0 (default 4)"},
};

const flc_family flc_family_pert = {"pert",
                                    "smooth, between min and max, with its peak at the mode",
                                    parameters, sizeof parameters / sizeof *parameters, create};
