/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fragments: only the first has ports. Where it went is remembered by (source, destination, protocol,
 * identification), and the later ones follow. Sets of four, the longest unused gives way; no lock: a way is
 * claimed and read as a flow slot is (phase, generation, tag in `control`).
 */
#pragma once

#include "bpf/core/flow_table.h"

#define FRAGMENT_GENERATION	0x0000fffcu
#define FRAGMENT_GENERATION_ONE 0x00000004u

struct fragment_key {
	__u32 set;
	__u32 tag;
};

/* What tells datagrams apart besides addresses and identification: in IPv4 the protocol (RFC 791), in IPv6
 * nothing, as later fragments may say another next header than the first (RFC 8200 4.5). */
XLB_INLINE __u8 fragment_protocol(const struct packet *packet)
{
	return packet->version == 4 ? packet->protocol : 0;
}

XLB_INLINE struct fragment_key fragment_key_of(const struct packet *packet)
{
	const struct xlb_settings *settings = platform_settings(packet, 0);
	struct fragment_key key;
	__u64 hash = mix_address(settings ? settings->flow_seed[0] : 0, &packet->client);

	hash = mix_address(hash, &packet->virtual_address);
	hash = mix(hash, packet->fragment | (__u64)fragment_protocol(packet) << 32);
	key.set = hash & (XLB_FRAGMENT_SETS - 1);
	key.tag = (__u32)(hash >> 32) & XLB_FLOW_TAG;
	return key;
}

XLB_INLINE bool fragment_matches(const struct xlb_fragment *way, const struct packet *packet)
{
	return way->identification == packet->fragment && way->protocol == fragment_protocol(packet) &&
	       same_address(&way->source, &packet->client) &&
	       same_address(&way->destination_address, &packet->virtual_address);
}

#define CLOCK_SLACK                                                                                          \
	16 /* ticks that another processor's clock may be ahead: no age, and not the greatest of all */

XLB_INLINE __u32 fragment_age(const struct packet *packet, const struct xlb_fragment *way)
{
	__u32 age = packet->now - READ_ONCE(way->last_seen) + CLOCK_SLACK;

	return age < CLOCK_SLACK ? 0 : age - CLOCK_SLACK;
}

/* The destination that the first fragment went to; 0: it was not seen, or too long ago. */
XLB_INLINE __u32 fragment_destination(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	struct xlb_fragment_set *set = platform_fragments(packet, key.set);
	__u32 i;

	if (!set)
		return 0;
	for (i = 0; i < XLB_FRAGMENT_WAYS; i++) {
		struct xlb_fragment *way = &set->way[i];
		__u32 control = READ_ONCE(way->control);
		__u32 destination;

		if ((control & (XLB_FLOW_PHASE | XLB_FLOW_TAG)) != (XLB_FLOW_LIVE | key.tag) ||
		    !fragment_matches(way, packet))
			continue;
		destination = READ_ONCE(way->destination);
		if (READ_ONCE(way->control) != control)
			continue;
		return fragment_age(packet, way) > XLB_FRAGMENT_TIMEOUT ? 0 : destination;
	}
	return 0;
}

/* Remembers where the datagram of this first fragment goes. A lost race costs that datagram, as a lost frame
 * would. */
XLB_GLOBAL __u32 fragment_learn(const struct packet *packet, __u32 destination)
{
	struct fragment_key key;
	struct xlb_fragment_set *set;
	struct xlb_fragment *oldest = NULL;
	__u32 oldest_age = 0, oldest_control = 0, control, i;

	if (!packet)
		return 0;
	key = fragment_key_of(packet);
	set = platform_fragments(packet, key.set);
	if (!set)
		return 0;
	for (i = 0; i < XLB_FRAGMENT_WAYS; i++) {
		struct xlb_fragment *way = &set->way[i];
		__u32 age = fragment_age(packet, way);

		control = READ_ONCE(way->control);
		if ((control & XLB_FLOW_PHASE) ==
		    XLB_FLOW_BUSY) /* its writer would mix its datagram into ours */
			continue;
		if ((control & XLB_FLOW_PHASE) == XLB_FLOW_EMPTY ||
		    ((control & XLB_FLOW_TAG) == key.tag && fragment_matches(way, packet)))
			age = 0x80000000u; /* the same datagram once more, or a free way */
		if (!oldest || age > oldest_age) {
			oldest = way;
			oldest_age = age;
			oldest_control = control;
		}
	}
	if (!oldest)
		return 0;
	control = oldest_control;
	if (compare_and_swap(&oldest->control, control,
			     key.tag | ((control + FRAGMENT_GENERATION_ONE) & FRAGMENT_GENERATION) |
				 XLB_FLOW_BUSY) != control)
		return 0;
	oldest->source = packet->client;
	oldest->destination_address = packet->virtual_address;
	oldest->identification = packet->fragment;
	oldest->protocol = fragment_protocol(packet);
	oldest->destination = destination;
	oldest->last_seen = packet->now;
	atomic_or(&oldest->control, XLB_FLOW_LIVE);
	return 0;
}
