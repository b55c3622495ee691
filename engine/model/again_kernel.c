/* Rows: a block once more with some other inputs (flc_again of model/model.h).
 *
 * What stands from the evaluation before is kept as far as nothing reaches it, and is bit by bit
 * what a plain evaluation would give:
 *
 *   programs     are evaluated from the first stage on that a changed input enters, or taken from
 *                another evaluation; a year's series that comes out as it stood changes nothing
 *   portfolio    a year's series is added up again, from all programs in their order, where that of
 *                some program has changed and it is asked for
 *
 * The series of all programs are 12 MB of a block of the baseline, more than the second cache, so
 * that reading them costs more than adding them. Where samples are refused that were not, or the
 * other way round, what is undefined there must not stand: a program is evaluated whole, the
 * portfolio added up whole.
 */
#include <string.h>

#include "model/evaluate.h"

struct row {
    struct flc_pass whole;
    const struct flc_again *again;
    double *outputs; /* of all programs and the portfolio */
};

enum { INNER = FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC };

static bool differ(const double *restrict a, const double *restrict b)
{
    uint64_t bits = 0;
    FLC_FOR_LANES (i)
        bits |= flc_bits(a[i]) ^ flc_bits(b[i]);
    return bits != 0;
}

/* ---- series by year, in one order: accounts, sources, gross and net outcomes, inner accounts ---
 */

static size_t series_count(const struct flc_pass *pass)
{
    return flc_yearly_rows(pass->sources, pass->outcomes);
}

/* Where series number `series` of year t stands among a program's own, or the portfolio's. */
static const double *series_in(const struct flc_pass *pass, const double *outputs,
                               const flc_lanes *inner, size_t series, size_t t)
{
    const size_t open = series_count(pass) - INNER, years = pass->model->years;
    return series < open ? outputs + (series * years + t) * FLC_BLOCK
                         : inner[(series - open) * years + t];
}

static double *own_series(const struct flc_pass *pass, size_t series, size_t t)
{
    return (double *)series_in(pass, pass->outputs, pass->inner, series, t);
}

/* The series of the portfolio that one of a program is added to. */
static size_t place_of(const struct flc_pass *whole, const struct flc_pass *part, size_t series)
{
    const struct flc_program *program = part->program;
    size_t place = FLC_ACCOUNTS_PUBLIC;
    if (series < place)
        return series;
    series -= FLC_ACCOUNTS_PUBLIC;
    if (series < part->sources)
        return place + program->portfolio_source[series];
    series -= part->sources;
    place += whole->sources;
    for (int net = 0; net < 2; net++) {
        if (series < part->outcomes)
            return place + program->portfolio_outcome[series];
        series -= part->outcomes;
        place += whole->outcomes;
    }
    return place + series;
}

/* Whether the stages up to `stage` write a program's series; accounts of outcomes are the last of
 * the public ones. */
static bool is_reached(const struct flc_pass *part, size_t series, enum flc_stage stage)
{
    const size_t outcomes = FLC_ACCOUNTS_PUBLIC + part->sources;
    const size_t inner = outcomes + 2 * part->outcomes;
    if (stage == FLC_STAGE_WHOLE)
        return true;
    if (stage == FLC_STAGE_OUTCOMES &&
        (series == FLC_ACCOUNT_BENEFIT || (series >= outcomes && series < inner) ||
         series == inner + FLC_ACCOUNT_INVESTMENT - FLC_ACCOUNTS_PUBLIC))
        return true;
    return stage > FLC_STAGE_HORIZON &&
           (series == FLC_ACCOUNT_TAX || series == FLC_ACCOUNT_SOCIAL_COST);
}

static unsigned char *stale(const struct flc_pass *whole, size_t place)
{
    return whole->w->kept.stale + place * whole->model->years;
}

/* ---- a program ------------------------------------------------------------------------------- */

/* Brings what stands of a program to what it has come to by a stage; series that change are marked.
 */
static void settle(const struct row *row, const struct flc_pass *part, enum flc_stage stage,
                   const double *outputs, const flc_lanes *inner)
{
    const size_t years = part->model->years, count = series_count(part);
    for (size_t series = 0; series < count; series++) {
        if (!is_reached(part, series, stage))
            continue;
        unsigned char *changed = stale(&row->whole, place_of(&row->whole, part, series));
        for (size_t t = 0; t < years; t++) {
            const double *now = series_in(part, outputs, inner, series, t);
            double *stands = own_series(part, series, t);
            if (!differ(now, stands))
                continue;
            memcpy(stands, now, sizeof(flc_lanes));
            changed[t] = 1;
        }
    }
    const size_t first = (count - INNER) * years * FLC_BLOCK;
    memcpy(part->outputs + first, outputs + first,
           (FLC_HORIZON_COUNT + part->outcomes) * sizeof(flc_lanes));
}

static void take(const struct row *row, const struct flc_pass *part, enum flc_stage stage)
{
    const struct flc_again *again = row->again;
    settle(row, part, stage, again->outputs + part->program->first_output * FLC_BLOCK,
           flc_kept_of(again->workspace, part->number));
    flc_take_outcomes(part, again->workspace, part->number);
    flc_keep_outcomes(part);
}

