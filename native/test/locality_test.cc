// What lblcr remembers, beyond what the traces of IPVS reach: full sets, a member that leaves from the
// middle, and several threads at one record.
#include <cstdlib>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "bpf/core/scheduler.h"
#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr uint32_t kPool = 1;
constexpr uint32_t kDay = 24 * 60 * 60 * XLB_CLOCK_SECOND;

// One virtual server of lblcr, its destinations 1 to `count` in the list's order, of weight 1.
class Pool {
 public:
  explicit Pool(uint32_t count)
      : servers_(kPool + 1),
        destinations_(XLB_MAX_DESTINATIONS),
        lines_(count / XLB_SCHEDULE_LINE + 1),
        localities_(XLB_LOCALITY_SETS) {
    for (uint32_t id = 1; id <= count; id++) {
      destinations_[id].virtual_server = kPool;
      destinations_[id].weight = destinations_[id].share = 1;
      destinations_[id].flags = XLB_IN_USE;
      lines_[(id - 1) / XLB_SCHEDULE_LINE].entry[(id - 1) % XLB_SCHEDULE_LINE] = static_cast<uint16_t>(id);
    }
    servers_[kPool].scheduler = XLB_LOCALITY_LEAST_CONNECTION_REPLICATION;
    servers_[kPool].pool = kPool;
    servers_[kPool].walk = {0, count};
    tables_.virtual_servers = servers_.data();
    tables_.destinations = destinations_.data();
    tables_.schedules = lines_.data();
    tables_.settings = &settings_;
    tables_.localities = localities_.data();
  }

  // A new flow to the address; it stays active.
  uint32_t open(uint32_t address, uint32_t now = 0) {
    packet packet{};
    packet.tables = &tables_;
    packet.version = 4;
    packet.now = now;
    map_ipv4(&packet.virtual_address, address);
    const uint32_t id = schedule(&packet, kPool);
    __atomic_fetch_add(&destinations_[id].active, 1, __ATOMIC_RELAXED);
    return id;
  }

  xlb_destination& destination(uint32_t id) { return destinations_[id]; }

  // Those that were ever written.
  std::vector<const xlb_locality*> records() const {
    std::vector<const xlb_locality*> found;
    for (const xlb_locality_set& set : localities_)
      for (const xlb_locality& record : set.way)
        if (record.control != 0) found.push_back(&record);
    return found;
  }

 private:
  std::vector<xlb_virtual_server> servers_;
  std::vector<xlb_destination> destinations_;
  std::vector<xlb_schedule_line> lines_;
  std::vector<xlb_locality_set> localities_;
  xlb_settings settings_{};
  xlb_tables tables_{};
};

// A destination takes two flows; then it is outrun, and the next one joins.
void oldest_leaves_a_full_set() {
  constexpr uint32_t kMore = XLB_LOCALITY_SERVERS + 6;
  Pool pool(kMore);
  for (uint32_t flow = 0; flow < 2 * kMore; flow++) CHECK_EQUAL(pool.open(1), flow / 2 + 1);
  CHECK_EQUAL(pool.records().size(), 1U);
  const xlb_locality& record = *pool.records()[0];
  CHECK_EQUAL(record.count, uint32_t{XLB_LOCALITY_SERVERS});
  for (uint32_t place = 0; place < XLB_LOCALITY_SERVERS; place++)
    CHECK_EQUAL(record.server[place], place + 1 + kMore - XLB_LOCALITY_SERVERS);
}

void most_loaded_leaves_after_a_day() {
  Pool pool(6);
  for (uint32_t flow = 0; flow < 12; flow++) pool.open(1);
  pool.destination(3).active = 100;
  pool.destination(4).active = 100;
  pool.open(1, kDay / 2);
  CHECK_EQUAL(pool.records()[0]->count, 6U);
  pool.open(1, kDay + 1);
  const xlb_locality& record = *pool.records()[0];
  CHECK_EQUAL(record.count, 5U);
  const std::vector<uint16_t> left(record.server, record.server + record.count);
  CHECK(left == (std::vector<uint16_t>{1, 2, 3, 5, 6}));  // the newer one of equals
  pool.open(1, kDay + 2);
  CHECK_EQUAL(record.count, 5U);  // changed just now
}

void threads_share_records() {
  Pool pool(40);
  const auto work = [&](uint32_t seed) {
    uint32_t random = seed;
    for (uint32_t i = 0; i < 50'000; i++) {
      random = random * 1664525 + 1013904223;
      const uint32_t id = pool.open(random >> 29, i * (kDay / 1000));
      if (random >> 16 & 1) __atomic_store_n(&pool.destination(id).active, 0, __ATOMIC_RELAXED);
    }
  };
  std::thread other(work, 1);
  work(2);
  other.join();
  for (const xlb_locality* record : pool.records()) {
    CHECK_EQUAL(record->control & XLB_FLOW_PHASE, XLB_FLOW_LIVE);
    CHECK(record->count > 0 && record->count <= 40);
    const std::set<uint16_t> members(record->server, record->server + record->count);
    CHECK_EQUAL(members.size(), record->count);
    CHECK(*members.begin() >= 1 && *members.rbegin() <= 40);
  }
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("the oldest member leaves a full set", oldest_leaves_a_full_set);
  it("the most loaded member leaves after a day, from the middle too", most_loaded_leaves_after_a_day);
  it("threads change records without spoiling them", threads_share_records);
}
