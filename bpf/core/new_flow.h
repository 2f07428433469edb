/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a packet without a flow is for, so that one can be made; and what came of it, for whoever traces it.
 * It lies on the stack below all others: ids are as short as in the tables. */
#pragma once

#include "bpf/core/flow_table.h"

struct new_flow {
	struct flow_key key;
	__u32 virtual_server;
	__u16 destination; /* that the packet goes to, or would have gone to */
	__u16 followed;	   /* what a template of an earlier flow said, 0: nothing */
};

/* All but the key in one number: what is pointed to must lie in memory, and this shall not for its sake. */
XLB_INLINE __u64 what_came_of(const struct new_flow *fresh)
{
	return fresh->virtual_server | (__u64)fresh->destination << 32 | (__u64)fresh->followed << 48;
}
