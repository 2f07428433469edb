/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the smallest load / weight (ip_vs_wlc.c). */
#pragma once

static long wlc_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);

	if (destination)
		keep_least(walk, destination_load(destination), READ_ONCE(destination->weight));
	return 0;
}

XLB_INLINE __u32 wlc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, wlc_consider);
}
