/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of the benchmark: one that makes the traffic, run by BPF_PROG_TEST_RUN with live frames, and
 * those on the interfaces around the program that is measured.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/shared/flow_slot.h"
#include "native/generator/order.h"

struct generator_order order = {};

/* The table of the program that is measured, all of it in one value; user space puts it here before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct xlb_flow_slot));
} flow_table SEC(".maps");

const volatile __u32 flow_slot_mask = 0; /* slots - 1 */

__u32 noted[GENERATOR_MAX_NOTED];

/* Of the bare forwarder, on queue 0. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bare_sockets SEC(".maps");

struct packet {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

static __always_inline __u16 checksum_of(const void *header)
{
	const __u16 *word = header;
	__u32 sum = 0;
	int i;

	for (i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static long erase_noted(__u32 index, void *context)
{
	const __u32 key = 0;
	struct xlb_flow_slot *table = bpf_map_lookup_elem(&flow_table, &key);

	(void)context;
	if (!table || index >= GENERATOR_MAX_NOTED)
		return 1;
	table[noted[index] & flow_slot_mask].control &= XLB_FLOW_SPILLED | XLB_FLOW_GENERATION;
	order.erased++;
	return 0;
}

/* Every field is written for every frame: pages are recycled, and the receiver has changed them. */
SEC("xdp")
int generate(struct xdp_md *context)
{
	struct packet *packet = (void *)(long)context->data;

	if ((void *)(packet + 1) > (void *)(long)context->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(packet->ethernet.h_dest, order.destination, ETH_ALEN);
	__builtin_memcpy(packet->ethernet.h_source, order.source, ETH_ALEN);
	packet->ethernet.h_proto = bpf_htons(ETH_P_IP);

	packet->ip = (struct iphdr){
	    .version = 4,
	    .ihl = 5,
	    .tot_len = bpf_htons(order.bytes),
	    .frag_off = bpf_htons(0x4000), /* do not fragment */
	    .ttl = 64,
	    .protocol = IPPROTO_TCP,
	    .id = bpf_htons(GENERATOR_MARK),
	    .saddr = order.random ? bpf_get_prandom_u32() : bpf_htonl(order.first_client + order.client),
	    .daddr = bpf_htonl(order.first_server + order.server),
	};
	packet->ip.check = checksum_of((const void *)&packet->ip);

	__builtin_memset(&packet->tcp, 0, sizeof(packet->tcp));
	packet->tcp.source = order.random ? bpf_get_prandom_u32() : bpf_htons(40000);
	packet->tcp.dest = bpf_htons(order.port);
	packet->tcp.doff = 5;
	((__u8 *)&packet->tcp)[13] = order.flags;

	if (order.client == 0 && order.erase)
		bpf_loop(order.erase, erase_noted, NULL, 0);
	order.client = order.client + 1 < order.clients ? order.client + 1 : 0;
	order.server = order.server + 1 < order.servers ? order.server + 1 : 0;
	/* Of a live frame, XDP_TX: out of the interface that it is said to have come in by. */
	return order.deliver ? XDP_PASS : XDP_TX;
}

/* What a forwarding program cannot cost less than: the frame goes back to where it came from. */
SEC("xdp")
int empty(struct xdp_md *context)
{
	struct ethhdr *ethernet = (void *)(long)context->data;
	__u8 mac[ETH_ALEN];

	if ((void *)(ethernet + 1) > (void *)(long)context->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(mac, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, mac, ETH_ALEN);
	return XDP_TX;
}

/* What a director cannot cost less than: what comes for one address goes on to one real server. */
SEC("xdp")
int relay(struct xdp_md *context)
{
	struct packet *packet = (void *)(long)context->data;

	if ((void *)&packet->tcp > (void *)(long)context->data_end)
		return XDP_PASS;
	if (packet->ethernet.h_proto != bpf_htons(ETH_P_IP) ||
	    packet->ip.daddr != bpf_htonl(order.first_server))
		return XDP_PASS;
	__builtin_memcpy(packet->ethernet.h_dest, order.destination, ETH_ALEN);
	__builtin_memcpy(packet->ethernet.h_source, order.source, ETH_ALEN);
	return XDP_TX;
}

/* What a program cannot cost less than that gives frames to AF_XDP. */
SEC("xdp")
int to_socket(struct xdp_md *context)
{
	return bpf_redirect_map(&bare_sockets, context->rx_queue_index, XDP_DROP);
}

/* The sending end takes what comes back. */
SEC("xdp")
int sink(struct xdp_md *context)
{
	(void)context;
	return XDP_DROP;
}

/* In front of real servers whose own work with a flood shall not be measured. */
SEC("xdp")
int filter(struct xdp_md *context)
{
	const struct packet *packet = (void *)(long)context->data;

	if ((void *)(packet + 1) > (void *)(long)context->data_end ||
	    packet->ethernet.h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	return packet->ip.id == bpf_htons(GENERATOR_MARK) ? XDP_DROP : XDP_PASS;
}

char generator_license[] SEC("license") = "Dual BSD/GPL";
