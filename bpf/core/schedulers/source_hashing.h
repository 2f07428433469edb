/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source hashing: the destination in the bucket of the client's address, with XLB_SCHEDULER_PORT of its port
 * too (ip_vs_sh.c). The buckets: native/tables/hash_tables.h. One that takes no flows keeps its clients
 * waiting, or with XLB_SCHEDULER_FALLBACK the buckets 2h, 2h + 1, ... are tried.
 */
#pragma once

static long sh_try(__u32 index, void *context)
{
	struct bucket_search *search = (struct bucket_search *)context;

	return try_bucket(search, (2 * search->home + index) & (XLB_HASH_BUCKETS - 1));
}

XLB_INLINE __u32 sh_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct bucket_search search = bucket_search_of(packet, server);

	if (!search.buckets.count)
		return 0;
	search.home = bucket_of(client_word(packet, server));
	return pick_bucket(&search, server, sh_try, XLB_HASH_BUCKETS);
}
