/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tracing: which decisions are told, and what is told of each. Nothing of it is read while no viewer is there
 * (XLB_OPTION_TRACE).
 */
#pragma once

#include "bpf/shared/tables.h"

#define XLB_TRACE_TERMS 8

/* Bytes of a frame in a record: what a packet takes is the smallest of these that holds what is asked for. */
#define XLB_TRACE_HEADERS 128
#define XLB_TRACE_MIDDLE  512
#define XLB_TRACE_WHOLE	  1600

#define XLB_TRACE_RING_BYTES (1u << 20) /* 612 records of whole frames, 4,369 of headers */

/* A packet lies in it where the bits of `mask` are the same; mask 0: all do. */
struct xlb_trace_net {
	struct xlb_address prefix;
	struct xlb_address mask;
};

/* `negated`: what must not fit instead. */
#define XLB_TRACE_CLIENT       0x01u
#define XLB_TRACE_VIRTUAL      0x02u
#define XLB_TRACE_HOST	       0x04u
#define XLB_TRACE_CLIENT_PORT  0x08u
#define XLB_TRACE_VIRTUAL_PORT 0x10u
#define XLB_TRACE_PORT	       0x20u
#define XLB_TRACE_PROTOCOL     0x40u

/* A packet fits a term where it fits all that the term asks for. 0: not asked for. */
struct xlb_trace_term {
	struct xlb_trace_net client;
	struct xlb_trace_net virtual_address;
	struct xlb_trace_net host; /* one of the two */
	__be16 client_port;
	__be16 virtual_port;
	__be16 port;	/* one of the two */
	__u8 protocol;	/* ICMP: that of IPv6 too, and errors whatever they quote */
	__u8 version;	/* 4 or 6 */
	__u32 verdicts; /* a bit each, those that fit */
	__u32 negated;	/* XLB_TRACE_* */
	__u32 fresh;	/* 1: packets that flows were to be made for, 2: all others */
	__u32 fwmark;	/* of the virtual server */
	__u8 unused[8];
};

XLB_LAYOUT(sizeof(struct xlb_trace_term) == 2 * XLB_CACHE_LINE);

/* What is traced. One record. A packet that fits any of the terms is told of. */
struct xlb_trace {
	__u32 until; /* of the clock: then the packet path ends it by itself; 0: over */
	__u32 terms;
	__u32 snap;  /* bytes of a frame, at most */
	__u32 cost;  /* what a record takes of the time there is, units of the clock / 2^16; 0: no limit */
	__u64 burst; /* how far they may run ahead, in the same units */
	__u64 due;   /* written by the packet path: the time that the records told so far have taken */
	__u8 unused[32];
	struct xlb_trace_term term[XLB_TRACE_TERMS];
};

XLB_LAYOUT(sizeof(struct xlb_trace) == (1 + 2 * XLB_TRACE_TERMS) * XLB_CACHE_LINE);

/* `flags` */
#define XLB_TRACED_NEW	      0x1u /* a flow was to be made for it */
#define XLB_TRACED_TEMPLATE   0x2u /* its client's persistence template said where it goes */
#define XLB_TRACED_PERSISTENT 0x4u /* a template controls its flow */
#define XLB_TRACED_FLOW	      0x8u /* it has a flow; `state` is the one it is in now */

/* A decision. The frame is as the verdict left it: one that was sent has the real server's MAC address and
 * TTL
 * - 1. Zero: not known. In the ring it takes the room of the smallest size above that holds `captured`. */
struct xlb_traced {
	__u64 time; /* CLOCK_MONOTONIC, nanoseconds */
	__u32 ingress;
	__u32 egress; /* where it was sent */
	struct xlb_address client;
	struct xlb_address virtual_address;
	struct xlb_address real_server;
	union xlb_mac destination_mac; /* the real server's, as in xlb_real_server */
	__be16 client_port;
	__be16 virtual_port;
	__be16 server_port; /* the virtual server's own, which may be 0: any */
	__u16 virtual_server;
	__u32 fwmark;	    /* of the virtual server */
	__u32 frame_length; /* bytes of the whole frame */
	__u32 captured;	    /* of it, behind this */
	__u32 length;	    /* of the IP packet */
	__u8 protocol;	    /* of an ICMP error: what it quotes */
	__u8 version;
	__u8 kind; /* enum packet_kind */
	__u8 tcp_flags;
	__u8 verdict; /* enum xlb_verdict */
	__u8 flags;
	__u8 state; /* enum xlb_flow_state */
	__u8 state_before;
	__u16 destination;
	__u8 unused[6];
};

XLB_LAYOUT(sizeof(struct xlb_traced) == 112);
XLB_LAYOUT(__builtin_offsetof(struct xlb_traced, protocol) == 96);
XLB_LAYOUT(XLB_VERDICT_COUNT <= 32);
