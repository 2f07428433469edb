/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Never queue: the first without an active flow, however light; where all are busy, as sed (ip_vs_nq.c). */
#pragma once

static long nq_consider(__u32 index, void *context)
{
	struct walk *walk = (struct walk *)context;
	const struct xlb_destination *destination = candidate_at(walk, index);
	__u32 active;

	if (!destination)
		return 0;
	active = destination_active(destination);
	keep_least(walk, active ? active + 1ull : 0, READ_ONCE(destination->weight));
	return !active;
}

XLB_INLINE __u32 nq_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return walk_list(packet, server, nq_consider);
}
