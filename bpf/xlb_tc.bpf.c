/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The core once more, at tc ingress (tcx, Linux 6.6): it forwards while an interface changes between native
 * and generic XDP, which the kernel lets have no XDP program then. What XDP forwards never comes by here;
 * what XDP lets through does, and is let through again.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define XLB_AT_TC
#include "bpf/core/entry.h"

/* Of a socket buffer's frame the core reads what lies in its first part. More than it ever looks at of a
 * packet that it forwards, but for long chains of IPv6 extension headers. */
#define HEADER_BYTES 256

/* False: there is no memory. All pointers into the frame are void. */
XLB_INLINE bool gather_headers(struct __sk_buff *context)
{
	const struct frame frame = frame_of(context);
	const __u32 wanted = context->len < HEADER_BYTES ? context->len : HEADER_BYTES;

	return (__u32)(frame.end - frame.data) >= wanted || bpf_skb_pull_data(context, wanted) == 0;
}

SEC("tcx/ingress")
int xlb_forward_tc(struct __sk_buff *context)
{
	struct packet packet = {};

	if (!gather_headers(context))
		return TC_ACT_SHOT;
	packet.row = bpf_get_smp_processor_id();
	packet.ingress = context->ifindex;
	switch (action_of(forward(context, &packet))) {
	case XLB_FORWARD:
		return bpf_redirect(packet.egress, 0);
	case XLB_PASS:
		return TC_ACT_UNSPEC; /* to whoever else is at this hook, and then to the stack */
	default:
		return TC_ACT_SHOT;
	}
}

char xlb_license[] SEC("license") = "Dual BSD/GPL";
