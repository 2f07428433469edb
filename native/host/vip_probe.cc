#include "native/host/vip_probe.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "native/base/limits.h"
#include "native/host/host_state.h"

namespace xlb::host {
namespace {

// Source ports of probes: the upper half.
constexpr uint16_t kFirstPort = 0x8000;

constexpr uint16_t kIpAt = sizeof(ether_header);
constexpr uint16_t kIpv6PayloadAt = kIpAt + 40;
constexpr auto kPacketType = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr uint8_t kSynAck = 0x12;
constexpr uint8_t kRst = 0x04;

// What may answer a probe, and ARP; of everything else that the interface receives only this is decided, in
// the kernel. Jumps count from the next instruction.
constexpr sock_filter kFilter[] = {
    /*  0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    /*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 30, 0),
    /*  2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 14),
    // IPv4, no later fragment, to this host
    /*  3 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kIpAt + 6),
    /*  4 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IP_OFFMASK, 26, 0),
    /*  5 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kPacketType),
    /*  6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 24),
    /*  7 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, kIpAt),
    /*  8 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIpAt + 9),
    /*  9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 5, 0),
    /* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 20),
    /* 11 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, kIpAt + 2),
    /* 12 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kFirstPort, 0, 18),
    /* 13 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, kIpAt + 13),
    /* 14 */ BPF_JUMP(BPF_JMP | BPF_JA, 11, 0, 0),
    /* 15 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, kIpAt),
    /* 16 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_DEST_UNREACH, 15, 14),
    // IPv6 without extension headers, to this host
    /* 17 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 13),
    /* 18 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kPacketType),
    /* 19 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 11),
    /* 20 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIpAt + 6),
    /* 21 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 7, 0),
    /* 22 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 8),
    /* 23 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kIpv6PayloadAt + 2),
    /* 24 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kFirstPort, 0, 6),
    /* 25 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIpv6PayloadAt + 13),
    // the flags of TCP: RST, or SYN and ACK
    /* 26 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kRst, 5, 0),
    /* 27 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSynAck),
    /* 28 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSynAck, 3, 2),
    /* 29 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIpv6PayloadAt),
    /* 30 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_DST_UNREACH, 1, 0),
    /* 31 */ BPF_STMT(BPF_RET | BPF_K, 0),
    /* 32 */ BPF_STMT(BPF_RET | BPF_K, kVipFrameBytes),
};

Result<uint64_t> random_number(const std::string& attempted) {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) return Status::system(attempted, errno);
  return number;
}

// As much as the kernel gives: by default some hundred frames, and thousands of probes may begin at once.
void enlarge(int fd, int option, int forced) {
  const int bytes = kVipSocketBytes;
  if (::setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0)
    (void)::setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

bool is_answer_to(const Heard& heard, const VipPath& path, uint32_t sequence) {
  return heard.vip == path.vip && heard.port == path.port && heard.own == path.own &&
         heard.sequence == sequence;
}

VipAnswer::Kind answer_kind(HeardKind kind) {
  switch (kind) {
    case HeardKind::kOpen:
      return VipAnswer::Kind::kOpen;
    case HeardKind::kClosed:
      return VipAnswer::Kind::kClosed;
    case HeardKind::kUnreachable:
      return VipAnswer::Kind::kUnreachable;
    case HeardKind::kArp:
      break;
  }
  return VipAnswer::Kind::kHolder;
}

}  // namespace

Status VipProbe::open(uint32_t index) {
  const std::string attempted = "probe virtual addresses on " + interface_name(index);
  close();
  index_ = index;
  fd_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));  // 0: nothing before the filter
  if (!fd_.valid()) return Status::system(attempted, errno);
  enlarge(fd_.get(), SO_RCVBUF, SO_RCVBUFFORCE);
  enlarge(fd_.get(), SO_SNDBUF, SO_SNDBUFFORCE);
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  here.sll_ifindex = static_cast<int>(index);
  Status status = filter();
  if (status.ok() && ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
    status = Status::system(attempted, errno);
  if (!status.ok()) close();
  return status;
}

