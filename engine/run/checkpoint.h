/* Checkpoints on disk: <output>.checkpoint, and <output>.checkpoint.previous, the one before.
 *
 * A checkpoint is a state (state.h), written aside, synced and renamed. The one before is kept
 * until the result is there, and is used where the newer one is damaged or was not finished.
 */
#ifndef FLC_RUN_CHECKPOINT_H
#define FLC_RUN_CHECKPOINT_H

#include <stdbool.h>

#include "run/state.h"

/* `path` is that of the checkpoint itself. After an error the last good one is still there. */
flc_status flc_checkpoint_save(const char *path, const flc_state_facts *facts,
                               const flc_collector *collector, flc_error *error);

/* Is there one (or only a previous one)? */
bool flc_checkpoint_exists(const char *path);

/* The newest that is whole. *warning (FLC_OK if none) says what was wrong with a newer one. `path`
 * must outlive the state. */
flc_status flc_checkpoint_load(flc_state **state, const char *path, flc_error *warning,
                               flc_error *error);

/* Both, when they are no longer needed. */
void flc_checkpoint_remove(const char *path);

#endif
