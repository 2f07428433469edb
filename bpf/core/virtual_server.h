/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which virtual server a packet is for, in IPVS's order (ip_vs_service_find): by mark, by (protocol, address,
 * port), FTP's data connections by that of port 21, then (protocol, address, any port).
 *
 *   index:  group, group, ...    hash -> group: 16 entries of tag << 16 | id, filled from the start, 0 ends
 * it
 *
 * An entry is one word and never moves: it is added by one store and removed by overwriting it with
 * XLB_INDEX_REMOVED, which ends no search. Every hit is proved by the virtual server's own key.
 */
#pragma once

#include <linux/in.h>

#include "bpf/core/mark.h"

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

/* Of what the packet is addressed to, with this port. */
XLB_INLINE __u64 addressed_hash(const struct packet *packet, const struct xlb_settings *settings, __be16 port)
{
	return virtual_server_hash(settings->index_seed, &packet->virtual_address,
				   (__u32)packet->protocol << 16 | port);
}

/* `server` is NULL, and `id` 0, where there is none. */
struct virtual_server_found {
	const struct xlb_virtual_server *server;
	__u32 id;
};

/* Also one that was taken away while flows of it remain. */
XLB_INLINE struct virtual_server_found virtual_server_at(const struct packet *packet, __u64 hash, __be16 port)
{
	const struct xlb_index_group *group =
	    platform_virtual_server_index(packet, hash & (XLB_INDEX_GROUPS - 1));
	struct virtual_server_found found = {};
	int i;

	if (!group)
		return found;
	for (i = 0; i < XLB_INDEX_GROUP_SLOTS; i++) {
		__u32 entry = READ_ONCE(group->entry[i]);
		const struct xlb_virtual_server *server;

		if (!entry)
			break;
		if (entry >> 16 != hash >> 48)
			continue;
		server = platform_virtual_servers(packet, entry & 0xffff);
		if (server && server->port == port && server->protocol == packet->protocol &&
		    same_address(&server->address, &packet->virtual_address) &&
		    server->flags & (XLB_IN_USE | XLB_RETIRED)) {
			found.server = server;
			found.id = entry & 0xffff;
			break;
		}
	}
	return found;
}

XLB_INLINE struct virtual_server_found virtual_server_of(const struct packet *packet, __u32 id)
{
	struct virtual_server_found found;

	found.server = id ? platform_virtual_servers(packet, id) : NULL;
	found.id = id;
	return found;
}

XLB_INLINE bool in_use(const struct virtual_server_found *found)
{
	return found->server && READ_ONCE(found->server->flags) & XLB_IN_USE;
}

#define FTP_PORT		21
#define FIRST_UNPRIVILEGED_PORT 1024

XLB_INLINE bool may_be_ftp_data(const struct packet *packet)
{
	__u16 port = bpf_ntohs(packet->virtual_port);

	return packet->protocol == IPPROTO_TCP && (port == FTP_PORT - 1 || port >= FIRST_UNPRIVILEGED_PORT);
}

/* Not by its own port: the id; 0: none. */
XLB_GLOBAL __u32 by_other_port(const struct packet *packet)
{
	struct virtual_server_found ftp = {}, any;
	const struct xlb_settings *settings;
	__u32 protocol;

	if (!packet)
		return 0;
	settings = platform_settings(packet, 0);
	if (!settings)
		return 0;
	protocol = (__u32)packet->protocol << 16;
	if (settings->lookups & XLB_LOOKUP_FTP && may_be_ftp_data(packet)) {
		ftp = virtual_server_at(packet,
					virtual_server_hash(settings->index_seed, &packet->virtual_address,
							    protocol | bpf_htons(FTP_PORT)),
					bpf_htons(FTP_PORT));
		if (in_use(&ftp))
			return ftp.id;
	}
	if (!(settings->lookups & XLB_LOOKUP_ANY_PORT))
		return ftp.id;
	any = virtual_server_at(
	    packet, virtual_server_hash(settings->index_seed, &packet->virtual_address, protocol), 0);
	return any.server ? any.id : ftp.id;
}

/* By mark or another port, where `own`, found by the packet's own port, is not what counts: the id; 0: none.
 */
XLB_GLOBAL __u32 other_virtual_server(const struct packet *packet, __u32 own)
{
	struct virtual_server_found marked, found, other;
	const struct xlb_settings *settings;

	if (!packet)
		return 0;
	settings = platform_settings(packet, 0);
	if (!settings)
		return 0;
	marked = virtual_server_of(packet, marked_virtual_server(packet, settings->mark_rules));
	if (in_use(&marked))
		return marked.id;
	found = virtual_server_of(packet, own);
	if (!in_use(&found)) {
		other = virtual_server_of(packet, by_other_port(packet));
		if (in_use(&other) || !found.server)
			found = other;
	}
	return marked.server && !in_use(&found) ? marked.id : found.id;
}

/* `hash` is that of the packet's own port. One that was taken away only where no other is in use: for the
 * packets of its flows. */
XLB_INLINE struct virtual_server_found find_virtual_server(const struct packet *packet,
							   const struct xlb_settings *settings, __u64 hash)
{
	const struct virtual_server_found found = virtual_server_at(packet, hash, packet->virtual_port);

	if (settings->lookups & XLB_LOOKUP_MARKS ||
	    (settings->lookups & (XLB_LOOKUP_ANY_PORT | XLB_LOOKUP_FTP) && !in_use(&found)))
		return virtual_server_of(packet, other_virtual_server(packet, found.id));
	return found;
}
