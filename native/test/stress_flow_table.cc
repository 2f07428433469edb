// Threads hammer one small flow table through the packet core while destinations and virtual servers come and
// go, a sweeper sweeps and time passes. Then all stop, and the table must add up.
//
//   stress_flow_table [SECONDS]      5 where none is given
//
// Two kinds of clients. Steady ones are set up by all threads at once (the same SYN on several processors),
// then send ACKs from every thread for the whole time: each must stay on the real server it has. Churning
// ones open, close, reset and flood in no order, far more than there are slots, so that buckets spill and
// flows are evicted.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include "native/base/clock.h"
#include "native/tables/strays.h"
#include "native/test/audit.h"
#include "native/test/check.h"
#include "native/test/fake_clock.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

constexpr uint32_t kWorkers = 4;
constexpr uint32_t kSteady = 64;
constexpr uint32_t kRacing = 256;  // clients that only open, all threads at once
constexpr uint32_t kChurning = 3000;
constexpr uint32_t kSteadyServer = 3;  // wlc over IPv6; the control thread leaves its real server 0 be
constexpr uint64_t kClockUnitsPerMillisecond = 50;  // fake time runs about 50 times as fast
constexpr uint8_t kSyn = 0x02, kAck = 0x10, kFin = 0x11, kRst = 0x14;

// Threads leave it within nanoseconds of one another, where there are processors for them.
class SpinBarrier {
 public:
  void arrive_and_wait() {
    const uint32_t round = round_;
    if (++arrived_ == kWorkers) {
      arrived_ = 0;
      round_ = round + 1;
    }
    for (uint32_t spins = 0; round_ == round; spins++)
      if (spins > 2000) std::this_thread::yield();
  }

 private:
  std::atomic<uint32_t> arrived_{0};
  std::atomic<uint32_t> round_{0};
};

class Stress {
 public:
  Stress();
  void run(int seconds);
  void report();

 private:
  uint32_t send(uint32_t row, const Bytes& frame, Bytes* out);
  void steady_round(uint32_t row, uint32_t client);
  void open_steady(uint32_t row, SpinBarrier* together);
  void churn(uint32_t row, std::mt19937* random);
  void work(uint32_t row, SpinBarrier* together);
  void control();
  void sweep();
  void sweep_all(SweepTotals* totals);
  void let_all_expire();
  void wait_for_packets_in_flight() const;
  void change(std::mt19937* random);

  std::unique_ptr<Engine> engine_;
  std::vector<xlb_counters> counters_{kWorkers};
  xlb_tables tables_;
  std::unique_ptr<Tables> control_;
  std::array<std::atomic<uint64_t>, kWorkers> packets_{};
  std::atomic<uint64_t> refused_{0};
  std::array<Bytes, kSteady> ack_;
  std::array<std::atomic<uint32_t>, kSteady> home_{};  // last byte of the MAC that its frames go to, plus 1
  std::atomic<bool> opened_{false};
  std::atomic<bool> stop_{false};
};

FramePlan plan_of(const ServerPlan& server, uint8_t network, uint32_t client, uint8_t flags) {
  FramePlan plan;
  plan.v6 = server.v6;
  plan.client = lab_ip(server.v6, network, static_cast<uint8_t>(client));
  plan.client_port = static_cast<uint16_t>(1024 + (client >> 8));
  plan.virtual_address = virtual_ip(server);
  plan.virtual_port = server.port != 0 ? server.port : static_cast<uint16_t>(1 + (client & 3));
  plan.kind = server.protocol == 6 ? Kind::kTcp : Kind::kUdp;
  plan.tcp_flags = flags;
  return plan;
}

// Those of port 80 and UDP over IPv4 are persistent; the steady clients' is not.
VirtualServerSpec spec_of(const ServerPlan& server, const std::array<int64_t, kRealServers>& weights) {
  VirtualServerSpec spec = pool_of(server, weights);
  if (server.port == 80 || (server.port == 53 && !server.v6)) spec.persistence = {20, 0xffffffff, 128};
  return spec;
}

Stress::Stress()
    : engine_(make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS)), tables_(engine_->tables()) {
  tables_.counters = counters_.data();
  tables_.rows = kWorkers;
  control_ = std::make_unique<Tables>(tables_);
  set_standing_clock(tables_, 5000);
  CHECK(control_->set_interface(1, {interface_mac(1)}).ok());
  for (uint32_t i = 0; i < kRealServers; i++)
    for (const bool v6 : {false, true}) control_->set_nexthop(real_address(v6, i), link_to(v6, i));
  for (const ServerPlan& server : kServerPlans) {
    const VirtualServerSpec spec = spec_of(server, {1, 1, 1, 1, 1, 1});
    CHECK(control_->set_virtual_server(spec).ok());
  }
  for (uint32_t i = 0; i < kSteady; i++)
    ack_[i] = make_frame(plan_of(kServerPlans[kSteadyServer], 9, i, kAck));
}

