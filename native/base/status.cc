#include "native/base/status.h"

#include <cstring>

namespace xlb {

std::string error_text(int error_number) {
  const char* text = ::strerrordesc_np(error_number);
  return text != nullptr ? text : "error " + std::to_string(error_number);
}

Status Status::system(std::string attempted, int error_number, std::string detail) {
  std::string reason = error_text(error_number);
  if (!detail.empty()) reason += " (" + detail + ")";
  return {Kind::kSystem, error_number, std::move(attempted), std::move(reason)};
}

}  // namespace xlb
