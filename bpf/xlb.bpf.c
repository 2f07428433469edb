/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The XDP program: the core over BPF maps. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/core/entry.h"

XLB_INLINE int to_socket(struct xdp_md *context, const struct packet *packet)
{
	const struct frame frame = frame_of(context);

	return bpf_redirect_map(&sockets, socket_of(&frame, packet), XDP_DROP);
}

XLB_INLINE int leave(const struct packet *packet, __u32 interface)
{
	if (interface == READ_ONCE(packet->ingress))
		return XDP_TX;
	return bpf_redirect_map(&egress, interface, XDP_DROP);
}

/* xdp.frags: frames larger than a page (jumbo) are taken too; all headers lie in their first part. */
SEC("xdp.frags")
int xlb_forward(struct xdp_md *context)
{
	struct packet packet;
	enum xlb_verdict verdict;
	__u32 interface;
	__u64 found;

	packet.row = bpf_get_smp_processor_id();
	packet.now = platform_now(&packet, platform_settings(&packet, 0));
	packet.ingress = context->ingress_ifindex;
	found = fast_path(context, &packet);
	if ((__u32)found)
		return leave(&packet, found);
	platform_forget(&packet);
	if (found) {
		interface = open_or_settle(context, &packet);
		if (interface)
			return leave(&packet, interface);
	}
	verdict = forward_with_care(context, &packet);
	if (verdict == (enum xlb_verdict)STEERED)
		return to_socket(context, &packet);
	if (packet.answered)
		return XDP_TX;
	switch (action_of(verdict)) {
	case XLB_FORWARD:
		return leave(&packet, packet.egress);
	case XLB_PASS:
		return XDP_PASS;
	default:
		return XDP_DROP;
	}
}

/* Lets everything through. A veth sends back (XDP_TX) only to a peer that has a program of its own. */
SEC("xdp.frags")
int xlb_pass(struct xdp_md *context)
{
	(void)context;
	return XDP_PASS;
}

/* For user space, which tells xlb_forward how jiffies and the clock go together
 * (native/kernel/kernel_clock.h). */
SEC("syscall")
int xlb_read_jiffies(__u64 *jiffies)
{
	*jiffies = bpf_jiffies64();
	return 0;
}

char xlb_license[] SEC("license") = "Dual BSD/GPL";
