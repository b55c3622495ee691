/* What the reader sees in a data file, one object a line: path, type, dimensions, attributes, and
 * the first value of every variable.
 *
 *     list_datafile FILE
 */
#include <inttypes.h>
#include <stdio.h>

#include "store/datareader.h"

static void print_attributes(const flc_data_object *object)
{
    for (size_t i = 0; i < object->attribute_count; i++) {
        const flc_data_attribute *attribute = &object->attributes[i];
        printf(" %s=", attribute->name);
        if (attribute->count == 0)
            continue;
        if (attribute->texts)
            printf("\"%s\"", attribute->texts[0]);
        else if (attribute->doubles)
            printf("%.17g", attribute->doubles[0]);
        else if (attribute->integers)
            printf("%" PRId64, attribute->integers[0]);
    }
}

static void print_first_value(flc_datareader *reader, const flc_data_object *object)
{
    flc_error error = {0};
    const char *const *texts = NULL;
    const double *numbers = NULL;
    if (object->type == FLC_DATA_TEXT)
        texts = flc_datareader_texts(reader, object->path, &error);
    else
        numbers = flc_datareader_doubles(reader, object->path, &error);
    if (texts && object->count > 0)
        printf(" | %.40s", texts[0]);
    else if (numbers && object->count > 0)
        printf(" | %.17g", numbers[0]);
    else
        printf(" | %s", error.text);
}

static void print_object(flc_datareader *reader, const flc_data_object *object)
{
    static const char *const types[] = {"double", "int32", "int64", "byte", "text", "other"};
    printf("/%s %s", object->path, object->is_group ? "group" : types[object->type]);
    for (size_t i = 0; i < object->rank; i++)
        printf(" %s:%zu", object->dimension[i], object->size[i]);
    print_attributes(object);
    if (!object->is_group)
        print_first_value(reader, object);
    printf("\n");
}

int main(int count, char **arguments)
{
    flc_datareader *reader;
    flc_error error;
    if (count != 2)
        return FLC_ERROR_USAGE;
    if (flc_datareader_open(&reader, arguments[1], &error) != FLC_OK) {
        fprintf(stderr, "%s\n", error.text);
        return error.status;
    }
    printf("%s\n", flc_datareader_sealed(reader) ? "sealed" : "not sealed");
    for (size_t i = 0; i < flc_datareader_count(reader); i++)
        print_object(reader, flc_datareader_object(reader, i));
    flc_datareader_free(reader);
    return 0;
}
