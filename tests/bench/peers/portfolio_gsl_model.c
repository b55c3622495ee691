/* One sample of the portfolio model, unit after unit and year after year.
 *
 * Sections of MODEL.md: 1 macro-economy, 2 budget, 3 units, 4 match, 5 revenue, 6 cost and cash, 7
 * grant and prize, 8 outcomes, 9 accounts, 10 dependence. What is the same for the units of a
 * cohort in a year is computed once; the units of a cohort that are still open stand together, and
 * only they are visited, and draw. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "portfolio_gsl.h"

static double normal(gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 1.0);
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* ---- quantities ------------------------------------------------------------------------------ */

/* Cubic through the four nodes around z. */
static double beta_at(const struct row *row, double z)
{
    double x = (larger(-TABLE_END, smaller(z, TABLE_END - 1e-9)) + TABLE_END) * NODES_PER_SD;
    int k = (int)x;
    double f = x - k, a = f + 1.0, b = f - 1.0, c = f - 2.0;
    const double *q = row->table + k;
    double y =
        (a * f * b * q[3] - f * b * c * q[0]) / 6.0 + (a * b * c * q[1] - a * f * c * q[2]) / 2.0;
    return larger(row->p[2], smaller(y, row->p[3]));
}

static double triangular(double u, double low, double mode, double high)
{
    double left = (mode - low) * (high - low), cut = (mode - low) / (high - low);
    if (u < cut)
        return low + sqrt(u * left);
    return high - sqrt((1.0 - u) * (high - low) * (high - mode));
}

static double truncated_normal(gsl_rng *rng, const double p[4])
{
    for (;;) {
        double x = p[0] + p[1] * normal(rng);
        if (x >= p[2] && x <= p[3])
            return x;
    }
}

static double draw(const struct row *row, gsl_rng *rng)
{
    const double *p = row->p;
    switch (row->kind) {
    case UNIFORM:
        return p[0] + (p[1] - p[0]) * gsl_rng_uniform(rng);
    case TRIANGULAR:
        return triangular(gsl_rng_uniform(rng), p[0], p[1], p[2]);
    case TRUNCATED_NORMAL:
        return truncated_normal(rng, p);
    case LOGNORMAL:
        return exp(p[0] + p[1] * normal(rng));
    case BETA:
        return beta_at(row, normal(rng));
    default:
        return p[0];
    }
}

void sample_quantities(const struct study *study, gsl_rng *rng, double *value)
{
    double z[MOST_TIED];
    for (int i = 0; i < study->sampled; i++)
        value[study->sampled_row[i]] = draw(&study->row[study->sampled_row[i]], rng);
    for (int i = 0; i < study->tied; i++)
        z[i] = normal(rng);
    for (int i = 0; i < study->tied; i++) {
        const struct row *row = &study->row[study->tied_row[i]];
        double sum = 0.0;
        for (int j = 0; j <= i; j++)
            sum += study->factor[i][j] * z[j];
        value[study->tied_row[i]] =
            row->kind == BETA ? beta_at(row, sum) : exp(row->p[0] + row->p[1] * sum);
    }
}

/* ---- 1 macro-economy ------------------------------------------------------------------------- */

struct world {
    bool recession[MOST_YEARS];
    double activity[MOST_YEARS], price[MOST_YEARS], discount[MOST_YEARS], fiscal[MOST_YEARS];
};

static void macro_economy(struct world *world, const struct study *s, gsl_rng *rng, const double *v)
{
    bool slump = false;
    double y = 0.0, mean = v[s->inflation_mean], pi = mean, price = 1.0, real = 1.0;
    for (int t = 0; t < s->years; t++) {
        slump = gsl_rng_uniform(rng) < (slump ? 1.0 - v[s->exit] : v[s->entry]);
        y = v[s->activity_persistence] * y + v[s->activity_volatility] * normal(rng) -
            (slump ? v[s->depth] : 0.0);
        pi = mean + v[s->inflation_persistence] * (pi - mean) +
             v[s->inflation_volatility] * normal(rng);
        if (t > 0) {
            price *= exp(pi);
            real *= 1.0 + v[s->discount_rate];
        }
        world->recession[t] = slump;
        world->activity[t] = y;
        world->price[t] = price;
        world->discount[t] = 1.0 / (real * price);
        world->fiscal[t] = normal(rng);
    }
}

/* ---- a program at work ----------------------------------------------------------------------- */

struct unit {
    double omega, balance, served, carried, xi;
    int lagging;
    bool passed, won;
};

/* What a source or stream is in this sample, and this year. */
struct source_now {
    double theta, conversion, cash, alpha, spread, multiplier[2];
    double year; /* ratio exp(beta y + sigma sqrt(kappa) z^k - sigma^2/2) */
};
struct stream_now {
    double sigma, counts, year;
};

