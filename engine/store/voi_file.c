#include "store/voi_file.h"

#include <stdio.h>

#include "base/memory.h"
#include "store/facts.h"

enum { NAME_ROOM = 64, SENTENCE_ROOM = 256 };

/* What is written, and room for one variable. */
struct writing {
    const flc_prospects *prospects;
    const flc_collector *values;
    const flc_voi_facts *facts;
    flc_datafile *file;
    size_t alternatives, best;
    double *numbers;
    const char **texts;
};

/* ---- variables ------------------------------------------------------------------------------- */

static void write_numbers(const struct writing *w, const char *name, const char *dimensions,
                          const char *sentence, const char *unit)
{
    flc_datafile_variable(w->file, "", name, FLC_DATA_DOUBLE, dimensions, w->numbers, sentence,
                          unit);
}

static void write_texts(const struct writing *w, const char *name, const char *dimensions,
                        const char *sentence)
{
    flc_datafile_variable(w->file, "", name, FLC_DATA_TEXT, dimensions, w->texts, sentence, NULL);
}

/* Four variables: an estimate of each of `count` items, its standard error and its interval. */
typedef flc_voi_estimate estimate_of(const struct writing *w, size_t item);

static void write_estimates(const struct writing *w, const char *name, const char *dimension,
                            size_t count, estimate_of *estimate, const char *sentence)
{
    static const char *const suffixes[] = {"", "_standard_error", "_low", "_high"};
    static const char *const meanings[] = {"", ": its standard error",
                                           ": low end of its 95 % interval",
                                           ": high end of its 95 % interval"};
    for (int v = 0; v < 4; v++) {
        char own_name[NAME_ROOM], meaning[SENTENCE_ROOM];
        for (size_t i = 0; i < count; i++) {
            const flc_voi_estimate own = estimate(w, i);
            const double parts[] = {own.value, own.error, own.low, own.high};
            w->numbers[i] = parts[v];
        }
        snprintf(own_name, sizeof own_name, "%s%s", name, suffixes[v]);
        snprintf(meaning, sizeof meaning, "%s%s", sentence, meanings[v]);
        write_numbers(w, own_name, dimension, meaning, FLC_UTILITY_UNIT);
    }
}

static void write_shares(const struct writing *w, const char *name, const char *dimension,
                         const flc_voi_share *shares, size_t count, const char *sentence)
{
    static const char *const suffixes[] = {"", "_low", "_high"};
    static const char *const meanings[] = {"", ": lower end of the 95 % interval (Wilson 1927)",
                                           ": upper end of the 95 % interval (Wilson 1927)"};
    for (int v = 0; v < 3; v++) {
        char own_name[NAME_ROOM], meaning[SENTENCE_ROOM];
        for (size_t i = 0; i < count; i++) {
            const double parts[] = {shares[i].share, shares[i].low, shares[i].high};
            w->numbers[i] = parts[v];
        }
        snprintf(own_name, sizeof own_name, "%s%s", name, suffixes[v]);
        snprintf(meaning, sizeof meaning, "%s%s", sentence, meanings[v]);
        write_numbers(w, own_name, dimension, meaning, "1");
    }
}

/* ---- alternatives ---------------------------------------------------------------------------- */

static flc_voi_estimate utility_of(const struct writing *w, size_t d)
{
    return flc_voi_utility(w->values, d);
}

static flc_voi_estimate advantage_of(const struct writing *w, size_t d)
{
    return flc_voi_advantage(w->values, d, 0);
}

static flc_voi_estimate regret_of(const struct writing *w, size_t d)
{
    return flc_voi_regret(w->values, d);
}

static flc_voi_estimate perfect_of(const struct writing *w, size_t item)
{
    (void)item;
    return flc_voi_regret(w->values, w->best);
}

static void write_studies(const struct writing *w)
{
    static const char *const names[] = {"alternative_name", "alternative_name_zh",
                                        "alternative_sha256", "alternative_resolved"};
    static const char *const meanings[] = {
        "name of the scenario", "name of the scenario in Chinese", "SHA-256 of its study",
        "its study with all defaults (YAML)"};
    flc_datafile_coordinate(w->file, "", "alternative", FLC_DATA_TEXT, w->facts->keys,
                            w->alternatives, "scenario to choose; the first is the base", NULL);
    for (int v = 0; v < 4; v++) {
        for (size_t d = 0; d < w->alternatives; d++) {
            const flc_study *study = flc_scenarios_study(flc_prospects_scenarios(w->prospects), d);
            const flc_section_info *info = &study->inputs->info;
            const char *const texts[] = {info->name ? info->name
                                         : d == 0   ? "Base"
                                                    : w->facts->keys[d],
                                         info->name_zh ? info->name_zh
                                         : d == 0      ? "基准"
                                                       : w->facts->keys[d],
                                         study->hash, study->resolved};
            w->texts[d] = texts[v];
        }
        write_texts(w, names[v], "alternative", meanings[v]);
    }
}

