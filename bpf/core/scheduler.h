/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Picks the destination of a new flow. A scheduler is one file in schedulers/ and one row in
 * bpf/shared/schedulers.h; it decides, and owns no state but what the tables hold. Its answer is a
 * destination id, 0 for none.
 */
#pragma once

#include "bpf/core/flow_table.h"

/* The destination at a position of the schedule table. */
XLB_INLINE struct xlb_destination *scheduled_destination(const struct packet *packet, __u32 position,
							 __u32 *id)
{
	const struct xlb_schedule_line *line = platform_schedules(packet, position / XLB_SCHEDULE_LINE);

	if (!line)
		return NULL;
	*id = READ_ONCE(line->entry[position % XLB_SCHEDULE_LINE]);
	return platform_destinations(packet, *id);
}

XLB_INLINE bool destination_in_service(const struct xlb_destination *destination)
{
	return (READ_ONCE(destination->flags) & (XLB_IN_USE | XLB_DESTINATION_GONE)) == XLB_IN_USE;
}

/* What a destination takes of new flows: its weight; 0 where it is out of service, quiesced or overloaded.
 * Both words in one load. */
XLB_INLINE __u32 destination_share(const struct xlb_destination *destination)
{
	__u64 word = READ_ONCE(destination->room);

	return word >> 32 ? 0 : (__u32)word;
}

XLB_INLINE bool destination_takes_flows(const struct xlb_destination *destination)
{
	return destination_share(destination) > 0;
}

/* Both words of a schedule are read in one load: a list of old start and new length would be nobody's. */
XLB_INLINE struct xlb_schedule read_schedule(const struct xlb_schedule *schedule)
{
	__u64 word = READ_ONCE(*(const __u64 *)schedule);
	struct xlb_schedule copy;

	copy.first = (__u32)word;
	copy.count = word >> 32;
	return copy;
}

/* What schedulers share, and then they themselves; some use what stands above them. */
#include "bpf/core/walk.h"
#include "bpf/core/bucket.h"
#include "bpf/core/locality.h"
#include "bpf/core/schedulers/least_connection.h"
#include "bpf/core/schedulers/weighted_least_connection.h"
#include "bpf/core/schedulers/round_robin.h"
#include "bpf/core/schedulers/weighted_round_robin.h"
#include "bpf/core/schedulers/shortest_expected_delay.h"
#include "bpf/core/schedulers/never_queue.h"
#include "bpf/core/schedulers/failover.h"
#include "bpf/core/schedulers/overflow.h"
#include "bpf/core/schedulers/source_hashing.h"
#include "bpf/core/schedulers/destination_hashing.h"
#include "bpf/core/schedulers/maglev_hashing.h"
#include "bpf/core/schedulers/locality_least_connection.h"
#include "bpf/core/schedulers/locality_least_connection_replication.h"
#include "bpf/core/schedulers/two_random_choices.h"

/* The destination of a new flow; 0: none takes it. A function of its own, as what follows would be verified
 * once for each scheduler. */
XLB_GLOBAL __u32 schedule(const struct packet *packet, __u32 pool_id)
{
	struct xlb_virtual_server *pool;

	if (!packet)
		return 0;
	pool = platform_virtual_servers(packet, pool_id);
	if (!pool)
		return 0;
	switch (pool->scheduler) {
#define X(name, word)                                                                                        \
	case XLB_##name:                                                                                     \
		return word##_pick(packet, pool);
		XLB_SCHEDULERS(X)
#undef X
	default:
		return 0;
	}
}
