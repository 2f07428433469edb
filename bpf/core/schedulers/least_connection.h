/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Least connection: the smallest load among those of weight above 0 (ip_vs_lc.c). */
#pragma once

/* 256 for an active flow and 1 for every flow, active ones included: IPVS since Linux 6.1.190 and 6.12. */
XLB_INLINE __u64 destination_load(const struct xlb_destination *destination)
{
	__u64 word = READ_ONCE(destination->flows);
	__s32 active = (__s32)word, inactive = (__s32)(word >> 32);

	return (__u64)(active > 0 ? active : 0) * 257 + (inactive > 0 ? inactive : 0);
}

XLB_INLINE bool lc_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	keep_least(walk, destination_load(destination), 1);
	(void)share;
	return false;
}

WALKING_SCHEDULER(lc)