/* What the units of a cohort share in a year: `held` is the part of a source's promise that follows
 * scale, `given` the one that follows entitlement. */
struct cohort_now {
    bool first;
    double scale, due, required, per_required;
    double held[MOST_MEMBERS], given[MOST_MEMBERS], stream[MOST_MEMBERS];
};

/* Sums over the units of a year; [1] is of those in lagging regions. */
struct sums {
    double federal[2], spent[2], money[2];
    double entitled, committed, match, cash, net, own, need, shortfall, written_off, balance;
    double by_source[MOST_MEMBERS];
    int active, funded, sustaining;
};

/* Present values and totals over the horizon that are not those of accounts. */
struct totals {
    double net_match, investment, lagging_federal, lagging_money, leading_federal, leading_money;
    double entitled, need, lagging_nominal, started, survivors;
    double gross[MOST_MEMBERS], dollars[MOST_MEMBERS];
};

struct work {
    const struct study *study;
    const struct program *p;
    const struct world *world;
    const double *v;
    gsl_rng *rng;
    double *out;
    struct totals *totals;
    /* budget */
    double x, variance, power, late, before, available;
    bool live;
    /* units */
    struct unit unit[MOST_UNITS];
    int first[MOST_COHORTS], open[MOST_COHORTS];
    double funded_size[MOST_COHORTS]; /* sum of omega over units that have passed their gates */
    double reference_size, reference_money;
    struct source_now source[MOST_MEMBERS];
    struct stream_now stream[MOST_MEMBERS];
    double response, waiver, rho, rho_rest;
    double cost_level, cost_sigma, adapt, in_kind_cap, minimum, reserve, credit, interest, target,
        advance;
    /* outcomes */
    double lagged[MOST_MEMBERS];
};

static double *series(const struct work *w, int number)
{
    return w->out + number * w->study->years;
}

/* ---- 2 budget -------------------------------------------------------------------------------- */

static double planned(const struct work *w, int t)
{
    const struct program *p = w->p;
    if (p->plan[t] < 0)
        return 0.0;
    double plan = w->v[p->plan[t]];
    for (int i = 0; i < p->plan_growth[t]; i++)
        plan *= 1.0 + w->v[p->growth];
    return plan;
}

static void begin_budget(struct work *w)
{
    const struct program *p = w->p;
    bool older = false;
    for (int c = 0; c < p->cohorts; c++)
        older = older || p->start[c] < 0;
    w->x = w->variance = 0.0;
    w->power = 1.0;
    w->live = true;
    w->late = w->v[p->delay_probability];
    w->before = older ? planned(w, 0) : 0.0;
}

static bool happens(const struct work *w, int row)
{
    return w->v[row] > 0.0 && gsl_rng_uniform(w->rng) < w->v[row];
}

/* B_t = plan_t exp(x_t - v_t/2). */
static double budget(struct work *w, int t)
{
    const struct program *p = w->p;
    double plan = planned(w, t), sigma = w->v[p->volatility], rho = w->v[p->persistence];
    double common = w->v[w->study->fiscal_common];
    if (sigma == 0.0)
        return plan;
    w->x = rho * w->x +
           sigma * (sqrt(common) * w->world->fiscal[t] + sqrt(1.0 - common) * normal(w->rng));
    w->variance += sigma * sigma * w->power;
    w->power *= rho * rho;
    return plan > 0.0 ? plan * exp(w->x - 0.5 * w->variance) : 0.0;
}

static void budget_year(struct work *w, int t)
{
    const struct program *p = w->p;
    double share = w->v[p->delay_share], admin = w->v[p->admin];
    if (w->live && t >= p->termination_year && happens(w, p->hazard))
        w->live = false;
    w->available = 0.0;
    if (!p->has_plan)
        return;
    double carried = share * w->late * w->before;
    w->before = budget(w, t);
    w->late = happens(w, p->delay_probability) ? 1.0 : 0.0;
    double enacted = w->before * (1.0 - share * w->late) + carried;
    double appropriated = w->live ? enacted : 0.0;
    double rescinded =
        happens(w, p->rescission_probability) ? w->v[p->rescission_share] * appropriated : 0.0;
    double administration = admin * (appropriated - rescinded);
    w->available = appropriated - rescinded - administration;
    series(w, BUDGET)[t] = w->before;
    series(w, APPROPRIATED)[t] = appropriated;
    series(w, TERMINATED)[t] = enacted - appropriated;
    series(w, DEFERRED)[t] = w->before - enacted;
    series(w, RESCINDED)[t] = rescinded;
    series(w, ADMINISTRATION)[t] = administration;
}

/* ---- 3 units --------------------------------------------------------------------------------- */

static double at_age(const struct work *w, const struct schedule *schedule, int age)
{
    return w->v[schedule->rows[age < schedule->count ? age : schedule->count - 1]];
}

