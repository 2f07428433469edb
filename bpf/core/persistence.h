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

/* The destination of a template that is in force; renewed, and with one flow more. 0: there is none. */
XLB_INLINE __u32 template_follow(const struct packet *packet, const struct flow_key *key)
{
	struct flow found = flow_find(packet, key);
	const struct xlb_destination *destination;

	if (!found.slot)
		return 0;
	destination = platform_destinations(packet, found.destination);
	if (!destination)
		return 0;
	if (template_expired(packet->now, found.slot) && !template_prolong(found.slot)) {
		slot_end(packet, found.slot, found.control);
		return 0;
	}
	if (!template_holds(packet, destination)) {
		/* It stays until it expires, with the flows it controls, but is found no more. */
		WRITE_ONCE(found.slot->scope, key->id | XLB_TEMPLATE_INVALID);
		return 0;
	}
	WRITE_ONCE(found.slot->last_seen, packet->now);
	atomic_add(&found.slot->ports, 0x10000);
	return found.destination;
}

#define NOT_CONTROLLED 0x80000000u

/* Where a persistent client's new flow goes, 0 where no server takes it. With NOT_CONTROLLED where there was
 * no room for a template: the flow goes without. */
XLB_GLOBAL __u32 persistent_destination(const struct packet *packet, __u32 virtual_server)
{
	struct xlb_virtual_server *server;
	struct xlb_destination *destination;
	struct xlb_statistics *statistics;
	struct flow_key key = {};
	__u32 id, made;

	if (!packet)
		return 0;
	server = platform_virtual_servers(packet, virtual_server);
	if (!server)
		return 0;
	template_key_of(packet, server, &packet->client, &key);
	id = template_follow(packet, &key);
	if (id)
		return id;
	id = schedule(packet, server->pool);
	destination = platform_destinations(packet, id);
	if (!id || !destination)
		return 0;
	key.ports = server->persistence | 1u << 16;
	made = flow_make(packet, &key, XLB_STATE_TEMPLATE, id, destination);
	if (made)
		return made;
	statistics = platform_statistics(packet, platform_row(packet));
	if (statistics)
		statistics->templates_refused++;
	return id | NOT_CONTROLLED;
}
