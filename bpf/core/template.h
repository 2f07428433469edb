/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Templates of persistent clients: where the next flow of a client's network goes. Found and claimed as flows
 * are, in a table of their own.
 *
 * A template expires by its own life, which every new flow renews and packets do not. Where it expires while
 * it controls flows, it lives on by 60 s at a time, and from then on that is its life (ip_vs_conn_expire).
 */
#pragma once

#include "bpf/core/flow_table.h"

/* In clock units. */
XLB_INLINE __u32 template_life(__u16 timeout)
{
	__u32 seconds =
	    timeout & XLB_TEMPLATE_MINUTES ? (timeout & ~XLB_TEMPLATE_MINUTES) * 60u : (__u32)timeout;

	return seconds * XLB_CLOCK_SECOND;
}

XLB_INLINE bool template_expired(__u32 now, const struct xlb_flow_slot *slot)
{
	__s32 idle = now - READ_ONCE(slot->last_seen);

	return idle > (__s32)template_life(READ_ONCE(slot->timeout));
}

/* An expired template that controls flows goes on for a while. False where it controls none. */
XLB_INLINE bool template_prolong(struct xlb_flow_slot *slot)
{
	__u32 ports = READ_ONCE(slot->ports);
	__u32 last_seen = READ_ONCE(slot->last_seen);

	if (!(ports >> 16))
		return false;
	if (compare_and_swap(&slot->ports, ports, (ports & 0xffff0000u) | XLB_TEMPLATE_PROLONGED) == ports)
		WRITE_ONCE(slot->last_seen, last_seen + template_life((__u16)ports));
	return true;
}

/* So many flows that a template controls are over. */
XLB_INLINE void template_forget(struct xlb_flow_slot *slot, __u32 flows)
{
	/* Never below 0: one that replaced it after an eviction has not counted them. */
	if (atomic_add(&slot->ports, -(flows << 16)) >> 16 < flows)
		atomic_add(&slot->ports, flows << 16);
}

/* So many flows more for the template that was found with this control word. False: another template has got
 * its place since, and does not count what is not its own. */
XLB_INLINE bool template_count(struct xlb_flow_slot *slot, __u32 control, __u32 flows)
{
	atomic_add(&slot->ports, flows << 16);
	if (!((READ_ONCE(slot->control) ^ control) & XLB_FLOW_SAME))
		return true;
	template_forget(slot, flows);
	return false;
}

/* The template of this scope and destination is found no more; it stays until it expires, with the flows that
 * it controls. Another one may have got its place meanwhile: that holds no more, too, if it is of the same
 * destination, and else it is let be. */
XLB_INLINE void template_end_use(struct xlb_flow_slot *slot, __u32 scope, __u32 destination)
{
	__u32 place = scope | destination << 16;

	(void)compare_and_swap(&slot->place, place, place | XLB_TEMPLATE_INVALID);
}

XLB_INLINE void client_network(struct xlb_address *network, const struct xlb_address *client,
			       const struct xlb_virtual_server *server, bool ipv4)
{
	if (ipv4) {
		map_ipv4(network, client->word[3] & server->netmask);
		return;
	}
	network->half[0] = client->half[0];
	network->half[1] = client->half[1];
	if (server->prefix <= 64) {
		network->half[1] = 0;
		network->half[0] &= prefix_mask(server->prefix);
	} else {
		network->half[1] &= prefix_mask(server->prefix - 64);
	}
}

XLB_INLINE void template_key_of(const struct packet *packet, const struct xlb_virtual_server *server,
				const struct xlb_address *client, struct flow_key *key)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);

	key->table = TEMPLATES;
	key->id = server->template_scope;
	client_network(&key->client, client, server, is_ipv4_mapped(&server->address));
	place_key(packet, key, mix(mix_address(settings ? settings->flow_seed[1] : 0, &key->client), key->id),
		  XLB_FLOW_TAG_OTHER);
}

/* The place of the template of a flow that one controls; one that is found no more (XLB_TEMPLATE_INVALID)
 * still does. 0: there is none. */
XLB_GLOBAL __u32 template_of_flow(const struct packet *packet, const struct xlb_flow_slot *of)
{
	const struct xlb_destination *destination;
	const struct xlb_virtual_server *server;
	struct xlb_address client;
	struct flow_key key = {};
	struct flow found;

	if (!packet || !of)
		return 0;
	destination = platform_destinations(packet, of->destination);
	server = destination ? platform_virtual_servers(packet, destination->virtual_server) : NULL;
	if (!server)
		return 0;
	client = of->client;
	if (is_ipv4_mapped(&server->address))
		map_ipv4(&client, of->client.word[XLB_FLOW_CLIENT]);
	template_key_of(packet, server, &client, &key);
	key.controlling = of->destination;
	found = flow_find(packet, &key);
	return found.slot ? found.place : 0;
}

XLB_INLINE void template_release(const struct packet *packet, const struct xlb_flow_slot *of)
{
	struct xlb_flow_slot *slot = slot_at(packet, TEMPLATES, template_of_flow(packet, of));

	if (slot)
		template_forget(slot, 1);
}

/* A flow that it controls was established (ip_vs_control_assure_ct). */
XLB_INLINE void template_assure(const struct packet *packet, const struct xlb_flow_slot *of)
{
	struct xlb_flow_slot *slot = slot_at(packet, TEMPLATES, template_of_flow(packet, of));
	__u32 control = slot ? READ_ONCE(slot->control) : 0;

	if (slot && (control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE && flow_state(control) == XLB_STATE_TEMPLATE)
		(void)change_control(slot, control, control_with_state(control, XLB_STATE_ASSURED));
}

/* Ends a flow or a template, unless somebody else changed it first (0). */
XLB_GLOBAL __u32 flow_end(const struct packet *packet, struct xlb_flow_slot *slot, __u32 control)
{
	struct xlb_flow_slot copy; /* somebody else has it as soon as it is empty */

	if (!packet || !slot)
		return 0;
	copy = *slot;
	if (!slot_end(packet, slot, control))
		return 0;
	if (!XLB_IS_TEMPLATE(flow_state(control)) && copy.virtual_address & XLB_FLOW_CONTROLLED)
		template_release(packet, &copy);
	return 1;
}

/* Moves a flow to another state, and its count with it. Another processor may move the same flow: the loser
 * lets it be. */
XLB_INLINE void flow_move(const struct packet *packet, const struct flow *flow,
			  struct xlb_destination *destination, __u32 state)
{
	__u32 control = control_with_state(flow->control, state);

	if (!change_control(flow->slot, flow->control, control))
		return;
	if ((control ^ flow->control) & XLB_FLOW_INACTIVE) {
		add_to_count(destination, control, 1);
		add_to_count(destination, flow->control, -1);
	}
	if (state == XLB_STATE_ESTABLISHED && READ_ONCE(flow->slot->virtual_address) & XLB_FLOW_CONTROLLED)
		template_assure(packet, flow->slot);
}
