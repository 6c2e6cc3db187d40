#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/message.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "posix/shared_memory.hpp"
#include "posix/signals.hpp"
#include "posix/spawn.hpp"
#include "posix/unforked_memory.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/stuck_file.hpp"

namespace yodel::posix {
namespace {

using namespace std::chrono_literals;

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

// Starts a child that waits to be killed.
pid_t start_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (;;)
      ::pause();
  }
  return pid;
}

ChildExit wait_for_end(pid_t pid) {
  for (const auto deadline = Clock::now() + 10s; Clock::now() < deadline;) {
    if (const auto ended = reap(pid)) return *ended;
    poll_until({}, Clock::now() + 1ms);
  }
  ADD_FAILURE() << "the child did not end";
  return {};
}

TEST(Descriptor, IsClosedByItsDestructor) {
  int number = -1;
  {
    const Descriptor fd(::open("/dev/null", O_RDONLY));
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, CanBeMovedAndReleased) {
  Descriptor a(::open("/dev/null", O_RDONLY));
  const int number = a.get();
  Descriptor b(std::move(a));
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): this is under test
  EXPECT_EQ(b.get(), number);
  Descriptor c(::open("/dev/null", O_RDONLY));
  const int replaced = c.get();
  c = std::move(b);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_EQ(c.release(), number);
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(Message, IsReceivedWithItsSender) {
  const auto [mine, its] = socket_pair(SOCK_SEQPACKET);
  const int on = 1;
  ASSERT_EQ(::setsockopt(mine.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
  std::array<std::byte, 4> bytes{};
  EXPECT_EQ(receive_with_sender(mine.get(), bytes).size, -1);
  EXPECT_EQ(errno, EAGAIN);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::send(its.get(), "abcdef", 6, 0) == 6 ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  const auto received = receive_with_sender(mine.get(), bytes);
  EXPECT_EQ(received.size, 4) << "the rest is discarded";
  EXPECT_EQ(received.sender, child);
}

TEST(Message, CanCarryADescriptor) {
  const auto [mine, its] = socket_pair(SOCK_DGRAM);
  auto [out, in] = tests::make_pipe();
  ASSERT_EQ(send_with_descriptor(its.get(), nullptr, 0, "one", in.get()), 3);
  ASSERT_EQ(send_with_descriptor(its.get(), nullptr, 0, "none", -1), 4);
  in.reset();
  pollfd fd{.fd = out.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&fd, 1, 0), 0) << "the message holds the other end of the pipe";
  // The kernel closes the descriptor, because recv(2) has no room for it.
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(::recv(mine.get(), bytes.data(), bytes.size(), 0), 3);
  EXPECT_EQ(::poll(&fd, 1, 0), 1);
  EXPECT_EQ(fd.revents & POLLHUP, POLLHUP);
  EXPECT_EQ(::recv(mine.get(), bytes.data(), bytes.size(), 0), 4);
}

TEST(SpawnPlan, StartsAGroupLeaderWithItsDescriptors) {
  auto [mine, its] = socket_pair(SOCK_STREAM);
  SpawnPlan plan({SIGTERM});
  plan.open_null(STDIN_FILENO);
  plan.put(its.get(), STDOUT_FILENO);
  std::string name = "cat";
  std::string status = "/proc/self/status";
  std::string environ = "/proc/self/environ";
  std::string variable = "X=here";
  const std::array<char*, 4> arguments{name.data(), status.data(), environ.data(), nullptr};
  const std::array<char*, 2> environment{variable.data(), nullptr};
  const Child child(plan.spawn("/bin/cat", arguments, environment), Child::Reach::group);
  its.reset();
  std::string output;
  std::array<char, 256> part{};
  for (ssize_t size = 0; (size = ::read(mine.get(), part.data(), part.size())) > 0;)
    output.append(part.data(), static_cast<std::size_t>(size));
  EXPECT_NE(output.find("NSpgid:\t" + std::to_string(child.pid())), std::string::npos) << output;
  EXPECT_NE(output.find("SigBlk:\t0000000000004000"), std::string::npos) << "SIGTERM alone";
  EXPECT_NE(output.find("X=here"), std::string::npos) << output;
}

TEST(SpawnPlan, ReportsWhatCannotBeStarted) {
  const SpawnPlan plan({});
  std::string name = "nothing";
  const std::array<char*, 2> arguments{name.data(), nullptr};
  try {
    (void)plan.spawn("/no/such/program", arguments, std::array<char*, 1>{nullptr});
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_EQ(std::string(error.what()), "cannot start nothing: No such file or directory");
  }
}

TEST(Poll, ReturnsAtTheDeadline) {
  const auto deadline = Clock::now() + 20ms;
  EXPECT_EQ(poll_until({}, deadline), 0);
  EXPECT_GE(Clock::now(), deadline);
  EXPECT_EQ(poll_until({}, Clock::now() - 1h), 0) << "a deadline that has passed is no error";
}

TEST(Poll, FindsTheEarlierDeadline) {
  const auto now = Clock::now();
  EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(earlier(now, std::nullopt), now);
  EXPECT_EQ(earlier(std::nullopt, now), now);
  EXPECT_EQ(earlier(now + 1s, now), now);
}

TEST(Signals, AreTakenOneByOne) {
  const SignalSet set{SIGUSR1, SIGRTMIN};
  set.block();
  const Descriptor fd = open_signal_descriptor(set);
  EXPECT_FALSE(set.take_waiting());
  ::raise(SIGUSR1);
  ::raise(SIGRTMIN);
  ::raise(SIGRTMIN);
  pollfd poll{.fd = fd.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll_until({&poll, 1}, Clock::now()), 1);
  EXPECT_EQ(set.take_waiting()->si_signo, SIGUSR1);
  EXPECT_EQ(set.take_waiting()->si_signo, SIGRTMIN);
  EXPECT_EQ(set.take_waiting()->si_signo, SIGRTMIN) << "real-time signals are queued";
  EXPECT_FALSE(set.take_waiting());
  EXPECT_EQ(poll_until({&poll, 1}, Clock::now()), 0);
}

TEST(Child, ReportsHowItEnded) {
  pid_t pid = ::fork();
  if (pid == 0) ::_exit(7);
  const auto exited = wait_for_end(pid);
  EXPECT_TRUE(exited.exited());
  EXPECT_EQ(exited.exit_status(), 7);

  pid = start_sleeper();
  EXPECT_FALSE(reap(pid)) << "it is running";
  ::kill(pid, SIGKILL);
  const auto killed = wait_for_end(pid);
  EXPECT_FALSE(killed.exited());
  EXPECT_EQ(killed.signal(), SIGKILL);
  EXPECT_FALSE(reap(pid)) << "it was already reaped";
}

TEST(Child, DoesNotOutliveItsOwner) {
  const pid_t pid = start_sleeper();
  {
    const Child child(pid, Child::Reach::process);
    EXPECT_EQ(child.pid(), pid);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

// Returns whether a process is in state D, ps(1).
bool is_uninterruptible(pid_t pid) {
  return tests::status_of(pid, "State").starts_with("D");
}

TEST(Child, IsAbandonedIfItCannotEnd) {
  if (!tests::StuckFile::can_be_made()) GTEST_SKIP() << "cannot mount a file system here";
  std::optional<tests::StuckFile> file(std::in_place);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(file->descriptor(), STDIN_FILENO);
    ::close_range(STDIN_FILENO + 1, ~0U, 0);
    ::_exit(static_cast<int>(::write(STDIN_FILENO, "x", 1)));
  }
  tests::wait_until("a write that hangs", [&] { return file->has_writer(); });
  { const Child child(pid, Child::Reach::process); }
  EXPECT_TRUE(is_uninterruptible(pid)) << "the destructor waited until it could end";
  file.reset();
  EXPECT_EQ(wait_for_end(pid).signal(), SIGKILL);
}

TEST(Child, IsKilledWithItsGroup) {
  auto [reader, writer] = tests::make_pipe();
  const pid_t leader = ::fork();
  if (leader == 0) {
    ::setpgid(0, 0);
    (void)start_sleeper();
    const char ready = 0;
    if (::write(writer.get(), &ready, 1) != 1) ::_exit(1);
    for (;;)
      ::pause();
  }
  writer.reset();
  char ready = 1;
  ASSERT_EQ(::read(reader.get(), &ready, 1), 1);
  { const Child child(leader, Child::Reach::group); }
  // The pipe ends when the last process of the group has ended.
  pollfd poll{.fd = reader.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll_until({&poll, 1}, Clock::now() + 10s), 1);
  EXPECT_EQ(::read(reader.get(), &ready, 1), 0);
}

TEST(Child, KnowsWhetherItsGroupIsEmpty) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // to reap the leader's child
  auto [mine, its] = socket_pair(SOCK_STREAM);
  const pid_t leader = ::fork();
  if (leader == 0) {
    ::setpgid(0, 0);
    // A second process, which lives until its end of the socket is closed.
    if (::fork() == 0) {
      mine.reset();
      char byte = 0;
      ::_exit(static_cast<int>(::read(its.get(), &byte, 1)));
    }
    ::_exit(0);
  }
  ::setpgid(leader, leader);
  Child child(leader, Child::Reach::group);
  EXPECT_FALSE(child.group_is_empty());
  int status = -1;
  ASSERT_EQ(::waitpid(leader, &status, 0), leader);
  child.mark_reaped();
  EXPECT_FALSE(child.group_is_empty()) << "the second process is left";
  mine.reset();
  its.reset();
  ASSERT_GT(::waitpid(-leader, &status, 0), 0);
  EXPECT_TRUE(child.group_is_empty());
}

TEST(SharedMemory, IsSharedByAllWhoAttachIt) {
  const auto mine = SharedMemory::create(8192);
  EXPECT_EQ(mine.bytes().size(), 8192U);
  EXPECT_EQ(mine.bytes()[5000], std::byte{0});
  const auto other = SharedMemory::attach(mine.id(), 8192, SharedMemory::Access::read);
  EXPECT_NE(other.bytes().data(), mine.bytes().data());
  mine.bytes()[5000] = std::byte{42};
  EXPECT_EQ(other.bytes()[5000], std::byte{42});
}

TEST(SharedMemory, LivesUntilTheLastProcessDetaches) {
  auto first = SharedMemory::create(4096);
  const int id = first.id();
  first.bytes()[0] = std::byte{7};
  const auto second = SharedMemory::attach(id, 4096, SharedMemory::Access::write);
  first = SharedMemory();
  EXPECT_EQ(second.bytes()[0], std::byte{7});
  {
    const auto gone = SharedMemory::create(4096);
    EXPECT_NE(gone.id(), id);
  }
  EXPECT_THROW((void)SharedMemory::attach(-1, 4096, SharedMemory::Access::read), std::system_error);
}

TEST(SharedMemory, IsNotBoundByTheLimitOfFileSizes) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  EXPECT_NO_THROW((void)SharedMemory::create(1 << 20));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
}

TEST(UnforkedMemory, IsNotInAChild) {
  const UnforkedMemory memory(4096);
  const auto numbers = memory.as<int>(10);
  EXPECT_EQ(numbers[3], 0);
  numbers[3] = 42;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGSEGV, SIG_DFL);  // the sanitizers' handler would print
    ::_exit(*static_cast<volatile int*>(&numbers[3]) == 42 ? 1 : 2);
  }
  EXPECT_EQ(wait_for_end(pid).signal(), SIGSEGV);
  EXPECT_EQ(numbers[3], 42);
}

