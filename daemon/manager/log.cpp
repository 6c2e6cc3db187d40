#include "manager/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "manager/log_writer.hpp"
#include "manager/records.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

// What the writer gets at the end to write what waits.
constexpr auto last_words_time = 2s;

}  // namespace

Log::Log(config::Log settings, posix::ProcessTitle title) : title_(title) {
  start_writer();
  apply(settings);
}

Log::~Log() {
  if (!socket_) {
    try {
      start_writer();
    } catch (const std::exception&) {
      return;  // nobody is left to say it to
    }
  }
  const auto deadline = posix::Clock::now() + last_words_time;
  while (has_waiting() && posix::Clock::now() < deadline) {
    send_waiting();
    pollfd fd{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    if (has_waiting()) posix::poll_until({&fd, 1}, deadline);
  }
  ::shutdown(socket_.get(), SHUT_WR);
  // The writer's end of the socket closes when it ends.
  pollfd fd{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  posix::poll_until({&fd, 1}, deadline);
  if (fd.revents != 0 && !writer_.was_reaped()) {
    while (!posix::reap(writer_.pid()) && posix::Clock::now() < deadline) {
      posix::poll_until({}, posix::Clock::now() + 1ms);
    }
    writer_.mark_reaped();
  }
}

void Log::apply(config::Log settings) {
  settings_ = settings;
  target_ = resolve(settings.target);
}

bool Log::journal_is_missing() const noexcept {
  return settings_.target == config::Target::journal && target_ != config::Target::journal;
}

posix::Deadline Log::next_attempt() const noexcept {
  if (socket_ || waiting_.empty()) return std::nullopt;
  return writer_started_ + restart_interval;
}

void Log::start_writer() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  posix::Descriptor mine(ends[0]);
  posix::Descriptor its(ends[1]);
  posix::set_nonblocking(mine.get());
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    // It holds its end and standard error. Above all it must not hold a listening socket open.
    if (::dup2(its.get(), STDIN_FILENO) < 0) ::_exit(1);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    run_log_writer(STDIN_FILENO, title_);
  }
  writer_ = posix::Child(pid, posix::Child::Reach::process);
  writer_started_ = posix::Clock::now();
  socket_ = std::move(mine);
  sent_of_first_ = 0;  // a frame that was cut is sent again, whole
}

bool Log::take_ending(pid_t pid) {
  if (writer_.was_reaped() || pid != writer_.pid()) return false;
  writer_.mark_reaped();
  socket_.reset();
  write(records::log_writer_died());
  return true;
}

void Log::write(const Record& record) {
  if (!wants(record.level())) return;
  if (waiting_bytes_ > most_waiting) {
    ++lost_;
    return;
  }
  if (lost_ > 0) enqueue(records::log_lost(std::exchange(lost_, 0)));
  enqueue(record);
}

void Log::enqueue(const Record& record) {
  waiting_.push_back(frame(record, target_));
  waiting_bytes_ += waiting_.back().size();
}

void Log::flush() {
  if (!socket_) {
    const auto now = posix::Clock::now();
    if (now < writer_started_ + restart_interval) return;
    try {
      start_writer();
    } catch (const std::system_error&) {
      writer_started_ = now;  // the system is short of something; what is to be said waits
      return;
    }
  }
  send_waiting();
  // Otherwise a count of the last records that were lost would wait for a later record.
  if (lost_ > 0 && waiting_.empty()) {
    enqueue(records::log_lost(std::exchange(lost_, 0)));
    send_waiting();
  }
}

void Log::send_waiting() noexcept {
  while (!waiting_.empty()) {
    std::array<iovec, 64> parts{};
    const std::size_t count = std::min(parts.size(), waiting_.size());
    for (std::size_t i = 0; i < count; ++i)
      parts[i] = {waiting_[i].data(), waiting_[i].size()};
    parts[0].iov_base = waiting_[0].data() + sent_of_first_;
    parts[0].iov_len -= sent_of_first_;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return;  // full, or the writer has died: take_ending() will see to it
    sent_of_first_ += static_cast<std::size_t>(sent);
    while (!waiting_.empty() && sent_of_first_ >= waiting_.front().size()) {
      sent_of_first_ -= waiting_.front().size();
      waiting_bytes_ -= waiting_.front().size();
      waiting_.pop_front();
    }
  }
}

}  // namespace yodel::manager
