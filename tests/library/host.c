/* A host for tests/library/test_library.sh: sessions in threads, each with its part of the blocks,
 * under whatever locale the environment names; joined, saved, and told in one line.
 *
 *     host STUDY.yaml|MODEL.so SAMPLES THREADS RESULT.h5 [PATH=VALUE]...
 */
#include <fulcrum/fulcrum.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

struct part {
    flc_session *session;
    flc_status status;
    flc_error error;
};

static void *work(void *context)
{
    struct part *part = context;
    const flc_session_block *block;
    while (!(part->status = flc_session_next(part->session, &block, &part->error)) && block)
        if ((part->status = flc_session_accumulate(part->session, &part->error)))
            break;
    return NULL;
}

static void stop_on(flc_status status, const flc_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "host: %s\n", error->text);
    exit((int)status);
}

int main(int argc, char **argv)
{
    struct part parts[MOST];
    pthread_t threads[MOST];
    flc_session_options options;
    flc_error error;
    flc_session_options_init(&options, sizeof options);
    if (argc < 5 || (options.parts = strtoull(argv[3], NULL, 10)) > MOST)
        return FLC_ERROR_USAGE;
    if (!setlocale(LC_ALL, ""))
        fprintf(stderr, "host: no such locale\n");
    if (strstr(argv[1], ".so"))
        options.model = argv[1];
    else
        options.study = argv[1];
    options.samples = strtoull(argv[2], NULL, 10);
    options.assignments = (const char *const *)(argv + 5);
    options.assignment_count = (size_t)(argc - 5);
    for (size_t p = 0; p < options.parts; p++) {
        options.part = p;
        stop_on(flc_session_open(&parts[p].session, &options, &error), &error);
    }
    for (size_t p = 0; p < options.parts; p++)
        if (pthread_create(&threads[p], NULL, work, &parts[p]) != 0)
            return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < options.parts; p++)
        pthread_join(threads[p], NULL);
    for (size_t p = 0; p < options.parts; p++) {
        const void *bytes;
        size_t length;
        stop_on(parts[p].status, &parts[p].error);
        if (p == 0)
            continue;
        stop_on(flc_session_state(parts[p].session, &bytes, &length, &error), &error);
        stop_on(flc_session_merge(parts[0].session, bytes, length, &error), &error);
        flc_session_free(parts[p].session);
    }
    stop_on(flc_session_save(parts[0].session, argv[4], &error), &error);
    printf("%llu samples, %.1f\n", (unsigned long long)flc_session_accumulated(parts[0].session),
           0.5);
    flc_session_free(parts[0].session);
    return 0;
}
