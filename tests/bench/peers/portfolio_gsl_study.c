/* Reads the flat list of numbers that flatten.py makes of a study, and tabulates what does not
 * change from sample to sample: ramps by age and quantiles of beta distributions. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portfolio_gsl.h"

struct reader {
    FILE *file;
    bool good;
};

static double real(struct reader *reader)
{
    double number = 0.0;
    reader->good = reader->good && fscanf(reader->file, "%lf", &number) == 1;
    return number;
}

static int whole(struct reader *reader)
{
    return (int)real(reader);
}

/* A number between 0 and most. */
static int bounded(struct reader *reader, int most)
{
    int number = whole(reader);
    reader->good = reader->good && number >= 0 && number <= most;
    return reader->good ? number : 0;
}

static void several(struct reader *reader, int count, int *const *numbers)
{
    for (int i = 0; i < count; i++)
        *numbers[i] = whole(reader);
}

#define SEVERAL(reader, ...)                                                                       \
    several(reader, (int)(sizeof((int *[]){__VA_ARGS__}) / sizeof(int *)), (int *[]){__VA_ARGS__})

/* ---- quantities ------------------------------------------------------------------------------ */

static double beta_quantile(const struct row *row, double z)
{
    double u = z < 0.0 ? gsl_cdf_ugaussian_P(z) : gsl_cdf_ugaussian_Q(z);
    double x = z < 0.0 ? gsl_cdf_beta_Pinv(u, row->p[0], row->p[1])
                       : gsl_cdf_beta_Qinv(u, row->p[0], row->p[1]);
    return row->p[2] + (row->p[3] - row->p[2]) * x;
}

static bool tabulate(struct row *row)
{
    row->table = malloc(TABLE_NODES * sizeof *row->table);
    for (int i = 0; row->table && i < TABLE_NODES; i++)
        row->table[i] = beta_quantile(row, (double)(i - 1) / NODES_PER_SD - TABLE_END);
    return row->table != NULL;
}

static void read_rows(struct reader *reader, struct study *study)
{
    study->rows = bounded(reader, 1 << 16);
    study->row = calloc((size_t)study->rows + 1, sizeof *study->row);
    study->sampled_row = calloc((size_t)study->rows + 1, sizeof *study->sampled_row);
    reader->good = reader->good && study->row && study->sampled_row;
    for (int i = 0; reader->good && i < study->rows; i++) {
        struct row *row = &study->row[i];
        int count = bounded(reader, 4);
        row->kind = (enum row_kind)bounded(reader, ROW_KINDS - 1);
        for (int k = 0; k < count; k++)
            row->p[k] = real(reader);
        if (row->kind == BETA)
            reader->good = reader->good && tabulate(row);
    }
}

static bool is_tied(const struct study *study, int row)
{
    for (int i = 0; i < study->tied; i++)
        if (study->tied_row[i] == row)
            return true;
    return false;
}

static void read_tied(struct reader *reader, struct study *study)
{
    study->tied = bounded(reader, MOST_TIED);
    for (int i = 0; i < study->tied; i++)
        study->tied_row[i] = bounded(reader, study->rows - 1);
    for (int i = 0; i < study->tied; i++)
        for (int j = 0; j <= i; j++)
            study->factor[i][j] = real(reader);
    /* One kind after the other, so that the branch on the kind is foreseen. */
    for (int kind = CONSTANT + 1; kind < ROW_KINDS; kind++)
        for (int i = 0; i < study->rows; i++)
            if ((int)study->row[i].kind == kind && !is_tied(study, i))
                study->sampled_row[study->sampled++] = i;
}

/* ---- programs -------------------------------------------------------------------------------- */

static void read_schedule(struct reader *reader, struct schedule *schedule)
{
    schedule->count = bounded(reader, MOST_AGES);
    for (int i = 0; i < schedule->count; i++)
        schedule->rows[i] = whole(reader);
}

static void read_ramp(struct reader *reader, double ramp[MOST_AGES])
{
    int given = whole(reader);
    double half_age = real(reader), width = real(reader);
    for (int age = 0; age < MOST_AGES; age++)
        ramp[age] = given ? 1.0 / (1.0 + exp(-((double)age - half_age) / width)) : 1.0;
}

static void read_budget(struct reader *reader, const struct study *study, struct program *p)
{
    SEVERAL(reader, &p->mode, &p->has_plan, &p->reference_year, &p->termination_year);
    for (int t = 0; t < study->years; t++)
        SEVERAL(reader, &p->plan[t], &p->plan_growth[t]);
    SEVERAL(reader, &p->growth, &p->volatility, &p->persistence, &p->admin, &p->delay_probability,
            &p->delay_share, &p->rescission_probability, &p->rescission_share, &p->hazard);
}

