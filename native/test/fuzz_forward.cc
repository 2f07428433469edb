// libFuzzer target: a story of frames, time and changes of the tables, told to the packet core in plain
// memory. After every step the tables are audited and what became of the frame is held against code of its
// own (frame_check.h). Frames are allocated at their exact size, so that AddressSanitizer sees a read past
// the end.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "native/base/clock.h"
#include "native/test/answer_check.h"
#include "native/test/audit.h"
#include "native/test/both_ways.h"
#include "native/test/check.h"
#include "native/test/fake_clock.h"
#include "native/test/frame_check.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

constexpr int kMostSteps = 250;
constexpr uint64_t kFakeStart = 1'000'000'000;  // ms; high enough to see the clock's wrap come near

// The story's bytes; zeros when it is over.
struct Story {
  std::span<const uint8_t> rest;

  uint8_t u8() {
    if (rest.empty()) return 0;
    const uint8_t byte = rest.front();
    rest = rest.subspan(1);
    return byte;
  }
  uint16_t u16() {
    const unsigned high = u8();
    return static_cast<uint16_t>(high << 8 | u8());
  }
};

class World {
 public:
  World()
      : engine_(make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS)),
        tables_(std::make_unique<Tables>(engine_->tables())) {
    xlb_settings& settings = *engine_->tables().settings;  // seeds that are the same in every run
    settings.flow_seed[0] = 0x1234567;
    settings.flow_seed[1] = 0x89abcdef;
    settings.index_seed = 42;
    settings.options |= XLB_OPTION_RESET_DEAD;
    engine_->set_clock(now_);
    for (uint32_t i = 1; i <= kInterfaces; i++) set_interface(i, true);
    for (uint32_t i = 0; i < kRealServers; i++)
      for (const bool v6 : {false, true})
        set_nexthop(v6, i,
                    i == 4   ? Nexthop{XLB_NEXTHOP_LOCAL, 0, {}, {}}
                    : i == 5 ? Nexthop{}
                             : link_to(v6, i));
    for (uint32_t i = 0; i < kServers; i++)
      set_server(i, kServerPlans[i].scheduler, {1, 2, 3, i % 2 ? -1 : 0, -1, -1});
  }

  void step(Story* story);
  void finish() const { CHECK_EQUAL(duplicates(engine_->tables()), 0U); }

 private:
  void send(const Bytes& frame, uint32_t ingress);
  void check_forwarded(const Bytes& before, const Outcome& outcome, uint32_t ingress) const;
  void check_dropped(const Bytes& before, const Outcome& outcome) const;
  void check_too_big(const Bytes& before, const Outcome& outcome) const;
  void planned_frame(Story* story);
  void raw_frame(Story* story);
  void burst(Story* story);
  void change_server(Story* story);
  void change_nexthop(Story* story);
  void sweep();
  void set_option(uint32_t option, bool on);
  void set_server(uint32_t number, uint8_t scheduler, const std::array<int64_t, kRealServers>& weights,
                  bool persistent = false);
  void set_nexthop(bool v6, uint32_t number, const Nexthop& nexthop);
  void set_interface(uint32_t ifindex, bool there);
  [[nodiscard]] uint64_t verdicts_counted() const;
  [[nodiscard]] bool is_virtual_server(const Sound& what) const;

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Tables> tables_;
  uint64_t now_ = kFakeStart;
  std::set<uint32_t> servers_;
  std::set<uint32_t> interfaces_;
  std::map<std::pair<bool, uint32_t>, Nexthop> nexthops_;
};

void World::set_option(uint32_t option, bool on) {
  Settings settings;
  settings.options_given = option;
  settings.options = on ? option : 0;
  tables_->set_options(settings);
}

void World::set_server(uint32_t number, uint8_t scheduler, const std::array<int64_t, kRealServers>& weights,
                       bool persistent) {
  VirtualServerSpec spec = pool_of(kServerPlans[number], weights);
  spec.scheduler = scheduler;
  if (persistent) spec.persistence = {.seconds = 20, .netmask = 0xfffffff0, .prefix = 124};
  CHECK(tables_->set_virtual_server(spec).ok());
  servers_.insert(number);
}

