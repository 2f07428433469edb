/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records of the shared tables, except flows (flow_slot.h). The control side writes them, the packet path
 * reads them; what the packet path writes stands on a cache line of its own. Which map holds which:
 * fixed_tables.h, bpf/maps.h. */
#pragma once

#include "bpf/shared/counters.h"
#include "bpf/shared/options.h"
#include "bpf/shared/flow_states.h"
#include "bpf/shared/layout.h"
#include "bpf/shared/limits.h"
#include "bpf/shared/schedulers.h"

#define XLB_ALIGNED __attribute__((aligned(8)))

/* A stretch of the schedule table: entries are destination ids. One word, so that it changes in one store. */
struct xlb_schedule {
	__u32 first;
	__u32 count;
} XLB_ALIGNED;

#define XLB_IN_USE 0x1u

/* Virtual server: taken away, but flows of it remain; it comes back with them if it is set again. */
#define XLB_RETIRED 0x2u

/* Virtual server: which part of a client's address counts is being changed. Still there on adoption, its
 * templates have yet to forget their flows (native/tables/tables_virtual_server.cc). */
#define XLB_CHANGING 0x8u

#define XLB_CURSOR_FRESH 0x80000000u

#define XLB_ONE_PACKET 0x4u /* UDP packets are scheduled one by one and make no flow */

/* `scheduler_flags`, as flag-1 and flag-2 of ipvsadm. */
#define XLB_SCHEDULER_FALLBACK 0x1u /* sh, mh: where the hash names a real server that takes no flows */
#define XLB_SCHEDULER_PORT     0x2u /* sh, mh: the client's port is part of the hash */

/* Protocol of a fwmark service's record: any. */
#define XLB_PROTOCOL_MARK 0

/* A virtual server. `walk` lists the destinations in IPVS's order, head first (lc, wlc); `turn` the order of
 * picks (rr: the walk without weight 0; wrr: one whole cycle), or the buckets of a hash (sh, dh, mh).
 *
 * A group's members are records of their own, with the key of one address and port; pool and scheduling state
 * are those of the record `pool`. For all others that is the record itself.
 */
struct xlb_virtual_server {
	struct xlb_address address;
	__be16 port;
	__u8 protocol;
	__u8 scheduler; /* enum xlb_scheduler */
	__u32 flags;
	struct xlb_schedule walk;
	struct xlb_schedule turn;
	__u16 address_id; /* of protocol and address, shared with the other ports: what flows are known by */
	__u16 pool;
	__u16 template_scope; /* `scope` of its persistence templates (flow_slot.h) */
	__u16 persistence;    /* life of a template (XLB_TEMPLATE_MINUTES); 0: none */
	__be32 netmask;	      /* IPv4: the part of the client's address that counts */
	__u8 prefix;	      /* IPv6: how many bits of it count */
	__u8 scheduler_flags;
	__u16 locality; /* changes where what lblc and lblcr remember is void */
	__u32 fwmark;
	__u32 unused;
	/* written by the packet path */
	__u32 cursor; /* place in `turn` of the next pick; `turn.count`: wraps. With XLB_CURSOR_FRESH until
			 the first */
	__u32 last;   /* the control side's own; rr: the destination that was chosen last before `cursor` was
			 set */
	__u8 unused_hot[56];
	/* the control side's own: what destinations counted that are no more, and what the totals were when
	 * they were zeroed last */
	__u64 past_connections;
	__u64 past_packets;
	__u64 past_bytes;
	__u64 zero_connections;
	__u64 zero_packets;
	__u64 zero_bytes;
	__u64 unused_past[2];
};

XLB_LAYOUT(sizeof(struct xlb_virtual_server) == 3 * XLB_CACHE_LINE);
XLB_LAYOUT(__builtin_offsetof(struct xlb_virtual_server, cursor) == XLB_CACHE_LINE);

#define XLB_DESTINATION_GONE 0x2u /* its flows are dropped until it returns or they expire */

/* A real server as one virtual server uses it. */
struct xlb_destination {
	__u32 virtual_server;
	__u32 real_server;
	__u32 weight;
	__u32 flags;
	__u32 upper; /* flows from which on it is overloaded; 0: no limit */
	__u32 lower; /* fewer than these end that; 0: 3/4 of `upper` */
	/* the control side's own */
	__u32 last_weight; /* the last one that was not 0 */
	__u32 unused;
	__u64 zero_connections; /* what the totals were when they were zeroed last */
	__u64 zero_packets;
	__u64 zero_bytes;
	__u8 unused_end[8];
	/* written by the packet path and the sweeper, atomically */
	__extension__ union {
		struct {
			__s32 active;
			__s32 inactive;
		};
		__u64 flows; /* both */
	};
	__extension__ union {
		struct {
			__u32 share; /* the control side's: `weight` while it is in service, else 0 */
			__u32 overloaded;
		};
		__u64 room; /* both */
	};
	__s32 persistent; /* templates */
	__u8 unused_hot[44];
};

