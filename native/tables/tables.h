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
  uint8_t protocol = 0;  // IPPROTO_*, or XLB_PROTOCOL_MARK: then the address only tells the family
  IpAddress address;
  uint16_t port = 0;  // host order; 0: every port
  uint32_t fwmark = 0;

  bool operator==(const VirtualServerKey&) const = default;
};

struct DestinationSpec {
  IpAddress address;
  uint32_t weight = 0;
  uint32_t upper = 0;  // flows from which on it is overloaded; 0: no limit
  uint32_t lower = 0;

  bool operator==(const DestinationSpec&) const = default;
};

struct Persistence {
  uint32_t seconds = 0;  // life of a template; 0: none
  uint32_t netmask = 0;  // IPv4: the part of the client's address that counts, host order
  uint8_t prefix = 0;    // IPv6

  bool operator==(const Persistence&) const = default;
};

struct VirtualServerSpec {
  VirtualServerKey key;
  uint8_t scheduler = 0;        // enum xlb_scheduler
  uint8_t scheduler_flags = 0;  // XLB_SCHEDULER_*
  Persistence persistence;
  bool one_packet = false;
  std::vector<VirtualServerKey> members;      // further addresses and ports of the same pool
  std::vector<DestinationSpec> destinations;  // IPVS's list, head first
};

// Packets to these addresses and ports carry this mark.
struct MarkRule {
  uint32_t fwmark = 0;
  IpAddress prefix;
  uint8_t prefix_length = 0;
  uint8_t protocol = 0;  // 0: any
  uint16_t first_port = 0;
  uint16_t last_port = UINT16_MAX;
};

// What holds for all virtual servers; what is not there stays as it is.
struct Settings {
  // ipvsadm --set, seconds; 0 leaves one as it is
  uint32_t tcp_seconds = 0;
  uint32_t tcp_fin_seconds = 0;
  uint32_t udp_seconds = 0;
  std::optional<uint32_t> conn_reuse_mode;
  std::optional<uint32_t> icmp_per_second;
  uint32_t options = 0;  // XLB_OPTION_*, of those in `options_given`
  uint32_t options_given = 0;
};

struct Nexthop {
  uint8_t kind = XLB_NEXTHOP_UNRESOLVED;
  uint32_t ifindex = 0;
  MacAddress mac;
  MacAddress source;
  uint32_t mtu = 0;  // bytes of an IP packet; 0: not known, no limit
};

struct Counters {
  uint64_t connections = 0;
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

struct DestinationState {
  DestinationSpec spec;
  bool gone = false;
  bool overloaded = false;
  int32_t active = 0;
  int32_t inactive = 0;
  int32_t persistent = 0;
  Counters counters;
  Counters zeroed;  // what they were when they were zeroed last
  Nexthop nexthop;
};

struct VirtualServerState {
  VirtualServerSpec spec;  // without destinations
  Counters counters;       // of all destinations it ever had
  Counters zeroed;
  std::vector<DestinationState> destinations;  // in scheduling order, then those that are gone
};

// Whom flows and templates belong to, by the ids that their slots have.
struct SlotNames {
  std::vector<VirtualServerKey> addresses;  // by address id; port 0
  std::vector<VirtualServerKey> servers;    // by virtual server id
  std::vector<IpAddress> destinations;      // by destination id
};

// Flows by what they refer to.
struct References {
  std::vector<uint32_t> destinations = std::vector<uint32_t>(XLB_MAX_DESTINATIONS);
  std::vector<uint32_t> addresses = std::vector<uint32_t>(XLB_MAX_VIRTUAL_SERVERS);
};

// Which packets of virtual servers go to AF_XDP sockets.
enum class Steering : uint8_t { kNone, kWaiting, kAll };

class Tables {
 public:
  // Over tables that are zeroed (made ready here: seeds, timeouts, revision) or of an earlier process (read
  // back).
  explicit Tables(const xlb_tables& tables);

  // Makes the virtual server what the spec says, or changes it into that. All or nothing. A member of a group
  // leaves that. Fails where one of its own members is of another virtual server.
  Status set_virtual_server(const VirtualServerSpec& spec);

  // False where there is none.
  bool remove_virtual_server(const VirtualServerKey& key);

  // All mark rules; those that were set before and are not among them go. The order among prefixes of one
  // length counts.
  Status set_mark_rules(const std::vector<MarkRule>& rules);

  // Everything but the timeouts, which flows have to follow (native/tables/timeouts.h).
  void set_options(const Settings& settings);

  // ipvsadm -Z, for one virtual server or all. False where there is no such one.
  bool zero(const std::optional<VirtualServerKey>& key);

  // How to reach a real server. Addresses that no virtual server uses are remembered for when one does.
  void set_nexthop(const IpAddress& address, const Nexthop& nexthop);

