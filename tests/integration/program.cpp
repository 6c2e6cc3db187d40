#include "tests/integration/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "tests/integration/descriptors.hpp"

namespace yodel::tests {
namespace {

using posix::Clock;
using posix::Descriptor;

void check(bool well, const char* what, int error = errno) {
  if (!well) throw std::system_error(error, std::generic_category(), what);
}

Descriptor open_terminal() {
  Descriptor ours(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  check(static_cast<bool>(ours), "posix_openpt");
  check(::grantpt(ours.get()) == 0 && ::unlockpt(ours.get()) == 0, "unlockpt");
  return ours;
}

std::vector<std::string> environment(const Command& command) {
  const auto is_changed = [&command](std::string_view entry) {
    const auto name = entry.substr(0, entry.find('='));
    return std::count(command.unset.begin(), command.unset.end(), name) > 0 ||
           std::any_of(command.set.begin(), command.set.end(),
                       [name](const auto& each) { return each.first == name; });
  };
  std::vector<std::string> result;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!is_changed(*each)) result.emplace_back(*each);
  }
  for (const auto& [name, value] : command.set) {
    result.push_back(name);
    result.back().append("=").append(value);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& each : strings)
    result.push_back(each.data());
  result.push_back(nullptr);
  return result;
}

// The actions of posix_spawn(3) between the fork and the exec. As the test may have other threads,
// no other code may run there.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  SpawnPlan(SpawnPlan&&) = delete;
  SpawnPlan& operator=(SpawnPlan&&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void give(int ours, int theirs) {
    const int error = ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs);
    check(error == 0, "posix_spawn_file_actions_adddup2", error);
  }
  void open(int theirs, const std::string& path, int flags) {
    const int error = ::posix_spawn_file_actions_addopen(&actions_, theirs, path.c_str(), flags,
                                                         S_IRUSR | S_IWUSR);
    check(error == 0, "posix_spawn_file_actions_addopen", error);
  }
  void run_in(const std::string& folder) {
    const int error = ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    check(error == 0, "posix_spawn_file_actions_addchdir_np", error);
  }
  pid_t spawn(const Command& command) {
    sigset_t signals{};
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    const int group = command.terminal ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(
        &attributes_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group));

    std::vector<std::string> words{command.path};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    auto variables = environment(command);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, command.path.c_str(), &actions_, &attributes_,
                                    pointers(words).data(), pointers(variables).data());
    check(error == 0, command.path.c_str(), error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Blocks SIGPIPE while it lives, and consumes one that is pending at the end: otherwise a write to
// a pipe that nobody reads would kill the test.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked(PipeSignalBlocked&&) = delete;
  PipeSignalBlocked& operator=(PipeSignalBlocked&&) = delete;
  ~PipeSignalBlocked() {
    const timespec now{};
    ::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

}  // namespace

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::string bytes_of(std::size_t size) {
  constexpr std::size_t period = 1'000'003;
  std::string block(std::min(size, period), '\0');
  std::uint32_t state = 862;
  for (char& each : block) {
    state = state * 1664525 + 1013904223;  // a linear congruential generator
    each = static_cast<char>(state >> 24);
  }
  std::string bytes;
  bytes.reserve(size + period);
  while (bytes.size() < size)
    bytes += block;
  bytes.resize(size);
  return bytes;
}

Command with_arguments(Command command, const std::vector<std::string>& more) {
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

Command with_input(Command command, std::optional<std::string> input) {
  command.input = std::move(input);
  return command;
}

Command on_terminal(Command command) {
  command.terminal = true;
  return command;
}

Program::Program(const Command& command) : name_(command.path), terminal_(command.terminal) {
  start(command);
  process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  check(static_cast<bool>(process_), "pidfd_open");
  for (const auto* each : {&input_, &out_.descriptor, &err_.descriptor}) {
    if (*each) posix::set_nonblocking(each->get());
  }
  if (command.terminal || !command.input) return;
  write(*command.input);
  end_input();
}

void Program::start(const Command& command) {
  SpawnPlan plan;
  Pipe in;
  Pipe out;
  Pipe err;
  if (command.terminal) {
    Descriptor terminal = open_terminal();
    std::array<char, 64> name{};
    check(::ptsname_r(terminal.get(), name.data(), name.size()) == 0, "ptsname_r");
    // The first terminal that a session leader opens becomes its controlling terminal.
    for (const int fd : {0, 1, 2})
      plan.open(fd, name.data(), O_RDWR);
    out.reader = std::move(terminal);
    in.writer.reset(::fcntl(out.reader.get(), F_DUPFD_CLOEXEC, 0));
    check(static_cast<bool>(in.writer), "fcntl");
  } else {
    in = make_pipe();
    err = make_pipe();
    plan.give(in.reader.get(), STDIN_FILENO);
    plan.give(err.writer.get(), STDERR_FILENO);
    if (command.output_file.empty()) {
      out = make_pipe();
      plan.give(out.writer.get(), STDOUT_FILENO);
    } else {
      plan.open(STDOUT_FILENO, command.output_file, O_WRONLY | O_CREAT | O_TRUNC);
    }
  }
  // Copies with high numbers: adddup2 to one number must not overwrite a descriptor used later.
  std::vector<Descriptor> copies;
  for (const auto& [ours, theirs] : command.descriptors) {
    copies.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, 100));
    check(static_cast<bool>(copies.back()), "fcntl");
    plan.give(copies.back().get(), theirs);
  }
  if (!command.folder.empty()) plan.run_in(command.folder);
  pid_ = plan.spawn(command);
  input_ = std::move(in.writer);
  out_.descriptor = std::move(out.reader);
  err_.descriptor = std::move(err.reader);
}

