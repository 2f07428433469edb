#include "native/tables/server_index.h"

#include <memory>
#include <vector>

#include "native/datapath/engine.h"
#include "native/test/check.h"

namespace xlb::test {
namespace {

class Index {
 public:
  Index() : engine_(make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS)), tables_(engine_->tables()) {}

  void make(uint32_t id, uint32_t address) {
    xlb_virtual_server& server = tables_.virtual_servers[id];
    server.address.word[3] = address;
    server.protocol = 6;
    server.port = 80;
    server.flags = XLB_IN_USE;
  }
  uint32_t find(uint32_t address) {
    packet packet{};
    packet.tables = &tables_;
    packet.protocol = 6;
    packet.virtual_port = 80;
    packet.virtual_address.word[3] = address;
    return find_virtual_server(&packet, tables_.settings,
                               addressed_hash(&packet, tables_.settings, packet.virtual_port))
        .id;
  }
  uint32_t group_of(uint32_t address) {
    xlb_address key{};
    key.word[3] = address;
    return virtual_server_hash(0, &key, 6U << 16 | 80) & (XLB_INDEX_GROUPS - 1);
  }
  [[nodiscard]] const xlb_tables& tables() const { return tables_; }

  // Addresses that share one group.
  std::vector<uint32_t> colliding(size_t count) {
    std::vector<uint32_t> found;
    for (uint32_t address = 1; found.size() < count; address++)
      if (group_of(address) == 7) found.push_back(address);
    return found;
  }

 private:
  std::unique_ptr<Engine> engine_;
  xlb_tables tables_;
};

void finds_what_was_inserted() {
  Index index;
  for (uint32_t id = 1; id < 4096; id++) {
    index.make(id, id * 7);
    CHECK(index_insert(index.tables(), id).ok());
  }
  for (uint32_t id = 1; id < 4096; id++) CHECK_EQUAL(index.find(id * 7), id);
  CHECK_EQUAL(index.find(8), 0U);
}

void full_group() {
  Index index;
  const std::vector<uint32_t> addresses = index.colliding(XLB_INDEX_GROUP_SLOTS + 1);
  for (uint32_t i = 0; i < addresses.size(); i++) index.make(i + 1, addresses[i]);
  for (uint32_t id = 1; id <= XLB_INDEX_GROUP_SLOTS; id++) CHECK(index_insert(index.tables(), id).ok());
  const Status status = index_insert(index.tables(), XLB_INDEX_GROUP_SLOTS + 1);
  CHECK(status.kind() == Status::Kind::kLimit);
  index_remove(index.tables(), XLB_INDEX_GROUP_SLOTS + 1);  // not there: nothing happens
  for (uint32_t i = 0; i < XLB_INDEX_GROUP_SLOTS; i++) CHECK_EQUAL(index.find(addresses[i]), i + 1);
  index_remove(index.tables(), 3);
  CHECK_EQUAL(index.find(addresses[2]), 0U);
  CHECK_EQUAL(index.find(addresses[15]), 16U);  // a removed entry ends no search
  CHECK(index_insert(index.tables(), XLB_INDEX_GROUP_SLOTS + 1).ok());
  CHECK_EQUAL(index.find(addresses[16]), XLB_INDEX_GROUP_SLOTS + 1U);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("finds every virtual server that was inserted and no other", finds_what_was_inserted);
  it("refuses a seventeenth in one group, and takes the place of a removed one", full_group);
}
