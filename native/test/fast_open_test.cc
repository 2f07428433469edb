// Which packets open a flow by bpf/core/fast_open.h. That it makes of them what the rest of the core would is
// checked for each (both_ways.h), and by the fuzzer.
#include "native/test/audit.h"
#include "native/test/fast_lab.h"

namespace xlb::test {
namespace {

const VirtualServerChange kAsItIs;

Bytes syn() { return make_frame(plan_for(kTcp, kSyn)); }
Bytes datagram() { return make_frame(plan_for(kUdp)); }

void a_plain_first_packet_opens_a_flow() {
  CHECK(World().way(syn()) == Way::kOpened);
  CHECK(World().way(datagram()) == Way::kOpened);
  CHECK(World().way(plan_for(kTcp, kSyn | kPush)) == Way::kOpened);
}

void whatever_the_scheduler() {
  for (uint8_t scheduler = 0; scheduler < XLB_SCHEDULER_COUNT; scheduler++) {
    World world([&](VirtualServerSpec* spec) {
      const ServerPlan plan{spec->key.protocol, !spec->key.address.is_v4(), 100, 80, scheduler};
      spec->destinations = pool_of(plan, {20, 30, -1, -1, -1, -1}).destinations;
      spec->scheduler = scheduler;
    });
    for (uint16_t port = 1024; port < 1040; port++)
      CHECK(world.way(kTcp, [&](FramePlan* plan) { plan->client_port = port; }, kSyn) == Way::kOpened);
  }
}

void no_other_packet_does() {
  for (const int flags : {+kAck, kSyn | kAck, kSyn | kRst, kSyn | kFin, kFin | kAck, 0})
    CHECK(World().way(plan_for(kTcp, static_cast<uint8_t>(flags))) == Way::kCareful);
  CHECK(World().way(plan_for(kTcp6, kSyn)) == Way::kCareful);
  for (const ServerPlan& server : {kTcp, kUdp}) {
    const auto careful = [&](const std::function<void(FramePlan*)>& change) {
      CHECK(World().way(server, change, kSyn) == Way::kCareful);
    };
    careful([](FramePlan* plan) { plan->virtual_port++; });
    careful([](FramePlan* plan) { plan->virtual_address[15]++; });
    careful([](FramePlan* plan) { plan->client_port = 20; });  // FTP's data connections: never scheduled
    careful([](FramePlan* plan) { plan->ttl = 1; });
    careful([](FramePlan* plan) { plan->option_words = 1; });
    careful([](FramePlan* plan) { plan->vlan_tags = 1; });
    careful([](FramePlan* plan) { plan->kind = Kind::kFirstFragment; });
    careful([](FramePlan* plan) { plan->kind = Kind::kIcmpError; });
    careful([](FramePlan* plan) { plan->destination_mac[5] = 9; });
  }
}

void a_flow_is_opened_once() {
  World world;
  CHECK(world.way(syn()) == Way::kOpened);
  CHECK(world.way(syn()) == Way::kCareful);
  CHECK(world.way(datagram()) == Way::kOpened);
  CHECK(world.way(datagram()) == Way::kFast);
  world.engine->set_clock(10'000'000);  // expired
  CHECK(world.way(datagram()) == Way::kCareful);
}

// The first makes the client's template, which the next follow.
void so_does_a_persistent_client_that_has_a_template() {
  World world([](VirtualServerSpec* spec) {
    spec->persistence = {.seconds = 60, .netmask = UINT32_MAX, .prefix = 128};
  });
  const auto way = [&](uint16_t port) {
    return world.way(kTcp, [&](FramePlan* plan) { plan->client_port = port; }, kSyn);
  };
  CHECK(way(1024) == Way::kCareful);
  CHECK(way(1025) == Way::kOpened);
  CHECK(way(1026) == Way::kOpened);
  CHECK_EQUAL(world.engine->tables().destinations[1].persistent, 1);
  CHECK_EQUAL(held_for_nothing(world.engine->tables()), 0U);
  world.tables.set_nexthop(real_address(false, 0), {});
  CHECK(way(1027) == Way::kCareful);
  CHECK_EQUAL(held_for_nothing(world.engine->tables()), 0U);
}

// expire_nodest_conn would have a SYN begin anew where its flow's real server weighs 0: not the one that made
// it.
void the_flow_that_was_just_made_is_not_made_again() {
  World world([](VirtualServerSpec* spec) { spec->persistence = {60, UINT32_MAX, 128}; });
  const auto send = [&](uint16_t port) {
    return world.way(kTcp, [&](FramePlan* plan) { plan->client_port = port; }, kSyn);
  };
  CHECK(send(1024) == Way::kCareful);
  VirtualServerSpec quiesced = pool_of(kTcp, {0, -1, -1, -1, -1, -1});
  quiesced.persistence = {60, UINT32_MAX, 128};
  CHECK(world.tables.set_virtual_server(quiesced).ok());
  world.engine->tables().settings->options |= XLB_OPTION_EXPIRE_NODEST_CONN;
  CHECK(send(1025) == Way::kOpened);
  world.tables.set_nexthop(real_address(false, 0), {});
  CHECK(send(1026) == Way::kCareful);
  CHECK_EQUAL(world.engine->tables().counters->destination[1].connections, 3U);
}

// As fast_open() leaves it where another processor made the same flow at once.
void of_twins_one_stays_and_is_counted() {
  World world;
  const xlb_tables& tables = world.engine->tables();
  CHECK(world.way(syn()) == Way::kOpened);
  Bytes bytes = syn();
  platform_context context{bytes.data(), bytes.data() + bytes.size(), nullptr};
  const frame frame = frame_of(&context);
  packet packet{};
  packet.ingress = 1;
  packet.tables = &tables;
  packet.now = standing_clock(tables);
  take_plain(&frame, &packet, tables.settings);
  const __u64 hash = ipv4_flow_hash(tables.settings, PLAIN_ADDRESSES(&frame), PLAIN_PORTS(&frame));
  xlb_flow_slot* line = &tables.flow_table[hash & tables.flow_bucket_mask].slot[start_of(hash)];
  CHECK_EQUAL(line[1].control & XLB_FLOW_PHASE, XLB_FLOW_EMPTY);
  line[1] = line[0];
  count_begin(&tables.destinations[line[1].destination], line[1].control);
  CHECK_EQUAL(settle_flow(&packet), line[0].destination);
  CHECK_EQUAL(line[1].control & XLB_FLOW_PHASE, XLB_FLOW_EMPTY);
  CHECK_EQUAL(tables.counters->all.duplicate, 1U);
  CHECK_EQUAL(tables.counters->destination[line[0].destination].connections, 2U);  // both packets opened it
  CHECK_EQUAL(audit(tables, kDestinations), 1U);
}

// How the virtual servers are changed, or the world after it.
Way way_of(
    const Bytes& frame, const VirtualServerChange& change,
    const std::function<void(World*)>& then = [](World*) {}) {
  World world(change);
  then(&world);
  return world.way(frame);
}

void virtual_servers_that_want_more_are_left_to_the_rest() {
  CHECK(way_of(datagram(), [](VirtualServerSpec* spec) {
          spec->one_packet = spec->key.protocol == IPPROTO_UDP;
        }) == Way::kCareful);
  CHECK(way_of(syn(), [](VirtualServerSpec* spec) { spec->destinations[0].weight = 0; }) == Way::kCareful);
  CHECK(way_of(syn(), [](VirtualServerSpec* spec) { spec->destinations.clear(); }) == Way::kCareful);
  CHECK(way_of(syn(), kAsItIs, [](World* world) {
          CHECK(world->tables.remove_virtual_server(key_of(kTcp)));
        }) == Way::kCareful);
  CHECK(way_of(syn(), kAsItIs, [](World* world) {
          CHECK(world->tables.set_mark_rules({MarkRule{}}).ok());
        }) == Way::kCareful);
}

void options_say_in_which_state() {
  const auto with = [](uint32_t option) {
    return way_of(syn(), kAsItIs, [&](World* world) { world->engine->tables().settings->options |= option; });
  };
  CHECK(with(XLB_OPTION_SECURE_TCP) == Way::kOpened);
  CHECK(with(XLB_OPTION_SLOPPY_TCP) == Way::kOpened);
}

// The flow is there then, and the rest of the core finds it.
void a_packet_that_cannot_leave_at_once_has_a_flow() {
  const auto outcome = [](const Nexthop& nexthop) {
    World world;
    world.tables.set_nexthop(real_address(false, 0), nexthop);
    const BothWays ways = run_both_ways(world.engine.get(), syn(), 1, kDestinations);
    CHECK(ways.way == Way::kCareful);
    CHECK_EQUAL(world.engine->tables().counters->destination[1].connections, 1U);
    return ways.outcome->verdict;
  };
  CHECK_EQUAL(outcome({}), XLB_NO_NEIGHBOUR);
  Nexthop narrow = link_to(false, 0);
  narrow.mtu = 30;
  CHECK_EQUAL(outcome(narrow), XLB_TOO_BIG);
}

// Where the home bucket is full flows go into the overflow, and where that is, in the place of another one.
void a_full_table_is_left_to_the_rest() {
  World world;
  uint32_t opened = 0, careful = 0;
  for (uint16_t port = 1024; port < 1024 + 3 * XLB_MIN_FLOW_SLOTS; port++) {
    const Way way = world.way(kTcp, [&](FramePlan* plan) { plan->client_port = port; }, kSyn);
    CHECK(way != Way::kFast);
    (way == Way::kOpened ? opened : careful)++;
  }
  CHECK(opened > XLB_MIN_FLOW_SLOTS / 4);
  CHECK(careful > XLB_MIN_FLOW_SLOTS);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using xlb::test::it;
  it("a plain SYN, and UDP's first packet, open a flow", xlb::test::a_plain_first_packet_opens_a_flow);
  it("whatever the scheduler", xlb::test::whatever_the_scheduler);
  it("no other packet does", xlb::test::no_other_packet_does);
  it("so does a persistent client that has a template",
     xlb::test::so_does_a_persistent_client_that_has_a_template);
  it("the flow that was just made is not made again",
     xlb::test::the_flow_that_was_just_made_is_not_made_again);
  it("of twins one stays, and is counted", xlb::test::of_twins_one_stays_and_is_counted);
  it("a flow is opened once", xlb::test::a_flow_is_opened_once);
  it("virtual servers that want more are left to the rest",
     xlb::test::virtual_servers_that_want_more_are_left_to_the_rest);
  it("options say in which state it begins", xlb::test::options_say_in_which_state);
  it("a packet that cannot leave at once has its flow",
     xlb::test::a_packet_that_cannot_leave_at_once_has_a_flow);
  it("a full table is left to the rest", xlb::test::a_full_table_is_left_to_the_rest);
}
