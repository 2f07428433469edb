/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* (protocol, address, port) to virtual server, then (protocol, address, any port).
 *
 *   index:  group, group, ...    hash -> group: 16 entries of tag << 16 | id, filled from the start, 0 ends
 * it
 *
 * An entry is one word and never moves: it is added by one store and removed by overwriting it with
 * XLB_INDEX_REMOVED, which ends no search. Every hit is proved by the virtual server's own key.
 */
#pragma once

#include "bpf/core/packet.h"

/* A keyed mix of multiplications and shifts; which flows share a bucket cannot be computed without the seed.
 */
XLB_INLINE __u64 mix(__u64 hash, __u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 32);
}

XLB_INLINE __u64 mix_address(__u64 hash, const struct xlb_address *address)
{
	return mix(mix(hash, address->half[0]), address->half[1]);
}

XLB_INLINE __u64 virtual_server_hash(__u32 seed, const struct xlb_address *address, __u32 port_and_protocol)
{
	/* One step is enough: nobody but the operator says what is in the index. What differs from one
	 * address to the next stands last; a product carries it up only, so it is turned to the lower half
	 * first. */
	__u64 last = address->half[1] << 32 | address->half[1] >> 32;

	return mix(seed, address->half[0] ^ last ^ (__u64)port_and_protocol << 32);
}

struct virtual_server_found {
	struct xlb_virtual_server *server;
	__u32 id;
};

/* Of what the packet is addressed to, with this port. */
XLB_INLINE __u64 addressed_hash(const struct packet *packet, const struct xlb_settings *settings, __be16 port)
{
	return virtual_server_hash(settings->index_seed, &packet->virtual_address,
				   (__u32)packet->protocol << 16 | port);
}

XLB_INLINE struct virtual_server_found virtual_server_at(const struct packet *packet, __u64 hash, __be16 port)
{
	struct virtual_server_found found = {};
	const struct xlb_index_group *group =
	    platform_virtual_server_index(packet, hash & (XLB_INDEX_GROUPS - 1));
	int i;

	if (!group)
		return found;
	for (i = 0; i < XLB_INDEX_GROUP_SLOTS; i++) {
		__u32 entry = READ_ONCE(group->entry[i]);
		struct xlb_virtual_server *server;

		if (!entry)
			break;
		if (entry >> 16 != hash >> 48)
			continue;
		server = platform_virtual_servers(packet, entry & 0xffff);
		if (server && server->port == port && server->protocol == packet->protocol &&
		    same_address(&server->address, &packet->virtual_address) && server->flags & XLB_IN_USE) {
			found.server = server;
			found.id = entry & 0xffff;
			break;
		}
	}
	return found;
}

/* `hash` is that of the packet's own port. */
XLB_INLINE struct virtual_server_found find_virtual_server(const struct packet *packet,
							   const struct xlb_settings *settings, __u64 hash)
{
	struct virtual_server_found found = virtual_server_at(packet, hash, packet->virtual_port);

	if (!found.server && settings->any_port)
		found = virtual_server_at(packet, addressed_hash(packet, settings, 0), 0);
	return found;
}
