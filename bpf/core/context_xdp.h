/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a frame is to the XDP program, for platform_kernel.h. */
#pragma once

#include <linux/bpf.h>

typedef struct xdp_md platform_context;

/* Does an AF_XDP socket take frames in this place? A thread that died has closed its own. */
#define platform_has_socket(key)                                                                             \
	__extension__({                                                                                      \
		__u32 key_ = (key);                                                                          \
		bpf_map_lookup_elem(&sockets, &key_) != NULL;                                                \
	})
#define platform_queue(frame) ((frame)->context->rx_queue_index)
/* Where one of these is set there is no fast path: packets may be another's to decide about, or the flow
 * table has no address. */
#define PLATFORM_SLOW (XLB_OPTION_STEER | XLB_OPTION_LARGE)

/* Packets that wait for a neighbour do so in user space, which then runs the core on them again. */
#define platform_holds(packet) ((packet)->options & XLB_OPTION_HOLD)

#define PLATFORM_ANSWERS true /* frames can be turned into answers */

/* VLAN tags that the frame came with and that are no part of it any more. */
#define platform_tags_off(frame) 0

/* Bytes of the whole frame, which in a multi-buffer frame is more than lies between data and end. */
#define platform_frame_length(frame) bpf_xdp_get_buff_len((frame)->context)

/* The frame's first `size` bytes, of whatever parts it consists (5.18). */
#define platform_load_frame(context, to, size) bpf_xdp_load_bytes(context, 0, to, size)

/* Move the frame's start or end by `delta` bytes; not 0: it cannot. All pointers into the frame are void
 * then, and of a multi-buffer frame all parts behind the new end are gone. */
#define platform_adjust_head(context, delta) bpf_xdp_adjust_head(context, delta)
#define platform_adjust_tail(context, delta) bpf_xdp_adjust_tail(context, delta)
