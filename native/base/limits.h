// Every limit of the addon's control side, named. (Those of the tables are in bpf/shared/limits.h.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace xlb {

// One netlink message as we send it: the largest is a route, with some 36 bytes a next hop.
inline constexpr size_t kNetlinkRequestBytes = 4 * 1024;

// What one recv() of netlink may bring. The kernel sizes a dump's pieces by the reader's buffer, 32 KiB at
// most.
inline constexpr size_t kNetlinkReceiveBytes = 32 * 1024;

// How often a dump is begun again because the kernel's list changed under it (NLM_F_DUMP_INTR).
inline constexpr int kNetlinkDumpTries = 16;

// Addresses in one message of a transaction of nf_tables: an attribute counts its length in 16 bits.
inline constexpr size_t kFilterElementsPerMessage = 256;

// A transaction of nf_tables is one datagram: 8 MiB hold some 100,000 addresses.
inline constexpr int kFilterSocketBytes = 8 * 1024 * 1024;

// Receive buffer of the monitor's socket: about 10,000 messages. When it overflows, 'overrun' is reported.
inline constexpr int kMonitorSocketBytes = 8 * 1024 * 1024;

// Events held for a JavaScript thread that is busy; beyond it they are dropped and 'overrun' takes their
// place.
inline constexpr size_t kMonitorEventsMax = 16 * 1024;

// recv() calls between two looks at the stop signal.
inline constexpr int kMonitorReceivesPerWake = 64;

// How many times one call of announce() may send.
inline constexpr uint32_t kAnnounceCountMax = 100;

// What is read of one VRRP packet, its IP header included. The longest advert (255 IPv6 addresses) has 4,088
// bytes; what is longer is cut, and so has a wrong checksum.
inline constexpr size_t kVrrpPacketBytes = 8 * 1024;

// VRRP packets taken from one socket before other events have their turn.
inline constexpr size_t kVrrpPacketsMax = 64;

// Packets thrown away when a VRRP socket is opened: those that came before it was bound.
inline constexpr size_t kVrrpDrainMax = 4 * 1024;

// Payload of an echo request.
inline constexpr size_t kEchoPayloadBytes = 64;

// What is read of one reply: any UDP datagram; an echo reply with its IP header.
inline constexpr size_t kProbeReplyBytes = 64 * 1024;

// Replies taken from one probe's socket before other events have their turn.
inline constexpr size_t kProbeRepliesMax = 16;

// Connections of checks that are looked at before other events have their turn.
inline constexpr size_t kTcpEventsMax = 256;

// Those that may leave a TIME_WAIT behind: 30,000 of them at most, for the minute that each stays.
inline constexpr uint32_t kTcpLingeringPerSecond = 500;

// What is read of one of them before the others have their turn.
inline constexpr size_t kTcpReceiveBytes = 16 * 1024;

// What is read of one BFD packet: the longest there are, with authentication, have 52 bytes.
inline constexpr size_t kBfdPacketBytes = 128;

// BFD packets taken from the socket before other events have their turn.
inline constexpr size_t kBfdPacketsMax = 64;

// Source ports tried for a BFD session before it is given up for the moment.
inline constexpr int kBfdPortTries = 64;

// What is read of a frame that may answer a probe of a virtual address: an ICMP error with the longest IP
// headers has 150 bytes.
inline constexpr size_t kVipFrameBytes = 256;

// Such frames taken from one socket before other events have their turn.
inline constexpr size_t kVipFramesMax = 256;

// Probes of virtual addresses that wait for their answers on one interface. Below 32,768, the number of
// ports.
inline constexpr size_t kVipProbesMax = 16 * 1024;

// Send and receive buffer of their socket: some thousand frames.
inline constexpr int kVipSocketBytes = 2 * 1024 * 1024;

// How often the instance lock is tried anew because its file was removed between open and lock.
inline constexpr int kLockTries = 64;

}  // namespace xlb
