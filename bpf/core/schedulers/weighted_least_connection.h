/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the smallest load / weight; the first in the list of equals (ip_vs_wlc.c).
 * Compared by cross-multiplying: no division, no rounding. A product wraps only beyond 2^25 active flows on
 * one destination, and that only beside a weight of 2^31 - 1.
 */
#pragma once

static long wlc_consider(__u32 index, void *context)
{
	struct load_search *search = (struct load_search *)context;
	const struct xlb_destination *destination;
	__u32 id = 0, weight;
	__u64 load;

	destination = scheduled_destination(search->packet, search->walk.first + index, &id);
	if (!destination || !destination_takes_flows(destination))
		return 0;
	load = destination_load(destination);
	weight = READ_ONCE(destination->weight);
	if (!search->best || search->best_load * weight > load * search->best_weight) {
		search->best = id;
		search->best_load = load;
		search->best_weight = weight;
	}
	return 0;
}

XLB_INLINE __u32 wlc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct load_search search = {};

	search.packet = packet;
	search.walk = read_schedule(&server->walk);
	platform_loop(search.walk.count, wlc_consider, &search);
	return search.best;
}
