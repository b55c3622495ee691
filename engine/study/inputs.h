/* All that a study says: the model's inputs, and what concerns the study as a whole. */
#ifndef FLC_STUDY_INPUTS_H
#define FLC_STUDY_INPUTS_H

#include "model/inputs.h"

/* A rank correlation between two sampled quantities (MODEL section 10). */
struct flc_dependence_inputs {
    flc_section_info info;
    flc_texts pair; /* two paths */
    flc_quantity rank;
};

/* A question whose answer is counted: how often does an output reach a threshold? */
struct flc_target_inputs {
    flc_section_info info;
    const char *output;  /* MEP/leverage_ratio, MEP/outcome_gross/jobs */
    int64_t fiscal_year; /* of an output by year; 0: none */
    flc_quantity at_least, at_most;
};

/* The plug-in model that a study is for (study/plugged.h). Texts are NULL where any will do. */
struct flc_plugged_inputs {
    flc_section_info info;
    const char *library, *model, *version, *sha256;
};

struct flc_study_inputs {
    flc_section_info info;
    int64_t version;
    flc_texts include; /* for the schema: study/compose.h takes it out before the study is read */
    const char *title, *title_zh;
    struct flc_model_inputs model;     /* of the portfolio */
    struct flc_plugged_inputs plugged; /* of another model */
    flc_items dependence;              /* struct flc_dependence_inputs */
    flc_items targets;                 /* struct flc_target_inputs */
    flc_texts references;
};

extern const flc_section flc_study_section;

#endif
