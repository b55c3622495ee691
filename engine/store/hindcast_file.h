/* The hindcast file: one row per observation, ready to plot. Layout: analysis/formats/hindcast.md.
 */
#ifndef FLC_STORE_HINDCAST_FILE_H
#define FLC_STORE_HINDCAST_FILE_H

#include "fulcrum/status.h"
#include "study/hindcast.h"

flc_status flc_hindcast_file_save(const char *path, const flc_study *study,
                                  const flc_hindcast *hindcast, const flc_summary *summary,
                                  uint64_t samples, uint64_t seed, flc_error *error);

#endif
