/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shortest expected delay: the smallest (active + 1) / weight; inactive flows do not count (ip_vs_sed.c). */
#pragma once

XLB_INLINE bool sed_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	keep_least(walk, destination_active(destination) + 1ull, share);
	return false;
}

WALKING_SCHEDULER(sed)
