// The expected servers are those that Linux 6.1's IPVS chose for the same clients and weights.
#include "native/tables/hash_tables.h"

#include <climits>
#include <map>
#include <string>

#include "bpf/core/siphash.h"
#include "native/test/check.h"

namespace xlb::test {
namespace {

// 10.0.0.11 and so on (or fd00::11) in the order of addition, port 80, which makes the list's head the last.
HashCandidateList servers(const std::vector<uint32_t>& weights, const std::string& prefix = "10.0.0.1") {
  HashCandidateList list;
  for (uint32_t id = static_cast<uint32_t>(weights.size()); id > 0; id--) {
    const auto address = IpAddress::parse(prefix + std::to_string(id));
    CHECK(address.has_value());
    list.push_back({id, *address, 80, weights[id - 1], weights[id - 1]});
  }
  return list;
}

struct Client {
  uint32_t word;  // address, IPv6 folded
  uint16_t port;
};

Client ipv4_client(uint32_t i) {
  const uint32_t address = 10U << 24 | (1 + i % 3) << 16 | (37 * i % 256) << 8 | (1 + 11 * i % 251);
  return {address, static_cast<uint16_t>((1024 + 7919 * i) % 60'000)};
}

Client ipv6_client(uint32_t i) {  // 2001:db8:1:0::1, 2001:db8:2:25::c, ...
  const uint32_t subnet = (1 + i % 3) << 16 | 37 * i % 256;
  return {0x20010db8U ^ subnet ^ (1 + 11 * i % 251), static_cast<uint16_t>((1024 + 7919 * i) % 60'000)};
}

uint32_t hash_bucket(uint32_t word) { return word * 0x61c88647U >> 24; }
uint32_t maglev_entry(uint32_t word) { return siphash_word(word, MAGLEV_OFFSET_KEY) % XLB_MAGLEV_SIZE; }

struct Lookup {
  uint32_t (*bucket)(uint32_t word) = hash_bucket;
  Client (*client)(uint32_t i) = ipv4_client;
  bool port = false;
};

// Where the first clients go, a digit each.
std::string choices(const std::vector<uint16_t>& table, const Lookup& lookup) {
  std::string text;
  for (uint32_t i = 0; i < 30; i++) {
    const Client client = lookup.client(i);
    text += std::to_string(table[lookup.bucket(client.word + (lookup.port ? client.port : 0U))]);
  }
  return text;
}

std::string source(const std::vector<uint32_t>& weights) {
  return choices(source_hash_table(servers(weights)), {hash_bucket});
}

std::string maglev(const std::vector<uint32_t>& weights) {
  return choices(maglev_table(servers(weights)), {maglev_entry});
}

std::map<uint32_t, uint32_t> shares(const std::vector<uint16_t>& table) {
  std::map<uint32_t, uint32_t> count;
  for (const uint16_t id : table) count[id]++;
  return count;
}

void sh_as_ipvs() {
  CHECK(source({1, 1, 1}) == "333133122133112132133323111233");
  CHECK(source({3, 1}) == "112121212121212121111121211121");
  CHECK(source({5, 4, 3, 2, 1}) == "222155322111443221155222111322");
  CHECK(choices(source_hash_table(servers({4, 3, 2})), {hash_bucket, ipv4_client, true}) ==
        "311121212223232323131311232323");
}

void sh_ipv6() {
  CHECK(choices(source_hash_table(servers({1, 1, 1}, "fd00::1")), {hash_bucket, ipv6_client})
            .starts_with("2232333331113121"));
  CHECK(choices(source_hash_table(servers({4, 3, 2}, "fd00::1")), {hash_bucket, ipv6_client, true})
            .starts_with("2131131122231111"));
}

void sh_does_not_scale() {
  const auto share = shares(source_hash_table(servers({1000, 300, 7})));
  CHECK(share == (std::map<uint32_t, uint32_t>{{2, 249}, {3, 7}}));
  CHECK(shares(source_hash_table(servers({INT_MAX}))) == (std::map<uint32_t, uint32_t>{{1, 256}}));
}

void sh_weight_zero() {
  CHECK(shares(source_hash_table(servers({3, 0, 1}))) ==
        (std::map<uint32_t, uint32_t>{{1, 153}, {2, 51}, {3, 52}}));
  CHECK(source_hash_table({}).empty());
}

void dh_deals() {
  const auto table = destination_hash_table(servers({5, 0, 1}));
  const auto address = IpAddress::parse("10.0.0.100");
  CHECK(address.has_value());
  CHECK_EQUAL(table.size(), size_t{XLB_HASH_BUCKETS});
  CHECK(table[0] == 3 && table[1] == 2 && table[2] == 1 && table[255] == 3);
  CHECK_EQUAL(table[hash_bucket(10U << 24 | 100)], 1);
  CHECK_EQUAL(destination_hash_table(servers({1, 2, 3, 4, 5}))[hash_bucket(10U << 24 | 100)], 2);
  CHECK(destination_hash_table({}).empty());
}

void mh_as_ipvs() {
  CHECK(maglev({1, 1, 1}) == "132331212233112111331122213312");
  CHECK(maglev({3, 1}) == "111111211211112111111111211112");
  CHECK(maglev({6, 4, 2}) == "112131211233112111121122213312");
  CHECK(maglev({100, 1}) == "111111111111111111111111211111");
  CHECK(maglev({1, 2, 3, 4, 5}) == "435434235533542155455545253345");
  CHECK(choices(maglev_table(servers({4, 3, 2})), {maglev_entry, ipv4_client, true}) ==
        "221313223111313322212211313121");
}

void mh_ipv6() {
  CHECK(choices(maglev_table(servers({1, 1, 1}, "fd00::1")), {maglev_entry, ipv6_client})
            .starts_with("1113213332222211"));
}

void mh_keeps_the_drained() {
  HashCandidateList list = servers({3, 2, 1});
  const auto before = maglev_table(list);
  for (HashCandidate& candidate : list) candidate.weight = 0;
  CHECK(maglev_table(list) == before);
  CHECK(maglev({3, 0, 1}) == "111131311133111111111111113311");  // never had another weight than 0
  CHECK(maglev_table(servers({0, 0})).empty());
  CHECK(maglev_table({}).empty());
}

void mh_scales() {
  auto share = shares(maglev_table(servers({INT_MAX, 1})));
  CHECK_EQUAL(share.size(), size_t{2});
  CHECK_EQUAL(share[2], 64U);  // one turn after 63 of the other
  share = shares(maglev_table(servers({200, 100})));
  CHECK(share[1] == 2728 && share[2] == 1365);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("sh sends clients to the servers that IPVS sends them to", sh_as_ipvs);
  it("sh folds IPv6 addresses", sh_ipv6);
  it("sh does not scale weights", sh_does_not_scale);
  it("sh gives weight 0 one bucket a round", sh_weight_zero);
  it("dh deals the buckets out one by one, whatever the weights", dh_deals);
  it("mh sends clients to the servers that IPVS sends them to", mh_as_ipvs);
  it("mh folds IPv6 addresses", mh_ipv6);
  it("mh leaves a server that was drained its entries, and one added with weight 0 without",
     mh_keeps_the_drained);
  it("mh scales weights down to 6 bits, and never to 0", mh_scales);
}
