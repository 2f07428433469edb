#include "native/tables/tables.h"

#include <algorithm>
#include <climits>

#include "native/base/clock.h"
#include "native/tables/connections.h"
#include "native/tables/records.h"
#include "native/test/audit.h"
#include "native/test/check.h"
#include "native/test/fake_clock.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

IpAddress address(uint32_t number) {
  const uint8_t bytes[4] = {10, static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8),
                            static_cast<uint8_t>(number)};
  return IpAddress::from_bytes(bytes).value_or(IpAddress());
}

VirtualServerSpec server(uint32_t number, uint32_t first, uint32_t count,
                         uint8_t scheduler = XLB_ROUND_ROBIN) {
  VirtualServerSpec spec;
  spec.key = {6, address(0x800000 + number / 100), static_cast<uint16_t>(1 + number % 100), 0};
  spec.scheduler = scheduler;
  for (uint32_t i = 0; i < count; i++) spec.destinations.push_back({address(first + i), 1, 0, 0});
  return spec;
}

struct World {
  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  std::unique_ptr<Tables> tables = std::make_unique<Tables>(engine->tables());

  void adopt() { tables = std::make_unique<Tables>(engine->tables()); }

  // A sweep late enough; the next change frees what is free.
  void rest() {
    advance_clock(Tables::kRestNs + kNanosecondsPerSecond);
    const uint64_t began = monotonic_nanoseconds();
    SweepTotals totals = engine->sweep();
    tables->references_seen(std::move(totals.references), began);
  }

  [[nodiscard]] uint32_t in_use() const {
    uint32_t count = 0;
    for (uint32_t id = 0; id < XLB_MAX_DESTINATIONS; id++)
      count += (engine->tables().destinations[id].flags & XLB_IN_USE) != 0;
    return count;
  }
  [[nodiscard]] uint32_t servers() const {
    uint32_t count = 0;
    for (uint32_t id = 0; id < XLB_MAX_VIRTUAL_SERVERS; id++)
      count += engine->tables().virtual_servers[id].flags != 0;
    return count;
  }
};

// Everything a screen would show, in one text.
std::string told(const Tables& tables) {
  std::string text;
  for (const VirtualServerState& state : tables.virtual_servers()) {
    text += state.spec.key.address.to_string() + ":" + std::to_string(state.spec.key.port) + " " +
            std::to_string(state.spec.scheduler) + " " + std::to_string(state.counters.connections) + "\n";
    for (const DestinationState& d : state.destinations)
      text += "  " + d.spec.address.to_string() + " " + std::to_string(d.spec.weight) +
              (d.gone ? " gone " : " ") + std::to_string(d.active) + "/" + std::to_string(d.inactive) + " " +
              std::to_string(d.nexthop.kind) + " " + std::to_string(d.nexthop.ifindex) + " " +
              d.nexthop.mac.to_string() + "\n";
  }
  return text;
}

void open_flow(const World& world, const VirtualServerKey& key, uint32_t expected = XLB_FORWARDED) {
  CHECK(world.tables->set_interface(1, {interface_mac(1)}).ok());
  FramePlan plan;
  plan.client = ipv4(192, 0, 2, 1);
  plan.client_port = 4000;
  std::ranges::copy(key.address.mapped(), plan.virtual_address.begin());
  plan.virtual_port = key.port;
  const Result<Outcome> outcome = world.engine->run(make_frame(plan), 1);
  CHECK(outcome.ok());
  CHECK_EQUAL(static_cast<uint32_t>(outcome->verdict), expected);
}

void adoption_reads_back() {
  World world;
  world.engine->set_clock(1'000'000);
  for (uint32_t i = 0; i < 8; i++) {
    world.tables->set_nexthop(address(i), link_to(false, i));
    CHECK(world.tables->set_virtual_server(server(i, i, 3, static_cast<uint8_t>(i % XLB_SCHEDULER_COUNT)))
              .ok());
  }
  open_flow(world, server(1, 0, 0).key);
  CHECK(world.tables->set_virtual_server(server(1, 2, 2)).ok());  // 1 is gone
  CHECK(world.tables->remove_virtual_server(server(5, 0, 0).key));
  const std::string before = told(*world.tables);
  CHECK(before.find("gone") != std::string::npos);
  world.adopt();
  CHECK(told(*world.tables) == before);
  CHECK(!world.tables->remove_virtual_server(server(5, 0, 0).key));
  world.rest();
  CHECK(world.tables->set_virtual_server(server(0, 0, 3)).ok());
  world.rest();
  CHECK(world.tables->set_virtual_server(server(0, 0, 3)).ok());
  CHECK_EQUAL(world.servers(), 7U);
  CHECK_EQUAL(world.in_use(), 6 * 3 + 2 + 1U);  // the gone one that the flow refers to stays
}

