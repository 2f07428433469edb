/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow table: bucketed, open addressing, no lock.
 *
 *   hash:  63....48  ...............................  low bits
 *          tag       overflow group, line to start at  home bucket
 *
 *   home bucket (8 slots, 4 cache lines)  ->  overflow group (4 x 8 slots), only where the home once spilled
 *
 * A flow's neighbourhood is these 40 slots; probing starts at a line of the home bucket that the hash picks,
 * so that a hit usually costs one cache line. With the table half full, one flow in 115 spills; that one
 * finds all of its four overflow buckets full, too, in 1 case of 150,000 (a pair would be full in 1 of 400:
 * some flows of a million lost). Deleting leaves no tombstone: nothing stops at an empty slot. What a slot
 * goes through: flow_slot.h.
 */
#pragma once

#include "bpf/core/tcp_state.h"
#include "bpf/core/virtual_server.h"

struct flow_key {
	__u32 ports; /* client port, virtual port: as they lie in the slot */
	__u16 virtual_server;
	__u32 tag; /* in its place in the control word */
	__u32 home;
	__u32 beyond; /* bits of the hash that pick the overflow group */
	__u32 start;  /* slot of the home bucket to look at first */
};

/* `addressed` is the hash that the virtual server was looked up by. The flow's own is made of it, not of the
 * virtual server's id: so the flow table can be asked for its line while that is still being looked up. */
XLB_INLINE struct flow_key flow_key_of(const struct packet *packet, const struct xlb_settings *settings,
				       __u64 addressed, __u16 virtual_server)
{
	struct flow_key key = {};
	__u64 hash;

	key.ports = packet->client_port | (__u32)packet->virtual_port << 16;
	key.virtual_server = virtual_server;
	hash = mix_address(settings->flow_seed[0], &packet->client);
	hash = mix(hash ^ settings->flow_seed[1], key.ports ^ addressed);
	key.tag =
	    ((__u32)(hash >> 32) & XLB_FLOW_TAG) | XLB_FLOW_TAG_ONE; /* never 0, which is an empty slot's */
	key.home = hash & platform_bucket_mask(packet);
	key.beyond = hash >> 20;
	key.start = hash >> 44 & (XLB_BUCKET_SLOTS - 2); /* the first slot of a line */
	return key;
}

/* First bucket of the overflow group. */
XLB_INLINE __u32 overflow_of(const struct packet *packet, const struct flow_key *key)
{
	return (key->beyond * 0x85ebca6bu >> 3) & platform_bucket_mask(packet) & ~(XLB_OVERFLOW_BUCKETS - 1u);
}

XLB_INLINE bool flow_matches(const struct packet *packet, const struct xlb_flow_slot *slot,
			     const struct flow_key *key)
{
	return slot->ports == key->ports && slot->virtual_server == key->virtual_server &&
	       same_address(&slot->client, &packet->client);
}

/* A live slot as it was read. `slot` is NULL where there is none. */
struct flow {
	struct xlb_flow_slot *slot;
	__u32 control;
	__u32 destination;
};

/* Reads a matching slot whole, and once more its control word: had it been given to another flow in between,
 * its generation would differ, and what was read would be of two flows. */
XLB_INLINE bool flow_read(const struct packet *packet, struct flow *flow, struct xlb_flow_slot *slot,
			  const struct flow_key *key)
{
	__u32 control = READ_ONCE(slot->control);
	__u32 same = XLB_FLOW_PHASE | XLB_FLOW_TAG | XLB_FLOW_GENERATION;
	__u32 destination;

	if ((control & (XLB_FLOW_PHASE | XLB_FLOW_TAG)) != (XLB_FLOW_LIVE | key->tag) ||
	    !flow_matches(packet, slot, key))
		return false;
	destination = READ_ONCE(slot->destination);
	if ((READ_ONCE(slot->control) ^ control) & same)
		return false;
	flow->slot = slot;
	flow->control = control;
	flow->destination = destination;
	return true;
}

