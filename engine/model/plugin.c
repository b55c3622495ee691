#define _XOPEN_SOURCE 700 /* realpath */

#include "model/plugin.h"

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/self_check.h"

#define SYMBOL "fulcrum_model"
enum { LIBRARY_BYTES = 1 << 30 };

/* ---- what is at work ------------------------------------------------------------------------- */

static _Thread_local struct flc_at_work plugin_at_work;
static void (*plugin_watcher)(void);

const struct flc_at_work *flc_plugin_at_work(void)
{
    return &plugin_at_work;
}

void flc_plugin_watch(void (*begin)(void))
{
    plugin_watcher = begin;
}

void flc_plugin_enter(const char *model, const char *doing, uint64_t first)
{
    plugin_at_work.model = model;
    plugin_at_work.doing = doing;
    plugin_at_work.first = first;
    plugin_at_work.calls++;
}

void flc_plugin_leave(void)
{
    plugin_at_work.calls++;
}

/* ---- names ----------------------------------------------------------------------------------- */

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char key_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

static bool is_key(const char *text, size_t length)
{
    return length > 0 && length <= FLC_PLUGIN_KEY && strspn(text, key_letters) >= length;
}

/* Keys joined by '/'. */
static bool is_path(const char *name)
{
    if (strlen(name) > FLC_PLUGIN_NAME)
        return false;
    for (int keys = 0; keys < FLC_PLUGIN_DEPTH; keys++, name++) {
        size_t length = strcspn(name, "/");
        if (!is_key(name, length))
            return false;
        name += length;
        if (!*name)
            return true;
    }
    return false;
}

static bool is_output_name(const char *name)
{
    size_t length = strlen(name);
    return is_key(name, length) && strchr(letters, *name) && !strchr(name, '-');
}

/* Texts go into files and onto terminals. */
static bool is_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

#define REFUSE(error, ...) flc_error_set(error, FLC_ERROR_STUDY, __VA_ARGS__)

static flc_status check_texts(const char *what, size_t number, const char *name, const char *unit,
                              const char *description, flc_error *error)
{
    if (!name)
        return REFUSE(error, "%s %zu has no name (NULL)", what, number);
    if ((unit && !is_line(unit)) || (description && !is_line(description)))
        return REFUSE(error, "%s '%.200s': unit and description are one line each", what, name);
    return FLC_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether one name is the beginning of another's path: a number cannot be a group too. */
static bool is_inside(const char *group, const char *path)
{
    size_t length = strlen(group);
    return strncmp(group, path, length) == 0 && path[length] == '/';
}

/* In sorted order what lies inside "a" may come behind "a-b", as '-' is less than '/'. */
static flc_status check_distinct(const char *what, const char **names, size_t count,
                                 flc_error *error)
{
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count && strncmp(names[i], names[k], strlen(names[i])) == 0;
             k++) {
            if (strcmp(names[i], names[k]) == 0)
                return REFUSE(error, "two %s are named '%.200s'", what, names[i]);
            if (is_inside(names[i], names[k]))
                return REFUSE(error, "%s '%.200s' cannot be one and hold '%.200s' too", what,
                              names[i], names[k]);
        }
    return FLC_OK;
}

/* ---- the lists ------------------------------------------------------------------------------- */

static bool is_flag(int32_t flag)
{
    return flag == 0 || flag == 1;
}

static flc_status check_quantity(const flc_model_quantity *quantity, size_t number,
                                 flc_error *error)
{
    const flc_model_domain *domain = &quantity->domain;
    flc_status status = check_texts("quantity", number, quantity->name, quantity->unit,
                                    quantity->description, error);
    if (status)
        return status;
    if (!is_path(quantity->name))
        return REFUSE(error,
                      "quantity '%.200s': a name is a key, or keys joined by '/', of letters, "
                      "digits, '_' and '-', at most %d a key, %d keys and %d in all",
                      quantity->name, FLC_PLUGIN_KEY, FLC_PLUGIN_DEPTH, FLC_PLUGIN_NAME);
    if (!(domain->low <= domain->high) || !is_flag(domain->low_open) ||
        !is_flag(domain->high_open) || !is_flag(domain->whole))
        return REFUSE(error,
                      "quantity '%.200s': its domain from %g to %g is none (low <= high, flags 0 "
                      "or 1)",
                      quantity->name, domain->low, domain->high);
    return FLC_OK;
}

static flc_status check_quantities(const flc_model_description *description, const char **names,
                                   flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t q = 0; q < description->quantity_count && !status; q++) {
        status = check_quantity(&description->quantities[q], q, error);
        names[q] = description->quantities[q].name;
    }
    return status ? status
                  : check_distinct("quantities", names, description->quantity_count, error);
}

