/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes to struct packet. One function a header: check, fill, advance, or say why not. PARSED means go on. */
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "bpf/core/packet.h"

#define PARSED XLB_VERDICT_COUNT /* not a verdict: the parser found what it wanted */

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

struct extension_header {
	__u8 next;
	__u8 length; /* in 8 bytes, not counting the first 8 */
};

struct fragment_header {
	__u8 next;
	__u8 reserved;
	__be16 offset; /* in 8 bytes, in the upper 13 bits; bit 0: more follow */
	__be32 identification;
};

/* Ethernet, two tags, IPv6 and the extension headers that are walked end before this: the bound that the
 * verifier needs to see before it lets a number be added to a packet's address. */
#define LARGEST_OFFSET	0x3fff
#define LARGEST_NETWORK 0x1f /* the same, of the IP header */

/* Where parsing stands. The offset is kept apart from the packet so that the verifier knows its bounds. */
struct cursor {
	__u32 offset;
	__u16 protocol; /* of what comes next: an EtherType (big endian), then an IP protocol */
};

XLB_INLINE __u32 parse_ethernet(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	struct ethhdr *ethernet = frame_at(frame, 0, struct ethhdr);
	const struct xlb_interface *interface;
	const struct ethernet_words *words = (const struct ethernet_words *)frame->data;
	__u64 mac;
	int tags;

	if (!ethernet)
		return XLB_SHORT_ETHERNET;

	/* Only what was sent to us: a backup director sees its master's frames flooded by the switch (IPVS
	 * looks at PACKET_HOST for the same reason). */
	interface = platform_interfaces(packet, packet->ingress % XLB_MAX_INTERFACES);
	mac = words->destination | (__u64)words->destination_end << 32;
	if (!interface || interface->ifindex != packet->ingress || READ_ONCE(interface->mac.word) != mac)
		return XLB_NOT_FOR_US;

	at->protocol = words->protocol;
	at->offset = sizeof(*ethernet);
	for (tags = 0; tags < XLB_MAX_VLAN_TAGS; tags++) {
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
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? PARSED : XLB_BAD_IPV4_CHECKSUM;
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

/* A header must lie inside the IP packet, not only inside the frame (which may be padded). */
XLB_INLINE bool inside_packet(const struct packet *packet, __u32 offset, __u32 size)
{
	return offset + size <= packet->network + packet->length;
}

/* RFC 8200 4: one extension header. PARSED with at->protocol unchanged: it was none, the transport header is
 * next. */
XLB_INLINE __u32 parse_extension(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	const __u32 offset =
	    at->offset & LARGEST_OFFSET; /* Linux 6.1 knows nothing of a number in a loop's context */
	const struct extension_header *extension;
	const struct fragment_header *fragment;

	switch (at->protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		extension = frame_at(frame, offset, const struct extension_header);
		if (!extension)
			return XLB_IPV6_EXTENSIONS;
		at->protocol = extension->next;
		at->offset = offset + (extension->length + 1u) * 8;
		return PARSED;
	case IPPROTO_FRAGMENT:
		fragment = frame_at(frame, offset, const struct fragment_header);
		if (!fragment)
			return XLB_IPV6_EXTENSIONS;
		if (fragment->offset & bpf_htons(0xfff8))
			packet->kind = PACKET_LATER_FRAGMENT;
		else if (fragment->offset & bpf_htons(0x0001))
			packet->kind = PACKET_FIRST_FRAGMENT;
		packet->fragment = fragment->identification;
		at->protocol = fragment->next;
		at->offset = offset + sizeof(*fragment);
		return PARSED;
	default:
		return PARSED;
	}
}

XLB_INLINE bool is_extension(__u16 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_FRAGMENT;
}

struct extension_walk {
	const struct frame *frame;
	struct packet *packet;
	struct cursor at;
	__u32 verdict;
};

static long walk_extension(__u32 index, void *context)
{
	struct extension_walk *walk = (struct extension_walk *)context;

	(void)index;
	if (!is_extension(walk->at.protocol) || walk->packet->kind == PACKET_LATER_FRAGMENT)
		return 1;
	walk->verdict = parse_extension(walk->frame, walk->packet, &walk->at);
	return walk->verdict != PARSED;
}

/* Past all extension headers from this offset on, to the transport header; a later fragment has none and ends
 * the walk. The offset behind them, and in the upper half the protocol; 0 where they are not as they should
 * be. A function of its own: for packets and for those that ICMP errors quote it is verified once. */
XLB_GLOBAL __u32 skip_extensions(platform_context *context, struct packet *packet, __u32 offset,
				 __u32 protocol)
{
	struct extension_walk walk = {};
	struct frame frame;

	if (!packet)
		return 0;
	frame = frame_of(context);
	walk.frame = &frame;
	walk.packet = packet;
	walk.at.offset = offset;
	walk.at.protocol = protocol;
	walk.verdict = PARSED;
	platform_loop(XLB_MAX_EXTENSION_HEADERS, walk_extension, &walk);
	offset = walk.at.offset & LARGEST_OFFSET;
	if (walk.verdict != PARSED || !inside_packet(packet, offset, 0))
		return 0;
	if (is_extension(walk.at.protocol) && packet->kind != PACKET_LATER_FRAGMENT)
		return 0;
	return offset | (__u32)walk.at.protocol << 16;
}

XLB_INLINE __u32 parse_extensions(const struct frame *frame, struct packet *packet, struct cursor *at)
{
	__u32 behind;

	if (!is_extension(at->protocol))
		return PARSED;
	behind = skip_extensions(frame->context, packet, at->offset, at->protocol);
	if (!behind)
		return XLB_IPV6_EXTENSIONS;
	at->offset = behind & LARGEST_OFFSET;
	at->protocol = behind >> 16;
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