/* A pass that leaves what stands of the program alone. */
static struct flc_pass trial_of(const struct flc_pass *part)
{
    struct flc_pass trial = *part;
    trial.outputs = part->w->kept.trial[0];
    trial.inner = part->w->inner;
    return trial;
}

static void evaluate_whole(const struct row *row, const struct flc_pass *part)
{
    const struct flc_pass trial = trial_of(part);
    flc_evaluate_program(&trial);
    flc_keep_outcomes(&trial);
    flc_blank_refused(&trial);
    settle(row, part, FLC_STAGE_WHOLE, trial.outputs, trial.inner);
}

/* The years of what outcomes and accounts make of money and match. */
static void evaluate_years(const struct flc_pass *part, enum flc_stage stage)
{
    if (stage == FLC_STAGE_OUTCOMES)
        flc_begin_outcomes(part);
    for (size_t t = 0; t < part->model->years && stage > FLC_STAGE_HORIZON; t++) {
        if (stage == FLC_STAGE_OUTCOMES) {
            memset(flc_account(part, FLC_ACCOUNT_BENEFIT, t), 0, sizeof(flc_lanes));
            memset(flc_account(part, FLC_ACCOUNT_INVESTMENT, t), 0, sizeof(flc_lanes));
            flc_evaluate_outcomes(part, t);
        }
        flc_evaluate_accounts(part, t);
    }
}

/* Outcomes, accounts or the horizon alone, where they stand; what stood is kept aside meanwhile. */
static void evaluate_late(const struct row *row, const struct flc_pass *part, enum flc_stage stage)
{
    const struct flc_pass before = trial_of(part);
    const size_t years = part->model->years;
    for (size_t series = 0; series < series_count(part); series++)
        if (is_reached(part, series, stage))
            memcpy(own_series(&before, series, 0), own_series(part, series, 0),
                   years * sizeof(flc_lanes));
    flc_take_outcomes(part, part->w, part->number);
    evaluate_years(part, stage);
    flc_evaluate_horizon(part);
    flc_keep_outcomes(part);
    flc_blank_refused(part);
    for (size_t series = 0; series < series_count(part); series++)
        for (size_t t = 0; t < years && is_reached(part, series, stage); t++)
            if (differ(own_series(&before, series, t), own_series(part, series, t)))
                stale(&row->whole, place_of(&row->whole, part, series))[t] = 1;
}

/* The stage asked for, unless other samples are refused than where the rest is from. */
static enum flc_stage stage_of(const struct row *row, size_t p)
{
    const flc_workspace *w = row->whole.w;
    const bool same = !differ(w->refused[p], w->kept.refused[p]);
    return same ? row->again->stage[p] : FLC_STAGE_WHOLE;
}

static void provide(const struct row *row, size_t p)
{
    flc_workspace *w = row->whole.w;
    struct flc_pass part = flc_program_pass(&row->whole, row->outputs, p);
    const enum flc_stage stage = stage_of(row, p);
    part.inner = flc_kept_of(w, p);
    row->again->stage[p] = stage;
    if (stage == FLC_STAGE_NOTHING)
        return;
    if (row->again->taken[p] && !differ(w->refused[p], row->again->workspace->refused[p]))
        take(row, &part, stage);
    else if (stage == FLC_STAGE_WHOLE)
        evaluate_whole(row, &part);
    else
        evaluate_late(row, &part, stage);
    memcpy(w->kept.refused[p], w->refused[p], sizeof(flc_lanes));
}

/* ---- the portfolio --------------------------------------------------------------------------- */

/* Net outcomes, benefit and tax count for what programs do not share. */
static bool is_weighted(const struct flc_pass *whole, size_t place)
{
    const size_t net = FLC_ACCOUNTS_PUBLIC + whole->sources + whole->outcomes;
    return place == FLC_ACCOUNT_BENEFIT || place == FLC_ACCOUNT_TAX ||
           (place >= net && place < net + whole->outcomes);
}

static void mark(const struct flc_pass *whole, size_t place)
{
    memset(stale(whole, place), 1, whole->model->years);
}

static void weigh(const struct row *row)
{
    const struct flc_pass *whole = &row->whole;
    double *weight = whole->w->scratch[0];
    bool changed = false;
    for (size_t p = 0; p < whole->model->program_count; p++) {
        const struct flc_pass part = flc_program_pass(whole, row->outputs, p);
        flc_overlap_weight(&part, weight);
        if (!differ(weight, whole->w->kept.weights[p]))
            continue;
        memcpy(whole->w->kept.weights[p], weight, sizeof(flc_lanes));
        changed = true;
    }
    for (size_t place = 0; place < series_count(whole) && changed; place++)
        if (is_weighted(whole, place))
            mark(whole, place);
}

/* The series of a program that is added to this one of the portfolio; its number of series where
 * there is none. */
