/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What nearly every packet is that opens a flow: a plain one (fast_path.h), TCP's SYN or UDP, to a virtual
 * server that is found by its own port and not of one-packet scheduling, with room in its home bucket; where
 * that one is persistent, of a client that has a template. What it is not sure of, decide() has: which finds
 * the flow as one that is known, where this made it and could not forward its packet
 * (native/test/fast_open_test.cc).
 */
#pragma once

#include "bpf/core/fast_path.h"
#include "bpf/core/persistence.h"

/* A packet that read_plain() found to be one, as parse() would have it.
 * REQUIRES: PLAIN_BYTES of the frame are there; `packet` is 0 but for what the caller gives. */
XLB_INLINE void take_plain(const struct frame *frame, struct packet *packet,
			   const struct xlb_settings *settings)
{
	packet->options = settings->options;
	packet->client.half[1] = mapped_ipv4(PLAIN_WORD(frame, 3));
	packet->virtual_address.half[1] = mapped_ipv4(PLAIN_WORD(frame, 4));
	packet->client_port = (__u16)PLAIN_PORTS(frame);
	packet->virtual_port = PLAIN_PORTS(frame) >> 16;
	packet->protocol = frame->data[PLAIN_NETWORK + 9];
	packet->version = 4;
	packet->network = PLAIN_NETWORK;
	packet->length = bpf_ntohs((__u16)(PLAIN_WORD(frame, 0) >> 16));
	if (packet->protocol != IPPROTO_TCP)
		return;
	packet->tcp_flags = frame->data[PLAIN_NETWORK + 33];
	packet->segment = PLAIN_NETWORK + 20;
}

/* Does it take a flow without anything else to be asked? `packet` is a plain one. */
XLB_INLINE bool opens_plainly(const struct packet *packet, const struct xlb_virtual_server *server)
{
	return server && (READ_ONCE(server->flags) & (XLB_IN_USE | XLB_ONE_PACKET)) == XLB_IN_USE &&
	       packet->client_port != bpf_htons(FTP_DATA_PORT);
}

/* Do tags tell of an IPv4 flow of this hash in the overflow? */
XLB_GLOBAL __u32 may_have_spilled(const struct packet *packet, __u64 hash)
{
	const __u32 tag = tag_of(hash, XLB_FLOW_TAG_IPV4);
	__u32 group;
	int i;

	if (!packet)
		return true;
	group = overflow_group(hash >> 20, bucket_mask(packet, FLOWS));
	for (i = 0; i < XLB_OVERFLOW_BUCKETS; i++)
		if (has_tag(platform_flow_bucket(packet, group + i), tag, NULL))
			return true;
	return false;
}

/* Is there, as far as tags tell, a flow of this hash that begins at this line and lies elsewhere? `own` is
 * none.
 */
XLB_INLINE bool may_have_strayed(const struct packet *packet, const struct xlb_flow_bucket *bucket,
				 const struct xlb_flow_slot *line, __u64 hash,
				 const struct xlb_flow_slot *own)
{
	if (!line_has_strayed(line))
		return false;
	return has_tag(bucket, tag_of(hash, XLB_FLOW_TAG_IPV4), own) ||
	       (bucket_has_spilled(bucket) && may_have_spilled(packet, hash));
}

/* An empty slot for a flow that is not in the table; NULL: it may be there, or there is no room in its
 * bucket. */
XLB_INLINE struct xlb_flow_slot *room_for(const struct packet *packet, struct xlb_flow_bucket *bucket,
					  struct xlb_flow_slot *line, __u64 hash)
{
	const __u16 tag = tag_of(hash, XLB_FLOW_TAG_IPV4) >> XLB_FLOW_TAG_SHIFT;
	const __u16 even = READ_ONCE(line[0].tag), odd = READ_ONCE(line[1].tag);

	if (even == tag || odd == tag || may_have_strayed(packet, bucket, line, hash, NULL))
		return NULL;
	if (!even)
		return line;
	if (!odd)
		return line + 1;
	mark_strayed(line);
	return first_tagged(bucket, start_of(hash), 0);
}

/* The state that a plain packet opens a flow in, as it stands in the control word. */
XLB_INLINE __u32 control_of_first(const struct packet *packet)
{
	if (packet->protocol != IPPROTO_TCP)
		return control_with_state(0, XLB_STATE_UDP);
	return packet->options & XLB_OPTION_SECURE_TCP ? control_with_state(0, state_after_syn(true))
						       : control_with_state(0, state_after_syn(false));
}

/* Where a flow is made. */
struct opening {
	struct xlb_flow_bucket *bucket;
	struct xlb_flow_slot *line; /* of it: where the flow begins */
	struct xlb_flow_slot *slot;
	__u32 first;   /* the state, in its place in the control word */
	__u32 control; /* tag and state */
	__u32 place;   /* as in the slot */
};

