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

struct plain_packet {
	__u32 client;
	__u32 virtual_address;
	__u32 protocol;
	__u32 ports;
	__u32 length; /* of the IP packet */
	__u32 hops;   /* word 2 of its header: TTL, protocol, checksum */
	__u32 state;  /* of a flow that this packet leaves in its state */
};

/* False: not a plain one. */
XLB_INLINE bool read_plain(const struct frame *frame, struct plain_packet *plain)
{
	const __u8 *network = frame->data + PLAIN_NETWORK;
	const __u32 *word = (const __u32 *)network;
	__u32 transport;

	if (frame->data + PLAIN_BYTES > frame->end)
		return false;
	/* EtherType, version 4, five words of header; neither a fragment nor to be followed by one. Of TTL
	 * and checksum only what can be counted down without a carry. */
	if ((*(const __u32 *)(network - 2) & 0xffffff) != (bpf_htons(ETH_P_IP) | 0x450000) ||
	    word[1] & 0xff3f0000 || (word[2] & 0xff) < 2 || word[2] >= 0xfffe0000)
		return false;
	plain->hops = word[2];
	plain->client = word[3];
	plain->virtual_address = word[4];
	plain->protocol = word[2] >> 8 & 0xff;
	plain->ports = word[5];
	plain->length = bpf_ntohs((__u16)(word[0] >> 16));
	if (plain->protocol == IPPROTO_TCP) { /* first, as it is what tells a new flow's packets */
		transport = word[8];
		plain->state = XLB_STATE_ESTABLISHED;
		if ((transport & 0x1700) != PACKET_TCP_ACK << 8 || (transport & 0xf0) < 0x50 ||
		    20 + (transport >> 2 & 0x3c) > plain->length)
			return false;
	} else {
		transport = bpf_ntohs((__u16)word[6]);
		plain->state = XLB_STATE_UDP;
		if (plain->protocol != IPPROTO_UDP || transport < 8 || 20 + transport > plain->length)
			return false;
	}
	return plain->length <= (__u32)(frame->end - frame->data) - PLAIN_NETWORK &&
	       sums_up((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
}

/* TTL - 1, and the checksum (RFC 1624 [Eqn. 3]): it grows by 0x0100, which is 1 as it lies in memory. */
#define FEWER_HOPS(hops) ((hops) - 1 + 0x10000)

/* Where the configuration asks for nothing that the plain way does not know. */
XLB_INLINE bool plain_suffices(const struct packet *packet, const struct xlb_settings *settings)
{
	const __u64 looked_at =
	    XLB_LOOKUP_SERVERS | XLB_LOOKUP_MARKS | (__u64)(XLB_OPTION_TRACE | PLATFORM_STEERS) << 32;

	return (READ_ONCE(settings->asked) & looked_at) == XLB_LOOKUP_SERVERS && !platform_again(packet);
}

/* The flow's slot as long as it is that flow's, in this state; NULL: it is not in its home bucket, or in
 * another state. The virtual server need not be looked up: an IPv4 flow is known without it. The key lies in
 * packet->client, as the time does in packet->now: in registers they would be spilled, to a stack that the
 * rest of the core needs. */
XLB_INLINE struct xlb_flow_slot *plain_flow(struct packet *packet, const struct xlb_settings *settings,
					    const struct plain_packet *plain, __u32 *destination)
{
	const __u64 addressed = ipv4_addressed(plain->virtual_address, plain->protocol);
	struct flow_key key;
	struct xlb_flow_bucket *bucket;
	__u32 wanted;
	int i;

	WRITE_ONCE(packet->client.half[0], addressed);
	WRITE_ONCE(packet->client.half[1], bpf_htonl(0xffff) | (__u64)plain->client << 32); /* map_ipv4() */
	key.table = FLOWS;
	place_key(packet, &key, ipv4_flow_hash(settings, plain->client, addressed, plain->ports));
	bucket = platform_flow_table(packet, key.home);
	if (!bucket)
		return NULL;
	wanted = XLB_FLOW_LIVE | plain->state << XLB_FLOW_STATE_SHIFT | key.tag;
	for (i = 0; i < XLB_BUCKET_SLOTS; i++) {
		struct xlb_flow_slot *slot = probe(bucket, &key, i);
		__u32 control = READ_ONCE(slot->control);

		if ((control ^ wanted) & (XLB_FLOW_PHASE | XLB_FLOW_STATE | XLB_FLOW_TAG))
			continue;
		if ((slot->client.half[0] ^ READ_ONCE(packet->client.half[0])) |
		    (slot->client.half[1] ^ READ_ONCE(packet->client.half[1])) | (slot->ports ^ plain->ports))
			continue;
		*destination = READ_ONCE(slot->destination);
		/* As in flow_read(). */
		return (READ_ONCE(slot->control) ^ control) & XLB_FLOW_SAME ? NULL : slot;
	}
	return NULL;
}

/* Forwards the packet: its frame is ready to leave by packet->egress. False: nothing was done but to
 * `packet`, of which the rest is void then. Only what the caller gives is read of it. */
XLB_INLINE bool fast_path(platform_context *context, struct packet *packet)
{
	const struct frame frame = frame_of(context);
	const struct xlb_settings *settings = platform_settings(packet, 0);
	const struct xlb_destination *destination;
	const struct xlb_real_server *real_server;
	struct xlb_destination_statistics *counters;
	struct xlb_statistics *statistics;
	struct xlb_flow_slot *slot;
	struct plain_packet plain;
	__u32 id = 0, seen, row, mtu;
	__u64 mac, source;

	if (!settings || !plain_suffices(packet, settings) || !read_plain(&frame, &plain) ||
	    !addressed_to_us(&frame, packet))
		return false;
	slot = plain_flow(packet, settings, &plain, &id);
	if (!slot)
		return false;
	WRITE_ONCE(packet->now, platform_now(packet, settings));
	seen = READ_ONCE(slot->last_seen);
	destination = platform_destinations(packet, id);
	pin_here(destination);
	if (!destination || READ_ONCE(destination->flags) & XLB_DESTINATION_GONE ||
	    flow_expired(settings, READ_ONCE(packet->now), plain.state, seen))
		return false;
	real_server = platform_real_servers(packet, destination->real_server);
	pin_here(real_server);
	if (!real_server)
		return false;
	mac = READ_ONCE(real_server->destination_mac.word);
	mtu = READ_ONCE(real_server->mtu);
	if (mac >> 48 != XLB_NEXTHOP_LINK || (mtu && plain.length > mtu))
		return false;
	row = platform_row(packet);
	counters = platform_destination_statistics(packet, row * XLB_MAX_DESTINATIONS + id);
	statistics = platform_statistics(packet, row);
	if (!counters || !statistics)
		return false;
	source = READ_ONCE(real_server->source_mac.word);
	store_mac(frame.data, mac);
	store_mac(frame.data + 6, source);
	*(__u32 *)(frame.data + PLAIN_NETWORK + 8) = FEWER_HOPS(plain.hops);
	if (seen != READ_ONCE(packet->now))
		WRITE_ONCE(slot->last_seen, READ_ONCE(packet->now));
	counters->packets++;
	counters->bytes += plain.length;
	statistics->verdict[XLB_FORWARDED]++;
	packet->egress = READ_ONCE(real_server->ifindex);
	packet->answered = 0;
	return true;
}