void World::set_nexthop(bool v6, uint32_t number, const Nexthop& nexthop) {
  tables_->set_nexthop(real_address(v6, number), nexthop);
  nexthops_[{v6, number}] = nexthop;
}

void World::set_interface(uint32_t ifindex, bool there) {
  if (there) {
    CHECK(tables_->set_interface(ifindex, {interface_mac(ifindex)}).ok());
    interfaces_.insert(ifindex);
  } else {
    tables_->clear_interface(ifindex);
    interfaces_.erase(ifindex);
  }
}

uint64_t World::verdicts_counted() const {
  uint64_t sum = 0;
  for (const uint64_t count : engine_->tables().counters->all.verdict) sum += count;
  return sum;
}

bool World::is_virtual_server(const Sound& what) const {
  return std::ranges::any_of(servers_, [&](uint32_t number) {
    const ServerPlan& plan = kServerPlans[number];
    return plan.protocol == what.protocol && virtual_ip(plan) == what.virtual_address &&
           (plan.port == 0 || plan.port == what.virtual_port);
  });
}

void World::check_forwarded(const Bytes& before, const Outcome& outcome, uint32_t ingress) const {
  const std::optional<Sound> what = sound(before);
  if (!what.has_value()) {
    for (const uint8_t byte : before) std::fprintf(stderr, "%02x", byte);
    fail(__FILE__, __LINE__, ": this malformed frame was forwarded");
  }
  CHECK(interfaces_.contains(ingress));
  const Mac mac = interface_mac(ingress);
  CHECK(std::equal(mac.begin(), mac.end(), before.begin()));
  CHECK(rewritten_rightly(before, outcome.frame, *what));
  CHECK(std::ranges::any_of(nexthops_, [&](const auto& entry) {
    const Nexthop& nexthop = entry.second;
    return nexthop.kind == XLB_NEXTHOP_LINK && nexthop.ifindex == outcome.egress &&
           entry.first.first == what->v6 &&
           (nexthop.mtu == 0 || packet_length(before, *what) <= nexthop.mtu) &&
           std::equal(nexthop.mac.bytes.begin(), nexthop.mac.bytes.end(), outcome.frame.begin()) &&
           std::equal(nexthop.source.bytes.begin(), nexthop.source.bytes.end(), outcome.frame.begin() + 6);
  }));
  CHECK(what->later_fragment || is_virtual_server(*what));
}

// Answered where the verdict says so, but for what nobody may answer; and rightly.
void World::check_dropped(const Bytes& before, const Outcome& outcome) const {
  static const std::map<enum xlb_verdict, Answer> kAnswers = {
      {XLB_NO_REAL_SERVER, Answer::kPortUnreachable},
      {XLB_TTL_EXPIRED, Answer::kTimeExceeded},
      {XLB_REAL_SERVER_GONE, Answer::kReset},
  };
  if (outcome.verdict == XLB_TOO_BIG) {
    check_too_big(before, outcome);
    return;
  }
  const auto answer = kAnswers.find(outcome.verdict);
  if (outcome.answered) {
    CHECK(answer != kAnswers.end());
    CHECK(answered_rightly(before, outcome.frame, answer->second));
    return;
  }
  CHECK(outcome.frame == before);
  if (answer == kAnswers.end() || answer->second == Answer::kReset) return;
  const std::optional<Sound> what = sound(before);
  CHECK(what.has_value());
  CHECK(what->icmp_error || what->later_fragment || unanswerable(before, what->network, what->v6));
}

// Counted down, and answered but where it might be cut, or nobody may answer it.
void World::check_too_big(const Bytes& before, const Outcome& outcome) const {
  const std::optional<Sound> what = sound(before);
  CHECK(what.has_value());
  if (!outcome.answered) {
    CHECK(rewritten_rightly(before, outcome.frame, *what));
    CHECK(may_be_cut(before, *what) || what->icmp_error || what->later_fragment ||
          unanswerable(before, what->network, what->v6));
    return;
  }
  CHECK(!may_be_cut(before, *what));
  CHECK(std::ranges::any_of(nexthops_, [&](const auto& entry) {
    const uint32_t mtu = entry.second.mtu;
    return mtu != 0 && packet_length(before, *what) > mtu &&
           answered_rightly(counted_down(before, *what), outcome.frame, Answer::kTooBig, mtu);
  }));
}