/* False: somebody else has taken the slot. */
XLB_INLINE bool open_flow(const struct frame *frame, const struct packet *packet,
			  const struct opening *opening, struct xlb_destination *destination)
{
	struct xlb_flow_slot *slot = opening->slot;
	const __u32 old = READ_ONCE(slot->control);
	const __u32 claimed = claimed_control(old, opening->control);

	if (old & XLB_FLOW_PHASE || compare_and_swap(&slot->control, old, claimed) != old)
		return false;
	slot->client.half[0] = ipv4_known_by(packet->protocol);
	slot->client.half[1] = PLAIN_ADDRESSES(frame);
	slot->ports = PLAIN_PORTS(frame);
	slot->place = opening->place;
	slot->last_seen = packet->now;
	count_begin(destination, opening->first);
	if (slot != opening->line && slot != opening->line + 1)
		mark_strayed(opening->line);
	publish_flow(slot, slot == opening->line && slot != &opening->bucket->slot[0]);
	return true;
}

/* As alone() says it, of the flow that has just been made. */
XLB_INLINE bool has_twin(const struct packet *packet, const struct opening *opening, __u64 hash)
{
	const struct xlb_flow_slot *line = opening->line;
	const __u16 tag = opening->control >> XLB_FLOW_TAG_SHIFT;

	return (READ_ONCE(line[0].tag) == tag && READ_ONCE(line[1].tag) == tag) ||
	       may_have_strayed(packet, opening->bucket, line, hash, opening->slot);
}

/* Makes the packet's flow, which is counted, and forwards the packet: the interface that its frame is ready
 * to leave by. 0: decide() is to have it, and where packet->opening says OPENING_TWIN settle_flow() before.
 * REQUIRES: fast_path() said MAY_OPEN. */
XLB_APART __u32 fast_open(platform_context *context, struct packet *packet)
{
	const struct frame frame = frame_of(context);
	const struct xlb_settings *settings = platform_settings(packet, 0);
	const struct xlb_real_server *real_server;
	struct virtual_server_found found;
	struct xlb_destination *destination;
	struct xlb_counters *counters;
	struct opening opening;
	__u64 hash;
	__u32 id, interface;
	bool persistent;

	if (!settings || frame.data + PLAIN_BYTES > frame.end)
		return 0;
	take_plain(&frame, packet, settings);
	found = virtual_server_at(packet, addressed_hash(packet, settings, packet->virtual_port),
				  packet->virtual_port);
	if (!opens_plainly(packet, found.server))
		return 0;
	hash = ipv4_flow_hash(settings, PLAIN_ADDRESSES(&frame), PLAIN_PORTS(&frame));
	opening.bucket = platform_flow_bucket(packet, (__u32)hash);
	opening.line = &opening.bucket->slot[start_of(hash)];
	opening.slot = room_for(packet, opening.bucket, opening.line, hash);
	if (!opening.slot)
		return 0;
	counters = platform_counters(packet);
	if (!counters)
		return 0;
	persistent = found.server->persistence;
	id = persistent ? template_follow(packet, found.id) : schedule(packet, found.server->pool);
	id &= XLB_MAX_DESTINATIONS - 1;
	destination = platform_destinations(packet, id);
	if (!id || !destination) {
		packet->opening = persistent ? OPENING_NO_TEMPLATE : OPENING_NOWHERE;
		return 0;
	}
	opening.first = control_of_first(packet);
	opening.control = tag_of(hash, XLB_FLOW_TAG_IPV4) | opening.first;
	opening.place = found.server->address_id | (persistent ? XLB_FLOW_CONTROLLED : 0) | id << 16;
	if (!open_flow(&frame, packet, &opening, destination)) {
		if (persistent)
			(void)template_leave(packet, id);
		return 0;
	}
	packet->opening = OPENING_MADE;
	if (has_twin(packet, &opening, hash)) {
		packet->opening = OPENING_TWIN;
		return 0;
	}
	counters->destination[id].connections++;
	real_server = platform_real_servers(packet, destination->real_server);
	if (!real_server || packet->length > READ_ONCE(real_server->at_once))
		return 0;
	interface = READ_ONCE(real_server->ifindex);
	if (!interface)
		return 0;
	make_ready(&frame, real_server);
	count_forwarded(counters, id, packet->length);
	return interface;
}

/* Of two flows of this packet one ends. The other is counted as a connection; what it is of is found as
 * known. */
XLB_SELDOM __u32 settle_flow(const struct packet *packet)
{
	struct xlb_counters *counters;
	const struct xlb_settings *settings;
	struct virtual_server_found found;
	struct flow_key key;
	__u64 addressed;
	__u32 id;

	if (!packet)
		return 0;
	settings = platform_settings(packet, 0);
	if (!settings)
		return 0;
	addressed = addressed_hash(packet, settings, packet->virtual_port);
	found = virtual_server_at(packet, addressed, packet->virtual_port);
	if (!found.server)
		return 0;
	flow_key_of(packet, settings, addressed, found.server, &key);
	id = settle(packet, &key) & (XLB_MAX_DESTINATIONS - 1);
	counters = platform_counters(packet);
	if (id && counters) /* 0: ended already; the next one of the packet's is counted as any other */
		counters->destination[id].connections++;
	return id;
}
