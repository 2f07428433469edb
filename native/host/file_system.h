// What kind of file system a path is on.
#pragma once

#include <string>

#include "native/base/result.h"

namespace xlb::host {

// False also where the path does not exist: nothing can be pinned there either.
Result<bool> is_bpf_filesystem(const std::string& path);

}  // namespace xlb::host
