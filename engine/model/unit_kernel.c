/* Units: scale, entitlement and shocks (MODEL sections 3 and 6), year by year.
 *
 *   S = award(a) omega J_{t_u} P_t/P_{t_u}                  (mode award; J = P if indexed, else 1)
 *   S = N_ref omega/(sum omega of units started at r) P_t/P_r                         (mode share)
 *   e = award(a) omega J_t tau funded min(1, N/sum e), or N omega tau funded/sum(omega tau funded)
 *
 * All lanes of a block at a time, but for what one unit does in a year, which is done for a part of
 * the lanes: the arrays of a whole block, some forty of 1.5 kB, would not fit the first cache.
 */
#include <string.h>

#include "model/evaluate.h"

/* ---- begin of a block ------------------------------------------------------------------------ */

static struct flc_unit_state *unit_state(const flc_workspace *w, size_t unit, size_t part)
{
    return &w->units[unit * FLC_PARTS + part];
}

/* omega = exp(sigma z - sigma^2/2), 1 where units are alike. */
static void draw_size(const struct flc_pass *pass, size_t unit)
{
    flc_quantity dispersion = pass->program->inputs->units.size_dispersion;
    double *z = pass->w->scratch[0];
    if (flc_is_constant(pass->model, dispersion, 0.0))
        memset(z, 0, sizeof(flc_lanes));
    else
        flc_draws_normal(pass->draws, pass->program->unit_draws[unit][FLC_DRAW_SIZE], 0, z);
    FLC_FOR_PARTS (p) {
        const double *restrict sigma = flc_part_lane(pass->w, dispersion, p);
        const double *restrict shock = flc_part_of(z, p);
        double *restrict size = unit_state(pass->w, unit, p)->size;
        FLC_FOR_PART (i)
            size[i] = flc_exp(sigma[i] * shock[i] - sigma[i] * sigma[i] / 2.0);
    }
}

/* Sizes, and the sum over units started at the reference year. */
static void draw_sizes(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    memset(pass->w->reference_weight, 0, sizeof(flc_lanes));
    for (size_t c = 0; c < program->cohort_count; c++) {
        const struct flc_cohort *cohort = &program->cohorts[c];
        int r = program->reference_year;
        const double counts = r != FLC_NO_YEAR && cohort->age + r >= 0 ? 1.0 : 0.0;
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
            draw_size(pass, u);
            FLC_FOR_PARTS (p) {
                const double *restrict size = unit_state(pass->w, u, p)->size;
                double *restrict sum = pass->w->reference_weight[0] + p * FLC_PART;
                FLC_FOR_PART (i)
                    sum[i] += counts * size[i];
            }
        }
    }
}

/* Unit n is in a lagging region iff floor((n + 1) lambda + u) > floor(n lambda + u). */
static void place_units(const struct flc_pass *pass, size_t part, const double *restrict u)
{
    const double *restrict share =
        flc_part_lane(pass->w, pass->program->inputs->units.lagging_share, part);
    for (size_t n = 0; n < pass->program->units; n++) {
        double *restrict lagging = unit_state(pass->w, n, part)->lagging;
        const double number = (double)n;
        FLC_FOR_PART (i) {
            double before = flc_floor(number * share[i] + u[i]);
            double after = flc_floor((number + 1.0) * share[i] + u[i]);
            lagging[i] = after > before ? 1.0 : 0.0;
        }
    }
}

void flc_begin_units(const struct flc_pass *pass)
{
    flc_workspace *w = pass->w;
    double *u = w->scratch[0];
    draw_sizes(pass);
    flc_draws_uniform(pass->draws, pass->program->draws[FLC_DRAW_LAGGING], 0, u);
    FLC_FOR_PARTS (p)
        place_units(pass, p, flc_part_of(u, p));
    flc_begin_match(pass);
    flc_begin_revenue(pass);
    flc_begin_cash(pass);
    for (size_t n = 0; n < pass->program->units * FLC_PARTS; n++) {
        struct flc_unit_state *restrict unit = &w->units[n];
        FLC_FOR_PART (i) {
            unit->open[i] = unit->passed[i] = unit->served[i] = unit->carried[i] = 1.0;
            unit->balance[i] = unit->memory[i] = 0.0;
        }
    }
}

