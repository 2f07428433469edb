/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Least connection: the smallest load among those of weight above 0; the first in the list of equals
 * (ip_vs_lc.c). */
#pragma once

/* 256 for an active flow and 1 for every flow, active ones included: IPVS since Linux 6.1.190 and 6.12. */
XLB_INLINE __u64 destination_load(const struct xlb_destination *destination)
{
	__s32 active = READ_ONCE(destination->active);
	__s32 inactive = READ_ONCE(destination->inactive);

	return (__u64)(active > 0 ? active : 0) * 257 + (inactive > 0 ? inactive : 0);
}

struct load_search {
	const struct packet *packet;
	struct xlb_schedule walk;
	__u32 best;
	__u32 best_weight;
	__u64 best_load;
};

static long lc_consider(__u32 index, void *context)
{
	struct load_search *search = (struct load_search *)context;
	const struct xlb_destination *destination;
	__u32 id = 0;
	__u64 load;

	destination = scheduled_destination(search->packet, search->walk.first + index, &id);
	if (!destination || !destination_takes_flows(destination))
		return 0;
	load = destination_load(destination);
	if (!search->best || load < search->best_load) {
		search->best = id;
		search->best_load = load;
	}
	return 0;
}

XLB_INLINE __u32 lc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct load_search search = {};

	search.packet = packet;
	search.walk = read_schedule(&server->walk);
	platform_loop(search.walk.count, lc_consider, &search);
	return search.best;
}