uint32_t Stress::send(uint32_t row, const Bytes& frame, Bytes* out) {
  *out = frame;
  platform_context context{out->data(), out->data() + out->size(), nullptr};
  packet packet{};
  packet.ingress = 1;
  packet.tables = &tables_;
  packet.row = row;
  const uint32_t verdict = forward(&context, &packet);
  packets_[row].fetch_add(1, std::memory_order_release);
  return verdict;
}

// One client at a time, all threads at once; then one of them confirms the connection. Before anything has
// expired, the table is audited: of flows that were made twice, one is left.
void Stress::open_steady(uint32_t row, SpinBarrier* together) {
  Bytes out;
  for (uint32_t i = 0; i < kSteady + kRacing; i++) {
    const bool steady = i < kSteady;
    const Bytes syn = make_frame(plan_of(kServerPlans[kSteadyServer], steady ? 9 : 8, i, kSyn));
    together->arrive_and_wait();
    CHECK_EQUAL(send(row, syn, &out), static_cast<uint32_t>(XLB_FORWARDED));
    together->arrive_and_wait();
    if (steady && row == i % kWorkers) {
      CHECK_EQUAL(send(row, ack_[i], &out), static_cast<uint32_t>(XLB_FORWARDED));
      home_[i] = 1U + out[5];
    }
  }
  together->arrive_and_wait();
  if (row == 0) {
    CHECK_EQUAL(audit(tables_), kSteady + kRacing);
    CHECK_EQUAL(duplicates(tables_), 0U);
    opened_ = true;
  }
  together->arrive_and_wait();
}

// Established and heard of all the time: neither evicted nor expired. Its real server may be out of service.
void Stress::steady_round(uint32_t row, uint32_t client) {
  Bytes out;
  const uint32_t verdict = send(row, ack_[client], &out);
  if (verdict == XLB_REAL_SERVER_GONE) {
    refused_++;
    return;
  }
  CHECK_EQUAL(verdict, static_cast<uint32_t>(XLB_FORWARDED));
  CHECK_EQUAL(1U + out[5], home_[client].load());
}

void Stress::churn(uint32_t row, std::mt19937* random) {
  static constexpr std::array<uint8_t, 8> kFlags = {kSyn, kSyn, kSyn, kSyn, kAck, kAck, kFin, kRst};
  Bytes out;
  const uint32_t dice = static_cast<uint32_t>((*random)());
  const bool hot = (dice >> 20) % 2 == 0;  // few clients, so that threads meet on the same flow
  const ServerPlan& server = kServerPlans[hot ? kSteadyServer : dice % kServers];
  const uint32_t client = (dice >> 3) % (hot ? 4 : kChurning);
  const uint8_t flags = kFlags[dice >> 29];
  const uint32_t verdict = send(row, make_frame(plan_of(server, 10, client, flags)), &out);
  switch (verdict) {
    case XLB_FORWARDED:
    case XLB_NO_FLOW:
    case XLB_REAL_SERVER_GONE:
    case XLB_FLOW_TABLE_FULL:
      return;
    case XLB_NOT_OURS:
    case XLB_NO_REAL_SERVER:
      if (server.port == 0) return;  // the control thread removes these now and then
      [[fallthrough]];
    default:
      std::cerr << "verdict " << verdict << '\n';
      fail(__FILE__, __LINE__, "a sound packet had a verdict that nothing accounts for");
  }
}

void Stress::work(uint32_t row, SpinBarrier* together) {
  std::mt19937 random(row);
  open_steady(row, together);
  uint64_t last = monotonic_nanoseconds();
  for (uint32_t i = 0; !stop_; i++) {
    steady_round(row, (i + row * kSteady / kWorkers) % kSteady);
    for (int j = 0; j < 4; j++) churn(row, &random);
    // One worker is the clock, so that time stands still when steady clients cannot be heard.
    if (row != 0 || i % kSteady != 0) continue;
    const uint64_t now = coarse_nanoseconds();
    const uint64_t passed = std::min<uint64_t>((now - std::min(now, last)) / 1'000'000, 20);
    last = now;
    set_standing_clock(tables_,
                       standing_clock(tables_) + static_cast<uint32_t>(passed * kClockUnitsPerMillisecond));
  }
}

// What ids rest for: every packet that was under way is done.
void Stress::wait_for_packets_in_flight() const {
  for (uint32_t row = 0; row < kWorkers; row++) {
    const uint64_t seen = packets_[row].load(std::memory_order_acquire);
    while (packets_[row].load(std::memory_order_acquire) < seen + 2 && !stop_) std::this_thread::yield();
  }
}

