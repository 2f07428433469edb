/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a frame is to the program at tc (bpf/xlb_tc.bpf.c), for platform_kernel.h: a socket buffer, which may
 * hold several of the sender's segments and leaves as such. It is there for moments: it gives no frames to
 * user space, and what it drops gets no answer.
 */
#pragma once

#include <linux/bpf.h>

typedef struct __sk_buff platform_context;

#define platform_has_socket(key) ((void)(key), false)
#define platform_queue(frame)	 ((void)(frame), 0u)
#define PLATFORM_SLOW		 XLB_OPTION_LARGE
#define platform_holds(packet)	 false
#define PLATFORM_ANSWERS	 false

/* The outermost tag lies beside the frame, which gets it back when it leaves. */
#define platform_tags_off(frame) ((frame)->context->vlan_present != 0)

/* Bytes of all its parts. */
#define platform_frame_length(frame) ((frame)->context->len)

#define platform_load_frame(context, to, size) bpf_skb_load_bytes(context, 0, to, size)

static __always_inline int platform_adjust_head(platform_context *context, int delta)
{
	return -1;
}

static __always_inline int platform_adjust_tail(platform_context *context, int delta)
{
	return -1;
}
