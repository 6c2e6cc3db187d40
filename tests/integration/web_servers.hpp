// Web servers of a test's own, on free ports of 127.0.0.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {

// nginx(8), that serves a folder over HTTP and HTTPS. It is given sockets that listen already, as
// one nginx gives them to the next (its variable NGINX), so nobody has to wait for it or to guess a
// free port. Beside the files there are:
//   /gzip/FILE  compressed, and therefore in chunks
//   /moved      a redirect to /page.txt
//   /loop       one to itself
//   /far        one to a scheme that is not of the web
//   /down       one to /page.txt over HTTP
//   /up         one to /down over HTTPS
//   /broken     500
class Nginx {
 public:
  Nginx();

  // "http://127.0.0.1:4711", "https://127.0.0.1:4712".
  [[nodiscard]] std::string http() const { return "http://" + plain_.address; }
  [[nodiscard]] std::string https() const { return "https://" + tls_.address; }
  // Its certificate, in PEM: for 127.0.0.1, signed by itself.
  [[nodiscard]] std::string certificate() const { return folder_.path() + "/certificate.pem"; }
  // Writes a file that it serves.
  void serve(const std::string& name, std::string_view text) { folder_.write(name, text); }

 private:
  TemporaryFolder folder_;
  BoundSocket plain_;
  BoundSocket tls_;
  std::optional<Program> program_;
};

// Python's http.server, that serves a folder over HTTP/1.0.
class PythonServer {
 public:
  PythonServer();

  [[nodiscard]] std::string http() const { return "http://127.0.0.1:" + port_; }
  void serve(const std::string& name, std::string_view text) { folder_.write(name, text); }

 private:
  TemporaryFolder folder_;
  std::optional<Program> program_;
  std::string port_;
};

}  // namespace yodel::tests
