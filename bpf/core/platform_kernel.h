/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* platform.h inside the kernel: tables are maps. An array lookup with a constant value size is inlined by the
 * verifier to a bounds check and a multiplication; it is not a call. A fixed table has no lookup at all: its
 * records are always there, and a key beyond its size is that of another one.
 */
#pragma once

#include "bpf/maps.h"
#include <bpf/bpf_endian.h>

#ifdef XLB_AT_TC
#include "bpf/core/context_tc.h"
#else
#include "bpf/core/context_xdp.h"
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif
typedef _Bool bool;
#define true  1
#define false 0

/* Set before loading, constant for the verifier afterwards. */
const volatile __u32 flow_bucket_mask = 0; /* buckets - 1 */
const volatile __u32 flow_table_direct = 1;
const volatile __u32 direct_bucket_mask = 0; /* the same; 0: the table is looked up */
const volatile __u32 template_bucket_mask = 0;
const volatile __u32 counter_rows = 1;

#define XLB_PLATFORM_FIELDS __u32 row; /* of the counters: the processor's. The maps are global. */

#define TABLE(name, record)                                                                                  \
	static __always_inline record *platform_##name(const struct packet *packet, __u32 key)               \
	{                                                                                                    \
		return (record *)bpf_map_lookup_elem(&name, &key);                                           \
	}

/* The address `offset` bytes into the value of a direct table. Opaque to clang, which would else make it anew
 * for every field of a record. */
#define ADDRESS_IN(table, type, offset)                                                                      \
	__extension__({                                                                                      \
		type *address_;                                                                              \
		__asm__("%0 = %1 ll"                                                                         \
			: "=r"(address_)                                                                     \
			: "i"(XLB_DIRECT_ADDRESS(XLB_DIRECT_##table, offset)));                              \
		__builtin_assume(address_ != NULL);                                                          \
		address_;                                                                                    \
	})

#define FIXED_TABLE(name, record, records)                                                                   \
	static __always_inline record *platform_##name(const struct packet *packet, __u32 key)               \
	{                                                                                                    \
		record *at =                                                                                 \
		    ADDRESS_IN(fixed_tables, record, __builtin_offsetof(struct xlb_fixed_tables, name)) +    \
		    (key & ((records) - 1));                                                                 \
                                                                                                             \
		__builtin_assume(at != NULL);                                                                \
		return at;                                                                                   \
	}

#define PLATFORM_TABLES                                                                                      \
	XLB_FIXED_TABLES(FIXED_TABLE)                                                                        \
	TABLE(trace, struct xlb_trace)                                                                       \
	TABLE(templates, struct xlb_flow_bucket)                                                             \
                                                                                                             \
	/* The bucket of this number modulo the table's size. REQUIRES: the table is not XLB_OPTION_LARGE.   \
	 */                                                                                                  \
	static __always_inline struct xlb_flow_bucket *platform_flow_bucket(const struct packet *packet,     \
									    __u32 id)                        \
	{                                                                                                    \
		return ADDRESS_IN(flow_table, struct xlb_flow_bucket, 0) + (id & direct_bucket_mask);        \
	}                                                                                                    \
                                                                                                             \
	static __always_inline struct xlb_flow_bucket *platform_flow_table(const struct packet *packet,      \
									   __u32 key)                        \
	{                                                                                                    \
		return flow_table_direct ? platform_flow_bucket(packet, key)                                 \
					 : (struct xlb_flow_bucket *)bpf_map_lookup_elem(&flow_table, &key); \
	}                                                                                                    \
                                                                                                             \
	static __always_inline struct xlb_counters *platform_counters(const struct packet *packet)           \
	{                                                                                                    \
		__u64 row = READ_ONCE(packet->row);                                                          \
                                                                                                             \
		if (row >= counter_rows)                                                                     \
			return NULL;                                                                         \
		pin_here(row); /* this one, to the verifier, not what it was before the comparison */        \
		return ADDRESS_IN(counters, struct xlb_counters, 0) + row;                                   \
	}

#define platform_bucket_mask(packet)   flow_bucket_mask
#define platform_template_mask(packet) template_bucket_mask

/* CLOCK_MONOTONIC_COARSE, which user space reads too. The kernel moves it and jiffies together, once a tick,
 * so the one is the other times the tick, and bpf_jiffies64 is a load where bpf_ktime_get_coarse_ns is a call
 * (8 ns). */
#define platform_now(packet, settings)                                                                       \
	((__u32)((bpf_jiffies64() * (settings)->clock_tick_ns + READ_ONCE((settings)->clock_offset_ns)) >>   \
		 XLB_CLOCK_SHIFT))

#define platform_random(packet) bpf_get_prandom_u32()

/* Nothing of the packet is known but what the caller gave. One that takes the fast path is spared this. */
#define platform_forget(packet)                                                                              \
	do {                                                                                                 \
		/* From the stack, not kept in registers that the fast path needs. */                        \
		__u32 ingress_ = READ_ONCE((packet)->ingress), row_ = READ_ONCE((packet)->row);              \
		__u32 now_ = READ_ONCE((packet)->now);                                                       \
                                                                                                             \
		__builtin_memset(packet, 0, sizeof(*(packet)));                                              \
		(packet)->ingress = ingress_;                                                                \
		(packet)->row = row_;                                                                        \
		(packet)->now = now_;                                                                        \
	} while (0)

#define platform_holds_here(packet) false
#define platform_again(packet)	    false

/* Makes `value` visible after everything written before it. BPF has no release store before 6.15; x86 needs
 * none, it stores in order, and elsewhere a full barrier serves. */
#ifdef __TARGET_ARCH_x86
#define platform_publish(word, value)                                                                        \
	do {                                                                                                 \
		__asm__ volatile("" ::: "memory");                                                           \
		WRITE_ONCE(*(word), value);                                                                  \
	} while (0)
#define platform_publish_bits(word, bits)                                                                    \
	do {                                                                                                 \
		__asm__ volatile("" ::: "memory");                                                           \
		__sync_fetch_and_or(word, bits);                                                             \
	} while (0)
#else
#define platform_publish(word, value)	  ((void)__sync_lock_test_and_set(word, value))
#define platform_publish_bits(word, bits) atomic_or(word, bits)
#endif

/* bpf_loop (5.17) is verified once; a plain loop over the destinations exceeds the verifier's budget. */
#define platform_loop(count, body, context) bpf_loop(count, body, context, 0)

/* Room in the ring of decisions, `size` is a constant; NULL: it is full. */
#define platform_trace_reserve(packet, size)  bpf_ringbuf_reserve(&trace_ring, size, 0)
#define platform_trace_submit(packet, record) bpf_ringbuf_submit(record, 0)

/* As user space reads it too: finer than platform_now(), for a call. */
#define platform_trace_time(packet, settings)                                                                \
	((settings)->clock_tick_ns ? bpf_ktime_get_ns() : (settings)->clock_offset_ns)

/* Brings `value`, 64 bits wide, to 1 at least and `most`, a constant, at most. In the register itself, and by
 * these comparisons: left to itself clang compares one copy and uses another, and the verifier of 6.1 learns
 * nothing from a value that is not 0. */
#define platform_clamp(value, most)                                                                          \
	__asm__ volatile("if %0 <= %1 goto +1\n\t%0 = %1\n\tif %0 >= 1 goto +1\n\t%0 = 1"                    \
			 : "+r"(value)                                                                       \
			 : "i"(most))
