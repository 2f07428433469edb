/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that the director answers itself: what it drops and who is told so, as with IPVS. */
#pragma once

#include "bpf/core/answer_icmp.h"
#include "bpf/core/answer_reset.h"

/* RFC 791 3.1: routers cut an IPv4 packet unless it says otherwise, and its sender is told nothing. IPVS has
 * it cut; here it is dropped: of one frame XDP makes no two. */
XLB_INLINE bool may_be_cut(platform_context *context, const struct packet *packet)
{
	const struct frame frame = frame_of(context);
	const struct iphdr *ip = frame_at(&frame, packet->network & LARGEST_NETWORK, const struct iphdr);

	return packet->version == 4 && !(ip && ip->frag_off & bpf_htons(IP_DONT_FRAGMENT));
}

/* Tells the sender that the packet is too big to go on, and what would fit: bytes of an IP packet. To be
 * called when TTL or hop limit is counted down already: IPVS quotes it so. */
XLB_INLINE bool answer_too_big(platform_context *context, struct packet *packet, __u32 mtu)
{
	return answer_with_icmp(context, packet, packet->version == 4 ? ICMP_TOO_BIG : ICMPV6_TOO_BIG, mtu);
}

/* Turns the frame of a packet with this verdict into the answer that its sender gets, if any:
 * packet->answered says whether it is one now. All pointers into the frame are void. */
XLB_INLINE void answer(platform_context *context, struct packet *packet, __u32 verdict)
{
	const bool v4 = packet->version == 4;

	if (!PLATFORM_ANSWERS)
		return;
	if (verdict == XLB_NO_REAL_SERVER)
		answer_with_icmp(context, packet, v4 ? ICMP_PORT_UNREACHABLE : ICMPV6_PORT_UNREACHABLE, 0);
	else if (verdict == XLB_TTL_EXPIRED)
		answer_with_icmp(context, packet, v4 ? ICMP_TTL_EXCEEDED : ICMPV6_HOP_LIMIT, 0);
	else if (verdict == XLB_TOO_BIG && !may_be_cut(context, packet))
		answer_too_big(context, packet, packet->mtu);
	else if (verdict == XLB_REAL_SERVER_GONE && packet->options & XLB_OPTION_RESET_DEAD)
		answer_with_reset(context, packet);
}
