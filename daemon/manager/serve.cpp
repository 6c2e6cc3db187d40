#include "manager/serve.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "config/load.hpp"
#include "manager/log.hpp"
#include "manager/log_writer.hpp"
#include "manager/manager.hpp"
#include "manager/notifier.hpp"
#include "manager/passed_sockets.hpp"
#include "manager/records.hpp"
#include "manager/start_history.hpp"
#include "posix/poll.hpp"
#include "posix/signals.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

// What systemd is to give a start that waits beyond that.
constexpr auto start_margin = 60s;
// And what it gets to take that in.
constexpr auto settle_time = 1s;

void say(const std::vector<Record>& records, posix::ProcessTitle title) {
  Log log({}, title);
  for (const auto& record : records)
    log.write(record);
}

// The file's settings for the log do not hold yet.
bool logs_to_journal() {
  return resolve(config::Target::automatic) == config::Target::journal;
}

void complain(const ConfigSource& source, const config::Diagnostics& errors,
              posix::ProcessTitle title) {
  if (!logs_to_journal()) {
    (void)std::fputs(source.describe(errors).c_str(), stderr);
    return;
  }
  std::vector<Record> all;
  for (const auto& error : errors)
    all.push_back(records::diagnostic(source.path, error));
  all.push_back(records::start_failed(records::count_of_errors(source.path, errors.size())));
  say(all, title);
}

// Waits if it was started too often of late. false: it was told to end meanwhile.
bool await_turn(StartHistory& history, Notifier& notify, posix::ProcessTitle title) {
  if (!notify.has_store()) return true;
  const auto now = posix::Clock::now();
  const auto delay = history.started(now);
  notify.store(std::string(StartHistory::store_name), history.descriptor());
  if (delay == 0s) return true;

  say({records::start_delayed(history.starts(), delay)}, title);
  notify.starting(delay + start_margin);
  notify.status(
      fmt::format("waiting for {} s after {} starts in a row", delay.count(), history.starts()));
  notify.settle(settle_time);
  const auto signals = posix::open_signal_descriptor({SIGTERM, SIGINT});
  pollfd fd{.fd = signals.get(), .events = POLLIN, .revents = 0};
  return posix::poll_until({&fd, 1}, now + delay) == 0;
}

ExitStatus run(const ConfigSource& source, posix::ProcessTitle title) {
  Notifier notify;
  auto passed = PassedSockets::take();
  StartHistory history(passed.take_history());
  auto status = ExitStatus::ok;
  if (await_turn(history, notify, title)) {
    const auto loaded = source.load();
    if (!loaded) {
      complain(source, loaded.error(), title);
      return ExitStatus::config;
    }
    status = Manager(source, *loaded, std::move(notify), std::move(passed), title).run();
  }
  // Whoever has told it to end may start it again without a wait.
  if (status == ExitStatus::ok) history.forget();
  return status;
}

}  // namespace

ExitStatus serve(const ConfigSource& source, posix::ProcessTitle title) {
  Manager::signals().block();
  try {
    return run(source, title);
  } catch (const std::exception& error) {
    // Without a journal whoever has called says it.
    if (!logs_to_journal()) throw;
    say({records::start_failed(error.what())}, title);
    const auto* start_error = dynamic_cast<const StartError*>(&error);
    return start_error == nullptr ? ExitStatus::os_error : start_error->status();
  }
}

}  // namespace yodel::manager