// Returns what proc(5) shows for a program with these arguments, its name first, that sets `title`.
std::string command_line(std::vector<std::string> arguments, const std::string& title) {
  auto [reader, writer] = tests::make_pipe();
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string variable = "TITLE=" + title;
  std::array<char*, 2> environment{variable.data(), nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(writer.get(), STDOUT_FILENO);
    ::execve(YODEL_SHOW_TITLE, argv.data(), environment.data());
    ::_exit(127);
  }
  writer.reset();
  std::string shown = tests::read_to_end(reader.get());
  EXPECT_EQ(wait_for_end(pid).exit_status(), 0);
  return shown;
}

const std::string nul(1, '\0');

TEST(ProcessTitle, ReplacesTheArguments) {
  EXPECT_EQ(command_line({"yodeld", "--config", "/etc/yodel/yodeld.toml"}, "yodeld: manager"),
            "yodeld: manager" + nul);
}

TEST(ProcessTitle, IsCutToTheRoom) {
  // The arguments and their NULs take 24 bytes, of which two mark the end of the title.
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(command_line({"program", "first", "second", "12"}, letters),
            letters.substr(0, 22) + nul);
  EXPECT_EQ(command_line({"program", "first", "second", "12"}, letters.substr(0, 22)),
            letters.substr(0, 22) + nul);
}

TEST(ProcessTitle, IsNotSetIfThereIsTooLittleRoom) {
  // 15 bytes, and 16.
  EXPECT_EQ(command_line({"yodeld", "1234567"}, "yodeld: manager"),
            "yodeld" + nul + "1234567" + nul);
  EXPECT_EQ(command_line({"yodeld", "12345678"}, "yodeld: manager"), "yodeld: manage" + nul);
}

TEST(ProcessTitle, MayHaveNoRoomAtAll) {
  ProcessTitle title;
  title.set({"yodeld: manager"});
}

}  // namespace
}  // namespace yodel::posix
