/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Internet checksums (RFC 1071). Their sum is the same in either byte order, so words are added as they lie.
 */
#pragma once

#include "bpf/core/parse.h"

#define SUM_WORDS 8 /* of 4 bytes, summed in one turn of the loop */

/* A word of what was written as something else. */
typedef __u32 __attribute__((may_alias)) any_word;

struct sum_walk {
	platform_context *context;
	__u64 sum;
	__u32 offset;
};

static long sum_stretch(__u32 index, void *context)
{
	struct sum_walk *walk = (struct sum_walk *)context;
	const struct frame frame = frame_of(walk->context);
	/* Linux 6.1 knows nothing of a number in a loop's context */
	const __u32 offset = (walk->offset + index * (SUM_WORDS * 4)) & LARGEST_OFFSET;
	int i;

	for (i = 0; i < SUM_WORDS; i++) {
		const any_word *word = frame_at(&frame, offset + i * 4, const any_word);

		if (!word)
			return 1;
		walk->sum += *word;
	}
	return 0;
}

/* Of the `length` bytes from `offset` on, with which the frame must end. */
XLB_INLINE __u64 sum_to_end(platform_context *context, __u32 offset, __u32 length)
{
	const struct frame frame = frame_of(context);
	const __u32 rest = (offset + (length & ~3u)) & LARGEST_OFFSET;
	struct sum_walk walk = {};
	__u32 i;

	walk.context = context;
	walk.offset = offset;
	platform_loop(length / (SUM_WORDS * 4) + 1, sum_stretch, &walk);
	for (i = 0; i < 3; i++) {
		const __u8 *byte = frame_at(&frame, rest + i, const __u8);

		if (!byte)
			break;
		walk.sum += (__u64)*byte << 8 * i;
	}
	return walk.sum;
}

/* The checksum that makes this sum of some hundred words right: so few that nothing is carried more often. */
XLB_INLINE __sum16 checksum_of(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__sum16)~sum;
}

XLB_INLINE __u64 sum_ipv4_header(const struct iphdr *ip)
{
	const any_word *word = (const any_word *)ip;

	return (__u64)word[0] + word[1] + word[2] + word[3] + word[4];
}

/* The pseudo header (RFC 9293 3.1, RFC 8200 8.1) in front of `length` bytes; both families sum the same. */
XLB_INLINE __u64 sum_pseudo_ipv4(const struct iphdr *ip, __u32 length)
{
	return (__u64)ip->saddr + ip->daddr + bpf_htons(ip->protocol) + bpf_htons(length);
}

XLB_INLINE __u64 sum_pseudo_ipv6(const struct ipv6hdr *ip, __u32 length)
{
	__u64 sum = (__u64)bpf_htons(ip->nexthdr) + bpf_htons(length);
	int i;

	for (i = 0; i < 4; i++)
		sum += (__u64)ip->saddr.s6_addr32[i] + ip->daddr.s6_addr32[i];
	return sum;
}
