/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Least connection: the smallest load among those of weight above 0 (ip_vs_lc.c). */
#pragma once

/* 256 for an active flow and 1 for every flow, active ones included: IPVS since Linux 6.1.190 and 6.12. */
XLB_INLINE __u64 destination_load(const struct xlb_destination *destination)
{
	__s32 inactive = READ_ONCE(destination->inactive);

	return (__u64)destination_active(destination) * 257 + (inactive > 0 ? inactive : 0);
}

static long lc_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);

	if (destination)
		keep_least(walk, destination_load(destination), 1);
	return 0;
}

XLB_INLINE __u32 lc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, lc_consider);
}
