// A process that is killed in the middle of a change, at each of its stores in turn: packets go on meanwhile,
// and the process that adopts its tables brings the change to its end, with nothing left over.
#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "native/base/clock.h"
#include "native/tables/connections.h"
#include "native/tables/records.h"
#include "native/test/audit.h"
#include "native/test/check.h"
#include "native/test/fake_clock.h"
#include "native/test/lab.h"

namespace {

struct Killed {};
uint64_t stores_left = UINT64_MAX;

}  // namespace

extern "C" void __real_xlb_store(void* word, uint64_t value, size_t bytes);
extern "C" void __wrap_xlb_store(void* word, uint64_t value, size_t bytes) {
  if (stores_left-- == 0) throw Killed();
  __real_xlb_store(word, value, bytes);
}

namespace xlb::test {
namespace {

using Weights = std::array<int64_t, kRealServers>;

const ServerPlan& kWeb = kServerPlans[0];  // 10.0.0.100, ports 80 and 443
const ServerPlan& kSecure = kServerPlans[1];

VirtualServerSpec web(const Weights& weights, uint8_t scheduler = XLB_ROUND_ROBIN) {
  VirtualServerSpec spec = pool_of(kWeb, weights);
  spec.scheduler = scheduler;
  return spec;
}

VirtualServerSpec group(VirtualServerSpec spec) {
  spec.members = {key_of(kSecure)};
  return spec;
}

VirtualServerSpec persistent(VirtualServerSpec spec, uint32_t netmask) {
  spec.persistence = {100, netmask, 128};
  return spec;
}

VirtualServerSpec marked(const Weights& weights) {
  VirtualServerSpec spec = web(weights);
  spec.key = {XLB_PROTOCOL_MARK, *IpAddress::parse("0.0.0.0"), 0, 7};
  return spec;
}

struct World {
  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  std::unique_ptr<Tables> tables = std::make_unique<Tables>(engine->tables());
  uint64_t now_ms = 1000;

  World() {
    engine->set_clock(now_ms);
    for (uint32_t ifindex = 1; ifindex <= kInterfaces; ifindex++)
      CHECK(tables->set_interface(ifindex, {interface_mac(ifindex)}).ok());
    know_neighbours();
  }

  void know_neighbours() {
    for (uint32_t i = 0; i < kRealServers; i++)
      tables->set_nexthop(real_address(false, i), link_to(false, i));
  }

  void adopt() {
    tables = std::make_unique<Tables>(engine->tables());
    know_neighbours();
  }

  // The real server that a packet goes to; nothing where it goes nowhere.
  std::optional<uint32_t> send(uint16_t port, uint8_t client, uint8_t flags) {
    FramePlan plan;
    plan.client = ipv4(192, 0, 2, client);
    plan.client_port = 4000;
    plan.virtual_address = virtual_ip(kWeb);
    plan.virtual_port = port;
    plan.tcp_flags = flags;
    const Result<Outcome> outcome = engine->run(make_frame(plan), 1);
    CHECK(outcome.ok());
    CHECK(outcome->verdict != XLB_BROKEN_TABLES && outcome->verdict != XLB_NO_NEIGHBOUR);
    if (outcome->verdict != XLB_FORWARDED) return std::nullopt;
    for (uint32_t i = 0; i < kRealServers; i++)
      if (std::ranges::equal(real_mac(false, i), std::span(outcome->frame).first(6))) return i;
    CHECK(false);
    return std::nullopt;
  }

  // Everything's time is over, swept and collected.
  void empty(const std::function<void(Tables&)>& change) {
    for (int i = 0; i < 6; i++) {
      engine->set_clock(now_ms += 2'000'000);
      advance_clock(Tables::kRestNs + kNanosecondsPerSecond);
      const uint64_t began = monotonic_nanoseconds();
      SweepTotals totals = engine->sweep();
      tables->references_seen(std::move(totals.references), began);
      change(*tables);
    }
    CHECK_EQUAL(audit(engine->tables()), 0U);
  }

