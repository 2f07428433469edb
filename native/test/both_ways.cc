#include "native/test/both_ways.h"

#include <cstring>
#include <vector>

#include "native/test/check.h"

namespace xlb::test {
namespace {

// All that the fast path may write; as bytes.
class Written {
 public:
  Written(const xlb_tables& tables, uint32_t destinations) {
    take(tables.flow_table, tables.flow_bucket_mask + 1);
    take(tables.destinations, destinations);
    take(&tables.counters->all, 1);
    take(tables.counters->destination, destinations);
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
  std::vector<uint8_t> bytes(frame.begin(), frame.end());
  platform_context context{bytes.data(), bytes.data() + bytes.size(), nullptr};
  packet packet{};
  packet.ingress = ingress;
  packet.tables = &tables;
  packet.now = standing_clock(tables);
  packet.egress = fast_path(&context, &packet);
  const bool fast = packet.egress != 0;
  const Written after(tables, destinations);
  if (!fast) {
    CHECK(after == before);
    CHECK(std::equal(bytes.begin(), bytes.end(), frame.begin(), frame.end()));
    return {.outcome = engine->run(frame, ingress), .fast = false};
  }
  before.put_back();
  tables.settings->options |= XLB_OPTION_TRACE;  // nobody reads it: the core takes that away again
  Result<Outcome> outcome = engine->run(frame, ingress);
  CHECK(outcome.ok());
  CHECK_EQUAL(tables.settings->options & XLB_OPTION_TRACE, 0U);
  CHECK_EQUAL(outcome->verdict, XLB_FORWARDED);
  CHECK_EQUAL(outcome->egress, packet.egress);
  CHECK(!outcome->answered);
  CHECK(outcome->frame == bytes);
  CHECK(Written(tables, destinations) == after);
  return {.outcome = std::move(outcome), .fast = true};
}

}  // namespace xlb::test
