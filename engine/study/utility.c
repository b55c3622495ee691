#include "study/utility.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/number.h"

enum { NUMBER_ROOM = 64 };

/* What is left to read, and what came of the rest. */
struct reading {
    const flc_metrics *metrics;
    const flc_output_label *labels;
    const char *whole, *next;
    flc_utility *utility;
    size_t capacity;
    flc_buffer text;
    flc_error *error;
};

static flc_status refuse(const struct reading *reading, const char *what)
{
    return flc_error_set(reading->error, FLC_ERROR_USAGE, "utility '%.500s': %s", reading->whole,
                         what);
}

static void skip_blanks(struct reading *reading)
{
    reading->next += strspn(reading->next, " \t");
}

/* The sign in front of a term: of the first one it may be missing. */
static flc_status read_sign(struct reading *reading, bool *minus)
{
    skip_blanks(reading);
    const char sign = *reading->next;
    *minus = sign == '-';
    if (sign == '+' || sign == '-') {
        reading->next++;
        skip_blanks(reading);
        return FLC_OK;
    }
    return reading->utility->count == 0 ? FLC_OK
                                        : refuse(reading, "put ' + ' or ' - ' between its terms");
}

/* "0.5*" or nothing. */
static flc_status read_factor(struct reading *reading, double *factor, bool *given)
{
    char number[NUMBER_ROOM];
    const char *star = strchr(reading->next, '*');
    const size_t word = strcspn(reading->next, " \t*"), gap = strspn(reading->next + word, " \t");
    *factor = 1;
    *given = star && star == reading->next + word + gap;
    if (!*given)
        return FLC_OK;
    if (word == 0 || word >= sizeof number)
        return refuse(reading, "a number stands before '*', as in 0.5*portfolio/federal/2030");
    if (memchr(reading->next, '/', word))
        return refuse(reading, "the factor stands before the output: 0.5*portfolio/federal/2030");
    memcpy(number, reading->next, word);
    number[word] = '\0';
    const char *wrong = flc_number_parse(factor, number);
    if (wrong)
        return flc_error_set(reading->error, FLC_ERROR_USAGE,
                             "utility '%.500s': '%s' before '*' %s", reading->whole, number, wrong);
    if (*factor == 0)
        return refuse(reading, "a factor of 0 takes the output out; leave the term out");
    reading->next = star + 1;
    skip_blanks(reading);
    return FLC_OK;
}

static flc_status read_name(struct reading *reading, char name[FLC_OUTPUT_NAME])
{
    const size_t length = strcspn(reading->next, " \t*");
    if (length == 0 || length >= FLC_OUTPUT_NAME)
        return refuse(reading, "an output is missing; write terms such as portfolio/npv");
    memcpy(name, reading->next, length);
    name[length] = '\0';
    reading->next += length;
    skip_blanks(reading);
    double number;
    if (!flc_number_parse(&number, name))
        return refuse(reading, "a number alone changes no choice; leave it out");
    return FLC_OK;
}

/* Does the term make sense: is it money, and is more of it wanted? */
static flc_status check_term(const struct reading *reading, const flc_utility_term *term,
                             const char *name, bool given)
{
    const flc_output_label *label = &reading->labels[term->output];
    const char *unit = flc_metrics_label_unit(reading->metrics, label);
    if (!given && strcmp(unit, FLC_UTILITY_UNIT) != 0)
        return flc_error_set(reading->error, FLC_ERROR_USAGE,
                             "utility '%.500s': the unit of %s is '%s'; a factor must make " //
                             FLC_UTILITY_UNIT " of it, as in 40*%s",
                             reading->whole, name, unit, name);
    if (label->metric && label->metric->better == FLC_BETTER_LOWER && term->factor > 0)
        return flc_error_set(reading->error, FLC_ERROR_USAGE,
                             "utility '%.500s': less of %s is better, and more utility is; write "
                             "it with a minus, '- %s'",
                             reading->whole, name, name);
    return FLC_OK;
}

static void write_term(struct reading *reading, const flc_utility_term *term)
{
    char name[FLC_OUTPUT_NAME], number[FLC_NUMBER_TEXT];
    const bool minus = term->factor < 0, first = reading->text.length == 0;
    const double size = minus ? -term->factor : term->factor;
    flc_metrics_label_name(reading->metrics, &reading->labels[term->output], name, sizeof name);
    flc_buffer_add(&reading->text, first ? (minus ? "-" : "") : minus ? " - " : " + ");
    if (size != 1)
        flc_buffer_printf(&reading->text, "%s*", flc_number_print(number, size));
    flc_buffer_add(&reading->text, name);
}

static flc_status read_term(struct reading *reading)
{
    char name[FLC_OUTPUT_NAME];
    flc_utility_term term;
    bool minus, given;
    flc_status status = read_sign(reading, &minus);
    if (status || (status = read_factor(reading, &term.factor, &given)) ||
        (status = read_name(reading, name)))
        return status;
    status =
        flc_metrics_find(reading->metrics, &term.output, name, FLC_NO_FISCAL_YEAR, reading->error);
    if (status)
        return flc_error_prefix(reading->error, "utility '%.500s'", reading->whole);
    term.factor = minus ? -term.factor : term.factor;
    if ((status = check_term(reading, &term, name, given)))
        return status;
    void *terms = reading->utility->terms;
    status = flc_reserve(&terms, &reading->capacity, reading->utility->count + 1, sizeof term,
                         reading->error);
    if (status)
        return status;
    reading->utility->terms = terms;
    reading->utility->terms[reading->utility->count++] = term;
    write_term(reading, &term);
    return reading->text.status;
}

flc_status flc_utility_create(flc_utility **utility, const flc_metrics *metrics, const char *text,
                              flc_error *error)
{
    struct reading reading = {.metrics = metrics, .whole = text, .next = text, .error = error};
    flc_output_label *labels = FLC_NEW(flc_output_label, flc_metrics_outputs(metrics), error);
    flc_status status = FLC_ERROR_MEMORY;
    flc_buffer_init(&reading.text, error);
    reading.labels = labels;
    reading.utility = *utility = FLC_NEW(flc_utility, 1, error);
    if (labels && reading.utility) {
        flc_metrics_labels(metrics, labels);
        do
            status = read_term(&reading);
        while (!status && *reading.next);
        reading.utility->text = reading.text.text;
    }
    flc_free(labels);
    if (status) {
        flc_utility_free(*utility);
        *utility = NULL;
    }
    return status;
}

void flc_utility_free(flc_utility *utility)
{
    if (!utility)
        return;
    flc_free(utility->terms);
    flc_free(utility->text);
    flc_free(utility);
}
