/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What nearly every packet is: plain IPv4, TCP that says ACK and no more or UDP, of a flow that is known and
 * stays in its state, on its way to a real server whose neighbour is known. It is decided here without struct
 * packet, in a third of the instructions. Of whatever else a packet is, or might be, nothing has been touched
 * when this gives up: decide() has it then, and would have decided of these as it is done here
 * (native/test/fast_path_test.cc).
 */
#pragma once

#include "bpf/core/rewrite.h"
#include "bpf/core/flow_table.h"

/* Ethernet, IPv4 and TCP without options. What is shorter (UDP, unpadded) goes the other way. */
#define PLAIN_BYTES   54
#define PLAIN_NETWORK 14

/* The words of such a frame. They are read where they are needed, again and again: what a register does not
 * hold all the way lies no further away there than on the stack. */
#define PLAIN_WORD(frame, n) READ_ONCE(((const __u32 *)((frame)->data + PLAIN_NETWORK))[n])
#define PLAIN_ADDRESSES(frame)                                                                               \
	READ_ONCE(*(const __u64 *)((frame)->data + PLAIN_NETWORK + 12)) /* as ipv4_addresses() */
#define PLAIN_PORTS(frame) PLAIN_WORD(frame, 5)

/* False: not a plain one, as far as its IPv4 header tells. `length`: of the IP packet. */
XLB_INLINE bool read_plain(const struct frame *frame, __u32 *length)
{
	__u32 first, hops;
	__u64 sum;

	if (frame->data + PLAIN_BYTES > frame->end)
		return false;
	/* EtherType, version 4, five words of header; neither a fragment nor to be followed by one. Of TTL
	 * and checksum only what can be counted down without a carry. */
	hops = PLAIN_WORD(frame, 2);
	if ((*(const __u32 *)(frame->data + PLAIN_NETWORK - 2) & 0xffffff) !=
		(bpf_htons(ETH_P_IP) | 0x450000) ||
	    PLAIN_WORD(frame, 1) & 0xff3f0000 || (hops & 0xff) < 2 || hops >= 0xfffe0000)
		return false;
	first = PLAIN_WORD(frame, 0);
	sum = (__u64)first + PLAIN_WORD(frame, 1) + hops + PLAIN_WORD(frame, 3) + PLAIN_WORD(frame, 4);
	*length = bpf_ntohs((__u16)(first >> 16));
	return sums_up(sum) && *length <= (__u32)(frame->end - frame->data) - PLAIN_NETWORK;
}

/* TCP with these of the flags RST, SYN, FIN and ACK, and no other of them. */
XLB_INLINE bool plain_tcp(const struct frame *frame, __u32 length, __u32 flags)
{
	const __u32 word = PLAIN_WORD(frame, 8);
	const __u32 header = word >> 2 & 0x3c;

	/* Five words at least: what is less wraps around, and is more than any length then. */
	return (word & 0x1700) == flags << 8 && (__u64)(header - 20) + 40 <= length;
}

XLB_INLINE bool plain_udp(const struct frame *frame, __u32 length)
{
	const __u32 datagram = bpf_ntohs((__u16)PLAIN_WORD(frame, 6));

	return datagram >= 8 && 20 + datagram <= length;
}

/* TTL - 1, and the checksum (RFC 1624 [Eqn. 3]): it grows by 0x0100, which is 1 as it lies in memory. */
#define FEWER_HOPS(hops) ((hops) - 1 + 0x10000)

/* Where the configuration asks for nothing that the plain way does not know. */
XLB_INLINE bool plain_suffices(const struct packet *packet, const struct xlb_settings *settings)
{
	const __u64 looked_at =
	    XLB_LOOKUP_SERVERS | XLB_LOOKUP_MARKS | (__u64)(XLB_OPTION_TRACE | PLATFORM_SLOW) << 32;

	return (READ_ONCE(settings->asked) & looked_at) == XLB_LOOKUP_SERVERS && !platform_again(packet);
}

#define LIVE_MASK (XLB_FLOW_PHASE | XLB_FLOW_STATE | XLB_FLOW_TAG)

/* The flow's slot as long as it is that flow's, in this state; NULL: it is not in its home bucket, or in
 * another state. The virtual server need not be looked up: an IPv4 flow is known without it. */
