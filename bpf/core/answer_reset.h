/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TCP reset, as a host answers a segment of a connection that it does not have (RFC 9293 3.5.2, 3.10.7.1).
 * No longer than what it answers, so it is written over that.
 */
#pragma once

#include "bpf/core/reply.h"

#define IP_DONT_FRAGMENT 0x4000
#define TOS_WITHOUT_ECN	 0xfc

/* What the answer needs to know of the segment, and then what it says. */
struct segment {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 header; /* length, as in TCP: upper four bits, in 4 bytes */
	__u8 flags;
	__be16 window;
	__sum16 checksum;
	__be16 urgent;
};

XLB_LAYOUT(sizeof(struct segment) == sizeof(struct tcphdr));

/* RFC 9293 3.10.7.1: the reset to `was`, `length` bytes of sequence numbers long. */
XLB_INLINE struct segment reset_of(const struct segment *was, __u32 length)
{
	struct segment reset = {};

	reset.source = was->destination;
	reset.destination = was->source;
	reset.header = sizeof(reset) / 4 << 4;
	reset.flags = PACKET_TCP_RST;
	if (was->flags & PACKET_TCP_ACK) {
		reset.sequence = was->acknowledged;
	} else {
		reset.flags |= PACKET_TCP_ACK;
		reset.acknowledged = bpf_htonl(bpf_ntohl(was->sequence) + length);
	}
	return reset;
}

XLB_INLINE __u64 sum_segment(const struct segment *segment)
{
	return (__u64)(segment->source | (__u32)segment->destination << 16) + segment->sequence +
	       segment->acknowledged + (segment->header | segment->flags << 8);
}

struct reset_ipv4 {
	struct iphdr ip;
	struct segment segment;
};

struct reset_ipv6 {
	struct ipv6hdr ip;
	struct segment segment;
};

/* Identification 0 and "don't fragment", as Linux has it for resets. */
XLB_INLINE bool write_reset_ipv4(const struct frame *frame, __u32 network, struct segment reset)
{
	struct reset_ipv4 *to = frame_at(frame, network, struct reset_ipv4);
	__be32 destination;

	if (!to)
		return false;
	destination = to->ip.saddr;
	to->ip.ihl = sizeof(to->ip) / 4;
	to->ip.tos &= TOS_WITHOUT_ECN;
	to->ip.tot_len = bpf_htons(sizeof(*to));
	to->ip.id = 0;
	to->ip.frag_off = bpf_htons(IP_DONT_FRAGMENT);
	to->ip.ttl = ANSWER_TTL;
	to->ip.check = 0;
	to->ip.saddr = to->ip.daddr;
	to->ip.daddr = destination;
	to->ip.check = checksum_of(sum_ipv4_header(&to->ip));
	reset.checksum = checksum_of(sum_pseudo_ipv4(&to->ip, sizeof(reset)) + sum_segment(&reset));
	to->segment = reset;
	return true;
}

XLB_INLINE bool write_reset_ipv6(const struct frame *frame, __u32 network, struct segment reset)
{
	struct reset_ipv6 *to = frame_at(frame, network, struct reset_ipv6);
	struct in6_addr destination;

	if (!to)
		return false;
	destination = to->ip.saddr;
	*(any_word *)&to->ip &= bpf_htonl(0xfu << 28 | TOS_WITHOUT_ECN << 20); /* no flow label */
	to->ip.payload_len = bpf_htons(sizeof(reset));
	to->ip.nexthdr = IPPROTO_TCP;
	to->ip.hop_limit = ANSWER_TTL;
	to->ip.saddr = to->ip.daddr;
	to->ip.daddr = destination;
	reset.checksum = checksum_of(sum_pseudo_ipv6(&to->ip, sizeof(reset)) + sum_segment(&reset));
	to->segment = reset;
	return true;
}

/* Turns the frame into a reset of the connection that its segment claims to be of. Returns whether it did;
 * where not, the frame is to be dropped: it may be spoilt. All pointers into it are void in either case. */
XLB_GLOBAL __u32 answer_with_reset(platform_context *context, struct packet *packet)
{
	struct frame frame = frame_of(context);
	const struct segment *segment;
	struct link_header *link;
	struct segment reset;
	__u32 at, network, end, length, carried;
	bool v4, written;

	if (!packet || packet->kind != PACKET_WHOLE || packet->protocol != IPPROTO_TCP ||
	    !may_be_answered(&frame, packet))
		return false;
	v4 = packet->version == 4;
	network = packet->network & LARGEST_NETWORK;
	at = packet->segment & LARGEST_OFFSET;
	segment = frame_at(&frame, at, const struct segment);
	if (!segment || segment->flags & PACKET_TCP_RST || !take_reset(packet))
		return false;
	carried = network + packet->length - at - (segment->header >> 4) * 4;
	carried += !!(segment->flags & PACKET_TCP_SYN) + !!(segment->flags & PACKET_TCP_FIN);
	reset = reset_of(segment, carried);

	end = network + sizeof(reset) + (v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	length = platform_frame_length(&frame);
	if (length > end && platform_adjust_tail(context, (int)(end - length)))
		return false;
	frame = frame_of(context);
	link = frame_at(&frame, 0, struct link_header);
	if (!link)
		return false;
	turn_link(link, link);
	written = v4 ? write_reset_ipv4(&frame, network, reset) : write_reset_ipv6(&frame, network, reset);
	return written && answered(packet);
}