/* ---- scale and entitlement ------------------------------------------------------------------- */

/* tau of a cohort in a year, into `share`. */
static void taper(const struct flc_pass *pass, int64_t age, double *restrict share)
{
    const struct flc_taper_inputs *in = &pass->program->inputs->taper;
    const flc_workspace *w = pass->w;
    const double *restrict start = flc_lane(w, in->start), *restrict floor = flc_lane(w, in->floor);
    double a = (double)age;
    if (in->shape == FLC_TAPER_CONSTANT) {
        FLC_FOR_LANES (i)
            share[i] = 1.0;
    } else if (in->shape == FLC_TAPER_STEP) {
        FLC_FOR_LANES (i)
            share[i] = a < start[i] ? 1.0 : floor[i];
    } else if (in->shape == FLC_TAPER_SCHEDULE) {
        const double *restrict entry = flc_lane(w, flc_schedule_at_age(&in->schedule, age));
        FLC_FOR_LANES (i)
            share[i] = entry[i];
    } else {
        const double *restrict length = flc_lane(w, in->length);
        bool linear = in->shape == FLC_TAPER_LINEAR;
        FLC_FOR_LANES (i) {
            double x = flc_most(0.0, flc_least(1.0, (a - start[i]) / length[i]));
            share[i] = linear ? 1.0 - (1.0 - floor[i]) * x : flc_exp(x * flc_log(floor[i]));
        }
    }
}

/* Scale and entitlement per unit of size, of one cohort in a year. */
static void cohort_money(const struct flc_pass *pass, size_t c, size_t t)
{
    const struct flc_program *program = pass->program;
    const struct flc_cohort *cohort = &program->cohorts[c];
    flc_workspace *w = pass->w;
    int64_t age = cohort->age + (int64_t)t;
    double *restrict scale = w->cohort_scale[c], *restrict due = w->cohort_entitlement[c];
    const double *restrict price = flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, t);
    taper(pass, age, due);
    if (program->inputs->budget.mode == FLC_BUDGET_SHARE) {
        int r = program->reference_year;
        const double *restrict base =
            flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, r < 0 ? 0 : (size_t)r);
        const double *restrict money = w->reference_money[0], *restrict sum =
                                                                  w->reference_weight[0];
        FLC_FOR_LANES (i)
            scale[i] = sum[i] > 0.0 ? money[i] / sum[i] * (price[i] / base[i]) : 0.0;
        return;
    }
    const double *restrict award =
        flc_lane(w, flc_schedule_at_age(&program->inputs->units.award, age));
    const double *restrict first =
        flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, (size_t)cohort->first_year);
    bool indexed = program->inputs->units.indexed;
    FLC_FOR_LANES (i) {
        scale[i] = award[i] * (indexed ? first[i] : 1.0) * (price[i] / first[i]);
        due[i] *= award[i] * (indexed ? price[i] : 1.0);
    }
}

/* Gates met this year; those below the age at year 0 are passed. */
static void meet_gates(const struct flc_pass *pass, size_t unit, int64_t age)
{
    double *u = pass->w->scratch[0];
    for (size_t g = 0; g < pass->program->gate_count; g++) {
        if (pass->program->gates[g].age != age)
            continue;
        flc_draws_uniform(pass->draws, pass->program->unit_draws[unit][FLC_DRAW_GATE], (unsigned)g,
                          u);
        FLC_FOR_PARTS (p) {
            const double *restrict chance = flc_part_lane(pass->w, pass->program->gates[g].pass, p);
            const double *restrict tried = flc_part_of(u, p);
            double *restrict passed = unit_state(pass->w, unit, p)->passed;
            FLC_FOR_PART (i)
                passed[i] = tried[i] < chance[i] ? passed[i] : 0.0;
        }
    }
}

/* Adds the entitlements of a cohort's units, of a part. */
static void add_entitlements(const struct flc_pass *pass, size_t c, size_t part,
                             double *restrict sum)
{
    const flc_workspace *w = pass->w;
    const struct flc_cohort *cohort = &pass->program->cohorts[c];
    const double *restrict due = flc_part_of(w->cohort_entitlement[c], part);
    const double *restrict live = flc_part_of(w->live[0], part);
    for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
        const struct flc_unit_state *restrict unit = unit_state(w, u, part);
        FLC_FOR_PART (i)
            sum[i] += due[i] * unit->size[i] * (unit->open[i] * unit->passed[i] * live[i]);
    }
}

