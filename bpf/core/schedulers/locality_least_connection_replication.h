/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Locality-based least connection with replication: as lblc, but an address keeps a set of destinations. The
 * one of the smallest load / weight serves; where it is outrun, the one that wlc picks joins. A set that did
 * not change for a day loses the member of the greatest load / weight (ip_vs_lblcr.c). The kernel's sets have
 * no limit; where one of ours is full, the member that has been in it longest leaves.
 */
#pragma once

/* Over the set, the newest member first, as the kernel's list lies. */
struct set_walk {
	struct walk walk;
	const struct xlb_virtual_server *server;
	const struct xlb_locality *record;
	__u32 count;
	__u32 wanted; /* the member looked for */
};

/* From the start, with nothing found. One of these serves all walks of a pick: they take turns, and stack is
 * scarce. */
XLB_INLINE void set_walk_over(struct set_walk *search, const struct packet *packet,
			      const struct xlb_virtual_server *server, const struct locality *known)
{
	__builtin_memset(search, 0, sizeof(*search));
	search->walk.packet = packet;
	search->walk.best_cost = 1;
	search->server = server;
	search->record = known->record;
	search->count = READ_ONCE(known->record->count);
}

/* The member that is the index-th newest; its place in the record is one less than `walk.candidate` after. */
XLB_INLINE __u32 set_member(struct set_walk *search, __u32 index)
{
	__u32 place = search->count - 1 - index;

	search->walk.candidate = place + 1;
	return place < XLB_LOCALITY_SERVERS ? READ_ONCE(search->record->server[place]) : 0;
}

static long lblcr_least_consider(__u32 index, void *context)
{
	struct set_walk *search = (struct set_walk *)context;
	__u32 id = set_member(search, index);
	const struct xlb_destination *destination =
	    remembered_destination(search->walk.packet, search->server, id);

	if (!destination || !destination_takes_flows(destination))
		return 0;
	search->walk.candidate = id;
	keep_least(&search->walk, destination_load(destination), READ_ONCE(destination->weight));
	return 0;
}

/* The greatest load / weight; the first of equals. */
static long lblcr_most_consider(__u32 index, void *context)
{
	struct set_walk *search = (struct set_walk *)context;
	const struct xlb_destination *destination =
	    remembered_destination(search->walk.packet, search->server, set_member(search, index));
	__u32 weight = destination ? READ_ONCE(destination->weight) : 0;
	__u64 load = destination ? destination_load(destination) : 0;

	if (!weight)
		return 0;
	if (search->walk.best && load * search->walk.best_share <= search->walk.best_cost * weight)
		return 0;
	search->walk.best = search->walk.candidate;
	search->walk.best_cost = load;
	search->walk.best_share = weight;
	return 0;
}

static long lblcr_find_consider(__u32 index, void *context)
{
	struct set_walk *search = (struct set_walk *)context;

	if (set_member(search, index) != search->wanted)
		return 0;
	search->walk.best = search->wanted;
	return 1;
}

struct set_gap {
	struct xlb_locality *record;
	__u32 place;
};

static long lblcr_close_gap(__u32 index, void *context)
{
	struct set_gap *gap = (struct set_gap *)context;
	__u32 place = gap->place + index;

	if (place >= XLB_LOCALITY_SERVERS - 1)
		return 1;
	gap->record->server[place] = gap->record->server[place + 1];
	return 0;
}

/* REQUIRES: the record is claimed. */
XLB_INLINE void leave_set(struct xlb_locality *record, __u32 place)
{
	struct set_gap gap = {};

	gap.record = record;
	gap.place = place;
	platform_loop(XLB_LOCALITY_SERVERS, lblcr_close_gap, &gap);
	record->count--;
}

XLB_INLINE void lblcr_drop_most_loaded(const struct packet *packet, const struct xlb_virtual_server *server,
				       struct locality *known, struct set_walk *search)
{
	set_walk_over(search, packet, server, known);
	if (search->count < 2 || locality_age(packet, &known->record->last_changed) <= LOCALITY_LIFE)
		return;
	platform_loop(search->count, lblcr_most_consider, search);
	if (!search->walk.best ||
	    !locality_claim(known->record, known->control, known->control & XLB_FLOW_TAG))
		return;
	leave_set(known->record, search->walk.best - 1);
	known->record->last_changed = packet->now;
	locality_release(known);
}

XLB_INLINE void lblcr_join(const struct packet *packet, const struct xlb_virtual_server *server,
			   struct locality *known, __u32 id, struct set_walk *search)
{
	struct xlb_locality *record = known->record;
	__u32 place;

	set_walk_over(search, packet, server, known);
	search->wanted = id;
	platform_loop(search->count, lblcr_find_consider, search);
	if (search->walk.best || !locality_claim(record, known->control, known->control & XLB_FLOW_TAG))
		return;
	if (record->count >= XLB_LOCALITY_SERVERS)
		leave_set(record, 0);
	place = record->count;
	if (place < XLB_LOCALITY_SERVERS) {
		record->server[place] = id;
		record->count = place + 1;
		record->last_changed = packet->now;
	}
	locality_release(known);
}

/* The member that serves; 0: none, or it is outrun. */
XLB_INLINE __u32 lblcr_stays(const struct packet *packet, const struct xlb_virtual_server *server,
			     struct locality *known, struct set_walk *search)
{
	const struct xlb_destination *destination;
	__u32 best;

	set_walk_over(search, packet, server, known);
	platform_loop(search->count, lblcr_least_consider, search);
	if (!locality_stands(known))
		return 0;
	best = search->walk.best;
	lblcr_drop_most_loaded(packet, server, known, search);
	destination = remembered_destination(packet, server, best);
	return destination && !is_outrun(packet, server, destination) ? best : 0;
}

XLB_INLINE __u32 lblcr_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct locality known = locality_find(packet, server);
	struct set_walk search;
	__u32 id = known.record ? lblcr_stays(packet, server, &known, &search) : 0;

	if (id)
		return id;
	id = wlc_pick(packet, server);
	if (id && known.record)
		lblcr_join(packet, server, &known, id, &search);
	else if (id)
		locality_learn(packet, server, id);
	return id;
}
