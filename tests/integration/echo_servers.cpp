#include "tests/integration/echo_servers.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "posix/descriptor.hpp"

namespace yodel::tests {
namespace {

// One that is free now. Another may take it before it is used: then there is no server there.
std::uint16_t free_port() {
  const posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const bytes = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), bytes, size) != 0 || ::getsockname(socket.get(), bytes, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "no free port");
  }
  return ntohs(address.sin_port);
}

// xinetd.conf(5). Without a limit on how fast connections may come.
std::string xinetd_file(std::uint16_t port) {
  return "service echo\n{\n"
         "  type = INTERNAL UNLISTED\n"
         "  socket_type = stream\n"
         "  protocol = tcp\n"
         "  bind = 127.0.0.1\n"
         "  port = " +
         std::to_string(port) +
         "\n"
         "  wait = no\n"
         "  flags = NOLIBWRAP\n"
         "  instances = UNLIMITED\n"
         "  per_source = UNLIMITED\n"
         "  cps = 1000000 1\n"
         "}\n";
}

}  // namespace

EchoServer::EchoServer(Kind kind) {
  switch (kind) {
    case Kind::yodeld: start_yodeld(); break;
    case Kind::socat: start_socat(); break;
    case Kind::xinetd: start_xinetd(); break;
  }
}

void EchoServer::start_yodeld() {
  daemon_ = std::make_unique<Daemon>("[[listen]]\nport = 0\nprotocol = \"echo\"\n");
  address_ = daemon_->address();
}

void EchoServer::start_socat() {
  // -t: how long cat(1) may take for the rest when the client has ended its side.
  program_ = std::make_unique<Program>(
      Command{.path = "/usr/bin/socat",
              .arguments = {"-d", "-d", "-t", "60", "TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=128",
                            "EXEC:/bin/cat"},
              .input = std::nullopt});
  const std::string said = "listening on AF=2 ";
  const auto begin = program_->wait_for_errors(said);
  const auto end = program_->wait_for_errors("\n", begin) - 1;
  address_ = program_->errors().substr(begin, end - begin);
}

void EchoServer::start_xinetd() {
  folder_.emplace();
  constexpr int most_tries = 5;
  for (int tried = 1;; ++tried) {
    const auto port = free_port();
    const auto file = folder_->write("xinetd.conf", xinetd_file(port));
    program_ = std::make_unique<Program>(
        Command{.path = "/usr/sbin/xinetd",
                .arguments = {"-dontfork", "-filelog", "/dev/stderr", "-f", file, "-pidfile",
                              folder_->path() + "/xinetd.pid"},
                .input = std::nullopt});
    address_ = "127.0.0.1:" + std::to_string(port);
    try {
      program_->wait_for_errors("Started working: 1 available service");
      return;
    } catch (const std::runtime_error&) {
      if (tried == most_tries) throw;
    }
  }
}

const char* name_of(EchoServer::Kind kind) {
  switch (kind) {
    case EchoServer::Kind::yodeld: return "yodeld";
    case EchoServer::Kind::socat: return "socat";
    case EchoServer::Kind::xinetd: return "xinetd";
  }
  return "?";
}

}  // namespace yodel::tests
