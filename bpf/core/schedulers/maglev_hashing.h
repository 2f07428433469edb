/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maglev hashing: the destination in the entry of the client's address, with XLB_SCHEDULER_PORT of its port
 * too (ip_vs_mh.c; Eisenbud et al., NSDI 2016, 3.4). The table: native/tables/hash_tables.h. Where that one
 * takes no flows, there is none, or with XLB_SCHEDULER_FALLBACK the next that hashing the address plus h, h +
 * 1, ... names.
 */
#pragma once

/* hash % XLB_MAGLEV_SIZE by multiplication, as BPF divides where compilers for processors would not. Exact
 * for 32 bits: 4093 * 2149057665 - 2^43 is 637, less than 2^(43 - 32). */
XLB_INLINE __u32 maglev_rest(__u32 hash)
{
	return hash - (__u32)((__u64)hash * 2149057665u >> 43) * XLB_MAGLEV_SIZE;
}

XLB_LAYOUT(XLB_MAGLEV_SIZE == 4093);

XLB_INLINE __u32 maglev_entry(__u32 word)
{
	return maglev_rest(siphash_word(word, MAGLEV_OFFSET_KEY));
}

static long mh_try(__u32 index, void *context)
{
	struct bucket_search *search = (struct bucket_search *)context;

	return try_bucket(search, maglev_entry(search->word + (index + search->home) % XLB_MAGLEV_SIZE));
}

XLB_INLINE __u32 mh_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct bucket_search search = bucket_search_of(packet, server);

	if (!search.buckets.count)
		return 0;
	search.word = client_word(packet, server);
	search.home = maglev_entry(search.word);
	return pick_bucket(&search, server, mh_try, XLB_MAGLEV_SIZE);
}
