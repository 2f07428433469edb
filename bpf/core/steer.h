/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of virtual servers that an AF_XDP socket takes: the same core then decides about them in user
 * space, over the same tables. Where no socket is there (any more), the program goes on by itself.
 */
#pragma once

#include "bpf/core/packet.h"

#define STEERED (XLB_VERDICT_COUNT + 2) /* not a verdict: decided about elsewhere */

/* The place in the map of sockets of the queue that the packet came by, XLB_MAX_SOCKETS where there is none.
 */
XLB_INLINE __u32 socket_of(const struct frame *frame, const struct packet *packet)
{
	const struct xlb_interface *interface =
	    platform_interfaces(packet, packet->ingress % XLB_MAX_INTERFACES);
	__u32 queue = platform_queue(frame);

	if (!interface || interface->ifindex != packet->ingress || queue >= READ_ONCE(interface->sockets))
		return XLB_MAX_SOCKETS;
	return READ_ONCE(interface->first_socket) + queue;
}

XLB_INLINE bool steered(const struct frame *frame, const struct packet *packet)
{
	__u32 length = platform_frame_length(frame);

	/* The first fragment has to be known before the later ones come: they are not steered, and would be
	 * ahead. */
	if (packet->kind == PACKET_FIRST_FRAGMENT)
		return false;
	/* A frame in several parts, or longer than the socket's buffers and the way back to the stack, would
	 * be lost. */
	if (length > XLB_SOCKET_FRAME_BYTES || length > (__u32)(frame->end - frame->data))
		return false;
	return platform_has_socket(socket_of(frame, packet));
}
