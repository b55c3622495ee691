/* Cells of tables on the terminal: labels of any script and numbers, each in its columns. */
#ifndef FLC_COMMAND_CELLS_H
#define FLC_COMMAND_CELLS_H

#include <stddef.h>

/* `text`, cut or filled to `width` columns. */
void cli_print_label(const char *text, int width);

enum { CLI_NUMBER_ROOM = 32 };
/* A number as people read it: four digits, NaN as "-", infinite as "never". */
const char *cli_number(char text[CLI_NUMBER_ROOM], double value);

#endif
