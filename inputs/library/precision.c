/* A program that owns the loop: it evaluates a study block by block until a mean is known to 1 %,
 * prints a table and saves the result.
 *
 *     precision STUDY.yaml OUTPUT RESULT.h5          precision baseline.yaml MEP/leverage_ratio
 * x.h5
 */
#include <fulcrum/fulcrum.h>
#include <stdio.h>

static const double LEVEL = 0.95, PRECISION = 0.01;
enum { ASK_EVERY = 20, ROWS = 12 }; /* blocks; outputs in the table */

/* Is the mean known to PRECISION of its value? Asked again and again, so with the interval that
 * holds at all looks. */
static flc_status is_known(const flc_session *session, size_t output, int *known, flc_error *error)
{
    flc_session_estimate mean;
    flc_status status = flc_session_read_mean_always(session, &mean, output, LEVEL, error);
    if (!status) {
        double half = (mean.high - mean.low) / 2, size = mean.value < 0 ? -mean.value : mean.value;
        *known = half <= PRECISION * size;
    }
    return status;
}

/* The loop: samples until `output` is known. Here a host would do its own work on block->outputs
 * and block->quantities too. */
static flc_status sample(flc_session *session, size_t output, flc_error *error)
{
    const flc_session_block *block;
    flc_status status = FLC_OK;
    for (int known = 0, blocks = 1; !known && !status; blocks++) {
        status = flc_session_next(session, &block, error);
        if (!status)
            status = flc_session_accumulate(session, error);
        if (!status && blocks % ASK_EVERY == 0)
            status = is_known(session, output, &known, error);
    }
    return status;
}

static flc_status print_row(const flc_session *session, size_t output, flc_error *error)
{
    const flc_session_output *about = flc_session_output_at(session, output);
    flc_session_estimate mean, low, high;
    flc_status status = flc_session_read_mean(session, &mean, output, LEVEL, error);
    if (!status)
        status = flc_session_read_quantile(session, &low, output, 0.05, LEVEL, error);
    if (!status)
        status = flc_session_read_quantile(session, &high, output, 0.95, LEVEL, error);
    if (!status)
        printf("%-36s %12.6g +- %-10.3g %12.6g to %-12.6g %s\n", about->name, mean.value,
               (mean.high - mean.low) / 2, low.value, high.value, about->unit);
    return status;
}

static flc_status print_table(const flc_session *session, size_t output, flc_error *error)
{
    printf("%llu samples of study %.12s\n%-36s %12s    %-10s %s\n",
           (unsigned long long)flc_session_accumulated(session), flc_session_hash(session),
           "output", "mean", "95 %", "      5 % to 95 % of samples");
    flc_status status = print_row(session, output, error);
    for (size_t i = 0, rows = 1; i < flc_session_outputs(session) && rows < ROWS && !status; i++) {
        if (i == output || flc_session_output_at(session, i)->fiscal_year != 0)
            continue;
        status = print_row(session, i, error);
        rows++;
    }
    return status;
}

int main(int argc, char **argv)
{
    flc_error error = {FLC_OK, ""};
    flc_session *session = NULL;
    flc_session_options options;
    size_t output;
    if (argc != 4) {
        fprintf(stderr, "precision STUDY.yaml OUTPUT RESULT.h5\n");
        return FLC_ERROR_USAGE;
    }
    flc_session_options_init(&options, sizeof options);
    options.study = argv[1];
    flc_status status = flc_session_open(&session, &options, &error);
    if (!status)
        status = flc_session_find_output(session, &output, argv[2], &error);
    if (!status)
        status = sample(session, output, &error);
    if (!status)
        status = print_table(session, output, &error);
    if (!status)
        status = flc_session_save(session, argv[3], &error);
    flc_session_free(session);
    if (status)
        fprintf(stderr, "precision: %s\n", error.text);
    return (int)status;
}
