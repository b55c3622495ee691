/* Cost, cash, spending and survival of a unit in a year (MODEL section 6).
 *
 *   C0 = ratio S LN(volatility, z^c),  C = f C0,  I = min(in-kind match, cap C),  W = C - I
 *   V = H + interest max(H, 0) + F + cash match + revenue
 *   X = max(minimum W, min(V, W), V - reserve C),  H' = V - X
 *   closed where H' < -credit C - eps: the deficit is written off; eps = 1e-9 C
 * so that H' - H = interest + F + cash match + revenue - X + written off, for every unit and year.
 *
 * One loop does it all, so that what a unit has in a year stays in registers; instruments of their
 * own find there what they remember, and traces what they show. What follows from the sums of a
 * year (lapsed money, the leading regions) is not summed over units.
 */
#include <math.h>
#include <string.h>

#include "model/evaluate.h"

static void begin_part(const struct flc_pass *pass, size_t part)
{
    const struct flc_cost_inputs *in = &pass->program->inputs->cost;
    struct flc_unit_common *common = &pass->w->common[part];
    const struct {
        double *lanes;
        flc_quantity quantity;
    } copies[] = {
        {common->cost_ratio, in->ratio},
        {common->adapt, in->adapt},
        {common->in_kind_cap, in->in_kind_cap},
        {common->interest, in->interest},
        {common->minimum_service, in->minimum_service},
        {common->reserve_target, in->reserve_target},
        {common->credit, in->credit},
        {common->response, pass->program->inputs->match.response},
    };
    for (size_t k = 0; k < sizeof copies / sizeof *copies; k++)
        memcpy(copies[k].lanes, flc_part_lane(pass->w, copies[k].quantity, part), sizeof(flc_part));
}

void flc_begin_cash(const struct flc_pass *pass)
{
    const double *restrict sigma = flc_lane(pass->w, pass->program->inputs->cost.volatility);
    double *restrict level = pass->w->cost_level[0];
    FLC_FOR_LANES (i)
        level[i] = flc_exp_bounded(-sigma[i] * sigma[i] / 2.0);
    FLC_FOR_PARTS (p)
        begin_part(pass, p);
}

/* What a unit has in a year, of one sample. */
struct unit_cash {
    double was_open, lagging;
    double entitled, own, match, cash, federal;
    double size, full, in_kind, need;                   /* f, C, I, W */
    double interest, value, spending, spent, shortfall; /* spent: cash and in kind */
    double kept, written_off, open, lives;              /* H', survival */
};

FLC_INLINE void take_in(struct unit_cash *unit, const struct flc_unit_money *restrict money,
                        const double *restrict federal, size_t i)
{
    unit->entitled = money->entitlement[i];
    unit->own = money->own[i];
    unit->match = money->match[i];
    unit->cash = money->cash[i];
    unit->federal = federal[i];
}

/* Size and cost of the year; in its first one a unit finds served = carried = 1, its full size. */
FLC_INLINE void price(struct unit_cash *unit, struct flc_unit_state *restrict state,
                      const struct flc_unit_common *restrict common, double scale, double factor,
                      size_t i)
{
    const double base = common->cost_ratio[i] * scale * factor;
    const double before = state->served[i];
    unit->size = before + common->adapt[i] * (state->carried[i] - before);
    const double income = unit->federal + unit->match + unit->own;
    state->carried[i] = base > 0.0 ? flc_least(1.0, income / base) : 1.0;
    state->served[i] = unit->size;
    unit->full = base * unit->size;
    unit->in_kind = flc_least(unit->match - unit->cash, common->in_kind_cap[i] * unit->full);
    unit->need = unit->full - unit->in_kind;
}

