// Going on in another network namespace.
#pragma once

#include <string>
#include <vector>

#include "native/base/status.h"

namespace xlb::host {

// Becomes `argv` (argv[0]: the program's path) in the network namespace that `path` names. Returns only where
// that failed. The process keeps its id. A thread cannot take the others along, hence exec and not setns
// alone.
Status exec_in_network_namespace(const std::string& path, const std::vector<std::string>& argv);

}  // namespace xlb::host
