// Unit tests of what the director answers itself (bpf/core/answer.h): every kind of frame at every length,
// held against code of its own (answer_check.h). Frames are allocated at their exact size.
#include <algorithm>
#include <optional>
#include <vector>

#include "native/tables/core.h"
#include "native/test/answer_check.h"
#include "native/test/check.h"
#include "native/test/frame_check.h"
#include "native/test/frames.h"

namespace xlb::test {
namespace {

constexpr size_t kHeadroom = 48;  // an answer grows by no more
constexpr uint32_t kVerdicts[] = {XLB_NO_REAL_SERVER, XLB_TTL_EXPIRED, XLB_REAL_SERVER_GONE};
constexpr Answer kAnswers[] = {Answer::kPortUnreachable, Answer::kTimeExceeded, Answer::kReset};

struct Asked {
  uint32_t mtu = 0;  // not 0: the packet is too big, whatever the verdict
  uint32_t now = 0;
  size_t headroom = kHeadroom;
};

class Director {
 public:
  Director() {
    interfaces_[1].ifindex = 1;
    interfaces_[1].mac.word = 0x010000000002;
    tables_.interfaces = interfaces_.data();
    tables_.settings = &settings;
    tables_.counters = counters_.data();
    tables_.rows = 1;
  }

  // The answer to a frame that ended with this verdict; nothing where it gets none.
  std::optional<Bytes> answer_to(const Bytes& frame, uint32_t verdict, const Asked& asked = {}) {
    std::vector<uint8_t> buffer(asked.headroom);
    buffer.insert(buffer.end(), frame.begin(), frame.end());
    buffer.shrink_to_fit();
    platform_context context{buffer.data() + asked.headroom, buffer.data() + buffer.size(), buffer.data()};
    packet packet{};
    packet.ingress = 1;
    packet.tables = &tables_;
    if (parse(&context, &packet) != PARSED) return std::nullopt;
    packet.now = asked.now;
    packet.options = XLB_OPTION_RESET_DEAD;
    if (asked.mtu != 0)
      answer_too_big(&context, &packet, asked.mtu);
    else
      answer(&context, &packet, verdict);
    if (packet.answered == 0) return std::nullopt;
    return Bytes(context.data, context.data_end);
  }

  [[nodiscard]] const xlb_statistics& statistics() const { return counters_.front().all; }

  xlb_settings settings{};

