/* The file of fulcrum voi: what it is worth to know something before choosing a scenario.
 * Layout: analysis/formats/voi.md. */
#ifndef FLC_STORE_VOI_FILE_H
#define FLC_STORE_VOI_FILE_H

#include "study/prospects.h"

/* Version of the layout. */
enum { FLC_VOI_FORMAT = 1 };

/* What the file says beside the values. */
typedef struct flc_voi_facts {
    const char *const *keys; /* [alternatives] */
    flc_points points;       /* of all samples */
    uint64_t learned;        /* the first ones, from which rules were learned */
} flc_voi_facts;

flc_status flc_voi_file_save(const char *path, const flc_prospects *prospects,
                             const flc_collector *values, const flc_voi_facts *facts,
                             flc_error *error);

#endif