static double taper(const struct work *w, int age)
{
    const struct program *p = w->p;
    double start = w->v[p->taper_start], floor = w->v[p->taper_floor];
    if (p->shape == FLAT)
        return 1.0;
    if (p->shape == STEP)
        return age < start ? 1.0 : floor;
    double x = (age - start) / w->v[p->taper_length];
    return 1.0 - (1.0 - floor) * larger(0.0, smaller(1.0, x));
}

static double sum_funded(const struct work *w, int c)
{
    double sum = 0.0;
    for (int i = w->first[c]; i < w->first[c] + w->open[c]; i++)
        sum += w->unit[i].passed ? w->unit[i].omega : 0.0;
    return sum;
}

/* Sizes and places of the units that start within the horizon. */
static void begin_units(struct work *w)
{
    const struct program *p = w->p;
    double sigma = w->v[p->size_dispersion], share = w->v[p->lagging_share];
    double u = share > 0.0 ? gsl_rng_uniform(w->rng) : 0.0;
    int number = 0, r = p->reference_year;
    w->reference_size = 0.0;
    for (int c = 0; c < p->cohorts; c++) {
        bool starts = p->start[c] < w->study->years;
        w->first[c] = number;
        w->open[c] = starts ? p->count[c] : 0;
        for (int j = 0; starts && j < p->count[c]; j++) {
            struct unit *unit = &w->unit[number + j];
            double n = number + j;
            *unit = (struct unit){.omega = exp(sigma * normal(w->rng) - 0.5 * sigma * sigma),
                                  .lagging = (int)((n + 1.0) * share + u) > (int)(n * share + u),
                                  .passed = true};
            if (r >= 0 && p->start[c] <= r)
                w->reference_size += unit->omega;
        }
        w->funded_size[c] = sum_funded(w, c);
        number += p->count[c];
    }
}

/* N_ref. */
static void begin_reference(struct work *w)
{
    const struct program *p = w->p;
    int r = p->reference_year;
    w->reference_money = 0.0;
    if (r >= 0 && p->has_plan)
        w->reference_money = (1.0 - w->v[p->admin]) * planned(w, r);
    else if (r >= 0)
        for (int c = 0; c < p->cohorts; c++)
            if (p->start[c] <= r)
                w->reference_money += p->count[c] * at_age(w, &p->award, r - p->start[c]);
}

static void meet_gates(struct work *w, int c, int age)
{
    const struct program *p = w->p;
    for (int g = 0; g < p->gates; g++) {
        if (p->gate_age[g] != age)
            continue;
        for (int i = w->first[c]; i < w->first[c] + w->open[c]; i++)
            w->unit[i].passed =
                gsl_rng_uniform(w->rng) < w->v[p->gate_pass[g]] && w->unit[i].passed;
        w->funded_size[c] = sum_funded(w, c);
    }
}

/* Entitlement per unit of size and cohort before rationing, into due; their sum. */
static double dues(struct work *w, int t, double due[MOST_COHORTS])
{
    const struct program *p = w->p;
    double sum = 0.0;
    for (int c = 0; c < p->cohorts; c++) {
        int age = t - p->start[c];
        due[c] = 0.0;
        if (age < 0 || w->open[c] == 0 || !w->live)
            continue;
        meet_gates(w, c, age);
        due[c] = taper(w, age) * (p->mode == AWARD ? at_age(w, &p->award, age) : 1.0);
        sum += due[c] * w->funded_size[c];
    }
    return sum;
}

/* What dues are multiplied by to fit the money; what is left over goes to its account. */
static double ration(struct work *w, int t, double sum)
{
    const struct program *p = w->p;
    double money = w->available;
    if (p->mode == SHARE) {
        series(w, UNALLOCATED)[t] = sum > 0.0 ? 0.0 : money;
        return sum > 0.0 ? money / sum : 0.0;
    }
    if (!p->has_plan) {
        double whole = sum / (1.0 - w->v[p->admin]);
        series(w, BUDGET)[t] = series(w, APPROPRIATED)[t] = whole;
        series(w, ADMINISTRATION)[t] = w->v[p->admin] * whole;
        return 1.0;
    }
    series(w, UNALLOCATED)[t] = larger(0.0, money - sum);
    return sum > money ? money / sum : 1.0;
}

static double scale(const struct work *w, int c, int t)
{
    const struct program *p = w->p;
    const double *price = w->world->price;
    int first = p->start[c] > 0 ? p->start[c] : 0;
    if (p->mode == AWARD)
        return at_age(w, &p->award, t - p->start[c]) * price[t] / price[first];
    if (p->reference_year < 0)
        return 0.0;
    return w->reference_money / w->reference_size * price[t] / price[p->reference_year];
}

/* ---- 4 match, 5 revenue, 6 cost: what a sample, a year and a cohort fix ------------------------
 */

