// How the control side writes what the packet path reads: a word at a time, each after all that was written
// before it.
//
// A process may be killed between any two of them. So every prefix of the stores of a change is something
// that the packet path can work with, and that a Tables made over it (adoption) brings to an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

// A function apart: the tests end a change at each of its calls (native/test/killed_test.cc).
extern "C" void xlb_store(void* word, uint64_t value, size_t bytes);

namespace xlb {

// Makes `value`, and everything written before it, visible to the packet path.
template <typename T>
void store(T* word, T value) {
  static_assert(std::is_integral_v<T>);
  xlb_store(word, static_cast<uint64_t>(value), sizeof(T));
}

}  // namespace xlb
