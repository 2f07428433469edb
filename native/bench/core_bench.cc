// What one packet costs in the packet core, natively: no kernel, no Node, frames made in place.
//
//   xlb_core_bench KIND SCHEDULER REAL_SERVERS FLOWS PACKETS ROUNDS
//
// KIND: `established` (every flow is there), `new` (SYNs, the flows of each turn taken away before it),
// `loop` (only what making the frames costs). Prints nanoseconds a packet, one line a round. bench/core.ts
// runs it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "native/base/clock.h"
#include "native/datapath/engine.h"
#include "native/tables/core.h"
#include "native/tables/tables.h"

namespace xlb {
namespace {

constexpr uint32_t kFirstClient = 0x0a000001;    // 10.0.0.1
constexpr uint32_t kVirtualServer = 0xac100001;  // 172.16.0.1
constexpr uint32_t kFirstRealServer = 0xac110001;
constexpr uint32_t kTemplateSlots = XLB_MIN_FLOW_SLOTS;
constexpr uint32_t kMaxFlows = 1U << 22;
constexpr uint32_t kMaxPackets = 1U << 30;
constexpr uint8_t kSyn = 0x02, kAck = 0x10;

enum class Kind : uint8_t { kEstablished, kNew, kLoop };

struct Plan {
  Kind kind = Kind::kLoop;
  uint8_t scheduler = 0;
  uint32_t real_servers = 1;
  uint32_t flows = 1;
  uint32_t packets = 1;
  uint32_t rounds = 1;
};

IpAddress address_of(uint32_t host) {
  const std::array<uint8_t, 4> bytes = {static_cast<uint8_t>(host >> 24), static_cast<uint8_t>(host >> 16),
                                        static_cast<uint8_t>(host >> 8), static_cast<uint8_t>(host)};
  return IpAddress::from_bytes(bytes).value_or(IpAddress());
}

// A TCP frame of 64 bytes, made anew for every packet as a driver would hand it over.
class Frames {
 public:
  Frames() {
    static constexpr std::array<uint8_t, 14> kEthernet = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0};
    static constexpr std::array<uint8_t, 12> kIp = {0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0};
    std::copy(kEthernet.begin(), kEthernet.end(), model_.begin());
    std::copy(kIp.begin(), kIp.end(), model_.begin() + 14);
    put(30, kVirtualServer);
    model_[34] = 40000 >> 8;
    model_[35] = 40000 & 255;
    model_[37] = 80;
    model_[46] = 0x50;
    for (size_t i = 14; i < 34; i += 2) sum_ += model_[i] << 8 | model_[i + 1];
  }

  void make(uint32_t client, uint8_t flags) {
    frame_ = model_;
    const uint32_t source = kFirstClient + client;
    const uint32_t big = __builtin_bswap32(source);
    std::memcpy(frame_.data() + 26, &big, sizeof big);
    uint32_t sum = sum_ + (source >> 16) + (source & 0xffff);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    frame_[24] = static_cast<uint8_t>(~sum >> 8);
    frame_[25] = static_cast<uint8_t>(~sum);
    frame_[47] = flags;
    asm volatile("" : : "r"(frame_.data()) : "memory");  // it is made, even where nobody looks at it
  }

  [[nodiscard]] platform_context context() { return {frame_.data(), frame_.data() + frame_.size(), nullptr}; }

 private:
  void put(size_t at, uint32_t word) {
    const uint32_t big = __builtin_bswap32(word);
    std::memcpy(model_.data() + at, &big, sizeof big);
  }

  std::array<uint8_t, 64> model_{};
  std::array<uint8_t, 64> frame_{};
  uint32_t sum_ = 0;
};

class Bench {
 public:
  explicit Bench(const Plan& plan)
      : plan_(plan),
        engine_(make_core_engine(slots_for(plan.flows), kTemplateSlots)),
        tables_(engine_->tables()) {}

  // False where a table refused something.
  bool prepare() {
    Tables control(tables_);
    xlb::set_standing_clock(tables_, 1000);
    bool ok = control.set_interface(1, MacAddress{{2, 0, 0, 0, 0, 1}}).ok();
    VirtualServerSpec spec;
    spec.key = {IPPROTO_TCP, address_of(kVirtualServer), 80};
    spec.scheduler = plan_.scheduler;
    for (uint32_t i = 0; i < plan_.real_servers; i++) {
      const IpAddress real = address_of(kFirstRealServer + i);
      control.set_nexthop(real, {XLB_NEXTHOP_LINK, 1, MacAddress{{2, 1, 0, 0, 0, static_cast<uint8_t>(i)}},
                                 MacAddress{{2, 0, 0, 0, 0, 1}}});
      spec.destinations.push_back({real, weight()});
    }
    ok = ok && control.set_virtual_server(spec).ok();
    clear();  // touches every page
    if (plan_.kind == Kind::kEstablished) {
      send(0, plan_.flows, kSyn);
      send(0, plan_.flows, kAck);
    }
    return ok;
  }

