#include "tests/integration/web_servers.hpp"

#include <stdexcept>

namespace yodel::tests {
namespace {

// %F is the folder, %P and %T are the ports. `user` lets a worker read the folder if the tests run
// as root; otherwise it has no effect.
constexpr std::string_view configuration = R"(
daemon off;
user root root;
worker_processes 1;
error_log stderr;
pid %F/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %F/body;
  proxy_temp_path %F/proxy;
  fastcgi_temp_path %F/fastcgi;
  uwsgi_temp_path %F/uwsgi;
  scgi_temp_path %F/scgi;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:%P;
    listen 127.0.0.1:%T ssl;
    ssl_certificate %F/certificate.pem;
    ssl_certificate_key %F/key.pem;
    root %F;
    location /gzip/ { alias %F/; gzip on; gzip_types *; gzip_min_length 1; }
    location /moved { return 302 /page.txt; }
    location /loop { return 302 /loop; }
    location /far { return 302 file:///etc/passwd; }
    location /down { return 302 http://127.0.0.1:%P/page.txt; }
    location /up { return 302 https://127.0.0.1:%T/down; }
    location /broken { return 500; }
  }
}
)";

void make_certificate(const std::string& folder) {
  const auto made =
      run({.path = "/usr/bin/openssl",
           .arguments = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                         "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out",
                         folder + "/certificate.pem"}});
  if (made.exit.status != 0) throw std::runtime_error("openssl: " + made.errors);
}

}  // namespace

Nginx::Nginx() : plain_(listen_anywhere()), tls_(listen_anywhere()) {
  make_certificate(folder_.path());
  auto text = replaced(std::string(configuration), "%F", folder_.path());
  text = replaced(std::move(text), "%P", port_of(plain_.address));
  text = replaced(std::move(text), "%T", port_of(tls_.address));
  const auto file = folder_.write("nginx.conf", text);
  program_.emplace(Command{.path = "/usr/sbin/nginx",
                           .arguments = {"-e", "stderr", "-p", folder_.path(), "-c", file},
                           .set = {{"NGINX", "3;4;"}},
                           .descriptors = {{plain_.fd.get(), 3}, {tls_.fd.get(), 4}}});
}

PythonServer::PythonServer() {
  program_.emplace(Command{.path = "/usr/bin/python3",
                           .arguments = {"-u", "-m", "http.server", "0", "--bind", "127.0.0.1",
                                         "--directory", folder_.path()}});
  const auto from = program_->wait_for_output(" port ");
  program_->wait_for_output(" (", from);
  port_ = program_->output().substr(from, program_->output().find(' ', from) - from);
}

}  // namespace yodel::tests
