#include "store/comparison.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/comparison_priv.h"

const double flc_compared_level[FLC_COMPARED_LEVELS] = {2, 3, 5};

enum { TEXT_ROOM = 2 * FLC_RESULT_NAME };

const char *flc_comparison_text(flc_comparison *comparison, flc_error *error, const char *format,
                                ...)
{
    char text[TEXT_ROOM];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return flc_arena_copy(comparison->arena, text, strlen(text), error);
}

/* ---- lists ----------------------------------------------------------------------------------- */

flc_status flc_comparison_add(flc_compared_list *list, const char *name, const double value[2],
                              flc_contrast contrast, flc_error *error)
{
    void *items = list->items;
    flc_status status =
        name ? flc_reserve(&items, &list->capacity, list->count + 1, sizeof *list->items, error)
             : FLC_ERROR_MEMORY;
    list->items = items;
    if (status)
        return status;
    list->items[list->count] = (flc_compared){
        name, {value[0], value[1]}, contrast, .furthest = true, .number = list->count};
    list->count++;
    return FLC_OK;
}

flc_status flc_comparison_add_lone(flc_comparison *comparison, int side, const char *what,
                                   size_t outputs, flc_error *error)
{
    flc_lone_list *list = &comparison->lone[side];
    for (size_t i = list->count; i-- > 0;)
        if (strcmp(list->items[i].what, what) == 0) {
            list->items[i].outputs += outputs;
            return FLC_OK;
        }
    void *items = list->items;
    flc_status status =
        flc_reserve(&items, &list->capacity, list->count + 1, sizeof *list->items, error);
    list->items = items;
    const char *copy = flc_comparison_text(comparison, error, "%s", what);
    if (status || !copy)
        return FLC_ERROR_MEMORY;
    list->items[list->count++] = (flc_lone){copy, outputs};
    return FLC_OK;
}

/* NaN (nothing says how much) behind all that says something, but before what is equal. */
static double weight_of(const flc_compared *item)
{
    return isnan(item->contrast.z) ? 1e-300 : fabs(item->contrast.z);
}

static int by_weight(const void *left, const void *right)
{
    const flc_compared *a = left, *b = right;
    const double first = weight_of(a), second = weight_of(b);
    if (first != second)
        return first > second ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void count_item(flc_compared_list *list, const flc_compared *item)
{
    const flc_contrast *contrast = &item->contrast;
    const double z = fabs(contrast->z);
    if (isnan(contrast->difference)) {
        list->one_sided += isinf(z) != 0;
    } else if (isnan(z) || isinf(contrast->standard_error)) {
        list->unknown += contrast->difference != 0;
    } else if (isinf(z) || (contrast->standard_error == 0 && z > 0)) {
        list->certain++;
    } else if (contrast->standard_error > 0) {
        list->judged++;
        for (int k = 0; k < FLC_COMPARED_LEVELS; k++)
            list->beyond[k] += z > flc_compared_level[k];
        if (!list->largest)
            list->largest = item;
    }
}

static void finish_list(flc_compared_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_weight);
    for (size_t i = 0; i < list->count; i++)
        count_item(list, &list->items[i]);
}

/* ---- the whole ------------------------------------------------------------------------------- */

flc_status flc_comparison_open(flc_comparison *comparison, const char *const path[2],
                               flc_comparison_choice choice, flc_error *error)
{
    *comparison = (flc_comparison){.chosen = choice.output || choice.program};
    flc_status status = flc_result_view_open(&comparison->file[0], path[0], error);
    if (status || (status = flc_result_view_open(&comparison->file[1], path[1], error)))
        return status;
    if (!(comparison->arena = flc_arena_create(error)))
        return FLC_ERROR_MEMORY;
    comparison->same_bytes =
        flc_datareader_same_bytes(comparison->file[0].reader, comparison->file[1].reader);
    if ((status = flc_comparison_facts(comparison, error)) ||
        (status = flc_comparison_outputs(comparison, choice, error)) ||
        (!comparison->chosen && (status = flc_comparison_variables(comparison, error))))
        return status;
    finish_list(&comparison->means);
    finish_list(&comparison->quantiles);
    finish_list(&comparison->shares);
    return FLC_OK;
}

void flc_comparison_close(flc_comparison *comparison)
{
    flc_compared_list *lists[3] = {&comparison->means, &comparison->quantiles, &comparison->shares};
    for (int i = 0; i < 3; i++)
        flc_free(lists[i]->items);
    for (int side = 0; side < 2; side++) {
        flc_free(comparison->lone[side].items);
        flc_result_view_close(&comparison->file[side]);
    }
    flc_arena_free(comparison->arena);
    *comparison = (flc_comparison){.arena = NULL};
}

static bool shares_are_equal(const flc_compared_list *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        if (!flc_comparison_same(&shares->items[i].value[0], &shares->items[i].value[1], 1))
            return false;
    return true;
}

bool flc_comparison_equal(const flc_comparison *comparison)
{
    if (comparison->same_bytes)
        return true;
    if (!comparison->chosen)
        return comparison->variable_count == 0;
    return comparison->equal == comparison->outputs && comparison->lone[0].count == 0 &&
           comparison->lone[1].count == 0 && shares_are_equal(&comparison->shares);
}
