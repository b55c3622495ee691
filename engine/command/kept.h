/* Keeping the samples of a simulation (run --samples), in store/samples.h's file beside the result.
 */
#ifndef FLC_COMMAND_KEPT_H
#define FLC_COMMAND_KEPT_H

#include "command/simulation.h"
#include "store/samples.h"

struct cli_kept {
    flc_samples *samples;
    flc_keeper keeper;
    char path[CLI_PATH_ROOM]; /* the file in the end; of a shard, its log */
    char log[CLI_PATH_ROOM];
};

/* Every rank: set up, and make `simulation` keep. `shard`: the log is the product. */
flc_status cli_kept_open(struct cli_kept *kept, struct cli_simulation *simulation,
                         const flc_evaluator *evaluator, const struct cli_texts *keep, bool shard,
                         flc_error *error);
void cli_kept_close(struct cli_kept *kept);

/* Rank 0, all samples being in the log: the file, of the run's first samples if need be from the
 * file that is there. */
flc_status cli_kept_finish(struct cli_kept *kept, uint64_t samples, flc_error *error);
/* Rank 0, with everything else written. */
flc_status cli_kept_done(struct cli_kept *kept, flc_error *error);
/* Rank 0, where everything was there already: the log that a kill has left behind. Without a
 * checkpoint nobody can go on with it. */
void cli_kept_clear(const struct cli_kept *kept);
/* Rank 0: are these samples in the file already? */
bool cli_kept_are_there(const struct cli_kept *kept, uint64_t samples);

#endif
