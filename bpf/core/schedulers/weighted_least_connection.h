/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the smallest load / weight (ip_vs_wlc.c). */
#pragma once

XLB_INLINE bool wlc_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	keep_least(walk, destination_load(destination), share);
	return false;
}

WALKING_SCHEDULER(wlc)
