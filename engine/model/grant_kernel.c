/* Grants that ask for match (MODEL section 4): a unit draws what its match allows (cash_kernel.c).
 */
#include "model/evaluate.h"

const struct flc_instrument flc_grant = {.begin = flc_begin_units, .year = flc_evaluate_units};
