// Running a program from a test: its input, its output, its signals and its end, each with a
// deadline.
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

// How long a test waits for an event before it fails. Far more than any takes.
constexpr std::chrono::seconds patience{10};

// Whether programs and tests are built with the sanitizers, which do what the confinement forbids.
#if defined(YODEL_SANITIZED)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Whether `text` has `part` in it.
[[nodiscard]] bool holds(std::string_view text, std::string_view part);
// `text` with `with` in place of each `what`.
[[nodiscard]] std::string replaced(std::string text, std::string_view what, std::string_view with);

// Bytes of all values, the same each time. Their period is no power of two, so that what comes from
// another place in a buffer is another byte.
[[nodiscard]] std::string bytes_of(std::size_t size);

// How a program is started. All but `path` may be left out.
struct Command {
  std::string path{};                                      // of the program, not searched for
  std::vector<std::string> arguments{};                    // without its name
  std::vector<std::pair<std::string, std::string>> set{};  // in its environment, beyond the test's
  std::vector<std::string> unset{};                        // taken out of it
  std::string folder{};                                    // to run in; empty: the test's own
  // On standard input, then end of file. nullopt: a pipe that write() and end_input() serve.
  std::optional<std::string> input = std::string();
  std::string output_file{};  // where standard output goes; empty: it is kept for output()
  std::vector<std::pair<int, int>> descriptors{};  // it gets: number here, number there (3 or more)
  // Its standard descriptors are a new terminal, which controls it. What it shows there is its
  // output(); `input` and `output_file` do not count.
  bool terminal = false;
};

// The same with these arguments behind its own.
[[nodiscard]] Command with_arguments(Command command, const std::vector<std::string>& more);
// The same with another input; std::nullopt: what the test writes.
[[nodiscard]] Command with_input(Command command, std::optional<std::string> input);
// The same on a terminal.
[[nodiscard]] Command on_terminal(Command command);

// How a program has ended.
struct Exit {
  int status = -1;  // its exit status; -1: a signal ended it
  int signal = 0;   // that signal; 0: none did
};

// A program that runs, in a process group (on a terminal: a session) of its own. Every function
// that waits takes the program's output in meanwhile, so it never blocks on a full pipe, and throws
// std::runtime_error at its deadline, with what the program had said so far. When it goes, the
// whole group is killed and the program collected. Not for several threads at once; other threads
// of the test may do what they like.
class Program {
 public:
  // Starts it, posix_spawn(3). Throws std::system_error where that fails. Signals are as a shell
  // leaves them: none blocked, none ignored.
  explicit Program(const Command& command);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  Program(Program&&) = delete;
  Program& operator=(Program&&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // What it has written so far, as far as the functions that wait have taken it in.
  [[nodiscard]] const std::string& output() const noexcept { return out_.text; }
  [[nodiscard]] const std::string& errors() const noexcept { return err_.text; }

  // Waits until output() or errors() holds `text` at or behind `from`; gives the position behind
  // it. Throws also when the program has ended without it.
  std::size_t wait_for_output(std::string_view text, std::size_t from = 0,
                              std::chrono::milliseconds time = patience);
  std::size_t wait_for_errors(std::string_view text, std::size_t from = 0,
                              std::chrono::milliseconds time = patience);

  // Writes all of `text` to its standard input or terminal. That it does not read any more is no
  // error.
  void write(std::string_view text, std::chrono::milliseconds time = patience);
  // Ends its standard input. On a terminal it hangs up.
  void end_input() noexcept;
  // Sends it a signal, kill(2).
  void signal(int number) const noexcept;

  // Waits until it has ended and gives how; output() and errors() are whole then, but for what
  // processes that outlive it write later. May be called again.
  Exit wait(std::chrono::milliseconds time = patience);

 private:
  struct Stream {
    posix::Descriptor descriptor;  // empty: it has ended
    std::string text;
  };

  void start(const Command& command);
  std::size_t wait_for(Stream& stream, std::string_view text, std::size_t from,
                       std::chrono::milliseconds time);
  // Waits for one event and takes it in: output, the end of the program, or room for input where
  // `writing`. false: none came until `deadline`.
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

// Runs a program to its end and gives what it said.
struct Outcome {
  Exit exit;
  std::string output;
  std::string errors;
};
Outcome run(const Command& command, std::chrono::milliseconds time = patience);

// The whole file. Throws std::runtime_error where it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace yodel::tests
