// Probes of virtual addresses at real servers, through one interface: whether a real server takes packets to
// the VIP that arrive in frames to its MAC, as the packet path sends them, and whether it answers ARP for it.
//
// A socket of the director's stack cannot do it: the director itself holds the VIP, so connect(2) is local,
// and an answer from the VIP is a martian source. One packet socket of an interface serves all probes through
// it. An answer is known by the random source port and sequence number of its SYN, and where `exact` by its
// MAC: what has not all of them is counted and changes nothing. Never blocks.
//
// Thread rule: one user at a time. The socket belongs to the network namespace of the thread that opened it.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"
#include "native/host/vip_frame.h"

namespace xlb::host {

struct VipQuestion {
  VipPath path;        // own_port is chosen by ask()
  bool exact = false;  // the answer must come from path.next_mac; a gateway may answer from another
};

struct VipAnswer {
  enum class Kind : uint8_t { kOpen, kClosed, kUnreachable, kElsewhere, kHolder };
  Kind kind = Kind::kOpen;
  uint16_t id = 0;   // what ask() gave; of kHolder none
  uint8_t code = 0;  // of kUnreachable: ICMP's
  MacAddress mac;    // who answered
  IpAddress vip;
};

// Frames that passed the filter and were no answer.
struct VipIgnored {
  uint64_t malformed = 0;  // cut, or without sense
  uint64_t unknown = 0;    // to a port that no probe uses
  uint64_t wrong = 0;      // of other addresses or ports, or of another sequence number
  uint64_t elsewhere = 0;  // right, but from another MAC
};

class VipProbe {
 public:
  Status open(uint32_t index);
  void close();
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  // Sends a SYN. The id names the probe until it is answered or forgotten.
  Result<uint16_t> ask(const VipQuestion& question);
  // Sends it again, the same; nothing where it has been answered or forgotten.
  Status repeat(uint16_t id);
  void forget(uint16_t id) { waiting_.erase(id); }

  // Asks by ARP who has the (IPv4) address, and from now on reports who says that they have.
  Status ask_holder(const MacAddress& own_mac, const IpAddress& vip);

  // What has come, kVipFramesMax frames at most. kOpen, kClosed and kUnreachable end their probe; what
  // answered kOpen is sent a RST.
  Result<std::vector<VipAnswer>> receive();

  // Why nothing more comes: a packet socket fails where its interface goes.
  Status pending_error() const { return Status::system("hear answers to probes", ENETDOWN); }

  [[nodiscard]] const VipIgnored& ignored() const { return ignored_; }

 private:
  struct Waiting {
    VipQuestion question;
    uint32_t sequence = 0;
    bool elsewhere = false;  // reported
  };

  Status send(std::span<const uint8_t> frame, const IpAddress& vip);
  Status filter();
  void take(std::span<const uint8_t> frame, std::vector<VipAnswer>& answers);
  void take_answer(const Heard& heard, std::vector<VipAnswer>& answers);
  void take_holder(const Heard& heard, std::vector<VipAnswer>& answers);

  uint32_t index_ = 0;
  UniqueFd fd_;
  std::unordered_map<uint16_t, Waiting> waiting_;
  std::set<IpAddress> watched_;
  VipIgnored ignored_;
};

}  // namespace xlb::host
