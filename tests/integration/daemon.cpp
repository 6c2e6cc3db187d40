#include "tests/integration/daemon.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {

std::string binary(std::string_view name) {
  const char* folder = std::getenv("YODEL_BIN_DIR");
  if (folder == nullptr) throw std::runtime_error("YODEL_BIN_DIR is not set: run this with ctest");
  return std::string(folder) + "/" + std::string(name);
}

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

TemporaryFolder::TemporaryFolder()
    : path_((std::filesystem::temp_directory_path() / "yodel-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view text) const {
  std::string path = path_ + "/" + name;
  const std::string draft = path + ".draft";
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + draft);
  std::filesystem::rename(draft, path);
  return path;
}

Command unprivileged_daemon(std::vector<std::string> arguments, const TemporaryFolder& folder) {
  if (::geteuid() != 0) return {.path = binary("yodeld"), .arguments = std::move(arguments)};
  // The build folder may be closed to other users.
  for (const char* name : {"yodeld", "yodel-acceptor"}) {
    std::filesystem::copy_file(binary(name), folder.path() + "/" + name);
  }
  using std::filesystem::perms;
  std::filesystem::permissions(folder.path(),
                               perms::owner_all | perms::others_read | perms::others_exec);
  return with_arguments({.path = "/usr/bin/setpriv",
                         .arguments = {"--reuid=65534", "--regid=65534", "--clear-groups",
                                       folder.path() + "/yodeld"}},
                        arguments);
}

namespace {

// Changes `command` so that it gets these descriptors as from systemd.
void pass(Command& command, const std::vector<std::pair<std::string, int>>& passed) {
  std::string names;
  int number = 3;  // SD_LISTEN_FDS_START
  for (const auto& [name, fd] : passed) {
    names += (names.empty() ? "" : ":") + name;
    command.descriptors.emplace_back(fd, number++);
  }
  command.set.emplace_back("LISTEN_FDS", std::to_string(passed.size()));
  command.set.emplace_back("LISTEN_FDNAMES", names);
  // LISTEN_PID must be the daemon's own pid, so a shell sets it and then becomes the daemon.
  command.arguments.insert(command.arguments.begin(),
                           {"-c", R"(LISTEN_PID=$$ exec "$0" "$@")", command.path});
  command.path = "/bin/sh";
}

// Returns the value of a variable in a notification, or "".
std::string value_in(const std::string& notification, const std::string& variable) {
  const std::string text = "\n" + notification + "\n";
  const auto found = text.find("\n" + variable + "=");
  if (found == std::string::npos) return {};
  const auto begin = found + variable.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

void DescriptorStore::add(std::string name, posix::Descriptor fd) {
  const bool is_there = std::any_of(stored_.begin(), stored_.end(), [&](const auto& each) {
    return same_file(each.second.get(), fd.get());
  });
  if (!is_there) stored_.emplace_back(std::move(name), std::move(fd));
}

void DescriptorStore::remove(std::string_view name) {
  std::erase_if(stored_, [&](const auto& each) { return each.first == name; });
}

bool DescriptorStore::holds(std::string_view name) const {
  return std::any_of(stored_.begin(), stored_.end(),
                     [&](const auto& each) { return each.first == name; });
}

std::vector<std::string> DescriptorStore::listeners() const {
  std::vector<std::string> names;
  for (const auto& [name, fd] : stored_) {
    if (name.starts_with("yodeld-listener-")) names.push_back(name);
  }
  return names;
}

std::vector<std::pair<std::string, int>> DescriptorStore::all() const {
  std::vector<std::pair<std::string, int>> all;
  for (const auto& [name, fd] : stored_)
    all.emplace_back(name, fd.get());
  return all;
}

Daemon::Daemon(const Setup& setup)
    : notify_socket_(folder_.path() + "/notify"), store_(setup.store) {
  if (setup.fill_notify_socket) (void)notify_socket_.fill();
  Command command{.path = setup.program, .arguments = setup.arguments_before};
  if (setup.unprivileged) {
    std::filesystem::permissions(notify_socket_.path(), std::filesystem::perms::all);
    command = unprivileged_daemon({}, folder_);
  }
  command.set = setup.environment;
  command.descriptors = setup.descriptors;
  command.arguments.insert(command.arguments.end(),
                           {"--config", folder_.write("yodeld.toml", setup.config)});
  command.set.emplace_back("NOTIFY_SOCKET", notify_socket_.path());
  for (const char* name : {"JOURNAL_STREAM", "WATCHDOG_PID"})
    command.unset.emplace_back(name);
  auto passed = setup.passed;
  if (store_ != nullptr) {
    command.set.emplace_back("FDSTORE", "16");
    const auto stored = store_->all();
    passed.insert(passed.end(), stored.begin(), stored.end());
  }
  if (!passed.empty()) pass(command, passed);
  program_.emplace(command);
  if (!setup.wait_until_ready) return;
  wait_for_notification("READY=1");
  wait_for_record(" is ready: ");
}

std::string Daemon::wait_for_notification(std::string_view state) {
  const auto deadline = posix::Clock::now() + patience;
  for (;;) {
    pollfd fd{.fd = notify_socket_.descriptor(), .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, deadline) != 1) {
      throw std::runtime_error("no notification " + std::string(state) + "; the daemon said:\n" +
                               program().errors());
    }
    auto text = take_notification();
    if (text && text->find(state) != std::string::npos) return *std::move(text);
  }
}

void Daemon::take_last_notifications() {
  while (take_notification()) {
  }
}

// Returns the next notification that waits, or std::nullopt. Treats its descriptor like systemd.
std::optional<std::string> Daemon::take_notification() {
  // Closing the descriptor of a BARRIER=1 signals that it was processed.
  auto notification = notify_socket_.take();
  if (!notification) return std::nullopt;
  auto& [text, fd] = *notification;
  if (store_ != nullptr) {
    const std::string name = value_in(text, "FDNAME");
    if (value_in(text, "FDSTORE") == "1" && fd) store_->add(name, std::move(fd));
    if (value_in(text, "FDSTOREREMOVE") == "1") store_->remove(name);
  }
  return std::move(text);
}

std::string Daemon::wait_for_record(std::string_view text) {
  const std::size_t behind = program().wait_for_errors(text);
  program().wait_for_errors("\n", behind);
  const std::string& all = program().errors();
  const auto begin = all.rfind('\n', behind - text.size()) + 1;  // npos + 1 is the start
  return all.substr(begin, all.find('\n', behind) - begin);
}

std::vector<std::string> Daemon::records(std::string_view text) {
  std::vector<std::string> found;
  const std::string& all = program().errors();
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find('\n', begin), all.size());
    const auto line = std::string_view(all).substr(begin, end - begin);
    if (line.find(text) != std::string_view::npos) found.emplace_back(line);
    begin = end + 1;
  }
  return found;
}

