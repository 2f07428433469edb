/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making a flow: claim a slot, write it, publish it, and look whether another processor made the same one. */
#pragma once

#include "bpf/core/flow_evict.h"

/* Takes an empty slot of the bucket, of those from `first` to before `end` in probe order: constants. Returns
 * it BUSY, or NULL. */
XLB_INLINE struct xlb_flow_slot *claim_between(struct xlb_flow_bucket *bucket, const struct flow_key *key,
					       __u32 state, int first, int end)
{
	int i;

	for (i = first; i < end; i++) {
		struct xlb_flow_slot *slot = probe(bucket, key->start, i);
		__u32 control = READ_ONCE(slot->control);

		if ((control & XLB_FLOW_PHASE) == XLB_FLOW_EMPTY &&
		    compare_and_swap(&slot->control, control,
				     claimed_control(control, control_with_state(key->tag, state))) ==
			control)
			return slot;
	}
	return NULL;
}

/* Takes a slot where the home bucket has none. Its place, BUSY; 0: there is none. */
XLB_GLOBAL __u32 claim_overflow(const struct packet *packet, const struct flow_key *key, __u32 state)
{
	struct xlb_flow_bucket *home;
	int i;

	if (!packet || !key)
		return 0;
	home = bucket_at(packet, key->table, key->home);
	/* Before the flow is anywhere in the overflow, so that whoever looks for it looks there too. */
	if (home && !bucket_has_spilled(home))
		atomic_or(&home->slot[0].control, XLB_FLOW_SPILLED);
	for (i = 0; i < XLB_OVERFLOW_BUCKETS; i++) {
		__u32 id = overflow_of(packet, key) + i;
		struct xlb_flow_bucket *bucket = bucket_at(packet, key->table, id);
		struct xlb_flow_slot *slot =
		    bucket ? claim_between(bucket, key, state, 0, XLB_BUCKET_SLOTS) : NULL;

		if (slot)
			return id * XLB_BUCKET_SLOTS + (__u32)(slot - bucket->slot) + 1;
	}
	return claim_victim(packet, key, state);
}

/* Where the flow's line has no empty slot. */
XLB_INLINE struct xlb_flow_slot *claim_elsewhere(const struct packet *packet, struct xlb_flow_bucket *home,
						 const struct flow_key *key, __u32 state)
{
	struct xlb_flow_slot *line = probe(home, key->start & START_MASK, 0);
	struct xlb_flow_slot *slot;

	mark_strayed(line);
	slot = claim_between(home, key, state, XLB_LINE_SLOTS, XLB_BUCKET_SLOTS);
	if (!slot)
		slot = slot_at(packet, key->table, claim_overflow(packet, key, state));
	if (slot)
		mark_strayed(line);
	return slot;
}

/* How often a slot that is being written is read again before it is left alone. Its writer may have published
 * it and looked for a twin before our claim, with the store still on its way to this processor: some 100 ns,
 * and 16 reads were seen to be too few. A writer that is slower looks after our claim and settles by itself.
 */
#define SETTLE_READS 512

struct settle_wait {
	const struct xlb_flow_slot *slot;
	__u32 busy; /* phase and tag while it is being written */
};

static long written(__u32 index, void *context)
{
	const struct settle_wait *wait = (const struct settle_wait *)context;

	(void)index;
	return (READ_ONCE(wait->slot->control) & (XLB_FLOW_PHASE | XLB_FLOW_TAG)) != wait->busy;
}

/* Apart: its stack is given back before a flow is ended. */
XLB_APART __u32 wait_until_written(const struct xlb_flow_slot *slot, __u32 busy)
{
	struct settle_wait wait = {.slot = slot, .busy = busy};

	if (!written(0, &wait))
		platform_loop(SETTLE_READS, written, &wait);
	return 0;
}

struct settled {
	__u32 place; /* 0: none yet */
	__u32 control;
	__u32 destination;
};

struct settle_search {
	const struct packet *packet;
	const struct flow_key *key;
	struct settled winner;
	struct settled loser;
};

static long settle_consider(__u32 index, void *context)
{
	struct settle_search *search = (struct settle_search *)context;
	const struct packet *packet = search->packet;
	const struct flow_key *key = search->key;
	struct settled *found = search->winner.place ? &search->loser : &search->winner;
	struct xlb_flow_slot *slot;
	struct flow flow = {};
	__u32 place, bucket;

	if (!packet || !key)
		return 1;
	bucket =
	    index < XLB_BUCKET_SLOTS ? key->home : overflow_of(packet, key) + (index / XLB_BUCKET_SLOTS - 1);
	place = bucket * XLB_BUCKET_SLOTS + probed(key->start, index) + 1;
	slot = slot_at(packet, key->table, place);
	if (!slot)
		return 0;
	(void)wait_until_written(slot, XLB_FLOW_BUSY | key->tag);
	/* The overflow group may hold the home bucket: then all its slots are seen twice. */
	if (!flow_read(&flow, slot, key) || place == search->winner.place)
		return 0;
	found->place = place;
	found->control = flow.control;
	found->destination = flow.destination;
	return found == &search->loser;
}