  // Frames that arrive on it for this MAC are looked at. `mtu`: of its IP packets; 0: not known.
  Status set_interface(uint32_t ifindex, const MacAddress& mac, uint32_t mtu = 0);
  void clear_interface(uint32_t ifindex);

  // AF_XDP: the first `count` queues of the interface have sockets, from place `first` of their map on. 0:
  // none has.
  void set_sockets(uint32_t ifindex, uint32_t first, uint32_t count);

  // What the program looks for sockets for.
  void set_steering(Steering steering);

  [[nodiscard]] std::vector<VirtualServerState> virtual_servers() const;
  [[nodiscard]] std::vector<uint64_t> verdicts() const;  // by enum xlb_verdict
  [[nodiscard]] xlb_statistics statistics() const;       // of all processors together
  [[nodiscard]] SlotNames slot_names() const;

  // Ends of whole sweeps: how many slots refer to what. `began_ns`: when the sweep began.
  void references_seen(References references, uint64_t began_ns);

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

  struct Address {
    uint32_t id = 0;
    uint32_t users = 0;
  };

  void initialise();
  void read_back();
  void read_back_servers(uint64_t now_ns);
  void read_back_destinations(uint64_t now_ns);

  Status make_virtual_server(const VirtualServerKey& key, uint32_t* id);
  Status make_members(uint32_t pool, const VirtualServerSpec& spec, std::vector<uint32_t>* members);
  Status claim_destinations(uint32_t server, const VirtualServerSpec& spec, const Claim& claim);
  Status claim_destination(uint32_t server, const IpAddress& address, uint32_t* id);
  Status claim_real_server(const IpAddress& address, uint32_t* id);
  Status publish(uint32_t server, const VirtualServerSpec& spec, const CandidateList& list);
  [[nodiscard]] Turn turn_for(uint32_t server, const VirtualServerSpec& spec,
                              const CandidateList& list) const;
  void write_destinations(const VirtualServerSpec& spec, const CandidateList& list);
  void describe(uint32_t server, uint32_t pool, const VirtualServerSpec& spec);
  static bool changes_client_network(const xlb_virtual_server& server, const Persistence& persistence);
  void forget_controlled(const xlb_virtual_server& server);
  [[nodiscard]] bool same_spec(uint32_t server, const VirtualServerSpec& spec) const;
  static void store_share(xlb_destination* destination);
  [[nodiscard]] std::optional<xlb_schedule> write_schedule(const std::vector<uint16_t>& ids, uint64_t now_ns);
  void retire_missing(uint32_t server, const CandidateList& list);
  void retire(uint32_t destination);
  void retire_server(uint32_t server, uint64_t now_ns);
  void withdraw(const std::vector<uint32_t>& destinations);
  void collect();
  void free_destination(uint32_t id);
  void free_virtual_server(uint32_t id);
  [[nodiscard]] bool referred_to(const Gone& server) const;

  Status claim_address(const VirtualServerKey& key, uint32_t* id);
  void release_address(const VirtualServerKey& key);

  // The lines of the schedule table lie side by side.
  [[nodiscard]] uint16_t* entries() const { return reinterpret_cast<uint16_t*>(tables_.schedules); }
  [[nodiscard]] CandidateList current_list(uint32_t server) const;
  [[nodiscard]] Counters counters_of(uint32_t destination) const;
  [[nodiscard]] DestinationState state_of(uint32_t destination) const;
  [[nodiscard]] VirtualServerState state_of_server(uint32_t server) const;
  void write_nexthop(uint32_t real_server, const Nexthop& nexthop);
  void update_lookups();
  void write_mark_rules();

  struct AddressHash {
    size_t operator()(const IpAddress& address) const;
  };
  struct KeyHash {
    size_t operator()(const VirtualServerKey& key) const;
  };

  xlb_tables tables_;
  ScheduleSpace space_;
  std::unordered_map<VirtualServerKey, uint32_t, KeyHash> servers_;  // retired ones and members too
  std::vector<uint32_t> free_servers_;
  std::unordered_map<VirtualServerKey, Address, KeyHash> addresses_;  // keys without port
  std::vector<uint32_t> free_addresses_;
  std::vector<xlb_mark_rule> mark_rules_;  // longest prefix first
  std::unordered_map<IpAddress, uint32_t, AddressHash> real_servers_;
  std::vector<uint32_t> real_server_users_;  // destinations that refer to it
  std::vector<uint32_t> free_real_servers_;
  std::unordered_map<IpAddress, Nexthop, AddressHash> nexthops_;
  std::vector<std::vector<uint32_t>> members_;  // by virtual server: its destinations, gone ones too
  std::vector<uint32_t> free_destinations_;
  std::vector<Gone> gone_;     // destinations
  std::vector<Gone> retired_;  // virtual servers

  std::mutex sweep_mutex_;  // guards what the sweeper hands over
  References references_;
  uint64_t sweep_began_ns_ = 0;
};

}  // namespace xlb