static void write_alternatives(const struct writing *w)
{
    flc_voi_share best[FLC_VOI_ALTERNATIVES];
    write_studies(w);
    write_estimates(w, "utility", "alternative", w->alternatives, utility_of,
                    "mean utility of the alternative");
    write_estimates(w, "utility_difference", "alternative", w->alternatives, advantage_of,
                    "mean utility less that of the base, sample by sample");
    write_estimates(w, "regret", "alternative", w->alternatives, regret_of,
                    "expected regret: how far the best alternative of a sample is ahead");
    for (size_t d = 0; d < w->alternatives; d++)
        best[d] = flc_voi_is_best(w->values, d);
    write_shares(w, "best_share", "alternative", best, w->alternatives,
                 "share of samples in which it is the best (all of them, where several are)");
    for (int v = 0; v < 2; v++) {
        for (size_t d = 0; d < w->alternatives; d++) {
            const flc_voi_counts counts = flc_voi_count(w->values, d);
            w->numbers[d] = (double)(v ? counts.infinite : counts.undefined);
        }
        write_numbers(w, v ? "infinite" : "undefined", "alternative",
                      v ? "samples in which its utility is infinite; left out for all"
                        : "samples in which its utility is undefined; left out for all",
                      "1");
    }
}

static void write_perfect(const struct writing *w)
{
    const flc_voi_share best = flc_voi_is_best(w->values, w->best);
    const flc_voi_share change = {1 - best.share, 1 - best.high, 1 - best.low};
    write_estimates(w, "evpi", "", 1, perfect_of,
                    "expected value of perfect information: everything known before the choice");
    write_shares(w, "evpi_change", "", &change, 1,
                 "share of samples in which one would choose another alternative, knowing all");
}

/* ---- quantities and groups ------------------------------------------------------------------- */

/* Both kinds have the same variables along their own dimension. */
struct kind {
    const char *dimension, *prefix, *title;
    size_t (*count)(const flc_prospects *prospects);
    const flc_prospect *(*get)(const flc_prospects *prospects, size_t i);
    estimate_of *worth, *promise;
};

static flc_voi_estimate worth_of_quantity(const struct writing *w, size_t i)
{
    return flc_prospect_worth(flc_prospects_quantity(w->prospects, i), w->values);
}
static flc_voi_estimate promise_of_quantity(const struct writing *w, size_t i)
{
    return flc_prospect_promise(flc_prospects_quantity(w->prospects, i), w->values);
}
static flc_voi_estimate worth_of_group(const struct writing *w, size_t i)
{
    return flc_prospect_worth(flc_prospects_group(w->prospects, i), w->values);
}
static flc_voi_estimate promise_of_group(const struct writing *w, size_t i)
{
    return flc_prospect_promise(flc_prospects_group(w->prospects, i), w->values);
}

static const struct kind kinds[] = {
    {"quantity", "", "uncertain quantity", flc_prospects_quantities, flc_prospects_quantity,
     worth_of_quantity, promise_of_quantity},
    {"group", "group_", "group of uncertain quantities", flc_prospects_groups, flc_prospects_group,
     worth_of_group, promise_of_group},
};

/* Facts of each, as numbers. */
enum { CHANGE, REACHING, MEMBERS, DEPENDENT, FACTS };

static double fact_of(const struct writing *w, const flc_prospect *prospect, int fact)
{
    switch (fact) {
    case CHANGE:
        return flc_prospect_change(prospect, w->values);
    case REACHING:
        return (double)prospect->reaching;
    case MEMBERS:
        return (double)prospect->members;
    default:
        return prospect->dependent;
    }
}

static void write_facts(const struct writing *w, const struct kind *kind, size_t count)
{
    static const char *const names[FACTS] = {"change", "reaching", "members", "dependent"};
    static const char *const meanings[FACTS] = {
        "share of samples in which one would choose another alternative, knowing it",
        "quantities of it that reach a difference between alternatives; 0: worth exactly nothing",
        "quantities in it", "1 where a quantity of it depends on another one"};
    for (int f = 0; f < FACTS; f++) {
        char name[NAME_ROOM];
        for (size_t i = 0; i < count; i++)
            w->numbers[i] = fact_of(w, kind->get(w->prospects, i), f);
        snprintf(name, sizeof name, "%s%s", kind->prefix, names[f]);
        write_numbers(w, name, kind->dimension, meanings[f], "1");
    }
}

