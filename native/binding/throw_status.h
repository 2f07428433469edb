// A Status as a JavaScript exception: the AddonError of src/addon/addon.ts.
#pragma once

#include <napi.h>

#include "native/base/status.h"

namespace xlb::binding {

// Throws an Error with the status' message, `code` and `errno`; answers with the empty value that a binding
// function then returns. REQUIRES: !status.ok().
Napi::Value throw_status(Napi::Env env, const Status& status);

// The error that throw_status throws.
Napi::Value to_error(Napi::Env env, const Status& status);

// Gives `error` its `code` and `errno` and throws it.
void throw_with_code(Napi::Error& error, Status::Kind kind, int error_number);

}  // namespace xlb::binding