Status VipProbe::filter() {
  const std::string attempted = "filter what answers probes on " + interface_name(index_);
  constexpr int kOn = 1;
  const sock_fprog program{static_cast<unsigned short>(std::size(kFilter)),
                           const_cast<sock_filter*>(kFilter)};
  if (::setsockopt(fd_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &kOn, sizeof kOn) != 0 ||
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    return Status::system(attempted, errno);
  return Status::ok_status();
}

void VipProbe::close() {
  fd_.reset();
  waiting_.clear();
  watched_.clear();
}

Status VipProbe::send(std::span<const uint8_t> frame, const IpAddress& vip) {
  const std::string attempted = "probe " + vip.to_string() + " on " + interface_name(index_);
  if (!fd_.valid()) return Status::argument(attempted, "this VipProber is closed");
  if (::send(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT) >= 0) return Status::ok_status();
  return Status::system(attempted, errno == ENXIO ? ENODEV : errno);  // ENXIO: gone meanwhile (packet_snd)
}

Result<uint16_t> VipProbe::ask(const VipQuestion& question) {
  const std::string attempted = "probe " + question.path.vip.to_string() + " on " + interface_name(index_);
  if (waiting_.size() >= kVipProbesMax)
    return Status::limit(attempted, "at most " + std::to_string(kVipProbesMax) + " probes wait at once");
  const Result<uint64_t> number = random_number(attempted);
  if (!number.ok()) return number.status();
  auto id = static_cast<uint16_t>(kFirstPort | *number);
  while (waiting_.contains(id)) id = static_cast<uint16_t>(kFirstPort | (id + 1));
  Waiting waiting{question, static_cast<uint32_t>(*number >> 32), false};
  waiting.question.path.own_port = id;
  if (Status status = send(vip_syn(waiting.question.path, waiting.sequence), question.path.vip); !status.ok())
    return status;
  waiting_.emplace(id, waiting);
  return id;
}

Status VipProbe::repeat(uint16_t id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return Status::ok_status();
  const VipPath& path = found->second.question.path;
  return send(vip_syn(path, found->second.sequence), path.vip);
}

Status VipProbe::ask_holder(const MacAddress& own_mac, const IpAddress& vip) {
  if (!vip.is_v4()) return Status::argument("ask who has " + vip.to_string(), "ARP is of IPv4");
  watched_.insert(vip);
  return send(arp_question(own_mac, vip), vip);
}

Result<std::vector<VipAnswer>> VipProbe::receive() {
  std::vector<VipAnswer> answers;
  std::array<uint8_t, kVipFrameBytes> buffer;
  for (size_t i = 0; i < kVipFramesMax; i++) {
    const ssize_t received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (received < 0 && answers.empty())
      return Status::system("hear answers to probes on " + interface_name(index_), errno);
    if (received < 0) break;  // what came before it counts
    take({buffer.data(), static_cast<size_t>(received)}, answers);
  }
  return answers;
}

void VipProbe::take(std::span<const uint8_t> frame, std::vector<VipAnswer>& answers) {
  const std::optional<Heard> heard = hear(frame);
  if (!heard)
    ignored_.malformed++;
  else if (heard->kind == HeardKind::kArp)
    take_holder(*heard, answers);
  else
    take_answer(*heard, answers);
}

void VipProbe::take_holder(const Heard& heard, std::vector<VipAnswer>& answers) {
  if (!watched_.contains(heard.vip)) return;
  // A flood of them is one piece of news.
  const auto same = [&](const VipAnswer& one) {
    return one.kind == VipAnswer::Kind::kHolder && one.vip == heard.vip && one.mac == heard.from;
  };
  if (std::any_of(answers.begin(), answers.end(), same)) return;
  answers.push_back({VipAnswer::Kind::kHolder, 0, 0, heard.from, heard.vip});
}

void VipProbe::take_answer(const Heard& heard, std::vector<VipAnswer>& answers) {
  const auto found = waiting_.find(heard.own_port);
  if (found == waiting_.end()) {
    ignored_.unknown++;
    return;
  }
  Waiting& waiting = found->second;
  VipPath path = waiting.question.path;
  if (!is_answer_to(heard, path, waiting.sequence)) {
    ignored_.wrong++;
    return;
  }
  // ICMP comes from whoever has it to say.
  const bool elsewhere =
      waiting.question.exact && heard.kind != HeardKind::kUnreachable && heard.from != path.next_mac;
  if (heard.kind == HeardKind::kOpen) {
    if (elsewhere) path.next_mac = heard.from;
    (void)send(vip_reset(path, waiting.sequence), path.vip);  // lost: its half-open connection runs out there
  }
  if (elsewhere) {
    ignored_.elsewhere++;
    if (!waiting.elsewhere)
      answers.push_back({VipAnswer::Kind::kElsewhere, path.own_port, 0, heard.from, path.vip});
    waiting.elsewhere = true;
    return;
  }
  answers.push_back({answer_kind(heard.kind), path.own_port, heard.code, heard.from, path.vip});
  waiting_.erase(found);
}

}  // namespace xlb::host
