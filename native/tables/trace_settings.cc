#include "native/tables/trace_settings.h"

#include "native/tables/records.h"

namespace xlb {
namespace {

xlb_trace_net net_of(const std::optional<TraceNet>& net) {
  xlb_trace_net record{};
  if (!net.has_value()) return record;
  record.mask = mask_of(net->prefix, net->length);
  record.prefix = to_address(net->prefix);
  for (int i = 0; i < 2; i++) record.prefix.half[i] &= record.mask.half[i];
  return record;
}

xlb_trace_term record_of(const TraceTerm& term) {
  xlb_trace_term record{};
  const auto negated = [&](const auto& one, uint32_t bit) {
    if (one.has_value() && one->negated) record.negated |= bit;
  };
  const auto port = [](const std::optional<TraceNumber>& one) {
    return one.has_value() ? network_order(one->value) : static_cast<uint16_t>(0);
  };
  record.client = net_of(term.client);
  record.virtual_address = net_of(term.virtual_address);
  record.host = net_of(term.host);
  record.client_port = port(term.client_port);
  record.virtual_port = port(term.virtual_port);
  record.port = port(term.port);
  record.protocol = term.protocol.has_value() ? static_cast<uint8_t>(term.protocol->value) : 0;
  record.version = term.version;
  record.fwmark = term.fwmark;
  record.verdicts = term.verdicts;
  record.fresh = term.fresh;
  negated(term.client, XLB_TRACE_CLIENT);
  negated(term.virtual_address, XLB_TRACE_VIRTUAL);
  negated(term.host, XLB_TRACE_HOST);
  negated(term.client_port, XLB_TRACE_CLIENT_PORT);
  negated(term.virtual_port, XLB_TRACE_VIRTUAL_PORT);
  negated(term.port, XLB_TRACE_PORT);
  negated(term.protocol, XLB_TRACE_PROTOCOL);
  return record;
}

// 0 is what says that there is none.
uint32_t lease_from(uint32_t now) { return (now + kTraceLeaseSeconds * XLB_CLOCK_SECOND) | 1U; }

}  // namespace

void begin_trace(const xlb_tables& tables, const TraceSettings& settings, uint32_t now) {
  constexpr uint64_t kSecond = uint64_t{XLB_CLOCK_SECOND} << 16;
  xlb_trace& trace = *tables.trace;
  store(&trace.terms, 0U);  // none is read half old and half new
  for (size_t i = 0; i < settings.terms.size(); i++) trace.term[i] = record_of(settings.terms[i]);
  const uint64_t cost = settings.per_second == 0 ? 0 : kSecond / settings.per_second;
  store(&trace.snap, settings.snap);
  store(&trace.burst, static_cast<__u64>(kSecond / 4));
  store(&trace.due, static_cast<__u64>(now) << 16);
  store(&trace.cost, static_cast<uint32_t>(settings.per_second != 0 && cost == 0 ? 1 : cost));
  store(&trace.until, lease_from(now));
  store(&trace.terms, static_cast<uint32_t>(settings.terms.size()));
  __atomic_fetch_or(&tables.settings->options, XLB_OPTION_TRACE, __ATOMIC_RELEASE);
}

void renew_trace(const xlb_tables& tables, uint32_t now) {
  store(&tables.trace->until, lease_from(now));
  // A thread that slept for longer than the lease finds it ended.
  __atomic_fetch_or(&tables.settings->options, XLB_OPTION_TRACE, __ATOMIC_RELEASE);
}

void end_trace(const xlb_tables& tables) {
  store(&tables.trace->until, 0U);
  __atomic_fetch_and(&tables.settings->options, ~XLB_OPTION_TRACE, __ATOMIC_RELEASE);
}

TraceCounts trace_counts(const xlb_tables& tables) {
  TraceCounts counts;
  for (uint32_t row = 0; row < tables.rows; row++) {
    counts.limited += __atomic_load_n(&tables.counters[row].all.trace_limited, __ATOMIC_RELAXED);
    counts.lost += __atomic_load_n(&tables.counters[row].all.trace_lost, __ATOMIC_RELAXED);
  }
  return counts;
}

}  // namespace xlb
