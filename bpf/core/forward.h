/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet path, as a sentence: parse, find the virtual server, find the flow or schedule one, rewrite,
 * verdict. */
#pragma once

#include "bpf/core/answer.h"
#include "bpf/core/fragment.h"
#include "bpf/core/gone.h"
#include "bpf/core/icmp.h"
#include "bpf/core/persistence.h"
#include "bpf/core/rewrite.h"
#include "bpf/core/steer.h"
#include "bpf/core/trace.h"

XLB_INLINE void count_packet(const struct packet *packet, __u32 destination, bool opened)
{
	struct xlb_counters *counters = platform_counters(packet);
	struct xlb_destination_statistics *statistics;

	if (!counters || platform_again(packet))
		return;
	statistics = &counters->destination[destination & (XLB_MAX_DESTINATIONS - 1)];
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

	return real_server ? rewrite(frame, packet, real_server, destination->real_server)
			   : (__u32)XLB_BROKEN_TABLES;
}

XLB_INLINE __u32 forward_in_flow(const struct frame *frame, struct packet *packet, const struct flow *flow,
				 struct xlb_destination *destination)
{
	__u32 state = flow_state(flow->control);
	__u32 next = next_state(packet, state);

	count_packet(packet, flow->destination, false);
	if (packet->kind != PACKET_ICMP_ERROR && READ_ONCE(flow->slot->last_seen) != packet->now)
		WRITE_ONCE(flow->slot->last_seen, packet->now);
	if (next != state) {
		packet->moved = state + 1;
		flow_move(packet, flow, destination, next);
	}
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		fragment_learn(packet, flow->destination);
	return send(frame, packet, destination);
}

/* One-packet scheduling: what it would count as a flow begins and ends here, for the thresholds' sake. */
XLB_INLINE __u32 forward_alone(const struct frame *frame, struct packet *packet, __u32 id)
{
	struct xlb_destination *destination = platform_destinations(packet, id);

	if (!destination)
		return XLB_BROKEN_TABLES;
	if (READ_ONCE(destination->upper)) {
		count_begin(destination, XLB_FLOW_INACTIVE);
		count_end(destination, XLB_FLOW_INACTIVE);
	}
	count_packet(packet, id, true);
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		fragment_learn(packet, id);
	return send(frame, packet, destination);
}

/* FTP's virtual server that is not persistent, or has nobody to send to, sees data connections of its
 * address, but lets them be (ip_vs_leave). */
XLB_INLINE bool only_seen_by_ftp(const struct packet *packet, const struct xlb_virtual_server *server)
{
	return server->port == bpf_htons(FTP_PORT) && packet->virtual_port != server->port;
}

/* Makes the flow of this packet. Returns where it goes: the same, or another destination where another
 * processor was first; 0 where there is no room. */
XLB_GLOBAL __u32 make_flow(const struct packet *packet, const struct flow_key *key, __u32 scheduled)
{
	struct xlb_destination *destination;

	if (!packet || !key)
		return 0;
	destination = platform_destinations(packet, scheduled);
	return destination ? flow_make(packet, key, first_state(packet), scheduled, destination) : 0;
}

/* Not a verdict: the packet belongs to no flow and may open one. */
#define NEEDS_FLOW (XLB_VERDICT_COUNT + 1)

