// Runs a program from a test, with its input, output, signals and exit, each with a deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::tests {

// True if programs and tests are built with sanitizers, which need what the confinement forbids.
#if defined(YODEL_SANITIZED)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// How long a test waits for an event before it fails. It ends a test that hangs, and is no measure
// of speed: 1,500 sanitized sessions take more than 10 s to end where six such tests share two
// processors.
constexpr std::chrono::seconds patience{sanitized ? 60 : 20};

// Returns whether `text` contains `part`.
[[nodiscard]] bool holds(std::string_view text, std::string_view part);
// Returns `text` with each `what` replaced by `with`.
[[nodiscard]] std::string replaced(std::string text, std::string_view what, std::string_view with);

// Returns bytes of all values, the same each time. Their period is not a power of two, so that a
// byte from a wrong place in a buffer differs.
[[nodiscard]] std::string bytes_of(std::size_t size);

// How to start a program. Only `path` is required.
struct Command {
  std::string path{};                                      // not searched for in PATH
  std::vector<std::string> arguments{};                    // without its name
  std::vector<std::pair<std::string, std::string>> set{};  // added to the test's environment
  std::vector<std::string> unset{};                        // removed from it
  std::string folder{};                                    // to run in; empty: the test's own
  // The contents of standard input; std::nullopt for a pipe that write() and end_input() use.
  std::optional<std::string> input = std::string();
  std::string output_file{};                       // for standard output; empty: output() keeps it
  std::vector<std::pair<int, int>> descriptors{};  // to pass: number here, number there (3 or more)
  // Makes a new terminal its controlling terminal and its standard descriptors. output() is what it
  // writes there. `input` and `output_file` are ignored.
  bool terminal = false;
};

// Returns `command` with more arguments.
[[nodiscard]] Command with_arguments(Command command, const std::vector<std::string>& more);
// Returns `command` with another input; std::nullopt for a pipe that the test writes to.
[[nodiscard]] Command with_input(Command command, std::optional<std::string> input);
// Returns `command` on a terminal.
[[nodiscard]] Command on_terminal(Command command);

// How a program ended.
struct Exit {
  int status = -1;  // its exit status, or -1 if a signal killed it
  int signal = 0;   // the signal that killed it, or 0
};

// A running program, in a process group of its own (on a terminal: a session). Every function that
// waits reads the program's output meanwhile, so that it never blocks on a full pipe, and throws
// std::runtime_error with the output so far at its deadline. The destructor kills the whole group
// and reaps the program. An object must not be used by several threads at once.
class Program {
 public:
  // Starts it with posix_spawn(3). Throws std::system_error if that fails. As from a shell, no
  // signal is blocked or ignored.
  explicit Program(const Command& command);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  Program(Program&&) = delete;
  Program& operator=(Program&&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // Returns the output that functions which wait have read so far.
  [[nodiscard]] const std::string& output() const noexcept { return out_.text; }
  [[nodiscard]] const std::string& errors() const noexcept { return err_.text; }

  // Waits until output() or errors() contains `text` at `from` or later, and returns the position
  // after it. Also throws if the program exits without it.
  std::size_t wait_for_output(std::string_view text, std::size_t from = 0,
                              std::chrono::milliseconds time = patience);
  std::size_t wait_for_errors(std::string_view text, std::size_t from = 0,
                              std::chrono::milliseconds time = patience);

  // Writes all of `text` to its standard input or terminal. It is not an error if the program no
  // longer reads.
  void write(std::string_view text, std::chrono::milliseconds time = patience);
  // Closes its standard input. On a terminal, hangs up.
  void end_input() noexcept;
  // Sends it a signal, kill(2).
  void signal(int number) const noexcept;

  // Waits until it exits and returns how. output() and errors() are complete then, except for what
  // processes that outlive it write later. May be called again.
  Exit wait(std::chrono::milliseconds time = patience);

 private:
  struct Stream {
    posix::Descriptor descriptor;  // empty after the end of file
    std::string text;
  };

  void start(const Command& command);
  std::size_t wait_for(Stream& stream, std::string_view text, std::size_t from,
                       std::chrono::milliseconds time);
  // Waits for one event and handles it: output, the exit of the program, or if `writing`, room for
  // input. Returns false if none came before `deadline`.
  bool wait_for_event(posix::Clock::time_point deadline, bool writing);
  static bool take(Stream& stream);
  void take_rest();
  [[nodiscard]] std::string account(std::string_view failed) const;

  pid_t pid_ = -1;
  posix::Descriptor process_;  // pidfd_open(2)
  posix::Descriptor input_;
  Stream out_;
  Stream err_;
  std::string name_;
  std::optional<Exit> exit_;
  bool terminal_ = false;
};

// The exit and the output of a program.
struct Outcome {
  Exit exit;
  std::string output;
  std::string errors;
};
// Runs a program to its end.
Outcome run(const Command& command, std::chrono::milliseconds time = patience);

// Returns the contents of a file. Throws std::runtime_error if it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace yodel::tests
