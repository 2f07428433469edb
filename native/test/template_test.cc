// Persistence templates where processors meet: what one of them does between two steps of another.
#include <algorithm>
#include <memory>
#include <utility>

#include "native/tables/tables.h"
#include "native/test/audit.h"
#include "native/test/check.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

constexpr uint32_t kFirst = 1;  // ids of the real servers, in the order of the list
constexpr uint32_t kSecond = 2;

struct World {
  World() {
    spec = pool_of(kServerPlans[0], {1, 1, -1, -1, -1, -1});
    spec.persistence = {100, 0xffffffff, 128};
    CHECK(tables.set_virtual_server(spec).ok());
    CHECK(tables.set_interface(1, {interface_mac(1)}).ok());
    for (uint32_t i = 0; i < 2; i++) tables.set_nexthop(real_address(false, i), link_to(false, i));
    client.tables = &engine->tables();
    client.version = 4;
    client.protocol = IPPROTO_TCP;
    map_ipv4(&client.client, 0x010200c0);  // 192.0.2.1, in network order
    map_ipv4(&client.virtual_address, 0x6400000a);
    client.virtual_port = __builtin_bswap16(80);
    server = engine->tables().destinations[kFirst].virtual_server;
  }

  // The template that the client has in this slot of its neighbourhood, in probe order.
  xlb_flow_slot& slot(int place) {
    flow_key key{};
    template_key_of(&client, &engine->tables().virtual_servers[server], &client.client, &key);
    return *probe(&engine->tables().templates[key.home], key.start, place);
  }

  // Moves the template to the slot behind: as if another had been in its place when it was made.
  void move_back() {
    slot(1) = slot(0);
    slot(0).control &= XLB_FLOW_GENERATION;
  }

  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  Tables tables{engine->tables()};
  VirtualServerSpec spec;
  packet client{};
  uint32_t server = 0;
};

bool live(const xlb_flow_slot& slot) { return (slot.control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE; }

// Each maker has a flow of its own, and did not see the other's template a moment ago.
void the_winner_counts_the_flow_of_the_loser() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  CHECK(live(world.slot(0)) && !live(world.slot(1)));
  CHECK_EQUAL(world.slot(0).connections, 2);
}

void the_winner_counts_the_flow_that_the_loser_brings() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  CHECK_EQUAL(template_make(&world.client, world.server, kSecond), kFirst);
  CHECK(live(world.slot(0)) && !live(world.slot(1)));
  CHECK_EQUAL(world.slot(0).connections, 2);
}

void the_later_maker_takes_over_what_the_other_counted() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  CHECK_EQUAL(template_follow(&world.client, world.server), kFirst);
  world.move_back();
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  CHECK(live(world.slot(0)) && !live(world.slot(1)));
  CHECK_EQUAL(world.slot(0).connections, 3);
}

// They go on, but no template controls them: that of the client is for another real server.
void flows_to_another_real_server_are_not_counted() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  world.move_back();
  CHECK_EQUAL(template_make(&world.client, world.server, kSecond), kSecond);
  CHECK(live(world.slot(0)) && !live(world.slot(1)));
  CHECK_EQUAL(world.slot(0).connections, 1);
}

void flows_are_added_to_no_other_template() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  xlb_flow_slot& slot = world.slot(0);
  const uint32_t control = slot.control;
  CHECK(template_count(&slot, control, 3));
  CHECK_EQUAL(slot.connections, 4);
  slot.control += XLB_FLOW_GENERATION_ONE;
  CHECK(!template_count(&slot, control, 3));
  CHECK_EQUAL(slot.connections, 4);
}

// A slot that was found as a template of a real server that is gone, and is another's by now.
void only_the_template_that_was_found_becomes_invalid() {
  World world;
  CHECK_EQUAL(template_make(&world.client, world.server, kFirst), kFirst);
  xlb_flow_slot& slot = world.slot(0);
  const uint16_t scope = slot.scope;
  template_end_use(&slot, scope, kSecond);
  CHECK_EQUAL(slot.scope, scope);
  template_end_use(&slot, static_cast<uint16_t>(scope + 1), kFirst);
  CHECK_EQUAL(slot.scope, scope);
  template_end_use(&slot, scope, kFirst);
  CHECK_EQUAL(slot.scope, scope | XLB_TEMPLATE_INVALID);
  CHECK_EQUAL(slot.destination, kFirst);
  CHECK_EQUAL(template_follow(&world.client, world.server), 0U);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("counts both flows where two processors make one template at once",
     the_winner_counts_the_flow_of_the_loser);
  it("counts the flow that was scheduled elsewhere where it goes",
     the_winner_counts_the_flow_that_the_loser_brings);
  it("hands the flows of the template that goes to the one that stays",
     the_later_maker_takes_over_what_the_other_counted);
  it("hands over no flows to another real server", flows_to_another_real_server_are_not_counted);
  it("adds flows to no template that got the place meanwhile", flows_are_added_to_no_other_template);
  it("lets a template be that got the place of one that holds no more",
     only_the_template_that_was_found_becomes_invalid);
}
