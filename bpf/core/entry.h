/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a packet enters the core: the fast path, and for what that does not take all the rest. */
#pragma once

#include "bpf/core/fast_path.h"
#include "bpf/core/forward.h"

/* The XDP program does these steps itself, having something to do between them. The caller has set
 * packet->ingress, tables, row and clock, and all else to 0. */
XLB_INLINE enum xlb_verdict forward(platform_context *context, struct packet *packet)
{
	packet->now = platform_now(packet, platform_settings(packet, 0));
	packet->egress = fast_path(context, packet);
	if (packet->egress)
		return XLB_FORWARDED;
	return forward_with_care(context, packet);
}
