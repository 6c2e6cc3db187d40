// The sockets passed by systemd.

#include "manager/systemd/passed_sockets.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "manager/listener.hpp"
#include "manager/systemd/exit_status.hpp"
#include "manager/systemd/start_history.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::manager {
namespace {

// --- names in the store ---

protocol::Endpoint endpoint(const std::string& address, std::uint16_t port = 0) {
  auto made = protocol::parse_endpoint(address).value();
  made.port = port;
  return made;
}

// Takes any path, also one that a file could not name.
protocol::Endpoint file_endpoint(const std::string& path) {
  protocol::Endpoint made;
  made.family = protocol::Family::local;
  made.path = path;
  return made;
}

// Returns endpoints with every byte that a path may have, in short and in the longest paths.
std::vector<protocol::Endpoint> many_endpoints() {
  std::vector<protocol::Endpoint> all;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1, 11, 9999, 65535}) {
    for (const char* address : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "::ffff:1",
                                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1%2",
                                "fe80::1%eth0", "fe80::1%eth_0"}) {
      all.push_back(endpoint(address, port));
    }
  }
  for (int byte = 1; byte < 256; ++byte) {
    const std::string name(1, static_cast<char>(byte));
    all.push_back(file_endpoint("/" + name));
    all.push_back(file_endpoint("/_" + name));
    std::string longest = "/";
    while (longest.size() < protocol::max_socket_path)
      longest += name;
    all.push_back(file_endpoint(longest));
    longest.back() = byte == 'y' ? 'z' : 'y';
    all.push_back(file_endpoint(longest));
  }
  all.push_back(endpoint("unix:/_3a"));
  all.push_back(endpoint("unix:/a_2fb"));
  all.push_back(endpoint("unix:/a/b"));
  return all;
}

TEST(StoreName, IsAcceptedBySystemd) {
  for (const auto& each : many_endpoints()) {
    const auto name = store_name(each);
    EXPECT_LE(name.size(), 255u) << name;
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return c > ' ' && c < 127 && c != ':';
    })) << name;
    EXPECT_NE(name, StartHistory::store_name);
  }
}

TEST(StoreName, IsDifferentForEachEndpoint) {
  std::set<std::string> places;
  std::set<std::string> names;
  for (const auto& each : many_endpoints()) {
    places.insert(to_string(each));
    names.insert(store_name(each));
  }
  EXPECT_EQ(names.size(), places.size());
}

// --- passed sockets ---

struct Socket {
  posix::Descriptor fd;
  protocol::Endpoint bound;
};

// Above the numbers of passed descriptors.
constexpr int high = 200;

Socket listen_at(const protocol::Endpoint& place) {
  const auto [low, address] = tests::listen_at(to_string(place));
  return {posix::Descriptor(::fcntl(low.get(), F_DUPFD_CLOEXEC, high)),
          tests::endpoint_of(address)};
}

Socket listen_anywhere() {
  return listen_at(endpoint("127.0.0.1"));
}

config::Listen listener(const protocol::Endpoint& place, const std::string& name = {}) {
  config::Listen listen;
  listen.name = name;
  listen.endpoint = place;
  return listen;
}

// Claims the socket for the only listener of a file.
std::optional<PassedSockets::Claimed> claim(PassedSockets& passed, const config::Listen& listen) {
  return passed.claim(listen, {listen});
}

// Makes this process look as if systemd had passed it copies of these descriptors, from 3 on.
// Restores the descriptors that the test runner has there.
class Passing {
 public:
  explicit Passing(const std::vector<std::pair<int, std::string>>& passed) {
    int number = first;
    std::string names;
    std::vector<posix::Descriptor> copies;
    for (const auto& [fd, name] : passed) {
      copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, high));
      names += (names.empty() ? "" : ":") + name;
    }
    for (const auto& copy : copies) {
      before_.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, high));
      EXPECT_EQ(::dup2(copy.get(), number), number);
      ++number;
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(passed.size()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  Passing(Passing&&) = delete;
  Passing& operator=(Passing&&) = delete;
  // The PassedSockets that took them must be gone by then.
  ~Passing() {
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
      ::unsetenv(name);
    for (std::size_t i = 0; i < before_.size(); ++i) {
      const int number = first + static_cast<int>(i);
      ::close(number);
      if (before_[i]) ::dup2(before_[i].get(), number);
    }
  }

 private:
  static constexpr int first = 3;  // SD_LISTEN_FDS_START
  std::vector<posix::Descriptor> before_;
};

