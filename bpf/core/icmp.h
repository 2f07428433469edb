/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors. In direct routing a router that cannot pass on a real server's answer tells the VIP, that is
 * the director. The quoted packet goes from the VIP to the client, so its flow is found with the two
 * exchanged, and the error goes to that flow's real server: path MTU discovery depends on it (RFC 1191, RFC
 * 8201).
 */
#pragma once

#include "bpf/core/parse.h"

#define ICMP_UNREACHABLE   3
#define ICMP_QUENCH	   4
#define ICMP_TIME_EXCEEDED 11
#define ICMPV6_INFORMATION 128 /* this and higher types are no errors (RFC 4443 2.1) */

struct icmp_error {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 rest;
};

struct quoted_ports {
	__be16 source;
	__be16 destination;
};

/* IPVS relates these three to flows (ip_vs_in_icmp); others go to the stack. */
XLB_INLINE bool is_icmp_error(__u8 version, __u8 type)
{
	if (version == 6)
		return type < ICMPV6_INFORMATION;
	return type == ICMP_UNREACHABLE || type == ICMP_QUENCH || type == ICMP_TIME_EXCEEDED;
}

/* An error goes to who sent the packet that it quotes (RFC 1122 3.2.2, RFC 4443 2.4): to the VIP. One that
 * goes elsewhere is not about our flow, whatever it quotes. */
XLB_INLINE __u32 parse_quoted_ipv4(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	const struct iphdr *ip = frame_at(frame, at->offset, const struct iphdr);
	struct xlb_address sender;

	if (!ip || ip->version != 4 || ip->ihl < 5 || ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return XLB_BAD_ICMP;
	map_ipv4(&sender, ip->saddr);
	if (!same_address(&sender, &packet->virtual_address))
		return XLB_BAD_ICMP;
	map_ipv4(&packet->client, ip->daddr);
	at->protocol = ip->protocol;
	at->offset += ip->ihl * 4u;
	return PARSED;
}

XLB_INLINE __u32 parse_quoted_ipv6(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	const struct ipv6hdr *ip = frame_at(frame, at->offset, const struct ipv6hdr);
	struct xlb_address sender;

	if (!ip || ip->version != 6)
		return XLB_BAD_ICMP;
	copy_ipv6(&sender, ip->saddr.s6_addr32);
	if (!same_address(&sender, &packet->virtual_address))
		return XLB_BAD_ICMP;
	copy_ipv6(&packet->client, ip->daddr.s6_addr32);
	if (is_ipv4_mapped(&packet->virtual_address) || is_ipv4_mapped(&packet->client))
		return XLB_BAD_ICMP;
	at->protocol = ip->nexthdr;
	at->offset += sizeof(*ip);
	if (parse_extensions(frame, packet, at) != PARSED || packet->kind == PACKET_LATER_FRAGMENT)
		return XLB_BAD_ICMP;
	return PARSED;
}

XLB_INLINE __u32 parse_icmp(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	const struct icmp_error *icmp = frame_at(frame, at->offset, const struct icmp_error);
	const struct quoted_ports *ports;
	__u32 verdict;

	if (packet->kind != PACKET_WHOLE || !icmp || !is_icmp_error(packet->version, icmp->type))
		return XLB_OTHER_PROTOCOL;
	at->offset += sizeof(*icmp);
	verdict = packet->version == 4 ? parse_quoted_ipv4(frame, packet, at)
				       : parse_quoted_ipv6(frame, packet, at);
	if (verdict != PARSED)
		return verdict;
	if (at->protocol != IPPROTO_TCP && at->protocol != IPPROTO_UDP)
		return XLB_OTHER_PROTOCOL;
	ports = frame_at(frame, at->offset, const struct quoted_ports);
	if (!ports || !inside_packet(packet, at->offset, 8)) /* RFC 792: at least 8 bytes are quoted */
		return XLB_BAD_ICMP;
	packet->protocol = at->protocol;
	packet->virtual_port = ports->source;
	packet->client_port = ports->destination;
	packet->kind = PACKET_ICMP_ERROR;
	return PARSED;
}

XLB_INLINE __u32 parse_transport(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	packet->protocol = at->protocol;
	if (packet->kind == PACKET_LATER_FRAGMENT)
		return PARSED;
	switch (at->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(frame, packet, at->offset);
	case IPPROTO_UDP:
		return parse_udp(frame, packet, at->offset);
	case IPPROTO_ICMP:
		return packet->version == 4 ? parse_icmp(frame, packet, at) : (__u32)XLB_OTHER_PROTOCOL;
	case IPPROTO_ICMPV6:
		return packet->version == 6 ? parse_icmp(frame, packet, at) : (__u32)XLB_OTHER_PROTOCOL;
	default:
		return XLB_OTHER_PROTOCOL;
	}
}

/* The whole frame. PARSED, or the verdict that ends it. */
XLB_ALWAYS __u32 parse(platform_context *context, struct packet *packet)
{
	struct frame frame = frame_of(context);
	struct cursor at = {};
	__u32 verdict;

	if (!packet)
		return XLB_BROKEN_TABLES;
	verdict = parse_ethernet(&frame, packet, &at);
	if (verdict != PARSED)
		return verdict;
	packet->kind = PACKET_WHOLE;
	packet->tcp_flags = 0;
	if (at.protocol == bpf_htons(ETH_P_IP))
		verdict = parse_ipv4(&frame, packet, &at);
	else if (at.protocol == bpf_htons(ETH_P_IPV6))
		verdict = parse_ipv6(&frame, packet, &at);
	else
		return XLB_NOT_IP;
	return verdict == PARSED ? parse_transport(&frame, packet, &at) : verdict;
}

/* parse(), unless fast_open() has filled `packet`. */
XLB_INLINE __u32 read_packet(platform_context *context, struct packet *packet)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);

	if (!settings)
		return XLB_BROKEN_TABLES;
	packet->options = settings->options;
	return packet->version ? (__u32)PARSED : parse(context, packet);
}
