#include "log/log.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "log/journal.hpp"
#include "log/writer.hpp"
#include "posix/message.hpp"

namespace yodel::log {
namespace {

using namespace std::chrono_literals;

// How long the writer may at the end take no record before it counts as stuck, and how long it has
// in all. On a busy machine one with sanitizers took more than 4 s to write a full queue. The whole
// is within the 10 s that the manager adds to its grace for systemd.
constexpr auto stuck_time = 2s;
constexpr auto finish_time = 8s;

// Returns how many bytes may be queued before `record` is dropped. Peers can cause a flood of
// records about sessions. It must not displace records about the daemon ("the acceptor died"), nor
// may records of sessions that ended well displace those of crashed ones.
std::size_t queue_limit(const Record& record) {
  constexpr auto reserve = Queue::max_bytes / 8;
  if (!record.is_about_session()) return Queue::max_bytes;
  return Queue::max_bytes - (record.level() > config::Level::info ? reserve : 2 * reserve);
}

}  // namespace

Log::Log(config::Log settings, posix::ProcessTitle title) : title_(title) {
  start_writer();
  apply(settings);
}

void Log::finish() noexcept {
  try {
    if (socket_ && posix::reap(writer_.pid())) on_exit(writer_.pid());
    if (!socket_) start_writer();
    enqueue_lost();
  } catch (const std::exception&) {  // there is no log left to report it in
  }
  close();
}

void Log::close() noexcept {
  if (!socket_) return;
  const auto end = posix::Clock::now() + finish_time;
  auto deadline = posix::Clock::now() + stuck_time;
  while (has_waiting() && posix::Clock::now() < deadline) {
    const auto before = queue_.bytes();
    send_waiting();
    if (queue_.bytes() < before) deadline = std::min(posix::Clock::now() + stuck_time, end);
    pollfd fd{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    if (has_waiting()) posix::poll_until({&fd, 1}, deadline);
    if ((fd.revents & (POLLERR | POLLHUP)) != 0) break;  // the writer died
  }
  ::shutdown(socket_.get(), SHUT_WR);
  if (posix::wait_for_end(writer_.pid(), deadline)) writer_.mark_reaped();
  socket_.reset();
}

void Log::apply(config::Log settings) {
  settings_ = settings;
  output_ = {.target = resolve(settings.target), .format = settings.format};
  const bool is_missing =
      settings.target == config::Target::journal && output_.target != config::Target::journal;
  if (is_missing) write(records::journal_missing());
}

posix::Deadline Log::next_attempt() const noexcept {
  if (socket_ || !has_waiting()) return std::nullopt;
  return writer_started_ + restart_interval;
}

void Log::start_writer() {
  auto [ours, theirs] = posix::socket_pair(SOCK_STREAM);
  posix::set_nonblocking(ours.get());
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    // The writer keeps only its end and standard error. It must not hold a listening socket open.
    if (::dup2(theirs.get(), STDIN_FILENO) < 0) ::_exit(1);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    run_writer(STDIN_FILENO, title_);
  }
  writer_ = posix::Child(pid, posix::Child::Reach::process);
  writer_started_ = posix::Clock::now();
  socket_ = std::move(ours);
  queue_.restart_frame();
}

bool Log::on_exit(pid_t pid) {
  if (writer_.was_reaped() || pid != writer_.pid()) return false;
  writer_.mark_reaped();
  socket_.reset();
  write(records::log_writer_died());
  return true;
}

void Log::write(const Record& record) {
  if (record.level() < settings_.level) return;
  if (queue_.bytes() > queue_limit(record)) {
    ++lost_;
    return;
  }
  enqueue_lost();
  enqueue(record);
}

void Log::enqueue(const Record& record) {
  queue_.add(encode(record, output_));
}

void Log::enqueue_lost() {
  if (lost_ == 0) return;
  enqueue(records::log_lost(lost_));
  lost_ = 0;
}

void Log::flush() {
  if (!socket_) {
    const auto now = posix::Clock::now();
    if (now < writer_started_ + restart_interval) return;
    try {
      start_writer();
    } catch (const std::system_error&) {
      writer_started_ = now;  // out of processes or memory: the queue waits for the next attempt
      return;
    }
  }
  send_waiting();
  // Report losses now: there may be no later record that would do it.
  if (lost_ > 0 && !has_waiting()) {
    enqueue_lost();
    send_waiting();
  }
}

}  // namespace yodel::log
