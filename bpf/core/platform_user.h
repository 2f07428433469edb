/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* platform.h in user space: tables are pointers, and the caller says what time it is (once a batch). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define bpf_htons(x) __builtin_bswap16(x)
#define bpf_ntohs(x) __builtin_bswap16(x)
#define bpf_htonl(x) __builtin_bswap32(x)
#define bpf_ntohl(x) __builtin_bswap32(x)

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the packet core is little-endian only"
#endif

/* Where decisions go that user space makes, while somebody watches. Any thread: what is reserved is the
 * caller's alone until it is submitted. */
struct xlb_trace_sink {
	void *(*reserve)(struct xlb_trace_sink *sink, __u32 size); /* NULL: there is no room */
	void (*submit)(struct xlb_trace_sink *sink, void *record);
	__u64 (*time)(void); /* CLOCK_MONOTONIC, nanoseconds */
};

/* The tables of one instance as user space sees them: the maps mapped, or plain memory in tests. Sizes are
 * those of limits.h where none is given here. */
struct xlb_tables {
	struct xlb_flow_bucket *flow_table;
	__u32 flow_bucket_mask;
	struct xlb_flow_bucket *templates;
	__u32 template_bucket_mask;
	struct xlb_mark_rule *mark_rules;
	struct xlb_virtual_server *virtual_servers;
	struct xlb_index_group *virtual_server_index;
	struct xlb_destination *destinations;
	struct xlb_schedule_line *schedules;
	struct xlb_real_server *real_servers;
	struct xlb_interface *interfaces;
	struct xlb_settings *settings;
	struct xlb_counters *counters;
	__u32 rows; /* of the counters */
	struct xlb_fragment_set *fragments;
	struct xlb_locality_set *localities;
	struct xlb_trace *trace;
	struct xlb_trace_sink *sink;
};

#define XLB_PLATFORM_FIELDS                                                                                  \
	const struct xlb_tables *tables;                                                                     \
	const __u32 *clock; /* where the caller keeps the time; NULL: the settings' (tests) */               \
	__u32 row;	    /* of the counters: this thread's own */                                         \
	bool holds;	    /* the caller keeps what waits for a neighbour: STEERED is its verdict */        \
	bool again;	    /* the packet has been counted for its destination */

#define TABLE(name, record, size)                                                                            \
	static __always_inline record *platform_##name(const struct packet *packet, __u32 key)               \
	{                                                                                                    \
		return key < (size) ? &packet->tables->name[key] : NULL;                                     \
	}

#define PLATFORM_TABLES                                                                                      \
	XLB_FIXED_TABLES(TABLE)                                                                              \
	TABLE(trace, struct xlb_trace, 1)                                                                    \
	TABLE(templates, struct xlb_flow_bucket, packet->tables->template_bucket_mask + 1)                   \
                                                                                                             \
	static __always_inline struct xlb_flow_bucket *platform_flow_bucket(const struct packet *packet,     \
									    __u32 id)                        \
	{                                                                                                    \
		return &packet->tables->flow_table[id & packet->tables->flow_bucket_mask];                   \
	}                                                                                                    \
                                                                                                             \
	static __always_inline struct xlb_flow_bucket *platform_flow_table(const struct packet *packet,      \
									   __u32 key)                        \
	{                                                                                                    \
		return platform_flow_bucket(packet, key);                                                    \
	}                                                                                                    \
                                                                                                             \
	static __always_inline struct xlb_counters *platform_counters(const struct packet *packet)           \
	{                                                                                                    \
		return &packet->tables->counters[packet->row];                                               \
	}

#define platform_bucket_mask(packet)   ((packet)->tables->flow_bucket_mask)
#define platform_template_mask(packet) ((packet)->tables->template_bucket_mask)
#define platform_now(packet, settings)                                                                       \
	((packet)->clock ? *(packet)->clock : (__u32)((settings)->clock_offset_ns >> XLB_CLOCK_SHIFT))
#define platform_frame_length(frame) ((__u32)((frame)->end - (frame)->data))

/* Only the program in the kernel hands packets over. */
#define platform_has_socket(key) ((void)(key), false)
#define platform_queue(frame)	 ((void)(frame), 0u)
#define PLATFORM_SLOW		 0u
#define PLATFORM_ANSWERS	 true
#define platform_tags_off(frame) 0

#define platform_holds(packet)	    ((packet)->holds)
#define platform_holds_here(packet) ((packet)->holds)
#define platform_again(packet)	    ((packet)->again)

#define platform_publish(word, value)	  __atomic_store_n(word, value, __ATOMIC_RELEASE)
#define platform_publish_bits(word, bits) ((void)__atomic_fetch_or(word, bits, __ATOMIC_ACQ_REL))

/* xorshift32 (Marsaglia, 2003): each thread draws the same numbers every time, so that tests repeat. */
#define platform_random(packet) ((void)(packet), next_random())

/* One in all of the program, as C++ has it. */
inline __u32 *random_state(void)
{
	static __thread __u32 state = 2463534242u;

	return &state;
}

static inline __u32 next_random(void)
{
	__u32 state = *random_state();

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	*random_state() = state;
	return state;
}

/* Where the frame lies: as the kernel's struct xdp_md has it, with whole pointers. */
typedef struct {
	__u8 *data;
	__u8 *data_end;
	__u8 *buffer; /* the frame may grow towards here; NULL: it may not */
} platform_context;

/* As bpf_xdp_adjust_head(). */
static inline int platform_adjust_head(platform_context *context, int delta)
{
	if (delta < 0 && (!context->buffer || context->data - context->buffer < -delta))
		return -1;
	if (delta > context->data_end - context->data)
		return -1;
	context->data += delta;
	return 0;
}

/* As bpf_xdp_adjust_tail(), but a frame only shrinks. */
static inline int platform_adjust_tail(platform_context *context, int delta)
{
	if (delta > 0 || context->data_end - context->data < -delta)
		return -1;
	context->data_end += delta;
	return 0;
}

static inline long platform_loop(__u32 count, long (*body)(__u32 index, void *context), void *context)
{
	__u32 index;

	for (index = 0; index < count; index++)
		if (body(index, context))
			return index + 1;
	return count;
}

static inline void *platform_trace_reserve_(struct xlb_trace_sink *sink, __u32 size)
{
	return sink ? sink->reserve(sink, size) : NULL;
}
#define platform_trace_reserve(packet, size)  platform_trace_reserve_((packet)->tables->sink, size)
#define platform_trace_submit(packet, record) (packet)->tables->sink->submit((packet)->tables->sink, record)
#define platform_trace_time(packet, settings)                                                                \
	((packet)->clock ? (packet)->tables->sink->time() : (settings)->clock_offset_ns)

#define platform_clamp(value, most) ((value) = (value) < (most) ? (value) + !(value) : (most))

static inline long platform_load_frame(const platform_context *context, void *to, __u32 size)
{
	if (context->data_end - context->data < (long)size)
		return -1;
	memcpy(to, context->data, size);
	return 0;
}
