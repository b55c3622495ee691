#include "base/suggest.h"

#include <string.h>

static size_t seen_length(const char *text)
{
    size_t length = strlen(text);
    return length < FLC_SUGGEST_LENGTH ? length : FLC_SUGGEST_LENGTH;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t flc_suggest_distance(const char *a, const char *b)
{
    size_t a_length = seen_length(a), b_length = seen_length(b);
    size_t rows[3][FLC_SUGGEST_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(above[j] + 1, row[j - 1] + 1, changed);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1, row[j]);
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_length];
}

static int is_last_part(const char *word, const char *path)
{
    size_t word_length = strlen(word), path_length = strlen(path);
    return word_length > 0 && path_length > word_length + 1 &&
           path[path_length - word_length - 1] == '/' &&
           strcmp(path + path_length - word_length, word) == 0;
}

void flc_suggestion_start(flc_suggestion *suggestion, const char *word)
{
    size_t near = seen_length(word) / 3;
    suggestion->word = word;
    suggestion->best = NULL;
    suggestion->distance = (near ? near : 1) + 1;
}

void flc_suggestion_offer(flc_suggestion *suggestion, const char *candidate)
{
    size_t distance = is_last_part(suggestion->word, candidate)
                          ? 1
                          : flc_suggest_distance(suggestion->word, candidate);
    if (distance >= suggestion->distance)
        return;
    suggestion->distance = distance;
    suggestion->best = candidate;
}

const char *flc_suggest(const char *word, const char *const *candidates, size_t count)
{
    flc_suggestion near;
    flc_suggestion_start(&near, word);
    for (size_t i = 0; i < count; i++)
        flc_suggestion_offer(&near, candidates[i]);
    return near.best;
}

flc_status flc_suggest_place(size_t *place, const char *what, const char *word,
                             const char *const *words, size_t count, const char *remedy,
                             flc_status refusal, flc_error *error)
{
    for (*place = 0; *place < count; (*place)++)
        if (strcmp(words[*place], word) == 0)
            return FLC_OK;
    const char *near = flc_suggest(word, words, count);
    return flc_error_set(error, refusal, "no %s '%.200s'%s%s%s", what, word,
                         near ? "; did you mean '" : remedy, near ? near : "", near ? "'?" : "");
}
