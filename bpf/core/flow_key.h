/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a flow or a template is known by, and where in its table it lies. */
#pragma once

#include "bpf/core/virtual_server.h"

/* Which table: the slots of both are of one shape and looked for in one way. */
enum flow_table_kind {
	FLOWS,
	TEMPLATES,
};

XLB_INLINE __u32 bucket_mask(const struct packet *packet, __u32 table)
{
	return table == TEMPLATES ? platform_template_mask(packet) : platform_bucket_mask(packet);
}

struct flow_key {
	struct xlb_address client; /* template: its network */
	__u32 table;		   /* enum flow_table_kind */
	__u32 ports;		   /* as they lie in the slot; a template is not known by them */
	__u32 id;		   /* `virtual_address` or `scope` of the slot */
	__u32 tag;		   /* in its place in the control word */
	__u32 home;
	__u32 beyond; /* bits of the hash that pick the overflow group */
	__u32 start;  /* slot of the home bucket to look at first */
	/* template: 0, or only one to this destination that controls flows, in use (XLB_TEMPLATE_INVALID) or
	 * not
	 */
	__u32 controlling;
};

/* `kind`: XLB_FLOW_TAG_*. */
XLB_INLINE __u32 tag_of(__u64 hash, __u32 kind)
{
	return ((__u32)(hash >> 32) & XLB_FLOW_TAG & ~XLB_FLOW_TAG_KIND) | kind;
}

#define START_MASK (XLB_BUCKET_SLOTS - XLB_LINE_SLOTS)

/* The first slot of a line. */
XLB_INLINE __u32 start_of(__u64 hash)
{
	return hash >> 44 & START_MASK;
}

XLB_INLINE void place_key(const struct packet *packet, struct flow_key *key, __u64 hash, __u32 kind)
{
	key->tag = tag_of(hash, kind);
	key->home = hash & bucket_mask(packet, key->table);
	key->beyond = hash >> 20;
	key->start = start_of(hash);
}

/* First bucket of the overflow group; `beyond` as in struct flow_key. */
XLB_INLINE __u32 overflow_group(__u32 beyond, __u32 mask)
{
	return (beyond * 0x85ebca6bu >> 3) & mask & ~(XLB_OVERFLOW_BUCKETS - 1u);
}

/* Client and virtual address of an IPv4 flow in a word, as they lie in the header. */
XLB_INLINE __u64 ipv4_addresses(__be32 client, __be32 virtual_address)
{
	return client | (__u64)virtual_address << 32;
}

/* TCP and UDP have the same: who uses both on the same ports has two flows in one bucket. */
XLB_INLINE __u64 ipv4_flow_hash(const struct xlb_settings *settings, __u64 addresses, __u32 ports)
{
	return mix(mix(settings->flow_seed[0], addresses) ^ settings->flow_seed[1], ports);
}

/* What stands in a slot before the addresses of an IPv4 flow; protocol XLB_PROTOCOL_MARK: a mark's. */
XLB_INLINE __u64 ipv4_known_by(__u32 protocol)
{
	return protocol | (__u64)bpf_htonl(0xffff) << 32;
}

/* `addressed` is the hash that the virtual server was looked up by. A flow's own is made of what is in the
 * packet, not of the virtual server's id: so the flow table can be asked for its line while that is still
 * being looked up, or without. */
XLB_INLINE void flow_key_of(const struct packet *packet, const struct xlb_settings *settings, __u64 addressed,
			    const struct xlb_virtual_server *server, struct flow_key *key)
{
	__u32 kind = XLB_FLOW_TAG_OTHER;
	__u64 hash;

	key->table = FLOWS;
	key->controlling = 0;
	key->client = packet->client;
	key->ports = packet->client_port | (__u32)packet->virtual_port << 16;
	key->id = server->address_id;
	if (server->protocol == XLB_PROTOCOL_MARK)
		key->id |= packet->protocol == IPPROTO_UDP ? XLB_FLOW_MARK_UDP : 0;
	if (packet->version == 4) {
		key->client.half[0] = ipv4_known_by(server->protocol);
		key->client.half[1] = ipv4_addresses(packet->client.word[3], packet->virtual_address.word[3]);
		hash = ipv4_flow_hash(settings, key->client.half[1], key->ports);
		if (server->protocol != XLB_PROTOCOL_MARK)
			kind = XLB_FLOW_TAG_IPV4;
	} else {
		hash = mix_address(settings->flow_seed[0], &packet->client);
		hash = mix(hash ^ settings->flow_seed[1], key->ports ^ addressed);
	}
	place_key(packet, key, hash, kind);
}
