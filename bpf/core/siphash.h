/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SipHash-1-3 of one 32-bit word, cut to 32 bits: what the kernel's hsiphash() of four bytes is on machines
 * of 64 bits (lib/siphash.c), and with it mh's hash. Both halves of its keys are the same word. It keeps
 * nobody from choosing collisions, the keys being public.
 */
#pragma once

#include "bpf/core/platform.h"

/* ip_vs_mh.c, generate_hash_secret() */
#define MAGLEV_OFFSET_KEY 2654435761ull /* where a server's permutation starts, and for lookups */
#define MAGLEV_SKIP_KEY	  2654446892ull /* how far it steps */

struct siphash {
	__u64 v[4];
};

XLB_INLINE __u64 rotate_left(__u64 value, int bits)
{
	return value << bits | value >> (64 - bits);
}

XLB_INLINE void siphash_round(struct siphash *hash)
{
	__u64 *v = hash->v;

	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

XLB_INLINE __u32 siphash_word(__u32 word, __u64 key)
{
	__u64 last = 4ull << 56 | word; /* the message's length, and what is left of it */
	struct siphash hash = {{
	    0x736f6d6570736575ull ^ key,
	    0x646f72616e646f6dull ^ key,
	    0x6c7967656e657261ull ^ key,
	    0x7465646279746573ull ^ key,
	}};

	hash.v[3] ^= last;
	siphash_round(&hash);
	hash.v[0] ^= last;
	hash.v[2] ^= 0xff;
	siphash_round(&hash);
	siphash_round(&hash);
	siphash_round(&hash);
	return (__u32)(hash.v[0] ^ hash.v[1] ^ hash.v[2] ^ hash.v[3]);
}