static flc_status check_shocks(const flc_model_description *description, const char **names,
                               flc_error *error)
{
    for (size_t s = 0; s < description->shock_count; s++) {
        const flc_model_shock *shock = &description->shocks[s];
        flc_status status = check_texts("shock", s, shock->name, NULL, shock->description, error);
        if (status)
            return status;
        if (!is_path(shock->name))
            return REFUSE(error, "shock '%.200s': names of shocks are like those of quantities",
                          shock->name);
        names[s] = shock->name;
    }
    return check_distinct("shocks", names, description->shock_count, error);
}

/* Names of tables are made of an output and a statistic: y_sd and y_standard_error, y_sd's mean and
 * y_sd_mean. */
static flc_status check_output_name(const char *name, flc_error *error)
{
    static const char *const taken[] = {"target", "refused", "imbalanced_years"};
    size_t length = strlen(name);
    if (!is_output_name(name))
        return REFUSE(error,
                      "output '%.200s': a name begins with a letter and has letters, digits and "
                      "'_', at most %d",
                      name, FLC_PLUGIN_KEY);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0)
            return REFUSE(error, "output '%s': the name is taken by the engine", name);
    if (length > 3 && strcmp(name + length - 3, "_sd") == 0)
        return REFUSE(error,
                      "output '%s': the end _sd is that of standard deviations in result files; "
                      "choose another name",
                      name);
    return FLC_OK;
}

static flc_status check_outputs(const flc_model_description *description, const char **names,
                                flc_error *error)
{
    size_t rows = 0;
    for (size_t o = 0; o < description->output_count; o++) {
        const flc_model_output *output = &description->outputs[o];
        flc_status status =
            check_texts("output", o, output->name, output->unit, output->description, error);
        if (status || (status = check_output_name(output->name, error)))
            return status;
        if (!is_flag(output->by_year) || output->better < -1 || output->better > 1)
            return REFUSE(error, "output '%s': by_year is 0 or 1, better -1, 0 or 1", output->name);
        if (output->by_year && description->years == 0)
            return REFUSE(error, "output '%s' is by year, and the model has no years",
                          output->name);
        rows += output->by_year ? (size_t)description->years : 1;
        names[o] = output->name;
    }
    if (rows > FLC_PLUGIN_ROWS)
        return REFUSE(error, "%zu numbers a sample, at most %d are possible", rows,
                      FLC_PLUGIN_ROWS);
    return check_distinct("outputs", names, description->output_count, error);
}

/* ---- the description ------------------------------------------------------------------------- */

static flc_status check_version(const flc_model_description *description, flc_error *error)
{
    if (description->interface_version != FLC_MODEL_INTERFACE)
        return REFUSE(error,
                      "it is written for interface %u of fulcrum/model.h, this engine knows %u; "
                      "build it with the header of this engine",
                      description->interface_version, FLC_MODEL_INTERFACE);
    if (description->size != sizeof *description)
        return REFUSE(error,
                      "its description has %u bytes, that of interface %u has %zu; set size to "
                      "sizeof(flc_model_description) and build it with the header of this engine",
                      description->size, FLC_MODEL_INTERFACE, sizeof *description);
    return FLC_OK;
}

static flc_status check_counts(const flc_model_description *description, flc_error *error)
{
    const struct {
        const char *what;
        size_t count;
        const void *list;
    } lists[] = {{"quantities", description->quantity_count, description->quantities},
                 {"shocks", description->shock_count, description->shocks},
                 {"outputs", description->output_count, description->outputs}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (lists[i].count > FLC_PLUGIN_MOST)
            return REFUSE(error, "%zu %s, at most %d are possible", lists[i].count, lists[i].what,
                          FLC_PLUGIN_MOST);
        if (lists[i].count > 0 && !lists[i].list)
            return REFUSE(error, "its list of %s is NULL", lists[i].what);
    }
    if (description->output_count == 0)
        return REFUSE(error, "it has no outputs");
    return FLC_OK;
}

static flc_status check_head(const flc_model_description *description, flc_error *error)
{
    const char *name = description->name, *version = description->version;
    if (!name || !is_key(name, strlen(name)) || !strchr(letters, *name))
        return REFUSE(error,
                      "its name%s%.80s%s is no key: a letter first, then letters, digits, '_' and "
                      "'-', at most %d",
                      name ? " '" : " (NULL)", name ? name : "", name ? "'" : "", FLC_PLUGIN_KEY);
    if (strcmp(name, "portfolio") == 0)
        return REFUSE(error, "'portfolio' is the built-in model; choose another name");
    if (!version || !*version || strlen(version) > 200 || !is_line(version))
        return REFUSE(error, "its version is no text of one line");
    if (description->title && !is_line(description->title))
        return REFUSE(error, "its title is more than one line");
    if (description->years < 0 || description->years > FLC_MODEL_INDICES ||
        (description->years > 0 &&
         (description->base_year < 1000 || description->base_year > 9900)))
        return REFUSE(error, "fiscal years from %d, %d of them: at most %d are possible",
                      (int)description->base_year, (int)description->years, FLC_MODEL_INDICES);
    if (!description->evaluate)
        return REFUSE(error, "its function evaluate is NULL");
    return FLC_OK;
}