static void begin_money(struct work *w)
{
    const struct program *p = w->p;
    const double *v = w->v;
    double kappa = v[p->common_share], rho = v[p->revenue_persistence];
    for (int k = 0; k < p->sources; k++) {
        const struct source *s = &p->source[k];
        w->source[k] = (struct source_now){.theta = v[s->stickiness],
                                           .conversion = v[s->conversion],
                                           .cash = v[s->cash_share],
                                           .alpha = v[s->additionality],
                                           .spread = v[s->volatility] * sqrt(1.0 - kappa),
                                           .multiplier = {1.0, v[s->lagging_multiplier]}};
    }
    for (int j = 0; j < p->streams; j++) {
        w->stream[j].sigma = v[p->stream[j].volatility];
        w->stream[j].counts = p->stream[j].counts;
    }
    double sigma = w->cost_sigma = v[p->cost_volatility];
    w->cost_level = v[p->cost_ratio] * exp(-0.5 * sigma * sigma);
    w->response = v[p->response];
    w->waiver = v[p->waiver];
    w->rho = rho;
    w->rho_rest = sqrt(1.0 - rho * rho);
    w->adapt = v[p->adapt];
    w->in_kind_cap = v[p->in_kind_cap];
    w->minimum = v[p->minimum_service];
    w->reserve = v[p->reserve_target];
    w->credit = v[p->credit];
    w->interest = v[p->interest];
    w->target = v[p->target];
    w->advance = v[p->advance];
}

static void begin_year(struct work *w, int t)
{
    const struct program *p = w->p;
    const double *v = w->v;
    double kappa = v[p->common_share], y = w->world->activity[t];
    for (int k = 0; k < p->sources; k++) {
        const struct source *s = &p->source[k];
        double sigma = v[s->volatility];
        w->source[k].year =
            v[s->ratio] *
            exp(v[s->cyclicality] * y + sigma * sqrt(kappa) * normal(w->rng) - 0.5 * sigma * sigma);
    }
    for (int j = 0; j < p->streams; j++) {
        const struct stream *s = &p->stream[j];
        double sigma = v[s->volatility];
        w->stream[j].year = v[s->ratio] * exp(v[s->cyclicality] * y - 0.5 * sigma * sigma);
    }
}

static void begin_cohort(const struct work *w, struct cohort_now *now, int c, int t, double due)
{
    const struct program *p = w->p;
    int age = t - p->start[c];
    now->first = t == (p->start[c] > 0 ? p->start[c] : 0);
    now->scale = scale(w, c, t);
    now->due = due;
    now->required = 0.0;
    if (p->instrument == GRANT)
        now->required =
            at_age(w, &p->required, age) * (w->world->recession[t] ? 1.0 - w->waiver : 1.0);
    now->per_required = now->required > 0.0 ? 1.0 / now->required : 0.0;
    for (int k = 0; k < p->sources; k++) {
        double level = w->source[k].year * p->source[k].ramp[age];
        now->held[k] = level * w->source[k].theta;
        now->given[k] = level * (1.0 - w->source[k].theta);
    }
    for (int j = 0; j < p->streams; j++)
        now->stream[j] = w->stream[j].year * p->stream[j].ramp[age];
}

/* ---- one unit and year ----------------------------------------------------------------------- */

/* Match of the unit: committed, then what comes of it in all, in cash, additional and by source. */
struct promise {
    double committed, match, cash, net, by_source[MOST_MEMBERS];
};

/* The functions of a unit and year are inlined with the numbers of sources and streams known, which
 * unrolls their loops. */
#define INLINED static inline __attribute__((always_inline))

/* All lognormal factors of the unit's year: of sources, of streams, of cost. They are drawn
 * together so that no call stands among the arithmetic. */
INLINED void draw_shocks(double *shock, const struct work *w, const struct cohort_now *now,
                         struct unit *unit, int sources, int streams)
{
    double exponent[2 * MOST_MEMBERS + 1], z = normal(w->rng);
    for (int k = 0; k < sources; k++)
        exponent[k] = w->source[k].spread * z;
    if (streams > 0) {
        z = normal(w->rng);
        unit->xi = now->first ? z : w->rho * unit->xi + w->rho_rest * z;
    }
    for (int j = 0; j < streams; j++)
        exponent[sources + j] = w->stream[j].sigma * unit->xi;
    exponent[sources + streams] = w->cost_sigma * normal(w->rng);
    for (int i = 0; i <= sources + streams; i++)
        shock[i] = exp(exponent[i]);
}

INLINED void ask_partners(struct promise *promise, const struct work *w,
                          const struct cohort_now *now, const double *shock, int lagging,
                          double scale, double entitled, int sources)
{
    promise->committed = promise->match = promise->cash = promise->net = 0.0;
    for (int k = 0; k < sources; k++) {
        const struct source_now *s = &w->source[k];
        double committed =
            (now->held[k] * scale + now->given[k] * entitled) * (shock[k] * s->multiplier[lagging]);
        double match = s->conversion * committed;
        promise->by_source[k] = match;
        promise->committed += committed;
        promise->match += match;
        promise->cash += s->cash * match;
        promise->net += s->alpha * match;
    }
}

