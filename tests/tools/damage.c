/* Is any damage to a file taken for a whole file? Flips a bit at every STEPth byte, one after the
 * other, and cuts the file at every length, each in memory or in place, and lets the reader of its
 * kind judge.
 *
 *     damage state FILE [STEP]     a checkpoint or shard
 *     damage result FILE [STEP]    a result; the file is changed and put right again
 *
 * The seal's bytes are all flipped, and the first 64, whatever the step. Prints how much was tried,
 * and the place of whatever was accepted; exit code 1 if anything was. Only a result cut off
 * exactly before its seal is another matter: editors leave it so, and readers say it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/seal.h"
#include "run/state.h"
#include "store/result.h"

struct judge {
    const char *path;
    char *bytes;
    size_t length;
    flc_status (*read)(const struct judge *judge, size_t length, flc_error *error);
    unsigned long tried, accepted;
};

/* The reader takes its bytes and may write into them, so it gets a copy. */
static flc_status read_state(const struct judge *judge, size_t length, flc_error *error)
{
    flc_state *state;
    char *copy = flc_allocate(length + 1, 1, error);
    if (!copy)
        return FLC_ERROR_MEMORY;
    memcpy(copy, judge->bytes, length);
    copy[length] = '\0';
    flc_status status = flc_state_parse(&state, copy, length, judge->path, error);
    flc_state_free(state);
    return status;
}

static flc_status read_result(const struct judge *judge, size_t length, flc_error *error)
{
    flc_state *state = NULL;
    flc_status status = flc_file_write_atomically(judge->path, judge->bytes, length, error);
    if (status)
        return status;
    status = flc_result_state(&state, judge->path, error);
    flc_state_free(state);
    return status;
}

/* Refused as damaged, with a text that names the file; or else told on standard output. */
static void try(struct judge *judge, size_t length, const char *what, size_t place)
{
    flc_error error = {FLC_OK, ""};
    flc_status status = judge->read(judge, length, &error);
    judge->tried++;
    if (status == FLC_ERROR_STUDY && strncmp(error.text, judge->path, strlen(judge->path)) == 0)
        return;
    judge->accepted++;
    printf("%s at %zu of %zu: status %d, \"%s\"\n", what, place, judge->length, (int)status,
           error.text);
}

static void flip_bits(struct judge *judge, size_t step)
{
    for (size_t i = 0; i < judge->length; i++) {
        if (i % step != 0 && i >= 64 && i + FLC_SEAL_BYTES < judge->length)
            continue;
        char bit = (char)(1 << i % 8);
        judge->bytes[i] ^= bit;
        try(judge, judge->length, "flipped", i);
        judge->bytes[i] ^= bit;
    }
}

static void cut(struct judge *judge, size_t step, bool editors)
{
    for (size_t i = 0; i < judge->length; i++)
        if ((i % step == 0 || i + FLC_SEAL_BYTES + 2 > judge->length) &&
            !(editors && i + FLC_SEAL_BYTES == judge->length))
            try(judge, i, "cut", i);
}

int main(int count, char **arguments)
{
    if (count < 3)
        return FLC_ERROR_USAGE;
    bool is_result = strcmp(arguments[1], "result") == 0;
    size_t step = count > 3 ? strtoul(arguments[3], NULL, 10) : 1;
    struct judge judge = {.path = arguments[2], .read = is_result ? read_result : read_state};
    flc_error error;
    if (flc_file_read(&judge.bytes, &judge.length, judge.path, (size_t)1 << 30, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return error.status;
    }
    flip_bits(&judge, step);
    cut(&judge, step, is_result);
    if (is_result)
        flc_file_write_atomically(judge.path, judge.bytes, judge.length, NULL);
    printf("%lu tried, %lu accepted\n", judge.tried, judge.accepted);
    flc_free(judge.bytes);
    return judge.accepted > 0;
}