flc_status flc_plugin_check(const flc_model_description *description, flc_error *error)
{
    if (!description)
        return REFUSE(error, SYMBOL "() returns NULL");
    flc_status status = check_version(description, error);
    if (status || (status = check_head(description, error)) ||
        (status = check_counts(description, error)))
        return status;
    const char **names = FLC_NEW(const char *, FLC_PLUGIN_MOST, error);
    if (!names)
        return FLC_ERROR_MEMORY;
    if (!(status = check_quantities(description, names, error)) &&
        !(status = check_shocks(description, names, error)))
        status = check_outputs(description, names, error);
    flc_free(names);
    return status;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Absolute, so that dlopen searches nowhere else and other processes find it. */
static flc_status find_file(flc_plugin *plugin, const char *path, flc_error *error)
{
    char *bytes, *absolute;
    size_t length;
    unsigned char digest[FLC_SHA256_BYTES];
    flc_status status = flc_file_read(&bytes, &length, path, LIBRARY_BYTES, error);
    if (status)
        return status;
    flc_sha256(bytes, length, digest);
    flc_sha256_hex(plugin->sha256, digest);
    flc_free(bytes);
    absolute = realpath(path, NULL);
    if (!absolute)
        return flc_error_set(error, FLC_ERROR_INPUT, "%s: the file cannot be found", path);
    char *copy = flc_allocate(strlen(absolute) + 1, 1, error);
    if (copy)
        memcpy(copy, absolute, strlen(absolute));
    free(absolute);
    plugin->path = copy;
    return copy ? FLC_OK : FLC_ERROR_MEMORY;
}

/* What dlerror says begins with the path. */
static const char *reason(const char *path)
{
    const char *text = dlerror();
    size_t length = strlen(path);
    if (!text)
        return "no reason is given";
    return strncmp(text, path, length) == 0 && text[length] == ':' ? text + length + 2 : text;
}

static flc_status load(flc_plugin *plugin, const char *path, flc_error *error)
{
    const flc_model_description *(*describe)(void);
    plugin->library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!plugin->library)
        return REFUSE(error,
                      "%.600s: cannot be loaded as a shared object (%.400s); build it with "
                      "-fPIC -shared",
                      path, reason(plugin->path));
    /* The form that POSIX gives for functions, which ISO C does not convert from void *. */
    *(void **)(&describe) = dlsym(plugin->library, SYMBOL);
    if (!describe)
        return REFUSE(error,
                      "%.1024s: a shared object that is no model: it has no function " SYMBOL
                      "() (fulcrum/model.h; in C++ declare it extern \"C\")",
                      path);
    plugin->description = describe();
    return FLC_OK;
}

static flc_status check_loaded(const flc_plugin *plugin, const char *path, flc_error *error)
{
    flc_status status = flc_self_check(error);
    if (status)
        return REFUSE(error,
                      "%.1024s: loading it changed how this process computes (flushing denormals, "
                      "rounding); build and link it without -ffast-math and -Ofast",
                      path);
    status = flc_plugin_check(plugin->description, error);
    return status ? flc_error_prefix(error, "%.1024s", path) : FLC_OK;
}

flc_status flc_plugin_open(flc_plugin **plugin, const char *path, flc_error *error)
{
    *plugin = NULL;
    flc_plugin *opened = FLC_NEW(flc_plugin, 1, error);
    if (!opened)
        return FLC_ERROR_MEMORY;
    flc_status status = find_file(opened, path, error);
    if (!status) {
        if (plugin_watcher)
            plugin_watcher();
        flc_plugin_enter(path, "loading", 0);
        status = load(opened, path, error);
        flc_plugin_leave();
    }
    if (!status)
        status = check_loaded(opened, path, error);
    if (status)
        flc_plugin_free(opened);
    else
        *plugin = opened;
    return status;
}

void flc_plugin_free(flc_plugin *plugin)
{
    if (!plugin)
        return;
    if (plugin->library)
        dlclose(plugin->library);
    flc_free((void *)(uintptr_t)plugin->path);
    flc_free(plugin);
}
