/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes to struct packet. One function a header: check, fill, advance, or say why not. PARSED means go on. */
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "bpf/core/extension.h"

#define IP_DONT_FRAGMENT   0x4000
#define IP_MORE_FRAGMENTS  0x2000
#define IP_FRAGMENT_OFFSET 0x1fff

/* An Ethernet header in words: clang loads what lies in a packed struct (ethhdr) byte by byte. */
struct ethernet_words {
	__u32 destination;
	__u16 destination_end;
	__u16 source[3];
	__be16 protocol;
};

struct vlan_header {
	__be16 control;
	__be16 protocol;
};

/* Only what was sent to us: a backup director sees its master's frames flooded by the switch (IPVS looks at
 * PACKET_HOST for the same reason). REQUIRES: an Ethernet header is there. */
XLB_INLINE bool addressed_to_us(const struct frame *frame, const struct packet *packet)
{
	const struct xlb_interface *interface =
	    platform_interfaces(packet, packet->ingress % XLB_MAX_INTERFACES);
	const __u64 destination = *(const __u64 *)frame->data; /* and two bytes of the source */

	return interface && interface->ifindex == packet->ingress &&
	       !((READ_ONCE(interface->mac.word) ^ destination) << 16);
}

XLB_INLINE __u32 parse_ethernet(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	struct ethhdr *ethernet = frame_at(frame, 0, struct ethhdr);
	const struct ethernet_words *words = (const struct ethernet_words *)frame->data;
	int tags;

	if (!ethernet)
		return XLB_SHORT_ETHERNET;
	if (!addressed_to_us(frame, packet))
		return XLB_NOT_FOR_US;

	at->protocol = words->protocol;
	at->offset = sizeof(*ethernet);
	for (tags = platform_tags_off(frame); tags < XLB_MAX_VLAN_TAGS; tags++) {
		const struct vlan_header *vlan;

		if (at->protocol != bpf_htons(ETH_P_8021Q) && at->protocol != bpf_htons(ETH_P_8021AD))
			break;
		vlan = frame_at(frame, at->offset, const struct vlan_header);
		if (!vlan)
			return XLB_SHORT_ETHERNET;
		at->protocol = vlan->protocol;
		at->offset += sizeof(*vlan);
	}
	return PARSED;
}

/* Of the words of an IPv4 header, which are not all 0. Carrying around what is beyond 16 bits, as RFC 1071
 * does, keeps the remainder by 0xffff: that is to be 0. Of a multiple n * 0xffff the product is -n, as
 * 0xffff * `ones` is 2^64 - 1; that of any other number is beyond. */
XLB_INLINE bool sums_up(__u64 sum)
{
	const __u64 ones = 0x0001000100010001ull;

	return -(sum * ones) <= ones;
}

/* RFC 791 3.1. The header checksum is checked as the kernel's ip_rcv does before IPVS sees a packet. */
XLB_INLINE __u32 check_ipv4_header(const struct frame *frame, __u32 offset)
{
	const struct iphdr *ip = frame_at(frame, offset, const struct iphdr);
	const __u32 *word = (const __u32 *)ip;
	__u64 sum;
	int i;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return XLB_BAD_IPV4;
	sum = (__u64)word[0] + word[1] + word[2] + word[3] + word[4];
	for (i = 5; i < 15; i++) {
		const __u32 *option = frame_at(frame, offset + i * 4, const __u32);

		if (i >= ip->ihl)
			break;
		if (!option)
			return XLB_BAD_IPV4;
		sum += *option;
	}
	return sums_up(sum) ? PARSED : XLB_BAD_IPV4_CHECKSUM;
}

XLB_INLINE bool fits_frame(const struct frame *frame, __u32 offset, __u32 length)
{
	__u32 linear = frame->end - frame->data;

	return offset + length <= linear || offset + length <= platform_frame_length(frame);
}

XLB_INLINE __u32 parse_ipv4(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	__u32 verdict = check_ipv4_header(frame, at->offset);
	const struct iphdr *ip = frame_at(frame, at->offset, const struct iphdr);
	__u32 header, length;
	__u16 fragment;

	if (verdict != PARSED)
		return verdict;
	if (!ip)
		return XLB_BAD_IPV4;
	header = ip->ihl * 4u;
	length = bpf_ntohs(ip->tot_len);
	if (length < header || !fits_frame(frame, at->offset, length))
		return XLB_BAD_IPV4;

	packet->version = 4;
	packet->network = at->offset;
	packet->length = length;
	map_ipv4(&packet->client, ip->saddr);
	map_ipv4(&packet->virtual_address, ip->daddr);
	fragment = bpf_ntohs(ip->frag_off);
	if (fragment & (IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET)) {
		packet->kind = fragment & IP_FRAGMENT_OFFSET ? PACKET_LATER_FRAGMENT : PACKET_FIRST_FRAGMENT;
		packet->fragment = ip->id;
	}
	at->protocol = ip->protocol;
	at->offset += header;
	return PARSED;
}

XLB_INLINE __u32 parse_ipv6(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	const struct ipv6hdr *ip = frame_at(frame, at->offset, const struct ipv6hdr);

	if (!ip || ip->version != 6)
		return XLB_BAD_IPV6;
	packet->version = 6;
	packet->network = at->offset;
	packet->length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	if (!fits_frame(frame, at->offset, packet->length))
		return XLB_BAD_IPV6;
	copy_ipv6(&packet->client, ip->saddr.s6_addr32);
	copy_ipv6(&packet->virtual_address, ip->daddr.s6_addr32);
	/* On the wire an IPv4-mapped address is no address: it would find an IPv4 virtual server or flow (RFC
	 * 4291 2.5.5.2). */
	if (is_ipv4_mapped(&packet->client) || is_ipv4_mapped(&packet->virtual_address))
		return XLB_BAD_IPV6;
	at->protocol = ip->nexthdr;
	at->offset += sizeof(*ip);
	return parse_extensions(frame, packet, at);
}

XLB_INLINE __u32 parse_tcp(const struct frame *frame, struct packet *packet, __u32 offset)
{
	const struct tcphdr *tcp = frame_at(frame, offset, const struct tcphdr);

	if (!tcp || tcp->doff < 5 || !inside_packet(packet, offset, tcp->doff * 4u))
		return XLB_BAD_TCP;
	packet->client_port = tcp->source;
	packet->virtual_port = tcp->dest;
	packet->tcp_flags = ((const __u8 *)tcp)[13];
	packet->segment = offset;
	return PARSED;
}

XLB_INLINE __u32 parse_udp(const struct frame *frame, struct packet *packet, __u32 offset)
{
	const struct udphdr *udp = frame_at(frame, offset, const struct udphdr);
	__u32 length;

	if (!udp)
		return XLB_BAD_UDP;
	length = bpf_ntohs(udp->len);
	if (length < sizeof(*udp) || !inside_packet(packet, offset, sizeof(*udp)))
		return XLB_BAD_UDP;
	/* The length is that of the whole datagram: a first fragment holds less. */
	if (packet->kind == PACKET_WHOLE && !inside_packet(packet, offset, length))
		return XLB_BAD_UDP;
	packet->client_port = udp->source;
	packet->virtual_port = udp->dest;
	return PARSED;
}
