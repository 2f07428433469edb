/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Direct routing: the frame gets the real server's MAC and ours, TTL or hop limit - 1. Nothing else changes.
 */
#pragma once

#include "bpf/core/parse.h"

/* RFC 1624 [Eqn. 3] for TTL - 1: the word of TTL and protocol shrinks by 0x0100, so the checksum grows by it.
 */
XLB_INLINE bool decrement_ttl(struct iphdr *ip)
{
	__u32 sum;

	if (ip->ttl <= 1)
		return false;
	sum = (__u32)ip->check + bpf_htons(0x0100);
	ip->check = (__u16)(sum + (sum >= 0xffff));
	ip->ttl--;
	return true;
}

XLB_INLINE bool decrement_hop_limit(struct ipv6hdr *ip)
{
	if (ip->hop_limit <= 1)
		return false;
	ip->hop_limit--;
	return true;
}

XLB_INLINE __u32 rewrite_network(const struct frame *frame, const struct packet *packet)
{
	struct iphdr *ipv4;
	struct ipv6hdr *ipv6;

	if (packet->version == 4) {
		ipv4 = frame_at(frame, packet->network & 0x1f, struct iphdr);
		if (!ipv4)
			return XLB_BAD_IPV4;
		return decrement_ttl(ipv4) ? PARSED : XLB_TTL_EXPIRED;
	}
	ipv6 = frame_at(frame, packet->network & 0x1f, struct ipv6hdr);
	if (!ipv6)
		return XLB_BAD_IPV6;
	return decrement_hop_limit(ipv6) ? PARSED : XLB_TTL_EXPIRED;
}

/* Longer than what the interface takes that it came in by? Then it is several packets of a connection that
 * the kernel has put together, or not cut yet (GSO; seen by generic XDP), and they go out one by one. IPVS
 * takes no such packet for too big either. */
XLB_INLINE bool is_joined(const struct packet *packet)
{
	const struct xlb_interface *interface =
	    platform_interfaces(packet, packet->ingress % XLB_MAX_INTERFACES);
	const __u32 mtu = interface ? READ_ONCE(interface->mtu) : 0;

	return mtu && packet->length > mtu;
}

XLB_INLINE void store_mac(__u8 *to, __u64 mac)
{
	*(__u32 *)to = (__u32)mac;
	*(__u16 *)(to + 4) = (__u16)(mac >> 32);
}

/* Sends the packet on its way to the real server: the verdict says how that ended. */
XLB_INLINE __u32 rewrite(const struct frame *frame, struct packet *packet,
			 const struct xlb_real_server *real_server, __u32 id)
{
	struct ethhdr *ethernet = frame_at(frame, 0, struct ethhdr);
	__u64 mac = READ_ONCE(real_server->destination_mac.word);
	__u32 mtu = READ_ONCE(real_server->mtu);
	__u32 kind = mac >> 48 & 0xff;
	__u32 verdict;

	if (kind == XLB_NEXTHOP_LOCAL)
		return XLB_LOCAL;
	if (kind != XLB_NEXTHOP_LINK) {
		packet->awaited = READ_ONCE(real_server->crowded) ? 0 : id;
		return XLB_NO_NEIGHBOUR;
	}
	if (!ethernet)
		return XLB_SHORT_ETHERNET;
	verdict = rewrite_network(frame, packet);
	if (verdict != PARSED)
		return verdict;
	if (packet->length > mtu && mtu && !is_joined(packet)) {
		packet->mtu = mtu;
		return XLB_TOO_BIG;
	}
	store_mac(ethernet->h_dest, mac);
	store_mac(ethernet->h_source, READ_ONCE(real_server->source_mac.word));
	packet->egress = READ_ONCE(real_server->ifindex);
	return XLB_FORWARDED;
}