void World::send(const Bytes& frame, uint32_t ingress) {
  if (frame.empty()) return;  // no driver delivers one
  const uint64_t counted = verdicts_counted();
  const Result<Outcome> result = run_both_ways(engine_.get(), frame, ingress, kDestinations).outcome;
  CHECK(result.ok());
  CHECK(result->verdict < XLB_VERDICT_COUNT);
  CHECK_EQUAL(verdicts_counted(), counted + 1);
  CHECK_EQUAL(result->action == XLB_FORWARD, result->verdict == XLB_FORWARDED);
  CHECK(result->verdict != XLB_BROKEN_TABLES);
  if (result->action == XLB_FORWARD)
    check_forwarded(frame, *result, ingress);
  else
    check_dropped(frame, *result);
}

void World::planned_frame(Story* story) {
  static constexpr std::array<uint8_t, 8> kFlags = {0x02, 0x10, 0x18, 0x11, 0x14, 0x04, 0x12, 0x00};
  const uint8_t what = story->u8();
  const ServerPlan& server = kServerPlans[what % kServers];
  const uint8_t client = story->u8();
  const uint8_t shape = story->u8();
  const uint8_t more = story->u8();
  const uint8_t damage = story->u8();
  const uint32_t ingress = (damage & 3) == 3   ? 1 + XLB_MAX_INTERFACES
                           : (damage & 3) == 2 ? 3
                                               : 1 + (damage & 1);
  FramePlan plan;
  plan.destination_mac = interface_mac(ingress % XLB_MAX_INTERFACES);
  plan.v6 = server.v6;
  plan.client = lab_ip(server.v6, 7, client & 0x3f);
  plan.client_port = static_cast<uint16_t>(1024 + (client >> 6));
  plan.virtual_address = virtual_ip(server);
  plan.virtual_port = server.port != 0 ? server.port : static_cast<uint16_t>(1 + (client >> 5));
  plan.protocol = server.protocol;
  plan.kind = static_cast<Kind>(what / kServers % static_cast<uint8_t>(Kind::kCount));
  if (what >= 128 || plan.kind <= Kind::kUdp) plan.kind = server.protocol == 6 ? Kind::kTcp : Kind::kUdp;
  plan.tcp_flags = kFlags[shape & 7];
  plan.vlan_tags = shape >> 3 & 3;
  plan.option_words = shape >> 5;
  plan.ttl = more & 0x10 ? more & 3 : 64;
  plan.identification = more >> 5;
  plan.payload = more & 0xf;
  plan.padding = more & 0x20 ? 6 : 0;
  if (damage & 0x80) plan.concealed = 1 + story->u8() % 28;
  Bytes frame = make_frame(plan);
  for (int i = damage >> 2 & 7; i > 0; i--) {
    const size_t place = story->u8();
    const uint8_t value = story->u8();
    if (place < frame.size()) frame[place] = value;
  }
  if (damage & 0x20) fix_ipv4_checksum(&frame);
  if (damage & 0x40) frame.resize(std::min<size_t>(frame.size(), story->u8()));
  send(frame, ingress);
}

void World::raw_frame(Story* story) {
  const size_t length = std::min<size_t>(story->u8(), story->rest.size());
  const Bytes frame(story->rest.begin(), story->rest.begin() + static_cast<long>(length));
  story->rest = story->rest.subspan(length);
  send(frame, 1);
}

