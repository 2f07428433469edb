// announce, setThreadScheduling, lockInstance, lockDirectory, isBpfFilesystem, sendDatagram, xdpFeatures
// and execInNetworkNamespace of src/addon/addon.ts.
#include <napi.h>

#include <memory>

#include "native/base/limits.h"
#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/throw_status.h"
#include "native/host/announce.h"
#include "native/host/datagram.h"
#include "native/host/file_system.h"
#include "native/host/instance_lock.h"
#include "native/host/network_namespace.h"
#include "native/host/thread_scheduling.h"
#include "native/host/xdp_features.h"

namespace xlb::binding {
namespace {

Napi::Value announce(const Napi::CallbackInfo& info) {
  Arguments args(info, "announce(index: number, address: string, count: number)");
  const uint32_t index = args.uint32(0, 1, INT32_MAX);
  const IpAddress address = args.address(1);
  const uint32_t count = args.uint32(2, 1, kAnnounceCountMax);
  if (!args.ok()) return {};
  if (Status status = host::announce(index, address, count); !status.ok())
    return throw_status(info.Env(), status);
  return info.Env().Undefined();
}

Napi::Value xdp_features(const Napi::CallbackInfo& info) {
  Arguments args(info, "xdpFeatures(index: number)");
  const uint32_t index = args.uint32(0, 1, INT32_MAX);
  if (!args.ok()) return {};
  const Result<std::optional<host::XdpFeatures>> features = host::xdp_features(index);
  if (!features.ok()) return throw_status(info.Env(), features.status());
  if (!features->has_value()) return info.Env().Undefined();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("native", (*features)->native);
  object.Set("zeroCopy", (*features)->zero_copy);
  return object;
}

constexpr uint32_t kProcessorMax = 1023;  // what a cpu_set_t holds

Napi::Value set_thread_scheduling(const Napi::CallbackInfo& info) {
  Arguments args(info, "setThreadScheduling(scheduling: ThreadScheduling)");
  const Fields fields = args.object(0);
  host::ThreadScheduling scheduling;
  if (fields.has("realTime")) {
    const Fields real_time = fields.object("realTime");
    scheduling.real_time_priority = static_cast<int>(real_time.uint32("priority", 1, 99));
    scheduling.real_time_limit_us = real_time.optional_uint32("limitUs", 1);
  }
  scheduling.nice = fields.optional_int32("nice", -20, 19);
  if (fields.has("processors")) scheduling.processors = fields.uint32s("processors", kProcessorMax);
  scheduling.lock_memory = fields.flag("lockMemory");
  if (!args.ok()) return {};
  if (Status status = host::set_thread_scheduling(scheduling); !status.ok())
    return throw_status(info.Env(), status);
  return info.Env().Undefined();
}

// { release() }. Collecting it does not release: see host::InstanceLock.
Napi::Object lock_object(Napi::Env env, host::InstanceLock taken) {
  auto lock = std::make_shared<host::InstanceLock>(std::move(taken));
  Napi::Object object = Napi::Object::New(env);
  object.Set("release",
             Napi::Function::New(env, [lock](const Napi::CallbackInfo&) { lock->release(); }, "release"));
  return object;
}

Napi::Value lock_answer(Napi::Env env, Result<host::LockOutcome> outcome) {
  if (!outcome.ok()) return throw_status(env, outcome.status());
  Napi::Object answer = Napi::Object::New(env);
  if (auto* lock = std::get_if<host::InstanceLock>(&*outcome))
    answer.Set("lock", lock_object(env, std::move(*lock)));
  else
    answer.Set("heldBy", std::get<host::LockHolder>(*outcome).pid);
  return answer;
}

Napi::Value lock_instance(const Napi::CallbackInfo& info) {
  Arguments args(info, "lockInstance(path: string)");
  const std::string path = args.string(0);
  if (!args.ok()) return {};
  return lock_answer(info.Env(), host::lock_instance(path));
}

Napi::Value lock_directory(const Napi::CallbackInfo& info) {
  Arguments args(info, "lockDirectory(path: string)");
  const std::string path = args.string(0);
  if (!args.ok()) return {};
  return lock_answer(info.Env(), host::lock_directory(path));
}

Napi::Value is_bpf_filesystem(const Napi::CallbackInfo& info) {
  Arguments args(info, "isBpfFilesystem(path: string)");
  const std::string path = args.string(0);
  if (!args.ok()) return {};
  const Result<bool> answer = host::is_bpf_filesystem(path);
  if (!answer.ok()) return throw_status(info.Env(), answer.status());
  return Napi::Boolean::New(info.Env(), *answer);
}

Napi::Value send_datagram(const Napi::CallbackInfo& info) {
  Arguments args(info, "sendDatagram(path: string, bytes: Uint8Array)");
  const std::string path = args.string(0);
  const std::span<const uint8_t> bytes = args.bytes(1);
  if (!args.ok()) return {};
  if (Status status = host::send_datagram(path, bytes); !status.ok()) return throw_status(info.Env(), status);
  return info.Env().Undefined();
}

// Answers only by throwing.
Napi::Value exec_in_network_namespace(const Napi::CallbackInfo& info) {
  Arguments args(info, "execInNetworkNamespace(options: { path: string; argv: string[] })");
  const Fields options = args.object(0);
  const std::string path = options.string("path");
  const std::vector<std::string> argv = options.strings("argv");
  if (!args.ok()) return {};
  return throw_status(info.Env(), host::exec_in_network_namespace(path, argv));
}

}  // namespace

void init_host_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("announce", Napi::Function::New<announce>(env, "announce"));
  exports.Set("setThreadScheduling", Napi::Function::New<set_thread_scheduling>(env, "setThreadScheduling"));
  exports.Set("lockInstance", Napi::Function::New<lock_instance>(env, "lockInstance"));
  exports.Set("lockDirectory", Napi::Function::New<lock_directory>(env, "lockDirectory"));
  exports.Set("isBpfFilesystem", Napi::Function::New<is_bpf_filesystem>(env, "isBpfFilesystem"));
  exports.Set("xdpFeatures", Napi::Function::New<xdp_features>(env, "xdpFeatures"));
  exports.Set("sendDatagram", Napi::Function::New<send_datagram>(env, "sendDatagram"));
  exports.Set("execInNetworkNamespace",
              Napi::Function::New<exec_in_network_namespace>(env, "execInNetworkNamespace"));
}

}  // namespace xlb::binding
