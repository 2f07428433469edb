#include "native/kernel/mapped_tables.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace xlb {
namespace {

size_t whole_pages(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

Result<Mapping> map_shared(int fd, size_t bytes, size_t offset, const std::string& name) {
  const size_t length = whole_pages(bytes);
  void* start = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) return Status::system("map the table " + name + " into memory", errno);
  return Mapping(start, length);
}

}  // namespace

Mapping::~Mapping() {
  if (start_ != nullptr) ::munmap(start_, bytes_);
}

Result<MappedTables> MappedTables::map(const FdOf& fd_of, const Sizes& sizes) {
  const auto [flow_buckets, template_buckets, rows] = sizes;
  MappedTables mapped;
  Status status;
  const auto table = [&]<typename Record>(Record*& start, const char* name, size_t records) {
    if (!status.ok()) return;
    Result<Mapping> mapping = map_shared(fd_of(name), records * sizeof(Record), 0, name);
    status = mapping.status();
    if (!status.ok()) return;
    start = static_cast<Record*>(mapping->start());
    mapped.mappings_.push_back(std::move(*mapping));
  };
  xlb_tables& tables = mapped.tables_;
  xlb_fixed_tables* fixed = nullptr;
  table(fixed, "fixed_tables", 1);
  table(tables.templates, "templates", template_buckets);
  table(tables.counters, "counters", rows);
  table(tables.trace, "trace", 1);
  if (!status.ok()) return status;

#define X(name, record, records) tables.name = fixed->name;
  XLB_FIXED_TABLES(X)
#undef X
  tables.rows = rows;
  tables.template_bucket_mask = template_buckets - 1;
  tables.flow_bucket_mask = flow_buckets - 1;
  mapped.flow_table_.reset(::fcntl(fd_of("flow_table"), F_DUPFD_CLOEXEC, 0));
  if (!mapped.flow_table_.valid()) return Status::system("keep the flow table open", errno);
  return mapped;
}

Result<FlowWindow> MappedTables::window(uint32_t index) const {
  const uint32_t buckets = std::min(kWindowBuckets, flow_buckets());
  const size_t bytes = size_t{buckets} * sizeof(xlb_flow_bucket);
  Result<Mapping> mapping = map_shared(flow_table_.get(), bytes, index * bytes, "flow_table");
  if (!mapping.ok()) return mapping.status();
  return FlowWindow(std::move(*mapping), buckets);
}

Result<Mapping> MappedTables::whole_flow_table() const {
  return map_shared(flow_table_.get(), size_t{flow_buckets()} * sizeof(xlb_flow_bucket), 0, "flow_table");
}

}  // namespace xlb
