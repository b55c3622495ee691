#include "base/elementary.h"

const double flc_exp_bounds[2] = {-708.0, 708.0};
