/* The model as its own floor sees it: structure resolved from the inputs, and the workspace. */
#ifndef FLC_MODEL_MODEL_PRIV_H
#define FLC_MODEL_MODEL_PRIV_H

#include "base/memory.h"
#include "fulcrum/model.h"
#include "model/model.h"

enum { FLC_NO_YEAR = -1 };

struct flc_cohort {
    int64_t age;    /* at year 0; negative: starts later */
    size_t first;   /* number of its first unit */
    size_t count;   /* units */
    int first_year; /* first simulated year, t_u */
};

/* Planned budget of a year: the last entry so far, and years since the last entry of all. */
struct flc_plan_year {
    flc_quantity entry; /* FLC_NO_ROW: before the first entry, 0 */
    int64_t years_after;
};

struct flc_program {
    const struct flc_program_inputs *inputs;
    const char *key;
    bool has_units, has_plan;
    bool established;   /* a unit started before the base year */
    int reference_year; /* r of MODEL section 3; FLC_NO_YEAR: none in the horizon */
    size_t units, cohort_count, source_count, stream_count, outcome_count, gate_count;
    struct flc_cohort *cohorts;
    const struct flc_gate_inputs *gates;
    const struct flc_source_inputs *sources;
    const struct flc_stream_inputs *streams;
    const struct flc_outcome_inputs *outcomes;
    struct flc_plan_year *plan; /* [years] */
    flc_quantity *hazard;       /* [years] */
    uint32_t draws[FLC_PROGRAM_DRAWS];
    uint32_t *source_draws, *outcome_draws;
    uint32_t (*unit_draws)[FLC_UNIT_DRAWS];
    size_t *portfolio_source, *portfolio_outcome; /* places in the portfolio's lists */
    size_t first_output;
};

struct flc_model {
    const struct flc_model_inputs *inputs;
    const flc_quantities *quantities;
    flc_arena *arena;
    size_t years, program_count;
    struct flc_program *programs; /* [program_count] */
    uint32_t macro_draws[FLC_MACRO_DRAWS];
    size_t portfolio_sources, portfolio_outcomes;
    const char **portfolio_source_keys, **portfolio_outcome_keys;
    size_t portfolio_first_output, outputs;
    size_t most_units, most_cohorts, most_sources, most_streams, most_outcomes;
    bool any_lagged_units;             /* some program pays by spending of earlier years */
    flc_model_description description; /* what evaluates it, and what it computes */
    /* Of a plug-in; NULL and empty of the portfolio. */
    const flc_plugin *plugin;
    uint32_t *quantity_rows; /* [quantities] */
    uint32_t *shock_names;   /* [shocks] */
    size_t *first_row;       /* [outputs] */
    /* Sampled quantities and the program each belongs to (program_count: to none). */
    size_t sampled_count;
    uint32_t *sampled_rows;
    size_t *sampled_programs;
};

/* Lanes are arrays of FLC_BLOCK doubles. */
typedef double flc_lanes[FLC_BLOCK];

/* Units are evaluated for a part of the block at a time, so that all a part needs for one unit
 * stays in the first cache (about 0.6 kB a lane with three sources). What units work on is kept by
 * part: lane i of the block is lane i % FLC_PART of part i / FLC_PART. */
enum { FLC_PART = 64, FLC_PARTS = FLC_BLOCK / FLC_PART };
_Static_assert(FLC_BLOCK % FLC_PART == 0, "a block is a whole number of parts");
typedef double flc_part[FLC_PART];

/* Shocks are drawn for a few units ahead, so that what the units share stays in the cache too. */
enum { FLC_UNITS_AHEAD = 8 };
enum flc_unit_shock {
    FLC_SHOCK_MATCH,
    FLC_SHOCK_REVENUE,
    FLC_SHOCK_COST, /* its factor */
    FLC_SHOCK_VERIFY,
    FLC_UNIT_SHOCKS
};

/* What a unit carries from year to year. */
struct flc_unit_state {
    flc_part size;    /* omega */
    flc_part open;    /* 1 until closed */
    flc_part passed;  /* 1 while no gate was failed */
    flc_part lagging; /* 1 in a lagging region */
    flc_part balance; /* H */
    flc_part revenue; /* xi */
    flc_part served;  /* f, size of section 6 */
    flc_part carried; /* min(1, income/C0) of the year before */
    flc_part memory;  /* prize: 1 where the target was met a year ago; reimbursement: spending
                          before the horizon */
};

/* What all units of the program at work share. */
struct flc_unit_common {
    flc_part cost_ratio, adapt, in_kind_cap, interest, minimum_service, reserve_target, credit;
    flc_part response;
    flc_part persistence, innovation; /* rho and sqrt(1 - rho^2) of revenue */
    flc_part required, per_required;  /* m of the cohort and year, and 1/m */
};

/* A source of match of the program at work. */
struct flc_unit_source {
    flc_part stickiness, lagging_multiplier;
    flc_part conversion, cash_conversion; /* of what is announced: paid, and paid in cash */
    flc_part common;                      /* the year's factor that units share */
    flc_part spread;                      /* exponent of a unit's own shock */
    flc_part level;                       /* ratio, ramp and common of the cohort and year */
    flc_part announced;                   /* by the unit in the year, before the response */
    flc_part total;                       /* announced by all units in the year */
};

/* A stream of revenue of the program at work. */
struct flc_unit_stream {
    flc_part volatility;
    flc_part common; /* the year's factor that units share */
    flc_part level;  /* ratio, ramp and common of the cohort and year */
};

