#include "native/datapath/wire_engine.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "native/base/clock.h"
#include "native/datapath/af_xdp/queue_threads.h"
#include "native/datapath/loaded_engine.h"
#include "native/datapath/trace_queue.h"
#include "native/host/frame_socket.h"

namespace xlb {
namespace {

constexpr uint64_t kPatienceNs = 5'000'000'000;  // longer than a packet waits for its neighbour
constexpr int kPatienceMs = 2'000;
constexpr int kAnswerMs = 1;  // that the program in the kernel makes: its softirq is done by then
constexpr useconds_t kStepUs = 10;
using host::FrameSocket;
using Frame = FrameSocket::Frame;

constexpr uint16_t kMarkType = 0x88b5;  // IEEE 802: for experiments

// The mark comes out behind all that was sent before it.
struct Mark {
  uint8_t addresses[2 * 6];
  uint16_t type;
  uint8_t padding[2];
  uint32_t number;
};

class WireEngine : public LoadedEngine {
 public:
  WireEngine(Loaded loaded, const Wire& wire, FrameSocket outside, FrameSocket inside)
      : LoadedEngine(std::move(loaded)),
        wire_(wire),
        outside_(std::move(outside)),
        inside_(std::move(inside)),
        processors_(program().queue_rows().first) {
    program().tables().set_sink(queue_.sink());
  }

  void controlled_by(Tables* control) override { control_ = control; }

  void empty() override {
    if (control_ != nullptr) control_->set_steering(Steering::kNone);
    steers_ = false;
    LoadedEngine::empty();
  }

  Result<Outcome> run(std::span<const uint8_t> frame, uint32_t ingress) override {
    if (ingress != wire_.inside)
      return Status::argument("run a frame from interface " + std::to_string(ingress),
                              "the wire's end is interface " + std::to_string(wire_.inside));
    if (Status status = steer(); !status.ok()) return status;
    const std::vector<uint64_t> before = counts();
    const uint64_t threads_before = by_threads();
    if (Status status = outside_.send(frame); !status.ok()) return status;
    const Result<xlb_verdict> verdict = verdict_since(before);
    if (!verdict.ok()) return verdict.status();
    const bool steered = by_threads() != threads_before;
    Result<Came> came = all_that_comes(action_of(*verdict), steered);
    if (!came.ok()) return came.status();
    if (wire_.path == WirePath::kTc && action_of(*verdict) != XLB_PASS) came->passed.clear();
    Result<Outcome> outcome = outcome_of(*verdict, frame, std::move(*came));
    if (outcome.ok()) outcome->steered = steered;
    return outcome;
  }

  Result<std::vector<uint8_t>> traced() override {
    Result<std::vector<uint8_t>> records = LoadedEngine::traced();
    if (records.ok()) queue_.take(&*records);
    return records;
  }

 protected:
  Status open_trace() override {
    if (Status status = queue_.open(); !status.ok()) return status;
    return LoadedEngine::open_trace();
  }

 private:
  struct Came {
    std::vector<Frame> out;
    std::vector<Frame> passed;  // to the stack
  };

  // What the tables were emptied of as well.
  Status steer() {
    if (steers_) return {};
    if (tables().interfaces[wire_.inside % XLB_MAX_INTERFACES].ifindex != wire_.inside)
      return Status::argument("take frames of interface " + std::to_string(wire_.inside), "it was never set");
    if (!attached_) {
      if (Status status = attach(); !status.ok()) return status;
      attached_ = true;
    }
    if (wire_.path != WirePath::kAfXdp) return {};
    if (threads_ == nullptr) {
      QueueThreads::Options options{.wanted = {.attached = {wire_.inside}, .egress = {}},
                                    .purpose = QueueThreads::Purpose::kForward};
      Result<std::unique_ptr<QueueThreads>> threads =
          QueueThreads::start(&program(), control_, std::move(options));
      if (!threads.ok()) return threads.status();
      threads_ = std::move(*threads);
    }
    control_->set_sockets(wire_.inside, 0, threads_->interfaces().front().queues);
    control_->set_steering(Steering::kAll);
    steers_ = true;
    return {};
  }

  Status attach() {
    if (wire_.path == WirePath::kTc) {
      Result<UniqueFd> stand_in = program().stand_in(wire_.inside);
      if (stand_in.ok()) stand_in_ = std::move(*stand_in);
      return stand_in.status();
    }
    const bool native = wire_.path != WirePath::kGeneric;
    return program().attach(wire_.inside, native ? AttachMode::kNative : AttachMode::kGeneric).status();
  }

  [[nodiscard]] uint64_t by_threads() const {
    uint64_t total = 0;
    for (uint32_t row = processors_; row < tables().rows; row++)
      for (const __u64& count : tables().counters[row].all.verdict)
        total += __atomic_load_n(&count, __ATOMIC_ACQUIRE);
    return total;
  }

