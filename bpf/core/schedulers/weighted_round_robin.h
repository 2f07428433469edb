/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted round robin, interleaved (ip_vs_wrr.c). The control side lays out one whole cycle of picks in
 * `turn` (native/tables/turn.cc), so a pick is a step as in rr, whatever the weights.
 */
#pragma once

XLB_INLINE __u32 wrr_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return next_in_turn(packet, server);
}
