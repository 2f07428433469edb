#include "native/host/filter_rules.h"

#include <net/if.h>
#include <netinet/icmp6.h>

#include <algorithm>

#include "native/base/limits.h"

namespace xlb::host {
namespace {

// What the nft program calls the types of set members: for its display only (libnftables datatype.h).
constexpr uint32_t kTypeV4 = 7, kTypeV6 = 8, kTypeInterface = 41;
constexpr uint32_t kTypeBits = 6;  // of one member of a concatenation

constexpr FilterSet kV4{"v4", kTypeV4, 4};
constexpr FilterSet kV6{"v6", kTypeV6, 16};
constexpr FilterSet kLinkLocal{"v6_link_local", kTypeV6 << kTypeBits | kTypeInterface, 16 + IFNAMSIZ};
// The chain, and where in a packet the address stands that it looks at.
struct Chain {
  const char* name;
  uint32_t hook;
  uint32_t v4_offset, v6_offset;
  uint32_t interface_key;
};
constexpr Chain kIn{"in", NF_INET_LOCAL_IN, 16, 24, NFT_META_IIFNAME};
constexpr Chain kOut{"out", NF_INET_LOCAL_OUT, 12, 8, NFT_META_OIFNAME};

bool is_link_local(const IpAddress& address) {
  const auto bytes = address.bytes();
  return bytes.size() == 16 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

const FilterSet& set_of(const IpAddress& address) {
  return address.is_v4() ? kV4 : is_link_local(address) ? kLinkLocal : kV6;
}

std::vector<uint8_t> key_of(const FilteredAddress& one) {
  const auto bytes = one.address.bytes();
  std::vector<uint8_t> key(bytes.begin(), bytes.end());
  if (!is_link_local(one.address)) return key;
  key.resize(kLinkLocal.key_bytes);
  one.interface.copy(reinterpret_cast<char*>(key.data()) + 16, IFNAMSIZ - 1);
  return key;
}

// An expression of a rule: `fill` puts its attributes.
template <typename Fill>
void expression(Batch& batch, const char* name, Fill fill) {
  batch.nest(NFTA_LIST_ELEM, [&] {
    batch.put(NFTA_EXPR_NAME, std::string(name));
    batch.nest(NFTA_EXPR_DATA, fill);
  });
}

void load_meta(Batch& batch, uint32_t key, uint32_t into) {
  expression(batch, "meta", [&] {
    batch.put(NFTA_META_KEY, key);
    batch.put(NFTA_META_DREG, into);
  });
}

void load_payload(Batch& batch, uint32_t base, uint32_t offset, uint32_t length) {
  expression(batch, "payload", [&] {
    batch.put(NFTA_PAYLOAD_DREG, uint32_t{NFT_REG_1});
    batch.put(NFTA_PAYLOAD_BASE, base);
    batch.put(NFTA_PAYLOAD_OFFSET, offset);
    batch.put(NFTA_PAYLOAD_LEN, length);
  });
}

void compare(Batch& batch, uint32_t how, uint8_t with) {
  expression(batch, "cmp", [&] {
    batch.put(NFTA_CMP_SREG, uint32_t{NFT_REG_1});
    batch.put(NFTA_CMP_OP, how);
    batch.nest(NFTA_CMP_DATA, [&] { batch.put(NFTA_DATA_VALUE, std::span<const uint8_t>(&with, 1)); });
  });
}

void family_is(Batch& batch, uint8_t family) {
  load_meta(batch, NFT_META_NFPROTO, NFT_REG_1);
  compare(batch, NFT_CMP_EQ, family);
}

void verdict(Batch& batch, uint32_t what) {
  expression(batch, "immediate", [&] {
    batch.put(NFTA_IMMEDIATE_DREG, uint32_t{NFT_REG_VERDICT});
    batch.nest(NFTA_IMMEDIATE_DATA,
               [&] { batch.nest(NFTA_DATA_VERDICT, [&] { batch.put(NFTA_VERDICT_CODE, what); }); });
  });
}

void drop_if_in(Batch& batch, const FilterSet& set) {
  expression(batch, "lookup", [&] {
    batch.put(NFTA_LOOKUP_SET, std::string(set.name));
    batch.put(NFTA_LOOKUP_SREG, uint32_t{NFT_REG_1});
  });
  expression(batch, "counter", [] {});
  verdict(batch, NF_DROP);
}

template <typename Fill>
void put_rule(Batch& batch, const std::string& table, const Chain& chain, Fill fill) {
  batch.message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, [&] {
    batch.put(NFTA_RULE_TABLE, table);
    batch.put(NFTA_RULE_CHAIN, std::string(chain.name));
    batch.nest(NFTA_RULE_EXPRESSIONS, fill);
  });
}

// Router and neighbour solicitations and advertisements, and redirects (RFC 4861): without them no peer finds
// the master (RFC 5798 §6.4.3 (650)). Only ever whole packets: RFC 6980 forbids them in fragments.
void put_discovery_rule(Batch& batch, const std::string& table, const Chain& chain) {
  put_rule(batch, table, chain, [&] {
    load_meta(batch, NFT_META_L4PROTO, NFT_REG_1);
    compare(batch, NFT_CMP_EQ, IPPROTO_ICMPV6);
    load_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
    compare(batch, NFT_CMP_GTE, ND_ROUTER_SOLICIT);
    compare(batch, NFT_CMP_LTE, ND_REDIRECT);
    verdict(batch, NF_ACCEPT);
  });
}

void put_chain(Batch& batch, const std::string& table, const Chain& chain, int32_t priority) {
  batch.message(NFT_MSG_NEWCHAIN, NLM_F_CREATE, [&] {
    batch.put(NFTA_CHAIN_TABLE, table);
    batch.put(NFTA_CHAIN_NAME, std::string(chain.name));
    batch.nest(NFTA_CHAIN_HOOK, [&] {
      batch.put(NFTA_HOOK_HOOKNUM, chain.hook);
      batch.put(NFTA_HOOK_PRIORITY, static_cast<uint32_t>(priority));
    });
    batch.put(NFTA_CHAIN_POLICY, uint32_t{NF_ACCEPT});
    batch.put(NFTA_CHAIN_TYPE, std::string("filter"));
  });
  put_rule(batch, table, chain, [&] {
    family_is(batch, NFPROTO_IPV4);
    load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, chain.v4_offset, 4);
    drop_if_in(batch, kV4);
  });
  put_discovery_rule(batch, table, chain);
  put_rule(batch, table, chain, [&] {
    family_is(batch, NFPROTO_IPV6);
    load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, chain.v6_offset, 16);
    drop_if_in(batch, kV6);
  });
  put_rule(batch, table, chain, [&] {
    family_is(batch, NFPROTO_IPV6);
    load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, chain.v6_offset, 16);
    load_meta(batch, chain.interface_key, NFT_REG_2);  // behind the 16 bytes of NFT_REG_1: one key
    drop_if_in(batch, kLinkLocal);
  });
}