/* Sum over units of entitlements before rationing (mode share: of weights), into `sum`. */
static void sum_entitlements(const struct flc_pass *pass, size_t t, double *sum)
{
    memset(sum, 0, sizeof(flc_lanes));
    for (size_t c = 0; c < pass->program->cohort_count; c++) {
        const struct flc_cohort *cohort = &pass->program->cohorts[c];
        const int64_t age = cohort->age + (int64_t)t;
        if (age < 0)
            continue;
        cohort_money(pass, c, t);
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++)
            meet_gates(pass, u, age);
        FLC_FOR_PARTS (p)
            add_entitlements(pass, c, p, sum + p * FLC_PART);
    }
}

/* What entitlements are multiplied by so that they fit the money, into `ration`; and what is left.
 */
static void ration_money(const struct flc_pass *pass, size_t t, const double *restrict sum,
                         double *restrict ration)
{
    double *restrict unallocated = flc_account(pass, FLC_ACCOUNT_UNALLOCATED, t);
    const double *restrict money = pass->w->net_money[0];
    if (pass->program->inputs->budget.mode == FLC_BUDGET_SHARE) {
        FLC_FOR_LANES (i) {
            ration[i] = sum[i] > 0.0 ? money[i] / sum[i] : 0.0;
            unallocated[i] = sum[i] > 0.0 ? 0.0 : money[i];
        }
        return;
    }
    FLC_FOR_LANES (i) {
        ration[i] = sum[i] > money[i] ? money[i] / sum[i] : 1.0;
        unallocated[i] = flc_most(0.0, money[i] - sum[i]);
    }
}

/* ---- a year ---------------------------------------------------------------------------------- */

static void entitle(const struct flc_unit_year *unit)
{
    const flc_workspace *w = unit->pass->w;
    const size_t c = (size_t)(unit->cohort - unit->pass->program->cohorts);
    const double *restrict per_size = flc_part_of(w->cohort_scale[c], unit->part);
    const double *restrict due = flc_part_of(w->cohort_entitlement[c], unit->part);
    const double *restrict live = flc_part_of(w->live[0], unit->part);
    const double *restrict ration = flc_part_of(w->ration[0], unit->part);
    const struct flc_unit_state *restrict state = unit->state;
    struct flc_unit_money *restrict money = unit->money;
    FLC_FOR_PART (i) {
        const double funded = state->open[i] * state->passed[i] * live[i];
        money->scale[i] = per_size[i] * state->size[i] * state->open[i];
        money->entitlement[i] = due[i] * state->size[i] * funded * ration[i];
    }
}

/* Reserves that units older than the base year begin with: opening years of full cost. */
static void open_reserves(const struct flc_unit_year *unit)
{
    flc_quantity quantity = unit->pass->program->inputs->cost.opening;
    const double *restrict opening = flc_part_lane(unit->pass->w, quantity, unit->part);
    const double *restrict ratio = unit->common->cost_ratio, *restrict scale = unit->money->scale;
    double *restrict balance = unit->state->balance;
    FLC_FOR_PART (i)
        balance[i] = opening[i] * ratio[i] * scale[i];
}

/* What only traces show, before the unit may close. */
static void trace_money(const struct flc_unit_year *unit)
{
    const struct flc_unit_state *restrict state = unit->state;
    const double *restrict live = flc_part_of(unit->pass->w->live[0], unit->part);
    FLC_FOR_PART (i)
        unit->money->funded[i] = state->open[i] * state->passed[i] * live[i];
    flc_trace_match(unit);
}

static void evaluate_unit(const struct flc_unit_year *unit)
{
    const struct flc_instrument *instrument = unit->pass->instrument;
    entitle(unit);
    if (unit->t == 0 && unit->age > 0)
        open_reserves(unit);
    flc_evaluate_match(unit);
    flc_evaluate_revenue(unit);
    const double *federal = instrument->drawn(unit);
    if (unit->traced)
        trace_money(unit);
    flc_settle_unit(unit, federal);
    if (instrument->remember)
        instrument->remember(unit);
}

