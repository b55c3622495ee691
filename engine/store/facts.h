/* What every file of a study's samples says of itself in attributes of the root. */
#ifndef FLC_STORE_FACTS_H
#define FLC_STORE_FACTS_H

#include <stdint.h>

#include "store/datafile.h"
#include "study/study.h"

typedef struct flc_facts {
    const char *summary;     /* one phrase on what the file holds */
    const char *title;       /* of a study that has none */
    const char *format_name; /* attribute that holds the version of the layout */
    int64_t format;
    flc_points points;
    uint64_t samples; /* in the file */
} flc_facts;

void flc_facts_write(const flc_study *study, const flc_facts *facts, flc_datafile *file);

/* Attributes model, model_version and model_sha256, of a plug-in model; none of the portfolio. */
void flc_facts_write_model(const flc_study *study, flc_datafile *file);

#endif
