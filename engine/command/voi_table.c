#include "command/voi_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "command/cells.h"

enum { LABEL = 46, CELL = 10, BAR = 16 };

struct printing {
    const flc_prospects *prospects;
    const flc_collector *values;
    const flc_voi_facts *facts;
    size_t alternatives, best;
    double perfect; /* EVPI, USD million */
};

static void print_cell(double value)
{
    char text[CLI_NUMBER_ROOM];
    printf(" %*s", CELL, cli_number(text, value));
}

static void print_percent(double share)
{
    if (isnan(share))
        printf(" %*s", CELL, "-");
    else
        printf(" %*.1f %%", CELL - 2, 100 * share);
}

static void print_heads(const char *label, const char *const *heads, size_t count)
{
    cli_print_label(label, LABEL);
    for (size_t i = 0; i < count; i++)
        printf(" %*s", CELL, heads[i]);
    printf("\n");
}

/* What is not below 0: of a bound a value below 0 says no more than 0 does. */
static double positive(double value)
{
    return value < 0 ? 0.0 : value;
}

/* ---- alternatives ---------------------------------------------------------------------------- */

static void print_alternatives(const struct printing *p)
{
    static const char *const heads[] = {"utility", "less base", "95 % from", "to",
                                        "regret",  "95 % from", "to",        "is best"};
    printf("\n");
    print_heads("  alternative", heads, sizeof heads / sizeof *heads);
    for (size_t d = 0; d < p->alternatives; d++) {
        const flc_voi_estimate more = flc_voi_advantage(p->values, d, 0);
        const flc_voi_estimate regret = flc_voi_regret(p->values, d);
        printf("%s ", d == p->best ? "*" : " ");
        cli_print_label(d ? p->facts->keys[d] : "(base)", LABEL - 2);
        print_cell(flc_voi_utility(p->values, d).value);
        print_cell(more.value);
        print_cell(more.low);
        print_cell(more.high);
        print_cell(regret.value);
        print_cell(positive(regret.low));
        print_cell(regret.high);
        print_percent(flc_voi_is_best(p->values, d).share);
        printf("\n");
    }
    printf("* the choice without learning; regret: how far the best alternative of each sample is "
           "ahead, on average\n");
}

static void print_left_out(const struct printing *p)
{
    const flc_voi_counts counts = flc_voi_count(p->values, 0);
    if (counts.left_out == 0)
        return;
    printf("\n%llu of %llu samples (%.2g %%) are left out, as the utility of some alternative is "
           "no number in them:\n",
           (unsigned long long)counts.left_out, (unsigned long long)counts.seen,
           100.0 * (double)counts.left_out / (double)counts.seen);
    for (size_t d = 0; d < p->alternatives; d++) {
        const flc_voi_counts own = flc_voi_count(p->values, d);
        if (own.undefined + own.infinite > 0)
            printf("  %s: undefined in %llu, infinite in %llu\n", d ? p->facts->keys[d] : "(base)",
                   (unsigned long long)own.undefined, (unsigned long long)own.infinite);
    }
}

/* ---- rankings -------------------------------------------------------------------------------- */

/* A prospect and what it is worth. */
struct ranked {
    const flc_prospect *prospect;
    flc_voi_estimate worth;
    size_t number;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *one = a, *other = b;
    if (one->worth.value != other->worth.value)
        return one->worth.value > other->worth.value ? -1 : 1;
    return one->number < other->number ? -1 : 1;
}

typedef const flc_prospect *get_prospect(const flc_prospects *prospects, size_t i);

/* Those that reach a difference, the most worth first; returns how many. */
static size_t rank_prospects(const struct printing *p, struct ranked *ranked, size_t count,
                             get_prospect *get)
{
    size_t reaching = 0;
    for (size_t i = 0; i < count; i++) {
        const flc_prospect *one = get(p->prospects, i);
        if (one->thing != FLC_NO_THING)
            ranked[reaching++] = (struct ranked){one, flc_prospect_worth(one, p->values), i};
    }
    qsort(ranked, reaching, sizeof *ranked, compare_ranked);
    return reaching;
}

static void print_bar(double share)
{
    const int length = share > 0 ? (int)(share * BAR + 0.5) : 0;
    printf("  %.*s", length < BAR ? length : BAR, "################");
}

static void print_ranked(const struct printing *p, const struct ranked *one)
{
    const flc_prospect *prospect = one->prospect;
    char label[LABEL + 64];
    if (prospect->patterns)
        snprintf(label, sizeof label, "%.60s (%zu of %zu)", prospect->name, prospect->reaching,
                 prospect->members);
    else
        snprintf(label, sizeof label, "%s%.100s", strlen(prospect->name) > LABEL - 4 ? ".." : "",
                 strlen(prospect->name) > LABEL - 4
                     ? prospect->name + strlen(prospect->name) - (LABEL - 6)
                     : prospect->name);
    printf("  ");
    cli_print_label(label, LABEL - 2);
    print_cell(positive(one->worth.value));
    print_cell(positive(one->worth.low));
    print_cell(positive(one->worth.high));
    print_cell(flc_prospect_promise(prospect, p->values).value);
    print_percent(flc_prospect_change(prospect, p->values));
    print_bar(one->worth.value / p->perfect);
    printf("\n");
}

