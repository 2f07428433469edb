/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the core knows about the packet in hand. Both live on the stack; parse.h fills them. */
#pragma once

#include "bpf/core/platform.h"

#define PACKET_TCP_FIN 0x01
#define PACKET_TCP_SYN 0x02
#define PACKET_TCP_RST 0x04
#define PACKET_TCP_ACK 0x10

enum packet_kind {
	PACKET_WHOLE,	       /* carries a transport header of a virtual server's client */
	PACKET_FIRST_FRAGMENT, /* the same, and teaches where the later ones go */
	PACKET_LATER_FRAGMENT, /* no ports: follows the first */
	PACKET_ICMP_ERROR,     /* speaks of the flow whose packet it quotes */
};

/* How far fast_open() came. */
enum packet_opening {
	OPENING_NOTHING,     /* not so far as to choose a real server */
	OPENING_NOWHERE,     /* no real server takes it */
	OPENING_NO_TEMPLATE, /* its client has no template */
	OPENING_MADE,	     /* its flow is there */
	OPENING_TWIN,	     /* the same, and another processor may have made it, too */
};

/* What is known of the packet: plain values, no pointers into the frame (see XLB_GLOBAL). */
struct packet {
	/* given by the caller */
	__u32 ingress; /* ifindex */
	XLB_PLATFORM_FIELDS
	__u32 now;

	__u32 options; /* XLB_OPTION_* in force */

	/* parsed; for an ICMP error client and virtual server are those of the quoted packet */
	struct xlb_address client;
	struct xlb_address virtual_address;
	__be16 client_port;
	__be16 virtual_port;
	__u8 protocol;
	__u8 kind;	/* enum packet_kind */
	__u8 tcp_flags; /* PACKET_TCP_* */
	__u8 version;	/* 4 or 6 */
	__u32 network;	/* offset of the IP header */
	__u32 length;	/* bytes of the IP packet, header included */
	__u32 fragment; /* identification */
	__u32 segment;	/* offset of the TCP header */

	/* decided */
	__extension__ union {
		__u32 egress;  /* ifindex to send it to */
		__u32 mtu;     /* TOO_BIG: what would fit */
		__u32 awaited; /* NO_NEIGHBOUR: the real server; 0: the packet may not wait for it */
	};
	__u8 adopted;  /* belongs to a flow that another director made */
	__u8 answered; /* the frame is an answer now, for whoever sent it */
	__u8 opening;  /* enum packet_opening */
	__u8 moved;    /* 1 + the state that it took its flow out of; 0: the flow stayed in its state */
};

/* The frame's bytes. */
struct frame {
	__u8 *data;
	__u8 *end;
	platform_context *context;
};

XLB_INLINE struct frame frame_of(platform_context *context)
{
	struct frame frame;

	frame.data = (__u8 *)(unsigned long)context->data;
	frame.end = (__u8 *)(unsigned long)context->data_end;
	frame.context = context;
	return frame;
}

PLATFORM_TABLES

/* Where this processor or thread counts. */
XLB_INLINE struct xlb_statistics *own_statistics(const struct packet *packet)
{
	struct xlb_counters *counters = platform_counters(packet);

	return counters ? &counters->all : NULL;
}

/* A pointer into the frame for a `type` at `offset`, or NULL where it runs past the end. The sum is made
 * once: to the verifier, data + offset computed twice is two pointers, and the check of one says nothing of
 * the other. */
#define frame_at(frame, offset, type)                                                                        \
	__extension__({                                                                                      \
		type *at_ = (type *)((frame)->data + (offset));                                              \
		(__u8 *)(at_ + 1) > (frame)->end ? (type *)NULL : at_;                                       \
	})

XLB_INLINE bool same_address(const struct xlb_address *a, const struct xlb_address *b)
{
	return !((a->half[0] ^ b->half[0]) | (a->half[1] ^ b->half[1]));
}

/* In words of 64 bits, as addresses are read again: a load wider than the store before it waits for that to
 * reach the cache. */
XLB_INLINE void copy_ipv6(struct xlb_address *to, const __be32 *word)
{
	to->half[0] = word[0] | (__u64)word[1] << 32;
	to->half[1] = word[2] | (__u64)word[3] << 32;
}

XLB_INLINE bool is_ipv4_mapped(const struct xlb_address *address)
{
	return !address->half[0] && (__u32)address->half[1] == bpf_htonl(0xffff);
}

/* The first `bits` (0 to 64) of eight bytes as they lie in memory. */
XLB_INLINE __u64 prefix_mask(__u32 bits)
{
	return bits ? __builtin_bswap64(~0ull << ((64 - bits) & 63)) : 0;
}

/* The second half of an IPv4 address as map_ipv4() has it. */
XLB_INLINE __u64 mapped_ipv4(__be32 address)
{
	return bpf_htonl(0xffff) | (__u64)address << 32;
}

/* IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2): one address type for both families. */
XLB_INLINE void map_ipv4(struct xlb_address *to, __be32 address)
{
	to->half[0] = 0;
	to->half[1] = mapped_ipv4(address);
}

#define PARSED XLB_VERDICT_COUNT /* not a verdict: the parser found what it wanted */

/* Ethernet, two tags, IPv6 and the extension headers that are walked end before this: the bound that the
 * verifier needs to see before it lets a number be added to a packet's address. */
#define LARGEST_OFFSET	0x3fff
#define LARGEST_NETWORK 0x1f /* the same, of the IP header */

/* Where parsing stands. The offset is kept apart from the packet so that the verifier knows its bounds. */
struct cursor {
	__u32 offset;
	__u16 protocol; /* of what comes next: an EtherType (big endian), then an IP protocol */
};

/* A header must lie inside the IP packet, not only inside the frame (which may be padded). */
XLB_INLINE bool inside_packet(const struct packet *packet, __u32 offset, __u32 size)
{
	return offset + size <= packet->network + packet->length;
}