// Many clients at once, so that buckets fill, spill and evict.
void World::burst(Story* story) {
  const uint8_t what = story->u8();
  const ServerPlan& server = kServerPlans[what % kServers];
  FramePlan plan;
  plan.v6 = server.v6;
  plan.virtual_address = virtual_ip(server);
  plan.virtual_port = server.port != 0 ? server.port : 9;
  plan.kind = server.protocol == 6 ? Kind::kTcp : Kind::kUdp;
  plan.client = lab_ip(server.v6, 8, what);
  plan.client_port = static_cast<uint16_t>(story->u16());
  plan.tcp_flags = what & 0x80 ? 0x10 : 0x02;
  for (int count = story->u8() & 0x7f; count > 0; count--, plan.client_port++) {
    plan.client[15]++;
    plan.client[14] = static_cast<uint8_t>(count * 7);
    if (!plan.v6 && count == 1) aim_checksum(&plan, 0);
    Bytes frame = make_frame(plan);
    if (!plan.v6 && count == 1) frame[24] = frame[25] = 0xff;  // 0 in its other spelling: TTL - 1 carries
    send(frame, 1);
  }
}

void World::change_server(Story* story) {
  const uint8_t what = story->u8();
  const uint32_t number = what % kServers;
  const uint8_t scheduler = story->u8() % (XLB_SCHEDULER_COUNT * 2);
  set_option(XLB_OPTION_EXPIRE_NODEST_CONN, (what & 0x10) != 0);
  set_option(XLB_OPTION_EXPIRE_QUIESCENT_TEMPLATE, (what & 0x20) != 0);
  std::array<int64_t, kRealServers> weights{};
  for (int64_t& weight : weights) {
    const uint8_t byte = story->u8();
    weight = byte == 255 ? INT32_MAX : byte >= 128 ? -1 : byte >= 120 ? byte << 20 : byte;
  }
  set_server(number, scheduler < XLB_SCHEDULER_COUNT ? scheduler : kServerPlans[number].scheduler, weights,
             what >= 0xc0);
}

void World::change_nexthop(Story* story) {
  const uint8_t what = story->u8();
  const uint32_t number = what % kRealServers;
  const bool v6 = (what & 0x80) != 0;
  Nexthop nexthop = link_to(v6, number);
  const uint8_t way = story->u8();
  nexthop.kind = way % 3;
  nexthop.mtu = way / 3;
  if (nexthop.kind == XLB_NEXTHOP_UNRESOLVED) nexthop = {};
  set_nexthop(v6, number, nexthop);
}

// Whole, and as late as an id has to rest: what nobody refers to is freed at the next change.
void World::sweep() {
  advance_clock(Tables::kRestNs + kNanosecondsPerSecond);
  const uint64_t began = monotonic_nanoseconds();
  SweepTotals totals = engine_->sweep();
  tables_->references_seen(std::move(totals.references), began);
}

void World::step(Story* story) {
  const uint8_t what = story->u8();
  if (what < 0xa0) {
    planned_frame(story);
  } else if (what < 0xa8) {
    raw_frame(story);
  } else if (what < 0xb8) {
    burst(story);
  } else if (what < 0xd0) {
    static constexpr std::array<uint64_t, 4> kScales = {1, 16, 1000, 100'000};
    now_ += story->u8() * kScales[what & 3];
    engine_->set_clock(now_);
  } else if (what < 0xe8) {
    change_server(story);
  } else if (what < 0xec) {
    const uint32_t number = story->u8() % kServers;
    CHECK_EQUAL(tables_->remove_virtual_server(key_of(kServerPlans[number])), servers_.erase(number) == 1);
  } else if (what < 0xf4) {
    change_nexthop(story);
  } else if (what < 0xfb) {
    sweep();
  } else if (what < 0xfe) {
    set_interface(1 + (what & 1), (story->u8() & 7) != 0);
  } else {
    tables_ = std::make_unique<Tables>(engine_->tables());  // as after a crash
    for (const auto& [name, nexthop] : nexthops_)
      tables_->set_nexthop(real_address(name.first, name.second), nexthop);
  }
  audit(engine_->tables(), kDestinations);
}

}  // namespace
}  // namespace xlb::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  xlb::test::World world;
  xlb::test::Story story{{data, size}};
  for (int i = 0; i < xlb::test::kMostSteps && !story.rest.empty(); i++) world.step(&story);
  world.finish();
  return 0;
}
