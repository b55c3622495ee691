/* Merging the collectors of all ranks into rank 0's.
 *
 * Records (statistics/collector.h) can be merged one by one and in any order, so the work itself is
 * shared out. With 2^m the largest power of two among P ranks:
 *
 *   fold      ranks from 2^m on send all they have to the rank 2^m below, and are done;
 *   scatter   m exchanges with the ranks 1, 2, 4, ... away, each of half the records one still has:
 *             afterwards rank r has those numbered r modulo 2^m, complete;
 *   collect   up a binomial tree, rank 0 receives them; the others on the way only hand them on.
 *
 * (Thakur, Rabenseifner and Gropp 2005, Optimization of collective communication operations in
 * MPICH, of arrays.) A rank so merges at most what one collector holds, rank 0 twice that, however
 * many ranks there are; each sends at most about two collectors in 2 log2 P messages and more where
 * they are long. On fewer than 8 ranks a binomial tree, log2 P merges of whole collectors, is
 * as fast and does without writing anything twice.
 */
#ifndef FLC_RUN_GATHER_H
#define FLC_RUN_GATHER_H

#include "run/comm.h"
#include "statistics/collector.h"

/* Collective, in messages of about a mebibyte; collectors of other ranks than 0 are empty
 * afterwards. An error on any rank is returned on every rank, and no collector may be used then. */
flc_status flc_gather(const flc_comm *comm, flc_collector *collector, flc_error *error);

#endif