  // All that the tables have, without counters.
  [[nodiscard]] std::string told() const {
    std::string text;
    for (const VirtualServerState& state : tables->virtual_servers()) {
      text += text_of(state.spec.key) + " " + std::to_string(state.spec.scheduler) + " p" +
              std::to_string(state.spec.persistence.netmask) + "\n";
      for (const VirtualServerKey& member : state.spec.members) text += "  & " + text_of(member) + "\n";
      for (const DestinationState& d : state.destinations)
        text += "  " + d.spec.address.to_string() + " " + std::to_string(d.spec.weight) +
                (d.gone ? " gone" : "") + (d.overloaded ? " overloaded " : " ") +
                std::to_string(d.persistent) + "\n";
    }
    uint32_t servers = 0, destinations = 0, entries = 0;
    const xlb_tables& all = engine->tables();
    for (uint32_t id = 0; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
      servers += all.virtual_servers[id].flags != 0;
      CHECK((all.virtual_servers[id].flags & XLB_CHANGING) == 0);
      for (const uint32_t entry : all.virtual_server_index[id].entry)
        entries += entry != 0 && entry != XLB_INDEX_REMOVED;
    }
    for (uint32_t id = 0; id < XLB_MAX_DESTINATIONS; id++) destinations += all.destinations[id].flags != 0;
    return text + std::to_string(servers) + " servers, " + std::to_string(destinations) + " destinations, " +
           std::to_string(entries) + " indexed, lookups " + std::to_string(all.settings->lookups) + "\n";
  }
};

struct Story {
  const char* sentence;
  std::function<void(Tables&)> before;
  std::function<void(Tables&)> change;
  std::set<uint32_t> real_servers;  // new flows to port 80 go to these all the while; empty: they may fail
  bool keeps_first = false;         // an old flow of the first real server is never interrupted
  std::function<void(Tables&)> after = change;  // what the next process makes of it
};

std::function<void(Tables&)> set(const VirtualServerSpec& spec) {
  return [spec](Tables& tables) { CHECK(tables.set_virtual_server(spec).ok()); };
}

std::function<void(Tables&)> both(const std::function<void(Tables&)>& one,
                                  const std::function<void(Tables&)>& other) {
  return [one, other](Tables& tables) {
    one(tables);
    other(tables);
  };
}

void remove_web(Tables& tables) { (void)tables.remove_virtual_server(key_of(kWeb)); }
void remove_secure(Tables& tables) { (void)tables.remove_virtual_server(key_of(kSecure)); }

void rules(Tables& tables) {
  const MarkRule rule = {.fwmark = 7, .prefix = *IpAddress::parse("10.0.0.100"), .prefix_length = 32};
  CHECK(tables.set_mark_rules({rule}).ok());
}

std::vector<Story> stories() {
  const auto some = web({2, 1, -1, -1, -1, -1}), others = web({1, -1, 3, 0, -1, -1});
  const auto weighted = web({2, 1, 0, -1, -1, -1}, XLB_WEIGHTED_ROUND_ROBIN);
  const auto heavier = web({9, 4, 5, -1, -1, -1}, XLB_WEIGHTED_ROUND_ROBIN);
  const auto hashed = web({2, 1, -1, -1, -1, -1}, XLB_SOURCE_HASHING);
  const auto least = web({1, -1, 2, -1, -1, -1}, XLB_WEIGHTED_LEAST_CONNECTION);
  const auto alone = pool_of(kSecure, {-1, -1, -1, 1, -1, -1});
  const auto nothing = [](Tables&) {};
  return {
      {"the first virtual server is made", nothing, set(some), {}},
      {"a group is made", nothing, set(group(some)), {}},
      {"real servers come, go and are drained", set(some), set(others), {0, 1, 2}, true},
      {"weights change", set(weighted), set(heavier), {0, 1, 2}, true},
      {"rr becomes sh", set(some), set(hashed), {0, 1}, true},
      {"sh becomes rr", set(hashed), set(some), {0, 1}, false},
      {"wrr becomes wlc", set(weighted), set(least), {0, 1, 2}, true},
      {"a member joins", set(some), set(group(others)), {0, 1, 2}, true},
      {"a member leaves", set(group(some)), set(others), {0, 1, 2}, true},
      {"a member is on its own", set(group(some)), set(alone), {0, 1}, true},
      {"a member is on its own, and joins again",
       set(group(some)),
       set(alone),
       {0, 1},
       true,
       both(remove_secure, set(group(some)))},
      {"the part of the client's address that counts changes",
       set(group(persistent(some, 0xffffffff))),
       set(group(persistent(some, 0xffffff00))),
       {0, 1},
       true},
      {"a virtual server is removed", set(group(some)), remove_web, {}},
      {"a virtual server that was removed comes back", both(set(some), remove_web), set(others), {}},
      {"a mark's virtual server is made", rules, set(marked({1, 1, -1, -1, -1, -1})), {}},
      {"mark rules are set", set(marked({1, 1, -1, -1, -1, -1})), rules, {}},
  };
}

void send_all(World& world, const Story& story, uint8_t client) {
  const std::optional<uint32_t> old = world.send(80, 1, 0x10);
  if (story.keeps_first) CHECK_EQUAL(old.value_or(99), 0U);
  for (const uint16_t port : {80, 443, 8080}) {
    const std::optional<uint32_t> fresh = world.send(port, client, 0x02);
    if (port == 80 && !story.real_servers.empty())
      CHECK(fresh.has_value() && story.real_servers.contains(*fresh));
    const std::optional<uint32_t> next = world.send(port, client, 0x10);
    if (fresh.has_value() && port == 80 && !story.real_servers.empty())
      CHECK_EQUAL(next.value_or(99), *fresh);
  }
}

// False where the change had so many stores or fewer.
bool tell(const Story& story, uint64_t stores, std::string* end) {
  World world;
  story.before(*world.tables);
  if (world.send(80, 1, 0x02).has_value()) (void)world.send(80, 1, 0x10);
  bool killed = false;
  stores_left = stores;
  try {
    story.change(*world.tables);
  } catch (const Killed&) {
    killed = true;
  }
  stores_left = UINT64_MAX;
  send_all(world, story, 20);
  if (killed) world.adopt();
  send_all(world, story, 30);
  story.after(*world.tables);
  send_all(world, story, 40);
  world.empty(story.after);
  *end = world.told();
  return killed;
}

void runs(const Story& story) {
  std::string expected, end;
  CHECK(!tell(story, UINT64_MAX, &expected));
  uint64_t stores = 0;
  while (tell(story, stores, &end)) {
    if (end != expected) {
      std::cerr << "after store " << stores << ":\n" << end << "instead of\n" << expected;
      CHECK(end == expected);
    }
    stores++;
  }
  CHECK(stores > 0);
  std::cout << "  " << stores << " stores\n";
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  for (const Story& story : stories())
    it((std::string("is whole after a kill while ") + story.sentence).c_str(), [&] { runs(story); });
}
