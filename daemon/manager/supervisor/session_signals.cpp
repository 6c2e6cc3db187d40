#include "manager/supervisor/session_signals.hpp"

#include <csignal>
#include <limits>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "protocol/launch.hpp"

extern "C" {  // missing in the header of glibc 2.36
#include <sys/pidfd.h>
}

namespace yodel::manager {
namespace {

constexpr std::uint32_t all = std::numeric_limits<std::uint32_t>::max();

// The acceptor frees an entry after it has reaped the process, and forks no other one in between.
// So if the entry still has this connection's number after pidfd_open(2), the pidfd is this
// session's.
void send_to(const protocol::ScoreboardEntry& entry, std::uint64_t number, int signal) noexcept {
  const posix::Descriptor process(::pidfd_open(entry.pid, 0));
  if (!process || entry.number != number) return;
  (void)::pidfd_send_signal(process.get(), signal, nullptr, 0);
}

}  // namespace

// The pid may be another process's by now, but that process would not be in this group.
void SessionSignals::send(pid_t pid, int signal) const noexcept {
  if (::getpgid(pid) == group_) ::kill(pid, signal);
}

void SessionSignals::begin(int signal, Time now) {
  if (signal_ == signal) return;
  signal_ = signal;
  if (signal == protocol::hurry_signal) kill_soon(now);
  if (accepting_stopped_) on_accepting_stopped(now);
}

void SessionSignals::on_accepting_stopped(Time now) {
  accepting_stopped_ = true;
  if (signal_ == 0) return;
  wave_signal_ = signal_;
  wave_.begin(all, now);
}

void SessionSignals::advance(Time now) {
  if (wave_.is_under_way()) {
    advance_wave(now);
  } else if (signal_ == 0) {
    send_due(now);
  }
  if (kill_at_ && *kill_at_ <= now) {
    ::kill(-group_, SIGKILL);
    kill_at_.reset();
    killed_at_ = now;
  }
  if (const std::uint64_t running = scoreboard_.header().running; killed_at_ && running != left_) {
    killed_at_ = now;
    left_ = running;
  }
}

void SessionSignals::advance_wave(Time now) {
  // The last sessions to get the signal have as much time as the first.
  if (signal_ == protocol::hurry_signal) kill_soon(now);
  wave_.advance(scoreboard_, now,
                [&](const protocol::ScoreboardEntry& entry, std::uint64_t number) {
                  send_to(entry, number, wave_signal_);
                });
  // Also signal a session that is not on the scoreboard, if the acceptor was killed during a fork.
  if (!wave_.is_under_way() && signal_ != 0) ::kill(-group_, signal_);
}

void SessionSignals::send_due(Time now) {
  const auto due = deadlines_.take_due(now);
  if (!due) return;
  if (due->signal != SIGKILL) {
    wave_signal_ = due->signal;
    wave_.begin(due->below, now);
    return advance_wave(now);
  }
  for (const auto& entry : scoreboard_.used_entries()) {
    const std::uint64_t number = entry.number;
    if (number != 0 && entry.pid > 0 && entry.revision < due->below)
      send_to(entry, number, SIGKILL);
  }
}

posix::Deadline SessionSignals::next() const noexcept {
  posix::Deadline next = posix::earlier(kill_at_, wave_.next());
  if (killed_at_) next = posix::earlier(next, *killed_at_ + unkillable_after);
  if (wave_.is_under_way() || signal_ != 0) return next;
  return posix::earlier(next, deadlines_.next());
}

std::vector<pid_t> SessionSignals::kill_overdue(Time now) {
  std::vector<pid_t> killed;
  for (const auto& entry : scoreboard_.used_entries()) {
    const std::uint64_t number = entry.number;
    const Time overdue = entry.overdue;
    if (number == 0 || entry.pid <= 0 || overdue == Time{} || overdue > now) continue;
    if (overdue > last_check_) killed.push_back(entry.pid);
    send_to(entry, number, SIGKILL);
  }
  last_check_ = now;
  return killed;
}

}  // namespace yodel::manager