/* The i-th slot of the bucket in probe order. */
XLB_INLINE struct xlb_flow_slot *probe(struct xlb_flow_bucket *bucket, const struct flow_key *key, int i)
{
	return &bucket->slot[(key->start + i) & (XLB_BUCKET_SLOTS - 1)];
}

XLB_INLINE bool flow_find_in(const struct packet *packet, struct flow *flow, struct xlb_flow_bucket *bucket,
			     const struct flow_key *key)
{
	__u16 tag = key->tag >> XLB_FLOW_TAG_SHIFT;
	int i;

	for (i = 0; i < XLB_BUCKET_SLOTS; i++) {
		struct xlb_flow_slot *slot = probe(bucket, key, i);

		if (READ_ONCE(slot->tag) == tag && flow_read(packet, flow, slot, key))
			return true;
	}
	return false;
}

XLB_INLINE bool bucket_has_spilled(const struct xlb_flow_bucket *bucket)
{
	return READ_ONCE(bucket->slot[0].control) & XLB_FLOW_SPILLED;
}

XLB_INLINE struct flow flow_find(const struct packet *packet, const struct flow_key *key)
{
	struct flow flow = {};
	struct xlb_flow_bucket *bucket = platform_flow_table(packet, key->home);
	int i;

	if (!bucket || flow_find_in(packet, &flow, bucket, key) || !bucket_has_spilled(bucket))
		return flow;
	for (i = 0; i < XLB_OVERFLOW_BUCKETS; i++) {
		bucket = platform_flow_table(packet, overflow_of(packet, key) + i);
		if (bucket && flow_find_in(packet, &flow, bucket, key))
			break;
	}
	return flow;
}

XLB_INLINE __u32 flow_state(__u32 control)
{
	return (control & XLB_FLOW_STATE) >> XLB_FLOW_STATE_SHIFT;
}

XLB_INLINE bool flow_expired(const struct xlb_settings *settings, __u32 now, __u32 state, __u32 last_seen)
{
	__s32 idle = now - last_seen; /* signed: another processor's clock may be a tick ahead */

	return idle > (__s32)settings->timeout[state & (XLB_STATE_SLOTS - 1)];
}

/* The destination's active or inactive counter, as a flow with this control word counts. */
XLB_INLINE void count_flow(struct xlb_destination *destination, __u32 control, int amount)
{
	if (control & XLB_FLOW_INACTIVE)
		atomic_add(&destination->inactive, amount);
	else
		atomic_add(&destination->active, amount);
}

/* Ends a flow, unless somebody else changed it first. Whoever ends it gives its counter back. */
XLB_INLINE bool flow_end(const struct packet *packet, struct xlb_flow_slot *slot, __u32 control)
{
	__u32 id = READ_ONCE(slot->destination);
	__u32 empty = control & (XLB_FLOW_SPILLED | XLB_FLOW_GENERATION);
	struct xlb_destination *destination;

	if (compare_and_swap(&slot->control, control, empty) != control)
		return false;
	destination = platform_destinations(packet, id);
	if (destination)
		count_flow(destination, control, -1);
	return true;
}

XLB_INLINE __u32 control_with_state(__u32 control, __u32 state)
{
	control &= ~(XLB_FLOW_STATE | XLB_FLOW_INACTIVE);
	return control | state << XLB_FLOW_STATE_SHIFT | (state_is_active(state) ? 0 : XLB_FLOW_INACTIVE);
}

/* Moves a flow to another state, and its count with it. Another processor may move the same flow: the loser
 * lets it be. */
XLB_INLINE void flow_move(const struct flow *flow, struct xlb_destination *destination, __u32 state)
{
	__u32 control = control_with_state(flow->control, state);

	if (compare_and_swap(&flow->slot->control, flow->control, control) != flow->control)
		return;
	if ((control ^ flow->control) & XLB_FLOW_INACTIVE) {
		count_flow(destination, control, 1);
		count_flow(destination, flow->control, -1);
	}
}
