// Frames that wait for the neighbour of their real server, in the order they came. A real server that never
// answers keeps few of them, and for a short time; the kernel itself waits as long (three requests, one a
// second).
//
// Thread rule: one user at a time. Allocates at its beginning, and for real servers that are crowded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace xlb {

inline constexpr uint32_t kMostHeld = 256;  // a thread
inline constexpr uint32_t kMostHeldEach = 32;
inline constexpr uint64_t kLongestHeldNs = 3'000'000'000;

struct HeldFrame {
  uint64_t address = 0;  // its buffer stays the caller's
  uint32_t length = 0;
  uint32_t real_server = 0;
  uint32_t socket = 0;  // that it came by
  uint64_t since_ns = 0;
};

class HeldFrames {
 public:
  HeldFrames() { frames_.reserve(kMostHeld); }

  [[nodiscard]] bool empty() const { return frames_.empty(); }

  [[nodiscard]] bool has_room(uint32_t real_server) const {
    return frames_.size() < kMostHeld &&
           std::ranges::count(frames_, real_server, &HeldFrame::real_server) < kMostHeldEach;
  }

  // False: there is no room. `crowded(id, true)` where no further frame of its real server could be held,
  // whether it has many or all together are.
  template <typename Crowded>
  bool hold(const HeldFrame& frame, const Crowded& crowded) {
    const uint32_t id = frame.real_server;
    const bool holds = has_room(id);
    if (holds) frames_.push_back(frame);
    if (has_room(id)) return holds;
    crowded(id, true);
    if (std::ranges::find(crowded_, id) == crowded_.end()) crowded_.push_back(id);
    return holds;
  }

  // `crowded(id, false)` for those that were and are no more.
  template <typename Crowded>
  void relieve(const Crowded& crowded) {
    std::erase_if(crowded_, [&](uint32_t id) {
      if (!has_room(id)) return false;
      crowded(id, false);
      return true;
    });
  }

  // Gives those to `send` whose real server is `resolved`, and to `give_up` those that have waited for too
  // long.
  template <typename Resolved, typename Send, typename GiveUp>
  void look(uint64_t now_ns, const Resolved& resolved, const Send& send, const GiveUp& give_up) {
    std::erase_if(frames_, [&](const HeldFrame& frame) {
      if (resolved(frame.real_server)) {
        send(frame);
        return true;
      }
      if (now_ns - frame.since_ns < kLongestHeldNs) return false;
      give_up(frame);
      return true;
    });
  }

 private:
  std::vector<HeldFrame> frames_;
  std::vector<uint32_t> crowded_;
};

}  // namespace xlb