void Stress::change(std::mt19937* random) {
  const uint32_t dice = static_cast<uint32_t>((*random)());
  const ServerPlan& server = kServerPlans[dice % kServers];
  if ((dice >> 8) % 8 == 0 && server.port == 0) {
    control_->remove_virtual_server(key_of(server));
    return;
  }
  std::array<int64_t, kRealServers> weights{1};  // one is always there: NO_REAL_SERVER would be a fault
  for (uint32_t i = 1; i < kRealServers; i++)
    weights[i] = static_cast<int64_t>((dice >> (8 + i * 3)) % 5) - 1;
  VirtualServerSpec spec = spec_of(server, weights);
  // Where nobody taking a flow is a fault, only those that always find somebody: the hashes stay with a real
  // server of weight 0, and ovf fills up.
  static constexpr std::array<uint8_t, 8> kAlwaysFind = {XLB_ROUND_ROBIN,
                                                         XLB_WEIGHTED_ROUND_ROBIN,
                                                         XLB_LEAST_CONNECTION,
                                                         XLB_WEIGHTED_LEAST_CONNECTION,
                                                         XLB_NEVER_QUEUE,
                                                         XLB_LOCALITY_LEAST_CONNECTION,
                                                         XLB_LOCALITY_LEAST_CONNECTION_REPLICATION,
                                                         XLB_FAILOVER};
  spec.scheduler = server.port == 0 ? static_cast<uint8_t>((dice >> 26) % XLB_SCHEDULER_COUNT)
                                    : kAlwaysFind[(dice >> 26) % kAlwaysFind.size()];
  CHECK(control_->set_virtual_server(spec).ok());
}

void Stress::sweep_all(SweepTotals* totals) {
  const uint32_t now = standing_clock(tables_);
  const std::span<xlb_flow_bucket> flows(tables_.flow_table, tables_.flow_bucket_mask + 1);
  sweep_buckets(tables_, flows, now, totals);
  forget_strays(*tables_.settings, flows);
  sweep_buckets(tables_, {tables_.templates, tables_.template_bucket_mask + 1}, now, totals);
}

void Stress::control() {
  std::mt19937 random(99);
  for (uint32_t i = 0; !stop_; i++) {
    change(&random);
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    if (i % 16 != 0) continue;
    wait_for_packets_in_flight();
    advance_clock(Tables::kRestNs);
    const uint64_t began = monotonic_nanoseconds();
    SweepTotals totals;
    sweep_all(&totals);
    control_->references_seen(std::move(totals.references), began);
  }
}

void Stress::sweep() {
  while (!stop_) {
    SweepTotals totals;
    sweep_all(&totals);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

void Stress::run(int seconds) {
  SpinBarrier together;
  std::vector<std::thread> workers;
  for (uint32_t row = 0; row < kWorkers; row++) workers.emplace_back([&, row] { work(row, &together); });
  while (!opened_) std::this_thread::yield();
  std::thread controller([&] { control(); });
  std::thread sweeper([&] { sweep(); });
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop_ = true;
  for (std::thread& worker : workers) worker.join();
  controller.join();
  sweeper.join();
}

// Nothing comes any more: flows go when their time is over, and templates with or after them.
void Stress::let_all_expire() {
  for (uint32_t second = 0; second < 1100; second += 10) {
    set_standing_clock(tables_, standing_clock(tables_) + 10 * XLB_CLOCK_SECOND);
    SweepTotals totals;
    sweep_all(&totals);
  }
  CHECK_EQUAL(audit(tables_), 0U);
  const uint32_t waiting = held_for_nothing(tables_);
  int32_t left = 0;
  for (uint32_t id = 0; id < XLB_MAX_DESTINATIONS; id++) left += tables_.destinations[id].persistent;
  std::cout << waiting << " flows that are no more waited for by " << left << " templates\n";
  CHECK_EQUAL(left, 0);
}

void Stress::report() {
  uint64_t packets = 0, duplicate = 0, evicted = 0;
  for (uint32_t row = 0; row < kWorkers; row++) {
    packets += packets_[row];
    duplicate += counters_[row].all.duplicate;
    evicted += counters_[row].all.evicted;
  }
  const uint32_t live = audit(tables_);
  const uint32_t twice = duplicates(tables_);
  std::cout << packets << " packets, " << live << " flows live, " << evicted << " evicted, " << duplicate
            << " duplicates given back, " << twice << " left, " << refused_
            << " packets of steady clients refused\n";
  CHECK(live > XLB_MIN_FLOW_SLOTS / 4);
  CHECK(evicted > 0);
  CHECK(duplicate < packets / 20);
  CHECK_EQUAL(twice, 0U);
  let_all_expire();
}

}  // namespace
}  // namespace xlb::test

int main(int count, char** arguments) {
  xlb::test::Stress stress;
  stress.run(count > 1 ? std::max(1, std::atoi(arguments[1])) : 5);
  stress.report();
  return 0;
}
