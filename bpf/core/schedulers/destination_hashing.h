/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Destination hashing: the destination in the bucket of the address that the client wanted (ip_vs_dh.c). The
 * buckets: native/tables/hash_tables.h. */
#pragma once

XLB_INLINE __u32 dh_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct bucket_search search = bucket_search_of(packet, server);

	if (!search.buckets.count)
		return 0;
	try_bucket(&search, bucket_of(folded_address(packet, &packet->virtual_address)));
	return search.destination;
}