/* Partners and the unit make up a share of what is missing. */
INLINED void respond(struct promise *promise, const struct work *w, const struct cohort_now *now,
                     double entitled, double counted, int sources)
{
    if (now->required <= 0.0 || promise->match <= 0.0)
        return;
    double lacking = now->required * entitled - promise->match - counted;
    double lift = 1.0 + w->response * larger(0.0, lacking) / promise->match;
    promise->committed *= lift;
    promise->match *= lift;
    promise->cash *= lift;
    promise->net *= lift;
    for (int k = 0; k < sources; k++)
        promise->by_source[k] *= lift;
}

INLINED double drawn(const struct work *w, const struct cohort_now *now, const struct unit *unit,
                     double entitled, double qualifying)
{
    if (now->required > 0.0)
        return smaller(entitled, qualifying * now->per_required);
    if (w->p->instrument == PRIZE)
        return now->first ? w->advance * entitled : unit->won ? entitled : 0.0;
    return entitled;
}

/* Cost of the year at the unit's size, which adapts to what it could live on the year before. */
INLINED double full_cost(const struct work *w, const struct cohort_now *now, struct unit *unit,
                         double whole, double earned)
{
    unit->served = now->first ? 1.0 : unit->served + w->adapt * (unit->carried - unit->served);
    unit->carried = whole > 0.0 ? smaller(1.0, earned / whole) : 1.0;
    return unit->served * whole;
}

/* Cash and survival (section 6); whether the unit closes. */
INLINED bool settle(const struct work *w, struct unit *unit, struct sums *sums,
                    const struct promise *promise, double federal, double own, double full)
{
    double tolerance = 1e-9 * full;
    double in_kind = smaller(promise->match - promise->cash, w->in_kind_cap * full);
    double need = full - in_kind, income = federal + promise->cash + own;
    double value = unit->balance + w->interest * larger(unit->balance, 0.0) + income;
    double spending =
        larger(larger(w->minimum * need, smaller(value, need)), value - w->reserve * full);
    double left = value - spending;
    sums->spent[unit->lagging] += spending + in_kind;
    sums->need += need;
    sums->shortfall += larger(need - spending, 0.0);
    if (left < -w->credit * full - tolerance) {
        sums->written_off -= left;
        return true;
    }
    unit->balance = left;
    sums->balance += left;
    sums->sustaining += (federal <= 0.05 * full + tolerance) & (income >= need - tolerance);
    return false;
}

/* Whether the unit closes at the end of the year. */
INLINED bool unit_year(const struct work *w, const struct cohort_now *now, struct unit *unit,
                       struct sums *sums, int sources, int streams)
{
    struct promise promise;
    double shock[2 * MOST_MEMBERS + 1], own = 0.0, counted = 0.0;
    double scale = now->scale * unit->omega;
    double entitled = unit->passed ? now->due * unit->omega : 0.0;
    draw_shocks(shock, w, now, unit, sources, streams);
    for (int j = 0; j < streams; j++) {
        double earned = now->stream[j] * scale * shock[sources + j];
        own += earned;
        counted += w->stream[j].counts * earned;
    }
    ask_partners(&promise, w, now, shock, unit->lagging, scale, entitled, sources);
    respond(&promise, w, now, entitled, counted, sources);
    double federal = drawn(w, now, unit, entitled, promise.match + counted);
    double full = full_cost(w, now, unit, w->cost_level * scale * shock[sources + streams],
                            federal + promise.match + own);
    sums->federal[unit->lagging] += federal;
    sums->money[unit->lagging] += promise.match + own;
    sums->entitled += entitled;
    sums->committed += promise.committed;
    sums->match += promise.match;
    sums->cash += promise.cash;
    sums->net += promise.net;
    sums->own += own;
    for (int k = 0; k < sources; k++)
        sums->by_source[k] += promise.by_source[k];
    sums->active++;
    sums->funded += unit->passed && w->live;
    unit->won = promise.match + own >= w->target * scale - 1e-9 * full;
    return settle(w, unit, sums, &promise, federal, own, full);
}

/* The units of a cohort from first to end in a year; the end of those that stay open. */
INLINED int visit(struct work *w, const struct cohort_now *now, int first, int end,
                  struct sums *sums, int sources, int streams)
{
    for (int i = first; i < end;)
        if (unit_year(w, now, &w->unit[i], sums, sources, streams))
            w->unit[i] = w->unit[--end];
        else
            i++;
    return end;
}

static void open_reserves(struct work *w, const struct cohort_now *now, int c)
{
    double years = w->v[w->p->opening] * w->v[w->p->cost_ratio];
    for (int i = w->first[c]; i < w->first[c] + w->open[c]; i++)
        w->unit[i].balance = years * now->scale * w->unit[i].omega;
}