static void read_units(struct reader *reader, struct study *study, struct program *p)
{
    int units = 0;
    p->cohorts = bounded(reader, MOST_COHORTS);
    for (int c = 0; c < p->cohorts; c++) {
        SEVERAL(reader, &p->start[c], &p->count[c]);
        int first = p->start[c] > 0 ? p->start[c] : 0;
        units += p->count[c];
        reader->good = reader->good && p->count[c] >= 0 && units <= MOST_UNITS &&
                       study->years - p->start[c] <= MOST_AGES;
        if (first < study->years) {
            p->started += p->count[c];
            study->unit_years += (size_t)(p->count[c] * (study->years - first));
        }
    }
    read_schedule(reader, &p->award);
    SEVERAL(reader, &p->size_dispersion, &p->lagging_share);
    p->gates = bounded(reader, MOST_MEMBERS);
    for (int g = 0; g < p->gates; g++)
        SEVERAL(reader, &p->gate_age[g], &p->gate_pass[g]);
    SEVERAL(reader, &p->shape, &p->taper_start, &p->taper_length, &p->taper_floor);
}

static void read_match(struct reader *reader, struct program *p)
{
    SEVERAL(reader, &p->common_share, &p->response, &p->waiver);
    read_schedule(reader, &p->required);
    p->sources = bounded(reader, MOST_MEMBERS);
    for (int k = 0; k < p->sources; k++) {
        struct source *s = &p->source[k];
        s->place = bounded(reader, MOST_MEMBERS - 1);
        SEVERAL(reader, &s->ratio, &s->volatility, &s->cyclicality, &s->stickiness, &s->conversion,
                &s->cash_share, &s->lagging_multiplier, &s->additionality);
        read_ramp(reader, s->ramp);
    }
    p->revenue_persistence = whole(reader);
    p->streams = bounded(reader, MOST_MEMBERS);
    for (int j = 0; j < p->streams; j++) {
        struct stream *s = &p->stream[j];
        SEVERAL(reader, &s->counts, &s->ratio, &s->volatility, &s->cyclicality);
        read_ramp(reader, s->ramp);
    }
}

static void read_program(struct reader *reader, struct study *study, struct program *p)
{
    SEVERAL(reader, &p->instrument, &p->overlap);
    read_budget(reader, study, p);
    read_units(reader, study, p);
    read_match(reader, p);
    SEVERAL(reader, &p->cost_ratio, &p->cost_volatility, &p->adapt, &p->in_kind_cap,
            &p->minimum_service, &p->reserve_target, &p->credit, &p->interest, &p->opening);
    SEVERAL(reader, &p->advance, &p->target);
    p->outcomes = bounded(reader, MOST_MEMBERS);
    for (int k = 0; k < p->outcomes; k++) {
        struct outcome *o = &p->outcome[k];
        o->place = bounded(reader, MOST_MEMBERS - 1);
        SEVERAL(reader, &o->jobs, &o->investment, &o->driver, &o->multiplier, &o->lag, &o->history,
                &o->volatility, &o->cyclicality, &o->returns, &o->additionality,
                &o->lagging_multiplier, &o->displacement, &o->value);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static size_t outputs_of(const struct study *study, int sources, int outcomes)
{
    return (size_t)((ACCOUNTS + sources + 2 * outcomes) * study->years + METRICS + outcomes);
}

static void place_outputs(struct study *study)
{
    for (int i = 0; i < study->programs; i++) {
        struct program *p = &study->program[i];
        p->output = study->outputs;
        study->outputs += outputs_of(study, p->sources, p->outcomes);
    }
    study->portfolio_output = study->outputs;
    study->outputs += outputs_of(study, study->sources, study->outcomes);
    study->leverage_output = study->outputs;
    study->outputs += (size_t)((study->programs + 1) * study->years);
}

bool study_read(struct study *study, const char *path)
{
    struct reader reader = {fopen(path, "r"), true};
    memset(study, 0, sizeof *study);
    if (!reader.file) {
        fprintf(stderr, "portfolio_gsl: cannot read %s\n", path);
        return false;
    }
    study->years = bounded(&reader, MOST_YEARS);
    study->base_year = whole(&reader);
    read_rows(&reader, study);
    read_tied(&reader, study);
    SEVERAL(&reader, &study->entry, &study->exit, &study->depth, &study->activity_persistence,
            &study->activity_volatility, &study->inflation_mean, &study->inflation_persistence,
            &study->inflation_volatility, &study->discount_rate, &study->fiscal_common);
    SEVERAL(&reader, &study->tax_rate, &study->excess_burden, &study->opportunity,
            &study->coordination);
    study->sources = bounded(&reader, MOST_MEMBERS);
    study->outcomes = bounded(&reader, MOST_MEMBERS);
    study->programs = bounded(&reader, MOST_PROGRAMS);
    for (int i = 0; reader.good && i < study->programs; i++)
        read_program(&reader, study, &study->program[i]);
    place_outputs(study);
    fclose(reader.file);
    if (!reader.good)
        fprintf(stderr, "portfolio_gsl: %s is not what flatten.py writes, or too large\n", path);
    return reader.good;
}

void study_clear(struct study *study)
{
    for (int i = 0; study->row && i < study->rows; i++)
        free(study->row[i].table);
    free(study->row);
    free(study->sampled_row);
}
