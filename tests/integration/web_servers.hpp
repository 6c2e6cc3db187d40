// Web servers for tests, on free ports of 127.0.0.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {

// An nginx(8) that serves a folder over HTTP and HTTPS. It gets sockets that listen already, as one
// nginx passes them to the next (variable NGINX), so a test need not wait for it or guess a free
// port. It serves its files and:
//   /gzip/FILE  compressed, and therefore in chunks
//   /moved      a redirect to /page.txt
//   /loop       a redirect to itself
//   /far        a redirect to a file: URL
//   /down       a redirect to /page.txt over HTTP
//   /up         a redirect to /down over HTTPS
//   /broken     status 500
class Nginx {
 public:
  Nginx();

  // Return "http://127.0.0.1:4711" and "https://127.0.0.1:4712".
  [[nodiscard]] std::string http() const { return "http://" + plain_.address; }
  [[nodiscard]] std::string https() const { return "https://" + tls_.address; }
  // Returns the path of its certificate in PEM format: for 127.0.0.1, self-signed.
  [[nodiscard]] std::string certificate() const { return folder_.path() + "/certificate.pem"; }
  // Writes a file that it serves.
  void serve(const std::string& name, std::string_view text) { folder_.write(name, text); }

 private:
  TemporaryFolder folder_;
  BoundSocket plain_;
  BoundSocket tls_;
  std::optional<Program> program_;
};

// Python's http.server, which serves a folder over HTTP/1.0.
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
