// AddressFilter of src/addon/addon.ts over host::AddressFilter.
#include <napi.h>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/throw_status.h"
#include "native/host/address_filter.h"

namespace xlb::binding {
namespace {

constexpr int32_t kPriority = -1;  // before the host's own rules, as keepalived's

class AddressFilterObject : public Napi::ObjectWrap<AddressFilterObject> {
 public:
  static constexpr const char* kName = "AddressFilter";

  explicit AddressFilterObject(const Napi::CallbackInfo& info) : ObjectWrap(info), filter_("", kPriority) {
    Arguments args(info, "AddressFilter(options: { table: string })");
    const Fields options = args.object(0);
    const std::string table = options.string("table");
    if (args.ok()) filter_ = host::AddressFilter(table, kPriority);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&AddressFilterObject::check>("check"),
                           InstanceMethod<&AddressFilterObject::addresses>("addresses"),
                           InstanceMethod<&AddressFilterObject::replace>("replace"),
                           InstanceMethod<&AddressFilterObject::add>("add"),
                           InstanceMethod<&AddressFilterObject::remove>("remove"),
                           InstanceMethod<&AddressFilterObject::close>("close"),
                       });
  }

 private:
  using Change = Status (host::AddressFilter::*)(const std::vector<host::FilteredAddress>&);

  Napi::Value apply(const Napi::CallbackInfo& info, const char* signature, Change change) {
    Arguments args(info, signature);
    std::vector<host::FilteredAddress> addresses;
    args.each(0, [&](const Fields& one) {
      addresses.push_back({one.address("address"), one.string("interface")});
    });
    if (!args.ok()) return {};
    return answer(info, (filter_.*change)(addresses));
  }

  static Napi::Value answer(const Napi::CallbackInfo& info, const Status& status) {
    return status.ok() ? info.Env().Undefined() : throw_status(info.Env(), status);
  }

  Napi::Value check(const Napi::CallbackInfo& info) { return answer(info, filter_.check()); }

  Napi::Value addresses(const Napi::CallbackInfo& info) {
    const auto found = filter_.addresses();
    if (!found.ok()) return throw_status(info.Env(), found.status());
    const Napi::Array list = Napi::Array::New(info.Env(), found->size());
    for (size_t i = 0; i < found->size(); i++) {
      Napi::Object one = Napi::Object::New(info.Env());
      one.Set("address", (*found)[i].address.to_string());
      one.Set("interface", (*found)[i].interface);
      list.Set(static_cast<uint32_t>(i), one);
    }
    return list;
  }

  Napi::Value replace(const Napi::CallbackInfo& info) {
    return apply(info, "replace(addresses: FilteredAddress[])", &host::AddressFilter::replace);
  }
  Napi::Value add(const Napi::CallbackInfo& info) {
    return apply(info, "add(addresses: FilteredAddress[])", &host::AddressFilter::add);
  }
  Napi::Value remove(const Napi::CallbackInfo& info) {
    return apply(info, "remove(addresses: FilteredAddress[])", &host::AddressFilter::remove);
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    filter_.close();
    return info.Env().Undefined();
  }

  host::AddressFilter filter_;
};

}  // namespace

void init_address_filter(Napi::Env env, Napi::Object exports) {
  exports.Set(AddressFilterObject::kName, AddressFilterObject::define(env));
}

}  // namespace xlb::binding
