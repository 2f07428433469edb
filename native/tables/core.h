// The packet core, as C++ sees it. It is C with GNU extensions; its warnings are clang's business
// (bpf.cmake).
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "bpf/core/entry.h"
#pragma GCC diagnostic pop
