/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records of the shared tables, except flows (flow_slot.h). The control side writes them, the packet path
 * reads them; what the packet path writes stands on a cache line of its own. bpf/maps.h says which map holds
 * which.
 */
#pragma once

#include "bpf/shared/flow_states.h"
#include "bpf/shared/layout.h"
#include "bpf/shared/limits.h"
#include "bpf/shared/schedulers.h"
#include "bpf/shared/verdicts.h"

#define XLB_ALIGNED __attribute__((aligned(8)))

/* A stretch of the schedule table: entries are destination ids. One word, so that it changes in one store. */
struct xlb_schedule {
	__u32 first;
	__u32 count;
} XLB_ALIGNED;

#define XLB_IN_USE 0x1u

/* Virtual server: taken away, but flows of it remain; it comes back with them if it is set again. */
#define XLB_RETIRED 0x2u

#define XLB_CURSOR_FRESH 0x80000000u

/* A virtual server. `walk` lists the destinations in IPVS's order, head first (lc, wlc); `turn` the order of
 * picks (rr: the walk without weight 0; wrr: one whole cycle).
 */
struct xlb_virtual_server {
	struct xlb_address address;
	__be16 port;
	__u8 protocol;
	__u8 scheduler; /* enum xlb_scheduler */
	__u32 flags;
	struct xlb_schedule walk;
	struct xlb_schedule turn;
	/* what destinations counted that are no more; the control side's own */
	__u64 past_connections;
	__u64 past_packets;
	__u64 past_bytes;
	/* written by the packet path */
	__u32 cursor; /* place in `turn` of the next pick; `turn.count`: wraps. With XLB_CURSOR_FRESH until
			 the first */
	__u32 last;   /* the control side's own; rr: the destination that was chosen last before `cursor` was
			 set */
	__u8 unused_hot[56];
};

XLB_LAYOUT(sizeof(struct xlb_virtual_server) == 2 * XLB_CACHE_LINE);
XLB_LAYOUT(__builtin_offsetof(struct xlb_virtual_server, cursor) == XLB_CACHE_LINE);

#define XLB_DESTINATION_GONE                                                                                 \
	0x2u /* out of service: its flows are dropped until it returns or they expire                        \
	      */

/* A real server as one virtual server uses it. */
struct xlb_destination {
	__u32 virtual_server;
	__u32 real_server;
	__u32 weight;
	__u32 flags;
	__u8 unused[48];
	/* written by the packet path and the sweeper, atomically */
	__s32 active;
	__s32 inactive;
	__u8 unused_hot[56];
};

XLB_LAYOUT(sizeof(struct xlb_destination) == 2 * XLB_CACHE_LINE);
XLB_LAYOUT(__builtin_offsetof(struct xlb_destination, active) == XLB_CACHE_LINE);

#define XLB_NEXTHOP_UNRESOLVED 0u
#define XLB_NEXTHOP_LINK       1u
#define XLB_NEXTHOP_LOCAL      2u

/* Where frames for it go. A word each, so that a MAC is never read half old and half new. */
union xlb_mac {
	__u8 bytes[8]; /* six of the address; [6] is XLB_NEXTHOP_* in `destination_mac` */
	__u64 word;
};

/* A machine that answers, shared by all virtual servers that use it. */
struct xlb_real_server {
	struct xlb_address address;
	__u32 flags;
	__u32 ifindex;
	union xlb_mac destination_mac;
	union xlb_mac source_mac;
	__u8 unused[24];
};

XLB_LAYOUT(sizeof(struct xlb_real_server) == XLB_CACHE_LINE);

/* An interface whose frames we look at; frames for other MAC addresses are not ours. */
struct xlb_interface {
	__u32 ifindex; /* 0: not in use */
	__u32 unused;
	union xlb_mac mac;
};

XLB_LAYOUT(sizeof(struct xlb_interface) == 16);

/* The virtual server index: entry = tag << 16 | id, 0 = empty; a group is filled from its start. */
#define XLB_INDEX_REMOVED 0xffff0000u

struct xlb_index_group {
	__u32 entry[XLB_INDEX_GROUP_SLOTS];
};

XLB_LAYOUT(sizeof(struct xlb_index_group) == XLB_CACHE_LINE);

/* What all packets need. One record. */
struct xlb_settings {
	__u32 layout_revision;
	__u32 any_port; /* some virtual server has port 0 */
	__u32 index_seed;
	__u32 reopen_gone; /* what opens a flow opens it anew where the flow's real server is gone; IPVS drops
			      it */
	__u64 flow_seed[2];
	__u32 timeout[XLB_STATE_SLOTS]; /* by state, in clock units */
	__u32 fake_now;			/* the clock, where the program was loaded with a fake one (tests) */
	__u8 unused[28];
};

XLB_LAYOUT(sizeof(struct xlb_settings) == 2 * XLB_CACHE_LINE);

/* The schedule table, a cache line of it: entries are destination ids. (The kernel rounds an array's values
 * up to 8 bytes, so single entries would not lie side by side.) */
#define XLB_SCHEDULE_LINE 16

struct xlb_schedule_line {
	__u32 entry[XLB_SCHEDULE_LINE];
};

XLB_LAYOUT(sizeof(struct xlb_schedule_line) == XLB_CACHE_LINE);

/* Per processor and destination. */
struct xlb_destination_statistics {
	__u64 connections;
	__u64 packets;
	__u64 bytes;
	__u64 unused;
};

XLB_LAYOUT(sizeof(struct xlb_destination_statistics) == 32);

/* Per processor. */
struct xlb_statistics {
	__u64 verdict[XLB_VERDICT_SLOTS];
	__u64 evicted;	 /* flows pushed out by new ones */
	__u64 duplicate; /* flows made twice at once and given back */
	__u64 unused[6];
};

XLB_LAYOUT(sizeof(struct xlb_statistics) == 320);
XLB_LAYOUT(XLB_VERDICT_COUNT <= XLB_VERDICT_SLOTS);

/* Where the first fragment of a datagram went. `control`: phase and tag as in a flow slot, generation in
 * bits 2..15. */
struct xlb_fragment {
	struct xlb_address source;
	struct xlb_address destination_address;
	__u32 identification; /* IPv4: 16 bits */
	__u16 destination;
	__u8 protocol;
	__u8 unused;
	__u32 last_seen;
	__u32 control;
	__u8 unused_end[16];
};

XLB_LAYOUT(sizeof(struct xlb_fragment) == XLB_CACHE_LINE);

struct xlb_fragment_set {
	struct xlb_fragment way[XLB_FRAGMENT_WAYS];
};
