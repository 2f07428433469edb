// The control side of the shared tables: virtual servers, destinations, real servers, interfaces. Whatever it
// writes, the packet path sees old or new, never half: records first, then the word that makes them visible.
//
// What the tables say is the only truth. A Tables made over the tables of an earlier process (adoption) reads
// back who uses which id; nothing is kept elsewhere.
//
// Ids. A virtual server or destination that is taken away keeps its id while flows refer to it ("gone"), so
// that returning it brings its flows back, as IPVS does. The id is free once a whole sweep that began kRestNs
// after the removal saw no flow of it: by then no packet is under way that was still sent there (it might not
// have written its flow when the sweep passed), and no fragment follows a first one.
//
// Thread rule: one thread, except references_seen(), which the sweeper calls.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/base/address.h"
#include "native/base/status.h"
#include "native/tables/core.h"
#include "native/tables/schedule_space.h"
#include "native/tables/turn.h"

namespace xlb {

struct VirtualServerKey {
  uint8_t protocol = 0;  // IPPROTO_*
  IpAddress address;
  uint16_t port = 0;  // host order; 0: every port

  bool operator==(const VirtualServerKey&) const = default;
};

struct DestinationSpec {
  IpAddress address;
  uint32_t weight = 0;
};

struct VirtualServerSpec {
  VirtualServerKey key;
  uint8_t scheduler = 0;                      // enum xlb_scheduler
  std::vector<DestinationSpec> destinations;  // IPVS's list, head first
};

struct Nexthop {
  uint8_t kind = XLB_NEXTHOP_UNRESOLVED;
  uint32_t ifindex = 0;
  MacAddress mac;
  MacAddress source;
};

struct Counters {
  uint64_t connections = 0;
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

struct DestinationState {
  IpAddress address;
  uint32_t weight = 0;
  bool gone = false;
  int32_t active = 0;
  int32_t inactive = 0;
  Counters counters;
  Nexthop nexthop;
};

struct VirtualServerState {
  VirtualServerKey key;
  uint8_t scheduler = 0;
  Counters counters;                           // of all destinations it ever had
  std::vector<DestinationState> destinations;  // in scheduling order, then those that are gone
};

class Tables {
 public:
  // Over tables that are zeroed (made ready here: seeds, timeouts, revision) or of an earlier process (read
  // back).
  explicit Tables(const xlb_tables& tables);

  // Makes the virtual server what the spec says, or changes it into that. All or nothing.
  Status set_virtual_server(const VirtualServerSpec& spec);

  // False where there is none.
  bool remove_virtual_server(const VirtualServerKey& key);

  // How to reach a real server. Addresses that no virtual server uses are remembered for when one does.
  void set_nexthop(const IpAddress& address, const Nexthop& nexthop);

  // Frames that arrive on it for this MAC are looked at.
  Status set_interface(uint32_t ifindex, const MacAddress& mac);
  void clear_interface(uint32_t ifindex);

  [[nodiscard]] std::vector<VirtualServerState> virtual_servers() const;
  [[nodiscard]] std::vector<uint64_t> verdicts() const;  // by enum xlb_verdict
  [[nodiscard]] uint64_t evicted() const;

  // Ends of whole sweeps: how many flows refer to each destination id. `began_ns`: when the sweep began.
  void references_seen(std::vector<uint32_t> references, uint64_t began_ns);

  static constexpr uint64_t kRestNs = 35'000'000'000;  // longer than XLB_FRAGMENT_TIMEOUT

 private:
  struct Gone {
    uint32_t id;
    uint64_t since_ns;
  };
  struct Claim {
    CandidateList* list;           // the pool as the spec has it
    std::vector<uint32_t>* fresh;  // destinations that it did not have before
  };

  void initialise();
  void read_back();

  Status make_virtual_server(const VirtualServerKey& key, uint32_t* id);
  Status claim_destinations(uint32_t server, const VirtualServerSpec& spec, const Claim& claim);
  Status claim_destination(uint32_t server, const IpAddress& address, uint32_t* id);
  Status claim_real_server(const IpAddress& address, uint32_t* id);
  Status publish(uint32_t server, uint8_t scheduler, const CandidateList& list);
  void retire_missing(uint32_t server, const CandidateList& list);
  void retire(uint32_t destination);
  void withdraw(const std::vector<uint32_t>& destinations);
  void collect();
  void free_destination(uint32_t id);
  void free_virtual_server(uint32_t id);

  // The lines of the schedule table lie side by side.
  [[nodiscard]] uint32_t* entries() const { return reinterpret_cast<uint32_t*>(tables_.schedules); }
  [[nodiscard]] CandidateList current_list(uint32_t server) const;
  [[nodiscard]] Counters counters_of(uint32_t destination) const;
  [[nodiscard]] DestinationState state_of(uint32_t destination) const;
  [[nodiscard]] VirtualServerState state_of_server(uint32_t server) const;
  void write_nexthop(uint32_t real_server, const Nexthop& nexthop);
  void update_any_port();

  struct AddressHash {
    size_t operator()(const IpAddress& address) const;
  };
  struct KeyHash {
    size_t operator()(const VirtualServerKey& key) const;
  };

  xlb_tables tables_;
  ScheduleSpace space_;
  std::unordered_map<VirtualServerKey, uint32_t, KeyHash> servers_;  // retired ones too
  std::vector<uint32_t> free_servers_;
  std::unordered_map<IpAddress, uint32_t, AddressHash> real_servers_;
  std::vector<uint32_t> real_server_users_;  // destinations that refer to it
  std::vector<uint32_t> free_real_servers_;
  std::unordered_map<IpAddress, Nexthop, AddressHash> nexthops_;
  std::vector<std::vector<uint32_t>> members_;  // by virtual server: its destinations, gone ones too
  std::vector<uint32_t> free_destinations_;
  std::vector<Gone> gone_;     // destinations
  std::vector<Gone> retired_;  // virtual servers

  std::mutex sweep_mutex_;  // guards what the sweeper hands over
  std::vector<uint32_t> references_;
  uint64_t sweep_began_ns_ = 0;
};

}  // namespace xlb