/* Spending, what is left, and whether the unit lives on. */
FLC_INLINE void spend(struct unit_cash *unit, struct flc_unit_state *restrict state,
                      const struct flc_unit_common *restrict common, size_t i)
{
    const double full = unit->full, need = unit->need, held = state->balance[i];
    unit->was_open = state->open[i];
    unit->lagging = state->lagging[i];
    unit->interest = common->interest[i] * flc_most(held, 0.0);
    const double income = unit->federal + unit->cash + unit->own;
    const double value = held + unit->interest + income;
    const double served = flc_most(common->minimum_service[i] * need, flc_least(value, need));
    unit->spending = flc_most(served, value - common->reserve_target[i] * full);
    unit->spent = unit->spending + unit->in_kind;
    unit->shortfall = flc_most(need - unit->spending, 0.0);
    const double left = value - unit->spending, tolerance = 1e-9 * full;
    const double closes = left < -common->credit[i] * full - tolerance ? 1.0 : 0.0;
    unit->written_off = closes != 0.0 ? -left : 0.0;
    unit->kept = closes != 0.0 ? 0.0 : left;
    unit->open = closes != 0.0 ? 0.0 : unit->was_open;
    const double weaned = unit->federal <= 0.05 * full + tolerance ? unit->was_open : 0.0;
    const double covered = income >= need - tolerance ? weaned : 0.0;
    unit->lives = closes != 0.0 ? 0.0 : covered;
    state->balance[i] = unit->kept;
    state->open[i] = unit->open;
}

FLC_INLINE void add(struct flc_unit_sums *restrict sums, const struct unit_cash *unit, size_t i)
{
    sums->entitlement[i] += unit->entitled;
    sums->federal[i] += unit->federal;
    sums->own[i] += unit->own;
    sums->need[i] += unit->need;
    sums->spending[i] += unit->spent;
    sums->shortfall[i] += unit->shortfall;
    sums->written_off[i] += unit->written_off;
    sums->balance[i] += unit->kept;
    sums->sustaining[i] += unit->lives;
    sums->survivors[i] += unit->open;
    sums->lagging_federal[i] += unit->lagging * unit->federal;
    sums->lagging_money[i] += unit->lagging * (unit->match + unit->own);
    sums->lagging_spending[i] += unit->lagging * unit->spent;
}

/* What a trace shows of a unit and year. */
FLC_INLINE void record(flc_lanes *restrict ledger, const struct unit_cash *unit,
                       const struct flc_unit_money *restrict money, double age, size_t i)
{
    const double share = unit->full > 0.0 ? flc_least(1.0, unit->spent / unit->full) : 1.0;
    ledger[FLC_LEDGER_AGE][i] = age;
    ledger[FLC_LEDGER_ACTIVE][i] = unit->was_open;
    ledger[FLC_LEDGER_FUNDED][i] = money->funded[i];
    ledger[FLC_LEDGER_LAGGING][i] = unit->lagging * unit->was_open;
    ledger[FLC_LEDGER_SCALE][i] = money->scale[i];
    ledger[FLC_LEDGER_SIZE][i] = unit->size * unit->was_open;
    ledger[FLC_LEDGER_ENTITLEMENT][i] = unit->entitled;
    ledger[FLC_LEDGER_COMMITTED_MATCH][i] = money->committed[i];
    ledger[FLC_LEDGER_MATCH][i] = unit->match;
    ledger[FLC_LEDGER_MATCH_CASH][i] = unit->cash;
    ledger[FLC_LEDGER_IN_KIND_USED][i] = unit->in_kind;
    ledger[FLC_LEDGER_OWN_REVENUE][i] = unit->own;
    ledger[FLC_LEDGER_FEDERAL][i] = unit->federal;
    ledger[FLC_LEDGER_FULL_COST][i] = unit->full;
    ledger[FLC_LEDGER_CASH_NEED][i] = unit->need;
    ledger[FLC_LEDGER_INTEREST][i] = unit->interest;
    ledger[FLC_LEDGER_SPENDING][i] = unit->spending;
    ledger[FLC_LEDGER_BALANCE][i] = unit->kept;
    ledger[FLC_LEDGER_SHORTFALL][i] = unit->shortfall;
    ledger[FLC_LEDGER_WRITTEN_OFF][i] = unit->written_off;
    ledger[FLC_LEDGER_SERVICE_LEVEL][i] = share * unit->was_open;
    ledger[FLC_LEDGER_SELF_SUSTAINING][i] = unit->lives;
}