/* A unit that has not started yet: its age, all else 0. */
static void record_waiting(const struct flc_pass *pass, size_t unit, int64_t age, size_t t)
{
    const struct flc_recorder *recorder = pass->recorder;
    double *lanes = pass->w->ledger[0];
    for (int field = 0; field < FLC_LEDGER_COUNT; field++) {
        FLC_FOR_LANES (i)
            lanes[i] = field == FLC_LEDGER_AGE ? (double)age : 0.0;
        recorder->ledger(recorder->context, pass->number, unit, t, (enum flc_ledger_field)field,
                         lanes);
    }
}

/* Where a kind of shock of the units drawn ahead is: FLC_UNITS_AHEAD rows. */
static flc_lanes *shock_rows(const flc_workspace *w, enum flc_unit_shock kind)
{
    return w->shocks + (size_t)kind * FLC_UNITS_AHEAD;
}

/* Normals of units first ... end - 1; shocks that have no weight need no draws. */
static void draw_normals(const struct flc_pass *pass, enum flc_unit_shock kind, bool needed,
                         enum flc_unit_draw draw, size_t first, size_t end, size_t t)
{
    flc_lanes *rows = shock_rows(pass->w, kind);
    uint32_t names[FLC_UNITS_AHEAD];
    if (!needed) {
        memset(rows, 0, (end - first) * sizeof *rows);
        return;
    }
    for (size_t u = first; u < end; u++)
        names[u - first] = pass->program->unit_draws[u][draw];
    flc_draws_normals(pass->draws, names, end - first, (unsigned)t, rows[0]);
}

/* LN(volatility, z) of a unit's cost, in place. */
static void take_cost_factor(const struct flc_pass *pass, double *shock)
{
    const double *volatility = flc_lane(pass->w, pass->program->inputs->cost.volatility);
    flc_lanes factor;
    flc_shock_factor(factor, pass->w->cost_level[0], volatility, shock, FLC_BLOCK);
    memcpy(shock, factor, sizeof factor);
}

static void draw_shocks(const struct flc_pass *pass, size_t first, size_t end, size_t t)
{
    const bool cost = !flc_is_constant(pass->model, pass->program->inputs->cost.volatility, 0.0);
    draw_normals(pass, FLC_SHOCK_MATCH, flc_match_has_unit_shock(pass), FLC_DRAW_MATCH, first, end,
                 t);
    draw_normals(pass, FLC_SHOCK_REVENUE, flc_revenue_has_shock(pass), FLC_DRAW_REVENUE, first, end,
                 t);
    draw_normals(pass, FLC_SHOCK_COST, cost, FLC_DRAW_COST, first, end, t);
    for (size_t u = first; u < end; u++) {
        take_cost_factor(pass, shock_rows(pass->w, FLC_SHOCK_COST)[u - first]);
        if (pass->instrument->verifies)
            flc_draws_uniform(pass->draws, pass->program->unit_draws[u][FLC_DRAW_VERIFY],
                              (unsigned)t, shock_rows(pass->w, FLC_SHOCK_VERIFY)[u - first]);
    }
}

/* What the units of a cohort share in a part. */
static void enter_part(struct flc_unit_year *unit, size_t part)
{
    const struct flc_pass *pass = unit->pass;
    flc_workspace *w = pass->w;
    unit->part = part;
    unit->common = &w->common[part];
    unit->sources = &w->sources[part * pass->program->source_count];
    unit->streams = &w->streams[part * pass->program->stream_count];
    unit->sums = &w->sums[part];
    unit->money = w->money;
    unit->traced = pass->recorder && part == 0;
}

/* A few units of a cohort, part by part. */
static void evaluate_ahead(struct flc_unit_year *unit, size_t first, size_t end)
{
    flc_workspace *w = unit->pass->w;
    draw_shocks(unit->pass, first, end, unit->t);
    FLC_FOR_PARTS (p) {
        enter_part(unit, p);
        for (size_t u = first; u < end; u++) {
            unit->unit = u;
            unit->state = unit_state(w, u, p);
            for (int k = 0; k < FLC_UNIT_SHOCKS; k++)
                unit->shock[k] = flc_part_of(shock_rows(w, (enum flc_unit_shock)k)[u - first], p);
            evaluate_unit(unit);
        }
    }
}

