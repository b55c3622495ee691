/* Speed of the parts of a run, for each instruction set, as medians of interleaved rounds.
 *
 *     parts_bench STUDY.yaml [ROUNDS]
 *
 * Every round measures each part once in each set, so that a neighbour who loads the machine for a
 * while hits all of them alike; times are of this thread on the processor, not of the clock on the
 * wall. The yardstick is one addition that waits for the one before it: 3 or 4 cycles on most
 * processors, it tells at what frequency the numbers were made. Prints a table in Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "loops_kernel.h"
#include "model/model_priv.h"
#include "random/streams.h"
#include "statistics/fingerprint.h"
#include "statistics/superaccumulator.h"
#include "study/study.h"

enum {
    MOST_ROUNDS = 101,
    DEFAULT_ROUNDS = 31,
    SEED = 1,
    VECTOR = 1024,
    POWERS = 4,
    RECORD = 1 << 20
};

/* What the parts work on; one of each per instruction set, so that none finds another's caches. */
struct bench {
    flc_isa isa;
    const flc_study *study;
    flc_evaluator *evaluator;
    flc_summary *summary;
    flc_draws *draws;
    const double *outputs; /* of the last block evaluated */
    double *values, *scratch;
    double x[VECTOR], y[VECTOR], rows[FLC_NORMAL_ROWS][FLC_BLOCK];
    uint64_t block; /* its number */
    double sink;
    int64_t (*limbs)[FLC_SUPERACCUMULATOR_NARROW];
    double *plain;
    unsigned char *record;
    uint64_t fingerprint;
    struct bench_unit_year *unit_year;
};

/* ---- the parts: each does its work and says how many times ----------------------------------- */

static size_t yardstick(struct bench *bench)
{
    enum { ADDITIONS = 1000000 };
    volatile double start = 1.0;
    double sum = start;
    const double step = start;
    for (size_t i = 0; i < ADDITIONS; i++)
        sum += step;
    bench->sink += sum;
    return ADDITIONS;
}

static size_t uniforms(struct bench *bench)
{
    for (size_t k = 0; k < 100; k++)
        for (unsigned index = 0; index < 16; index++)
            flc_draws_uniform(bench->draws, (uint32_t)k % 4, index, bench->y);
    return (size_t)100 * 16 * FLC_BLOCK;
}

/* A few rows at a time, as the model takes them for its units. */
static size_t normals(struct bench *bench)
{
    const uint32_t names[FLC_NORMAL_ROWS] = {0, 1, 2, 3};
    for (size_t k = 0; k < 12; k++)
        for (unsigned index = 0; index < 16; index++)
            flc_draws_normals(bench->draws, names, FLC_NORMAL_ROWS, index, bench->rows[0]);
    return (size_t)12 * 16 * FLC_NORMAL_ROWS * FLC_BLOCK;
}

static size_t exponentials(struct bench *bench)
{
    const struct bench_loops_kernels *kernels = FLC_ISA_PICK(bench_loops_kernels, bench->isa);
    for (size_t k = 0; k < 200; k++)
        kernels->exponentials(bench->y, bench->x, VECTOR);
    return (size_t)200 * VECTOR;
}

/* What shocks are made of: bounded, and a quarter less work. */
static size_t bounded_exponentials(struct bench *bench)
{
    const struct bench_loops_kernels *kernels = FLC_ISA_PICK(bench_loops_kernels, bench->isa);
    for (size_t k = 0; k < 200; k++)
        kernels->bounded_exponentials(bench->y, bench->x, VECTOR);
    return (size_t)200 * VECTOR;
}

static size_t arithmetic(struct bench *bench)
{
    const struct bench_loops_kernels *kernels = FLC_ISA_PICK(bench_loops_kernels, bench->isa);
    for (size_t k = 0; k < 1000; k++)
        kernels->arithmetic(bench->unit_year);
    return (size_t)1000 * BENCH_LANES;
}

static size_t logarithms(struct bench *bench)
{
    const struct bench_loops_kernels *kernels = FLC_ISA_PICK(bench_loops_kernels, bench->isa);
    for (size_t k = 0; k < 200; k++)
        kernels->logarithms(bench->y, bench->x, VECTOR);
    return (size_t)200 * VECTOR;
}

