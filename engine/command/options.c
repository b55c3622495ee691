#include "command/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "fulcrum/fulcrum.h"
#include "run/comm.h"

enum { MOST_OPTIONS = 32, NAME_ROOM = 128 };

void cli_print_help(const struct cli_command *command)
{
    printf("fulcrum %s [options] %s\n\n%s\n\n", command->name, command->operands, command->summary);
    if (command->details)
        printf("%s\n\n", command->details);
    printf("Options\n");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        char left[64], letter[8] = "    ";
        if (option->letter)
            snprintf(letter, sizeof letter, "-%c, ", option->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-26s %s\n", left, option->help);
    }
    printf("  %-26s %s\n\nExample\n  %s\n", "    --help", "this text", command->example);
}

void cli_complain(const struct cli_command *command, flc_error *error)
{
    if (error->text[0] && flc_comm_launched_rank() == 0)
        fprintf(stderr, "fulcrum %s: %s\n", command->name, error->text);
    error->text[0] = '\0';
}

static flc_status unknown(const struct cli_command *command, const char *word, flc_error *error)
{
    const char *names[MOST_OPTIONS];
    size_t count = 0, length = strcspn(word, "=");
    char name[NAME_ROOM];
    for (; count < command->option_count && count < MOST_OPTIONS; count++)
        names[count] = command->options[count].name;
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const char *near = flc_suggest(name + strspn(name, "-"), names, count);
    return flc_error_set(error, FLC_ERROR_USAGE, "unknown option %s%s%s%s; see fulcrum %s --help",
                         name, near ? " (did you mean --" : "", near ? near : "", near ? "?)" : "",
                         command->name);
}

/* A whole number; 1e6 and 2.5e6 are whole too. */
static flc_status read_count(const char *name, const char *text, uint64_t *value, flc_error *error)
{
    char *end = NULL;
    if (strspn(text, "0123456789") == strlen(text) && strlen(text) > 0 && strlen(text) < 20) {
        *value = strtoull(text, &end, 10);
        return FLC_OK;
    }
    double number = strtod(text, &end);
    if (end != text && *end == '\0' && number >= 0 && number < 9e15 &&
        number == (double)(uint64_t)number) {
        *value = (uint64_t)number;
        return FLC_OK;
    }
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--%s %s: a whole number is needed, such as 100000 or 1e6", name, text);
}

#define MODEL "model="

const char *cli_model(const struct cli_texts *set)
{
    return set->model[0] ? set->model + sizeof MODEL - 1 : NULL;
}

static flc_status add_text(const struct cli_option *option, struct cli_texts *texts,
                           const char *text, flc_error *error)
{
    if (texts->count == CLI_TEXTS_MOST)
        return flc_error_set(error, FLC_ERROR_USAGE, "--%s: at most %d times", option->name,
                             CLI_TEXTS_MOST);
    texts->text[texts->count++] = text;
    return FLC_OK;
}

/* Of several the last counts, as with other options. */
static flc_status store_model(const struct cli_option *option, struct cli_texts *texts,
                              const char *text, flc_error *error)
{
    bool again = texts->model[0];
    if (!*text || strlen(text) >= CLI_MODEL_ROOM - sizeof MODEL)
        return flc_error_set(error, FLC_ERROR_USAGE, "--model: the path of a shared object");
    snprintf(texts->model, sizeof texts->model, MODEL "%s", text);
    return again ? FLC_OK : add_text(option, texts, texts->model, error);
}

static flc_status store(const struct cli_option *option, char *settings, const char *text,
                        flc_error *error)
{
    void *member = settings + option->offset;
    char *end = NULL;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)member = true;
        return FLC_OK;
    case CLI_TEXT:
        *(const char **)member = text;
        return FLC_OK;
    case CLI_COUNT:
        return read_count(option->name, text, member, error);
    case CLI_NUMBER:
        *(double *)member = strtod(text, &end);
        if (end == text || *end)
            return flc_error_set(error, FLC_ERROR_USAGE, "--%s %s: a number is needed",
                                 option->name, text);
        return FLC_OK;
    case CLI_TEXTS:
        return add_text(option, member, text, error);
    case CLI_MODEL:
        return store_model(option, member, text, error);
    }
    return FLC_ERROR_INTERNAL;
}

/* The option that argv[i] names, and its value where it stands in the same word ("--name=value").
 */
static const struct cli_option *find(const struct cli_command *command, const char *word,
                                     const char **value)
{
    *value = NULL;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        if (word[1] != '-' && option->letter == word[1]) {
            *value = word[2] ? word + 2 : NULL;
            return option;
        }
        size_t length = strlen(option->name);
        if (word[1] != '-' || strncmp(word + 2, option->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            *value = word + 3 + length;
        if (word[2 + length] == '=' || word[2 + length] == '\0')
            return option;
    }
    return NULL;
}

static flc_status read_option(const struct cli_command *command, void *settings, int *i, int argc,
                              char **argv, flc_error *error)
{
    const char *value, *word = argv[*i];
    const struct cli_option *option = find(command, word, &value);
    if (!option)
        return unknown(command, word, error);
    if (option->kind == CLI_FLAG && value)
        return flc_error_set(error, FLC_ERROR_USAGE, "--%s takes no value", option->name);
    if (option->kind != CLI_FLAG && !value) {
        if (*i + 1 >= argc)
            return flc_error_set(error, FLC_ERROR_USAGE, "--%s needs a value: %s", option->name,
                                 option->argument);
        value = argv[++*i];
    }
    return store(option, settings, value, error);
}

/* The model that was given, where the command takes one. */
static const char *given_model(const struct cli_command *command, const void *settings)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].kind == CLI_MODEL)
            return cli_model((const void *)((const char *)settings + command->options[i].offset));
    return NULL;
}

flc_status cli_read(const struct cli_command *command, void *settings, const char **operands,
                    size_t *operand_count, bool *helped, int argc, char **argv, flc_error *error)
{
    *operand_count = 0;
    *helped = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cli_print_help(command);
            *helped = true;
            return FLC_OK;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            flc_status status = read_option(command, settings, &i, argc, argv, error);
            if (status)
                return status;
        } else if (*operand_count == command->most) {
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "one operand too many: '%s'; see fulcrum %s --help", argv[i],
                                 command->name);
        } else {
            operands[(*operand_count)++] = argv[i];
        }
    }
    const char *model = given_model(command, settings);
    if (*operand_count == 0 && command->takes_model && model)
        operands[(*operand_count)++] = model;
    if (*operand_count < command->least)
        return flc_error_set(error, FLC_ERROR_USAGE, "%s is missing; see fulcrum %s --help",
                             command->operands, command->name);
    return FLC_OK;
}

bool cli_read_duration(double *seconds, const char *text)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    char *end;
    const double number = strtod(text, &end);
    if (end == text || !(number >= 0 && number < 9e15))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *seconds = number * units[i].seconds;
            return true;
        }
    return false;
}

flc_status cli_check_seed(uint64_t seed, flc_error *error)
{
    if (seed <= INT64_MAX)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--seed: a whole number from 0 to 9223372036854775807");
}

flc_status cli_self_check(flc_error *error)
{
    return flc_library_check(error);
}
