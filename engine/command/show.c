/* fulcrum show: read a result in the terminal. */
#include "command/options.h"
#include "command/table.h"

struct settings {
    const char *output;
    bool list;
};

static const struct cli_option options[] = {
    {0, "output", "NAME", CLI_TEXT, offsetof(struct settings, output),
     "one output in full, e.g. MEP/leverage_ratio or MEP/federal"},
    {'l', "list", NULL, CLI_FLAG, offsetof(struct settings, list), "names of programs and outputs"},
};

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {0};
    const char *path = NULL;
    size_t operands;
    bool helped;
    flc_status status =
        cli_read(&cli_show, &settings, &path, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if (settings.list)
        return cli_print_list(path, error);
    return settings.output ? cli_print_output(path, settings.output, error)
                           : cli_print_result(path, error);
}

const struct cli_command cli_show = {
    .name = "show",
    .operands = "RESULT.h5",
    .least = 1,
    .most = 1,
    .summary = "Read a result in the terminal.",
    .example = "fulcrum show baseline.h5 --output MEP/federal",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
