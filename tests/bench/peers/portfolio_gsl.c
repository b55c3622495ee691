/* The portfolio model by hand in scalar C with GSL, timed.
 *
 *     portfolio_gsl FLAT --samples N [--aggregate select|sort|p2] [--seed S] [--generator NAME]
 *                   [--results FILE]
 *
 * FLAT is what flatten.py makes of a study; reading it is not timed. Prints one JSON object: thread
 * CPU seconds of drawing the quantities, of evaluation and of aggregation, samples, unit-years.
 * Every 16th sample is timed in parts, and the whole divided as they are. FILE takes, for each
 * output in the order of flatten.py, the doubles of `struct reading`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "portfolio_gsl.h"

enum { TIMED_EVERY = 16 };
static const double most_stored = 4.0 * 1024 * 1024 * 1024; /* bytes */

struct options {
    const char *flat, *generator, *results;
    size_t samples;
    unsigned long seed;
    enum tally_kind tally;
};

struct seconds {
    double quantities, evaluation, aggregation;
};

static double processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum tally_kind tally_named(const char *name)
{
    return strcmp(name, "select") == 0 ? TALLY_SELECT
           : strcmp(name, "sort") == 0 ? TALLY_SORT
           : strcmp(name, "p2") == 0   ? TALLY_P2
                                       : TALLY_NONE;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    *options = (struct options){.generator = "taus2", .samples = 1000, .seed = 1};
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strncmp(argv[i], "--", 2) != 0 && !options->flat)
            options->flat = argv[i];
        else if (strcmp(argv[i], "--samples") == 0 && i++)
            options->samples = strtoul(next, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i++)
            options->seed = strtoul(next, NULL, 10);
        else if (strcmp(argv[i], "--generator") == 0 && i++)
            options->generator = next;
        else if (strcmp(argv[i], "--results") == 0 && i++)
            options->results = next;
        else if (strcmp(argv[i], "--aggregate") != 0 || i++ < 0 ||
                 (options->tally = tally_named(next)) == TALLY_NONE)
            return false;
    }
    return options->flat && options->samples > 0;
}

/* All samples; seconds in all are the sum of the three. */
static void run(const struct options *options, const struct study *study, gsl_rng *rng,
                double *value, double *output, struct tally *tally, struct seconds *seconds)
{
    struct seconds timed = {0.0, 0.0, 0.0};
    double begin = processor_time();
    for (size_t s = 0; s < options->samples; s++) {
        bool looks = s % TIMED_EVERY == 0;
        double t0 = looks ? processor_time() : 0.0;
        sample_quantities(study, rng, value);
        double t1 = looks ? processor_time() : 0.0;
        evaluate(study, rng, value, output);
        double t2 = looks ? processor_time() : 0.0;
        tally_add(tally, output);
        if (looks) {
            timed.quantities += t1 - t0;
            timed.evaluation += t2 - t1;
            timed.aggregation += processor_time() - t2;
        }
    }
    double whole = processor_time() - begin;
    double part = whole / (timed.quantities + timed.evaluation + timed.aggregation);
    seconds->quantities = timed.quantities * part;
    seconds->evaluation = timed.evaluation * part;
    seconds->aggregation = timed.aggregation * part;
}

static void print(const struct options *options, const struct study *study,
                  const struct seconds *seconds)
{
    static const char *const names[] = {"none", "select", "sort", "p2"};
    double samples = (double)options->samples, unit_years = (double)study->unit_years;
    printf("{\"peer\": \"gsl\", \"generator\": \"%s\", \"aggregate\": \"%s\", \"samples\": %zu, "
           "\"unit_years_per_sample\": %zu, \"outputs\": %zu, \"quantities\": %d, ",
           options->generator, names[options->tally], options->samples, study->unit_years,
           study->outputs, study->sampled + study->tied);
    printf("\"parameters_s\": %.6f, \"evaluation_s\": %.6f, \"aggregation_s\": %.6f, ",
           seconds->quantities, seconds->evaluation, seconds->aggregation);
    printf("\"ns_per_parameter\": %.3f, \"ns_per_unit_year\": %.3f, \"ns_per_value\": %.3f}\n",
           seconds->quantities * 1e9 / samples / (study->sampled + study->tied),
           (seconds->quantities + seconds->evaluation) * 1e9 / samples / unit_years,
           seconds->aggregation * 1e9 / samples / (double)study->outputs);
}

static bool write_results(const char *path, const struct reading *reading, size_t count)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(reading, sizeof *reading, count, file) == count;
    return file && fclose(file) == 0 && good;
}

/* Everything with a study that has been read. */
static bool work(const struct options *options, const struct study *study, gsl_rng *rng)
{
    struct seconds seconds;
    struct tally *tally = tally_create(options->tally, study->outputs, options->samples);
    struct reading *reading = calloc(study->outputs, sizeof *reading);
    double *value = calloc((size_t)study->rows, sizeof *value);
    double *output = calloc(study->outputs, sizeof *output);
    bool good = tally && reading && value && output;
    for (int i = 0; good && i < study->rows; i++)
        value[i] = study->row[i].p[0];
    if (good) {
        run(options, study, rng, value, output, tally, &seconds);
        double begin = processor_time();
        tally_read(tally, reading);
        seconds.aggregation += processor_time() - begin;
        print(options, study, &seconds);
    }
    if (good && options->results)
        good = write_results(options->results, reading, study->outputs);
    if (!good)
        fprintf(stderr, "portfolio_gsl: out of memory, or the results cannot be written\n");
    free(output);
    free(value);
    free(reading);
    tally_free(tally);
    return good;
}

static const gsl_rng_type *generator_named(const char *name)
{
    for (const gsl_rng_type **type = gsl_rng_types_setup(); *type; type++)
        if (strcmp((*type)->name, name) == 0)
            return *type;
    return NULL;
}

int main(int argc, char **argv)
{
    static struct study study;
    struct options options;
    if (!read_options(&options, argc, argv) || !generator_named(options.generator)) {
        fprintf(stderr, "portfolio_gsl FLAT --samples N [--aggregate select|sort|p2] [--seed S] "
                        "[--generator NAME] [--results FILE]\n");
        return 2;
    }
    bool good = study_read(&study, options.flat);
    bool stores = options.tally == TALLY_SELECT || options.tally == TALLY_SORT;
    if (good && stores &&
        (double)(options.samples * study.outputs) * sizeof(double) > most_stored) {
        fprintf(stderr, "portfolio_gsl: at most 4 GiB are stored, take fewer samples\n");
        good = false;
    }
    gsl_rng *rng = good ? gsl_rng_alloc(generator_named(options.generator)) : NULL;
    if (rng) {
        gsl_rng_set(rng, options.seed);
        good = work(&options, &study, rng);
        gsl_rng_free(rng);
    }
    study_clear(&study);
    return good && rng ? 0 : 1;
}
