/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables whose size never changes: one map, `fixed_tables`, of one value (bpf/maps.h says why). */
#pragma once

#include "bpf/shared/tables.h"

/* X(name, record, records: a power of two). */
#define XLB_FIXED_TABLES(X)                                                                                  \
	/* Control side writes, all read. One record. */                                                     \
	X(settings, struct xlb_settings, 1)                                                                  \
	/* Control side writes, packet path reads. Key: ifindex modulo size. */                              \
	X(interfaces, struct xlb_interface, XLB_MAX_INTERFACES)                                              \
	/* Control side writes, packet path reads. Two lists, one in force (settings.mark_rules). */         \
	X(mark_rules, struct xlb_mark_rule, 2 * XLB_MAX_MARK_RULES)                                          \
	/* Control side writes, packet path reads. Key: group, by hash. As many groups as there can be       \
	 * virtual servers, so that a lookup reads one line and, as a rule, one entry. */                    \
	X(virtual_server_index, struct xlb_index_group, XLB_INDEX_GROUPS)                                    \
	/* Control side writes, packet path reads (and moves `cursor`). Key: virtual server id. */           \
	X(virtual_servers, struct xlb_virtual_server, XLB_MAX_VIRTUAL_SERVERS)                               \
	/* Control side writes, packet path reads (and counts flows). Key: destination id. */                \
	X(destinations, struct xlb_destination, XLB_MAX_DESTINATIONS)                                        \
	/* Control side writes, packet path reads. Key: line. */                                             \
	X(schedules, struct xlb_schedule_line, XLB_MAX_SCHEDULE / XLB_SCHEDULE_LINE)                         \
	/* Control side writes, packet path reads. Key: real server id. */                                   \
	X(real_servers, struct xlb_real_server, XLB_MAX_REAL_SERVERS)                                        \
	/* Packet path writes and reads. Key: set. 4,096 datagrams in flight; more push out the oldest. */   \
	X(fragments, struct xlb_fragment_set, XLB_FRAGMENT_SETS)                                             \
	/* Packet path writes and reads. Key: set. 4,096 addresses that lblc and lblcr know; more push out   \
	 * those unused longest. */                                                                          \
	X(localities, struct xlb_locality_set, XLB_LOCALITY_SETS)

struct xlb_fixed_tables {
#define X(name, record, records) record name[records];
	XLB_FIXED_TABLES(X)
#undef X
};

#define X(name, record, records)                                                                             \
	XLB_LAYOUT(!((records) & ((records) - 1)));                                                          \
	XLB_LAYOUT(__builtin_offsetof(struct xlb_fixed_tables, name) % XLB_CACHE_LINE == 0);
XLB_FIXED_TABLES(X)
#undef X
