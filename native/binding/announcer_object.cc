// Announcer of src/addon/addon.ts over host::Announcer.
#include <napi.h>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/throw_status.h"
#include "native/host/announce.h"

namespace xlb::binding {
namespace {

class AnnouncerObject : public Napi::ObjectWrap<AnnouncerObject> {
 public:
  static constexpr const char* kName = "Announcer";

  explicit AnnouncerObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (Status status = announcer_.open(); !status.ok()) throw_status(info.Env(), status);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&AnnouncerObject::send>("send"),
                           InstanceMethod<&AnnouncerObject::close>("close"),
                       });
  }

 private:
  Napi::Value send(const Napi::CallbackInfo& info) {
    Arguments args(info, "send(announcement: Announcement)");
    const Fields fields = args.object(0);
    const uint32_t index = fields.uint32("index", 1, INT32_MAX);
    const IpAddress address = fields.address("address");
    std::optional<MacAddress> mac;
    if (fields.has("mac")) mac = fields.mac("mac");
    if (!args.ok()) return {};
    if (Status status = announcer_.send(index, address, mac); !status.ok())
      return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    announcer_.close();
    return info.Env().Undefined();
  }

  host::Announcer announcer_;
};

}  // namespace

void init_announcer(Napi::Env env, Napi::Object exports) {
  exports.Set(AnnouncerObject::kName, AnnouncerObject::define(env));
}

}  // namespace xlb::binding
