/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Overflow: the greatest weight among those with no more active flows than weight, so that each fills up to
 * weight + 1 before the next one gets any; none where all are full (ip_vs_ovf.c). */
#pragma once

XLB_INLINE bool ovf_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	if (destination_active(destination) <= share)
		keep_least(walk, 1, share);
	return false;
}

WALKING_SCHEDULER(ovf)
