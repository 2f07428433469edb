/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells whoever watches what became of a packet. Called only while settings.options says that somebody does,
 * after the verdict: what it needs to know beyond that it looks up once more, so that forwarding need not
 * carry it along.
 */
#pragma once

#include "bpf/core/fragment.h"
#include "bpf/core/new_flow.h"

/* An ICMP error is ICMP, whatever it quotes; that of IPv6 goes by the number of IPv4's. */
XLB_INLINE __u8 traced_protocol(const struct packet *packet)
{
	if (packet->kind == PACKET_ICMP_ERROR || packet->protocol == IPPROTO_ICMPV6)
		return IPPROTO_ICMP;
	return packet->protocol;
}

XLB_INLINE bool inside_net(const struct xlb_address *address, const struct xlb_trace_net *net)
{
	return !(((address->half[0] & net->mask.half[0]) ^ net->prefix.half[0]) |
		 ((address->half[1] & net->mask.half[1]) ^ net->prefix.half[1]));
}

/* Is it refused by one thing that the term asks for? */
XLB_INLINE bool refused(const struct xlb_trace_term *term, __u32 what, bool fits)
{
	return fits == !!(term->negated & what);
}

/* Does the packet fit the term of this number? A function apart, so that it is verified once. */
XLB_GLOBAL __u32 trace_fits(const struct packet *packet, __u32 number, __u32 verdict, __u32 virtual_server,
			    __u32 fresh)
{
	const struct xlb_virtual_server *server;
	const struct xlb_trace *trace;
	const struct xlb_trace_term *term;

	if (!packet)
		return 0;
	trace = platform_trace(packet, 0);
	if (!trace)
		return 0;
	term = &trace->term[number & (XLB_TRACE_TERMS - 1)];
	if (!(term->verdicts >> (verdict & 31) & 1))
		return 0;
	if (refused(term, XLB_TRACE_CLIENT, inside_net(&packet->client, &term->client)) ||
	    refused(term, XLB_TRACE_VIRTUAL, inside_net(&packet->virtual_address, &term->virtual_address)) ||
	    refused(term, XLB_TRACE_HOST,
		    inside_net(&packet->client, &term->host) ||
			inside_net(&packet->virtual_address, &term->host)))
		return 0;
	if ((term->client_port &&
	     refused(term, XLB_TRACE_CLIENT_PORT, packet->client_port == term->client_port)) ||
	    (term->virtual_port &&
	     refused(term, XLB_TRACE_VIRTUAL_PORT, packet->virtual_port == term->virtual_port)) ||
	    (term->port && refused(term, XLB_TRACE_PORT,
				   packet->client_port == term->port || packet->virtual_port == term->port)))
		return 0;
	if (term->protocol && refused(term, XLB_TRACE_PROTOCOL, traced_protocol(packet) == term->protocol))
		return 0;
	if ((term->version && term->version != packet->version) ||
	    (term->fresh && term->fresh != (fresh ? 1 : 2)))
		return 0;
	if (!term->fwmark)
		return 1;
	server = virtual_server ? platform_virtual_servers(packet, virtual_server) : NULL;
	return server && server->fwmark == term->fwmark;
}

/* The records of a second, spread over it: a virtual scheduling algorithm (GCRA, ITU-T I.371), as one word.
 * Where two processors meet, one of them tells nothing, and counts that. */
XLB_INLINE bool within_rate(struct xlb_trace *trace, __u32 now)
{
	const __u64 clock = (__u64)now << 16;
	const __u64 due = READ_ONCE(trace->due);
	const __s64 ahead = (__s64)((due - clock) << 16) >> 16; /* the clock wraps at 2^48 of these units */

	if (!trace->cost)
		return true;
	if (ahead > (__s64)trace->burst)
		return false;
	return compare_and_swap(&trace->due, due, (ahead < 0 ? clock : due) + trace->cost) == due;
}

/* What is known of a packet beyond struct packet. */
struct traced_place {
	__u32 virtual_server;
	__u32 destination;
	__u32 state;
	__u32 flags; /* XLB_TRACED_* */
};

/* Has the packet come as far as being looked for among virtual servers and flows, and found there? */
XLB_INLINE bool was_placed(__u32 verdict)
{
	return verdict == XLB_FORWARDED || verdict >= XLB_ICMP_NO_FLOW;
}

/* Where the packet belongs, looked up once more. */
XLB_GLOBAL __u32 trace_place(const struct packet *packet, __u64 fresh, struct traced_place *place)
{
	const struct xlb_destination *destination;
	const struct xlb_settings *settings;
	struct virtual_server_found found;
	struct flow_key key;
	struct flow flow;
	__u64 addressed;

	if (!packet || !place)
		return 0;
	settings = platform_settings(packet, 0);
	if (!settings)
		return 0;
	place->virtual_server = (__u32)fresh;
	place->destination = fresh >> 32 & 0xffff;
	if (place->virtual_server)
		place->flags |= XLB_TRACED_NEW;
	if (fresh >> 48)
		place->flags |= XLB_TRACED_TEMPLATE;
	if (packet->kind == PACKET_LATER_FRAGMENT) {
		place->destination = fragment_destination(packet);
	} else {
		addressed = addressed_hash(packet, settings, packet->virtual_port);
		found = find_virtual_server(packet, settings, addressed);
		if (found.server) {
			place->virtual_server = found.id;
			flow_key_of(packet, settings, addressed, found.server, &key);
			flow = flow_find(packet, &key);
			if (flow.slot) {
				place->destination = flow.destination;
				place->state = flow_state(flow.control);
				place->flags |= XLB_TRACED_FLOW;
				if (READ_ONCE(flow.slot->virtual_address) & XLB_FLOW_CONTROLLED)
					place->flags |= XLB_TRACED_PERSISTENT;
			}
		}
	}
	destination = platform_destinations(packet, place->destination);
	if (place->destination && destination && !place->virtual_server)
		place->virtual_server = destination->virtual_server;
	return 0;
}