static void evaluate_cohort(const struct flc_pass *pass, size_t c, size_t t)
{
    const struct flc_cohort *cohort = &pass->program->cohorts[c];
    struct flc_unit_year unit = {
        .pass = pass, .t = t, .cohort = cohort, .age = cohort->age + (int64_t)t};
    size_t end = cohort->first + cohort->count;
    if (unit.age < 0) {
        for (size_t u = cohort->first; pass->recorder && u < end; u++)
            record_waiting(pass, u, unit.age, t);
        return;
    }
    unit.asked = flc_match_is_asked(pass, unit.age);
    flc_begin_match_cohort(pass, unit.age, t);
    flc_begin_revenue_cohort(pass, unit.age);
    for (size_t first = cohort->first; first < end; first += FLC_UNITS_AHEAD) {
        size_t rest = end - first;
        evaluate_ahead(&unit, first, first + (rest < FLC_UNITS_AHEAD ? rest : FLC_UNITS_AHEAD));
    }
}

/* Units started by year t. */
static double started_by(const struct flc_program *program, int64_t t)
{
    double count = 0.0;
    for (size_t c = 0; c < program->cohort_count; c++)
        if (program->cohorts[c].age + t >= 0)
            count += (double)program->cohorts[c].count;
    return count;
}

/* Units that may draw, of a part: active, every gate passed, and the program alive. */
static void count_funded(const struct flc_pass *pass, size_t part, size_t t)
{
    const struct flc_program *program = pass->program;
    double *restrict funded = flc_account(pass, FLC_ACCOUNT_FUNDED, t) + part * FLC_PART;
    const double *restrict active = flc_part_of(flc_account(pass, FLC_ACCOUNT_ACTIVE, t), part);
    const double *restrict live = flc_part_of(pass->w->live[0], part);
    if (program->gate_count == 0) {
        FLC_FOR_PART (i)
            funded[i] = active[i] * live[i];
        return;
    }
    for (size_t c = 0; c < program->cohort_count; c++) {
        const struct flc_cohort *cohort = &program->cohorts[c];
        if (cohort->age + (int64_t)t < 0)
            continue;
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
            const struct flc_unit_state *restrict unit = unit_state(pass->w, u, part);
            FLC_FOR_PART (i)
                funded[i] += unit->open[i] * unit->passed[i] * live[i];
        }
    }
}

/* Units at the begin of the year; active are those that were left a year ago, and new ones. */
static void count_units(const struct flc_pass *pass, size_t t)
{
    const double count = started_by(pass->program, (int64_t)t);
    const double fresh = count - started_by(pass->program, (int64_t)t - 1);
    double *restrict started = flc_account(pass, FLC_ACCOUNT_STARTED, t);
    double *restrict active = flc_account(pass, FLC_ACCOUNT_ACTIVE, t);
    const double *restrict left = flc_account(pass, FLC_ACCOUNT_SURVIVORS, t > 0 ? t - 1 : 0);
    FLC_FOR_LANES (i) {
        started[i] = count;
        active[i] = t > 0 ? left[i] + fresh : count;
    }
    FLC_FOR_PARTS (p)
        count_funded(pass, p, t);
}

void flc_evaluate_units(const struct flc_pass *pass, size_t t)
{
    double *sum = pass->w->entitled[0];
    sum_entitlements(pass, t, sum);
    if (!pass->program->has_plan)
        flc_budget_as_entitled(pass, t, sum);
    ration_money(pass, t, sum, pass->w->ration[0]);
    count_units(pass, t);
    flc_begin_match_year(pass, t);
    flc_begin_revenue_year(pass, t);
    memset(pass->w->sums, 0, FLC_PARTS * sizeof *pass->w->sums);
    for (size_t c = 0; c < pass->program->cohort_count; c++)
        evaluate_cohort(pass, c, t);
    flc_book_match(pass, t);
    flc_book_cash(pass, t);
}
