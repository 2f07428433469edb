// Thousands of TCP connections at once, each for one attempt of a check: connects, and then closes, or hands
// the socket over, or sends a request and brings what comes back. Each has one deadline for all of it. Never
// blocks.
//
// A connection is closed in order: what accepts it may be slow to look who came. That leaves a TIME_WAIT of a
// minute on the director; the table of those must not fill, and a source port that is asked for must be free
// for the next attempt. So with one, and beyond kTcpLingeringPerSecond, the kernel is to forget the socket
// once its FIN is acknowledged (TCP_LINGER2 below 0); it resets then what comes still.
//
// Thread rule: one user at a time. Sockets belong to the network namespace of the thread that starts them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"
#include "native/host/probe_origin.h"

namespace xlb::host {

struct TcpProbe {
  IpAddress destination;
  uint16_t port = 0;
  ProbeOrigin origin;
  uint32_t timeout_ms = 0;
  bool hands_over = false;  // once connected it waits for release(), for as long as that takes
  std::string request;      // not empty: sent once connected, and everything that comes is brought
};

struct TcpEvent {
  // The numbers are those of src/addon/tcp_probes.ts.
  enum class Kind : uint32_t {
    kConnected = 0,  // the last one, unless a request is sent
    kData = 1,
    kEnd = 2,      // the peer has closed; last
    kFailed = 3,   // last; `error` is an errno
    kTimeout = 4,  // last
  };

  uint32_t id = 0;
  Kind kind = Kind::kConnected;
  bool connected = false;  // kFailed, kTimeout: it happened after that
  int error = 0;
  std::vector<uint8_t> bytes;  // of kData
};

class TcpProbes {
 public:
  Status open();
  void close();  // and all that is under way, without a word
  [[nodiscard]] bool is_open() const { return epoll_.valid(); }

  // Readable when take_events() has something to bring, or to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }

  // Its number, which events bear. An error says why there can be no such socket: no descriptor, address,
  // interface. What keeps it from being connected comes as an event. REQUIRES: is_open().
  Result<uint32_t> start(const TcpProbe& probe);

  // What has happened since, at most kTcpEventsMax connections' worth, and what is late.
  std::vector<TcpEvent> take_events();

  // Closes a connection; no event of it comes any more. Does nothing for one that has had its last.
  void stop(uint32_t id);

  // The descriptor of a connection that hands_over and is connected: the caller's from now on. -1: there is
  // no such.
  [[nodiscard]] int release(uint32_t id);

  // Under way, or waiting for release().
  [[nodiscard]] size_t size() const { return connections_.size(); }

 private:
  struct Connection {
    UniqueFd fd;
    uint64_t deadline = 0;  // monotonic_nanoseconds()
    bool connected = false;
    bool hands_over = false;
    std::string request;  // what is left to be sent
    bool exchanges = false;
  };
  using Connections = std::unordered_map<uint32_t, Connection>;

  void handle(uint32_t id, uint32_t ready, std::vector<TcpEvent>* events);
  void connected(Connections::iterator at, std::vector<TcpEvent>* events);
  void exchange(Connections::iterator at, uint32_t ready, std::vector<TcpEvent>* events);
  bool send_request(Connections::iterator at, std::vector<TcpEvent>* events);
  void receive(Connections::iterator at, std::vector<TcpEvent>* events);
  void fail(Connections::iterator at, int error, std::vector<TcpEvent>* events);
  void remove(Connections::iterator at);
  void take_late(std::vector<TcpEvent>* events);
  void take_last(Connections::iterator at, std::vector<TcpEvent>* events);
  void wake_by(uint64_t deadline);
  bool may_linger(uint64_t now);

  UniqueFd epoll_;
  UniqueFd timer_;
  uint64_t wakes_at_ = 0;  // what timer_ is set to; 0: nothing
  uint64_t second_began_ = 0;
  uint32_t lingering_ = 0;  // of the connections begun in this second
  uint32_t last_id_ = 0;
  Connections connections_;
  std::set<std::pair<uint64_t, uint32_t>> deadlines_;
  std::vector<std::pair<uint32_t, int>> refused_;  // by connect(2) itself: told with the next events
};

}  // namespace xlb::host
