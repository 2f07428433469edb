/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow table: bucketed, open addressing, no lock.
 *
 *   hash:  63....48  ...............................  low bits
 *          tag       overflow group, line to start at  home bucket
 *
 *   home bucket (8 slots, 4 cache lines)  ->  overflow group (4 x 8 slots), only where the home once spilled
 *
 * A flow's neighbourhood is these 40 slots; probing starts at a line of the home bucket that the hash picks,
 * so that a hit usually costs one cache line, and goes through the lines by exclusive or with their number.
 * With the table half full, one flow in 115 spills; that one finds all of its four overflow buckets full,
 * too, in 1 case of 150,000 (a pair would be full in 1 of 400: some flows of a million lost). Deleting leaves
 * no tombstone: nothing stops at an empty slot. What a slot goes through: flow_slot.h.
 */
#pragma once

#include "bpf/core/flow_key.h"
#include "bpf/core/tcp_state.h"

XLB_INLINE struct xlb_flow_bucket *bucket_at(const struct packet *packet, __u32 table, __u32 id)
{
	return table == TEMPLATES ? platform_templates(packet, id) : platform_flow_table(packet, id);
}

/* A slot by its place in the table, counted from 1; 0: none. */
XLB_INLINE struct xlb_flow_slot *slot_at(const struct packet *packet, __u32 table, __u32 place)
{
	struct xlb_flow_bucket *bucket =
	    place ? bucket_at(packet, table, (place - 1) / XLB_BUCKET_SLOTS) : NULL;
	__u32 index = (place - 1) & (XLB_BUCKET_SLOTS - 1);

	if (!bucket)
		return NULL;
	pin_here(index); /* clang would add it to the pointer first and look for NULL then */
	return &bucket->slot[index];
}

/* First bucket of the overflow group. */
XLB_INLINE __u32 overflow_of(const struct packet *packet, const struct flow_key *key)
{
	return overflow_group(key->beyond, bucket_mask(packet, key->table));
}

XLB_INLINE bool flow_matches(const struct xlb_flow_slot *slot, const struct flow_key *key)
{
	if (!same_address(&slot->client, &key->client))
		return false;
	if (key->table == TEMPLATES && key->controlling)
		return !((slot->scope ^ key->id) & ~XLB_TEMPLATE_INVALID) &&
		       slot->destination == key->controlling && slot->ports >> 16;
	if (key->table == TEMPLATES)
		return slot->scope == key->id;
	return slot->ports == key->ports &&
	       !((slot->virtual_address ^ key->id) & (XLB_FLOW_ID | XLB_FLOW_MARK_UDP));
}

/* A live slot as it was read. `slot` is NULL where there is none. */
struct flow {
	struct xlb_flow_slot *slot;
	__u32 place; /* as slot_at() takes it, where it was looked for */
	__u32 control;
	__u32 destination;
};

/* Reads a matching slot whole, and once more its control word: had it been given to another flow in between,
 * its generation would differ, and what was read would be of two flows. */
XLB_INLINE bool flow_read(struct flow *flow, struct xlb_flow_slot *slot, const struct flow_key *key)
{
	__u32 control = READ_ONCE(slot->control);
	__u32 destination;

	if ((control & (XLB_FLOW_PHASE | XLB_FLOW_TAG)) != (XLB_FLOW_LIVE | key->tag) ||
	    !flow_matches(slot, key))
		return false;
	destination = READ_ONCE(slot->destination);
	if ((READ_ONCE(slot->control) ^ control) & XLB_FLOW_SAME)
		return false;
	flow->slot = slot;
	flow->control = control;
	flow->destination = destination;
	return true;
}

/* The i-th slot of a bucket in probe order. */
XLB_INLINE __u32 probed(__u32 start, __u32 i)
{
	__u32 at = start ^ i;

	pin_here(at); /* clang knows where `start` comes from, and the verifier may have forgotten */
	return at & (XLB_BUCKET_SLOTS - 1);
}

XLB_INLINE struct xlb_flow_slot *probe(struct xlb_flow_bucket *bucket, __u32 start, __u32 i)
{
	return &bucket->slot[probed(start, i)];
}

/* The first slot in probe order that has this tag; NULL: none has. */
XLB_INLINE struct xlb_flow_slot *first_tagged(struct xlb_flow_bucket *bucket, __u32 start, __u32 tag_in_place)
{
	const __u16 tag = tag_in_place >> XLB_FLOW_TAG_SHIFT;
	int i;

	for (i = 0; i < XLB_BUCKET_SLOTS; i += 2) { /* by lines */
		struct xlb_flow_slot *line = &bucket->slot[start ^ i];

		if (READ_ONCE(line[0].tag) == tag)
			return line;
		if (READ_ONCE(line[1].tag) == tag)
			return line + 1;
	}
	return NULL;
}

/* Of the line that a flow begins at: may one of its IPv4 flows lie somewhere else? */
XLB_INLINE bool line_has_strayed(const struct xlb_flow_slot *line)
{
	return READ_ONCE(line[1].control) & XLB_FLOW_STRAYED;
}

