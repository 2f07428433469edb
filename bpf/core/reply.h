/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all answers of the director itself have in common: whom it answers, how often, and the way back. They
 * are made in place, in the frame that they answer.
 */
#pragma once

#include "bpf/core/checksum.h"

#define ANSWER_TTL 64 /* as net.ipv4.ip_default_ttl and net.ipv6.conf.*.hop_limit */

/* Both ends of the link and what follows up to the IP header, with as many tags as there may be. */
struct link_header {
	__be16 destination[3];
	__be16 source[3];
	__be16 rest[1 + 2 * XLB_MAX_VLAN_TAGS];
};

#define ETHERNET_GROUP bpf_htons(0x0100) /* in the first word: more than one station (IEEE 802.3 3.2.3) */

/* RFC 1122 3.2.2: not zero, loopback, multicast, class E or broadcast. (That an address is the broadcast one
 * of some network, only its routers know.) */
XLB_INLINE bool one_ipv4_host(__be32 address)
{
	const __u32 first = bpf_ntohl(address) >> 24;

	return first != 0 && first != 127 && first < 224;
}

/* RFC 4443 2.4(e): not unspecified or multicast; and not loopback, which no link carries (RFC 4291 2.5.3). */
XLB_INLINE bool one_ipv6_host(const struct in6_addr *address)
{
	const __be32 *word = address->s6_addr32;

	if ((bpf_ntohl(word[0]) >> 24) == 0xff)
		return false;
	return word[0] || word[1] || word[2] || bpf_ntohl(word[3]) > 1;
}

/* Is it from one host to one host, on the link as well? */
XLB_INLINE bool may_be_answered(const struct frame *frame, const struct packet *packet)
{
	const struct link_header *link = frame_at(frame, 0, const struct link_header);
	const __u32 network = packet->network & LARGEST_NETWORK;

	if (!link || (link->destination[0] | link->source[0]) & ETHERNET_GROUP)
		return false;
	if (packet->version == 4) {
		const struct iphdr *ip = frame_at(frame, network, const struct iphdr);

		return ip && one_ipv4_host(ip->saddr) && one_ipv4_host(ip->daddr);
	} else {
		const struct ipv6hdr *ip = frame_at(frame, network, const struct ipv6hdr);

		return ip && one_ipv6_host(&ip->saddr) && one_ipv6_host(&ip->daddr);
	}
}

/* Takes one of this second's answers out of `budget`, which is of these statistics; false where they are used
 * up. The row is this processor's own. */
XLB_INLINE bool take_of_budget(const struct packet *packet, struct xlb_statistics *statistics,
			       struct xlb_answer_budget *budget)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	const __u32 second = packet->now / XLB_CLOCK_SECOND;

	if (!settings)
		return false;
	if (budget->second != second) {
		budget->second = second;
		budget->used = 0;
	}
	if (settings->icmp_per_second && budget->used >= settings->icmp_per_second) {
		statistics->unanswered++;
		return false;
	}
	budget->used++;
	return true;
}

XLB_INLINE bool take_icmp(const struct packet *packet)
{
	struct xlb_statistics *statistics = own_statistics(packet);

	return statistics && take_of_budget(packet, statistics, &statistics->icmp);
}

/* Counted apart: a flood that is told of unreachable ports leaves the resets of dead connections alone. */
XLB_INLINE bool take_reset(const struct packet *packet)
{
	struct xlb_statistics *statistics = own_statistics(packet);

	return statistics && take_of_budget(packet, statistics, &statistics->resets);
}

/* Writes the link header to the frame's start, towards who sent the frame that it is of. What it writes
 * beyond the tags is written again by the IP header. */
XLB_INLINE void turn_link(struct link_header *to, const struct link_header *from)
{
	const struct link_header was = *from;
	int i;

	for (i = 0; i < 3; i++) {
		to->destination[i] = was.source[i];
		to->source[i] = was.destination[i];
	}
	for (i = 0; i < 1 + 2 * XLB_MAX_VLAN_TAGS; i++)
		to->rest[i] = was.rest[i];
}

/* The frame is an answer now. */
XLB_INLINE bool answered(struct packet *packet)
{
	struct xlb_statistics *statistics = own_statistics(packet);

	if (statistics)
		statistics->answered++;
	packet->answered = 1;
	return true;
}
