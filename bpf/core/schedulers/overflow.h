/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Overflow: the greatest weight among those with no more active flows than weight, so that each fills up to
 * weight + 1 before the next one gets any; none where all are full (ip_vs_ovf.c). */
#pragma once

static long ovf_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);
	__u32 weight;

	if (!destination)
		return 0;
	weight = READ_ONCE(destination->weight);
	if (destination_active(destination) <= weight)
		keep_least(walk, 1, weight);
	return 0;
}

XLB_INLINE __u32 ovf_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, ovf_consider);
}
