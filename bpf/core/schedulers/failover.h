/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted failover: the greatest weight, whatever the load (ip_vs_fo.c). */
#pragma once

XLB_INLINE bool fo_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	(void)destination;
	keep_least(walk, 1, share);
	return false;
}

WALKING_SCHEDULER(fo)
