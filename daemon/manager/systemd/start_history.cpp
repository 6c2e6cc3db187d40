#include "manager/systemd/start_history.hpp"

#include <algorithm>
#include <sys/mman.h>
#include <sys/stat.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace yodel::manager {

std::chrono::seconds StartBackOff::started(posix::Clock::time_point now) noexcept {
  // The monotonic clock restarts with the machine, and so does this history.
  if (starts_ > 0 && now - last_ >= forgiven_after) starts_ = 0;
  if (starts_ < UINT32_MAX) ++starts_;
  std::chrono::seconds delay{0};
  if (starts_ > free_starts) {
    constexpr std::uint32_t max_doublings = 5;  // 32 s, which exceeds max_delay
    const auto doublings = std::min(starts_ - free_starts - 1, max_doublings);
    delay = std::min(first_delay * (1 << doublings), max_delay);
  }
  last_ = now + delay;
  return delay;
}

StartHistory::StartHistory(posix::Descriptor stored) : file_(std::move(stored)) {
  static_assert(std::is_trivially_copyable_v<StartBackOff>);
  if (!file_) {
    file_.reset(::memfd_create("yodeld-starts", MFD_CLOEXEC));
    return;
  }
  StartBackOff before;
  struct stat file {};
  // With another size it was written by another version of yodeld.
  const bool is_ours = ::fstat(file_.get(), &file) == 0 && file.st_size == sizeof before;
  if (is_ours && ::pread(file_.get(), &before, sizeof before, 0) == sizeof before) {
    back_off_ = before;
  } else {
    [[maybe_unused]] const int emptied = ::ftruncate(file_.get(), 0);
  }
}

std::chrono::seconds StartHistory::started(posix::Clock::time_point now) noexcept {
  const auto delay = back_off_.started(now);
  save();
  return delay;
}

void StartHistory::forget() noexcept {
  back_off_.forget();
  save();
}

void StartHistory::save() const noexcept {
  // Ignore errors: the worst effect is that the next start is not delayed.
  [[maybe_unused]] const auto size = ::pwrite(file_.get(), &back_off_, sizeof back_off_, 0);
}

}  // namespace yodel::manager
