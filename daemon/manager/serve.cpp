#include "manager/serve.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <sys/prctl.h>
#include <utility>

#include "config/source.hpp"
#include "log/journal.hpp"
#include "log/log.hpp"
#include "log/record.hpp"
#include "manager/manager.hpp"
#include "manager/records.hpp"
#include "manager/reload_request.hpp"
#include "manager/socket_file.hpp"
#include "manager/systemd/notifier.hpp"
#include "manager/systemd/passed_sockets.hpp"
#include "manager/systemd/start_history.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/signals.hpp"
#include "text/duration.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

// The time that systemd must allow for a delayed start, beyond the delay itself.
constexpr auto start_margin = 60s;
// How long systemd gets to process that request.
constexpr auto settle_time = 1s;

void say(const log::Records& records, posix::ProcessTitle title) {
  log::Log log({}, title);
  for (const auto& record : records)
    log.write(record);
}

// The file's settings for the log are not in force yet, so the default target decides.
bool logs_to_journal() {
  return log::resolve(config::Target::automatic) == config::Target::journal;
}

void report_errors(const config::Source& source, const config::Diagnostics& errors,
                   posix::ProcessTitle title) {
  if (!logs_to_journal()) {
    (void)std::fputs(source.describe(errors).c_str(), stderr);
    return;
  }
  log::Records all;
  for (const auto& error : errors)
    all.push_back(records::diagnostic(source.name(), error));
  all.push_back(records::start_failed(records::count_of_errors(source.name(), errors.size())));
  say(all, title);
}

// Waits if the service was started too often recently. Returns false if a signal asked it to stop
// meanwhile.
bool wait_before_start(StartHistory& history, Notifier& notify, posix::ProcessTitle title) {
  if (!notify.has_store()) return true;
  const auto now = posix::Clock::now();
  const auto delay = history.started(now);
  notify.store(std::string(StartHistory::store_name), history.descriptor());
  if (delay == 0s) return true;

  say({records::start_delayed(history.starts(), delay)}, title);
  notify.starting(delay + start_margin);
  notify.status(fmt::format("waiting for {} after {} starts in a row",
                            text::rounded_duration(delay), history.starts()));
  notify.settle(settle_time);
  const auto signals = posix::open_signal_descriptor({SIGTERM, SIGINT});
  pollfd fd{.fd = signals.get(), .events = POLLIN, .revents = 0};
  return posix::poll_until({&fd, 1}, now + delay) == 0;
}

void set_up_process() {
  posix::raise_descriptor_limit();      // the manager holds a few for each listener
  (void)std::signal(SIGPIPE, SIG_IGN);  // the reader of standard error may exit
  (void)std::signal(SIGCHLD, SIG_DFL);  // the parent may have left it ignored
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);   // adopt the sessions of an acceptor that has died
}

ExitStatus run(config::Source source, posix::ProcessTitle title) {
  Notifier notify;
  auto passed = PassedSockets::take();
  StartHistory history(passed.take_history());
  auto status = ExitStatus::ok;
  if (wait_before_start(history, notify, title)) {
    const auto loaded = source.load();
    if (!loaded) {
      report_errors(source, loaded.error(), title);
      return ExitStatus::config;
    }
    source.put_in_force();
    set_up_process();
    // Sockets that the previous process stored and the file no longer names are closed before the
    // new ones are bound, because the addresses may overlap: "0.0.0.0" after "127.0.0.1".
    for (const auto& closed : passed.close_stored_but(loaded->settings.listeners)) {
      notify.forget(closed.name);
      if (closed.endpoint.family == protocol::Family::local) {
        SocketFile(closed.endpoint.path).remove_if_stale();
      }
    }
    status = Manager(std::move(source), *loaded, std::move(notify), std::move(passed), title).run();
  }
  // A start after a deliberate stop must not be delayed.
  if (status == ExitStatus::ok) history.forget();
  return status;
}

}  // namespace

ExitStatus serve(const config::Source& source, posix::ProcessTitle title) {
  Manager::signals().block();
  request_signals().block();
  // yodeld --reload identifies the daemon by this name; without it, the name would be that of the
  // link or copy through which it was started.
  ::prctl(PR_SET_NAME, daemon_name);
  try {
    return run(source, title);
  } catch (const std::exception& error) {
    // Without a journal, main() prints it to standard error.
    if (!logs_to_journal()) throw;
    say({records::start_failed(error.what())}, title);
    const auto* start_error = dynamic_cast<const StartError*>(&error);
    return start_error == nullptr ? ExitStatus::os_error : start_error->status();
  }
}

}  // namespace yodel::manager
