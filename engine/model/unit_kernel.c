/* Units: scale, entitlement, cost, cash and survival (MODEL sections 3 and 6), one unit and year at
 * a time.
 *
 *   S = award(a) omega J_{t_u} P_t/P_{t_u}                       (mode award; J = P if indexed,
 * else 1) S = N_ref omega/(sum omega of units started at r) P_t/P_r    (mode share) e = award(a)
 * omega J_t tau funded min(1, N/sum e), or N omega tau funded/sum(omega tau funded) C0 = ratio S
 * LN(volatility, z^c),  C = f C0,  I = min(in-kind match, cap C),  W = C - I V = H + interest
 * max(H, 0) + F + cash match + revenue X = max(minimum W, min(V, W), V - reserve C),  H' = V - X
 *   closed where H' < -credit C - eps: the deficit is written off; eps = 1e-9 C
 * so that H' - H = interest + F + cash match + revenue - X + written off, for every unit and year.
 */
#include <string.h>

#include "model/evaluate.h"

/* ---- begin of a block ------------------------------------------------------------------------ */

/* omega = exp(sigma z - sigma^2/2), and the sum over units started at the reference year. */
static void draw_sizes(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    flc_workspace *w = pass->w;
    flc_quantity dispersion = program->inputs->units.size_dispersion;
    const double *restrict sigma = flc_lane(w, dispersion);
    bool equal = flc_is_constant(pass->model, dispersion, 0.0);
    double *restrict sum = w->reference_weight[0];
    memset(sum, 0, sizeof(flc_lanes));
    for (size_t c = 0; c < program->cohort_count; c++) {
        const struct flc_cohort *cohort = &program->cohorts[c];
        int r = program->reference_year;
        double counts = r != FLC_NO_YEAR && cohort->age + r >= 0 ? 1.0 : 0.0;
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
            double *restrict size = w->unit_size[u];
            memset(size, 0, sizeof(flc_lanes));
            if (!equal)
                flc_draws_normal(pass->draws, program->unit_draws[u][FLC_DRAW_SIZE], 0, size);
            FLC_FOR_LANES (i) {
                size[i] = flc_exp(sigma[i] * size[i] - sigma[i] * sigma[i] / 2.0);
                sum[i] += counts * size[i];
            }
        }
    }
}

/* Unit n is in a lagging region iff floor((n + 1) lambda + u) > floor(n lambda + u). */
static void place_units(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    flc_workspace *w = pass->w;
    const double *restrict share = flc_lane(w, program->inputs->units.lagging_share);
    double *restrict u = w->scratch[0];
    flc_draws_uniform(pass->draws, program->draws[FLC_DRAW_LAGGING], 0, u);
    for (size_t n = 0; n < program->units; n++) {
        double *restrict lagging = w->unit_lagging[n];
        double number = (double)n;
        FLC_FOR_LANES (i) {
            double before = flc_floor(number * share[i] + u[i]);
            double after = flc_floor((number + 1.0) * share[i] + u[i]);
            lagging[i] = after > before ? 1.0 : 0.0;
        }
    }
}

