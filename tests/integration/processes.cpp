#include "tests/integration/processes.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "posix/poll.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {
namespace {

std::string proc(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

}  // namespace

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream file(proc(pid, "task/") + std::to_string(pid) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;)
    children.push_back(child);
  return children;
}

pid_t child_of(pid_t pid, std::string_view name) {
  pid_t found = 0;
  wait_until("a child called " + std::string(name), [&] {
    for (const pid_t child : children_of(pid)) {
      if (name_of(child) == name) found = child;
    }
    return found != 0;
  });
  return found;
}

std::vector<int> descriptors_of(pid_t pid) {
  std::vector<int> numbers;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(proc(pid, "fd"), gone)) {
    numbers.push_back(std::stoi(entry.path().filename()));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string name_of(pid_t pid) {
  std::ifstream file(proc(pid, "comm"));
  std::string name;
  std::getline(file, name);
  return name;
}

std::string title_of(pid_t pid) {
  std::ifstream file(proc(pid, "cmdline"));
  std::string title;
  std::getline(file, title, '\0');
  return title;
}

std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream file(proc(pid, "status"));
  const std::string field = name + ":\t";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field)) return line.substr(field.size());
  }
  return {};
}

std::string limits_of(pid_t pid, const std::string& name) {
  std::ifstream file(proc(pid, "limits"));
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    std::string limits;
    std::string hard;
    words >> limits >> hard;
    return limits.append(" ").append(hard);
  }
  return {};
}

void set_limit(pid_t pid, const std::string& name, const std::string& limit) {
  std::vector<std::string> words;
  if (::geteuid() == 0) {
    words = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  }
  words.emplace_back("/usr/bin/prlimit");
  words.push_back("--pid=" + std::to_string(pid));
  words.emplace_back("--").append(name).append("=").append(limit).append(":");
  const Command command{.path = words.front(), .arguments = {words.begin() + 1, words.end()}};
  const auto outcome = run(command);
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
}

std::string soft_limit(pid_t pid, const std::string& name) {
  const auto both = limits_of(pid, name);
  return both.substr(0, both.find(' '));
}

bool is_pending(pid_t pid, int signal) {
  const auto pending = status_of(pid, "ShdPnd");
  return !pending.empty() && (std::stoull(pending, nullptr, 16) >> (signal - 1) & 1) != 0;
}

bool is_running(pid_t pid) {
  std::ifstream file(proc(pid, "stat"));
  std::string line;
  if (!std::getline(file, line)) return false;
  // The state follows the name, which is in parentheses and may hold anything.
  const auto end_of_name = line.rfind(')');
  return end_of_name + 2 < line.size() && line[end_of_name + 2] != 'Z';
}

HeldProcess::HeldProcess(pid_t pid) : pid_(pid) {
  ::kill(pid, SIGSTOP);
  wait_until("the process to stop", [&] { return status_of(pid, "State").starts_with('T'); });
}

void wait_until_idle(pid_t acceptor) {
  wait_until("the acceptor to wait for events",
             [&] { return status_of(acceptor, "State").starts_with('S'); });
}

void kill_group(pid_t acceptor, const std::vector<pid_t>& sessions) {
  // Without its pid, the session of a killed acceptor is recorded as one that was never started.
  wait_until_idle(acceptor);
  ::kill(-acceptor, SIGSTOP);
  wait_until("the sessions to be stopped", [&] {
    return std::all_of(sessions.begin(), sessions.end(),
                       [](pid_t pid) { return status_of(pid, "State").starts_with('T'); });
  });
  ::kill(-acceptor, SIGKILL);
}

void HeldProcess::resume() const {
  ::kill(pid_, SIGCONT);
}

void HeldProcess::resume_after(int signal) const {
  wait_until("the signal", [&] { return is_pending(pid_, signal); });
  resume();
}

void wait_until(const std::string& what, const std::function<bool()>& condition) {
  using namespace std::chrono_literals;
  const auto deadline = posix::Clock::now() + patience;
  while (!condition()) {
    if (posix::Clock::now() >= deadline) throw std::runtime_error("timed out waiting for " + what);
    posix::poll_until({}, posix::Clock::now() + 2ms);
  }
}

}  // namespace yodel::tests
