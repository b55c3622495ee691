/* Writing JSON (RFC 8259), indented. Members get a key, items of lists get NULL. Numbers read back
 * to the same double; bytes that are not UTF-8 become U+FFFD. */
#ifndef FLC_BASE_JSON_H
#define FLC_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct flc_json {
    flc_buffer *buffer;
    unsigned depth;
    bool empty; /* nothing yet in the innermost object or list */
} flc_json;

void flc_json_init(flc_json *json, flc_buffer *buffer);
void flc_json_object(flc_json *json, const char *key);
void flc_json_list(flc_json *json, const char *key);
void flc_json_end_object(flc_json *json);
void flc_json_end_list(flc_json *json);
void flc_json_text(flc_json *json, const char *key, const char *text); /* NULL: null */
void flc_json_number(flc_json *json, const char *key, double value);   /* null where not finite */
void flc_json_integer(flc_json *json, const char *key, int64_t value);
void flc_json_unsigned(flc_json *json, const char *key, uint64_t value);
void flc_json_boolean(flc_json *json, const char *key, bool value);

#endif