/* Would one ever choose another alternative, knowing it? */
static bool changes(const struct printing *p, const struct ranked *one)
{
    return flc_prospect_change(one->prospect, p->values) > 0;
}

static void print_ranking(const struct printing *p, const struct ranked *ranked, size_t reaching,
                          size_t count, size_t top, const char *title, const char *what)
{
    static const char *const heads[] = {"worth", "95 % from", "to", "promised", "changes"};
    size_t shown = 0, more = 0;
    double most = 0;
    if (count == 0)
        return;
    printf("\n");
    print_heads(title, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < reaching; i++) {
        if (!changes(p, &ranked[i]))
            continue;
        if (shown < top) {
            print_ranked(p, &ranked[i]);
            shown++;
            continue;
        }
        more++;
        most = ranked[i].worth.value > most ? ranked[i].worth.value : most;
    }
    if (more > 0)
        printf("  %zu more %s are worth at most %.2g each\n", more, what, most);
    if (shown + more < reaching)
        printf("  %zu %s change no choice, by the rules learned: 0\n", reaching - shown - more,
               what);
    if (reaching < count)
        printf("  %zu %s reach no difference between the alternatives: exactly 0\n",
               count - reaching, what);
}

/* ---- in words -------------------------------------------------------------------------------- */

/* The quantity that is worth most, where its interval leaves 0. */
static void say_it(const struct printing *p, const struct ranked *ranked, size_t reaching)
{
    char value[CLI_NUMBER_ROOM], low[CLI_NUMBER_ROOM], high[CLI_NUMBER_ROOM];
    char perfect[CLI_NUMBER_ROOM];
    cli_number(perfect, p->perfect);
    if (p->perfect == 0)
        printf("\nThere is nothing to learn: %s is the best in every sample.\n",
               p->best ? p->facts->keys[p->best] : "the base");
    else if (reaching == 0 || !(ranked[0].worth.low > 0))
        printf("\nNo quantity alone is worth learning before the choice, as far as these samples "
               "tell; everything known\nperfectly would be worth %s million dollars.\n",
               perfect);
    else
        printf("\nLearning %s before the choice is worth\nabout %s million dollars (%s to %s); "
               "everything known perfectly, %s million.\n",
               ranked[0].prospect->name, cli_number(value, ranked[0].worth.value),
               cli_number(low, ranked[0].worth.low), cli_number(high, ranked[0].worth.high),
               perfect);
}

static void print_perfect(const struct printing *p)
{
    const flc_voi_estimate perfect = flc_voi_regret(p->values, p->best);
    const flc_voi_share best = flc_voi_is_best(p->values, p->best);
    char value[CLI_NUMBER_ROOM], low[CLI_NUMBER_ROOM], high[CLI_NUMBER_ROOM];
    printf("\nEverything known before the choice (EVPI): %s USD million, 95 %%: %s to %s; it would "
           "be another one in %.1f %%\nof possible worlds (%.1f to %.1f %%)\n",
           cli_number(value, perfect.value), cli_number(low, positive(perfect.low)),
           cli_number(high, perfect.high), 100 * (1 - best.share), 100 * (1 - best.high),
           100 * (1 - best.low));
}

void cli_print_information(const flc_prospects *prospects, const flc_collector *values,
                           const flc_voi_facts *facts, size_t top)
{
    const size_t quantities = flc_prospects_quantities(prospects);
    const size_t groups = flc_prospects_groups(prospects);
    struct printing p = {.prospects = prospects, .values = values, .facts = facts};
    struct ranked *ranked = FLC_NEW(struct ranked, quantities + groups, NULL);
    p.alternatives = flc_prospects_problem(prospects)->alternatives;
    p.best = flc_voi_best(values);
    p.perfect = flc_voi_regret(values, p.best).value;
    printf("Utility: %s, %s\n", flc_prospects_utility(prospects)->text, FLC_UTILITY_UNIT);
    print_alternatives(&p);
    print_left_out(&p);
    print_perfect(&p);
    if (!ranked)
        return;
    struct ranked *of_groups = ranked + quantities;
    const size_t reaching = rank_prospects(&p, ranked, quantities, flc_prospects_quantity);
    const size_t reached = rank_prospects(&p, of_groups, groups, flc_prospects_group);
    print_ranking(&p, ranked, reaching, quantities, top, "  known before the choice", "quantities");
    print_ranking(&p, of_groups, reached, groups, groups, "  a group (those that matter of all)",
                  "groups");
    printf("worth: by a rule learned on other samples, at least so much; promised: by the rule on "
           "its own samples, rather\ntoo much; changes: how often one would choose another "
           "alternative; bars: share of EVPI\n");
    say_it(&p, ranked, reaching);
    flc_free(ranked);
}
