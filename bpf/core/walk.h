/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk that most schedulers are: over a virtual server's list from its head, for the destination of the
 * smallest cost / share; the first of equals wins. A scheduler only says what a destination costs:
 *
 *         cost                   share
 *   lc    load                   1
 *   wlc   load                   weight
 *   sed   active + 1             weight
 *   nq    0 if idle, else sed's  weight
 *   fo    1                      weight
 *   ovf   1                      weight    without those of more active flows than weight
 *
 * Compared by cross-multiplying: no division, no rounding. A product wraps only beyond 2^25 active flows on
 * one destination, and that only beside a weight of 2^31 - 1.
 */
#pragma once

#include "bpf/core/platform.h"

struct walk {
	const struct packet *packet;
	struct xlb_schedule list;
	__u32 candidate; /* id of the destination in hand */
	__u32 best;	 /* id; 0: none so far */
	__u64 best_cost;
	__u64 best_share;
};

XLB_INLINE __u32 destination_active(const struct xlb_destination *destination)
{
	__s32 active = READ_ONCE(destination->active);

	return active > 0 ? active : 0;
}

/* The destination at a place of the list, where it takes flows. */
XLB_INLINE const struct xlb_destination *candidate_at(struct walk *walk, __u32 index)
{
	const struct xlb_destination *destination =
	    scheduled_destination(walk->packet, walk->list.first + index, &walk->candidate);

	return destination && destination_takes_flows(destination) ? destination : NULL;
}

XLB_INLINE void keep_least(struct walk *walk, __u64 cost, __u64 share)
{
	if (walk->best && walk->best_cost * share <= cost * walk->best_share)
		return;
	walk->best = walk->candidate;
	walk->best_cost = cost;
	walk->best_share = share;
}

/* `consider` is called for every place of the list, until it answers 1. */
XLB_INLINE __u32 walk_list(const struct packet *packet, const struct xlb_virtual_server *server,
			   long (*consider)(__u32 index, void *context))
{
	struct walk walk = {};

	walk.packet = packet;
	walk.list = read_schedule(&server->walk);
	platform_loop(walk.list.count, consider, &walk);
	return walk.best;
}
