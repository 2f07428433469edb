/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* States of a flow, with what IPVS shows and how long an idle flow stays in each (ip_vs_proto_tcp.c,
 * ip_vs_proto_udp.c). UDP flows have the one state UDP;
 * the last two are those of a persistence template, whose life is its own (flow_slot.h).
 *   X(NAME, seconds, active)   active: counted as ActiveConn, else as InActConn
 */
#pragma once

/* clang-format off */
#define XLB_FLOW_STATES(X)           \
	X(NONE,          2, 0)       \
	X(ESTABLISHED, 900, 1)       \
	X(SYN_SENT,    120, 1)       \
	X(SYN_RECV,     60, 1)       \
	X(FIN_WAIT,    120, 0)       \
	X(TIME_WAIT,   120, 0)       \
	X(CLOSE,        10, 0)       \
	X(CLOSE_WAIT,   60, 0)       \
	X(LAST_ACK,     30, 0)       \
	X(LISTEN,      120, 0)       \
	X(SYNACK,      120, 1)       \
	X(UDP,         300, 0)       \
	X(TEMPLATE,      0, 0)       \
	X(ASSURED,       0, 0)
/* clang-format on */

enum xlb_flow_state {
#define X(name, seconds, active) XLB_STATE_##name,
	XLB_FLOW_STATES(X)
#undef X
	    XLB_STATE_COUNT
};

#define XLB_STATE_SLOTS 16

/* Of a template: one of its flows was established. */
#define XLB_IS_TEMPLATE(state) ((state) == XLB_STATE_TEMPLATE || (state) == XLB_STATE_ASSURED)
