/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors of the director itself (RFC 792, 1122 3.2.2, 4443 2.4), as Linux sends them for IPVS.
 *
 *   received   link | IP packet                   | padding
 *   answer     link | IP header | ICMP | its quote
 *
 * The quoted packet stays where it is; the frame grows in front, and ends where the quote does.
 */
#pragma once

#include "bpf/core/icmp.h"
#include "bpf/core/reply.h"

#define ICMP_ERROR(type, code) ((type) << 8 | (code))

#define ICMP_PORT_UNREACHABLE	ICMP_ERROR(3, 3)
#define ICMP_TTL_EXCEEDED	ICMP_ERROR(11, 0)
#define ICMP_TOO_BIG		ICMP_ERROR(3, 4) /* RFC 1191 4 */
#define ICMPV6_PORT_UNREACHABLE ICMP_ERROR(1, 4)
#define ICMPV6_HOP_LIMIT	ICMP_ERROR(3, 0)
#define ICMPV6_TOO_BIG		ICMP_ERROR(2, 0)

/* An error quotes as much as fits into what every host takes (RFC 1812 4.3.2.3, RFC 4443 2.4(c)). */
#define LARGEST_ERROR_IPV4 576
#define LARGEST_ERROR_IPV6 1280

#define ICMP_TOS      0xc0 /* internetwork control (RFC 1812 4.3.2.5), and of the packet's own: */
#define ICMP_TOS_KEPT 0x1e

struct icmp_answer {
	__u32 what; /* ICMP_ERROR() */
	__u32 mtu;
	__u32 network; /* offset of the IP header */
	__u32 headers; /* bytes by which the frame grows */
	__u32 quoted;  /* bytes of the packet */
};

XLB_INLINE struct icmp_error icmp_header(const struct icmp_answer *answer)
{
	struct icmp_error header = {};

	header.type = answer->what >> 8;
	header.code = answer->what;
	header.rest = bpf_htonl(answer->mtu);
	return header;
}

XLB_INLINE __u64 sum_icmp_header(const struct icmp_error *header)
{
	return (__u64)(header->type | header->code << 8) + header->rest;
}

/* What stands at the IP header's place then: one check for all of it. */
struct icmp_answer_ipv4 {
	struct iphdr ip;
	struct icmp_error icmp;
	struct iphdr quote;
};

struct icmp_answer_ipv6 {
	struct ipv6hdr ip;
	struct icmp_error icmp;
	struct ipv6hdr quote;
};

/* Back to who sent the quoted packet. The identification is that packet's: it tells the answers apart as it
 * does what they answer. */
XLB_INLINE bool write_icmp_ipv4(platform_context *context, const struct icmp_answer *answer)
{
	const struct frame frame = frame_of(context);
	const __u64 quote = sum_to_end(context, answer->network + answer->headers, answer->quoted);
	struct icmp_answer_ipv4 *to = frame_at(&frame, answer->network, struct icmp_answer_ipv4);
	struct icmp_error icmp = icmp_header(answer);

	if (!to)
		return false;
	to->ip.version = 4;
	to->ip.ihl = sizeof(to->ip) / 4;
	to->ip.tos = (to->quote.tos & ICMP_TOS_KEPT) | ICMP_TOS;
	to->ip.tot_len = bpf_htons(answer->headers + answer->quoted);
	to->ip.id = to->quote.id;
	to->ip.frag_off = 0;
	to->ip.ttl = ANSWER_TTL;
	to->ip.protocol = IPPROTO_ICMP;
	to->ip.check = 0;
	to->ip.saddr = to->quote.daddr;
	to->ip.daddr = to->quote.saddr;
	to->ip.check = checksum_of(sum_ipv4_header(&to->ip));
	icmp.checksum = checksum_of(sum_icmp_header(&icmp) + quote);
	to->icmp = icmp;
	return true;
}

XLB_INLINE bool write_icmp_ipv6(platform_context *context, const struct icmp_answer *answer)
{
	const struct frame frame = frame_of(context);
	const __u64 quote = sum_to_end(context, answer->network + answer->headers, answer->quoted);
	struct icmp_answer_ipv6 *to = frame_at(&frame, answer->network, struct icmp_answer_ipv6);
	struct icmp_error icmp = icmp_header(answer);
	const __u32 length = sizeof(icmp) + answer->quoted;

	if (!to)
		return false;
	*(any_word *)&to->ip = bpf_htonl(6u << 28);
	to->ip.payload_len = bpf_htons(length);
	to->ip.nexthdr = IPPROTO_ICMPV6;
	to->ip.hop_limit = ANSWER_TTL;
	to->ip.saddr = to->quote.daddr;
	to->ip.daddr = to->quote.saddr;
	icmp.checksum = checksum_of(sum_pseudo_ipv6(&to->ip, length) + sum_icmp_header(&icmp) + quote);
	to->icmp = icmp;
	return true;
}

/* Makes room, and ends the frame with the quote. */
XLB_INLINE bool make_icmp_room(platform_context *context, const struct icmp_answer *answer)
{
	struct frame frame = frame_of(context);
	const __u32 end = answer->network + answer->quoted;
	const __u32 length = platform_frame_length(&frame);
	const struct link_header *was;
	struct link_header *link;

	if (end > length || platform_adjust_head(context, -(int)answer->headers))
		return false;
	if (length > end && platform_adjust_tail(context, (int)(end - length)))
		return false;
	frame = frame_of(context);
	was = frame_at(&frame, answer->headers, const struct link_header);
	if (!was)
		return false;
	link = frame_at(&frame, 0, struct link_header);
	if (!link)
		return false;
	turn_link(link, was);
	return true;
}

/* Turns the frame into an ICMP error about the packet in it. `what` is an ICMP_* above of the packet's
 * family, `mtu` goes with too big (0 otherwise). Returns whether it did; where not, the frame is to be
 * dropped: it may be spoilt. All pointers into it are void in either case. */
XLB_GLOBAL __u32 answer_with_icmp(platform_context *context, struct packet *packet, __u32 what, __u32 mtu)
{
	const struct frame frame = frame_of(context);
	const bool v4 = packet && packet->version == 4;
	struct icmp_answer answer = {};
	__u32 most, linear;

	if (!packet || (packet->kind != PACKET_WHOLE && packet->kind != PACKET_FIRST_FRAGMENT) ||
	    !may_be_answered(&frame, packet))
		return false;
	answer.what = what;
	answer.mtu = v4 ? mtu & 0xffff : mtu;
	answer.network = packet->network & LARGEST_NETWORK;
	answer.headers = sizeof(struct icmp_error) + (v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	most = (v4 ? LARGEST_ERROR_IPV4 : LARGEST_ERROR_IPV6) - answer.headers;
	answer.quoted = packet->length < most ? packet->length : most;

	/* Of a multi-buffer frame the first part is at hand; it is longer than any quote. */
	linear = frame.end - frame.data;
	if (answer.network + answer.quoted > linear)
		return false;
	if (!take_icmp(packet) || !make_icmp_room(context, &answer))
		return false;
	if (v4 ? !write_icmp_ipv4(context, &answer) : !write_icmp_ipv6(context, &answer))
		return false;
	return answered(packet);
}
