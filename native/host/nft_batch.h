// One nf_tables transaction: messages that the kernel applies all together or not at all.
//
//   Batch batch;
//   batch.message(NFT_MSG_NEWTABLE, NLM_F_CREATE, [&] { batch.put(NFTA_TABLE_NAME, name); });
//
// Numbers in attributes are big-endian (nf_tables_api.c reads them with ntohl).
#pragma once

// Before the kernel's headers, which leave out what it defines.
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace xlb::host {

class Batch {
 public:
  // `fill` puts the attributes. Every message asks for its acknowledgement, so that the last one tells the
  // end.
  template <typename Fill>
  void message(uint16_t type, uint16_t flags, Fill fill) {
    open(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type),
         static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), NFPROTO_INET, 0);
    fill();
    close();
  }
  void begin() { edge(NFNL_MSG_BATCH_BEGIN); }
  void end() { edge(NFNL_MSG_BATCH_END); }

  void put(uint16_t type, std::span<const uint8_t> bytes) {
    header(type, bytes.size());
    append(bytes);
  }
  void put(uint16_t type, const std::string& text) {
    put(type, {reinterpret_cast<const uint8_t*>(text.c_str()), text.size() + 1});
  }
  void put(uint16_t type, uint32_t value) {
    const uint32_t wire = htonl(value);
    put(type, {reinterpret_cast<const uint8_t*>(&wire), sizeof wire});
  }

  // What `fill` puts stands inside an attribute of this type: 65,535 bytes at most.
  template <typename Fill>
  void nest(uint16_t type, Fill fill) {
    const size_t at = bytes_.size();
    header(static_cast<uint16_t>(type | NLA_F_NESTED), 0);
    fill();
    const auto length = static_cast<uint16_t>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
  }

  void set_first_sequence(uint32_t sequence) { sequence_ = sequence; }
  [[nodiscard]] uint32_t last_sequence() const { return sequence_; }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  void append(std::span<const uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize((bytes_.size() + 3) & ~size_t{3});
  }
  void header(uint16_t type, size_t payload) {
    const nlattr attribute{static_cast<uint16_t>(sizeof(nlattr) + payload), type};
    append({reinterpret_cast<const uint8_t*>(&attribute), sizeof attribute});
  }
  void open(uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
    message_ = bytes_.size();
    const nlmsghdr header{0, type, flags, ++sequence_, 0};
    append({reinterpret_cast<const uint8_t*>(&header), sizeof header});
    const nfgenmsg generic{family, NFNETLINK_V0, htons(resource)};
    append({reinterpret_cast<const uint8_t*>(&generic), sizeof generic});
  }
  void close() {
    const auto length = static_cast<uint32_t>(bytes_.size() - message_);
    std::memcpy(bytes_.data() + message_, &length, sizeof length);
  }
  void edge(uint16_t type) {
    open(type, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    close();
  }

  std::vector<uint8_t> bytes_;
  size_t message_ = 0;
  uint32_t sequence_ = 0;
};

}  // namespace xlb::host
