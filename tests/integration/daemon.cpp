#include "tests/integration/daemon.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {

std::string binary(std::string_view name) {
  const char* folder = std::getenv("YODEL_BIN_DIR");
  if (folder == nullptr) throw std::runtime_error("YODEL_BIN_DIR is not set: run this with ctest");
  return std::string(folder) + "/" + std::string(name);
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
  // The build may stand in a folder that is closed to others.
  for (const char* name : {"yodeld", "yodel-acceptor"}) {
    std::filesystem::copy_file(binary(name), folder.path() + "/" + name);
  }
  using std::filesystem::perms;
  std::filesystem::permissions(folder.path(),
                               perms::owner_all | perms::others_read | perms::others_exec);
  std::vector<std::string> all{"--reuid=65534", "--regid=65534", "--clear-groups",
                               folder.path() + "/yodeld"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return {.path = "/usr/bin/setpriv", .arguments = std::move(all)};
}

Daemon::Daemon(const Setup& setup) {
  const auto notify = protocol::parse_endpoint("unix:" + folder_.path() + "/notify").value();
  const auto address = to_socket_address(notify, 0);
  notify_socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::bind(notify_socket_.get(), address.get(), address.size) < 0) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
  if (setup.fill_notify_socket) {
    const posix::Descriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    while (::sendto(sender.get(), "X", 1, MSG_DONTWAIT, address.get(), address.size) == 1) {
    }
  }
  Command command{.path = setup.program,
                  .arguments = setup.arguments_before,
                  .set = setup.environment,
                  .descriptors = setup.descriptors};
  command.arguments.insert(command.arguments.end(),
                           {"--config", folder_.write("yodeld.toml", setup.config)});
  command.set.emplace_back("NOTIFY_SOCKET", notify.path);
  command.unset.emplace_back("JOURNAL_STREAM");
  program_.emplace(command);
  if (!setup.wait_until_ready) return;
  wait_for_notification("READY=1");
  wait_for_record(" is ready: ");
}

std::string Daemon::wait_for_notification(std::string_view state) {
  const auto deadline = posix::Clock::now() + patience;
  for (;;) {
    pollfd fd{.fd = notify_socket_.get(), .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, deadline) != 1) {
      throw std::runtime_error("no notification " + std::string(state) + "; the daemon said:\n" +
                               program().errors());
    }
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(notify_socket_.get(), buffer.data(), buffer.size(), 0);
    std::string text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (text.find(state) != std::string::npos) return text;
  }
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
  std::vector<pid_t> found;
  wait_until("one acceptor", [&] {
    found = children_of(program().pid());
    std::erase_if(found, [&](pid_t pid) {
      return pid == but_not || name_of(pid) != "yodel-acceptor" || !is_running(pid);
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
