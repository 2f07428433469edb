#include "native/host/thread_scheduling.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace xlb::host {
namespace {

constexpr id_t kThisThread = 0;  // setpriority(2): on Linux PRIO_PROCESS 0 is the calling thread

// What this thread had before it was first changed.
struct Original {
  int policy = SCHED_OTHER;
  sched_param parameters{};
  int nice = 0;
  cpu_set_t processors{};
  rlimit real_time_limit{};
  bool memory_locked = false;  // by us
};

Original read_original() {
  Original original;
  original.policy = ::sched_getscheduler(0);
  ::sched_getparam(0, &original.parameters);
  original.nice = ::getpriority(PRIO_PROCESS, kThisThread);
  ::sched_getaffinity(0, sizeof original.processors, &original.processors);
  ::getrlimit(RLIMIT_RTTIME, &original.real_time_limit);
  return original;
}

Original& original_of_thread() {
  static thread_local Original original = read_original();
  return original;
}

Status check(int result, const std::string& attempted, const char* cure) {
  if (result == 0) return Status::ok_status();
  return Status::system(attempted, errno, cure);
}

Status set_policy(const std::optional<int>& priority, const Original& original) {
  if (!priority)
    return check(::sched_setscheduler(0, original.policy, &original.parameters),
                 "give up real-time scheduling", "needs CAP_SYS_NICE: run as root");
  sched_param parameters{};
  parameters.sched_priority = *priority;
  // RESET_ON_FORK: a script that the thread starts is an ordinary process.
  return check(
      ::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters),
      "set real-time priority " + std::to_string(*priority),
      "needs CAP_SYS_NICE, or LimitRTPRIO= in the unit, and real-time bandwidth in the control group "
      "(cpu.rt_runtime_us) where the kernel has that");
}

// The soft limit only: the hard one would end the process with SIGKILL, and could not be raised again.
Status set_limit(const std::optional<uint64_t>& limit_us, const Original& original) {
  rlimit limit = original.real_time_limit;
  if (limit_us) limit.rlim_cur = *limit_us;
  return check(::setrlimit(RLIMIT_RTTIME, &limit), "set RLIMIT_RTTIME",
               "it cannot be above the hard limit: LimitRTTIME=infinity in the unit");
}

Status set_processors(const std::optional<std::vector<uint32_t>>& processors, const Original& original) {
  cpu_set_t set = original.processors;
  std::string list;
  if (processors) {
    CPU_ZERO(&set);
    for (const uint32_t processor : *processors) {
      CPU_SET(processor, &set);
      list += (list.empty() ? "" : ", ") + std::to_string(processor);
    }
  }
  return check(
      ::sched_setaffinity(0, sizeof set, &set), "run on processors " + (list.empty() ? "as before" : list),
      "name at least one that exists and that this process may use (nproc; cpuset of the control group)");
}

// Programs and libraries only. V8 gives pages of its heap back with madvise(MADV_DONTNEED), which the kernel
// refuses for locked memory (EINVAL), and V8 ends the process then: its heap must not be locked, now or
// later.
int lock_mapped_files() {
  std::ifstream maps("/proc/self/maps");
  int result = 0;
  int error = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" /") == std::string::npos) continue;
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2) continue;
    // ONFAULT: what is never touched is not read from the disk.
    if (::mlock2(reinterpret_cast<const void*>(from), to - from, MLOCK_ONFAULT) == 0) continue;
    result = -1;
    error = errno;
  }
  errno = error;
  return result;
}

Status set_memory(bool lock, Original& original) {
  if (lock == original.memory_locked) return Status::ok_status();
  const int result = lock ? lock_mapped_files() : ::munlockall();
  if (result == 0) original.memory_locked = lock;
  return check(result, lock ? "lock memory" : "unlock memory",
               "needs CAP_IPC_LOCK, or LimitMEMLOCK=infinity in the unit");
}

}  // namespace

Status set_thread_scheduling(const ThreadScheduling& scheduling) {
  Original& original = original_of_thread();
  Status status = set_policy(scheduling.real_time_priority, original);
  if (status.ok()) status = set_limit(scheduling.real_time_limit_us, original);
  if (status.ok()) {
    const int nice = scheduling.nice.value_or(original.nice);
    status = check(::setpriority(PRIO_PROCESS, kThisThread, nice), "set nice value " + std::to_string(nice),
                   "a lower one needs CAP_SYS_NICE, or LimitNICE= in the unit");
  }
  if (status.ok()) status = set_processors(scheduling.processors, original);
  if (status.ok()) status = set_memory(scheduling.lock_memory, original);
  return status;
}

}  // namespace xlb::host
