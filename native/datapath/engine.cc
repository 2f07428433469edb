#include "native/datapath/engine.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "native/datapath/trace_queue.h"
#include "native/tables/strays.h"
#include "native/tables/timeouts.h"

namespace xlb {
namespace {

constexpr size_t kHeadroom = 64;  // bytes a frame may grow by in front, for the headers of an answer

// calloc: pages that are never touched cost nothing.
template <typename T>
class Zeroed {
 public:
  explicit Zeroed(size_t count) : memory_(static_cast<T*>(std::calloc(count, sizeof(T)))) {
    if (memory_ == nullptr) std::abort();
  }
  Zeroed(const Zeroed&) = delete;
  Zeroed& operator=(const Zeroed&) = delete;
  ~Zeroed() { std::free(memory_); }
  [[nodiscard]] T* get() const { return memory_; }

 private:
  T* memory_;
};

class CoreEngine : public Engine {
 public:
  CoreEngine(uint32_t flow_slots, uint32_t template_slots)
      : flow_table_(flow_slots / XLB_BUCKET_SLOTS), templates_(template_slots / XLB_BUCKET_SLOTS) {
    tables_.templates = templates_.get();
    tables_.template_bucket_mask = template_slots / XLB_BUCKET_SLOTS - 1;
    tables_.mark_rules = mark_rules_.get();
    tables_.flow_table = flow_table_.get();
    tables_.flow_bucket_mask = flow_slots / XLB_BUCKET_SLOTS - 1;
    tables_.virtual_servers = virtual_servers_.get();
    tables_.virtual_server_index = virtual_server_index_.get();
    tables_.destinations = destinations_.get();
    tables_.schedules = schedules_.get();
    tables_.real_servers = real_servers_.get();
    tables_.interfaces = interfaces_.get();
    tables_.settings = settings_.get();
    tables_.counters = counters_.get();
    tables_.rows = 1;
    tables_.fragments = fragments_.get();
    tables_.localities = localities_.get();
    tables_.trace = trace_.get();
    tables_.sink = queue_.sink();
  }

  [[nodiscard]] const xlb_tables& tables() const override { return tables_; }

  Result<Outcome> run(std::span<const uint8_t> frame, uint32_t ingress) override {
    Outcome outcome;
    std::vector<uint8_t> buffer(kHeadroom + frame.size());
    std::copy(frame.begin(), frame.end(), buffer.begin() + kHeadroom);
    platform_context context{buffer.data() + kHeadroom, buffer.data() + buffer.size(), buffer.data()};
    packet packet{};
    packet.ingress = ingress;
    packet.tables = &tables_;
    outcome.verdict = forward(&context, &packet);
    outcome.action = action_of(outcome.verdict);
    outcome.answered = packet.answered != 0;
    outcome.egress = packet.egress;
    outcome.frame.assign(context.data, context.data_end);
    return outcome;
  }

  Result<std::vector<uint8_t>> traced() override {
    std::vector<uint8_t> records;
    queue_.take(&records);
    return records;
  }

 protected:
  Status open_trace() override { return queue_.open(); }

 private:
  Zeroed<xlb_flow_bucket> flow_table_;
  Zeroed<xlb_flow_bucket> templates_;
  Zeroed<xlb_mark_rule> mark_rules_{2 * XLB_MAX_MARK_RULES};
  Zeroed<xlb_virtual_server> virtual_servers_{XLB_MAX_VIRTUAL_SERVERS};
  Zeroed<xlb_index_group> virtual_server_index_{XLB_INDEX_GROUPS};
  Zeroed<xlb_destination> destinations_{XLB_MAX_DESTINATIONS};
  Zeroed<xlb_schedule_line> schedules_{XLB_MAX_SCHEDULE / XLB_SCHEDULE_LINE};
  Zeroed<xlb_real_server> real_servers_{XLB_MAX_REAL_SERVERS};
  Zeroed<xlb_interface> interfaces_{XLB_MAX_INTERFACES};
  Zeroed<xlb_settings> settings_{1};
  Zeroed<xlb_counters> counters_{1};
  Zeroed<xlb_fragment_set> fragments_{XLB_FRAGMENT_SETS};
  Zeroed<xlb_locality_set> localities_{XLB_LOCALITY_SETS};
  Zeroed<xlb_trace> trace_{1};
  TraceQueue queue_;
  xlb_tables tables_{};
};

}  // namespace

void Engine::empty() {
  const xlb_tables& all = tables();
  const auto zero = [](auto* records, size_t count) { std::memset(records, 0, count * sizeof *records); };
#define X(name, record, records) zero(all.name, records);
  XLB_FIXED_TABLES(X)
#undef X
  zero(all.counters, all.rows);
  zero(all.trace, 1);
  zero(all.templates, size_t{all.template_bucket_mask} + 1);
  zero(all.flow_table, size_t{all.flow_bucket_mask} + 1);
}

void Engine::set_clock(uint64_t milliseconds) {
  set_standing_clock(tables(), static_cast<uint32_t>(milliseconds * 1'000'000 >> XLB_CLOCK_SHIFT));
}

SweepTotals Engine::sweep() {
  SweepTotals totals;
  const uint32_t now = standing_clock(tables());
  const std::span<xlb_flow_bucket> flows(tables().flow_table, tables().flow_bucket_mask + 1);
  sweep_buckets(tables(), flows, now, &totals);
  forget_strays(*tables().settings, flows);
  sweep_buckets(tables(), {tables().templates, tables().template_bucket_mask + 1}, now, &totals);
  end_empty_overloads(tables());
  return totals;
}

void Engine::set_timeouts(const Settings& settings) {
  change_timeouts(tables(), timeouts_with(tables(), settings),
                  [this](const auto& visit) { visit({tables().flow_table, tables().flow_bucket_mask + 1}); });
}

Status Engine::begin_trace(const TraceSettings& settings) {
  if (Status status = open_trace(); !status.ok()) return status;
  xlb::begin_trace(tables(), settings, standing_clock(tables()));
  return {};
}

std::vector<Connection> Engine::connections(const SlotNames& names) const {
  std::vector<Connection> all;
  const auto take = [&](const Connection& connection) { all.push_back(connection); };
  const uint32_t now = standing_clock(tables());
  each_connection(tables(), {tables().flow_table, tables().flow_bucket_mask + 1}, now, names, take);
  each_connection(tables(), {tables().templates, tables().template_bucket_mask + 1}, now, names, take);
  return all;
}

std::unique_ptr<Engine> make_core_engine(uint32_t flow_slots, uint32_t template_slots) {
  return std::make_unique<CoreEngine>(flow_slots, template_slots);
}

}  // namespace xlb
