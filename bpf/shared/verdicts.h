/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What became of a packet: every packet ends in exactly one of these. The list is written here and nowhere
 * else; it yields the C enum, the C++ names, the metric label and the text of the screens. X(NAME, ACTION,
 * "meaning")   ACTION: FORWARD, PASS (to the director's own stack), DROP
 */
#pragma once

/* clang-format off */
#define XLB_VERDICTS(X)                                                                              \
	X(FORWARDED,          FORWARD, "sent to a real server")                                      \
	X(NOT_IP,             PASS,    "neither IPv4 nor IPv6")                                      \
	X(NOT_FOR_US,         PASS,    "addressed to another machine's MAC, or to a group")          \
	X(NOT_OURS,           PASS,    "no virtual server at this address and port")                 \
	X(OTHER_PROTOCOL,     PASS,    "neither TCP, UDP nor an ICMP error")                         \
	X(SHORT_ETHERNET,     PASS,    "Ethernet or VLAN header runs past the frame")                \
	X(BAD_IPV4,           PASS,    "IPv4 header short, wrong, or longer than the frame")         \
	X(BAD_IPV4_CHECKSUM,  PASS,    "IPv4 header checksum is wrong")                              \
	X(BAD_IPV6,           PASS,    "IPv6 header short, wrong, or longer than the frame")         \
	X(IPV6_EXTENSIONS,    PASS,    "IPv6 extension headers too many or too short")               \
	X(BAD_TCP,            PASS,    "TCP header short or wrong")                                  \
	X(BAD_UDP,            PASS,    "UDP header short or wrong")                                  \
	X(BAD_ICMP,           PASS,    "ICMP error quotes no usable packet")                         \
	X(ICMP_NO_FLOW,       PASS,    "ICMP error about a flow that is not known")                  \
	X(FRAGMENT_UNKNOWN,   PASS,    "later fragment whose first one was not seen")                \
	X(NO_FLOW,            PASS,    "TCP packet that belongs to no flow and starts none")         \
	X(LOCAL,              PASS,    "the real server is the director itself")                     \
	X(NO_REAL_SERVER,     DROP,    "every real server is down, or weighs 0")                     \
	X(REAL_SERVER_GONE,   DROP,    "flow of a real server that was taken out of service")        \
	X(NO_NEIGHBOUR,       DROP,    "the real server's MAC address is not known")                 \
	X(TTL_EXPIRED,        DROP,    "TTL or hop limit ran out at the director")                   \
	X(TOO_BIG,            DROP,    "longer than the way to the real server takes")               \
	X(FLOW_TABLE_FULL,    DROP,    "no room for a new flow: its neighbourhood holds only live ones") \
	X(BROKEN_TABLES,      DROP,    "a table refers to a record that does not exist")
/* clang-format on */

enum xlb_verdict {
#define X(name, action, meaning) XLB_##name,
	XLB_VERDICTS(X)
#undef X
	    XLB_VERDICT_COUNT
};

enum xlb_action {
	XLB_FORWARD,
	XLB_PASS,
	XLB_DROP,
};

#define XLB_VERDICT_SLOTS 32 /* counters in a row of statistics; verdicts may be added up to this */
