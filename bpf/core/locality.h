/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What lblc and lblcr remember: which real servers a destination address was sent to last. Kept by (virtual
 * server, address) in sets of four, the longest unused gives way; no lock: a record is claimed and read as a
 * flow slot is (phase, generation, tag in `control`). IPVS has a table a virtual server and ends a record 24
 * hours after its last use (sysctl_lblc_expiration); so do we, but for one that nobody asked for within 52
 * days, when the clock wraps: it is as good as any other choice then.
 */
#pragma once

#include "bpf/core/fragment.h"

#define LOCALITY_LIFE                                                                                        \
	(24u * 60 * 60 * XLB_CLOCK_SECOND) /* DEFAULT_EXPIRATION of ip_vs_lblc.c, ip_vs_lblcr.c */

#define LOCALITY_GENERATION	0x0000fffcu
#define LOCALITY_GENERATION_ONE 0x00000004u

struct locality_key {
	__u32 set;
	__u32 tag;
};

/* A live record as it was found. `record` is NULL where nothing is known. */
struct locality {
	struct xlb_locality *record;
	__u32 control;
};

XLB_INLINE struct locality_key locality_key_of(const struct packet *packet,
					       const struct xlb_virtual_server *server)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	struct locality_key key;
	__u64 hash = mix_address(settings ? settings->flow_seed[0] : 0, &packet->virtual_address);

	hash = mix(hash, server->pool);
	key.set = hash & (XLB_LOCALITY_SETS - 1);
	key.tag = (__u32)(hash >> 32) & XLB_FLOW_TAG;
	return key;
}

XLB_INLINE bool locality_matches(const struct xlb_locality *record, const struct packet *packet,
				 const struct xlb_virtual_server *server)
{
	return record->virtual_server == server->pool &&
	       same_address(&record->address, &packet->virtual_address);
}

XLB_INLINE __u32 locality_age(const struct packet *packet, const __u32 *since)
{
	__u32 age = packet->now - READ_ONCE(*since) + CLOCK_SLACK;

	return age < CLOCK_SLACK ? 0 : age - CLOCK_SLACK;
}

/* `server` is the pool's record, here and below. */
XLB_INLINE struct locality locality_find(const struct packet *packet, const struct xlb_virtual_server *server)
{
	struct locality_key key = locality_key_of(packet, server);
	struct xlb_locality_set *set = platform_localities(packet, key.set);
	struct locality found = {};
	__u32 i;

	if (!set)
		return found;
	for (i = 0; i < XLB_LOCALITY_WAYS; i++) {
		struct xlb_locality *record = &set->way[i];
		__u32 control = READ_ONCE(record->control);

		if ((control & (XLB_FLOW_PHASE | XLB_FLOW_TAG)) != (XLB_FLOW_LIVE | key.tag) ||
		    !locality_matches(record, packet, server))
			continue;
		if (record->locality != server->locality ||
		    locality_age(packet, &record->last_used) > LOCALITY_LIFE)
			break; /* void: what is learned next replaces it */
		WRITE_ONCE(record->last_used, packet->now);
		found.record = record;
		found.control = control;
		break;
	}
	return found;
}

/* What was read since it was found is all of this record. */
XLB_INLINE bool locality_stands(const struct locality *known)
{
	return READ_ONCE(known->record->control) == known->control;
}

/* Claims a record for writing; `control` as it was seen. False: somebody else was faster. */
XLB_INLINE bool locality_claim(struct xlb_locality *record, __u32 control, __u32 tag)
{
	return compare_and_swap(&record->control, control,
				tag | ((control + LOCALITY_GENERATION_ONE) & LOCALITY_GENERATION) |
				    XLB_FLOW_BUSY) == control;
}

/* Makes a claimed record visible again. */
XLB_INLINE void locality_release(struct locality *known)
{
	known->control = READ_ONCE(known->record->control) | XLB_FLOW_LIVE;
	atomic_or(&known->record->control, XLB_FLOW_LIVE);
}

/* Remembers this destination and no other. A lost race costs nothing: whoever won remembers his. */
XLB_INLINE void locality_learn(const struct packet *packet, const struct xlb_virtual_server *server,
			       __u32 destination)
{
	struct locality_key key = locality_key_of(packet, server);
	struct xlb_locality_set *set = platform_localities(packet, key.set);
	struct xlb_locality *oldest = NULL;
	__u32 oldest_age = 0, oldest_control = 0, i;

	if (!set)
		return;
	for (i = 0; i < XLB_LOCALITY_WAYS; i++) {
		struct xlb_locality *record = &set->way[i];
		__u32 control = READ_ONCE(record->control);
		__u32 age = locality_age(packet, &record->last_used) >> 2;

		if ((control & XLB_FLOW_PHASE) == XLB_FLOW_BUSY)
			continue;
		if ((control & XLB_FLOW_PHASE) == XLB_FLOW_EMPTY)
			age = 0x80000000u;
		else if ((control & XLB_FLOW_TAG) == key.tag && locality_matches(record, packet, server))
			age = 0xc0000000u; /* its own, before a free one */
		if (!oldest || age > oldest_age) {
			oldest = record;
			oldest_age = age;
			oldest_control = control;
		}
	}
	if (!oldest || !locality_claim(oldest, oldest_control, key.tag))
		return;
	oldest->address = packet->virtual_address;
	oldest->virtual_server = server->pool;
	oldest->locality = server->locality;
	oldest->last_used = packet->now;
	oldest->last_changed = packet->now;
	oldest->server[0] = destination;
	oldest->count = 1;
	atomic_or(&oldest->control, XLB_FLOW_LIVE);
}

/* A remembered destination; NULL where its id is not of this pool any more. */
XLB_INLINE const struct xlb_destination *
remembered_destination(const struct packet *packet, const struct xlb_virtual_server *server, __u32 id)
{
	const struct xlb_destination *destination = id ? platform_destinations(packet, id) : NULL;

	return destination && READ_ONCE(destination->virtual_server) == server->pool ? destination : NULL;
}

/* Whatever its thresholds say. */
static long half_idle_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination =
	    scheduled_destination(walk->packet, walk->first + index, &walk->candidate);

	if (!destination || destination_active(destination) * 2ull >= READ_ONCE(destination->weight))
		return 0;
	walk->best = walk->candidate;
	return 1;
}

/* It has more active flows than weight, and another, thresholds aside, less than half as many as weight: both
 * schedulers choose anew then. */
XLB_INLINE bool is_outrun(const struct packet *packet, const struct xlb_virtual_server *server,
			  const struct xlb_destination *destination)
{
	struct xlb_schedule list;
	struct walk walk = {};

	if (destination_active(destination) <= READ_ONCE(destination->weight))
		return false;
	list = read_schedule(&server->walk);
	walk.packet = packet;
	walk.first = list.first;
	platform_loop(list.count, half_idle_consider, &walk);
	return walk.best;
}
