/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Persistence (ip_vs_sched_persist): a client's new flows follow its template, whatever the weight or the
 * load of the real server has become; the first of them makes it.
 */
#pragma once

#include "bpf/core/flow_claim.h"
#include "bpf/core/scheduler.h"

/* May flows still follow a template to this destination (ip_vs_check_template)? */
XLB_INLINE bool template_holds(const struct packet *packet, const struct xlb_destination *destination)
{
	if ((READ_ONCE(destination->flags) & (XLB_IN_USE | XLB_DESTINATION_GONE)) != XLB_IN_USE)
		return false;
	return READ_ONCE(destination->weight) || !(packet->options & XLB_OPTION_EXPIRE_QUIESCENT_TEMPLATE);
}

/* The destination of the client's template, which is renewed and has one flow more. 0: it has none in force.
 */
XLB_GLOBAL __u32 template_follow(const struct packet *packet, __u32 virtual_server)
{
	const struct xlb_virtual_server *server;
	const struct xlb_destination *destination;
	struct flow_key key = {};
	struct flow found;

	if (!packet)
		return 0;
	server = platform_virtual_servers(packet, virtual_server);
	if (!server)
		return 0;
	template_key_of(packet, server, &packet->client, &key);
	found = flow_find(packet, &key);
	if (!found.slot)
		return 0;
	destination = platform_destinations(packet, found.destination);
	if (!destination)
		return 0;
	if (template_expired(packet->now, found.slot) && !template_prolong(found.slot)) {
		flow_end(packet, found.slot, found.control);
		return 0;
	}
	if (!template_holds(packet, destination)) {
		template_end_use(found.slot, key.id, found.destination);
		return 0;
	}
	WRITE_ONCE(found.slot->last_seen, packet->now);
	return template_count(found.slot, found.control, 1) ? found.destination : 0;
}

/* Keeps the client on this destination. Returns where its template says: the same, or another one where
 * another processor was first; 0 where there is no room: the flow goes without. */
XLB_GLOBAL __u32 template_make(const struct packet *packet, __u32 virtual_server, __u32 destination_id)
{
	const struct xlb_virtual_server *server;
	struct xlb_destination *destination;
	struct xlb_statistics *statistics;
	struct flow_key key = {};
	__u32 made;

	if (!packet)
		return 0;
	server = platform_virtual_servers(packet, virtual_server);
	destination = platform_destinations(packet, destination_id);
	if (!server || !destination)
		return 0;
	template_key_of(packet, server, &packet->client, &key);
	key.ports = server->persistence | 1u << 16;
	made = flow_make(packet, &key, XLB_STATE_TEMPLATE, destination_id, destination);
	if (made == destination_id)
		return made;
	if (made) /* the flow goes where the other template says, which has not counted it */
		return template_follow(packet, virtual_server);
	statistics = own_statistics(packet);
	if (statistics)
		statistics->templates_refused++;
	return 0;
}

/* As a flow of this packet to this destination would say it. */
XLB_INLINE void flow_of_packet(const struct packet *packet, __u32 destination, struct xlb_flow_slot *flow)
{
	flow->client = packet->client;
	if (packet->version == 4)
		flow->client.word[XLB_FLOW_CLIENT] = packet->client.word[3];
	flow->destination = destination;
}

/* A packet that follows a template makes no flow: it is scheduled alone, or there is no room. */
XLB_GLOBAL __u32 template_leave(const struct packet *packet, __u32 destination)
{
	struct xlb_flow_slot flow = {};

	if (!packet)
		return 0;
	flow_of_packet(packet, destination, &flow);
	template_release(packet, &flow);
	return 0;
}

/* A flow that follows a template begins established (sloppy_tcp). */
XLB_GLOBAL __u32 template_confirm(const struct packet *packet, __u32 destination)
{
	struct xlb_flow_slot flow = {};

	if (!packet)
		return 0;
	flow_of_packet(packet, destination, &flow);
	template_assure(packet, &flow);
	return 0;
}
