/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Room for a flow or a template where its neighbourhood has none: the one that is worth least gives way. */
#pragma once

#include "bpf/core/template.h"

/* What a flow is worth when its place is wanted: expired, then half-open, then closing or UDP, then
 * established; the longest idle first. A template is worth what the flow is that made it: half-open until one
 * of its flows was established. Higher is cheaper to lose; 0 is never taken. */
#define WORTH_SHIFT 28

XLB_INLINE __u32 eviction_rank(const struct packet *packet, const struct xlb_flow_slot *slot, __u32 control)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	__u32 last_seen = READ_ONCE(slot->last_seen);
	__u32 state = flow_state(control);
	__s32 idle = packet->now - last_seen;
	bool expired;
	__u32 rank;

	if (!settings || (control & XLB_FLOW_PHASE) != XLB_FLOW_LIVE)
		return 0;
	if (idle < 0)
		idle = 0;
	expired = XLB_IS_TEMPLATE(state)
		      ? template_expired(packet->now, slot) && !READ_ONCE(slot->connections)
		      : flow_expired(settings, packet->now, state, last_seen);
	if (expired)
		rank = 4;
	else if (state == XLB_STATE_SYN_RECV || state == XLB_STATE_SYNACK || state == XLB_STATE_TEMPLATE)
		rank = 3;
	else if (state != XLB_STATE_ESTABLISHED && state != XLB_STATE_ASSURED)
		rank = 2;
	else if ((__u32)idle > XLB_PROTECTED_IDLE)
		rank = 1;
	else
		return 0;
	return rank << WORTH_SHIFT | ((__u32)idle & ((1u << WORTH_SHIFT) - 1)) | 1;
}

/* `wanted`: tag and state, as control_with_state() has it. */
XLB_INLINE __u32 claimed_control(__u32 old, __u32 wanted)
{
	__u32 generation = (old + XLB_FLOW_GENERATION_ONE) & XLB_FLOW_GENERATION;

	return (old & XLB_FLOW_SPILLED) | generation | wanted | XLB_FLOW_BUSY;
}

struct victim_search {
	const struct packet *packet;
	__u32 table;
	__u32 home;
	__u32 overflow;
	__u32 rank; /* of the best so far; 0: none */
	__u32 control;
	__u32 position; /* its bucket and slot */
};

#define NEIGHBOURHOOD (XLB_BUCKET_SLOTS * (1 + XLB_OVERFLOW_BUCKETS))

static long victim_consider(__u32 index, void *context)
{
	struct victim_search *search = (struct victim_search *)context;
	__u32 bucket_id =
	    index < XLB_BUCKET_SLOTS ? search->home : search->overflow + (index / XLB_BUCKET_SLOTS - 1);
	struct xlb_flow_bucket *bucket = bucket_at(search->packet, search->table, bucket_id);
	const struct xlb_flow_slot *slot;
	__u32 control, rank;

	if (!bucket)
		return 0;
	slot = &bucket->slot[index & (XLB_BUCKET_SLOTS - 1)];
	control = READ_ONCE(slot->control);
	rank = eviction_rank(search->packet, slot, control);
	if (rank > search->rank) {
		search->rank = rank;
		search->control = control;
		search->position = bucket_id * XLB_BUCKET_SLOTS + (index & (XLB_BUCKET_SLOTS - 1));
	}
	return 0;
}

/* Takes the least valuable flow's slot. Its place, BUSY; 0 where all are worth more than a new flow. */
XLB_INLINE __u32 claim_victim(const struct packet *packet, const struct flow_key *key, __u32 state)
{
	struct victim_search search = {};
	struct xlb_flow_slot *slot, copy;
	struct xlb_destination *destination;
	struct xlb_statistics *statistics;

	search.packet = packet;
	search.table = key->table;
	search.home = key->home;
	search.overflow = overflow_of(packet, key);
	platform_loop(NEIGHBOURHOOD, victim_consider, &search);
	slot = search.rank ? slot_at(packet, key->table, search.position + 1) : NULL;
	if (!slot)
		return 0;
	copy = *slot;
	if (!change_control(slot, search.control,
			    claimed_control(search.control, control_with_state(key->tag, state))))
		return 0;
	destination = platform_destinations(packet, copy.destination);
	if (destination)
		count_end(destination, search.control);
	if (key->table == FLOWS && copy.virtual_address & XLB_FLOW_CONTROLLED)
		template_release(packet, &copy);
	statistics = own_statistics(packet);
	if (statistics && key->table == TEMPLATES)
		statistics->templates_evicted++;
	else if (statistics)
		statistics->evicted++;
	return search.position + 1;
}
