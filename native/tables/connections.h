// Flows and templates as ipvsadm -Lc lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "native/tables/tables.h"

namespace xlb {

// A connection, or a template (client port 0). The times are those of the packet path's clock.
struct Connection {
  const char* protocol = "";  // "TCP", "UDP", "IP": a template of a fwmark service
  uint32_t seconds = 0;       // until it expires
  uint8_t state = 0;          // enum xlb_flow_state
  IpAddress client;
  uint16_t client_port = 0;
  IpAddress virtual_address;  // template of a fwmark service: the mark
  uint16_t virtual_port = 0;
  IpAddress real_server;
  uint16_t real_port = 0;
  bool active = false;
};

// Calls `take` for every live slot of a stretch of the flow table or of the templates.
void each_connection(const xlb_tables& tables, std::span<const xlb_flow_bucket> buckets, uint32_t now,
                     const SlotNames& names, const std::function<void(const Connection&)>& take);

// The state's name in ipvsadm's list.
const char* listed_state(uint8_t state);

// Fields parted by tabs, with a newline (ConnectionEntry of src/addon/addon.ts).
void append_line(std::string* text, const Connection& connection);

}  // namespace xlb
