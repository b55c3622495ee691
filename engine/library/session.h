/* What the files of a session share; the interface is fulcrum/fulcrum.h.
 *
 * A session stands on what `fulcrum run` stands on: a study's evaluator as a source of blocks
 * (run/source.h), the collector of plain runs, states (run/state.h) and the result file, so that
 * both give the same bytes. Only full blocks are in a state. While the samples behind the last of
 * them are in the collector too (`rest_in`), the state from before is kept in `full`; whatever
 * changes the set of full blocks takes them out first and in again afterwards. */
#ifndef FLC_LIBRARY_SESSION_H
#define FLC_LIBRARY_SESSION_H

#include <stdbool.h>

#include "fulcrum/fulcrum.h"
#include "run/block_set.h"
#include "run/source.h"

#define FLC_SESSION_NO_BLOCK UINT64_MAX

struct flc_session {
    flc_study *study;
    flc_points points; /* samples 0: open-ended */
    char question[FLC_DESIGN_QUESTION];
    flc_isa isa;
    uint64_t part, parts;
    flc_evaluator *evaluator;
    flc_source source;
    flc_collector *collector;
    flc_block_set done;   /* full blocks in the collector */
    uint64_t cursor;      /* next goes on from this block */
    uint64_t current;     /* block that stands in the evaluator for the host, or NO_BLOCK */
    bool taken;           /* it is in the collector */
    bool rest_in, broken; /* broken: a change was begun and not finished */
    char *full;           /* state without the rest, while rest_in */
    size_t full_length;
    char *image; /* the last state that was given out */
    flc_session_block block;
    const double **values; /* of each uncertain quantity */
    flc_arena *arena;      /* what is said below */
    flc_session_output *outputs;
    flc_session_quantity *quantities;
    const char **quantity_names;
    const char **warnings; /* NULL behind the last */
    size_t output_count, quantity_count;
};

/* Errors are told to somebody even where the host does not listen. */
static inline flc_error *flc_session_listen(flc_error *error, flc_error *own)
{
    return error ? error : own;
}

/* The session can be used, and no argument of `arguments` is missing (they are counted in &&). */
flc_status flc_session_require(const flc_session *session, bool arguments, flc_error *error);

/* Names of outputs, quantities and warnings (describe.c). */
flc_status flc_session_describe(flc_session *session, flc_error *error);

/* Facts of what the session has. */
flc_state_facts flc_session_facts(const flc_session *session);
/* Full blocks of the run; open-ended: as many as there can be. */
uint64_t flc_session_full_blocks(const flc_session *session);
/* Samples behind the last full block; 0 of an open-ended session. */
size_t flc_session_rest(const flc_session *session);

/* Before and after full blocks are added: the rest out of the collector, and in again. */
flc_status flc_session_rest_out(flc_session *session, bool *was_in, flc_error *error);
flc_status flc_session_rest_in(flc_session *session, flc_error *error);
/* The state of the full blocks into `full`, before the rest is added. */
flc_status flc_session_remember_full(flc_session *session, flc_error *error);

#endif