static void write_taken(const struct writing *w, const struct kind *kind, size_t count)
{
    char name[NAME_ROOM], dimensions[NAME_ROOM];
    for (size_t i = 0; i < count * w->alternatives; i++)
        w->numbers[i] = flc_prospect_taken(kind->get(w->prospects, i / w->alternatives), w->values,
                                           i % w->alternatives);
    snprintf(name, sizeof name, "%staken", kind->prefix);
    snprintf(dimensions, sizeof dimensions, "%s alternative", kind->dimension);
    write_numbers(w, name, dimensions,
                  "share of samples in which one would choose the alternative, knowing it", "1");
}

static void write_kind(const struct writing *w, const struct kind *kind)
{
    const size_t count = kind->count(w->prospects);
    char name[NAME_ROOM];
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        w->texts[i] = kind->get(w->prospects, i)->name;
    flc_datafile_coordinate(w->file, "", kind->dimension, FLC_DATA_TEXT, w->texts, count,
                            kind->title, NULL);
    snprintf(name, sizeof name, "%sevppi", kind->prefix);
    write_estimates(w, name, kind->dimension, count, kind->worth,
                    "expected value of knowing it before the choice, by a rule learned on other "
                    "samples: a lower bound but for chance");
    snprintf(name, sizeof name, "%sevppi_optimistic", kind->prefix);
    write_estimates(w, name, kind->dimension, count, kind->promise,
                    "the same as the regression promises on the samples it was learned from, "
                    "rather too high");
    write_facts(w, kind, count);
    write_taken(w, kind, count);
}

static void write_patterns(const struct writing *w)
{
    const size_t count = flc_prospects_groups(w->prospects);
    for (size_t i = 0; i < count; i++)
        w->texts[i] = flc_prospects_group(w->prospects, i)->patterns;
    if (count > 0)
        write_texts(w, "group_patterns", "group", "patterns of its quantities' paths");
}

/* ---- the file -------------------------------------------------------------------------------- */

static void write_all(const struct writing *w)
{
    const flc_study *base = flc_scenarios_study(flc_prospects_scenarios(w->prospects), 0);
    const flc_voi_counts counts = flc_voi_count(w->values, 0);
    const flc_facts facts = {"What it is worth to know something before choosing a scenario",
                             base->file,
                             "fulcrum_voi_format",
                             FLC_VOI_FORMAT,
                             w->facts->points,
                             w->facts->points.samples};
    flc_facts_write(base, &facts, w->file);
    flc_datafile_attribute_text(w->file, "", NULL, "utility",
                                flc_prospects_utility(w->prospects)->text);
    flc_datafile_attribute_text(w->file, "", NULL, "best", w->facts->keys[w->best]);
    flc_datafile_attribute_text(w->file, "", NULL, "best_learned",
                                w->facts->keys[flc_voi_learned_best(w->values)]);
    flc_datafile_attribute_int64(w->file, "", NULL, "samples_learned", (int64_t)w->facts->learned);
    flc_datafile_attribute_int64(w->file, "", NULL, "samples_valued", (int64_t)counts.seen);
    flc_datafile_attribute_int64(w->file, "", NULL, "samples_left_out", (int64_t)counts.left_out);
    flc_datafile_attribute_double(w->file, "", NULL, "interval_level", FLC_VOI_LEVEL);
    write_alternatives(w);
    write_perfect(w);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        write_kind(w, &kinds[k]);
    write_patterns(w);
}

flc_status flc_voi_file_save(const char *path, const flc_prospects *prospects,
                             const flc_collector *values, const flc_voi_facts *facts,
                             flc_error *error)
{
    struct writing w = {.prospects = prospects, .values = values, .facts = facts};
    w.alternatives = flc_prospects_problem(prospects)->alternatives;
    w.best = flc_voi_best(values);
    const size_t most =
        flc_prospects_quantities(prospects) + flc_prospects_groups(prospects) + w.alternatives;
    w.numbers = FLC_NEW(double, most *w.alternatives, error);
    w.texts = FLC_NEW(const char *, most, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (w.numbers && w.texts)
        status = flc_datafile_create(&w.file, error);
    if (!status) {
        write_all(&w);
        status = flc_datafile_save(w.file, path, error);
    }
    flc_datafile_free(w.file);
    flc_free(w.numbers);
    flc_free(w.texts);
    return status;
}
