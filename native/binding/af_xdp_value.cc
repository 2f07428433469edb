#include "native/binding/af_xdp_value.h"

#include <string>
#include <vector>

namespace xlb::binding {

Napi::Object af_xdp_value(Napi::Env env, const Forwarder& forwarder) {
  const std::vector<AfXdpInterface> interfaces = forwarder.af_xdp_interfaces();
  const AfXdpCounts counts = forwarder.af_xdp_counts();
  Napi::Array array = Napi::Array::New(env, interfaces.size());
  for (uint32_t i = 0; i < interfaces.size(); i++) {
    Napi::Object interface = Napi::Object::New(env);
    interface.Set("index", interfaces[i].ifindex);
    interface.Set("queues", interfaces[i].queues);
    interface.Set("zeroCopy", interfaces[i].zero_copy);
    array.Set(i, interface);
  }
  Napi::Object counters = Napi::Object::New(env);
  const auto set = [&](const char* name, uint64_t value) {
    counters.Set(name, Napi::Number::New(env, static_cast<double>(value)));
  };
  set("receiveFull", counts.receive_full);
  set("fillEmpty", counts.fill_empty);
  set("receiveOther", counts.receive_other);
  set("transmitFull", counts.transmit_full);
  set("transmitFailed", counts.transmit_failed);
  set("handedBack", counts.handed_back);
  set("handbackLost", counts.handback_lost);
  set("sentSlowly", counts.sent_slowly);
  set("held", counts.held);
  const std::vector<std::string> sentences = forwarder.af_xdp_refused();
  Napi::Array refused = Napi::Array::New(env, sentences.size());
  for (uint32_t i = 0; i < sentences.size(); i++) refused.Set(i, sentences[i]);
  Napi::Object object = Napi::Object::New(env);
  object.Set("interfaces", array);
  object.Set("holds", forwarder.holds());
  object.Set("refused", refused);
  object.Set("counts", counters);
  const Forwarder::Deaths deaths = forwarder.deaths();
  object.Set("deaths", Napi::Number::New(env, static_cast<double>(deaths.count)));
  if (deaths.count > 0) object.Set("lastDeath", deaths.last);
  return object;
}

}  // namespace xlb::binding