XLB_LAYOUT(sizeof(struct xlb_destination) == 2 * XLB_CACHE_LINE);
XLB_LAYOUT(__builtin_offsetof(struct xlb_destination, active) == XLB_CACHE_LINE);
XLB_LAYOUT(__builtin_offsetof(struct xlb_destination, share) % 8 == 0);

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
	__u32 mtu;     /* bytes of an IP packet that the way there takes; 0: not known, no limit */
	__u32 crowded; /* as many packets wait for its neighbour as may */
	/* The fast path's: both MACs as they lie in a frame, its first 8 bytes and the next 4; and bytes of
	 * the longest packet that may leave at once, 0 where the next hop is no link. */
	__u64 macs;
	__u32 macs_end;
	__u32 at_once;
};

XLB_LAYOUT(sizeof(struct xlb_real_server) == XLB_CACHE_LINE);

/* An interface whose frames we look at; frames for other MAC addresses are not ours. */
struct xlb_interface {
	__u32 ifindex; /* 0: not in use */
	__u32 mtu;     /* as in xlb_real_server */
	union xlb_mac mac;
	__u32 first_socket; /* AF_XDP: of queue 0, in the map `sockets` */
	__u32 sockets;	    /* queues that have one; 0: the program forwards by itself */
	__u8 unused[8];
};

XLB_LAYOUT(sizeof(struct xlb_interface) == 32);

/* The virtual server index: entry = tag << 16 | id, 0 = empty; a group is filled from its start. */
#define XLB_INDEX_REMOVED 0xffff0000u

struct xlb_index_group {
	__u32 entry[XLB_INDEX_GROUP_SLOTS];
};

XLB_LAYOUT(sizeof(struct xlb_index_group) == XLB_CACHE_LINE);

/* `lookups`: what there is to look for besides (protocol, address, port). */
#define XLB_LOOKUP_ANY_PORT 0x1u /* some virtual server has port 0 */
#define XLB_LOOKUP_FTP	    0x2u /* some virtual server has TCP port 21 */
#define XLB_LOOKUP_SERVERS  0x4u /* there is a virtual server: with none at all, IPVS's hook is off */
#define XLB_LOOKUP_MARKS    0x8u /* some mark rule is in force */

/* What all packets need. One record. */
struct xlb_settings {
	__u32 layout_revision;
	__u32 index_seed;
	__extension__ union {
		struct {
			__u32 lookups; /* XLB_LOOKUP_* */
			__u32 options; /* XLB_OPTION_* */
		};
		__u64 asked; /* both */
	};
	__u64 flow_seed[2];
	__u32 timeout[XLB_STATE_SLOTS]; /* by state, in clock units */
	/* What the program's clock is made of: CLOCK_MONOTONIC_COARSE is jiffies times tick and an offset,
	 * which wraps. Without a tick the offset is the time (tests). */
	__u64 clock_tick_ns;
	__u64 clock_offset_ns;
	__u32 mark_rules;      /* in force: first << 16 | count */
	__u32 icmp_per_second; /* ICMP answers on each processor, and as many resets; 0: no limit */
	__u8 unused[8];
};

XLB_LAYOUT(sizeof(struct xlb_settings) == 2 * XLB_CACHE_LINE);

/* The schedule table, a cache line of it: entries are destination ids. */
#define XLB_SCHEDULE_LINE 32

struct xlb_schedule_line {
	__u16 entry[XLB_SCHEDULE_LINE];
};

XLB_LAYOUT(sizeof(struct xlb_schedule_line) == XLB_CACHE_LINE);

/* A walk goes by stretches of this many entries: it starts at a multiple, and id 0 fills up the last. */
#define XLB_WALK_STRETCH 8

XLB_LAYOUT(XLB_MAX_DESTINATIONS <= 0x10000); /* entries of the schedule table */

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

/* A rule that gives packets a firewall mark; they stand longest prefix first. */
struct xlb_mark_rule {
	struct xlb_address prefix;
	struct xlb_address mask;
	__u16 first_port; /* host order, inclusive */
	__u16 last_port;
	__u16 virtual_server; /* of the mark; 0: there is none */
	__u8 protocol;	      /* 0: any */
	__u8 unused;
	__u32 fwmark;
	__u8 unused_end[20];
};

XLB_LAYOUT(sizeof(struct xlb_mark_rule) == XLB_CACHE_LINE);

/* Which real servers a destination address is kept on (lblc: one; lblcr: a set, newest last). `control`:
 * phase and tag as in a flow slot, generation in bits 2..15. */
struct xlb_locality {
	struct xlb_address address;
	__u16 virtual_server;
	__u16 locality; /* the virtual server's when this was written */
	__u32 last_used;
	__u32 last_changed;
	__u32 control;
	__u32 count;
	__u32 unused[3];
	__u16 server[XLB_LOCALITY_SERVERS]; /* destination ids */
};

XLB_LAYOUT(sizeof(struct xlb_locality) == 4 * XLB_CACHE_LINE);

struct xlb_locality_set {
	struct xlb_locality way[XLB_LOCALITY_WAYS];
};
