/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted failover: the greatest weight, whatever the load (ip_vs_fo.c). */
#pragma once

static long fo_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);

	if (destination)
		keep_least(walk, 1, READ_ONCE(destination->weight));
	return 0;
}

XLB_INLINE __u32 fo_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, fo_consider);
}
