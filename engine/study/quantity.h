/* Reading of quantities and schedules of them. Private to the reader. */
#ifndef FLC_STUDY_QUANTITY_H
#define FLC_STUDY_QUANTITY_H

#include "study/reading.h"

/* Each reads what stands at the path; on error the target is left as it was. */
void flc_quantity_read(struct flc_reading *reading, flc_quantity *quantity,
                       const flc_option *option, const flc_node *node);
void flc_quantity_read_by_age(struct flc_reading *reading, flc_schedule *schedule,
                              const flc_option *option, const flc_node *node);
void flc_quantity_read_by_year(struct flc_reading *reading, flc_schedule *schedule,
                               const flc_option *option, const flc_node *node);

/* The option's fallback as a constant, or as a schedule of one entry at 0. */
void flc_quantity_fallback(struct flc_reading *reading, flc_quantity *quantity,
                           const flc_option *option);
void flc_quantity_fallback_schedule(struct flc_reading *reading, flc_schedule *schedule,
                                    const flc_option *option);

#endif
