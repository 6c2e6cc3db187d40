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

// What systemd is to give a start that waits beyond that.
constexpr auto start_margin = 60s;
// And what it gets to take that in.
constexpr auto settle_time = 1s;

void say(const log::Records& records, posix::ProcessTitle title) {
  log::Log log({}, title);
  for (const auto& record : records)
    log.write(record);
}

// The file's settings for the log do not hold yet.
bool logs_to_journal() {
  return log::resolve(config::Target::automatic) == config::Target::journal;
}

void complain(const config::Source& source, const config::Diagnostics& errors,
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

// Waits if it was started too often of late. false: it was told to end meanwhile.
bool await_turn(StartHistory& history, Notifier& notify, posix::ProcessTitle title) {
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
  (void)std::signal(SIGPIPE, SIG_IGN);  // who reads standard error may go away
  (void)std::signal(SIGCHLD, SIG_DFL);  // a parent may have left it ignored
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);   // sessions whose acceptor died come to the manager
}

ExitStatus run(config::Source source, posix::ProcessTitle title) {
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
    source.put_in_force();
    set_up_process();
    // What the previous process listened at, and the file does not name any more, is closed in time
    // for an address that it was in the way of: "0.0.0.0" after "127.0.0.1".
    for (const auto& closed : passed.close_stored_but(loaded->settings.listeners)) {
      notify.forget(closed.name);
      if (closed.endpoint.family == protocol::Family::local) {
        SocketFile(closed.endpoint.path).remove_if_stale();
      }
    }
    status = Manager(std::move(source), *loaded, std::move(notify), std::move(passed), title).run();
  }
  // Whoever has told it to end may start it again without a wait.
  if (status == ExitStatus::ok) history.forget();
  return status;
}

}  // namespace

ExitStatus serve(const config::Source& source, posix::ProcessTitle title) {
  Manager::signals().block();
  request_signals().block();
  // yodeld --reload looks for this name, whatever the link is called that started the daemon.
  ::prctl(PR_SET_NAME, daemon_name);
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
