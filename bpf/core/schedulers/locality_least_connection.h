/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Locality-based least connection: the destination that the address the client wanted was sent to last; where
 * there is none, it is drained or gone, or it has more active flows than weight while another is half idle,
 * the one that wlc picks, which is remembered (ip_vs_lblc.c). Thresholds count for the new choice only.
 */
#pragma once

XLB_INLINE bool lblc_stays(const struct packet *packet, const struct xlb_virtual_server *server, __u32 id)
{
	const struct xlb_destination *destination = remembered_destination(packet, server, id);

	return destination && READ_ONCE(destination->weight) > 0 && destination_in_service(destination) &&
	       !is_outrun(packet, server, destination);
}

XLB_INLINE __u32 lblc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct locality known = locality_find(packet, server);
	__u32 before = 0, id;

	if (known.record) {
		before = READ_ONCE(known.record->server[0]);
		if (locality_stands(&known) && lblc_stays(packet, server, before))
			return before;
	}
	id = wlc_pick(packet, server);
	if (id && id != before)
		locality_learn(packet, server, id);
	return id;
}