static void cohort_year(struct work *w, int c, int t, double due, struct sums *sums)
{
    struct cohort_now now;
    begin_cohort(w, &now, c, t, due);
    if (t == 0 && w->p->start[c] < 0)
        open_reserves(w, &now, c);
    int first = w->first[c], end = first + w->open[c];
    switch (10 * w->p->sources + w->p->streams) {
    case 21:
        end = visit(w, &now, first, end, sums, 2, 1);
        break;
    case 30:
        end = visit(w, &now, first, end, sums, 3, 0);
        break;
    case 31:
        end = visit(w, &now, first, end, sums, 3, 1);
        break;
    case 33:
        end = visit(w, &now, first, end, sums, 3, 3);
        break;
    case 42:
        end = visit(w, &now, first, end, sums, 4, 2);
        break;
    default:
        end = visit(w, &now, first, end, sums, w->p->sources, w->p->streams);
    }
    if (end != first + w->open[c]) {
        w->open[c] = end - first;
        w->funded_size[c] = sum_funded(w, c);
    }
}

static void put_sums(const struct work *w, int t, const struct sums *sums)
{
    double federal = sums->federal[0] + sums->federal[1], discount = w->world->discount[t];
    series(w, LAPSED)[t] = sums->entitled - federal;
    series(w, FEDERAL_MONEY)[t] = federal;
    series(w, COMMITTED_MATCH)[t] = sums->committed;
    series(w, MATCH)[t] = sums->match;
    series(w, MATCH_CASH)[t] = sums->cash;
    series(w, MATCH_IN_KIND)[t] = sums->match - sums->cash;
    series(w, OWN_REVENUE)[t] = sums->own;
    series(w, SPENT)[t] = sums->spent[0] + sums->spent[1];
    series(w, SHORTFALL)[t] = sums->shortfall;
    series(w, WRITTEN_OFF)[t] = sums->written_off;
    series(w, BALANCE)[t] = sums->balance;
    series(w, ACTIVE)[t] = sums->active;
    series(w, FUNDED)[t] = sums->funded;
    series(w, SELF_SUSTAINING)[t] = sums->sustaining;
    for (int k = 0; k < w->p->sources; k++)
        series(w, ACCOUNTS + k)[t] = sums->by_source[k];
    w->totals->net_match += discount * sums->net;
    w->totals->lagging_federal += discount * sums->federal[1];
    w->totals->lagging_money += discount * sums->money[1];
    w->totals->leading_federal += discount * sums->federal[0];
    w->totals->leading_money += discount * sums->money[0];
    w->totals->entitled += sums->entitled;
    w->totals->need += sums->need;
    w->totals->lagging_nominal += sums->federal[1];
}

static void units_year(struct work *w, int t, struct sums *sums)
{
    double due[MOST_COHORTS];
    double money = ration(w, t, dues(w, t, due));
    bool begun = false;
    for (int c = 0; c < w->p->cohorts; c++) {
        if (w->p->start[c] > t || w->open[c] == 0)
            continue;
        if (!begun)
            begin_year(w, t);
        begun = true;
        cohort_year(w, c, t, due[c] * money, sums);
    }
    put_sums(w, t, sums);
}

/* ---- 8 outcomes ------------------------------------------------------------------------------ */

static double driver_dollars(const struct work *w, int driver, int t)
{
    return driver == APPROPRIATION ? series(w, APPROPRIATED)[t] - series(w, RESCINDED)[t]
           : driver == FEDERAL     ? series(w, FEDERAL_MONEY)[t]
                                   : series(w, SPENT)[t];
}

static double reference_dollars(const struct work *w, int driver)
{
    return driver == APPROPRIATION ? w->reference_money / (1.0 - w->v[w->p->admin])
           : driver == FEDERAL     ? w->reference_money
                                   : w->reference_money * w->v[w->p->cost_ratio];
}

static double gross_outcome(const struct work *w, const struct outcome *o, int t, double lagged)
{
    const double *v = w->v;
    double price = w->world->price[t], sigma = v[o->volatility];
    if (lagged <= 0.0)
        return 0.0;
    double z = sigma > 0.0 ? normal(w->rng) : 0.0;
    double gross = v[o->multiplier] * lagged *
                   exp(v[o->cyclicality] * w->world->activity[t] + sigma * z - 0.5 * sigma * sigma);
    double reference = v[o->returns] != 1.0 ? reference_dollars(w, o->driver) : 0.0;
    if (reference > 0.0)
        gross *= pow(lagged / (price * reference), v[o->returns] - 1.0);
    return o->jobs ? gross / price : gross;
}

