// What is traced, and what was told: as src/addon/trace.ts declares them.
#pragma once

#include <napi.h>

#include "native/binding/arguments.h"
#include "native/tables/trace_settings.h"

namespace xlb::binding {

// Leaves a TypeError pending where something does not fit.
TraceSettings read_trace(const Fields& fields);

}  // namespace xlb::binding