XLB_INLINE struct xlb_flow_slot *plain_flow(const struct frame *frame, const struct packet *packet,
					    const struct xlb_settings *settings, __u32 state,
					    __u32 *destination)
{
	const __u64 hash = ipv4_flow_hash(settings, PLAIN_ADDRESSES(frame), PLAIN_PORTS(frame));
	const __u32 tag = tag_of(hash, XLB_FLOW_TAG_IPV4);
	struct xlb_flow_bucket *bucket = platform_flow_bucket(packet, (__u32)hash);
	const __u32 live = XLB_FLOW_LIVE | state << XLB_FLOW_STATE_SHIFT | tag;
	struct xlb_flow_slot *slot;
	__u32 control;

	slot = &bucket->slot[start_of(hash)]; /* nearly always */
	control = READ_ONCE(slot->control);
	if ((control & LIVE_MASK) != live) {
		slot = first_tagged_ipv4(bucket, start_of(hash), tag);
		if (!slot)
			return NULL;
		control = READ_ONCE(slot->control);
		if ((control & LIVE_MASK) != live)
			return NULL;
	}
	if (READ_ONCE(slot->client.half[1]) != PLAIN_ADDRESSES(frame) ||
	    READ_ONCE(slot->ports) != PLAIN_PORTS(frame))
		return NULL;
	*destination = READ_ONCE(slot->destination);
	/* As in flow_read(). */
	return (READ_ONCE(slot->control) ^ control) & XLB_FLOW_SAME ? NULL : slot;
}

/* The frame, for the way to its real server. */
XLB_INLINE void make_ready(const struct frame *frame, const struct xlb_real_server *real_server)
{
	*(__u64 *)frame->data = READ_ONCE(real_server->macs);
	*(__u32 *)(frame->data + 8) = READ_ONCE(real_server->macs_end);
	*(__u32 *)(frame->data + PLAIN_NETWORK + 8) = FEWER_HOPS(PLAIN_WORD(frame, 2));
}

/* REQUIRES: id < XLB_MAX_DESTINATIONS. */
XLB_INLINE void count_forwarded(struct xlb_counters *counters, __u32 id, __u32 length)
{
	counters->destination[id].packets++;
	counters->destination[id].bytes += length;
	counters->all.verdict[XLB_FORWARDED]++;
}

/* In the flow that it leaves in this state. The interface to leave by; 0: nothing was done. */
XLB_INLINE __u32 forward_plain(const struct frame *frame, const struct packet *packet,
			       const struct xlb_settings *settings, __u32 length, __u32 state)
{
	const struct xlb_destination *destination;
	const struct xlb_real_server *real_server;
	struct xlb_counters *counters;
	struct xlb_flow_slot *slot;
	__u32 id = 0, now, seen, egress;

	slot = plain_flow(frame, packet, settings, state, &id);
	if (!slot)
		return 0;
	now = READ_ONCE(packet->now);
	seen = READ_ONCE(slot->last_seen);
	destination = platform_destinations(packet, id);
	if (!destination || READ_ONCE(destination->flags) & XLB_DESTINATION_GONE ||
	    flow_expired(settings, now, state, seen))
		return 0;
	real_server = platform_real_servers(packet, destination->real_server);
	if (!real_server || length > READ_ONCE(real_server->at_once))
		return 0;
	counters = platform_counters(packet);
	egress = READ_ONCE(real_server->ifindex);
	if (!counters || !egress)
		return 0;
	if (seen != now)
		WRITE_ONCE(slot->last_seen, now);
	make_ready(frame, real_server);
	count_forwarded(counters, id & (XLB_MAX_DESTINATIONS - 1), length);
	return egress;
}

/* A plain packet that may open a flow. */
#define MAY_OPEN (1ull << 32)

/* Forwards the packet: the interface that its frame is ready to leave by, in the lower half. That is 0 where
 * nothing was done. Only what the caller gives is read of `packet`, and the time. */
XLB_INLINE __u64 fast_path(platform_context *context, const struct packet *packet)
{
	const struct frame frame = frame_of(context);
	const struct xlb_settings *settings = platform_settings(packet, 0);
	__u32 length, protocol, interface;

	if (!settings || !plain_suffices(packet, settings))
		return 0;
	if (!read_plain(&frame, &length) || !addressed_to_us(&frame, packet))
		return 0;
	protocol = PLAIN_WORD(&frame, 2) & 0xff00;
	if (__builtin_expect(protocol == IPPROTO_TCP << 8, 1)) {
		if (__builtin_expect(plain_tcp(&frame, length, PACKET_TCP_ACK), 1))
			return forward_plain(&frame, packet, settings, length, XLB_STATE_ESTABLISHED);
		return plain_tcp(&frame, length, PACKET_TCP_SYN) ? MAY_OPEN : 0;
	}
	if (protocol != IPPROTO_UDP << 8 || !plain_udp(&frame, length))
		return 0;
	interface = forward_plain(&frame, packet, settings, length, XLB_STATE_UDP);
	return interface ? interface : MAY_OPEN;
}