void flc_begin_units(const struct flc_pass *pass)
{
    flc_workspace *w = pass->w;
    draw_sizes(pass);
    place_units(pass);
    for (size_t u = 0; u < pass->program->units; u++)
        FLC_FOR_LANES (i) {
            w->unit_open[u][i] = w->unit_passed[u][i] = 1.0;
            w->unit_served[u][i] = w->unit_carried[u][i] = 1.0;
            w->unit_balance[u][i] = w->unit_memory[u][i] = 0.0;
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
    double *restrict passed = pass->w->unit_passed[unit], *restrict u = pass->w->scratch[0];
    for (size_t g = 0; g < pass->program->gate_count; g++) {
        if (pass->program->gates[g].age != age)
            continue;
        const double *restrict chance = flc_lane(pass->w, pass->program->gates[g].pass);
        flc_draws_uniform(pass->draws, pass->program->unit_draws[unit][FLC_DRAW_GATE], (unsigned)g,
                          u);
        FLC_FOR_LANES (i)
            passed[i] = u[i] < chance[i] ? passed[i] : 0.0;
    }
}

/* Sum over units of entitlements before rationing (mode share: of weights), into `sum`. */
static void sum_entitlements(const struct flc_pass *pass, size_t t, double *restrict sum)
{
    flc_workspace *w = pass->w;
    const double *restrict live = w->live[0];
    memset(sum, 0, sizeof(flc_lanes));
    for (size_t c = 0; c < pass->program->cohort_count; c++) {
        const struct flc_cohort *cohort = &pass->program->cohorts[c];
        int64_t age = cohort->age + (int64_t)t;
        if (age < 0)
            continue;
        cohort_money(pass, c, t);
        const double *restrict due = w->cohort_entitlement[c];
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
            meet_gates(pass, u, age);
            const double *restrict open = w->unit_open[u], *restrict passed = w->unit_passed[u];
            const double *restrict size = w->unit_size[u];
            FLC_FOR_LANES (i)
                sum[i] += due[i] * size[i] * (open[i] * passed[i] * live[i]);
        }
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

/* ---- one unit and year ----------------------------------------------------------------------- */

static void entitle(const struct flc_unit_year *unit, const double *restrict ration)
{
    const flc_workspace *w = unit->pass->w;
    size_t c = (size_t)(unit->cohort - unit->pass->program->cohorts);
    const double *restrict per_size = w->cohort_scale[c], *restrict due = w->cohort_entitlement[c];
    const double *restrict size = w->unit_size[unit->unit], *restrict live = w->live[0];
    const double *restrict open = unit->open, *restrict passed = w->unit_passed[unit->unit];
    double *restrict scale = unit->scale, *restrict e = unit->entitlement;
    double *restrict funded = unit->funded;
    FLC_FOR_LANES (i) {
        funded[i] = open[i] * passed[i] * live[i];
        scale[i] = per_size[i] * size[i] * open[i];
        e[i] = due[i] * size[i] * funded[i] * ration[i];
    }
}

/* Full cost C of the year, and f of section 6. */
static void cost(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const struct flc_cost_inputs *in = &pass->program->inputs->cost;
    flc_workspace *w = pass->w;
    const double *restrict ratio = flc_lane(w, in->ratio), *restrict sigma =
                                                               flc_lane(w, in->volatility);
    const double *restrict scale = unit->scale;
    double *restrict full = unit->full_cost, *restrict z = w->scratch[0];
    if (flc_is_constant(pass->model, in->volatility, 0.0)) {
        FLC_FOR_LANES (i)
            full[i] = ratio[i] * scale[i];
    } else {
        uint32_t draw = pass->program->unit_draws[unit->unit][FLC_DRAW_COST];
        flc_draws_normal(pass->draws, draw, (unsigned)unit->t, z);
        FLC_FOR_LANES (i)
            full[i] = ratio[i] * scale[i] * flc_exp(sigma[i] * z[i] - sigma[i] * sigma[i] / 2.0);
    }
    if (flc_is_constant(pass->model, in->adapt, 0.0))
        return;
    const double *restrict adapt = flc_lane(w, in->adapt);
    double *restrict size = w->unit_served[unit->unit], *restrict carried =
                                                            w->unit_carried[unit->unit];
    const double *restrict federal = unit->federal, *restrict match = unit->match,
                           *restrict own = unit->own;
    bool first = (int)unit->t == unit->cohort->first_year;
    FLC_FOR_LANES (i) {
        size[i] = first ? 1.0 : size[i] + adapt[i] * (carried[i] - size[i]);
        double income = federal[i] + match[i] + own[i];
        carried[i] = full[i] > 0.0 ? flc_least(1.0, income / full[i]) : 1.0;
        full[i] *= size[i];
    }
}

/* Reserves that units older than the base year begin with: opening years of full cost. */
static void open_reserves(const struct flc_unit_year *unit)
{
    const struct flc_cost_inputs *in = &unit->pass->program->inputs->cost;
    const double *restrict opening = flc_lane(unit->pass->w, in->opening);
    const double *restrict ratio = flc_lane(unit->pass->w, in->ratio);
    double *restrict balance = unit->pass->w->unit_balance[unit->unit];
    FLC_FOR_LANES (i)
        balance[i] = opening[i] * ratio[i] * unit->scale[i];
}

/* What a trace keeps of a unit and year beside the arrays of flc_unit_year. */
struct cash_ledger {
    double *in_kind_used, *cash_need, *interest, *spending, *balance, *shortfall, *written_off,
        *service_level, *self_sustaining;
};

/* Cash, spending and survival; adds to the accounts of the year. With `record` the ledger is kept
 * too. */
static inline __attribute__((always_inline)) void
settle(const struct flc_unit_year *unit, const struct cash_ledger *ledger, const bool record)
{
    const struct flc_pass *pass = unit->pass;
    const struct flc_cost_inputs *in = &pass->program->inputs->cost;
    flc_workspace *w = pass->w;
    size_t t = unit->t;
    const double *restrict cap = flc_lane(w, in->in_kind_cap), *restrict rate =
                                                                   flc_lane(w, in->interest);
    const double *restrict minimum = flc_lane(w, in->minimum_service);
    const double *restrict reserve = flc_lane(w, in->reserve_target);
    const double *restrict credit = flc_lane(w, in->credit);
    const double *restrict federal = unit->federal, *restrict match = unit->match;
    const double *restrict cash = unit->cash, *restrict own = unit->own;
    const double *restrict full = unit->full_cost, *restrict was_open = unit->open;
    double *restrict spent = unit->spent, *restrict open = w->scratch[0];
    double *restrict balance = w->unit_balance[unit->unit];
    double *restrict sum_need = flc_account(pass, FLC_ACCOUNT_CASH_NEED, t);
    double *restrict sum_spending = flc_account(pass, FLC_ACCOUNT_SPENDING, t);
    double *restrict sum_shortfall = flc_account(pass, FLC_ACCOUNT_SHORTFALL, t);
    double *restrict sum_written_off = flc_account(pass, FLC_ACCOUNT_WRITTEN_OFF, t);
    double *restrict sum_balance = flc_account(pass, FLC_ACCOUNT_BALANCE, t);
    double *restrict sum_sustaining = flc_account(pass, FLC_ACCOUNT_SELF_SUSTAINING, t);
    FLC_FOR_LANES (i) {
        double in_kind = flc_least(match[i] - cash[i], cap[i] * full[i]);
        double need = full[i] - in_kind;
        double interest = rate[i] * flc_most(balance[i], 0.0);
        double income = federal[i] + cash[i] + own[i];
        double value = balance[i] + interest + income;
        double spending = flc_most(flc_most(minimum[i] * need, flc_least(value, need)),
                                   value - reserve[i] * full[i]);
        double left = value - spending;
        double shortfall = flc_most(need - spending, 0.0);
        double tolerance = 1e-9 * full[i];
        double closes = left < -credit[i] * full[i] - tolerance ? 1.0 : 0.0;
        double written_off = closes != 0.0 ? -left : 0.0;
        double kept = closes != 0.0 ? 0.0 : left;
        double lives = federal[i] <= 0.05 * full[i] + tolerance ? was_open[i] : 0.0;
        lives = income >= need - tolerance ? lives : 0.0;
        lives = closes != 0.0 ? 0.0 : lives;
        balance[i] = kept;
        open[i] = closes != 0.0 ? 0.0 : was_open[i];
        spent[i] = spending + in_kind;
        sum_need[i] += need;
        sum_spending[i] += spending + in_kind;
        sum_shortfall[i] += shortfall;
        sum_written_off[i] += written_off;
        sum_balance[i] += kept;
        sum_sustaining[i] += lives;
        if (record) {
            ledger->in_kind_used[i] = in_kind;
            ledger->cash_need[i] = need;
            ledger->interest[i] = interest;
            ledger->spending[i] = spending;
            ledger->balance[i] = kept;
            ledger->shortfall[i] = shortfall;
            ledger->written_off[i] = written_off;
            double level = full[i] > 0.0 ? flc_least(1.0, (spending + in_kind) / full[i]) : 1.0;
            ledger->service_level[i] = level * was_open[i];
            ledger->self_sustaining[i] = lives;
        }
    }
}

static void settle_quietly(const struct flc_unit_year *unit)
{
    settle(unit, NULL, false);
}

/* Match, money and revenue of the unit into the accounts of the year. */
static void add_unit(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    size_t t = unit->t;
    double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    double *restrict lapsed = flc_account(pass, FLC_ACCOUNT_LAPSED, t);
    double *restrict entitled = flc_account(pass, FLC_ACCOUNT_ENTITLEMENT, t);
    double *restrict committed = flc_account(pass, FLC_ACCOUNT_COMMITTED_MATCH, t);
    double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    double *restrict cash = flc_account(pass, FLC_ACCOUNT_MATCH_CASH, t);
    double *restrict net = flc_account(pass, FLC_ACCOUNT_NET_MATCH, t);
    double *restrict own = flc_account(pass, FLC_ACCOUNT_OWN_REVENUE, t);
    double *restrict active = flc_account(pass, FLC_ACCOUNT_ACTIVE, t);
    double *restrict funded = flc_account(pass, FLC_ACCOUNT_FUNDED, t);
    FLC_FOR_LANES (i) {
        federal[i] += unit->federal[i];
        lapsed[i] += unit->entitlement[i] - unit->federal[i];
        entitled[i] += unit->entitlement[i];
        committed[i] += unit->committed[i];
        match[i] += unit->match[i];
        cash[i] += unit->cash[i];
        net[i] += unit->net[i];
        own[i] += unit->own[i];
        active[i] += unit->open[i];
        funded[i] += unit->funded[i];
    }
}

/* The same by region. */
static void add_region(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    size_t t = unit->t;
    const double *restrict lagging = pass->w->unit_lagging[unit->unit];
    double *restrict lagging_federal = flc_account(pass, FLC_ACCOUNT_LAGGING_FEDERAL, t);
    double *restrict lagging_money = flc_account(pass, FLC_ACCOUNT_LAGGING_MONEY, t);
    double *restrict lagging_spending = flc_account(pass, FLC_ACCOUNT_LAGGING_SPENDING, t);
    double *restrict leading_federal = flc_account(pass, FLC_ACCOUNT_LEADING_FEDERAL, t);
    double *restrict leading_money = flc_account(pass, FLC_ACCOUNT_LEADING_MONEY, t);
    FLC_FOR_LANES (i) {
        double in = lagging[i], out = 1.0 - lagging[i];
        double money = unit->match[i] + unit->own[i];
        lagging_federal[i] += in * unit->federal[i];
        lagging_money[i] += in * money;
        lagging_spending[i] += in * unit->spent[i];
        leading_federal[i] += out * unit->federal[i];
        leading_money[i] += out * money;
    }
}

/* ---- recording ------------------------------------------------------------------------------- */

static void settle_and_record(const struct flc_unit_year *unit)
{
    const struct flc_recorder *recorder = unit->pass->recorder;
    flc_workspace *w = unit->pass->w;
    struct cash_ledger ledger = {
        w->ledger[FLC_LEDGER_IN_KIND_USED],   w->ledger[FLC_LEDGER_CASH_NEED],
        w->ledger[FLC_LEDGER_INTEREST],       w->ledger[FLC_LEDGER_SPENDING],
        w->ledger[FLC_LEDGER_BALANCE],        w->ledger[FLC_LEDGER_SHORTFALL],
        w->ledger[FLC_LEDGER_WRITTEN_OFF],    w->ledger[FLC_LEDGER_SERVICE_LEVEL],
        w->ledger[FLC_LEDGER_SELF_SUSTAINING]};
    settle(unit, &ledger, true);
    const double *copies[FLC_LEDGER_COUNT] = {
        [FLC_LEDGER_ACTIVE] = unit->open,
        [FLC_LEDGER_FUNDED] = unit->funded,
        [FLC_LEDGER_SCALE] = unit->scale,
        [FLC_LEDGER_ENTITLEMENT] = unit->entitlement,
        [FLC_LEDGER_COMMITTED_MATCH] = unit->committed,
        [FLC_LEDGER_MATCH] = unit->match,
        [FLC_LEDGER_MATCH_CASH] = unit->cash,
        [FLC_LEDGER_OWN_REVENUE] = unit->own,
        [FLC_LEDGER_FEDERAL] = unit->federal,
        [FLC_LEDGER_FULL_COST] = unit->full_cost,
    };
    double *age = w->ledger[FLC_LEDGER_AGE], *lagging = w->ledger[FLC_LEDGER_LAGGING];
    double *size = w->ledger[FLC_LEDGER_SIZE];
    FLC_FOR_LANES (i) {
        age[i] = (double)unit->age;
        lagging[i] = w->unit_lagging[unit->unit][i] * unit->open[i];
        size[i] = w->unit_served[unit->unit][i] * unit->open[i];
    }
    for (int field = 0; field < FLC_LEDGER_COUNT; field++)
        recorder->ledger(recorder->context, unit->pass->number, unit->unit, unit->t,
                         (enum flc_ledger_field)field,
                         copies[field] ? copies[field] : w->ledger[field]);
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

/* ---- a year ---------------------------------------------------------------------------------- */

static void evaluate_unit(struct flc_unit_year *unit, const double *ration)
{
    const struct flc_pass *pass = unit->pass;
    flc_workspace *w = pass->w;
    const uint32_t *draws = pass->program->unit_draws[unit->unit];
    double *shock = w->scratch[1];
    unit->open = w->unit_open[unit->unit];
    entitle(unit, ration);
    if (unit->t == 0 && unit->age > 0)
        open_reserves(unit);
    if (pass->program->source_count > 0)
        flc_draws_normal(pass->draws, draws[FLC_DRAW_MATCH], (unsigned)unit->t, shock);
    flc_evaluate_match(unit, shock);
    if (pass->program->stream_count > 0)
        flc_draws_normal(pass->draws, draws[FLC_DRAW_REVENUE], (unsigned)unit->t, shock);
    flc_evaluate_revenue(unit, shock);
    flc_apply_response(unit);
    pass->instrument->drawn(unit);
    cost(unit);
    if (pass->recorder)
        settle_and_record(unit);
    else
        settle_quietly(unit);
    add_unit(unit);
    add_region(unit);
    if (pass->instrument->remember)
        pass->instrument->remember(unit);
    memcpy(unit->open, w->scratch[0], sizeof(flc_lanes));
}

static void evaluate_cohort(const struct flc_pass *pass, size_t c, size_t t, const double *ration)
{
    const struct flc_cohort *cohort = &pass->program->cohorts[c];
    flc_workspace *w = pass->w;
    struct flc_unit_year unit = {
        .pass = pass,
        .t = t,
        .cohort = cohort,
        .age = cohort->age + (int64_t)t,
        .funded = w->scratch[2],
        .scale = w->scratch[3],
        .entitlement = w->scratch[4],
        .committed = w->scratch[5],
        .match = w->scratch[6],
        .cash = w->scratch[7],
        .net = w->scratch[8],
        .own = w->scratch[9],
        .counted = w->scratch[10],
        .federal = w->scratch[11],
        .required = w->scratch[12],
        .full_cost = w->scratch[13],
        .spent = w->scratch[14],
    };
    size_t end = cohort->first + cohort->count;
    if (unit.age < 0) {
        for (size_t u = cohort->first; pass->recorder && u < end; u++)
            record_waiting(pass, u, unit.age, t);
        return;
    }
    flc_begin_match_cohort(pass, cohort, t, unit.required);
    flc_begin_revenue_cohort(pass, cohort, t);
    for (unit.unit = cohort->first; unit.unit < end; unit.unit++)
        evaluate_unit(&unit, ration);
}

/* Units started by year t, and those that live on at its end. */
static void count_survivors(const struct flc_pass *pass, size_t t)
{
    double *restrict started = flc_account(pass, FLC_ACCOUNT_STARTED, t);
    double *restrict survivors = flc_account(pass, FLC_ACCOUNT_SURVIVORS, t);
    for (size_t c = 0; c < pass->program->cohort_count; c++) {
        const struct flc_cohort *cohort = &pass->program->cohorts[c];
        if (cohort->age + (int64_t)t < 0)
            continue;
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++) {
            const double *restrict open = pass->w->unit_open[u];
            FLC_FOR_LANES (i) {
                started[i] += 1.0;
                survivors[i] += open[i];
            }
        }
    }
}

void flc_evaluate_units(const struct flc_pass *pass, size_t t)
{
    double *sum = pass->w->entitled[0], *ration = pass->w->ration[0];
    sum_entitlements(pass, t, sum);
    if (!pass->program->has_plan)
        flc_budget_as_entitled(pass, t, sum);
    ration_money(pass, t, sum, ration);
    flc_begin_match_year(pass, t);
    flc_begin_revenue_year(pass, t);
    for (size_t c = 0; c < pass->program->cohort_count; c++)
        evaluate_cohort(pass, c, t, ration);
    count_survivors(pass, t);
    const double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    const double *restrict cash = flc_account(pass, FLC_ACCOUNT_MATCH_CASH, t);
    double *restrict in_kind = flc_account(pass, FLC_ACCOUNT_MATCH_IN_KIND, t);
    FLC_FOR_LANES (i)
        in_kind[i] = match[i] - cash[i];
}
