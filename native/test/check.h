// Assertions of the test programs: say what was wrong and where, and end with exit code 1 (abort() under the
// fuzzer, which keeps the input).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace xlb::test {

[[noreturn]] inline void fail(const char* file, int line, std::string_view what) {
  std::fflush(stdout);
  std::cerr << file << ':' << line << ": " << what << std::endl;
  std::abort();
}

template <typename A, typename B>
void check_equal(const A& actual, const B& expected, const char* file, int line, const char* what) {
  if (actual == expected) return;
  std::cerr << "  is " << +actual << ", expected " << +expected << '\n';
  fail(file, line, what);
}

// Runs one case, named by a sentence.
template <typename Body>
void it(const char* sentence, Body body) {
  std::cout << "it " << sentence << std::endl;
  body();
}

}  // namespace xlb::test

#define CHECK(condition) ((condition) ? (void)0 : ::xlb::test::fail(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(actual, expected) \
  ::xlb::test::check_equal((actual), (expected), __FILE__, __LINE__, #actual " == " #expected)