static double net_share(const struct work *w, const struct outcome *o, const struct sums *sums)
{
    const double *part = o->driver == SPENDING ? sums->spent : sums->federal;
    double alpha = w->v[o->additionality], whole = part[0] + part[1];
    double kept = 1.0 - w->v[o->displacement];
    if (alpha < 0.0)
        return kept * alpha;
    double lagging = whole > 0.0 ? part[1] / whole : 0.0;
    double there = smaller(1.0, alpha * w->v[o->lagging_multiplier]);
    return kept * ((1.0 - lagging) * alpha + lagging * there);
}

static void outcomes_year(struct work *w, int t, const struct sums *sums)
{
    const struct program *p = w->p;
    double benefit = 0.0;
    for (int k = 0; k < p->outcomes; k++) {
        const struct outcome *o = &p->outcome[k];
        double dollars = driver_dollars(w, o->driver, t), lag = w->v[o->lag];
        double q = lag / (1.0 + lag);
        double before = t > 0 ? w->lagged[k] : w->v[o->history] * dollars;
        w->lagged[k] = (1.0 - q) * dollars + q * before;
        double gross = gross_outcome(w, o, t, w->lagged[k]);
        double net = gross * net_share(w, o, sums);
        series(w, ACCOUNTS + p->sources + k)[t] = gross;
        series(w, ACCOUNTS + p->sources + p->outcomes + k)[t] = net;
        benefit += w->v[o->value] * net * (o->jobs ? w->world->price[t] : 1.0);
        w->totals->gross[k] += gross;
        w->totals->dollars[k] += dollars;
        if (o->investment)
            w->totals->investment += w->world->discount[t] * gross;
    }
    series(w, BENEFIT)[t] = benefit;
}

/* ---- 9 accounts ------------------------------------------------------------------------------ */

static void accounts_year(const struct work *w, int t)
{
    const struct study *s = w->study;
    double cost = series(w, FEDERAL_MONEY)[t] + series(w, ADMINISTRATION)[t];
    series(w, RECEIPTS)[t] = 0.0;
    series(w, TREASURY_COST)[t] = cost;
    series(w, TAX)[t] = w->v[s->tax_rate] * series(w, BENEFIT)[t];
    series(w, SOCIAL_COST)[t] = (1.0 + w->v[s->excess_burden]) * cost +
                                w->v[s->opportunity] * series(w, MATCH)[t] +
                                series(w, WRITTEN_OFF)[t];
}

static double present_value(const double *flow, const struct world *world, int years)
{
    double sum = 0.0;
    for (int t = 0; t < years; t++)
        sum += flow[t] * world->discount[t];
    return sum;
}

static double total(const double *flow, int years)
{
    double sum = 0.0;
    for (int t = 0; t < years; t++)
        sum += flow[t];
    return sum;
}

static double ratio(double above, double below)
{
    return below > 0.0 ? above / below : NAN;
}

static double payback_year(const struct study *s, const struct world *world, const double *cost,
                           const double *tax)
{
    double spent = 0.0, back = 0.0;
    bool begun = false;
    for (int t = 0; t < s->years; t++) {
        spent += cost[t] * world->discount[t];
        back += tax[t] * world->discount[t];
        begun = begun || spent > 0.0;
        if (begun && back >= spent)
            return s->base_year + t;
    }
    return begun ? INFINITY : NAN;
}

/* The metrics over the horizon, behind `rows` series at out. */
static void horizon(const struct study *s, const struct world *world, double *out, int rows,
                    int outcomes, const struct totals *totals)
{
    int T = s->years;
    double *metric = out + rows * T;
    double federal = present_value(out + FEDERAL_MONEY * T, world, T);
    double match = present_value(out + MATCH * T, world, T);
    double own = present_value(out + OWN_REVENUE * T, world, T);
    double benefit = present_value(out + BENEFIT * T, world, T);
    double social = present_value(out + SOCIAL_COST * T, world, T);
    double nominal = total(out + FEDERAL_MONEY * T, T);
    metric[LEVERAGE_RATIO] = ratio(match + own, federal);
    metric[COFINANCING_RATIO] = ratio(match, federal);
    metric[NET_LEVERAGE_RATIO] = ratio(totals->net_match, federal);
    metric[MULTIPLIER_EFFECT] = ratio(federal + match + totals->investment, federal);
    metric[COMMITMENT_RATIO] = ratio(total(out + COMMITTED_MATCH * T, T), nominal);
    metric[NPV] = benefit - social;
    metric[BENEFIT_COST_RATIO] = ratio(benefit, social);
    metric[FISCAL_RETURN] = ratio(present_value(out + TAX * T, world, T),
                                  present_value(out + TREASURY_COST * T, world, T));
    metric[PAYBACK_YEAR] = payback_year(s, world, out + TREASURY_COST * T, out + TAX * T);
    metric[SURVIVAL_SHARE] = ratio(totals->survivors, totals->started);
    metric[SELF_SUSTAINING_SHARE] = ratio(out[SELF_SUSTAINING * T + T - 1], totals->started);
    metric[LAPSE_RATE] = ratio(total(out + LAPSED * T, T), totals->entitled);
    metric[SHORTFALL_RATE] = ratio(total(out + SHORTFALL * T, T), totals->need);
    metric[LAGGING_FEDERAL_SHARE] = ratio(totals->lagging_nominal, nominal);
    metric[LEVERAGE_LAGGING] = ratio(totals->lagging_money, totals->lagging_federal);
    metric[LEVERAGE_LEADING] = ratio(totals->leading_money, totals->leading_federal);
    for (int o = 0; o < outcomes; o++)
        metric[METRICS + o] = ratio(totals->gross[o], totals->dollars[o]);
}

