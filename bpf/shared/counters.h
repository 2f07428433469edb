/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the packet path counts. Each of these records has one writer; but a destination's are zeroed in all
 * rows by the control side when its id, which was free, is given away anew. */
#pragma once

#include "bpf/shared/layout.h"
#include "bpf/shared/limits.h"
#include "bpf/shared/verdicts.h"

/* Of a destination. */
struct xlb_destination_statistics {
	__u64 connections;
	__u64 packets;
	__u64 bytes;
	__u64 unused;
};

XLB_LAYOUT(sizeof(struct xlb_destination_statistics) == 32);

/* What was sent of the answers that a second may have. */
struct xlb_answer_budget {
	__u32 second; /* of the clock */
	__u32 used;
};

/* Of all packets. */
struct xlb_statistics {
	__u64 verdict[XLB_VERDICT_SLOTS];
	__u64 evicted;	 /* flows pushed out by new ones */
	__u64 duplicate; /* flows made twice at once and given back */
	__u64 templates_evicted;
	__u64 templates_refused; /* no room: the flow goes without */
	__u64 answered;		 /* with an ICMP error or RST */
	__u64 unanswered;	 /* icmp_per_second was reached */
	struct xlb_answer_budget icmp;
	struct xlb_answer_budget resets;
	__u64 trace_limited; /* decisions that fitted, but were more than were asked for in a second */
	__u64 trace_lost;    /* ... but the ring was full */
	__u64 unused[6];
};

XLB_LAYOUT(sizeof(struct xlb_statistics) == 384);

/* All that one processor, or one AF_XDP thread, counts: nobody else writes it. */
struct xlb_counters {
	struct xlb_statistics all;
	struct xlb_destination_statistics destination[XLB_MAX_DESTINATIONS];
};

XLB_LAYOUT(sizeof(struct xlb_counters) % XLB_CACHE_LINE == 0);

XLB_LAYOUT(XLB_VERDICT_COUNT <= XLB_VERDICT_SLOTS);