static size_t quantities(struct bench *bench)
{
    for (size_t k = 0; k < 10; k++)
        flc_quantities_sample(bench->study->quantities, bench->isa, bench->values, bench->scratch,
                              bench->draws);
    return 10 * flc_quantities_sampled_count(bench->study->quantities) * FLC_BLOCK;
}

/* Years that the units of all programs have within the horizon. */
static size_t unit_years(const flc_model *model)
{
    int64_t years = (int64_t)flc_model_years(model), sum = 0;
    for (size_t p = 0; p < flc_model_programs(model); p++)
        for (size_t u = 0; u < flc_model_units(model, p); u++) {
            int64_t age = flc_model_unit_age(model, p, u);
            sum += age >= 0 ? years : years + age > 0 ? years + age : 0;
        }
    return (size_t)sum;
}

static size_t evaluation(struct bench *bench)
{
    bench->outputs = flc_evaluator_block(bench->evaluator, bench->block++ * FLC_BLOCK, NULL);
    return unit_years(bench->study->model) * FLC_BLOCK;
}

static size_t aggregation(struct bench *bench)
{
    flc_error error;
    if (flc_summary_add(bench->summary, bench->isa, bench->outputs, (bench->block - 1) * FLC_BLOCK,
                        FLC_BLOCK, &error) != FLC_OK)
        return 0;
    return flc_summary_outputs(bench->summary) * FLC_BLOCK;
}

/* What exactness adds to aggregation: a block's four sums of an output enter accumulators that lose
 * no bit, where others would add doubles; and a fingerprint of each block. */
static size_t exact_sums(struct bench *bench)
{
    size_t outputs = flc_summary_outputs(bench->summary);
    for (size_t i = 0; i < outputs * POWERS; i++)
        flc_superaccumulator_add_narrow(bench->limbs[i], bench->x[i % VECTOR]);
    return outputs * FLC_BLOCK;
}

static size_t plain_sums(struct bench *bench)
{
    size_t outputs = flc_summary_outputs(bench->summary);
    for (size_t i = 0; i < outputs * POWERS; i++)
        bench->plain[i] += bench->x[i % VECTOR];
    return outputs * FLC_BLOCK;
}

static size_t fingerprints(struct bench *bench)
{
    size_t outputs = flc_summary_outputs(bench->summary);
    bench->fingerprint += flc_fingerprint(bench->isa, bench->outputs, outputs, bench->block);
    return outputs * FLC_BLOCK;
}

/* What a checkpoint takes beside the disk: all records as bytes, and their SHA-256. */
static size_t state_bytes(struct bench *bench)
{
    unsigned char digest[FLC_SHA256_BYTES];
    flc_sha256_state hash;
    flc_sha256_init(&hash);
    for (size_t i = 0; i < flc_summary_outputs(bench->summary); i++) {
        size_t length = flc_summary_record_bytes(bench->summary, i);
        flc_summary_record_write(bench->summary, i, bench->record);
        flc_sha256_update(&hash, bench->record, length);
    }
    flc_sha256_final(&hash, digest);
    return 1;
}

static const struct part {
    const char *name, *per;
    size_t (*work)(struct bench *bench);
} parts[] = {
    {"yardstick: an addition that waits", "addition", yardstick},
    {"uniform draws", "value", uniforms},
    {"normal draws", "value", normals},
    {"exponential", "value", exponentials},
    {"exponential of a shock", "value", bounded_exponentials},
    {"logarithm", "value", logarithms},
    {"arithmetic of the model", "unit-year", arithmetic},
    {"quantities of the study", "sampled quantity", quantities},
    {"evaluation of the study", "unit-year", evaluation},
    {"aggregation of its outputs", "value", aggregation},
    {"of it: exact sums", "value", exact_sums},
    {"in their place: sums of doubles", "value", plain_sums},
    {"fingerprints of blocks", "value", fingerprints},
    {"a checkpoint's bytes", "checkpoint", state_bytes},
};
enum {
    PARTS = sizeof parts / sizeof *parts,
    UNIFORM = 1,
    NORMAL = 2,
    SHOCK = 4,
    ARITHMETIC = 6,
    QUANTITIES,
    EVALUATION,
    AGGREGATION,
    EXACT,
    PLAIN,
    FINGERPRINTS,
    STATE
};