std::string Daemon::address(std::size_t index) {
  const auto lines = records("listening at ");
  const std::string& line = lines.at(index);
  const auto begin = line.find("listening at ") + std::string_view("listening at ").size();
  return line.substr(begin, line.find(' ', begin) - begin);
}

void Daemon::reload(const std::string& config) {
  folder_.write("yodeld.toml", config);
  program().signal(SIGHUP);
  wait_for_notification("RELOADING=1");
  wait_for_notification("READY=1");
}

Exit Daemon::stop() {
  program().signal(SIGTERM);
  return program().wait();
}

pid_t Daemon::acceptor(pid_t but_not) {
  return acceptor_at({}, but_not);
}

pid_t Daemon::acceptor_at(const std::string& address, pid_t but_not) {
  std::vector<pid_t> found;
  wait_until("one acceptor", [&] {
    found = children_of(program().pid());
    std::erase_if(found, [&](pid_t pid) {
      return pid == but_not || name_of(pid) != "yodel-acceptor" || !is_running(pid) ||
             (!address.empty() && title_of(pid) != "yodeld: acceptor " + address);
    });
    return found.size() == 1;
  });
  return found.front();
}

std::vector<pid_t> sessions_of(pid_t acceptor, std::size_t count) {
  std::vector<pid_t> found;
  wait_until(std::to_string(count) + " sessions", [&] {
    found = children_of(acceptor);
    return found.size() == count;
  });
  return found;
}

}  // namespace yodel::tests
