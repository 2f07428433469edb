// Lines of the flow table that are marked because a flow of theirs lies elsewhere (native/tables/strays.h).
#include "native/tables/strays.h"

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "native/test/fast_lab.h"

namespace xlb::test {
namespace {

// Flows that all begin at the first line of the first bucket.
class Crowd {
 public:
  explicit Crowd(size_t flows) {
    const xlb_tables& tables = world_.engine->tables();
    FramePlan plan = plan_for(kTcp, kSyn);
    for (uint32_t number = 0; flows_.size() < flows; number++) {
      plan.client = lab_ip(false, 7, static_cast<uint8_t>(number >> 16));
      plan.client_port = static_cast<uint16_t>(number);
      const Bytes frame = make_frame(plan);
      __u64 addresses = 0;
      __u32 ports = 0;
      std::memcpy(&addresses, frame.data() + 26, sizeof addresses);
      std::memcpy(&ports, frame.data() + 34, sizeof ports);
      const uint64_t hash = ipv4_flow_hash(tables.settings, addresses, ports);
      if ((hash & tables.flow_bucket_mask) == 0 && start_of(hash) == 0) flows_.push_back({frame, hash});
    }
  }

  xlb_flow_bucket* bucket() { return &world_.engine->tables().flow_table[0]; }
  [[nodiscard]] bool marked() { return line_has_strayed(bucket()->slot); }
  void sweep() { forget_strays(*world_.engine->tables().settings, {bucket(), 1}); }

  void open(size_t flow) {
    const Result<Outcome> outcome = world_.engine->run(flows_[flow].frame, 1);
    CHECK(outcome.ok());
    CHECK_EQUAL(outcome->verdict, XLB_FORWARDED);
  }

  // As the fast ways look for it; NULL: it is not found.
  xlb_flow_slot* find(size_t flow) {
    return first_tagged_ipv4(bucket(), 0, tag_of(flows_[flow].hash, XLB_FLOW_TAG_IPV4));
  }

  void end(xlb_flow_slot* slot) {
    packet context{};
    context.tables = &world_.engine->tables();
    for (;;) {  // its line may be marked just now
      const uint32_t control = READ_ONCE(slot->control);
      if (flow_end(&context, slot, control) != 0) return;
    }
  }

 private:
  struct Flow {
    Bytes frame;
    uint64_t hash;
  };

  World world_;
  std::vector<Flow> flows_;
};

void is_marked_while_a_flow_is_elsewhere() {
  Crowd crowd(3);
  crowd.open(0);
  crowd.open(1);
  CHECK(!crowd.marked());
  crowd.open(2);
  CHECK(crowd.marked());
  crowd.sweep();
  CHECK(crowd.marked());
  crowd.end(crowd.find(0));  // one that lies in the line
  crowd.sweep();
  CHECK(crowd.marked());
  CHECK(crowd.find(2) != nullptr);
  crowd.end(crowd.find(2));
  crowd.sweep();
  CHECK(!crowd.marked());
  CHECK(crowd.find(1) != nullptr);
}

// Full, and so spilled: what lies in the overflow nobody sees from here.
void stays_marked_where_the_bucket_spilled() {
  Crowd crowd(XLB_BUCKET_SLOTS + 1);
  for (size_t flow = 0; flow <= XLB_BUCKET_SLOTS; flow++) crowd.open(flow);
  CHECK(bucket_has_spilled(crowd.bucket()));
  for (size_t flow = 0; flow < XLB_BUCKET_SLOTS; flow++) crowd.end(crowd.find(flow));
  crowd.sweep();
  CHECK(crowd.marked());
}

void a_flow_changes_beside_its_mark() {
  xlb_flow_slot slot{};
  const uint32_t control = 9 * XLB_FLOW_TAG_IPV4 | 3 * XLB_FLOW_GENERATION_ONE | XLB_FLOW_LIVE;
  const uint32_t wanted = control_with_state(control, XLB_STATE_CLOSE);
  slot.control = control | XLB_FLOW_STRAYED;  // set since it was read
  CHECK(change_control(&slot, control, wanted));
  CHECK_EQUAL(slot.control, wanted | XLB_FLOW_STRAYED);
  slot.control = control;  // taken away since
  CHECK(change_control(&slot, control | XLB_FLOW_STRAYED, wanted | XLB_FLOW_STRAYED));
  CHECK_EQUAL(slot.control, wanted);
  slot.control = (control + XLB_FLOW_GENERATION_ONE) | XLB_FLOW_STRAYED;  // another flow's by now
  CHECK(!change_control(&slot, control, wanted));
  CHECK_EQUAL(slot.control, (control + XLB_FLOW_GENERATION_ONE) | XLB_FLOW_STRAYED);
}

// The mark may be away for a moment, but comes back.
xlb_flow_slot* find_soon(Crowd* crowd, size_t flow) {
  for (uint32_t i = 0; i < 100'000; i++) {
    if (xlb_flow_slot* slot = crowd->find(flow); slot != nullptr) return slot;
    std::this_thread::yield();
  }
  return nullptr;
}

void no_flow_is_lost_to_a_sweep() {
  Crowd crowd(3);
  std::atomic<bool> over = false;
  std::thread sweeper([&] {
    while (!over) crowd.sweep();
  });
  crowd.open(0);
  crowd.open(1);
  for (uint32_t i = 0; i < 100'000; i++) {
    crowd.open(2);
    xlb_flow_slot* slot = find_soon(&crowd, 2);
    CHECK(slot != nullptr);
    crowd.end(slot);
  }
  over = true;
  sweeper.join();
}

}  // namespace
}  // namespace xlb::test

int main() {
  using xlb::test::it;
  it("a line is marked while a flow of its lies elsewhere", xlb::test::is_marked_while_a_flow_is_elsewhere);
  it("it stays so where the bucket spilled", xlb::test::stays_marked_where_the_bucket_spilled);
  it("a flow changes beside its mark", xlb::test::a_flow_changes_beside_its_mark);
  it("no flow is lost to a sweep that comes between", xlb::test::no_flow_is_lost_to_a_sweep);
}
