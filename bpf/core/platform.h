/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The only file of the core that knows where it runs: inside the kernel as part of the XDP program, or in
 * user space over the same tables mapped (or made) there. It gives the core table access, clock, atomics and
 * a bounded loop.
 */
#pragma once

#include "bpf/shared/fixed_tables.h"
#include "bpf/shared/flow_slot.h"
#include "bpf/shared/trace.h"

#define READ_ONCE(x)	     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* Full barriers on both sides: BPF atomics that return a value are, and so are these builtins in user space.
 */
#define compare_and_swap(word, expected, wanted) __sync_val_compare_and_swap(word, expected, wanted)
#define atomic_add(word, amount)		 __sync_fetch_and_add(word, amount)
/* The value is asked for because clang otherwise takes the BPF atomic that returns none, and that one orders
 * nothing (arm64: a flow could be seen LIVE before what is in it). */
#define atomic_or(word, bits)                                                                                \
	__extension__({                                                                                      \
		__u32 was_ = __sync_fetch_and_or(word, bits);                                                \
		__asm__ volatile("" : : "r"(was_) : "memory");                                               \
	})

/* The compiler uses what it knows of the value only behind this line. */
#define pin_here(value) __asm__ volatile("" : "+r"(value))

#ifdef __bpf__
#define XLB_INLINE static __always_inline
/* A global function: the verifier looks at it once, by itself, and not again along every path that calls it.
 * It may take numbers and pointers to plain memory, which may be NULL to it; pointers inside that memory mean
 * nothing to it. */
#define XLB_GLOBAL __attribute__((noinline))
/* A function with a stack of its own: all calls in one another may have 512 bytes. */
#define XLB_APART static __attribute__((noinline))
/* As XLB_GLOBAL; and in user space a part of its caller for certain, as every packet comes by it. */
#define XLB_ALWAYS XLB_GLOBAL
/* As XLB_GLOBAL; and out of the way of what is run for every packet. */
#define XLB_SELDOM XLB_GLOBAL
#include "bpf/core/platform_kernel.h"
#else
#define XLB_INLINE static inline __attribute__((always_inline))
#define XLB_GLOBAL static inline
#define XLB_APART  static inline
#define XLB_ALWAYS XLB_INLINE
#define XLB_SELDOM static __attribute__((noinline, cold, unused))
#include "bpf/core/platform_user.h"
#endif
