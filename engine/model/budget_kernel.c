/* The budget of a program (MODEL section 2), year by year.
 *
 *   x_t = rho x_{t-1} + sigma (sqrt(kappa) z^F_t + sqrt(1 - kappa) z^b_t),   v_t = sigma^2
 * sum_{k<=t} rho^{2k} B_t = plan_t exp(x_t - v_t/2)                                            (of
 * mean plan_t) enacted_t = B_t (1 - delta c_t) + delta c_{t-1} B_{t-1}                  (continuing
 * resolutions) A_t = live_t enacted_t,  rescinded_t = share A_t 1[u < probability] administration_t
 * = admin (A_t - rescinded_t),  N_t = A_t - rescinded_t - administration_t and every year B = drawn
 * + lapsed + unallocated + administration + rescinded + terminated + deferred.
 */
#include "model/evaluate.h"

enum { SHOCK, POWER, VARIANCE, BUDGET_BEFORE, DELAY_BEFORE, GROWTH };

/* plan_t for all years: the entry in force, or the last one times (1 + growth)^(years since it). */
static void plan_years(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    const double *restrict growth = flc_lane(pass->w, program->inputs->budget.growth);
    double *restrict compound = pass->w->budget_state[GROWTH];
    int64_t compounded = 0;
    FLC_FOR_LANES (i)
        compound[i] = 1.0;
    for (size_t t = 0; t < pass->model->years; t++) {
        double *restrict plan = pass->w->plan[t];
        for (; compounded < program->plan[t].years_after; compounded++)
            FLC_FOR_LANES (i)
                compound[i] *= 1.0 + growth[i];
        if (program->plan[t].entry.row == FLC_NO_ROW) {
            FLC_FOR_LANES (i)
                plan[i] = 0.0;
            continue;
        }
        const double *restrict entry = flc_lane(pass->w, program->plan[t].entry);
        FLC_FOR_LANES (i)
            plan[i] = entry[i] * compound[i];
    }
}

/* N_ref = (1 - admin) plan_r; without a plan, the awards of the units started at r. */
static void reference_money(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    double *restrict money = pass->w->reference_money[0];
    int r = program->reference_year;
    FLC_FOR_LANES (i)
        money[i] = 0.0;
    if (r == FLC_NO_YEAR)
        return;
    if (program->has_plan) {
        const double *restrict admin = flc_lane(pass->w, program->inputs->budget.admin);
        const double *restrict plan = pass->w->plan[r];
        FLC_FOR_LANES (i)
            money[i] = (1.0 - admin[i]) * plan[i];
        return;
    }
    for (size_t c = 0; c < program->cohort_count; c++) {
        int64_t age = program->cohorts[c].age + r;
        if (age < 0)
            continue;
        double count = (double)program->cohorts[c].count;
        const double *restrict award =
            flc_lane(pass->w, flc_schedule_at_age(&program->inputs->units.award, age));
        FLC_FOR_LANES (i)
            money[i] += count * award[i];
    }
}

void flc_begin_budget(const struct flc_pass *pass)
{
    flc_workspace *w = pass->w;
    const double *restrict probability =
        flc_lane(w, pass->program->inputs->budget.delay.probability);
    plan_years(pass);
    reference_money(pass);
    bool before = pass->program->established;
    FLC_FOR_LANES (i) {
        w->budget_state[SHOCK][i] = 0.0;
        w->budget_state[POWER][i] = 1.0;
        w->budget_state[VARIANCE][i] = 0.0;
        w->budget_state[BUDGET_BEFORE][i] = before ? w->plan[0][i] : 0.0;
        w->budget_state[DELAY_BEFORE][i] = probability[i];
        w->live[0][i] = 1.0;
    }
}

/* B_t into `budget`. */
static void draw_budget(const struct flc_pass *pass, size_t t, double *restrict budget)
{
    const struct flc_budget_inputs *in = &pass->program->inputs->budget;
    flc_workspace *w = pass->w;
    const double *restrict plan = w->plan[t];
    if (flc_is_constant(pass->model, in->volatility, 0.0)) {
        FLC_FOR_LANES (i)
            budget[i] = plan[i];
        return;
    }
    double *restrict z = w->scratch[0];
    flc_draws_normal(pass->draws, pass->program->draws[FLC_DRAW_BUDGET], (unsigned)t, z);
    flc_quantity common = pass->model->inputs->macro.fiscal_common;
    if (!flc_is_constant(pass->model, common, 0.0)) {
        const double *restrict share = flc_lane(w, common), *restrict fiscal = w->fiscal[t];
        FLC_FOR_LANES (i)
            z[i] = __builtin_sqrt(share[i]) * fiscal[i] + __builtin_sqrt(1.0 - share[i]) * z[i];
    }
    const double *restrict sigma = flc_lane(w, in->volatility), *restrict rho =
                                                                    flc_lane(w, in->persistence);
    double *restrict x = w->budget_state[SHOCK], *restrict power = w->budget_state[POWER];
    double *restrict sum = w->budget_state[VARIANCE];
    FLC_FOR_LANES (i) {
        x[i] = rho[i] * x[i] + sigma[i] * z[i];
        sum[i] += power[i];
        power[i] *= rho[i] * rho[i];
        budget[i] = plan[i] * flc_exp(x[i] - sigma[i] * sigma[i] * sum[i] / 2.0);
    }
}

