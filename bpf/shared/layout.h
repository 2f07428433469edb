/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What BPF C and C++ need to share one definition: fixed types and an assertion that both understand. */
#pragma once

#include <linux/types.h>

#ifdef __cplusplus
#define XLB_LAYOUT(condition) static_assert(condition, #condition)
#else
#define XLB_LAYOUT(condition) _Static_assert(condition, #condition)
#endif

#define XLB_CACHE_LINE 64

/* An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d; in network byte order. */
struct xlb_address {
	union {
		__be32 word[4];
		__u64 half[2];
	};
};

XLB_LAYOUT(sizeof(struct xlb_address) == 16);
