/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet path, as a sentence: parse, find the virtual server, find the flow or schedule one, rewrite,
 * verdict. */
#pragma once

#include "bpf/core/flow_claim.h"
#include "bpf/core/fragment.h"
#include "bpf/core/icmp.h"
#include "bpf/core/rewrite.h"
#include "bpf/core/scheduler.h"

XLB_INLINE void count_packet(const struct packet *packet, __u32 destination, bool opened)
{
	struct xlb_destination_statistics *statistics = platform_destination_statistics(
	    packet, platform_row(packet) * XLB_MAX_DESTINATIONS + (destination & (XLB_MAX_DESTINATIONS - 1)));

	if (!statistics)
		return;
	statistics->packets++;
	statistics->bytes += packet->length;
	if (opened)
		statistics->connections++;
}

/* Everything that follows once the destination is known. */
XLB_INLINE __u32 send(const struct frame *frame, struct packet *packet,
		      const struct xlb_destination *destination)
{
	const struct xlb_real_server *real_server = platform_real_servers(packet, destination->real_server);

	return real_server ? rewrite(frame, packet, real_server) : (__u32)XLB_BROKEN_TABLES;
}

XLB_INLINE __u32 forward_in_flow(const struct frame *frame, struct packet *packet, const struct flow *flow,
				 struct xlb_destination *destination)
{
	__u32 state = flow_state(flow->control);
	__u32 next = next_state(packet, state);

	if (READ_ONCE(destination->flags) & XLB_DESTINATION_GONE)
		return XLB_REAL_SERVER_GONE;
	count_packet(packet, flow->destination, false);
	if (packet->kind != PACKET_ICMP_ERROR && READ_ONCE(flow->slot->last_seen) != packet->now)
		WRITE_ONCE(flow->slot->last_seen, packet->now);
	if (next != state)
		flow_move(flow, destination, next);
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		fragment_learn(packet, flow->destination);
	return send(frame, packet, destination);
}

XLB_INLINE __u32 forward_new_flow(const struct frame *frame, struct packet *packet,
				  const struct flow_key *key)
{
	struct xlb_destination *destination;
	__u32 scheduled = schedule(packet, key->virtual_server);
	__u32 id;

	if (!scheduled)
		return XLB_NO_REAL_SERVER;
	destination = platform_destinations(packet, scheduled);
	if (!destination)
		return XLB_BROKEN_TABLES;
	id = flow_make(packet, key, scheduled, destination);
	if (!id)
		return XLB_FLOW_TABLE_FULL;
	if (id != scheduled) { /* another processor was first */
		destination = platform_destinations(packet, id);
		if (!destination)
			return XLB_BROKEN_TABLES;
	}
	count_packet(packet, id, true);
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		fragment_learn(packet, id);
	return send(frame, packet, destination);
}

XLB_INLINE __u32 forward_later_fragment(const struct frame *frame, struct packet *packet)
{
	__u32 id = fragment_destination(packet);
	const struct xlb_destination *destination = platform_destinations(packet, id);

	if (!id || !destination)
		return XLB_FRAGMENT_UNKNOWN;
	if (READ_ONCE(destination->flags) & XLB_DESTINATION_GONE)
		return XLB_REAL_SERVER_GONE;
	count_packet(packet, id, false);
	return send(frame, packet, destination);
}

/* Is what was found no longer this packet's flow? */
XLB_INLINE bool flow_is_over(const struct packet *packet, const struct xlb_settings *settings,
			     const struct flow *flow, const struct xlb_destination *destination)
{
	__u32 state = flow_state(flow->control);

	if (flow_expired(settings, packet->now, state, READ_ONCE(flow->slot->last_seen)))
		return true;
	if (!opens_flow(packet))
		return false;
	return reopens_flow(state) ||
	       (settings->reopen_gone && READ_ONCE(destination->flags) & XLB_DESTINATION_GONE);
}

XLB_INLINE __u32 forward_to(const struct frame *frame, struct packet *packet,
			    const struct xlb_settings *settings, __u64 addressed, __u32 virtual_server)
{
	struct flow_key key = flow_key_of(packet, settings, addressed, virtual_server);
	struct flow flow = flow_find(packet, &key);
	struct xlb_destination *destination;

	if (flow.slot) {
		destination = platform_destinations(packet, flow.destination);
		if (!destination)
			return XLB_BROKEN_TABLES;
		if (!flow_is_over(packet, settings, &flow, destination))
			return forward_in_flow(frame, packet, &flow, destination);
		flow_end(packet, flow.slot, flow.control);
	}
	if (packet->kind == PACKET_ICMP_ERROR)
		return XLB_ICMP_NO_FLOW;
	if (!opens_flow(packet))
		return XLB_NO_FLOW;
	return forward_new_flow(frame, packet, &key);
}

XLB_INLINE __u32 decide(platform_context *context, struct packet *packet)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	struct virtual_server_found found;
	struct frame frame;
	__u64 addressed;
	__u32 verdict;

	if (!settings)
		return XLB_BROKEN_TABLES;
	verdict = parse(context, packet);
	if (verdict != PARSED)
		return verdict;
	packet->now = platform_now(settings);
	frame = frame_of(context);
	if (packet->kind == PACKET_LATER_FRAGMENT)
		return forward_later_fragment(&frame, packet);
	addressed = addressed_hash(packet, settings, packet->virtual_port);
	found = find_virtual_server(packet, settings, addressed);
	return found.server ? forward_to(&frame, packet, settings, addressed, found.id) : (__u32)XLB_NOT_OURS;
}

/* The one entry. The caller has set packet->ingress, and in user space tables and row. Counts the verdict. */
XLB_INLINE enum xlb_verdict forward(platform_context *context, struct packet *packet)
{
	__u32 verdict = decide(context, packet);
	struct xlb_statistics *statistics = platform_statistics(packet, platform_row(packet));

	if (statistics)
		statistics->verdict[verdict & (XLB_VERDICT_SLOTS - 1)]++;
	return (enum xlb_verdict)verdict;
}

/* What the data path does with a packet of this verdict. */
XLB_INLINE enum xlb_action action_of(enum xlb_verdict verdict)
{
	switch (verdict) {
#define X(name, action, meaning)                                                                             \
	case XLB_##name:                                                                                     \
		return XLB_##action;
		XLB_VERDICTS(X)
#undef X
	default:
		return XLB_DROP;
	}
}