/* ---- measuring ------------------------------------------------------------------------------- */

struct times {
    double ns[MOST_ROUNDS]; /* of one piece of work */
    size_t pieces;          /* in one round */
};

static double processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(struct times times[FLC_ISA_COUNT][PARTS], struct bench *benches, int rounds)
{
    for (int round = -1; round < rounds; round++) /* the first warms up */
        for (size_t part = 0; part < PARTS; part++)
            for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
                if (!flc_isa_available((flc_isa)isa))
                    continue;
                struct times *of = &times[isa][part];
                double begin = processor_time();
                of->pieces = parts[part].work(&benches[isa]);
                if (round >= 0)
                    of->ns[round] = (processor_time() - begin) / (double)of->pieces;
            }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct reading {
    double median, spread; /* half the distance of the quartiles, of the median */
};

static struct reading read_times(const struct times *times, int rounds)
{
    double sorted[MOST_ROUNDS];
    memcpy(sorted, times->ns, (size_t)rounds * sizeof *sorted);
    qsort(sorted, (size_t)rounds, sizeof *sorted, ascending);
    double median = sorted[rounds / 2];
    return (struct reading){median, (sorted[3 * rounds / 4] - sorted[rounds / 4]) / 2.0 /
                                        (median > 0.0 ? median : 1.0)};
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_head(int widest)
{
    printf("| part | ns per |");
    for (int isa = 0; isa <= widest; isa++)
        if (flc_isa_available((flc_isa)isa))
            printf(" %s |", flc_isa_name((flc_isa)isa));
    printf(" generic/%s | yardsticks |\n|---|---|", flc_isa_name((flc_isa)widest));
    for (int isa = 0; isa <= widest; isa++)
        if (flc_isa_available((flc_isa)isa))
            printf("---|");
    printf("---|---|\n");
}

static void print_parts(struct times times[FLC_ISA_COUNT][PARTS], int widest, int rounds)
{
    double unit = read_times(&times[widest][0], rounds).median;
    for (size_t part = 0; part < PARTS; part++) {
        printf("| %s | %s |", parts[part].name, parts[part].per);
        for (int isa = 0; isa <= widest; isa++) {
            if (!flc_isa_available((flc_isa)isa))
                continue;
            struct reading reading = read_times(&times[isa][part], rounds);
            printf(" %.3f ± %.0f %% |", reading.median, 100.0 * reading.spread);
        }
        double generic = read_times(&times[FLC_ISA_GENERIC][part], rounds).median;
        double best = read_times(&times[widest][part], rounds).median;
        printf(" %.2f | %.2f |\n", generic / best, best / unit);
    }
}

/* What one sample costs, and what of it is aggregation. */
static void print_sample(struct times times[FLC_ISA_COUNT][PARTS], int rounds)
{
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available((flc_isa)isa))
            continue;
        const struct times *evaluating = &times[isa][EVALUATION],
                           *adding = &times[isa][AGGREGATION];
        double evaluated = read_times(evaluating, rounds).median * (double)evaluating->pieces;
        double added = read_times(adding, rounds).median * (double)adding->pieces;
        printf("- one sample, %s: %.2f us, of it aggregation %.2f us (%.0f %%)\n",
               flc_isa_name((flc_isa)isa), (evaluated + added) / FLC_BLOCK / 1000.0,
               added / FLC_BLOCK / 1000.0, 100.0 * added / (evaluated + added));
        double price = read_times(&times[isa][EXACT], rounds).median -
                       read_times(&times[isa][PLAIN], rounds).median +
                       read_times(&times[isa][FINGERPRINTS], rounds).median;
        printf("  of it the price of exact sums and fingerprints %.2f %%; a checkpoint every 300 s "
               "%.2f %% (without the disk)\n",
               100.0 * price * (double)adding->pieces / (evaluated + added),
               read_times(&times[isa][STATE], rounds).median / 300e9 * 100.0);
    }
}

/* ---- the limit ------------------------------------------------------------------------------- */

/* Draws that count how often they are asked, in blocks. */
struct counting {
    flc_draws draws;
    flc_draws *inner;
    size_t *uniforms, *normals;
};