static void annual_leverage(const struct study *s, const double *out, double *leverage)
{
    int T = s->years;
    for (int t = 0; t < T; t++)
        leverage[t] =
            ratio(out[MATCH * T + t] + out[OWN_REVENUE * T + t], out[FEDERAL_MONEY * T + t]);
}

/* ---- the program and the portfolio ----------------------------------------------------------- */

static void evaluate_program(struct work *w)
{
    const struct study *s = w->study;
    const struct program *p = w->p;
    int rows = ACCOUNTS + p->sources + 2 * p->outcomes;
    memset(w->out, 0, (size_t)(rows * s->years) * sizeof *w->out);
    memset(w->totals, 0, sizeof *w->totals);
    begin_budget(w);
    begin_reference(w);
    begin_units(w);
    begin_money(w);
    for (int t = 0; t < s->years; t++) {
        struct sums sums = {.active = 0};
        budget_year(w, t);
        units_year(w, t, &sums);
        outcomes_year(w, t, &sums);
        accounts_year(w, t);
    }
    w->totals->started = p->started;
    for (int c = 0; c < p->cohorts; c++)
        w->totals->survivors += w->open[c];
    horizon(s, w->world, w->out, rows, p->outcomes, w->totals);
}

static void add(double *sum, const double *part, int count, double weight)
{
    for (int i = 0; i < count; i++)
        sum[i] += weight * part[i];
}

/* Money and gross outcomes as they are; net outcomes, benefit and tax less overlap. */
static void add_program(const struct work *w, double *out, struct totals *whole)
{
    const struct study *s = w->study;
    const struct program *p = w->p;
    int T = s->years;
    double weight = 1.0 - (1.0 - w->v[s->coordination]) * w->v[p->overlap];
    add(out, w->out, BENEFIT * T, 1.0);
    add(out + BENEFIT * T, w->out + BENEFIT * T, 2 * T, weight);
    add(out + SOCIAL_COST * T, w->out + SOCIAL_COST * T, T, 1.0);
    for (int k = 0; k < p->sources; k++)
        add(out + (ACCOUNTS + p->source[k].place) * T, series(w, ACCOUNTS + k), T, 1.0);
    for (int k = 0; k < p->outcomes; k++) {
        int place = p->outcome[k].place, gross = ACCOUNTS + p->sources + k;
        add(out + (ACCOUNTS + s->sources + place) * T, series(w, gross), T, 1.0);
        add(out + (ACCOUNTS + s->sources + s->outcomes + place) * T, series(w, gross + p->outcomes),
            T, weight);
        whole->gross[place] += w->totals->gross[k];
        whole->dollars[place] += w->totals->dollars[k];
    }
    whole->net_match += w->totals->net_match;
    whole->investment += w->totals->investment;
    whole->lagging_federal += w->totals->lagging_federal;
    whole->lagging_money += w->totals->lagging_money;
    whole->leading_federal += w->totals->leading_federal;
    whole->leading_money += w->totals->leading_money;
    whole->entitled += w->totals->entitled;
    whole->need += w->totals->need;
    whole->lagging_nominal += w->totals->lagging_nominal;
    whole->started += w->totals->started;
    whole->survivors += w->totals->survivors;
}

void evaluate(const struct study *study, gsl_rng *rng, const double *value, double *output)
{
    struct world world;
    struct totals totals, whole;
    struct work w = {.study = study, .world = &world, .v = value, .rng = rng, .totals = &totals};
    double *out = output + study->portfolio_output, *leverage = output + study->leverage_output;
    int rows = ACCOUNTS + study->sources + 2 * study->outcomes;
    memset(out, 0, (size_t)(rows * study->years) * sizeof *out);
    memset(&whole, 0, sizeof whole);
    macro_economy(&world, study, rng, value);
    for (int i = 0; i < study->programs; i++) {
        w.p = &study->program[i];
        w.out = output + w.p->output;
        evaluate_program(&w);
        add_program(&w, out, &whole);
        annual_leverage(study, w.out, leverage);
        leverage += study->years;
    }
    horizon(study, &world, out, rows, study->outcomes, &whole);
    annual_leverage(study, out, leverage);
}