XLB_INLINE __u32 forward_new_flow(platform_context *context, struct packet *packet, struct new_flow *fresh)
{
	const struct xlb_virtual_server *server = platform_virtual_servers(packet, fresh->virtual_server);
	const struct frame frame = frame_of(context);
	const struct xlb_destination *destination;
	bool persistent, alone;
	__u32 followed = 0, id;

	if (!server)
		return XLB_BROKEN_TABLES;
	persistent = server->persistence;
	if (!persistent && only_seen_by_ftp(packet, server))
		return XLB_NOT_OURS;
	alone = server->flags & XLB_ONE_PACKET && packet->protocol == IPPROTO_UDP;
	if (persistent && packet->opening != OPENING_NO_TEMPLATE)
		fresh->followed = followed = template_follow(packet, fresh->virtual_server);
	id = followed;
	if (!id && packet->opening != OPENING_NOWHERE)
		id = schedule(packet, server->pool);
	if (!id && packet->adopted) /* without a real server it is a stray packet, as any other */
		return XLB_NO_FLOW;
	if (!id)
		return only_seen_by_ftp(packet, server) ? XLB_NOT_OURS : XLB_NO_REAL_SERVER;
	if (persistent && !followed)
		followed = template_make(packet, fresh->virtual_server, id);
	if (followed) {
		id = followed;
		fresh->key.id |= XLB_FLOW_CONTROLLED;
	}
	fresh->destination = id;
	if (alone) {
		if (followed)
			template_leave(packet, followed);
		return forward_alone(&frame, packet, id);
	}
	id = make_flow(packet, &fresh->key, id);
	if (!id) {
		if (followed)
			template_leave(packet, followed);
		return XLB_FLOW_TABLE_FULL;
	}
	if (followed && first_state(packet) == XLB_STATE_ESTABLISHED)
		template_confirm(packet, followed);
	fresh->destination = id;
	destination = platform_destinations(packet, id);
	if (!destination)
		return XLB_BROKEN_TABLES;
	count_packet(packet, id, true);
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		fragment_learn(packet, id);
	return send(&frame, packet, destination);
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

/* Does a SYN begin a new flow in the place of the one it was found to belong to (ip_vs_in, is_new_conn)? */
XLB_INLINE bool starts_anew(const struct packet *packet, const struct flow *flow,
			    const struct xlb_destination *destination)
{
	if (packet->protocol != IPPROTO_TCP || !(packet->tcp_flags & PACKET_TCP_SYN) ||
	    packet->kind == PACKET_ICMP_ERROR || packet->opening >= OPENING_MADE)
		return false;
	if (packet->options & XLB_OPTION_EXPIRE_NODEST_CONN && !READ_ONCE(destination->weight))
		return true;
	return packet->options & XLB_OPTION_REUSE && flow_may_be_reused(packet, flow_state(flow->control)) &&
	       !(READ_ONCE(flow->slot->virtual_address) & XLB_FLOW_CONTROLLED);
}

/* After a fail-over: mh names the same real server that the other director chose. */
XLB_INLINE bool adopts(struct packet *packet, const struct xlb_virtual_server *server)
{
	const struct xlb_virtual_server *pool;

	if (!(packet->options & XLB_OPTION_ADOPT_FLOWS) || packet->protocol != IPPROTO_TCP ||
	    packet->kind == PACKET_ICMP_ERROR || packet->tcp_flags & PACKET_TCP_RST)
		return false;
	pool = platform_virtual_servers(packet, server->pool);
	packet->adopted = pool && pool->scheduler == XLB_MAGLEV_HASHING;
	return packet->adopted;
}

XLB_INLINE __u32 forward_known(const struct frame *frame, struct packet *packet,
			       const struct xlb_settings *settings, __u64 addressed, struct new_flow *fresh)
{
	const struct virtual_server_found found = find_virtual_server(packet, settings, addressed);
	struct xlb_destination *destination;
	struct flow_key key; /* not the caller's: what nobody else knows of stays in registers */
	struct flow flow;

	if (!found.server || !(settings->lookups & XLB_LOOKUP_SERVERS))
		return XLB_NOT_OURS;
	if (packet->options & XLB_OPTION_STEER && steered(frame, packet))
		return STEERED;
	flow_key_of(packet, settings, addressed, found.server, &key);
	flow = flow_find(packet, &key);
	if (flow.slot) {
		__u32 action = GONE_END;

		destination = platform_destinations(packet, flow.destination);
		if (!destination)
			return XLB_BROKEN_TABLES;
		if (!flow_expired(settings, packet->now, flow_state(flow.control),
				  READ_ONCE(flow.slot->last_seen)) &&
		    !starts_anew(packet, &flow, destination)) {
			if (!(READ_ONCE(destination->flags) & XLB_DESTINATION_GONE))
				return forward_in_flow(frame, packet, &flow, destination);
			action = action_when_gone(packet);
			fresh->destination = flow.destination;
		}
		if (action != GONE_DROP)
			flow_end(packet, flow.slot, flow.control);
		if (action != GONE_END)
			return XLB_REAL_SERVER_GONE;
	}
	if (packet->kind == PACKET_ICMP_ERROR)
		return XLB_ICMP_NO_FLOW;
	if (!(READ_ONCE(found.server->flags) & XLB_IN_USE))
		return XLB_NOT_OURS;
	if (!opens_flow(packet) && !adopts(packet, found.server))
		return XLB_NO_FLOW;
	fresh->key = key;
	fresh->virtual_server = found.id;
	return NEEDS_FLOW;
}

/* Apart: its stack is given back before a flow is made. */
XLB_APART __u32 decide(platform_context *context, struct packet *packet, struct new_flow *fresh)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	const struct frame frame = frame_of(context);

	if (!settings)
		return XLB_BROKEN_TABLES;
	if (packet->kind == PACKET_LATER_FRAGMENT)
		return forward_later_fragment(&frame, packet);
	return forward_known(&frame, packet, settings, addressed_hash(packet, settings, packet->virtual_port),
			     fresh);
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

/* For the neighbour of its real server, in user space. */
XLB_INLINE bool may_wait(platform_context *context, const struct packet *packet)
{
	const struct frame frame = frame_of(context);

	return packet->awaited && platform_holds(packet) &&
	       (platform_holds_here(packet) || steered(&frame, packet));
}

/* Of packets that the fast path did not take. Counts the verdict; one that is STEERED is counted where it
 * goes. Apart: its stack is not that of the fast path and what that calls. */
XLB_APART enum xlb_verdict forward_with_care(platform_context *context, struct packet *packet)
{
	struct new_flow fresh = {};
	__u32 verdict = read_packet(context, packet);
	struct xlb_statistics *statistics;

	if (verdict == PARSED)
		verdict = decide(context, packet, &fresh);
	if (verdict == STEERED)
		return (enum xlb_verdict)STEERED;
	if (verdict == NEEDS_FLOW)
		verdict = forward_new_flow(context, packet, &fresh);
	if (verdict == XLB_NO_NEIGHBOUR && may_wait(context, packet))
		return (enum xlb_verdict)STEERED;
	statistics = own_statistics(packet);
	if (statistics)
		statistics->verdict[verdict & (XLB_VERDICT_SLOTS - 1)]++;
	if (packet->options & XLB_OPTION_TRACE)
		tell_of(context, packet, verdict, what_came_of(&fresh));
	if (verdict != XLB_FORWARDED && action_of((enum xlb_verdict)verdict) == XLB_DROP)
		answer(context, packet, verdict);
	return (enum xlb_verdict)verdict;
}