  // Nanoseconds a packet; below 0 where packets were not forwarded.
  double round() {
    uint64_t nanoseconds = 0;
    for (uint32_t sent = 0; sent < plan_.packets;) {
      if (plan_.kind == Kind::kNew && sent > 0) clear();
      const uint32_t turn = std::min(plan_.flows, plan_.packets - sent);
      const uint64_t began = monotonic_nanoseconds();
      const bool ok = send(0, turn, plan_.kind == Kind::kNew ? kSyn : kAck);
      nanoseconds += monotonic_nanoseconds() - began;
      if (!ok) return -1;
      sent += turn;
    }
    if (plan_.kind == Kind::kNew) clear();
    return static_cast<double>(nanoseconds) / plan_.packets;
  }

 private:
  static uint32_t slots_for(uint32_t flows) {
    uint32_t slots = XLB_MIN_FLOW_SLOTS;
    while (slots < 2 * flows) slots *= 2;
    return slots;
  }

  // ovf refuses what comes when all have more flows than weight.
  [[nodiscard]] uint32_t weight() const {
    return plan_.scheduler == XLB_OVERFLOW ? plan_.flows / plan_.real_servers + 1 : 1;
  }

  bool send(uint32_t first, uint32_t count, uint8_t flags) {
    uint32_t refused = 0;
    for (uint32_t client = first; client < first + count; client++) {
      frames_.make(client, flags);
      if (plan_.kind == Kind::kLoop) continue;
      platform_context context = frames_.context();
      packet packet{};
      packet.ingress = 1;
      packet.tables = &tables_;
      if (forward(&context, &packet) != XLB_FORWARDED) refused++;
    }
    return refused == 0;
  }

  void clear() {
    for (uint32_t i = 0; i <= tables_.flow_bucket_mask; i++)
      for (xlb_flow_slot& slot : tables_.flow_table[i].slot)
        WRITE_ONCE(slot.control, slot.control & XLB_FLOW_GENERATION);
    for (uint32_t id = 0; id < XLB_MAX_DESTINATIONS; id++) WRITE_ONCE(tables_.destinations[id].flows, 0ULL);
  }

  Plan plan_;
  std::unique_ptr<Engine> engine_;
  xlb_tables tables_;
  Frames frames_;
};

bool read_number(const char* text, uint32_t limit, uint32_t* value) {
  char* end = nullptr;
  const unsigned long number = std::strtoul(text, &end, 10);
  *value = static_cast<uint32_t>(number);
  return *text != '\0' && *end == '\0' && number >= 1 && number <= limit;
}

bool read_scheduler(std::string_view word, uint8_t* scheduler) {
  static constexpr std::array<std::string_view, XLB_SCHEDULER_COUNT> kWords = {
#define X(name, word) #word,
      XLB_SCHEDULERS(X)
#undef X
  };
  const auto* const found = std::find(kWords.begin(), kWords.end(), word);
  *scheduler = static_cast<uint8_t>(found - kWords.begin());
  return found != kWords.end();
}

bool read_kind(std::string_view word, Kind* kind) {
  if (word == "established") *kind = Kind::kEstablished;
  if (word == "new") *kind = Kind::kNew;
  return word == "established" || word == "new" || word == "loop";
}

bool read_plan(char** arguments, Plan* plan) {
  return read_kind(arguments[1], &plan->kind) && read_scheduler(arguments[2], &plan->scheduler) &&
         read_number(arguments[3], 256, &plan->real_servers) &&
         read_number(arguments[4], kMaxFlows, &plan->flows) &&
         read_number(arguments[5], kMaxPackets, &plan->packets) &&
         read_number(arguments[6], 1000, &plan->rounds);
}

}  // namespace
}  // namespace xlb

int main(int count, char** arguments) {
  xlb::Plan plan;
  if (count != 7 || !xlb::read_plan(arguments, &plan)) {
    std::fputs("usage: xlb_core_bench established|new|loop SCHEDULER REAL_SERVERS FLOWS PACKETS ROUNDS\n",
               stderr);
    return 2;
  }
  xlb::Bench bench(plan);
  if (!bench.prepare()) {
    std::fputs("Cannot measure the packet core: its tables took no virtual server\n", stderr);
    return 1;
  }
  for (uint32_t round = 0; round < plan.rounds; round++) {
    const double nanoseconds = bench.round();
    if (nanoseconds < 0) {
      std::fputs("Cannot measure the packet core: not all packets were forwarded\n", stderr);
      return 1;
    }
    std::printf("%.2f\n", nanoseconds);
  }
  return 0;
}