static void count_seek(flc_draws *draws, uint64_t first)
{
    flc_draws_seek(((struct counting *)draws)->inner, first);
}

static void count_uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct counting *counting = (const struct counting *)draws;
    ++*counting->uniforms;
    flc_draws_uniform(counting->inner, name, index, out);
}

static void count_normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct counting *counting = (const struct counting *)draws;
    ++*counting->normals;
    flc_draws_normal(counting->inner, name, index, out);
}

static void count_free(flc_draws *draws)
{
    flc_draws_free(((struct counting *)draws)->inner);
    flc_free(draws);
}

/* Exponentials of shocks in a block's unit-years: one a source, one a stream, one of cost. */
static double shocks(const flc_model *model)
{
    double sum = 0.0;
    for (size_t p = 0; p < flc_model_programs(model); p++) {
        const struct flc_program *program = &model->programs[p];
        const size_t each = program->source_count + program->stream_count + 1;
        for (size_t u = 0; u < flc_model_units(model, p); u++) {
            int64_t years = (int64_t)model->years, age = flc_model_unit_age(model, p, u);
            int64_t lived = age >= 0 ? years : years + age;
            sum += (double)each * (lived > 0 ? (double)lived : 0.0);
        }
    }
    return sum;
}

/* Pieces of work a sample takes beside its quantities. */
struct pieces {
    size_t uniforms, normals;
    double shocks;
};

static flc_status count_pieces(struct pieces *pieces, struct bench *bench, flc_error *error)
{
    static const struct flc_draws_operations operations = {
        .seek = count_seek, .uniform = count_uniform, .normal = count_normal, .free = count_free};
    struct counting *counting = FLC_NEW(struct counting, 1, error);
    if (!counting)
        return FLC_ERROR_MEMORY;
    *counting = (struct counting){{&operations}, NULL, &pieces->uniforms, &pieces->normals};
    flc_status status =
        flc_streams_create(&counting->inner, bench->study->names, SEED, bench->isa, error);
    if (status)
        return status;
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = SEED};
    flc_evaluator *evaluator =
        flc_evaluator_create_from(bench->study, &counting->draws, &points, bench->isa, error);
    if (!evaluator)
        return FLC_ERROR_MEMORY;
    *pieces = (struct pieces){.shocks = shocks(bench->study->model)};
    flc_draws_seek(&counting->draws, 0);
    flc_quantities_sample(bench->study->quantities, bench->isa, bench->values, bench->scratch,
                          &counting->draws);
    const struct pieces quantities = *pieces;
    flc_evaluator_block(evaluator, 0, NULL);
    pieces->uniforms -= 2 * quantities.uniforms;
    pieces->normals -= 2 * quantities.normals;
    flc_evaluator_free(evaluator);
    return FLC_OK;
}

/* The sum of the parts, each alone in the first cache, and the whole as a multiple of it. */
static void print_limit(struct times times[FLC_ISA_COUNT][PARTS], const struct pieces *pieces,
                        const struct bench *bench, int rounds)
{
    const double years = (double)unit_years(bench->study->model);
    const double outputs = (double)flc_summary_outputs(bench->summary);
    const double sampled = (double)flc_quantities_sampled_count(bench->study->quantities);
    printf(
        "\n| ns a unit-year | draws | exponentials | arithmetic | quantities | statistics | sum of "
        "parts | whole | whole/sum |\n|---|---|---|---|---|---|---|---|---|\n");
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available((flc_isa)isa))
            continue;
        double ns[PARTS];
        for (size_t part = 0; part < PARTS; part++)
            ns[part] = read_times(&times[isa][part], rounds).median;
        const double parts_of[] = {
            ((double)pieces->normals * ns[NORMAL] + (double)pieces->uniforms * ns[UNIFORM]) / years,
            pieces->shocks * ns[SHOCK] / years, ns[ARITHMETIC], sampled * ns[QUANTITIES] / years,
            outputs * ns[AGGREGATION] / years};
        double sum = 0.0;
        printf("| %s |", flc_isa_name((flc_isa)isa));
        for (size_t k = 0; k < sizeof parts_of / sizeof *parts_of; k++) {
            printf(" %.2f |", parts_of[k]);
            sum += parts_of[k];
        }
        const double whole = ns[EVALUATION] + parts_of[4];
        printf(" %.1f | %.1f | %.2f |\n", sum, whole, whole / sum);
    }
    printf("\nA unit-year takes %.2f normals, %.2f uniforms and %.2f exponentials, and %.2f values "
           "are aggregated for it.\n",
           (double)pieces->normals / years, (double)pieces->uniforms / years,
           pieces->shocks / years, outputs / years);
}

