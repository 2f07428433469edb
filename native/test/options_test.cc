// Options are changed by the control side, the packet path and the AF_XDP threads at the same time.
#include <thread>

#include "native/datapath/engine.h"
#include "native/tables/tables.h"
#include "native/test/check.h"

namespace xlb::test {
namespace {

// The packet path and the AF_XDP threads change theirs at the same time.
void options_keep_what_others_change() {
  const std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  Tables tables(engine->tables());
  uint32_t* const options = &engine->tables().settings->options;
  constexpr uint32_t kTurns = 200'000;
  uint32_t lost = 0;
  std::thread other([&] {
    for (uint32_t turn = 0; turn < kTurns; turn++) {
      __atomic_fetch_or(options, XLB_OPTION_STEER, __ATOMIC_RELAXED);
      lost += (__atomic_fetch_and(options, ~XLB_OPTION_STEER, __ATOMIC_RELAXED) & XLB_OPTION_STEER) == 0;
    }
  });
  Settings settings;
  settings.options_given = XLB_OPTION_EXPIRE_NODEST_CONN;
  for (uint32_t turn = 0; turn < kTurns; turn++) {
    settings.options = turn % 2 == 0 ? XLB_OPTION_EXPIRE_NODEST_CONN : 0;
    settings.conn_reuse_mode = turn % 4;
    tables.set_options(settings);
    const uint32_t mine = XLB_OPTION_EXPIRE_NODEST_CONN | XLB_OPTION_REUSE | XLB_OPTION_REUSE_FIN_WAIT;
    const uint32_t wanted = settings.options | (turn % 4 != 0 ? XLB_OPTION_REUSE : 0) |
                            (turn % 4 >= 2 ? XLB_OPTION_REUSE_FIN_WAIT : 0);
    CHECK_EQUAL(*options & mine, wanted);
  }
  other.join();
  CHECK_EQUAL(lost, 0U);
  CHECK_EQUAL(*options & XLB_OPTION_STEER, 0U);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("changes options and leaves those to others that they change meanwhile",
     options_keep_what_others_change);
}
