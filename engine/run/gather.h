/* Merging the collectors of all ranks into rank 0's. */
#ifndef FLC_RUN_GATHER_H
#define FLC_RUN_GATHER_H

#include "run/comm.h"
#include "statistics/collector.h"

/* Collective. Up a binomial tree, in messages of about a mebibyte; collectors of other ranks than 0
 * are empty afterwards. An error on any rank is returned on every rank, and no collector may be
 * used then. */
flc_status flc_gather(const flc_comm *comm, flc_collector *collector, flc_error *error);

#endif