/* enacted_t into `enacted`. */
static void delay(const struct flc_pass *pass, size_t t, const double *restrict budget,
                  double *restrict enacted)
{
    const struct flc_delay_inputs *in = &pass->program->inputs->budget.delay;
    flc_workspace *w = pass->w;
    double *restrict deferred = flc_account(pass, FLC_ACCOUNT_DEFERRED, t);
    if (flc_is_constant(pass->model, in->share, 0.0)) {
        FLC_FOR_LANES (i) {
            enacted[i] = budget[i];
            deferred[i] = 0.0;
        }
        return;
    }
    double *restrict u = w->scratch[0];
    flc_draws_uniform(pass->draws, pass->program->draws[FLC_DRAW_DELAY], (unsigned)t, u);
    const double *restrict probability = flc_lane(w, in->probability), *restrict share =
                                                                           flc_lane(w, in->share);
    double *restrict before = w->budget_state[BUDGET_BEFORE], *restrict delayed =
                                                                  w->budget_state[DELAY_BEFORE];
    FLC_FOR_LANES (i) {
        double now = u[i] < probability[i] ? 1.0 : 0.0;
        enacted[i] = budget[i] * (1.0 - share[i] * now) + share[i] * delayed[i] * before[i];
        deferred[i] = budget[i] - enacted[i];
        before[i] = budget[i];
        delayed[i] = now;
    }
}

static void terminate(const struct flc_pass *pass, size_t t)
{
    flc_quantity hazard = pass->program->hazard[t];
    if (hazard.row == FLC_NO_ROW || flc_is_constant(pass->model, hazard, 0.0))
        return;
    double *restrict u = pass->w->scratch[0], *restrict live = pass->w->live[0];
    const double *restrict rate = flc_lane(pass->w, hazard);
    flc_draws_uniform(pass->draws, pass->program->draws[FLC_DRAW_TERMINATION], (unsigned)t, u);
    FLC_FOR_LANES (i)
        live[i] = u[i] >= rate[i] ? live[i] : 0.0;
}

static void rescind(const struct flc_pass *pass, size_t t, const double *restrict appropriation)
{
    const struct flc_rescission_inputs *in = &pass->program->inputs->budget.rescission;
    double *restrict rescinded = flc_account(pass, FLC_ACCOUNT_RESCINDED, t);
    if (flc_is_constant(pass->model, in->share, 0.0) ||
        flc_is_constant(pass->model, in->probability, 0.0)) {
        FLC_FOR_LANES (i)
            rescinded[i] = 0.0;
        return;
    }
    double *restrict u = pass->w->scratch[0];
    flc_draws_uniform(pass->draws, pass->program->draws[FLC_DRAW_RESCISSION], (unsigned)t, u);
    const double *restrict share = flc_lane(pass->w, in->share);
    const double *restrict probability = flc_lane(pass->w, in->probability);
    FLC_FOR_LANES (i)
        rescinded[i] = u[i] < probability[i] ? share[i] * appropriation[i] : 0.0;
}

void flc_evaluate_budget(const struct flc_pass *pass, size_t t)
{
    flc_workspace *w = pass->w;
    terminate(pass, t);
    if (!pass->program->has_plan)
        return;
    double *budget = flc_account(pass, FLC_ACCOUNT_BUDGET, t);
    double *restrict enacted = w->scratch[1];
    draw_budget(pass, t, budget);
    delay(pass, t, budget, enacted);
    double *restrict appropriation = flc_account(pass, FLC_ACCOUNT_APPROPRIATION, t);
    double *restrict terminated = flc_account(pass, FLC_ACCOUNT_TERMINATED, t);
    const double *restrict live = w->live[0];
    FLC_FOR_LANES (i) {
        appropriation[i] = live[i] * enacted[i];
        terminated[i] = enacted[i] - appropriation[i];
    }
    rescind(pass, t, appropriation);
    const double *restrict rescinded = flc_account(pass, FLC_ACCOUNT_RESCINDED, t);
    const double *restrict admin = flc_lane(w, pass->program->inputs->budget.admin);
    double *restrict administration = flc_account(pass, FLC_ACCOUNT_ADMINISTRATION, t);
    double *restrict net = w->net_money[0];
    FLC_FOR_LANES (i) {
        administration[i] = admin[i] * (appropriation[i] - rescinded[i]);
        net[i] = appropriation[i] - rescinded[i] - administration[i];
    }
}

void flc_budget_as_entitled(const struct flc_pass *pass, size_t t, const double *restrict entitled)
{
    const double *restrict admin = flc_lane(pass->w, pass->program->inputs->budget.admin);
    double *restrict budget = flc_account(pass, FLC_ACCOUNT_BUDGET, t);
    double *restrict appropriation = flc_account(pass, FLC_ACCOUNT_APPROPRIATION, t);
    double *restrict administration = flc_account(pass, FLC_ACCOUNT_ADMINISTRATION, t);
    double *restrict net = pass->w->net_money[0];
    FLC_FOR_LANES (i) {
        double money = entitled[i] / (1.0 - admin[i]);
        net[i] = entitled[i];
        budget[i] = appropriation[i] = money;
        administration[i] = admin[i] * money;
    }
}