static size_t series_at(const struct flc_pass *whole, const struct flc_pass *part, size_t place)
{
    const size_t count = series_count(part);
    size_t series = place < FLC_ACCOUNTS_PUBLIC ? place : FLC_ACCOUNTS_PUBLIC;
    while (series < count && place_of(whole, part, series) != place)
        series++;
    return series;
}

/* Adds a program's series to those of the portfolio that are added up again. */
static void add_series(const struct row *row, size_t p, size_t place)
{
    const struct flc_pass *whole = &row->whole;
    const struct flc_pass part = flc_program_pass(whole, row->outputs, p);
    const flc_lanes *inner = flc_kept_of(whole->w, p);
    const double *weight = is_weighted(whole, place) ? whole->w->kept.weights[p] : NULL;
    const size_t series = series_at(whole, &part, place);
    for (size_t t = 0; t < whole->model->years && series < series_count(&part); t++)
        if (stale(whole, place)[t])
            flc_add_lanes(own_series(whole, place, t),
                          series_in(&part, part.outputs, inner, series, t), weight);
}

static void add_up(const struct row *row, size_t place)
{
    const struct flc_pass *whole = &row->whole;
    unsigned char *again = stale(whole, place);
    bool any = false;
    for (size_t t = 0; t < whole->model->years; t++) {
        if (again[t])
            memset(own_series(whole, place, t), 0, sizeof(flc_lanes));
        any |= again[t] != 0;
    }
    for (size_t p = 0; p < whole->model->program_count && any; p++)
        add_series(row, p, place);
    memset(again, 0, whole->model->years);
}

/* Gross outcomes and dollars over the horizon. */
static void add_outcomes(const struct row *row)
{
    const struct flc_pass *whole = &row->whole;
    flc_workspace *w = whole->w;
    memset(w->portfolio_gross, 0, whole->outcomes * sizeof(flc_lanes));
    memset(w->portfolio_dollars, 0, whole->outcomes * sizeof(flc_lanes));
    for (size_t p = 0; p < whole->model->program_count; p++) {
        const struct flc_pass part = flc_program_pass(whole, row->outputs, p);
        flc_take_outcomes(&part, w, p);
        for (size_t o = 0; o < part.outcomes; o++) {
            const size_t place = part.program->portfolio_outcome[o];
            flc_add_lanes(w->portfolio_gross[place], w->outcome_gross[o], NULL);
            flc_add_lanes(w->portfolio_dollars[place], w->outcome_dollars[o], NULL);
        }
    }
}

static void provide_portfolio(const struct row *row)
{
    const struct flc_pass *whole = &row->whole;
    flc_workspace *w = whole->w;
    double *refused = w->kept.refused[whole->number];
    weigh(row);
    if (differ(refused, w->refused[whole->number]))
        memset(w->kept.stale, 1, series_count(whole) * whole->model->years);
    for (size_t place = 0; place < series_count(whole); place++)
        if (row->again->asked[place])
            add_up(row, place);
    add_outcomes(row);
    flc_evaluate_horizon(whole);
    flc_blank_refused(whole);
    memcpy(refused, w->refused[whole->number], sizeof(flc_lanes));
}

void flc_evaluate_again(const flc_model *model, flc_workspace *w, const flc_draws *draws,
                        const struct flc_again *again, double *outputs)
{
    const struct row row = {flc_whole_pass(w, draws, NULL, outputs), again, outputs};
    flc_find_refused(model, w);
    flc_evaluate_macro(model, w, draws);
    for (size_t p = 0; p < model->program_count; p++)
        provide(&row, p);
    if (again->asked)
        provide_portfolio(&row);
}

/* ---- what is kept of programs ---------------------------------------------------------------- */

/* Beside inner accounts. */
struct kept_sums {
    flc_lanes *money, *gross, *dollars;
};

static struct kept_sums sums_of(const flc_workspace *w, size_t program, size_t outcomes)
{
    flc_lanes *money = flc_kept_of(w, program) + flc_inner_lanes(w->model);
    return (struct kept_sums){money, money + 1, money + 1 + outcomes};
}

void flc_keep_outcomes(const struct flc_pass *pass)
{
    const struct kept_sums to = sums_of(pass->w, pass->number, pass->outcomes);
    memcpy(to.money, pass->w->reference_money, sizeof(flc_lanes));
    memcpy(to.gross, pass->w->outcome_gross, pass->outcomes * sizeof(flc_lanes));
    memcpy(to.dollars, pass->w->outcome_dollars, pass->outcomes * sizeof(flc_lanes));
}

void flc_take_outcomes(const struct flc_pass *pass, const flc_workspace *from, size_t number)
{
    const struct kept_sums kept = sums_of(from, number, pass->outcomes);
    memcpy(pass->w->reference_money, kept.money, sizeof(flc_lanes));
    memcpy(pass->w->outcome_gross, kept.gross, pass->outcomes * sizeof(flc_lanes));
    memcpy(pass->w->outcome_dollars, kept.dollars, pass->outcomes * sizeof(flc_lanes));
}
