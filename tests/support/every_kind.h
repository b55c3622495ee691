/* A table of options with one key of every kind and presence, and what reading needs around it. */
#ifndef TESTS_SUPPORT_EVERY_KIND_H
#define TESTS_SUPPORT_EVERY_KIND_H

#include "study/document.h"
#include "study/reader.h"

struct inner {
    flc_section_info info;
    flc_quantity ratio, share;
    int64_t count;
};

struct every_kind {
    flc_section_info info;
    flc_quantity share, required, derived, whole, positive;
    flc_schedule award, optional_award, hazard, plan;
    int64_t years, mode;
    bool indexed;
    const char *title;
    flc_texts pair, files, labels;
    struct inner section, blank;
    flc_items map, list; /* struct inner */
};

extern const flc_section every_kind_section;

/* A study in memory: read with kit_read, freed with kit_free whatever it returned. */
struct kit {
    flc_reader reader;
    flc_document *document;
    void *filled;
    flc_error error;
};

flc_status kit_read(struct kit *kit, const flc_section *section, const char *text);
/* The same, the document being there already (overrides). */
flc_status kit_read_document(struct kit *kit, const flc_section *section);
void kit_free(struct kit *kit);

#endif
