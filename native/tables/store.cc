#include "native/tables/store.h"

#include <cstdlib>

extern "C" void xlb_store(void* word, uint64_t value, size_t bytes) {
  switch (bytes) {
    case 1:
      return __atomic_store_n(static_cast<uint8_t*>(word), static_cast<uint8_t>(value), __ATOMIC_RELEASE);
    case 2:
      return __atomic_store_n(static_cast<uint16_t*>(word), static_cast<uint16_t>(value), __ATOMIC_RELEASE);
    case 4:
      return __atomic_store_n(static_cast<uint32_t*>(word), static_cast<uint32_t>(value), __ATOMIC_RELEASE);
    case 8:
      return __atomic_store_n(static_cast<uint64_t*>(word), value, __ATOMIC_RELEASE);
    default:
      std::abort();
  }
}
