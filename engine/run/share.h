/* The same study on every rank. */
#ifndef FLC_RUN_SHARE_H
#define FLC_RUN_SHARE_H

#include "run/comm.h"
#include "study/study.h"

/* Collective. Rank 0 reads the file with its overlay (NULL: none) and assignments, beside a study
 * that is mostly the same (flc_study_load_like; NULL: none); the others get its resolved text and
 * must make the same study of it. Ranks do not wait for each other at the end, so that rank 0 can
 * try the study while the others read it: they must agree (flc_comm_agree) on what is returned.
 * flc_study_free on every rank, also after an error. */
flc_status flc_share_study(const flc_comm *comm, flc_study **study, const char *path,
                           const char *overlay, const char *const *assignments,
                           size_t assignment_count, const flc_study *like, flc_error *error);

#endif