 private:
  std::vector<xlb_counters> counters_ = std::vector<xlb_counters>(1);
  std::vector<xlb_interface> interfaces_ = std::vector<xlb_interface>(XLB_MAX_INTERFACES);
  xlb_tables tables_{};
};

FramePlan plan_of(bool v6, Kind kind) {
  FramePlan plan;
  plan.v6 = v6;
  plan.kind = kind;
  plan.client = v6 ? Ip{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7} : ipv4(10, 1, 0, 7);
  plan.virtual_address = v6 ? Ip{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0} : ipv4(10, 0, 0, 100);
  plan.client_port = 1024;
  plan.virtual_port = 80;
  plan.protocol = kind == Kind::kUdp ? 17 : 6;
  return plan;
}

// Lengthens the packet behind its transport header, with another type of service (and flow label) at every
// length.
void stretch(Bytes* frame, const FramePlan& plan, size_t size) {
  const size_t network = 14 + plan.vlan_tags * 4U;
  for (size_t i = frame->size(); i < size; i++) frame->push_back(static_cast<uint8_t>(i * 7));
  (*frame)[network] = static_cast<uint8_t>((*frame)[network] | (plan.v6 ? size & 0xf : 0));
  (*frame)[network + 1] = static_cast<uint8_t>(size * 37);
  const size_t length = size - network - (plan.v6 ? 40 : 0);
  (*frame)[network + (plan.v6 ? 4 : 2)] = static_cast<uint8_t>(length >> 8);
  (*frame)[network + (plan.v6 ? 5 : 3)] = static_cast<uint8_t>(length);
  if (!plan.v6) fix_ipv4_checksum(frame);
}

void every_length() {
  Director director;
  for (const bool v6 : {false, true})
    for (const Kind kind : {Kind::kTcp, Kind::kUdp, Kind::kFirstFragment})
      for (const uint8_t tags : {0, 1, 2})
        for (const uint8_t options : {0, 3})
          for (size_t more = 0; more < 1400; more += more < 64 || (more > 480 && more < 560) ? 1 : 29) {
            FramePlan plan = plan_of(v6, kind);
            plan.vlan_tags = tags;
            plan.option_words = options;
            plan.tcp_flags = static_cast<uint8_t>(more);
            Bytes frame = make_frame(plan);
            stretch(&frame, plan, frame.size() + more);
            frame.resize(frame.size() + more % 7, 0xee);  // padding
            for (size_t i = 0; i < std::size(kVerdicts); i++) {
              const std::optional<Bytes> answer = director.answer_to(frame, kVerdicts[i]);
              const bool none = kAnswers[i] == Answer::kReset && (kind != Kind::kTcp || (more & 4));
              CHECK_EQUAL(answer.has_value(), !none);
              if (answer.has_value()) CHECK(answered_rightly(frame, *answer, kAnswers[i]));
            }
            const std::optional<Bytes> answer = director.answer_to(frame, 0, {.mtu = 1300});
            CHECK(answer.has_value() && answered_rightly(frame, *answer, Answer::kTooBig, 1300));
          }
}

void nobody_is_told() {
  Director director;
  for (const bool v6 : {false, true}) {
    std::vector<FramePlan> plans = {plan_of(v6, Kind::kIcmpError), plan_of(v6, Kind::kLaterFragment)};
    std::vector<Ip> nobody = {Ip{},
                              ipv4(0, 0, 0, 0),
                              ipv4(0, 1, 2, 3),
                              ipv4(127, 0, 0, 1),
                              ipv4(224, 0, 0, 1),
                              ipv4(240, 0, 0, 1),
                              ipv4(255, 255, 255, 255)};
    if (v6) nobody = {Ip{}, Ip{0xff, 2}, Ip{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    for (const Ip& address : nobody) {
      plans.push_back(plan_of(v6, Kind::kTcp));
      plans.back().client = address;
      plans.push_back(plan_of(v6, Kind::kTcp));
      plans.back().virtual_address = address;
    }
    plans.push_back(plan_of(v6, Kind::kTcp));
    plans.back().source_mac = {1, 0, 0x5e, 0, 0, 1};
    for (const FramePlan& plan : plans)
      for (const uint32_t verdict : kVerdicts)
        CHECK(!director.answer_to(make_frame(plan), verdict).has_value());
  }
  for (uint32_t verdict = 0; verdict < XLB_VERDICT_COUNT; verdict++) {
    const bool told = std::ranges::find(kVerdicts, verdict) != std::end(kVerdicts);
    const Bytes frame = make_frame(plan_of(false, Kind::kTcp));
    CHECK_EQUAL(director.answer_to(frame, verdict).has_value(), told);
  }
}

void no_headroom() {
  Director director;
  const Bytes frame = make_frame(plan_of(false, Kind::kTcp)), frame6 = make_frame(plan_of(true, Kind::kTcp));
  CHECK(!director.answer_to(frame, XLB_NO_REAL_SERVER, {.headroom = 27}).has_value());
  CHECK(director.answer_to(frame, XLB_NO_REAL_SERVER, {.headroom = 28}).has_value());
  CHECK(!director.answer_to(frame6, XLB_NO_REAL_SERVER, {.headroom = 47}).has_value());
  CHECK(director.answer_to(frame6, XLB_REAL_SERVER_GONE, {.headroom = 0}).has_value());
  CHECK_EQUAL(director.statistics().answered, 2U);
}

void only_so_many() {
  Director director;
  director.settings.icmp_per_second = 3;
  const Bytes frame = make_frame(plan_of(true, Kind::kTcp));
  const auto answers = [&](uint32_t now) {
    int count = 0;
    for (const uint32_t verdict : {kVerdicts[0], kVerdicts[1], kVerdicts[0], kVerdicts[1], kVerdicts[0]})
      count += director.answer_to(frame, verdict, {.now = now}).has_value() ? 1 : 0;
    return count;
  };
  CHECK_EQUAL(answers(0), 3);
  CHECK_EQUAL(answers(XLB_CLOCK_SECOND - 1), 0);
  CHECK_EQUAL(answers(XLB_CLOCK_SECOND), 3);
  CHECK_EQUAL(answers(0xffffffff), 3);
  CHECK_EQUAL(director.statistics().answered, 9U);
  CHECK_EQUAL(director.statistics().unanswered, 11U);
  director.settings.icmp_per_second = 0;
  CHECK_EQUAL(answers(0xffffffff), 5);
}

void resets_are_counted_apart() {
  Director director;
  director.settings.icmp_per_second = 2;
  const Bytes frame = make_frame(plan_of(false, Kind::kTcp));
  const auto answered = [&](uint32_t verdict) { return director.answer_to(frame, verdict).has_value(); };
  for (int i = 0; i < 9; i++) CHECK_EQUAL(answered(XLB_NO_REAL_SERVER), i < 2);
  for (int i = 0; i < 9; i++) CHECK_EQUAL(answered(XLB_REAL_SERVER_GONE), i < 2);
  CHECK_EQUAL(director.statistics().answered, 4U);
  CHECK_EQUAL(director.statistics().unanswered, 14U);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("answers packets of every length with checksums and quotes that are right", every_length);
  it("answers neither ICMP errors, later fragments, groups nor what is no host", nobody_is_told);
  it("gives up where the frame cannot grow", no_headroom);
  it("answers so many a second and no more", only_so_many);
  it("resets dead connections whatever else was answered", resets_are_counted_apart);
}
