/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shortest expected delay: the smallest (active + 1) / weight; inactive flows do not count (ip_vs_sed.c). */
#pragma once

static long sed_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);

	if (destination)
		keep_least(walk, destination_active(destination) + 1ull, READ_ONCE(destination->weight));
	return 0;
}

XLB_INLINE __u32 sed_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, sed_consider);
}
