// What the tests of the fast ways share: a client's packets to three virtual servers, and a small world of
// them.
#pragma once

#include <functional>
#include <memory>

#include "native/tables/tables.h"
#include "native/test/both_ways.h"
#include "native/test/check.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {

inline constexpr uint8_t kSyn = 0x02, kRst = 0x04, kAck = 0x10, kFin = 0x01, kPush = 0x08;
inline constexpr ServerPlan kTcp = kServerPlans[0], kUdp = kServerPlans[4], kTcp6 = kServerPlans[2];

inline FramePlan plan_for(const ServerPlan& server, uint8_t flags = kAck) {
  FramePlan plan;
  plan.v6 = server.v6;
  plan.client = lab_ip(server.v6, 7, 1);
  plan.client_port = 40000;
  plan.virtual_address = virtual_ip(server);
  plan.virtual_port = server.port;
  plan.protocol = server.protocol;
  plan.kind = server.protocol == 6 ? Kind::kTcp : Kind::kUdp;
  plan.tcp_flags = flags;
  plan.padding = 20;
  return plan;
}

using VirtualServerChange = std::function<void(VirtualServerSpec*)>;

struct World {
  explicit World(const VirtualServerChange& change = {}) {
    for (uint32_t ifindex = 1; ifindex <= kInterfaces; ifindex++)
      CHECK(tables.set_interface(ifindex, {interface_mac(ifindex)}).ok());
    for (const ServerPlan& server : {kTcp, kUdp, kTcp6}) {
      for (uint32_t number = 0; number < 2; number++)
        tables.set_nexthop(real_address(server.v6, number), link_to(server.v6, number));
      VirtualServerSpec spec = pool_of(server, {1, -1, -1, -1, -1, -1});
      if (change) change(&spec);
      CHECK(tables.set_virtual_server(spec).ok());
    }
  }

  Way way(const Bytes& frame, uint32_t ingress = 1) {
    return run_both_ways(engine.get(), frame, ingress, kDestinations).way;
  }
  Way way(const FramePlan& plan) { return way(make_frame(plan)); }
  Way way(const ServerPlan& server, const std::function<void(FramePlan*)>& change, uint8_t flags = kAck) {
    FramePlan plan = plan_for(server, flags);
    change(&plan);
    return way(plan);
  }

  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  Tables tables{engine->tables()};
};

}  // namespace xlb::test
