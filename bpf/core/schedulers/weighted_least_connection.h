/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the smallest load / weight (ip_vs_wlc.c). */
#pragma once

XLB_INLINE bool wlc_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	keep_least(walk, destination_load(destination), share);
	return false;
}

static long wlc_stretch(__u32 index, void *context)
{
	return walk_stretch(index, context, wlc_consider);
}

/* A function of its own, verified once: lblc and lblcr ask it, too. */
XLB_GLOBAL __u32 least_loaded(const struct packet *packet, __u32 pool)
{
	const struct xlb_virtual_server *server;

	if (!packet)
		return 0;
	server = platform_virtual_servers(packet, pool);
	return server ? walk_list(packet, server, wlc_stretch) : 0;
}

XLB_INLINE __u32 wlc_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return least_loaded(packet, server->pool);
}
