/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of a flow whose real server was taken out of service. */
#pragma once

#include "bpf/core/flow_table.h"

/* What is done with a packet of a flow whose real server is gone. */
enum gone_action {
	GONE_DROP,
	GONE_END,
	GONE_RESET,
};

XLB_INLINE __u32 action_when_gone(const struct packet *packet)
{
	if (packet->kind == PACKET_ICMP_ERROR)
		return GONE_DROP;
	if (packet->options & XLB_OPTION_EXPIRE_NODEST_CONN)
		return GONE_END;
	if (packet->options & XLB_OPTION_REOPEN_GONE && opens_flow(packet))
		return GONE_END;
	if (packet->options & XLB_OPTION_RESET_DEAD && packet->protocol == IPPROTO_TCP)
		return GONE_RESET;
	return GONE_DROP;
}
