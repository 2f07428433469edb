/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of which the XDP program has the addresses as constants: maps of one value, all records in it. A
 * record is a few instructions away then, where a lookup is twelve, and to the compiler a call, which empties
 * registers. In the program stands a constant that says which map and where in its value; before loading
 * native/kernel/direct_addresses.cc makes an address of it (BPF_PSEUDO_MAP_VALUE). libbpf does so for
 * variables, whose sizes the compiler has fixed.
 */
#pragma once

#include "bpf/shared/layout.h"

/* X(name in bpf/maps.h). */
#define XLB_DIRECT_TABLES(X)                                                                                 \
	X(fixed_tables)                                                                                      \
	X(counters)                                                                                          \
	X(flow_table)

enum xlb_direct_table {
#define X(name) XLB_DIRECT_##name,
	XLB_DIRECT_TABLES(X)
#undef X
	    XLB_DIRECT_COUNT
};

/* The upper half of such a constant, but for the table; no other has it. */
#define XLB_DIRECT_MARK 0x786c6200u

#define XLB_DIRECT_ADDRESS(table, offset) ((__u64)(XLB_DIRECT_MARK | (table)) << 32 | (__u32)(offset))
