/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What sh, dh and mh share: an address as one word, and the look into a bucket of the virtual server's
 * `turn`. */
#pragma once

#include "bpf/core/siphash.h"

/* IPv4 as the number it is, IPv6 as its four words XORed, in host order. */
XLB_INLINE __u32 folded_address(const struct packet *packet, const struct xlb_address *address)
{
	__be32 folded = address->word[3];

	if (packet->version == 6)
		folded ^= address->word[0] ^ address->word[1] ^ address->word[2];
	return bpf_ntohl(folded);
}

/* What sh and mh hash. */
XLB_INLINE __u32 client_word(const struct packet *packet, const struct xlb_virtual_server *server)
{
	__u32 word = folded_address(packet, &packet->client);

	return server->scheduler_flags & XLB_SCHEDULER_PORT ? word + bpf_ntohs(packet->client_port) : word;
}

/* The kernel's hash_32() to 8 bits. */
XLB_INLINE __u32 bucket_of(__u32 word)
{
	return word * 0x61c88647u >> 24;
}

XLB_LAYOUT(XLB_HASH_BUCKETS == 1 << 8);

struct bucket_search {
	const struct packet *packet;
	struct xlb_schedule buckets;
	__u32 word; /* mh: what is hashed */
	__u32 home; /* the bucket to look into first */
	__u32 destination;
};

XLB_INLINE struct bucket_search bucket_search_of(const struct packet *packet,
						 const struct xlb_virtual_server *server)
{
	struct bucket_search search = {};

	search.packet = packet;
	search.buckets = read_schedule(&server->turn);
	return search;
}

/* Where the scheduler is just being changed, `turn` may be another's and shorter: any entry of it will do.
 * True where that ends the search: the destination takes flows and is kept, or the bucket is empty, which
 * then all are. */
XLB_INLINE bool try_bucket(struct bucket_search *search, __u32 bucket)
{
	__u32 id = 0;
	const struct xlb_destination *destination;

	if (bucket >= search->buckets.count)
		bucket %= search->buckets.count;
	destination = scheduled_destination(search->packet, search->buckets.first + bucket, &id);
	if (!id || !destination)
		return true;
	if (!destination_takes_flows(destination))
		return false;
	search->destination = id;
	return true;
}

/* The destination in the home bucket, or with XLB_SCHEDULER_FALLBACK the one that `next`, a loop's body over
 * a bucket_search, finds among `others`. */
XLB_INLINE __u32 pick_bucket(struct bucket_search *search, const struct xlb_virtual_server *server,
			     long (*next)(__u32 index, void *context), __u32 others)
{
	struct bucket_search further; /* the loop's own: the other one stays in registers */

	if (try_bucket(search, search->home) || !(server->scheduler_flags & XLB_SCHEDULER_FALLBACK) ||
	    !any_takes_flows(search->packet, server->pool))
		return search->destination;
	further = *search;
	platform_loop(others, next, &further);
	return further.destination;
}
