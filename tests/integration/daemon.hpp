// A yodeld of a test's own, on free ports.
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

// $YODEL_BIN_DIR/NAME.
[[nodiscard]] std::string binary(std::string_view name);

// The port in "127.0.0.1:9999".
[[nodiscard]] std::string port_of(const std::string& address);

// A folder that goes with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Writes the file NAME in it, and gives its path. Whoever reads it meanwhile finds what was there
  // before or the whole text, never a part.
  std::string write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

// yodeld with these arguments, as a user who is not root: as it is, unless the tests run as root;
// then as nobody, with copies of the programs in `folder`, which is opened to all.
[[nodiscard]] Command unprivileged_daemon(std::vector<std::string> arguments,
                                          const TemporaryFolder& folder);

// What systemd keeps for a service over its restarts: its descriptor store,
// sd_pid_notify_with_fds(3).
class DescriptorStore {
 public:
  // What is there already, the same open file, is not taken twice.
  void add(std::string name, posix::Descriptor fd);
  void remove(std::string_view name);
  [[nodiscard]] bool holds(std::string_view name) const;
  // The names of the listeners that it holds, in order.
  [[nodiscard]] std::vector<std::string> listeners() const;
  // Names and descriptors, which stay its own.
  [[nodiscard]] std::vector<std::pair<std::string, int>> all() const;

 private:
  std::vector<std::pair<std::string, posix::Descriptor>> stored_;
};

// Starts it, and plays systemd for it: has a NOTIFY_SOCKET, and so knows when it is ready, has
// reloaded or stops. Functions that wait throw std::runtime_error when `patience` is over.
class Daemon {
 public:
  struct Setup {
    std::string config = "[[listen]]\nport = 0\n";
    bool wait_until_ready = true;
    // As unprivileged_daemon() starts it, in place of `program`: root is exempt from several
    // limits, such as RLIMIT_NPROC and net.core.wmem_max, so a test of limits as root proves
    // nothing.
    bool unprivileged = false;
    bool fill_notify_socket = false;  // it takes nothing more until somebody reads from it
    std::vector<std::pair<std::string, std::string>> environment{};
    std::vector<std::pair<int, int>> descriptors{};  // here, there
    std::string program = binary("yodeld");          // found in PATH when it holds no '/'
    std::vector<std::string> arguments_before{};     // for a `program` that starts yodeld itself
    // What it gets with LISTEN_FDS: FileDescriptorName= and number.
    std::vector<std::pair<std::string, int>> passed{};
    // It gets what is there, and may store more; the test's own. null: it has no store.
    DescriptorStore* store = nullptr;
  };
  explicit Daemon(const std::string& config) : Daemon(Setup{.config = config}) {}
  explicit Daemon(const Setup& setup);
  Daemon() : Daemon(Setup{}) {}

  [[nodiscard]] Program& program() noexcept { return *program_; }
  [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string config_file() const { return folder_.path() + "/yodeld.toml"; }

  // Where listener `index` of the file listens, with the port that was chosen.
  [[nodiscard]] std::string address(std::size_t index = 0);

  // Waits for a notification that holds `state`, sd_notify(3), and gives it. Each is given once.
  std::string wait_for_notification(std::string_view state);
  // Waits for a line on standard error that holds `text`, and gives it. Lines before it stay to be
  // found.
  std::string wait_for_record(std::string_view text);
  // The records so far that hold `text`.
  [[nodiscard]] std::vector<std::string> records(std::string_view text);

  // Writes the file anew, sends SIGHUP, and waits until the reload is over, well or not.
  void reload(const std::string& config);
  // Sends SIGTERM and waits for the end.
  Exit stop();
  // Takes what it has sent to be stored or forgotten, after its end.
  void take_last_notifications();

  // Waits until there is exactly one acceptor besides `but_not`, and gives its pid.
  pid_t acceptor(pid_t but_not = 0);
  // The same for the acceptors of one listener.
  pid_t acceptor_at(const std::string& address, pid_t but_not = 0);

 private:
  std::optional<std::string> take_notification();

  TemporaryFolder folder_;
  NotifySocket notify_socket_;
  DescriptorStore* store_ = nullptr;
  std::optional<Program> program_;
};

// A yodeld that is not root.
[[nodiscard]] inline Daemon::Setup unprivileged(
    const std::string& config = Daemon::Setup().config) {
  Daemon::Setup setup{.unprivileged = true};
  setup.config = config;
  return setup;
}

// Waits until an acceptor has `count` sessions, and gives their pids. Throws std::runtime_error.
std::vector<pid_t> sessions_of(pid_t acceptor, std::size_t count);

}  // namespace yodel::tests
