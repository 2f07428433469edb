/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the XDP program: who writes, who reads, key, why this size. All arrays are BPF_F_MMAPABLE:
 * user space has them mapped and makes no system call per flow. All are pinned under the instance's directory
 * by their names; but what begins with `trace` is one process's, and goes with its program.
 */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/shared/direct_tables.h"
#include "bpf/shared/fixed_tables.h"
#include "bpf/shared/flow_slot.h"
#include "bpf/shared/trace.h"

#define XLB_TABLE(name, record, entries)                                                                     \
	struct {                                                                                             \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                            \
		__uint(map_flags, BPF_F_MMAPABLE);                                                           \
		__uint(max_entries, entries);                                                                \
		__type(key, __u32);                                                                          \
		__type(value, record);                                                                       \
	} name SEC(".maps")

/* One of bpf/shared/direct_tables.h. The value's size, of which BTF would know another, is set before
 * loading. */
#define XLB_DIRECT_TABLE(name, record)                                                                       \
	struct {                                                                                             \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                            \
		__uint(map_flags, BPF_F_MMAPABLE);                                                           \
		__uint(max_entries, 1);                                                                      \
		__uint(key_size, sizeof(__u32));                                                             \
		__uint(value_size, sizeof(record));                                                          \
	} name SEC(".maps")

/* Each as bpf/shared/fixed_tables.h says. */
XLB_DIRECT_TABLE(fixed_tables, struct xlb_fixed_tables);

/* Packet path writes, control side reads. One record a processor, then one an AF_XDP thread. */
XLB_DIRECT_TABLE(counters, struct xlb_counters);

/* Packet path and sweeper write, both read. Size: xlb_flow_table_size. Beyond XLB_MAX_DIRECT_BYTES as a table
 * that is looked up by bucket. */
XLB_DIRECT_TABLE(flow_table, struct xlb_flow_bucket);

/* Packet path and sweeper write, both read. Key: bucket. Size: set before loading
 * (xlb_persistence_table_size). */
XLB_TABLE(templates, struct xlb_flow_bucket, 1);

/* Control side writes, packet path reads (and counts time in `due`). One record: what is traced. */
XLB_TABLE(trace, struct xlb_trace, 1);

/* Packet path writes, control side reads: struct xlb_traced, and bytes of the frame. 1 MiB of the kernel's
 * memory whether anybody watches or not; full: the packet path counts what it cannot tell (trace_lost). */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, XLB_TRACE_RING_BYTES);
} trace_ring SEC(".maps");

/* Control side writes: AF_XDP sockets. Key: first_socket of the interface + queue. One that is closed leaves.
 */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, XLB_MAX_SOCKETS);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

/* Control side writes: the interfaces that real servers are behind. Key and value: ifindex. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} egress SEC(".maps");
