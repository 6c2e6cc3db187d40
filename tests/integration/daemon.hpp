// Starts a yodeld for a test, on free ports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/notify_socket.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// Returns the path $YODEL_BIN_DIR/NAME. Throws std::runtime_error if the variable is not set.
[[nodiscard]] std::string binary(std::string_view name);

// Returns the port in an address such as "127.0.0.1:9999".
[[nodiscard]] std::string port_of(const std::string& address);

// A folder that is removed with its contents at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Writes the file `name` in it and returns its path. A concurrent reader sees either the previous
  // contents or all of `text`.
  std::string write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

// Returns the command that starts yodeld as a user other than root. If the tests run as root, that
// is nobody, with copies of the programs in `folder`, which is made accessible to all.
[[nodiscard]] Command unprivileged_daemon(std::vector<std::string> arguments,
                                          const TemporaryFolder& folder);

// The descriptor store that systemd keeps for a service across restarts, sd_pid_notify_with_fds(3).
class DescriptorStore {
 public:
  // Adds `fd` unless the store holds the same open file already.
  void add(std::string name, posix::Descriptor fd);
  void remove(std::string_view name);
  [[nodiscard]] bool holds(std::string_view name) const;
  // Returns the names of the listeners that it holds, in order.
  [[nodiscard]] std::vector<std::string> listeners() const;
  // Returns names and descriptors. The store keeps ownership.
  [[nodiscard]] std::vector<std::pair<std::string, int>> all() const;

 private:
  std::vector<std::pair<std::string, posix::Descriptor>> stored_;
};

// Runs a yodeld and plays systemd for it: through NOTIFY_SOCKET it learns when the daemon is ready,
// has reloaded or stops. Functions that wait throw std::runtime_error after `patience`.
class Daemon {
 public:
  struct Setup {
    std::string config = "[[listen]]\nport = 0\n";
    bool wait_until_ready = true;
    // Start it with unprivileged_daemon() instead of `program`. Root is exempt from several limits,
    // such as RLIMIT_NPROC and net.core.wmem_max, so a test of limits as root proves nothing.
    bool unprivileged = false;
    bool fill_notify_socket = false;  // it takes nothing until the test reads from it
    std::vector<std::pair<std::string, std::string>> environment{};
    std::vector<std::pair<int, int>> descriptors{};  // here, there
    std::string program = binary("yodeld");
    std::vector<std::string> arguments_before{};  // for a `program` that starts yodeld itself
    // The sockets to pass with LISTEN_FDS: FileDescriptorName= and number.
    std::vector<std::pair<std::string, int>> passed{};
    // The descriptors in it are passed, and the daemon may store more. Null for no store. The test
    // keeps ownership.
    DescriptorStore* store = nullptr;
  };
  explicit Daemon(const std::string& config) : Daemon(Setup{.config = config}) {}
  explicit Daemon(const Setup& setup);
  Daemon() : Daemon(Setup{}) {}

  [[nodiscard]] Program& program() noexcept { return *program_; }
  [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string config_file() const { return folder_.path() + "/yodeld.toml"; }

  // Returns the address of listener `index` of the file, with the port that was chosen.
  [[nodiscard]] std::string address(std::size_t index = 0);

  // Waits for a notification that contains `state`, sd_notify(3), and returns it. Notifications
  // before it are dropped.
  std::string wait_for_notification(std::string_view state);
  // Waits for a line on standard error that contains `text`, and returns it. It may be an earlier
  // line, and can be found again.
  std::string wait_for_record(std::string_view text);
  // Returns the records so far that contain `text`.
  [[nodiscard]] std::vector<std::string> records(std::string_view text);

  // Replaces the file, sends SIGHUP, and waits until the reload has succeeded or failed.
  void reload(const std::string& config);
  // Sends SIGTERM, waits for the end and returns the exit.
  Exit stop();
  // After its end, processes the notifications that still wait, such as descriptors to store.
  void take_last_notifications();

  // Waits until there is exactly one acceptor besides `but_not`, and returns its pid.
  pid_t acceptor(pid_t but_not = 0);
  // The same for the acceptors of the listener at `address`.
  pid_t acceptor_at(const std::string& address, pid_t but_not = 0);

 private:
  std::optional<std::string> take_notification();

  TemporaryFolder folder_;
  NotifySocket notify_socket_;
  DescriptorStore* store_ = nullptr;
  std::optional<Program> program_;
};

// Returns the setup of a yodeld that does not run as root.
[[nodiscard]] inline Daemon::Setup unprivileged(
    const std::string& config = Daemon::Setup().config) {
  Daemon::Setup setup{.unprivileged = true};
  setup.config = config;
  return setup;
}

// Waits until an acceptor has `count` sessions, and returns their pids. Throws std::runtime_error.
std::vector<pid_t> sessions_of(pid_t acceptor, std::size_t count);

}  // namespace yodel::tests
