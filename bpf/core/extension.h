/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The extension headers between an IPv6 header and the transport header. */
#pragma once

#include <linux/in.h>

#include "bpf/core/packet.h"

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
