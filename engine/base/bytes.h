/* Whole numbers as bytes, little-endian on every machine. */
#ifndef FLC_BASE_BYTES_H
#define FLC_BASE_BYTES_H

#include <stdint.h>

static inline void flc_bytes_store(unsigned char *bytes, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
}

static inline uint64_t flc_bytes_load(const unsigned char *bytes, int count)
{
    uint64_t number = 0;
    for (int i = count; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

#endif