// As a process that dies half-way leaves it.
void adoption_ends_what_was_begun() {
  World world;
  VirtualServerSpec group = server(1, 1, 3);
  group.members = {server(2, 0, 0).key, server(3, 0, 0).key};
  CHECK(world.tables->set_virtual_server(group).ok());
  for (uint32_t id = 1; id < 4;
       id++)  // the pool is taken away, the members are not yet; or not the other way
    if (world.engine->tables().virtual_servers[id].pool == id)
      world.engine->tables().virtual_servers[id].flags = XLB_RETIRED;
  world.adopt();
  CHECK(world.tables->virtual_servers().empty());
  CHECK(world.tables->set_virtual_server(group).ok());
  CHECK_EQUAL(world.tables->virtual_servers()[0].spec.members.size(), 2U);
  CHECK_EQUAL(world.in_use(), 3U);

  group.destinations.pop_back();
  CHECK(world.tables->set_virtual_server(group).ok());
  const std::string before = told(*world.tables);
  CHECK(before.find("gone") != std::string::npos);
  for (uint32_t id = 1; id < 4; id++)  // not on the list any more, but not yet gone
    world.engine->tables().destinations[id].flags = XLB_IN_USE;
  world.adopt();
  CHECK(told(*world.tables) == before);
}

void the_longest_timeout_ends() {
  World world;
  world.engine->set_clock(1'000'000);
  world.tables->set_nexthop(address(1), link_to(false, 0));
  Settings settings;
  settings.tcp_seconds = settings.tcp_fin_seconds = settings.udp_seconds = 31 * 86'400;
  world.engine->set_timeouts(settings);
  VirtualServerSpec spec = server(1, 1, 1);
  CHECK(world.tables->set_virtual_server(spec).ok());
  open_flow(world, spec.key);
  open_flow(world, spec.key);  // a second SYN: established
  const uint64_t most = world.engine->tables().settings->timeout[XLB_STATE_ESTABLISHED];
  CHECK(most > uint64_t{24} * 86'400 * XLB_CLOCK_SECOND);
  // A sweep comes by every two seconds, and nobody sweeps while no process runs.
  world.engine->set_clock(1'000'000 + most * 1000 / XLB_CLOCK_SECOND + 3'600'000);
  CHECK_EQUAL(world.engine->sweep().expired, 1U);
}

void ids_rest() {
  World world;
  world.engine->set_clock(1'000'000);
  world.tables->set_nexthop(address(1), link_to(false, 0));
  const VirtualServerSpec spec = server(1, 1, 1);
  CHECK(world.tables->set_virtual_server(spec).ok());
  open_flow(world, spec.key);
  CHECK(world.tables->remove_virtual_server(spec.key));
  open_flow(world, spec.key, XLB_NOT_OURS);
  world.rest();
  CHECK(world.tables->set_virtual_server(server(2, 2, 1)).ok());
  CHECK_EQUAL(world.in_use(), 2U);  // a flow refers to it
  CHECK(world.tables->set_virtual_server(spec).ok());
  open_flow(world, spec.key);  // and has it back
  CHECK_EQUAL(audit(world.engine->tables()), 1U);
  CHECK(world.tables->remove_virtual_server(spec.key));
  world.engine->set_clock(2'000'000);
  const uint64_t early = monotonic_nanoseconds();
  SweepTotals totals = world.engine->sweep();
  world.tables->references_seen(std::move(totals.references), early);
  CHECK(world.tables->set_virtual_server(server(2, 2, 1)).ok());
  CHECK_EQUAL(world.in_use(), 2U);  // no flow, but a packet may be under way
  world.rest();
  CHECK(world.tables->set_virtual_server(server(2, 2, 1)).ok());
  CHECK_EQUAL(world.in_use(), 1U);
  CHECK(world.tables->set_virtual_server(server(2, 2, 1)).ok());
  CHECK_EQUAL(world.servers(), 1U);
}

// What fails leaves what was there, and room for the next.
void a_failed_change_changes_nothing() {
  World world;
  CHECK(world.tables->set_virtual_server(server(1, 1, 3)).ok());
  const std::string before = told(*world.tables);
  VirtualServerSpec twice = server(1, 5, 3);
  twice.destinations.push_back(twice.destinations[0]);
  CHECK(world.tables->set_virtual_server(twice).kind() == Status::Kind::kArgument);
  twice.key.port = 9999;
  CHECK(world.tables->set_virtual_server(twice).kind() == Status::Kind::kArgument);
  CHECK(told(*world.tables) == before);
  CHECK_EQUAL(world.in_use(), 3U);
  world.rest();
  CHECK(world.tables->set_virtual_server(server(1, 1, 3)).ok());
  CHECK_EQUAL(world.servers(), 1U);
}

void virtual_servers_run_out() {
  World world;
  for (uint32_t round = 0; round < 2; round++) {
    for (uint32_t i = 0; i < XLB_MAX_VIRTUAL_SERVERS - 1; i++)
      CHECK(world.tables->set_virtual_server(server(i, 0, 0)).ok());
    CHECK(world.tables->set_virtual_server(server(90'000, 0, 0)).kind() == Status::Kind::kLimit);
    CHECK_EQUAL(world.tables->virtual_servers().size(), XLB_MAX_VIRTUAL_SERVERS - 1U);
    for (uint32_t i = 0; i < XLB_MAX_VIRTUAL_SERVERS - 1; i++)
      CHECK(world.tables->remove_virtual_server(server(i, 0, 0).key));
    advance_clock(Tables::kRestNs);  // without destinations no sweep is needed
  }
}

void destinations_run_out() {
  World world;
  const VirtualServerSpec all = server(1, 1, XLB_MAX_DESTINATIONS - 1, XLB_WEIGHTED_LEAST_CONNECTION);
  CHECK(world.tables->set_virtual_server(all).ok());
  const std::string before = told(*world.tables);
  CHECK(world.tables->set_virtual_server(server(2, 1, 1)).kind() == Status::Kind::kLimit);
  CHECK(world.tables->set_virtual_server(server(1, 2, XLB_MAX_DESTINATIONS - 1)).kind() ==
        Status::Kind::kLimit);
  CHECK(told(*world.tables) == before);
  CHECK(world.tables->set_virtual_server(server(1, 1, 1)).ok());
  world.rest();
  CHECK(world.tables->set_virtual_server(server(2, 30'000, XLB_MAX_DESTINATIONS - 2)).ok());
}

// Turns of 16,384 entries for each until the schedule table is full; then nothing has changed, and rest makes
// room.
void schedules_run_out() {
  World world;
  Status status;
  uint32_t made = 0;
  for (; status.ok() && made < 1000; made++) {
    VirtualServerSpec spec = server(made, 1, 2, XLB_WEIGHTED_ROUND_ROBIN);
    spec.destinations[0].weight = 16'000;
    status = world.tables->set_virtual_server(spec);
  }
  CHECK(status.kind() == Status::Kind::kLimit);
  CHECK_EQUAL(made, XLB_MAX_SCHEDULE / (8 + 16'008) + 1U);  // walk and turn, in whole eights
  CHECK_EQUAL(world.tables->virtual_servers().size(), made - 1U);
  CHECK_EQUAL(world.in_use(), (made - 1) * 2);
  for (uint32_t i = 0; i < made - 1; i++) CHECK(world.tables->remove_virtual_server(server(i, 0, 0).key));
  advance_clock(ScheduleSpace::kRestNs);
  CHECK(world.tables->set_virtual_server(server(77, 1, 2, XLB_WEIGHTED_ROUND_ROBIN)).ok());
}

void many_virtual_servers() {
  World world;
  for (uint32_t i = 0; i < 4096; i++)
    CHECK(
        world.tables->set_virtual_server(server(i, i % 50, 3, static_cast<uint8_t>(i % XLB_SCHEDULER_COUNT)))
            .ok());
  const std::string before = told(*world.tables);
  world.adopt();
  CHECK(told(*world.tables) == before);
  for (uint32_t i = 0; i < 4096; i += 2) CHECK(world.tables->remove_virtual_server(server(i, 0, 0).key));
  CHECK_EQUAL(world.tables->virtual_servers().size(), 2048U);
  world.rest();
  CHECK(world.tables->set_virtual_server(server(1, 1, 3)).ok());
  CHECK_EQUAL(world.in_use(), 2048 * 3U);
}

void heavy_weights() {
  World world;
  VirtualServerSpec spec = server(1, 1, 3, XLB_WEIGHTED_ROUND_ROBIN);
  spec.destinations[0].weight = spec.destinations[2].weight = INT_MAX;
  for (const uint8_t scheduler : {XLB_WEIGHTED_ROUND_ROBIN, XLB_WEIGHTED_LEAST_CONNECTION, XLB_ROUND_ROBIN}) {
    spec.scheduler = scheduler;
    CHECK(world.tables->set_virtual_server(spec).ok());
    const VirtualServerState state = world.tables->virtual_servers()[0];
    CHECK_EQUAL(state.destinations[0].spec.weight, static_cast<uint32_t>(INT_MAX));
    CHECK_EQUAL(state.destinations[1].spec.weight, 1U);
  }
}

// Persistence, marks, members, thresholds and zeroed counters, and the flows that are known by address ids.
struct Client {
  uint8_t last = 1;
  uint16_t port = 4000;
};

void open_from(const World& world, const VirtualServerKey& key, const Client& client,
               uint32_t expected = XLB_FORWARDED) {
  FramePlan plan;
  plan.client = ipv4(192, 0, 2, client.last);
  plan.client_port = client.port;
  std::ranges::copy(key.address.mapped(), plan.virtual_address.begin());
  plan.virtual_port = key.port;
  const Result<Outcome> outcome = world.engine->run(make_frame(plan), 1);
  CHECK(outcome.ok());
  CHECK_EQUAL(static_cast<uint32_t>(outcome->verdict), expected);
}

// What told() leaves out.
std::string told_more(const World& world) {
  std::string text = told(*world.tables);
  for (const VirtualServerState& state : world.tables->virtual_servers()) {
    const VirtualServerSpec& spec = state.spec;
    text += std::to_string(spec.key.fwmark) + " p" + std::to_string(spec.persistence.seconds) + "/" +
            std::to_string(spec.persistence.netmask) + (spec.one_packet ? " ops" : "") + " zeroed " +
            std::to_string(state.zeroed.connections) + "\n";
    for (const VirtualServerKey& member : spec.members) text += "  & " + text_of(member) + "\n";
    for (const DestinationState& d : state.destinations)
      text += "  " + std::to_string(d.spec.upper) + "/" + std::to_string(d.spec.lower) +
              (d.overloaded ? " over " : " ") + std::to_string(d.persistent) + " zeroed " +
              std::to_string(d.zeroed.packets) + "\n";
  }
  for (const Connection& connection : world.engine->connections(world.tables->slot_names()))
    append_line(&text, connection);
  return text;
}

void adoption_keeps_what_flows_are_known_by() {
  World world;
  CHECK(world.tables->set_interface(1, {interface_mac(1)}).ok());
  for (uint32_t i = 0; i < 8; i++) world.tables->set_nexthop(address(i), link_to(false, i));
  VirtualServerSpec group = server(1, 1, 2);
  group.persistence = {40'000, 0xffffff00, 0};
  group.members = {server(2, 0, 0).key, server(3, 0, 0).key};
  group.destinations[0].upper = 2;
  group.destinations[0].lower = 1;
  CHECK(world.tables->set_virtual_server(group).ok());
  VirtualServerSpec marked = server(4, 3, 2);
  marked.key = {XLB_PROTOCOL_MARK, *IpAddress::parse("0.0.0.0"), 0, 7};
  marked.persistence = {100, 0xffffffff, 0};
  CHECK(world.tables->set_virtual_server(marked).ok());
  const VirtualServerKey by_mark = {6, *IpAddress::parse("10.99.0.1"), 80, 0};
  const MarkRule rule = {.fwmark = 7, .prefix = *IpAddress::parse("10.99.0.0"), .prefix_length = 16};
  CHECK(world.tables->set_mark_rules({rule}).ok());

  open_from(world, group.key, {1, 1});
  open_from(world, group.members[0], {1, 2});
  open_from(world, group.members[1], {2, 1});  // the same network of clients
  open_from(world, by_mark, {9, 1});
  CHECK(world.tables->zero(group.key));
  open_from(world, group.members[1], {2, 2});
  const std::string before = told_more(world);
  CHECK(before.find("over 1 zeroed 3") != std::string::npos);

  world.adopt();
  CHECK(told_more(world) == before);
  open_from(world, group.members[0], {1, 3});  // the template is there
  open_from(world, group.key, {1, 4});
  open_from(world, by_mark, {9, 1});
  open_from(world, by_mark, {9, 2});
  CHECK_EQUAL(audit(world.engine->tables()), 8U);
  CHECK_EQUAL(held_for_nothing(world.engine->tables()), 0U);
  const std::vector<VirtualServerState> states = world.tables->virtual_servers();
  CHECK_EQUAL(states[0].destinations[0].active, 6);
  CHECK_EQUAL(states[0].destinations[0].persistent, 1);
  CHECK_EQUAL(states[1].destinations[0].active, 2);
  CHECK_EQUAL(states[1].destinations[0].persistent, 1);

  // Setting again what is there changes nothing: members and marks are taken for what they are.
  const std::string after = told_more(world);
  CHECK(world.tables->set_virtual_server(group).ok());
  CHECK(world.tables->set_virtual_server(marked).ok());
  CHECK(world.tables->set_mark_rules({rule}).ok());
  CHECK(told_more(world) == after);
}

// Another address never gets an id that flows are known by, and theirs is free when they are gone.
void address_ids_rest() {
  World world;
  CHECK(world.tables->set_interface(1, {interface_mac(1)}).ok());
  world.tables->set_nexthop(address(1), link_to(false, 0));
  const VirtualServerSpec old = server(100, 1, 1);
  CHECK(world.tables->set_virtual_server(old).ok());
  CHECK(world.tables->set_virtual_server(server(900, 1, 1)).ok());
  open_from(world, old.key, {1, 1});
  CHECK(world.tables->remove_virtual_server(old.key));
  const auto id_of = [&](const VirtualServerKey& key) -> uint32_t {
    for (uint32_t id = 1; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
      const xlb_virtual_server& record = world.engine->tables().virtual_servers[id];
      if (record.flags != 0 && from_address(record.address) == key.address) return record.address_id;
    }
    return 0;
  };
  const uint32_t id = id_of(old.key);
  CHECK(id != 0);
  for (const bool adopting : {false, true}) {
    if (adopting) world.adopt();
    world.rest();
    for (uint32_t i = 2; i < 9; i++) {
      CHECK(world.tables->set_virtual_server(server(i * 100, 1, 1)).ok());
      CHECK(id_of(server(i * 100, 0, 0).key) != id);
    }
    CHECK_EQUAL(id_of(old.key), id);
  }
  CHECK(world.tables->set_virtual_server(old).ok());
  open_from(world, old.key, {1, 1});
  CHECK_EQUAL(audit(world.engine->tables()), 1U);

  CHECK(world.tables->remove_virtual_server(old.key));
  world.engine->set_clock(1'000'000);
  world.rest();  // the flow is gone, and its destination with the next change
  CHECK(world.tables->set_virtual_server(server(900, 1, 1)).ok());
  CHECK_EQUAL(id_of(old.key), 0U);
  CHECK(world.tables->set_virtual_server(server(1000, 1, 1)).ok());
  CHECK_EQUAL(id_of(server(1000, 0, 0).key), id);
}

void lists_what_has_no_name() {
  World world;
  CHECK(world.tables->set_interface(1, {interface_mac(1)}).ok());
  world.tables->set_nexthop(address(1), link_to(false, 0));
  const VirtualServerSpec spec = server(100, 1, 1);
  CHECK(world.tables->set_virtual_server(spec).ok());
  open_from(world, spec.key, {1, 1});
  const SlotNames none{std::vector<VirtualServerKey>(XLB_MAX_VIRTUAL_SERVERS),
                       std::vector<VirtualServerKey>(XLB_MAX_VIRTUAL_SERVERS),
                       std::vector<IpAddress>(XLB_MAX_DESTINATIONS)};
  const std::vector<Connection> connections = world.engine->connections(none);
  CHECK_EQUAL(connections.size(), 1U);
  CHECK(connections[0].client.to_string() == "192.0.2.1");
  CHECK(connections[0].virtual_address == spec.key.address);
}

// Where there is no room for a template the flow goes without, and is counted.
void templates_run_out() {
  World world;
  world.engine = make_core_engine(1U << 14, XLB_MIN_FLOW_SLOTS);
  world.tables = std::make_unique<Tables>(world.engine->tables());
  CHECK(world.tables->set_interface(1, {interface_mac(1)}).ok());
  world.tables->set_nexthop(address(1), link_to(false, 0));
  VirtualServerSpec spec = server(1, 1, 1);
  spec.persistence = {1000, 0xffffffff, 0};
  CHECK(world.tables->set_virtual_server(spec).ok());
  constexpr uint32_t kClients = 3000;
  for (uint32_t i = 0; i < kClients; i++) {
    FramePlan plan;
    plan.client = ipv4(172, 16, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i));
    plan.client_port = 4000;
    std::ranges::copy(spec.key.address.mapped(), plan.virtual_address.begin());
    plan.virtual_port = spec.key.port;
    for (const uint8_t flags : {0x02, 0x10}) {  // established: its template is worth keeping
      plan.tcp_flags = flags;
      CHECK_EQUAL(static_cast<uint32_t>(world.engine->run(make_frame(plan), 1)->verdict),
                  static_cast<uint32_t>(XLB_FORWARDED));
    }
  }
  CHECK_EQUAL(audit(world.engine->tables()), kClients);
  CHECK_EQUAL(held_for_nothing(world.engine->tables()), 0U);
  const DestinationState state = world.tables->virtual_servers()[0].destinations[0];
  const uint64_t refused = world.tables->statistics().templates_refused;
  CHECK_EQUAL(state.active, static_cast<int32_t>(kClients));
  CHECK(refused > 0);
  CHECK_EQUAL(static_cast<uint64_t>(state.persistent) + refused, kClients);
  CHECK_EQUAL(world.tables->statistics().templates_evicted, 0U);

  for (const uint64_t seconds : {950, 1100, 1200}) {
    world.engine->set_clock(seconds * 1000);
    (void)world.engine->sweep();
  }
  CHECK_EQUAL(audit(world.engine->tables()), 0U);
  CHECK_EQUAL(world.tables->virtual_servers()[0].destinations[0].persistent, 0);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("adopts: tables made anew over used ones say the same, and free what was gone", adoption_reads_back);
  it("adopts templates, marks, members, thresholds and zeroed counters, and goes on from there",
     adoption_keeps_what_flows_are_known_by);
  it("gives the id of an address to no other while flows are known by it", address_ids_rest);
  it("lists a flow whose address has no name any more", lists_what_has_no_name);
  it("lets flows go without a template where there is no room, and counts them", templates_run_out);
  it("adopts: what a process that died had begun is over", adoption_ends_what_was_begun);
  it("ends a flow of the longest timeout", the_longest_timeout_ends);
  it("keeps the id of what is gone while flows refer to it, and until no packet can", ids_rest);
  it("leaves everything as it was when a change fails", a_failed_change_changes_nothing);
  it("says so when virtual servers run out, and has them back after removal", virtual_servers_run_out);
  it("says so when destinations run out, and has them back after removal", destinations_run_out);
  it("says so when the schedule table is full, and has it back after removal", schedules_run_out);
  it("holds 4,096 virtual servers", many_virtual_servers);
  it("takes the greatest weights with every scheduler", heavy_weights);
}
