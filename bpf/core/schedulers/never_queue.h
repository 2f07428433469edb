/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Never queue: the first without an active flow, however light; where all are busy, as sed (ip_vs_nq.c). */
#pragma once

XLB_INLINE bool nq_consider(struct walk *walk, const struct xlb_destination *destination, __u32 share)
{
	__u32 active = destination_active(destination);

	keep_least(walk, active ? active + 1ull : 0, share);
	return !active;
}

WALKING_SCHEDULER(nq)