// The first attribute of that type at or inside `from`; nullptr where there is none.
const nlattr* find(const void* from, size_t length, uint16_t type) {
  const auto* at = static_cast<const nlattr*>(from);
  for (int left = static_cast<int>(length); mnl_attr_ok(at, left);) {
    if (mnl_attr_get_type(at) == type) return at;
    left -= static_cast<int>(MNL_ALIGN(at->nla_len));
    at = mnl_attr_next(at);
  }
  return nullptr;
}

const nlattr* inside(const nlattr* outer, uint16_t type) {
  return outer == nullptr ? nullptr
                          : find(mnl_attr_get_payload(outer), mnl_attr_get_payload_len(outer), type);
}

}  // namespace

const std::array<const FilterSet*, 3> kFilterSets{&kV4, &kV6, &kLinkLocal};

void put_table(Batch& batch, const std::string& table, uint32_t flags, int32_t priority) {
  batch.message(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, [&] {
    batch.put(NFTA_TABLE_NAME, table);
    batch.put(NFTA_TABLE_FLAGS, flags);
  });
  uint32_t id = 0;
  for (const FilterSet* set : kFilterSets)
    batch.message(NFT_MSG_NEWSET, NLM_F_CREATE, [&] {
      batch.put(NFTA_SET_TABLE, table);
      batch.put(NFTA_SET_NAME, std::string(set->name));
      batch.put(NFTA_SET_ID, ++id);
      batch.put(NFTA_SET_KEY_TYPE, set->type);
      batch.put(NFTA_SET_KEY_LEN, set->key_bytes);
    });
  put_chain(batch, table, kIn, priority);
  put_chain(batch, table, kOut, priority);
}

void delete_table(Batch& batch, const std::string& table) {
  batch.message(NFT_MSG_DELTABLE, 0, [&] { batch.put(NFTA_TABLE_NAME, table); });
}

void put_elements(Batch& batch, uint16_t type, uint16_t flags, const std::string& table,
                  const std::vector<FilteredAddress>& addresses) {
  for (const FilterSet* set : kFilterSets) {
    std::vector<const FilteredAddress*> mine;
    for (const auto& one : addresses)
      if (&set_of(one.address) == set) mine.push_back(&one);
    for (size_t first = 0; first < mine.size(); first += kFilterElementsPerMessage) {
      const size_t end = std::min(mine.size(), first + kFilterElementsPerMessage);
      batch.message(type, flags, [&] {
        batch.put(NFTA_SET_ELEM_LIST_TABLE, table);
        batch.put(NFTA_SET_ELEM_LIST_SET, std::string(set->name));
        batch.nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&] {
          for (size_t i = first; i < end; i++)
            batch.nest(NFTA_LIST_ELEM, [&] {
              batch.nest(NFTA_SET_ELEM_KEY, [&] { batch.put(NFTA_DATA_VALUE, key_of(*mine[i])); });
            });
        });
      });
    }
  }
}

void read_elements(const nlmsghdr* message, const FilterSet& set, std::vector<FilteredAddress>& into) {
  constexpr size_t kBefore = sizeof(nfgenmsg);
  if (mnl_nlmsg_get_payload_len(message) < kBefore) return;
  const nlattr* list = find(mnl_nlmsg_get_payload_offset(message, kBefore),
                            mnl_nlmsg_get_payload_len(message) - kBefore, NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  const auto* element = static_cast<const nlattr*>(mnl_attr_get_payload(list));
  for (int left = mnl_attr_get_payload_len(list); mnl_attr_ok(element, left);
       element = mnl_attr_next(element)) {
    left -= static_cast<int>(MNL_ALIGN(element->nla_len));
    const nlattr* value = inside(inside(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
    if (value == nullptr || mnl_attr_get_payload_len(value) < set.key_bytes) continue;
    const auto* key = static_cast<const uint8_t*>(mnl_attr_get_payload(value));
    const auto address = IpAddress::from_bytes({key, std::min<size_t>(set.key_bytes, 16)});
    if (!address) continue;
    FilteredAddress one{*address, ""};
    if (set.key_bytes > 16) {
      const auto* name = reinterpret_cast<const char*>(key + 16);
      one.interface.assign(name, strnlen(name, IFNAMSIZ));
    }
    into.push_back(std::move(one));
  }
}

}  // namespace xlb::host
