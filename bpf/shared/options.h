/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What can be switched on and off for all virtual servers: bits of settings.options. */
#pragma once

/* `options`: as the settings of net.ipv4.vs of the same names; the last four are xlb's own. */
#define XLB_OPTION_EXPIRE_NODEST_CONN	     0x001u
#define XLB_OPTION_EXPIRE_QUIESCENT_TEMPLATE 0x002u
#define XLB_OPTION_SLOPPY_TCP		     0x004u
#define XLB_OPTION_SECURE_TCP		     0x008u
#define XLB_OPTION_REUSE		     0x010u /* conn_reuse_mode is not 0 */
#define XLB_OPTION_REUSE_FIN_WAIT	     0x020u /* conn_reuse_mode & 2 */
#define XLB_OPTION_REOPEN_GONE		     0x100u /* what opens a flow of a gone real server opens it anew */
#define XLB_OPTION_RESET_DEAD		     0x200u /* TCP packets of such a flow are answered with RST */
#define XLB_OPTION_ADOPT_FLOWS                                                                               \
	0x400u			 /* mh takes a TCP packet that belongs to no flow as one of an old flow */
#define XLB_OPTION_STEER 0x800u	 /* some interface has AF_XDP sockets */
#define XLB_OPTION_TRACE 0x1000u /* somebody watches; the packet path takes it away when that is over */
#define XLB_OPTION_HOLD	 0x2000u /* AF_XDP sockets take what waits for a neighbour, and nothing else */
#define XLB_OPTION_LARGE 0x4000u /* the flow table is looked up: it is beyond XLB_MAX_DIRECT_BYTES */