TEST(PassedSockets, OfAnotherProcessAreNotTaken) {
  const auto socket = listen_anywhere();
  const Passing passing({{socket.fd.get(), "office"}});
  ::setenv("LISTEN_PID", std::to_string(::getppid()).c_str(), 1);
  auto passed = PassedSockets::take();
  EXPECT_FALSE(claim(passed, listener(socket.bound)));
  EXPECT_TRUE(passed.unused().empty());
}

TEST(PassedSockets, AreNotPassedOn) {
  const auto socket = listen_anywhere();
  const Passing passing({{socket.fd.get(), "office"}});
  auto passed = PassedSockets::take();
  EXPECT_EQ(::getenv("LISTEN_FDS"), nullptr);
  const auto claimed = claim(passed, listener(socket.bound));
  ASSERT_TRUE(claimed);
  EXPECT_NE(::fcntl(claimed->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(PassedSockets, AreClaimedByNameOrElseByAddress) {
  const auto first = listen_anywhere();
  const auto second = listen_anywhere();
  const Passing passing({{first.fd.get(), "office"}, {second.fd.get(), "other"}});
  auto passed = PassedSockets::take();
  const auto by_name = claim(passed, listener(second.bound, "office"));
  ASSERT_TRUE(by_name);
  EXPECT_TRUE(tests::same_file(by_name->fd.get(), first.fd.get())) << "the name comes first";
  EXPECT_EQ(by_name->stored_as, "");
  const auto by_address = claim(passed, listener(second.bound, "unknown"));
  ASSERT_TRUE(by_address);
  EXPECT_TRUE(tests::same_file(by_address->fd.get(), second.fd.get()));
  EXPECT_FALSE(claim(passed, listener(endpoint("127.0.0.1", 1))));
}

TEST(PassedSockets, GoToOneListenerEach) {
  const auto socket = listen_anywhere();
  const Passing passing({{socket.fd.get(), "office"}});
  auto passed = PassedSockets::take();
  const auto by_name = listener(endpoint("127.0.0.1"), "office");
  const auto by_address = listener(socket.bound);
  for (int reload = 0; reload < 2; ++reload) {
    EXPECT_FALSE(passed.claim(by_address, {by_address, by_name}))
        << "by name it belongs to the other";
    EXPECT_TRUE(passed.claim(by_name, {by_address, by_name}));
  }
  EXPECT_TRUE(passed.claim(by_address, {by_address}));
}

TEST(PassedSockets, OfOneNameGoByTheirAddresses) {
  const auto first = listen_anywhere();
  const auto second = listen_anywhere();
  const Passing passing({{first.fd.get(), "yodeld.socket"}, {second.fd.get(), "yodeld.socket"}});
  auto passed = PassedSockets::take();
  const auto named = listener(second.bound, "yodeld.socket");
  const auto other = listener(first.bound);
  const auto claimed = passed.claim(named, {other, named});
  ASSERT_TRUE(claimed);
  EXPECT_TRUE(tests::same_file(claimed->fd.get(), second.fd.get()));
  const auto rest = passed.claim(other, {other, named});
  ASSERT_TRUE(rest);
  EXPECT_TRUE(tests::same_file(rest->fd.get(), first.fd.get()));
}

TEST(PassedSockets, OfASocketUnitCanBeClaimedAgain) {
  const auto socket = listen_anywhere();
  const Passing passing({{socket.fd.get(), "office"}});
  auto passed = PassedSockets::take();
  EXPECT_EQ(passed.unused(), std::vector{to_string(socket.bound) + " (office)"});
  for (int i = 0; i < 3; ++i) {
    const auto claimed = claim(passed, listener(socket.bound));
    ASSERT_TRUE(claimed) << i;
    EXPECT_TRUE(tests::same_file(claimed->fd.get(), socket.fd.get()));
  }
  EXPECT_TRUE(passed.unused().empty());
}

TEST(PassedSockets, OfTheStoreAreClaimedOnce) {
  const auto socket = listen_anywhere();
  const Passing passing({{socket.fd.get(), store_name(socket.bound)}});
  auto passed = PassedSockets::take();
  EXPECT_TRUE(passed.unused().empty()) << "it is not a socket unit's";
  const auto claimed = claim(passed, listener(socket.bound));
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->stored_as, store_name(socket.bound));
  EXPECT_TRUE(tests::same_file(claimed->fd.get(), socket.fd.get()));
  EXPECT_FALSE(claim(passed, listener(socket.bound)));
}

// The kernel reports "%2" for "%eth0" in the file, so another process would compute another name.
TEST(PassedSockets, OfTheStoreKeepTheirNamesThere) {
  const auto socket = listen_anywhere();
  const std::string name = store_name(endpoint("127.0.0.1", 1));
  const Passing passing({{socket.fd.get(), name}});
  auto passed = PassedSockets::take();
  auto claimed = claim(passed, listener(socket.bound));
  ASSERT_TRUE(claimed);
  const auto adopted = Listener::adopt(*std::move(claimed), listener(socket.bound));
  EXPECT_EQ(adopted.stored_as(), name);
  EXPECT_FALSE(adopted.belongs_to_unit());
}

std::vector<std::string> names_of(const std::vector<PassedSockets::Closed>& closed) {
  std::vector<std::string> names(closed.size());
  std::transform(closed.begin(), closed.end(), names.begin(),
                 [](const PassedSockets::Closed& one) { return one.name; });
  return names;
}

TEST(PassedSockets, OfTheStoreThatNoListenerClaimsAreClosedAndReturned) {
  const auto dropped = listen_anywhere();
  const auto kept = listen_anywhere();
  auto unit = listen_anywhere();
  const Passing passing({{dropped.fd.get(), store_name(dropped.bound)},
                         {kept.fd.get(), store_name(kept.bound)},
                         {unit.fd.get(), "office"}});
  auto passed = PassedSockets::take();
  EXPECT_EQ(names_of(passed.close_stored_but({listener(kept.bound)})),
            std::vector{store_name(dropped.bound)});
  EXPECT_TRUE(listen_at(dropped.bound).fd) << "its address is free, although there is a copy";
  EXPECT_FALSE(claim(passed, listener(dropped.bound)));
  EXPECT_TRUE(claim(passed, listener(kept.bound)));
  EXPECT_TRUE(claim(passed, listener(unit.bound))) << "a socket unit's socket stays open";
}

TEST(PassedSockets, OfTheStoreThatAreNotSocketsAreReturnedToBeRemoved) {
  const auto pipe = tests::make_pipe();
  const std::string name = store_name(endpoint("127.0.0.1", 1));
  const Passing passing({{pipe.reader.get(), name}});
  auto passed = PassedSockets::take();
  EXPECT_EQ(names_of(passed.close_stored_but({})), std::vector{name});
}

TEST(PassedSockets, AUnixSocketWhoseFileIsGoneIsNotClaimed) {
  const tests::TemporaryFolder folder;
  const auto place = endpoint("unix:" + folder.path() + "/echo");
  const auto socket = listen_at(place);
  {
    const Passing passing({{socket.fd.get(), store_name(place)}});
    auto passed = PassedSockets::take();
    EXPECT_TRUE(passed.close_stored_but({listener(place)}).empty());
    EXPECT_TRUE(claim(passed, listener(place)));
  }
  ::unlink(place.path.c_str());
  {
    const Passing passing({{socket.fd.get(), store_name(place)}});
    auto passed = PassedSockets::take();
    EXPECT_FALSE(claim(passed, listener(place)));
    EXPECT_EQ(names_of(passed.close_stored_but({listener(place)})), std::vector{store_name(place)});
  }
}

TEST(PassedSockets, HoldTheHistoryOfTheStarts) {
  StartHistory history{posix::Descriptor()};
  (void)history.started(posix::Clock::now());
  const auto socket = listen_anywhere();
  const Passing passing(
      {{history.descriptor(), std::string(StartHistory::store_name)}, {socket.fd.get(), "office"}});
  auto passed = PassedSockets::take();
  EXPECT_EQ(StartHistory(passed.take_history()).starts(), 1u);
  EXPECT_FALSE(passed.take_history());
  EXPECT_TRUE(claim(passed, listener(socket.bound, "office")));
}

TEST(PassedSockets, ThatAreNotListeningStreamSocketsAreAnError) {
  const posix::Descriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const posix::Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const posix::Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {silent.get(), datagrams.get(), null.get()}) {
    const Passing passing({{fd, "office"}});
    try {
      (void)PassedSockets::take();
      ADD_FAILURE() << fd;
    } catch (const StartError& error) {
      EXPECT_EQ(error.status(), ExitStatus::config);
      EXPECT_NE(std::string(error.what()).find("'office'"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace yodel::manager