/* `remembers`: the instrument asks for what it leaves in `money`; `records`: a trace looks on. */
FLC_INLINE void settle(const struct flc_unit_year *unit, const double *restrict federal,
                       flc_lanes *restrict ledger, const bool remembers, const bool records)
{
    const struct flc_unit_common *restrict common = unit->common;
    struct flc_unit_money *restrict money = unit->money;
    struct flc_unit_state *restrict state = unit->state;
    struct flc_unit_sums *restrict sums = unit->sums;
    const double *restrict factor = unit->shock[FLC_SHOCK_COST];
    const double age = (double)unit->age;
    FLC_FOR_PART (i) {
        struct unit_cash cash;
        take_in(&cash, money, federal, i);
        price(&cash, state, common, money->scale[i], factor[i], i);
        spend(&cash, state, common, i);
        add(sums, &cash, i);
        if (remembers) {
            money->full_cost[i] = cash.full;
            money->spent[i] = cash.spent;
        }
        if (records)
            record(ledger, &cash, money, age, i);
    }
}

/* Traces look at the first sample of a block. */
static void settle_and_record(const struct flc_unit_year *unit, const double *federal)
{
    const struct flc_recorder *recorder = unit->pass->recorder;
    flc_lanes *ledger = unit->pass->w->ledger;
    settle(unit, federal, ledger, true, true);
    for (int field = 0; field < FLC_LEDGER_COUNT; field++)
        recorder->ledger(recorder->context, unit->pass->number, unit->unit, unit->t,
                         (enum flc_ledger_field)field, ledger[field]);
}

void flc_settle_unit(const struct flc_unit_year *unit, const double *federal)
{
    if (unit->traced)
        settle_and_record(unit, federal);
    else if (unit->pass->instrument->remember)
        settle(unit, federal, NULL, true, false);
    else
        settle(unit, federal, NULL, false, false);
}

static void book_part(const struct flc_pass *pass, size_t part, size_t t)
{
    const struct flc_unit_sums *sums = &pass->w->sums[part];
    const size_t first = part * FLC_PART;
    const struct {
        enum flc_account account;
        const double *sum;
    } books[] = {
        {FLC_ACCOUNT_ENTITLEMENT, sums->entitlement},
        {FLC_ACCOUNT_FEDERAL, sums->federal},
        {FLC_ACCOUNT_OWN_REVENUE, sums->own},
        {FLC_ACCOUNT_CASH_NEED, sums->need},
        {FLC_ACCOUNT_SPENDING, sums->spending},
        {FLC_ACCOUNT_SHORTFALL, sums->shortfall},
        {FLC_ACCOUNT_WRITTEN_OFF, sums->written_off},
        {FLC_ACCOUNT_BALANCE, sums->balance},
        {FLC_ACCOUNT_SELF_SUSTAINING, sums->sustaining},
        {FLC_ACCOUNT_SURVIVORS, sums->survivors},
        {FLC_ACCOUNT_LAGGING_FEDERAL, sums->lagging_federal},
        {FLC_ACCOUNT_LAGGING_MONEY, sums->lagging_money},
        {FLC_ACCOUNT_LAGGING_SPENDING, sums->lagging_spending},
    };
    for (size_t k = 0; k < sizeof books / sizeof *books; k++)
        memcpy(flc_account(pass, books[k].account, t) + first, books[k].sum, sizeof(flc_part));
    const double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t) + first;
    double *restrict lapsed = flc_account(pass, FLC_ACCOUNT_LAPSED, t) + first;
    double *restrict leading_federal = flc_account(pass, FLC_ACCOUNT_LEADING_FEDERAL, t) + first;
    double *restrict leading_money = flc_account(pass, FLC_ACCOUNT_LEADING_MONEY, t) + first;
    FLC_FOR_PART (i) {
        lapsed[i] = sums->entitlement[i] - sums->federal[i];
        leading_federal[i] = sums->federal[i] - sums->lagging_federal[i];
        leading_money[i] = match[i] + sums->own[i] - sums->lagging_money[i];
    }
}

void flc_book_cash(const struct flc_pass *pass, size_t t)
{
    FLC_FOR_PARTS (p)
        book_part(pass, p, t);
}
