/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a TCP connection of which only the client's half is seen: IPVS's input-only table
 * (net/netfilter/ipvs/ip_vs_proto_tcp.c, tcp_states). Flags are looked at in the order RST, SYN, FIN, ACK.
 */
#pragma once

#include <linux/in.h>

#include "bpf/core/packet.h"

enum tcp_event {
	TCP_EVENT_SYN,
	TCP_EVENT_FIN,
	TCP_EVENT_ACK,
	TCP_EVENT_RST,
	TCP_EVENT_SECURE_SYN,
	TCP_EVENT_COUNT,
};

#define NO XLB_STATE_NONE
#define ES XLB_STATE_ESTABLISHED
#define SS XLB_STATE_SYN_SENT
#define SR XLB_STATE_SYN_RECV
#define FW XLB_STATE_FIN_WAIT
#define TW XLB_STATE_TIME_WAIT
#define CL XLB_STATE_CLOSE
#define CW XLB_STATE_CLOSE_WAIT
#define LA XLB_STATE_LAST_ACK
#define LI XLB_STATE_LISTEN
#define SA XLB_STATE_SYNACK

/* clang-format off */
static const __u8 tcp_input_only[TCP_EVENT_COUNT][XLB_STATE_SLOTS] = {
	/*            NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
	/*SYN*/      {SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR, 0, 0, 0, 0, 0},
	/*FIN*/      {CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW, 0, 0, 0, 0, 0},
	/*ACK*/      {ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES, 0, 0, 0, 0, 0},
	/*RST*/      {CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL, 0, 0, 0, 0, 0},
	/* secure_tcp (tcp_states_dos): only what a SYN does differs */
	/*SYN*/      {SA, ES, ES, SR, SA, SA, SA, SA, SA, SA, SA, 0, 0, 0, 0, 0},
};
/* clang-format on */

#undef NO
#undef ES
#undef SS
#undef SR
#undef FW
#undef TW
#undef CL
#undef CW
#undef LA
#undef LI
#undef SA

/* Bit n: state n counts as ActiveConn. */
#define X(name, seconds, active) | (active << XLB_STATE_##name)
#define ACTIVE_STATES		 (0u XLB_FLOW_STATES(X))
static const __u32 active_states = ACTIVE_STATES;
#undef X

XLB_INLINE bool state_is_active(__u32 state)
{
	return active_states >> (state & (XLB_STATE_SLOTS - 1)) & 1;
}

/* The state that follows; a segment with none of the four flags closes, as in IPVS. */
XLB_INLINE __u32 tcp_next_state(const struct packet *packet, __u32 state)
{
	__u8 flags = packet->tcp_flags;
	__u32 event;

	if (flags & PACKET_TCP_RST)
		event = TCP_EVENT_RST;
	else if (flags & PACKET_TCP_SYN)
		event = packet->options & XLB_OPTION_SECURE_TCP ? TCP_EVENT_SECURE_SYN : TCP_EVENT_SYN;
	else if (flags & PACKET_TCP_FIN)
		event = TCP_EVENT_FIN;
	else if (flags & PACKET_TCP_ACK)
		event = TCP_EVENT_ACK;
	else
		return XLB_STATE_CLOSE;
	return tcp_input_only[event][state & (XLB_STATE_SLOTS - 1)];
}

/* What a packet makes of its flow's state. UDP flows have one state; an ICMP error and a later fragment
 * change none. */
XLB_INLINE __u32 next_state(const struct packet *packet, __u32 state)
{
	if (packet->kind != PACKET_WHOLE && packet->kind != PACKET_FIRST_FRAGMENT)
		return state;
	return state == XLB_STATE_UDP ? state : tcp_next_state(packet, state);
}

#define FTP_DATA_PORT 20

/* May this packet open a flow? IPVS schedules a TCP connection on its SYN (also SYN|ACK), with sloppy_tcp on
 * anything, never with RST; and never what comes from the port that FTP servers open data connections from.
 */
XLB_INLINE bool opens_flow(const struct packet *packet)
{
	if (packet->kind == PACKET_ICMP_ERROR || packet->client_port == bpf_htons(FTP_DATA_PORT))
		return false;
	if (packet->protocol != IPPROTO_TCP)
		return true;
	return (packet->tcp_flags & PACKET_TCP_SYN || packet->options & XLB_OPTION_SLOPPY_TCP) &&
	       !(packet->tcp_flags & PACKET_TCP_RST);
}

/* Of a flow that a SYN opens. */
XLB_INLINE __u32 state_after_syn(bool secure_tcp)
{
	return tcp_input_only[secure_tcp ? TCP_EVENT_SECURE_SYN : TCP_EVENT_SYN][XLB_STATE_NONE];
}

/* A flow that was adopted has yet to show that its client is there: half open, so that forged packets cannot
 * fill the table with what is not evicted. */
XLB_INLINE __u32 first_state(const struct packet *packet)
{
	__u32 state;

	if (packet->protocol != IPPROTO_TCP)
		return XLB_STATE_UDP;
	state = tcp_next_state(packet, XLB_STATE_NONE);
	return packet->adopted && state == XLB_STATE_ESTABLISHED ? (__u32)XLB_STATE_SYN_RECV : state;
}

/* conn_reuse_mode: a SYN on the ports of a connection that is over begins a new one. */
XLB_INLINE bool flow_may_be_reused(const struct packet *packet, __u32 state)
{
	if (state == XLB_STATE_TIME_WAIT || state == XLB_STATE_CLOSE)
		return true;
	return state == XLB_STATE_FIN_WAIT && packet->options & XLB_OPTION_REUSE_FIN_WAIT;
}
