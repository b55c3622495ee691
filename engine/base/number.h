/* Decimal numbers in text, the same in every locale.
 *
 * Reading takes what a person writes by hand and means: [+-] digits [. digits] [e [+-] digits].
 * YAML and strtod know more forms (1_000, 0x10, 010 = 8, 12:30 = 750, .inf, nan); each of them is
 * more often a slip than meant, so each is refused with what to write instead.
 *
 * Printing gives the fewest of 15, 16 or 17 digits that read back to the same 64 bits, with a point
 * before an exponent (1.0e+20), as YAML 1.1 readers ask of a number.
 */
#ifndef FLC_BASE_NUMBER_H
#define FLC_BASE_NUMBER_H

/* NULL and the value (never -0), or what is wrong with the text: "is not a number; write 1000 ...".
 */
const char *flc_number_parse(double *value, const char *text);

enum { FLC_NUMBER_TEXT = 32 };
const char *flc_number_print(char text[FLC_NUMBER_TEXT], double value);

#endif