/* Of templates, the winner controls the loser's flows from now on, too, if they go where it says. */
XLB_INLINE void end_loser(const struct packet *packet, __u32 table, const struct settle_search *search)
{
	struct xlb_flow_slot *winner, *loser = slot_at(packet, table, search->loser.place);
	const __u32 flows = loser ? READ_ONCE(loser->ports) >> 16 : 0;
	struct xlb_statistics *statistics;

	if (!loser || !flow_end(packet, loser, search->loser.control))
		return;
	statistics = own_statistics(packet);
	if (statistics)
		statistics->duplicate++;
	if (table != TEMPLATES || search->loser.destination != search->winner.destination)
		return;
	winner = slot_at(packet, TEMPLATES, search->winner.place);
	if (winner)
		(void)template_count(winner, search->winner.control, flows);
}

/* As many as may have made the same flow. */
#define SETTLE_LOSERS 4

/* Two processors made the same flow at once (a repeated SYN on another queue): the first in probe order
 * stays, the other is ended by whoever sees it first. The one that stays, as its destination; 0: none is
 * there. */
XLB_GLOBAL __u32 settle(const struct packet *packet, const struct flow_key *key)
{
	struct settle_search search = {};
	int i;

	if (!packet || !key)
		return 0;
	search.packet = packet;
	search.key = key;
	for (i = 0; i < SETTLE_LOSERS; i++) {
		search.winner.place = search.loser.place = 0;
		platform_loop(NEIGHBOURHOOD, settle_consider, &search);
		if (!search.loser.place)
			break;
		end_loser(packet, key->table, &search);
	}
	return search.winner.place ? search.winner.destination : 0;
}

XLB_INLINE bool has_tag(const struct xlb_flow_bucket *bucket, __u32 tag_in_place,
			const struct xlb_flow_slot *but)
{
	const __u16 tag = tag_in_place >> XLB_FLOW_TAG_SHIFT;
	int i;

	for (i = 0; i < XLB_BUCKET_SLOTS; i++) {
		const struct xlb_flow_slot *slot = &bucket->slot[i];

		if (READ_ONCE(slot->tag) != tag)
			continue;
		pin_here(slot); /* clang would compare with `but` before it reads the tag, for each */
		if (slot != but)
			return true;
	}
	return false;
}

/* Is there, as far as tags tell, no other flow of this key: claimed, written or live? Asked after the own
 * claim, a full barrier: of two processors that claim at once, at least one sees the other's tag. */
XLB_INLINE bool alone(const struct packet *packet, const struct xlb_flow_bucket *home,
		      const struct flow_key *key, const struct xlb_flow_slot *own)
{
	int i;

	if (has_tag(home, key->tag, own))
		return false;
	if (!bucket_has_spilled(home))
		return true;
	for (i = 0; i < XLB_OVERFLOW_BUCKETS; i++) {
		const struct xlb_flow_bucket *bucket =
		    bucket_at(packet, key->table, overflow_of(packet, key) + i);

		if (bucket && has_tag(bucket, key->tag, own))
			return false;
	}
	return true;
}

XLB_INLINE void write_flow(const struct packet *packet, struct xlb_flow_slot *slot,
			   const struct flow_key *key, __u32 destination_id)
{
	slot->client = key->client;
	slot->ports = key->ports;
	slot->virtual_address = key->id;
	slot->destination = destination_id;
	slot->last_seen = packet->now;
}

/* Whoever looks for it sees it from now on, whole. `plain`: the slot is one that nobody marks `spilled` or
 * `strayed` meanwhile. */
XLB_INLINE void publish_flow(struct xlb_flow_slot *slot, bool plain)
{
	if (!plain)
		platform_publish_bits(&slot->control, XLB_FLOW_LIVE);
	else
		platform_publish(&slot->control, READ_ONCE(slot->control) | XLB_FLOW_LIVE);
}

/* Makes a flow or a template, to this destination. Returns where it goes: the same, or another one where
 * another processor was first; 0 where the neighbourhood has no room. */
XLB_INLINE __u32 flow_make(const struct packet *packet, const struct flow_key *key, __u32 state,
			   __u32 destination_id, struct xlb_destination *destination)
{
	struct xlb_flow_bucket *home = bucket_at(packet, key->table, key->home);
	struct xlb_flow_slot *slot;
	bool elsewhere;
	__u32 settled;

	if (!home)
		return 0;
	slot = claim_between(home, key, state, 0, XLB_LINE_SLOTS);
	elsewhere = !slot;
	if (elsewhere)
		slot = claim_elsewhere(packet, home, key, state);
	if (!slot)
		return 0;
	write_flow(packet, slot, key, destination_id);
	count_begin(destination, control_with_state(0, state)); /* before anybody can end it */
	publish_flow(slot, !elsewhere && key->start && slot == &home->slot[key->start & START_MASK]);
	if (alone(packet, home, key, slot))
		return destination_id;
	settled = settle(packet, key);
	return settled ? settled : destination_id; /* 0: ended already, by a sweep or for a newer flow */
}
