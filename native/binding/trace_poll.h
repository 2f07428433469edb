// Decisions of a Forwarder on the event loop: calls a JavaScript function with a Uint8Array of records, as
// they come, and with an error where no more will.
//
// Started, it keeps the loop alive. Thread rule: all on the environment's thread.
#pragma once

#include <napi.h>

#include "native/binding/readable_poll.h"
#include "native/datapath/trace_reader.h"

namespace xlb::binding {

class TracePoll : private ReadablePoll::Handler {
 public:
  // `reader` must live until stop(). Started already: goes on with the new functions.
  Status start(Napi::Env env, TraceReader* reader, const Napi::Object& listener);
  void stop();

 private:
  void on_readable(bool failed) override;
  void on_environment_end() override;
  void call(Napi::Env env, const char* method, Napi::Value argument);

  TraceReader* reader_ = nullptr;
  ReadablePoll poll_;
  Napi::ObjectReference listener_;
};

}  // namespace xlb::binding
