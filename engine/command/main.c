#define _DEFAULT_SOURCE /* madvise, sbrk */
/* fulcrum COMMAND ... : the program. */
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#endif
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "command/guard.h"
#include "command/options.h"
#include "fulcrum/fulcrum.h"
#include "model/plugin.h"
#include "run/comm.h"

static const struct cli_command *const commands[] = {
    &cli_run,    &cli_compare, &cli_sweep,    &cli_sensitivity, &cli_voi,
    &cli_check,  &cli_show,    &cli_export,   &cli_diff,        &cli_merge,
    &cli_verify, &cli_trace,   &cli_hindcast, &cli_schema};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_overview(void)
{
    printf("fulcrum %s: what does a public dollar move, and how sure is that?\n\n"
           "fulcrum COMMAND [options] ...      fulcrum COMMAND --help\n\n",
           flc_library_version());
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-11s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nExample\n  fulcrum run inputs/baseline.yaml -o baseline.h5\n"
           "  mpirun -n 4 fulcrum run inputs/baseline.yaml -n 1e6 -o baseline.h5\n\n"
           "Exit codes: 0 done, 1 differs (diff, verify), 2 command line, 65 bad study or file "
           "contents,\n66 a file cannot be read, 70 internal error, 71 out of memory, 73 a file "
           "cannot be written,\n75 stopped: submit again.\n");
}

/* Runs allocate and free tables of megabytes again and again; a process that gives each back to the
 * system, or gets it in pages of 4 KiB, spends a tenth of a short run on page faults. So the heap
 * is asked to be in large pages as far as it reaches now, which takes no memory before it is used.
 */
static void keep_memory(void)
{
#ifdef __GLIBC__
    const int megabyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, 32 * megabyte);
    mallopt(M_TRIM_THRESHOLD, 128 * megabyte);
#ifdef MADV_HUGEPAGE
    const size_t large_page = (size_t)1 << 21;
    mallopt(M_TOP_PAD, 64 * megabyte);
    char *first = malloc(large_page), *from = first + -(uintptr_t)first % large_page;
    const char *end = sbrk(0);
    if (first && end > from)
        (void)madvise(from, (size_t)(end - from) / large_page * large_page, MADV_HUGEPAGE);
    free(first);
#endif
    mallopt(M_TOP_PAD, 4 * megabyte);
#endif
}

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int complain_about(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *near = flc_suggest(name, names, COMMANDS);
    fprintf(stderr, "fulcrum: unknown command '%s'%s%s%s; see fulcrum --help\n", name,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return FLC_ERROR_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_overview();
        return argc < 2 ? FLC_ERROR_USAGE : FLC_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("fulcrum %s\n", flc_library_version());
        return FLC_OK;
    }
    const struct cli_command *command = find(argv[1]);
    if (!command)
        return complain_about(argv[1]);
    flc_error error = {FLC_OK, ""};
    keep_memory();
    flc_plugin_watch(cli_guard_begin);
    if (!command->parallel && flc_comm_launched_rank() != 0)
        return FLC_OK;
    flc_status status = command->run(argc - 1, argv + 1, &error);
    if ((!status || status == FLC_ERROR_FAILED) && (fflush(stdout) != 0 || ferror(stdout)))
        status = flc_error_set(&error, FLC_ERROR_OUTPUT,
                               "what was printed could not all be written: %s", strerror(errno));
    if (status)
        cli_complain(command, &error);
    /* All ranks see the same command line; a rank that is first to exit with an error would have
     * the launcher kill the one that tells it. */
    if (status == FLC_ERROR_USAGE && flc_comm_launched_rank() != 0)
        return FLC_OK;
    return status;
}
