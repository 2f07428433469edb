// A thread that listens to rtnetlink and keeps what changed until someone takes it.
//
// From start() on nothing is missed: a list read after it, plus the events, is the present state. When
// messages were lost (the socket's buffer or kMonitorEventsMax overflowed) an Overrun says so.
//
// Thread rule: start(), take() and stop() on the owner's thread; `on_ready` is called on the monitor's own,
// when events are waiting and the owner has taken all earlier ones. It must not wait for the owner.
#pragma once

#include <libmnl/libmnl.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "native/base/limits.h"
#include "native/base/status.h"
#include "native/base/thread.h"
#include "native/base/unique_fd.h"
#include "native/host/host_state.h"

namespace xlb::host {

class NetlinkMonitor {
 public:
  NetlinkMonitor() = default;
  ~NetlinkMonitor() { stop(); }

  Status start(std::function<void()> on_ready);

  // What changed since the last take(), in the kernel's order; route changes stand for all of them once.
  std::vector<HostEvent> take();

  // Returns when the thread is gone. May be called again.
  void stop();

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };

  Status open_socket();
  void run();
  void receive_waiting(std::vector<HostEvent>& events);
  void publish(std::vector<HostEvent> events);

  std::unique_ptr<mnl_socket, Closer> socket_;
  UniqueFd stop_signal_;
  std::function<void()> on_ready_;
  std::vector<char> buffer_;
  Thread thread_;

  std::mutex mutex_;
  std::vector<HostEvent> waiting_;  // guarded by mutex_
};

}  // namespace xlb::host
