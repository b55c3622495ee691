/* fulcrum schema: what a study may contain. */
#include <stdio.h>

#include "base/buffer.h"
#include "command/options.h"
#include "study/inputs.h"
#include "study/plugged.h"
#include "study/reference.h"
#include "study/schema.h"

struct settings {
    bool markdown;
    struct cli_texts set; /* the model alone */
};

static const struct cli_option options[] = {
    {0, "markdown", NULL, CLI_FLAG, offsetof(struct settings, markdown),
     "the reference page of all keys instead of the JSON Schema"},
    {0, "model", "FILE.so", CLI_MODEL, offsetof(struct settings, set),
     "of studies of the plug-in model in this shared object"},
};

/* The keys of studies of a model, or of the portfolio. */
static flc_status print(const struct settings *settings, const flc_section *section,
                        flc_error *error)
{
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    flc_status status = settings->markdown ? flc_reference_print(&buffer, section)
                                           : flc_schema_print(&buffer, section);
    if (!status)
        fwrite(buffer.text, 1, buffer.length, stdout);
    flc_buffer_clear(&buffer);
    return status;
}

static flc_status print_plugged(const struct settings *settings, const char *library,
                                flc_error *error)
{
    const flc_section *section;
    const size_t *offsets;
    flc_plugin *plugin = NULL;
    flc_arena *arena = flc_arena_create(error);
    flc_status status = arena ? flc_plugin_open(&plugin, library, error) : FLC_ERROR_MEMORY;
    if (!status)
        status = flc_plugged_section(&section, &offsets, plugin, arena, error);
    if (!status)
        status = print(settings, section, error);
    flc_plugin_free(plugin);
    flc_arena_free(arena);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {0};
    size_t operands;
    bool helped;
    flc_status status =
        cli_read(&cli_schema, &settings, NULL, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    const char *library = cli_model(&settings.set);
    return library ? print_plugged(&settings, library, error)
                   : print(&settings, &flc_study_section, error);
}

const struct cli_command cli_schema = {
    .name = "schema",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Print the JSON Schema of studies, for editors.",
    .example = "fulcrum schema > fulcrum.schema.json",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
