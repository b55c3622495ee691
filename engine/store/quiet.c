#include "store/quiet.h"

#include <stdio.h>

void flc_quiet_begin(flc_quiet *quiet)
{
    (void)H5dont_atexit(); /* refused when HDF5 is in use already; then its owner has decided */
    if (H5Eget_auto2(H5E_DEFAULT, &quiet->printer, &quiet->printer_data) < 0) {
        quiet->printer = NULL;
        quiet->printer_data = NULL;
    }
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void flc_quiet_end(const flc_quiet *quiet)
{
    (void)H5Eset_auto2(H5E_DEFAULT, quiet->printer, quiet->printer_data);
}

struct message {
    char *text;
    size_t room;
};

static herr_t take_innermost(unsigned depth, const H5E_error2_t *entry, void *data)
{
    const struct message *message = data;
    if (depth == 0 && entry->desc)
        snprintf(message->text, message->room, "%s", entry->desc);
    return 0;
}

void flc_quiet_message(char *text, size_t room)
{
    struct message message = {text, room};
    snprintf(text, room, "no reason given");
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &message);
}
