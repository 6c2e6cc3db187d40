#include "client/bench/processor_time.hpp"

#include <fstream>
#include <sys/resource.h>

namespace yodel::client::bench {

using std::chrono::nanoseconds;

namespace {

nanoseconds from(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

ProcessorTime processor_time() {
  rusage usage{};
  ProcessorTime time;
  if (::getrusage(RUSAGE_THREAD, &usage) == 0)
    time.busy = from(usage.ru_utime) + from(usage.ru_stime);
  // proc(5): time on a processor, time in the run queue, number of time slices.
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t on_processor = 0;
  std::int64_t in_queue = 0;
  if (file >> on_processor >> in_queue) time.waited = nanoseconds(in_queue);
  return time;
}

}  // namespace yodel::client::bench
