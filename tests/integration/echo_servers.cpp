#include "tests/integration/echo_servers.hpp"

#include <stdexcept>

#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

// Returns a file for xinetd, xinetd.conf(5), without a limit on the rate of connections.
std::string xinetd_file(const std::string& port) {
  return "service echo\n{\n"
         "  type = INTERNAL UNLISTED\n"
         "  socket_type = stream\n"
         "  protocol = tcp\n"
         "  bind = 127.0.0.1\n"
         "  port = " +
         port +
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
  // -t: how long cat(1) may take over the rest after the client has ended its side.
  program_ = std::make_unique<Program>(
      Command{.path = "/usr/bin/socat",
              .arguments = {"-d", "-d", "-t", "60", "TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=128",
                            "EXEC:/bin/cat"},
              .input = std::nullopt});
  const auto begin = program_->wait_for_errors("listening on AF=2 ");
  const auto end = program_->wait_for_errors("\n", begin) - 1;
  address_ = program_->errors().substr(begin, end - begin);
}

void EchoServer::start_xinetd() {
  folder_.emplace();
  constexpr int max_tries = 5;
  for (int tried = 1;; ++tried) {
    // This port is free now, but another program may take it before xinetd does.
    address_ = bind_anywhere().address;
    const auto file = folder_->write("xinetd.conf", xinetd_file(port_of(address_)));
    program_ = std::make_unique<Program>(
        Command{.path = "/usr/sbin/xinetd",
                .arguments = {"-dontfork", "-filelog", "/dev/stderr", "-f", file, "-pidfile",
                              folder_->path() + "/xinetd.pid"},
                .input = std::nullopt});
    try {
      program_->wait_for_errors("Started working: 1 available service");
      return;
    } catch (const std::runtime_error&) {
      if (tried == max_tries) throw;
    }
  }
}

ClassicGreetServer::ClassicGreetServer()
    : program_({.path = "/usr/bin/python3",
                .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_server.py", "0"},
                .input = std::nullopt}) {
  const auto end = program_.wait_for_output("\n");
  address_ = "127.0.0.1:" + program_.output().substr(0, end - 1);
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
