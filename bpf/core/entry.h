/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a packet enters the core: the fast path, and for what that does not take all the rest. */
#pragma once

#include "bpf/core/fast_open.h"
#include "bpf/core/forward.h"

/* What the fast path says may open a flow. As fast_open(), but nothing is to be settled any more. */
XLB_INLINE __u32 open_or_settle(platform_context *context, struct packet *packet)
{
	const __u32 interface = fast_open(context, packet);

	if (!interface && packet->opening == OPENING_TWIN)
		(void)settle_flow(packet);
	return interface;
}

/* The XDP program does these steps itself, having something to do between them. The caller has set
 * packet->ingress, tables, row and clock, and all else to 0. */
XLB_INLINE enum xlb_verdict forward(platform_context *context, struct packet *packet)
{
	packet->now = platform_now(packet, platform_settings(packet, 0));
	const __u64 found = fast_path(context, packet);

	packet->egress = found == MAY_OPEN ? open_or_settle(context, packet) : (__u32)found;
	if (packet->egress)
		return XLB_FORWARDED;
	return forward_with_care(context, packet);
}