/* Money of the unit and year at work. */
struct flc_unit_money {
    flc_part scale, entitlement, match, cash, own, counted, federal, full_cost, spent;
    flc_part factor;            /* of the response of match */
    flc_part funded, committed; /* for traces only */
};

/* Sums over units of the year at work. */
struct flc_unit_sums {
    flc_part entitlement, federal, own, need, spending, shortfall, written_off, balance, sustaining,
        survivors, lagging_federal, lagging_money, lagging_spending;
};

/* What is kept of programs from one evaluation to the next (flc_workspace_keep_programs). */
struct flc_kept {
    flc_lanes *lanes;     /* [programs][flc_kept_lanes]; NULL: nothing is kept */
    flc_lanes *refused;   /* [programs + 1] samples refused when it was evaluated */
    flc_lanes *weights;   /* [programs] in the portfolio's sums */
    flc_lanes *trial;     /* outputs of a program, before they are compared with what stands */
    unsigned char *stale; /* [rows of the portfolio][years] series to be added up again */
};

/* Of one program: inner accounts [account][year], gross outcomes and dollars [outcomes], and the
 * money it was built for. */
static inline size_t flc_kept_lanes(const flc_model *model)
{
    return (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC) * model->years + 2 * model->most_outcomes + 1;
}

/* Series by year of a program or of the portfolio, those of inner accounts last. */
static inline size_t flc_yearly_rows(size_t sources, size_t outcomes)
{
    return FLC_ACCOUNTS_ALL + sources + 2 * outcomes;
}

/* Scratch of one evaluator. [n] are lanes unless said. */
struct flc_workspace {
    const flc_model *model;
    flc_isa isa;
    double *memory;
    void *state; /* what the interface calls the workspace: of the portfolio this struct */
    bool begun;  /* the plug-in's begin succeeded */
    uint64_t first;
    const struct flc_recorder *recorder; /* of the evaluation at hand, as the next */
    const struct flc_given *given;
    const struct flc_again *again;      /* NULL: not a row */
    flc_error failure;                  /* the first one of a plug-in */
    flc_lanes *handed;                  /* [quantities] what a plug-in sees */
    double *values;                     /* [rows] */
    flc_lanes *refused;                 /* [programs + 1] */
    flc_lanes *macro[FLC_MACRO_SERIES]; /* [years] */
    flc_lanes *fiscal;                  /* [years] z^F */
    flc_lanes *plan;                    /* [years] of the program at work */
    flc_lanes *inner;                   /* [inner accounts][years] of the program at work */
    flc_lanes *portfolio_inner;         /* the same of the portfolio */
    flc_lanes *budget_state;            /* [6] */
    flc_lanes *net_money;               /* [1] N of the year */
    flc_lanes *live;                    /* [1] */
    flc_lanes *reference_money;         /* [1] N_ref */
    flc_lanes *reference_weight;        /* [1] sum of sizes at the reference year */
    flc_lanes *entitled;                /* [1] sum of entitlements before rationing */
    flc_lanes *ration;                  /* [1] what they are multiplied by */
    struct flc_unit_state *units;       /* [units][parts], as the next by part */
    struct flc_unit_common *common;     /* [parts] */
    struct flc_unit_source *sources;    /* [parts][sources of the program at work] */
    struct flc_unit_stream *streams;    /* [parts][streams of the program at work] */
    struct flc_unit_sums *sums;         /* [parts] */
    struct flc_unit_money *money;       /* [1], of the part at work */
    flc_lanes *cost_level;              /* [1] of the factor of units' costs: exp(-sigma^2/2) */
    flc_lanes *shocks;                  /* [FLC_UNIT_SHOCKS][units ahead] */
    flc_lanes *unit_spent;         /* [units][years] X + I, where spending is paid back later */
    flc_lanes *cohort_scale;       /* [cohorts] scale per unit of size */
    flc_lanes *cohort_entitlement; /* [cohorts] entitlement per unit of size, before rationing */
    flc_lanes *outcome_state;      /* [outcomes] L */
    flc_lanes *outcome_dollars;    /* [outcomes] sum over years of driver dollars */
    flc_lanes *outcome_gross;      /* [outcomes] sum over years of gross outcomes */
    flc_lanes *portfolio_dollars;  /* [portfolio outcomes] */
    flc_lanes *portfolio_gross;    /* [portfolio outcomes] */
    flc_lanes *ledger;             /* [FLC_LEDGER_COUNT] of the unit at work, when recording */
    flc_lanes *scratch;            /* [4] */
    flc_lanes *vintage;            /* [2][years] of a fund */
    flc_lanes *recycled;           /* [1] of a fund */
    flc_lanes *pool, *book;        /* [1] of a guarantee */
    struct flc_kept kept;
};

static inline const double *flc_lane(const struct flc_workspace *w, flc_quantity quantity)
{
    return w->values + (size_t)quantity.row * FLC_BLOCK;
}

/* The entry of a schedule by age that holds at `age` (0 before the first). */
static inline flc_quantity flc_schedule_at_age(const flc_schedule *schedule, int64_t age)
{
    size_t last = schedule->count - 1;
    size_t place = age < 0 ? 0 : (uint64_t)age > last ? last : (size_t)age;
    return schedule->value[place];
}

/* The same as part of the block. */
static inline const double *flc_part_of(const double *lanes, size_t part)
{
    return lanes + part * FLC_PART;
}

/* Whether a quantity is the constant `value` in every sample. */
static inline bool flc_is_constant(const flc_model *model, flc_quantity quantity, double value)
{
    return !flc_quantities_is_sampled(model->quantities, quantity.row) &&
           flc_quantities_value(model->quantities, quantity.row) == value;
}

#endif
