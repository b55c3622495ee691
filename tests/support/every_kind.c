#include "support/every_kind.h"

#include <string.h>

#include "model/inputs.h"

#define INNER struct inner
static const flc_option inner_options[] = {
    FLC_QUANTITY_REQUIRED("ratio", INNER, ratio, FLC_NOT_NEGATIVE, "1", "Dollars per dollar."),
    FLC_QUANTITY("share", INNER, share, 1.0, FLC_SHARE, "1", "Share of it."),
    {"count",
     FLC_OPTION_INTEGER,
     offsetof(INNER, count),
     FLC_DEFAULT,
     7.0,
     NULL,
     {1.0, 1e6, false, false, true},
     false,
     "units",
     NULL,
     NULL,
     "How many."},
};
static FLC_SECTION(inner_section, INNER, "inner", inner_options, "A section below.");

#define EVERY struct every_kind
#define OTHER(key, kind, member, presence, fallback, scalar_too, choices, section)                 \
    {                                                                                              \
        key, kind, offsetof(EVERY, member), presence, fallback, "as the test says",                \
            FLC_NOT_NEGATIVE, scalar_too, "USD million per year", choices, section,                \
            "What " key " means, in \"quotes\"."                                                   \
    }
static const char *const modes[] = {"award", "share", "third_way", NULL};
static const flc_option options[] = {
    FLC_QUANTITY("share", EVERY, share, 0.25, FLC_SHARE, "1", "A share."),
    FLC_QUANTITY_REQUIRED("required", EVERY, required, FLC_ANY_NUMBER, "1", "A number: any."),
    FLC_QUANTITY_DERIVED("derived", EVERY, derived, "as the model says", FLC_PERSISTENCE, "1",
                         "A derived number."),
    FLC_QUANTITY("whole", EVERY, whole, 1.0, FLC_WHOLE_AT_LEAST_ONE, "years", "A whole number."),
    FLC_QUANTITY("positive", EVERY, positive, 2.0, FLC_POSITIVE, "years", "A positive number."),
    OTHER("award", FLC_OPTION_BY_AGE, award, FLC_DEFAULT, 3.0, false, NULL, NULL),
    OTHER("optional_award", FLC_OPTION_BY_AGE, optional_award, FLC_DERIVED, 0.0, false, NULL, NULL),
    OTHER("hazard", FLC_OPTION_BY_YEAR, hazard, FLC_DEFAULT, 0.5, true, NULL, NULL),
    OTHER("plan", FLC_OPTION_BY_YEAR, plan, FLC_DERIVED, 0.0, false, NULL, NULL),
    {"years",
     FLC_OPTION_INTEGER,
     offsetof(EVERY, years),
     FLC_DEFAULT,
     15.0,
     NULL,
     {1.0, 64.0, false, false, true},
     false,
     "years",
     NULL,
     NULL,
     "How long."},
    OTHER("mode", FLC_OPTION_CHOICE, mode, FLC_DEFAULT, 1.0, false, modes, NULL),
    OTHER("indexed", FLC_OPTION_BOOLEAN, indexed, FLC_DEFAULT, 1.0, false, NULL, NULL),
    OTHER("title", FLC_OPTION_TEXT, title, FLC_DEFAULT, 0.0, false, NULL, NULL),
    OTHER("pair", FLC_OPTION_TEXT_LIST, pair, FLC_DEFAULT, 0.0, false, NULL, NULL),
    OTHER("files", FLC_OPTION_TEXT_LIST, files, FLC_DEFAULT, 0.0, true, NULL, NULL),
    OTHER("labels", FLC_OPTION_TEXT_MAP, labels, FLC_DEFAULT, 0.0, false, NULL, NULL),
    OTHER("section", FLC_OPTION_SECTION, section, FLC_DEFAULT, 0.0, false, NULL, &inner_section),
    OTHER("blank", FLC_OPTION_SECTION, blank, FLC_DERIVED, 0.0, false, NULL, &inner_section),
    OTHER("map", FLC_OPTION_MAP, map, FLC_DEFAULT, 0.0, false, NULL, &inner_section),
    OTHER("list", FLC_OPTION_LIST, list, FLC_DEFAULT, 0.0, false, NULL, &inner_section),
};
FLC_SECTION(every_kind_section, EVERY, "every kind", options, "One key of every kind.");

flc_status kit_read_document(struct kit *kit, const flc_section *section)
{
    flc_error *error = &kit->error;
    flc_reader *reader = &kit->reader;
    reader->arena = flc_arena_create(error);
    reader->quantities = reader->arena ? flc_quantities_create(error) : NULL;
    reader->provenance = reader->quantities ? flc_provenance_create(error) : NULL;
    reader->file = "inputs/s.yaml";
    kit->filled = reader->provenance ? flc_allocate(1, section->size, error) : NULL;
    if (!kit->filled)
        return FLC_ERROR_MEMORY;
    return flc_reader_read(reader, kit->filled, section, flc_document_root(kit->document), error);
}

flc_status kit_read(struct kit *kit, const flc_section *section, const char *text)
{
    memset(kit, 0, sizeof *kit);
    flc_status status =
        flc_document_parse(&kit->document, text, strlen(text), "s.yaml", &kit->error);
    return status ? status : kit_read_document(kit, section);
}

void kit_free(struct kit *kit)
{
    flc_free(kit->filled);
    flc_provenance_free(kit->reader.provenance);
    flc_quantities_free(kit->reader.quantities);
    flc_arena_free(kit->reader.arena);
    flc_document_free(kit->document);
    memset(kit, 0, sizeof *kit);
}
