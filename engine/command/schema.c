/* fulcrum schema: what a study may contain. */
#include <stdio.h>

#include "base/buffer.h"
#include "command/options.h"
#include "study/inputs.h"
#include "study/reference.h"
#include "study/schema.h"

struct settings {
    bool markdown;
};

static const struct cli_option options[] = {
    {0, "markdown", NULL, CLI_FLAG, offsetof(struct settings, markdown),
     "the reference page of all keys instead of the JSON Schema"},
};

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {0};
    size_t operands;
    bool helped;
    flc_status status =
        cli_read(&cli_schema, &settings, NULL, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    status = settings.markdown ? flc_reference_print(&buffer, &flc_study_section)
                               : flc_schema_print(&buffer, &flc_study_section);
    if (!status)
        fwrite(buffer.text, 1, buffer.length, stdout);
    flc_buffer_clear(&buffer);
    return status;
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
