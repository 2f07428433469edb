#include "native/test/both_ways.h"

#include <cstring>
#include <vector>

#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr size_t kHeadroom = 256;  // for answers

// More than there are in the tests' tables.
constexpr uint32_t kVirtualServers = 64;

bool remembers_addresses(const xlb_tables& tables) {
  for (uint32_t id = 0; id < kVirtualServers; id++) {
    const uint8_t scheduler = tables.virtual_servers[id].scheduler;
    if (scheduler == XLB_LOCALITY_LEAST_CONNECTION || scheduler == XLB_LOCALITY_LEAST_CONNECTION_REPLICATION)
      return true;
  }
  return false;
}

// All that the fast ways may write; as bytes.
class Written {
 public:
  Written(const xlb_tables& tables, uint32_t destinations) {
    take(tables.flow_table, tables.flow_bucket_mask + 1);
    take(tables.destinations, destinations);
    take(&tables.counters->all, 1);
    take(tables.counters->destination, destinations);
    take(tables.virtual_servers, kVirtualServers);
    take(tables.templates, tables.template_bucket_mask + 1);
    take(random_state(), 1);
    if (remembers_addresses(tables)) take(tables.localities, XLB_LOCALITY_SETS);
  }

  void put_back() const {
    size_t from = 0;
    for (const auto& [start, size] : places_) {
      std::memcpy(start, bytes_.data() + from, size);
      from += size;
    }
  }

  bool operator==(const Written& other) const { return bytes_ == other.bytes_; }

 private:
  struct Place {
    void* start;
    size_t size;
  };

  template <typename Record>
  void take(Record* start, size_t records) {
    const size_t size = records * sizeof(Record);
    const auto* bytes = reinterpret_cast<const uint8_t*>(start);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
    places_.push_back({start, size});
  }

  std::vector<uint8_t> bytes_;
  std::vector<Place> places_;
};

}  // namespace

BothWays run_both_ways(Engine* engine, std::span<const uint8_t> frame, uint32_t ingress,
                       uint32_t destinations) {
  const xlb_tables& tables = engine->tables();
  const Written before(tables, destinations);
  std::vector<uint8_t> buffer(kHeadroom + frame.size());
  std::copy(frame.begin(), frame.end(), buffer.begin() + kHeadroom);
  platform_context context{buffer.data() + kHeadroom, buffer.data() + buffer.size(), buffer.data()};
  packet packet{};
  packet.ingress = ingress;
  packet.tables = &tables;
  packet.now = standing_clock(tables);
  const __u64 found = fast_path(&context, &packet);
  const bool may_open = found == MAY_OPEN;
  if (!may_open) packet.egress = static_cast<__u32>(found);
  if (packet.egress == 0) {  // nothing was done
    CHECK(Written(tables, destinations) == before);
    CHECK(std::equal(frame.begin(), frame.end(), context.data, context.data_end));
  }
  if (may_open) packet.egress = open_or_settle(&context, &packet);
  const Way way = packet.egress == 0 ? Way::kCareful : may_open ? Way::kOpened : Way::kFast;
  __u32 verdict = XLB_FORWARDED;
  if (way == Way::kCareful && Written(tables, destinations) == before)
    return {.outcome = engine->run(frame, ingress), .way = way};
  // What made the flow, and no more, leaves the rest to those who find it.
  if (way == Way::kCareful) verdict = forward_with_care(&context, &packet);
  const Written after(tables, destinations);
  before.put_back();
  tables.settings->options |= XLB_OPTION_TRACE;  // nobody reads it: the core takes that away again
  Result<Outcome> outcome = engine->run(frame, ingress);
  CHECK(outcome.ok());
  CHECK_EQUAL(tables.settings->options & XLB_OPTION_TRACE, 0U);
  CHECK_EQUAL(outcome->verdict, verdict);
  CHECK_EQUAL(outcome->egress, packet.egress);
  CHECK_EQUAL(outcome->answered, packet.answered != 0);
  CHECK(std::equal(outcome->frame.begin(), outcome->frame.end(), context.data, context.data_end));
  CHECK(Written(tables, destinations) == after);
  return {.outcome = std::move(outcome), .way = way};
}

}  // namespace xlb::test
