#include "native/binding/trace_values.h"

#include <string>

#include "native/binding/members.h"
#include "native/binding/table_values.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kPortMax = 65535;

constexpr const char* kFlowStates[] = {
#define X(name, seconds, active) #name,
    XLB_FLOW_STATES(X)
#undef X
};

std::optional<TraceNet> read_net(const Fields& term, const char* name) {
  if (!term.has(name)) return std::nullopt;
  const Fields fields = term.object(name);
  TraceNet net;
  net.prefix = fields.address("address");
  net.length = static_cast<uint8_t>(fields.uint32("prefix", 0, net.prefix.max_prefix()));
  net.negated = fields.flag("negated");
  return net;
}

std::optional<TraceNumber> read_number(const Fields& term, const char* name, uint32_t maximum) {
  if (!term.has(name)) return std::nullopt;
  const Fields fields = term.object(name);
  TraceNumber number;
  number.value = static_cast<uint16_t>(fields.uint32("value", 1, maximum));
  number.negated = fields.flag("negated");
  return number;
}

TraceTerm read_term(const Fields& fields) {
  TraceTerm term;
  term.client = read_net(fields, "client");
  term.virtual_address = read_net(fields, "virtualAddress");
  term.host = read_net(fields, "host");
  term.client_port = read_number(fields, "clientPort", kPortMax);
  term.virtual_port = read_number(fields, "virtualPort", kPortMax);
  term.port = read_number(fields, "port", kPortMax);
  term.protocol = read_number(fields, "protocol", UINT8_MAX);
  term.version = static_cast<uint8_t>(fields.optional_uint32("version", 4, 6).value_or(0));
  term.fwmark = fields.optional_uint32("fwmark", 1).value_or(0);
  term.verdicts = fields.optional_uint32("verdicts").value_or(UINT32_MAX);
  if (fields.has("isNew")) term.fresh = fields.flag("isNew") ? 1 : 2;
  return term;
}

}  // namespace

TraceSettings read_trace(const Fields& fields) {
  TraceSettings settings;
  fields.each("terms", [&](const Fields& term) { settings.terms.push_back(read_term(term)); });
  if (settings.terms.empty() || settings.terms.size() > XLB_TRACE_TERMS)
    fields.fail("terms", "1 to " + std::to_string(XLB_TRACE_TERMS));
  settings.snap = fields.uint32("snap", 0, XLB_TRACE_WHOLE);
  settings.per_second = fields.uint32("perSecond");
  return settings;
}

void init_trace(Napi::Env env, Napi::Object exports) {
  Napi::Array states = Napi::Array::New(env, std::size(kFlowStates));
  for (uint32_t i = 0; i < std::size(kFlowStates); i++) states.Set(i, kFlowStates[i]);
  exports.Set("flowStates", states);
  exports.Set("verdicts", verdict_list(env));
}

}  // namespace xlb::binding