XLB_INLINE void tell_servers(struct xlb_traced *traced, const struct packet *packet,
			     const struct traced_place *place)
{
	const struct xlb_virtual_server *server = platform_virtual_servers(packet, place->virtual_server);
	const struct xlb_destination *destination = platform_destinations(packet, place->destination);
	const struct xlb_real_server *real_server;

	if (place->virtual_server && server) {
		traced->server_port = server->port;
		traced->fwmark = server->fwmark;
	}
	if (!place->destination || !destination)
		return;
	real_server = platform_real_servers(packet, destination->real_server);
	if (!real_server)
		return;
	traced->real_server = real_server->address;
	traced->destination_mac.word = READ_ONCE(real_server->destination_mac.word);
}

/* A record with up to `room` bytes of the frame. `room` is a constant: the ring gives out no other sizes. */
XLB_INLINE bool tell(platform_context *context, const struct packet *packet, __u32 verdict,
		     const struct traced_place *place, __u32 wanted, __u32 room)
{
	const struct frame frame = frame_of(context);
	struct xlb_traced *traced =
	    (struct xlb_traced *)platform_trace_reserve(packet, sizeof(*traced) + room);
	const struct xlb_settings *settings = platform_settings(packet, 0);
	__u64 size = wanted;

	if (!traced)
		return false;
	__builtin_memset(traced, 0, sizeof(*traced));
	traced->time = platform_trace_time(packet, settings);
	traced->ingress = packet->ingress;
	traced->egress = verdict == XLB_FORWARDED ? packet->egress : 0;
	traced->client = packet->client;
	traced->virtual_address = packet->virtual_address;
	traced->client_port = packet->client_port;
	traced->virtual_port = packet->virtual_port;
	traced->virtual_server = place->virtual_server;
	traced->destination = place->destination;
	traced->frame_length = platform_frame_length(&frame);
	traced->length = packet->length;
	traced->protocol = packet->protocol;
	traced->version = packet->version;
	traced->kind = packet->kind;
	traced->tcp_flags = packet->tcp_flags;
	traced->verdict = verdict;
	traced->flags = place->flags;
	traced->state = place->state;
	traced->state_before = packet->moved ? packet->moved - 1 : place->state;
	tell_servers(traced, packet, place);
	platform_clamp(size, room); /* nothing is asked for: a byte is read in vain */
	if (platform_load_frame(context, (__u8 *)(traced + 1), size) == 0 && wanted)
		traced->captured = size;
	platform_trace_submit(packet, traced);
	return true;
}

XLB_INLINE bool fits_any(const struct packet *packet, const struct xlb_trace *trace, __u32 verdict,
			 const struct traced_place *place)
{
	const bool fresh = place->flags & XLB_TRACED_NEW;
	__u32 i;

	for (i = 0; i < XLB_TRACE_TERMS; i++) {
		if (i >= READ_ONCE(trace->terms))
			break;
		if (trace_fits(packet, i, verdict, place->virtual_server, fresh))
			return true;
	}
	return false;
}

/* Tells of a packet that is done with, but not answered yet; `fresh` is what_came_of() its new flow. Counts
 * what it cannot tell. */
XLB_SELDOM __u32 tell_of(platform_context *context, const struct packet *packet, __u32 verdict, __u64 fresh)
{
	struct traced_place place = {};
	struct xlb_statistics *statistics;
	struct xlb_settings *settings;
	struct xlb_trace *trace;
	struct frame frame;
	__u32 now, wanted;
	bool told;

	if (!packet)
		return 0;
	settings = platform_settings(packet, 0);
	trace = platform_trace(packet, 0);
	statistics = own_statistics(packet);
	if (!settings || !trace || !statistics)
		return 0;
	now = platform_now(packet, settings);
	if (!READ_ONCE(trace->until) || (__s32)(READ_ONCE(trace->until) - now) <= 0) {
		/* Nobody has asked for more in time: the process of the viewer may be dead. */
		__sync_fetch_and_and(&settings->options, ~XLB_OPTION_TRACE);
		return 0;
	}
	if (was_placed(verdict))
		trace_place(packet, fresh, &place);
	if (!fits_any(packet, trace, verdict, &place))
		return 0;
	if (!within_rate(trace, now)) {
		statistics->trace_limited++;
		return 0;
	}
	frame = frame_of(context);
	wanted = platform_frame_length(&frame);
	if (wanted > READ_ONCE(trace->snap))
		wanted = READ_ONCE(trace->snap);
	if (wanted <= XLB_TRACE_HEADERS)
		told = tell(context, packet, verdict, &place, wanted, XLB_TRACE_HEADERS);
	else if (wanted <= XLB_TRACE_MIDDLE)
		told = tell(context, packet, verdict, &place, wanted, XLB_TRACE_MIDDLE);
	else
		told = tell(context, packet, verdict, &place, wanted, XLB_TRACE_WHOLE);
	if (!told)
		statistics->trace_lost++;
	return 0;
}
