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
	__u32 first;	 /* of the list */
	__u32 candidate; /* id of the destination in hand */
	__u32 best;	 /* id; 0: none so far */
	__u32 best_share;
	__u64 best_cost;
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
	    scheduled_destination(walk->packet, walk->first + index, &walk->candidate);

	return destination && destination_takes_flows(destination) ? destination : NULL;
}

/* REQUIRES: best_cost is 1 and best_share 0 where there is no best yet, and share is not 0: so that needs no
 * branch of its own, which the verifier would follow in each place of a stretch. */
XLB_INLINE void keep_least(struct walk *walk, __u64 cost, __u32 share)
{
	if (walk->best_cost * share <= cost * walk->best_share)
		return;
	walk->best = walk->candidate;
	walk->best_cost = cost;
	walk->best_share = share;
}

/* True ends the walk. */
typedef bool (*consider_destination)(struct walk *walk, const struct xlb_destination *destination,
				     __u32 share);

/* Several places at once: a call of the loop's body costs more than what is done for one destination. */
XLB_INLINE long walk_stretch(__u32 index, void *context, consider_destination consider)
{
	struct walk *shared = (struct walk *)context;
	__u32 position = shared->first + index * XLB_WALK_STRETCH;
	const struct xlb_schedule_line *line =
	    platform_schedules(shared->packet, position / XLB_SCHEDULE_LINE);
	const __u16 *entries;
	struct walk walk;
	bool done = false;
	int i;

	if (!line)
		return 1;
	walk = *shared;
	entries = &line->entry[position % XLB_SCHEDULE_LINE & ~(XLB_WALK_STRETCH - 1)];
	for (i = 0; i < XLB_WALK_STRETCH; i++) {
		const struct xlb_destination *destination;
		__u32 share;

		walk.candidate = READ_ONCE(entries[i]);
		destination = platform_destinations(walk.packet, walk.candidate);
		share = destination ? destination_share(destination) : 0;
		if (share && consider(&walk, destination, share)) {
			done = true;
			break;
		}
	}
	shared->best = walk.best;
	shared->best_cost = walk.best_cost;
	shared->best_share = walk.best_share;
	return done;
}

/* `stretch` is a scheduler's body of walk_stretch. */
XLB_INLINE __u32 walk_list(const struct packet *packet, const struct xlb_virtual_server *server,
			   long (*stretch)(__u32 index, void *context))
{
	const struct xlb_schedule list = read_schedule(&server->walk);
	struct walk walk = {};

	walk.packet = packet;
	walk.first = list.first;
	walk.best_cost = 1;
	platform_loop((list.count + XLB_WALK_STRETCH - 1) / XLB_WALK_STRETCH, stretch, &walk);
	return walk.best;
}

/* word_stretch(): walk_stretch() with word_consider(). */
#define WALK_STRETCH(word)                                                                                   \
	static long word##_stretch(__u32 index, void *context)                                               \
	{                                                                                                    \
		return walk_stretch(index, context, word##_consider);                                        \
	}

/* word_pick() of a scheduler that is such a walk, from its word_consider(). */
#define WALKING_SCHEDULER(word)                                                                              \
	WALK_STRETCH(word)                                                                                   \
                                                                                                             \
	XLB_INLINE __u32 word##_pick(const struct packet *packet, struct xlb_virtual_server *server)         \
	{                                                                                                    \
		return walk_list(packet, server, word##_stretch);                                            \
	}

/* name(), a walk over a pool's list that several ask for, from word_consider(): a function of its own,
 * verified once. */
#define SHARED_WALK(name, word)                                                                              \
	WALK_STRETCH(word)                                                                                   \
                                                                                                             \
	XLB_GLOBAL __u32 name(const struct packet *packet, __u32 pool)                                       \
	{                                                                                                    \
		const struct xlb_virtual_server *server;                                                     \
                                                                                                             \
		if (!packet)                                                                                 \
			return 0;                                                                            \
		server = platform_virtual_servers(packet, pool);                                             \
		return server ? walk_list(packet, server, word##_stretch) : 0;                               \
	}

XLB_INLINE bool any_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	(void)destination;
	(void)share;
	walk->best = walk->candidate;
	return true;
}

/* Does any destination take flows? Asked where the first choice does not, before all places of a table are
 * looked into: thousands, for each packet of a flood while all are overloaded. */
SHARED_WALK(any_takes_flows, any)
