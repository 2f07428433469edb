/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every capacity of the packet path, in one place. Id 0 is never used: a zeroed record names nothing. */
#pragma once

/* Changes with every change of a layout in bpf/shared or of a hash: tables of another revision are not
 * adopted. */
#define XLB_LAYOUT_REVISION 11

#define XLB_MAX_VIRTUAL_SERVERS 8192
#define XLB_MAX_DESTINATIONS	16384 /* (virtual server, real server) pairs; a power of two */
#define XLB_MAX_REAL_SERVERS	16384
#define XLB_MAX_INTERFACES	4096	/* direct-mapped by ifindex; a power of two */
#define XLB_MAX_SCHEDULE	4194304 /* entries of all schedules together: 1,000 virtual servers by mh */
#define XLB_MAX_TURN		16384 /* picks of one cycle of wrr; heavier weights are scaled down to fit */
#define XLB_MAX_MARK_RULES	64

#define XLB_HASH_BUCKETS 256  /* sh, dh: as IP_VS_SH_TAB_SIZE */
#define XLB_MAGLEV_SIZE	 4093 /* mh: CONFIG_IP_VS_MH_TAB_INDEX 12, a prime */

/* Virtual server index: groups of entries, one cache line each. */
#define XLB_INDEX_GROUPS      8192 /* a power of two */
#define XLB_INDEX_GROUP_SLOTS 16

/* Flow table: a home bucket, and behind it a group of overflow buckets. */
#define XLB_BUCKET_SLOTS     8
#define XLB_OVERFLOW_BUCKETS 4 /* a power of two */
#define XLB_MIN_FLOW_SLOTS   1024
#define XLB_MAX_FLOW_SLOTS   (1u << 27)
#define XLB_MAX_DIRECT_BYTES                                                                                 \
	(1u << 29) /* of a map's value: farther from its start the verifier lets nobody add */
#define XLB_TEMPLATE_SLOTS (1u << 18) /* where nothing else is asked for */

#define XLB_FRAGMENT_SETS 1024 /* a power of two */
#define XLB_FRAGMENT_WAYS 4

/* lblc, lblcr: which real servers a destination address is kept on. */
#define XLB_LOCALITY_SETS    1024 /* a power of two */
#define XLB_LOCALITY_WAYS    4
#define XLB_LOCALITY_SERVERS 104

/* Rows of the statistics: one a processor, then one an AF_XDP thread, so that counting needs no atomic. */
#define XLB_MAX_COUNTER_ROWS  512
#define XLB_MAX_QUEUE_THREADS 16

/* AF_XDP sockets: one a queue of an interface. Frames longer than this stay with the program. */
#define XLB_MAX_SOCKETS	       256
#define XLB_SOCKET_FRAME_BYTES 3328

#define XLB_MAX_VLAN_TAGS	  2
#define XLB_MAX_EXTENSION_HEADERS 6

/* The packet path's clock: CLOCK_MONOTONIC_COARSE >> XLB_CLOCK_SHIFT, units of 1.05 ms, wraps after 52 days.
 */
#define XLB_CLOCK_SHIFT	 20
#define XLB_CLOCK_SECOND 954u /* 1 s / 2^20 ns, rounded up: a timeout is never short */

#define XLB_FRAGMENT_TIMEOUT (30u * XLB_CLOCK_SECOND) /* as net.ipv4.ipfrag_time */

/* An established flow heard of within this time is never evicted for a new one. */
#define XLB_PROTECTED_IDLE (60u * XLB_CLOCK_SECOND)
