/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Firewall marks. XDP runs before netfilter and sees none, so the configuration says which packets carry
 * which mark (xlb_mark). The rules stand longest prefix first: the first that fits counts.
 */
#pragma once

#include "bpf/core/packet.h"

struct mark_search {
	const struct packet *packet;
	__u32 first;
	__u32 virtual_server;
};

static long mark_rule_consider(__u32 index, void *context)
{
	struct mark_search *search = (struct mark_search *)context;
	const struct packet *packet = search->packet;
	const struct xlb_mark_rule *rule = platform_mark_rules(packet, search->first + index);
	__u16 port = bpf_ntohs(packet->virtual_port);

	if (!rule)
		return 1;
	if ((rule->protocol && rule->protocol != packet->protocol) || port < rule->first_port ||
	    port > rule->last_port)
		return 0;
	if ((packet->virtual_address.half[0] & rule->mask.half[0]) != rule->prefix.half[0] ||
	    (packet->virtual_address.half[1] & rule->mask.half[1]) != rule->prefix.half[1])
		return 0;
	if (packet->version == 4 && !is_ipv4_mapped(&rule->prefix))
		return 0; /* IPv6's whole network holds the mapped addresses */
	search->virtual_server = rule->virtual_server;
	return 1;
}

/* The virtual server of the packet's mark; 0: it has no mark, or nobody serves it. */
XLB_GLOBAL __u32 marked_virtual_server(const struct packet *packet, __u32 rules)
{
	struct mark_search search = {};

	if (!packet)
		return 0;
	search.packet = packet;
	search.first = rules >> 16;
	platform_loop(rules & 0xffff, mark_rule_consider, &search);
	return search.virtual_server;
}
