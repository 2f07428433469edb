/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the smallest load / weight (ip_vs_wlc.c). */
#pragma once

XLB_INLINE bool wlc_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	keep_least(walk, destination_load(destination), share);
	return false;
}

/* lblc and lblcr ask it, too, and rr and wrr where they find nobody near. */
SHARED_WALK(least_loaded, wlc)

XLB_INLINE __u32 wlc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return least_loaded(packet, server->pool);
}