/* ---- setting up ------------------------------------------------------------------------------ */

static flc_status prepare(struct bench *bench, const flc_study *study, flc_isa isa,
                          flc_error *error)
{
    const flc_quantities *of = study->quantities;
    *bench = (struct bench){.isa = isa, .study = study};
    for (size_t i = 0; i < VECTOR; i++)
        bench->x[i] = 0.01 + (double)i * 0.003;
    if (!(bench->evaluator = flc_evaluator_create(study, SEED, isa, error)) ||
        !(bench->summary = flc_evaluator_summary(bench->evaluator, error)) ||
        !(bench->values = FLC_NEW(double, flc_quantities_rows(of) * FLC_BLOCK, error)) ||
        !(bench->scratch = FLC_NEW(double, flc_quantities_scratch(of), error)))
        return FLC_ERROR_MEMORY;
    size_t sums = flc_summary_outputs(bench->summary) * POWERS;
    bench->limbs = flc_allocate(sums, sizeof *bench->limbs, error);
    bench->plain = FLC_NEW(double, sums, error);
    bench->record = FLC_NEW(unsigned char, RECORD, error);
    bench->unit_year = FLC_NEW(struct bench_unit_year, 1, error);
    if (!bench->limbs || !bench->plain || !bench->record || !bench->unit_year)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < sizeof *bench->unit_year / sizeof(double); i++)
        ((double *)(void *)bench->unit_year)[i] = 0.5;
    return flc_streams_create(&bench->draws, study->names, SEED, isa, error);
}

static void clear(struct bench *bench)
{
    flc_draws_free(bench->draws);
    flc_free(bench->unit_year);
    flc_free(bench->record);
    flc_free(bench->plain);
    flc_free(bench->limbs);
    flc_free(bench->scratch);
    flc_free(bench->values);
    flc_summary_free(bench->summary);
    flc_evaluator_free(bench->evaluator);
}

int main(int argc, char **argv)
{
    static struct times times[FLC_ISA_COUNT][PARTS];
    static struct bench benches[FLC_ISA_COUNT];
    flc_error error = {FLC_OK, ""};
    flc_study *study = NULL;
    int rounds = argc > 2 ? atoi(argv[2]) : DEFAULT_ROUNDS, widest = 0;
    if (argc < 2 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "parts_bench STUDY.yaml [ROUNDS], at most %d\n", MOST_ROUNDS);
        return FLC_ERROR_USAGE;
    }
    flc_status status = flc_study_load(&study, argv[1], NULL, 0, &error);
    for (int isa = 0; isa < FLC_ISA_COUNT && !status; isa++)
        if (flc_isa_available((flc_isa)isa)) {
            widest = isa;
            status = prepare(&benches[isa], study, (flc_isa)isa, &error);
        }
    if (!status) {
        measure(times, benches, rounds);
        print_head(widest);
        print_parts(times, widest, rounds);
        printf("\n%s: %zu programs, %zu years, %zu unit-years, %zu sampled quantities, %zu "
               "outputs; medians of %d rounds ± half the distance of the quartiles.\n\n",
               argv[1], flc_model_programs(study->model), flc_model_years(study->model),
               unit_years(study->model), flc_quantities_sampled_count(study->quantities),
               flc_summary_outputs(benches[0].summary), rounds);
        print_sample(times, rounds);
        struct pieces pieces;
        status = count_pieces(&pieces, &benches[0], &error);
        if (!status)
            print_limit(times, &pieces, &benches[0], rounds);
    }
    if (status)
        fprintf(stderr, "parts_bench: %s\n", error.text);
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
        clear(&benches[isa]);
    flc_study_free(study);
    return status;
}