Program::~Program() {
  if (pid_ <= 0) return;
  // Even if the program has exited, others of its group may still run.
  ::kill(-pid_, SIGKILL);
  if (!exit_) ::waitpid(pid_, nullptr, 0);
}

std::string Program::account(std::string_view failed) const {
  return name_ + ": " + std::string(failed) + "\n--- its output:\n" + out_.text +
         "\n--- its errors:\n" + err_.text;
}

// Reads what waits in `stream`. Returns false if there is nothing for now, or at the end of file.
bool Program::take(Stream& stream) {
  if (!stream.descriptor) return false;
  std::array<char, 65536> buffer{};
  const ssize_t size = ::read(stream.descriptor.get(), buffer.data(), buffer.size());
  if (size > 0) {
    stream.text.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  // read(2) fails with EIO once no process has the terminal open.
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) stream.descriptor.reset();
  return false;
}

void Program::take_rest() {
  for (auto* const stream : {&out_, &err_}) {
    while (take(*stream)) {
    }
  }
}

bool Program::wait_for_event(Clock::time_point deadline, bool writing) {
  std::array<pollfd, 4> fds{{
      {.fd = out_.descriptor.get(), .events = POLLIN, .revents = 0},
      {.fd = err_.descriptor.get(), .events = POLLIN, .revents = 0},
      {.fd = exit_ ? -1 : process_.get(), .events = POLLIN, .revents = 0},
      {.fd = writing ? input_.get() : -1, .events = POLLOUT, .revents = 0},
  }};
  if (posix::poll_until(fds, deadline) == 0) return false;
  if (fds[0].revents != 0) take(out_);
  if (fds[1].revents != 0) take(err_);
  if (fds[2].revents == 0) return true;
  int status = 0;
  check(::waitpid(pid_, &status, 0) == pid_, "waitpid");
  Exit ending;
  if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  exit_ = ending;
  take_rest();
  return true;
}

std::size_t Program::wait_for(Stream& stream, std::string_view text, std::size_t from,
                              std::chrono::milliseconds time) {
  const auto deadline = Clock::now() + time;
  for (;;) {
    const auto position = stream.text.find(text, from);
    if (position != std::string::npos) return position + text.size();
    // Search again only where a part of the text may already have arrived.
    from = std::max(from, stream.text.size() - std::min(stream.text.size(), text.size()));
    const std::string failed = "no output '" + std::string(text) + "'";
    if (exit_) throw std::runtime_error(account(failed + ", and it has exited"));
    const bool late = Clock::now() >= deadline;
    if (late || !wait_for_event(deadline, false)) throw std::runtime_error(account(failed));
  }
}

std::size_t Program::wait_for_output(std::string_view text, std::size_t from,
                                     std::chrono::milliseconds time) {
  return wait_for(out_, text, from, time);
}

std::size_t Program::wait_for_errors(std::string_view text, std::size_t from,
                                     std::chrono::milliseconds time) {
  return wait_for(err_, text, from, time);
}

void Program::write(std::string_view text, std::chrono::milliseconds time) {
  const auto deadline = Clock::now() + time;
  const PipeSignalBlocked blocked;
  while (!text.empty() && input_ && !exit_) {
    const ssize_t size = ::write(input_.get(), text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      if (!wait_for_event(deadline, true)) {
        throw std::runtime_error(account("it does not read its input"));
      }
    } else if (errno != EINTR) {
      input_.reset();
    }
  }
}

void Program::end_input() noexcept {
  input_.reset();
  if (terminal_) out_.descriptor.reset();
}

void Program::signal(int number) const noexcept {
  if (!exit_) ::kill(pid_, number);
}

Exit Program::wait(std::chrono::milliseconds time) {
  const auto deadline = Clock::now() + time;
  while (!exit_) {
    const bool late = Clock::now() >= deadline;
    if (late || !wait_for_event(deadline, false)) {
      throw std::runtime_error(account("it did not exit"));
    }
  }
  return *exit_;
}

Outcome run(const Command& command, std::chrono::milliseconds time) {
  Program program(command);
  const Exit exit = program.wait(time);
  return {exit, program.output(), program.errors()};
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace yodel::tests