  [[nodiscard]] Result<xlb_verdict> verdict_since(const std::vector<uint64_t>& before) const {
    const std::string attempted = "see what becomes of a frame";
    const uint64_t deadline = monotonic_nanoseconds() + kPatienceNs;
    while (monotonic_nanoseconds() < deadline) {
      const std::vector<uint64_t> after = counts();
      for (uint32_t i = 0; i < XLB_VERDICT_COUNT; i++)
        if (after[i] != before[i]) return static_cast<xlb_verdict>(i);
      ::usleep(kStepUs);
    }
    return Status::system(attempted, ETIMEDOUT, "no verdict was counted");
  }

  Result<Came> all_that_comes(enum xlb_action action, bool steered) {
    Came came;
    if (Status status = wait_for_one(action, steered, &came); !status.ok()) return status;
    // The thread had it when it was counted; it is through with it when it is not busy any more.
    const uint64_t deadline = monotonic_nanoseconds() + kPatienceNs;
    while (threads_ != nullptr && threads_->busy() && monotonic_nanoseconds() < deadline) ::usleep(kStepUs);
    Mark mark{};
    mark.type = bpf_htons(kMarkType);
    mark.number = ++marks_;
    const auto* bytes = reinterpret_cast<const uint8_t*>(&mark);
    if (Status status = inside_.send({bytes, sizeof mark}); !status.ok()) return status;
    for (;;) {
      Result<std::optional<Frame>> frame = outside_.receive(kPatienceMs);
      if (!frame.ok()) return frame.status();
      if (!frame->has_value()) return Status::system("see the end of what comes of a frame", ETIMEDOUT);
      if ((*frame)->size() == sizeof mark && std::memcmp((*frame)->data(), bytes, sizeof mark) == 0) break;
      came.out.push_back(std::move(**frame));
    }
    for (;;) {
      Result<std::optional<Frame>> frame = inside_.receive(0);
      if (!frame.ok()) return frame.status();
      if (!frame->has_value()) return came;
      came.passed.push_back(std::move(**frame));
    }
  }

  // What is sent by the program itself, or goes to the stack, comes a moment after it was counted.
  Status wait_for_one(enum xlb_action action, bool steered, Came* came) {
    if (action == XLB_DROP && steered) return {};
    const bool passes = action == XLB_PASS;
    const int most_ms = action == XLB_DROP ? kAnswerMs : kPatienceMs;
    Result<std::optional<Frame>> frame = (passes ? inside_ : outside_).receive(most_ms);
    if (!frame.ok()) return frame.status();
    if (frame->has_value()) (passes ? came->passed : came->out).push_back(std::move(**frame));
    return {};
  }

  // One frame, out or to the stack, as the verdict says; or none.
  [[nodiscard]] Result<Outcome> outcome_of(enum xlb_verdict verdict, std::span<const uint8_t> frame,
                                           Came came) const {
    Outcome outcome;
    outcome.verdict = verdict;
    outcome.action = action_of(verdict);
    outcome.answered = outcome.action == XLB_DROP && came.out.size() == 1;
    const size_t out = outcome.action == XLB_FORWARD || outcome.answered ? 1 : 0;
    const size_t passed = outcome.action == XLB_PASS ? 1 : 0;
    if (came.out.size() != out || came.passed.size() != passed)
      return Status::limit("see what becomes of a frame of verdict " + std::to_string(verdict),
                           std::to_string(came.out.size()) + " came out and " +
                               std::to_string(came.passed.size()) + " went to the stack");
    if (out == 1) {
      outcome.frame = std::move(came.out.front());
      if (!outcome.answered) outcome.egress = wire_.inside;
    } else if (passed == 1) {
      outcome.frame = std::move(came.passed.front());
    } else {
      outcome.frame.assign(frame.begin(), frame.end());
    }
    return outcome;
  }

  const Wire wire_;
  FrameSocket outside_;
  FrameSocket inside_;
  const uint32_t processors_;
  TraceQueue queue_;
  Tables* control_ = nullptr;
  bool attached_ = false;
  UniqueFd stand_in_;
  bool steers_ = false;
  uint32_t marks_ = 0;
  std::unique_ptr<QueueThreads> threads_;  // ends first
};

}  // namespace

Result<std::unique_ptr<Engine>> make_wire_engine(uint32_t flow_slots, uint32_t template_slots,
                                                 const Wire& wire) {
  Result<LoadedEngine::Loaded> loaded = LoadedEngine::load(flow_slots, template_slots);
  if (!loaded.ok()) return loaded.status();
  Result<FrameSocket> outside = FrameSocket::open(wire.outside);
  if (!outside.ok()) return outside.status();
  Result<FrameSocket> inside = FrameSocket::open(wire.inside);
  if (!inside.ok()) return inside.status();
  return std::unique_ptr<Engine>(
      std::make_unique<WireEngine>(std::move(*loaded), wire, std::move(*outside), std::move(*inside)));
}

}  // namespace xlb