/* Before a flow is put somewhere else, so that whoever looks for it looks there too; and once more when the
 * slot is claimed: what the sweeper had taken away until then it takes away no more. */
XLB_INLINE void mark_strayed(struct xlb_flow_slot *line)
{
	if (!line_has_strayed(line))
		atomic_or(&line[1].control, XLB_FLOW_STRAYED);
}

/* As first_tagged(), of an IPv4 flow: one line is enough as a rule, also where there is none. */
XLB_INLINE struct xlb_flow_slot *first_tagged_ipv4(struct xlb_flow_bucket *bucket, __u32 start,
						   __u32 tag_in_place)
{
	const __u16 tag = tag_in_place >> XLB_FLOW_TAG_SHIFT;
	struct xlb_flow_slot *line = &bucket->slot[start];

	if (READ_ONCE(line[0].tag) == tag)
		return line;
	if (READ_ONCE(line[1].tag) == tag)
		return line + 1;
	return line_has_strayed(line) ? first_tagged(bucket, start, tag_in_place) : NULL;
}

XLB_INLINE bool flow_find_in(struct flow *flow, struct xlb_flow_bucket *bucket, __u32 id,
			     const struct flow_key *key)
{
	__u16 tag = key->tag >> XLB_FLOW_TAG_SHIFT;
	int i;

	for (i = 0; i < XLB_BUCKET_SLOTS; i++) {
		struct xlb_flow_slot *slot = probe(bucket, key->start, i);

		if (READ_ONCE(slot->tag) == tag && flow_read(flow, slot, key)) {
			flow->place = id * XLB_BUCKET_SLOTS + probed(key->start, i) + 1;
			return true;
		}
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
	struct xlb_flow_bucket *bucket = bucket_at(packet, key->table, key->home);
	int i;

	if (!bucket || flow_find_in(&flow, bucket, key->home, key) || !bucket_has_spilled(bucket))
		return flow;
	for (i = 0; i < XLB_OVERFLOW_BUCKETS; i++) {
		__u32 id = overflow_of(packet, key) + i;

		bucket = bucket_at(packet, key->table, id);
		if (bucket && flow_find_in(&flow, bucket, id, key))
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

/* The destination's counters, as a slot with this control word counts. */
XLB_INLINE void add_to_count(struct xlb_destination *destination, __u32 control, int amount)
{
	if (XLB_IS_TEMPLATE(flow_state(control)))
		atomic_add(&destination->persistent, amount);
	else if (control & XLB_FLOW_INACTIVE)
		atomic_add(&destination->inactive, amount);
	else
		atomic_add(&destination->active, amount);
}

/* A flow more (ip_vs_bind_dest): with the one that reaches the upper threshold the overload begins. */
XLB_INLINE void count_begin(struct xlb_destination *destination, __u32 control)
{
	__u32 upper = READ_ONCE(destination->upper);

	add_to_count(destination, control, 1);
	if (upper && (__u32)(READ_ONCE(destination->active) + READ_ONCE(destination->inactive)) >= upper)
		WRITE_ONCE(destination->overloaded, 1);
}

/* A flow less (ip_vs_unbind_dest): the overload ends below the lower threshold. */
XLB_INLINE void count_end(struct xlb_destination *destination, __u32 control)
{
	__u32 upper, lower;
	__u64 flows;

	add_to_count(destination, control, -1);
	if (!READ_ONCE(destination->overloaded))
		return;
	flows = (__u32)(READ_ONCE(destination->active) + READ_ONCE(destination->inactive));
	upper = READ_ONCE(destination->upper);
	lower = READ_ONCE(destination->lower);
	if (lower ? flows < lower : !upper || flows * 4 < (__u64)upper * 3)
		WRITE_ONCE(destination->overloaded, 0);
}

/* compare_and_swap() of a control word. A mark that came or went meanwhile is not the flow's: `wanted` is
 * stored with it as it is then. */
XLB_INLINE bool change_control(struct xlb_flow_slot *slot, __u32 control, __u32 wanted)
{
	const __u32 seen = compare_and_swap(&slot->control, control, wanted);

	if (seen == control)
		return true;
	return (seen ^ control) == XLB_FLOW_SPILLED &&
	       compare_and_swap(&slot->control, seen, wanted ^ XLB_FLOW_SPILLED) == seen;
}

/* Empties a slot, unless somebody else changed it first. Whoever does it gives its counter back. */
XLB_INLINE bool slot_end(const struct packet *packet, struct xlb_flow_slot *slot, __u32 control)
{
	__u32 id = READ_ONCE(slot->destination);
	__u32 empty = control & (XLB_FLOW_SPILLED | XLB_FLOW_GENERATION);
	struct xlb_destination *destination;

	if (!change_control(slot, control, empty))
		return false;
	destination = platform_destinations(packet, id);
	if (destination)
		count_end(destination, control);
	return true;
}

XLB_INLINE __u32 control_with_state(__u32 control, __u32 state)
{
	control &= ~(XLB_FLOW_STATE | XLB_FLOW_INACTIVE);
	return control | state << XLB_FLOW_STATE_SHIFT | (state_is_active(state) ? 0 : XLB_FLOW_INACTIVE);
}
