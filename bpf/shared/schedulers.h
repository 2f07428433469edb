/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The schedulers, written once: the enum, the words of keepalived.conf and ipvsadm, and the core's dispatch.
 *   X(NAME, word)   bpf/core/schedulers/ has the file that defines word_pick()
 */
#pragma once

#define XLB_SCHEDULERS(X)                                                                                    \
	X(ROUND_ROBIN, rr)                                                                                   \
	X(WEIGHTED_ROUND_ROBIN, wrr)                                                                         \
	X(LEAST_CONNECTION, lc)                                                                              \
	X(WEIGHTED_LEAST_CONNECTION, wlc)                                                                    \
	X(SHORTEST_EXPECTED_DELAY, sed)                                                                      \
	X(NEVER_QUEUE, nq)                                                                                   \
	X(FAILOVER, fo)                                                                                      \
	X(OVERFLOW, ovf)                                                                                     \
	X(SOURCE_HASHING, sh)                                                                                \
	X(DESTINATION_HASHING, dh)                                                                           \
	X(MAGLEV_HASHING, mh)                                                                                \
	X(LOCALITY_LEAST_CONNECTION, lblc)                                                                   \
	X(LOCALITY_LEAST_CONNECTION_REPLICATION, lblcr)                                                      \
	X(TWO_RANDOM_CHOICES, twos)

enum xlb_scheduler {
#define X(name, word) XLB_##name,
	XLB_SCHEDULERS(X)
#undef X
	    XLB_SCHEDULER_COUNT
};
