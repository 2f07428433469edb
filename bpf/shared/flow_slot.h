/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One flow-table entry: which destination an established flow goes to. Two to a cache line, eight to a
 * bucket. Templates of persistent clients lie in a table of their own, in slots of the same shape.
 *
 *   control   31..........16  15.....8  7        6         5...2      1..0
 *             tag of the hash generation spilled inactive  TCP state  phase
 *
 * `control` is the only word that decides. EMPTY -> BUSY by compare-and-swap (the claim, generation + 1),
 * BUSY -> LIVE by an atomic or once everything else is written, LIVE -> EMPTY or LIVE -> BUSY by
 * compare-and-swap: whoever succeeds gives the destination's counter back. A reader that does not see LIVE
 * does not look at the rest, and a reader that has looked checks that the generation is still the same.
 * Written by whoever claims it (the XDP program, an AF_XDP worker) and freed by the sweeper or an eviction.
 * `spilled` belongs to the bucket, not to the flow: on slot 0 it says that a flow of this home bucket was
 * once put into the overflow buckets. It is never cleared while the table lives, and kept by every
 * transition. On odd slots the same bit is `strayed` and belongs to the line: an IPv4 flow that begins there
 * lies somewhere else, or did. It is set before the flow is, and taken away by the sweeper
 * (native/tables/strays.h).
 *
 * A flow is known by client, virtual address and both ports, whatever virtual server it came by, as in IPVS.
 * `virtual_address` is an id that all virtual servers of one protocol and address share. Flows of a fwmark
 * service have that of the mark. Of an IPv4 flow `client` holds in words 2 and 3 both addresses as they lie
 * in the header, in word 0 the protocol of its virtual servers (XLB_PROTOCOL_MARK: of a mark), and in word 1
 * ::ffff's ffff. Such a flow that is not a mark's can be found without its virtual server: its tag is no
 * other kind's, and its state tells TCP from UDP.
 *
 * A template is known by the client's network and `scope`: the id of its virtual server, or, where the port
 * does not count (port 0, FTP), of the virtual address. `connections` are the flows that it controls, modulo
 * 2^16.
 */
#pragma once

#include "bpf/shared/layout.h"
#include "bpf/shared/limits.h"

struct xlb_flow_slot {
	struct xlb_address client;
	__extension__ union {
		struct {
			__be16 client_port;
			__be16 virtual_port;
		};
		__u32 ports; /* both */
		struct {
			__u16 timeout; /* template: its life (XLB_TEMPLATE_MINUTES) */
			__u16 connections;
		};
	};
	__extension__ union {
		struct {
			__extension__ union {
				__u16 virtual_address; /* id, XLB_FLOW_CONTROLLED, XLB_FLOW_MARK_UDP */
				__u16 scope; /* template: id, XLB_TEMPLATE_ANY_PORT, XLB_TEMPLATE_INVALID */
			};
			__u16 destination;
		};
		__u32 place; /* both: `scope` in the lower half */
	};
	__u32 last_seen; /* XLB_CLOCK_SHIFT units */
	__extension__ union {
		__u32 control;
		struct {
			__u16 unused;
			__u16 tag; /* the upper half of it, for a look by one load and one comparison */
		};
	};
};

XLB_LAYOUT(sizeof(struct xlb_flow_slot) == 32);
XLB_LAYOUT(__builtin_offsetof(struct xlb_flow_slot, control) == 28);

struct xlb_flow_bucket {
	struct xlb_flow_slot slot[XLB_BUCKET_SLOTS];
};

XLB_LAYOUT(sizeof(struct xlb_flow_bucket) == 4 * XLB_CACHE_LINE);

#define XLB_FLOW_ID	    0x3fffu
#define XLB_FLOW_MARK_UDP   0x4000u /* of a fwmark service: UDP, else TCP */
#define XLB_FLOW_CONTROLLED 0x8000u /* a template controls it */

#define XLB_TEMPLATE_ANY_PORT 0x4000u /* the id is that of a virtual address */
#define XLB_TEMPLATE_INVALID  0x8000u /* its real server is gone: it is found no more, and expires */

/* A template's life: seconds, or with this bit minutes. */
#define XLB_TEMPLATE_MINUTES 0x8000u

/* What a template lives on when it expires while it controls flows: 60 s (ip_vs_conn_expire). */
#define XLB_TEMPLATE_PROLONGED 60u

#define XLB_FLOW_EMPTY	    0u
#define XLB_FLOW_BUSY	    1u
#define XLB_FLOW_LIVE	    3u
#define XLB_FLOW_PHASE	    0x00000003u
#define XLB_FLOW_STATE	    0x0000003cu
#define XLB_FLOW_INACTIVE   0x00000040u
#define XLB_FLOW_SPILLED    0x00000080u /* of slot 0 */
#define XLB_FLOW_STRAYED    0x00000080u /* of odd slots */
#define XLB_FLOW_GENERATION 0x0000ff00u
#define XLB_FLOW_TAG	    0xffff0000u
#define XLB_FLOW_TAG_KIND   0x00030000u
#define XLB_FLOW_TAG_IPV4   0x00010000u /* of an IPv4 flow, not a mark's */
#define XLB_FLOW_TAG_OTHER  0x00030000u /* never 0, as that is an empty slot's tag */
#define XLB_FLOW_TAG_SHIFT  16

/* Of a slot that is still the same flow's. */
#define XLB_FLOW_SAME (XLB_FLOW_PHASE | XLB_FLOW_TAG | XLB_FLOW_GENERATION)

/* Words of an IPv4 flow's `client`. */
#define XLB_FLOW_PROTOCOL	 0
#define XLB_FLOW_IPV4		 1 /* htonl(0xffff) */
#define XLB_FLOW_CLIENT		 2
#define XLB_FLOW_VIRTUAL_ADDRESS 3

#define XLB_LINE_SLOTS 2 /* of a cache line: an even one and an odd one */

#define XLB_FLOW_STATE_SHIFT	2
#define XLB_FLOW_GENERATION_ONE 0x00000100u
