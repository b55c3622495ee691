/* FLC_ASSERT: an invariant of ours, on in debug, sanitizer and test builds. What users or machines
 * can get wrong returns a status instead. */
#ifndef FLC_BASE_CHECK_H
#define FLC_BASE_CHECK_H

#ifdef FLC_ASSERTIONS
#include <assert.h>
#define FLC_ASSERT(condition) assert(condition)
#else
#define FLC_ASSERT(condition) ((void)0)
#endif

#endif
