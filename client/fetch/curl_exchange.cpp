#include "client/fetch/curl_exchange.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "client/fetch/url.hpp"
#include "text/credentials.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

// libcurl-errors(3)
ExitStatus status_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return ExitStatus::unresolved;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED: return ExitStatus::unreachable;
    case CURLE_OPERATION_TIMEDOUT: return ExitStatus::timed_out;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH: return ExitStatus::tls;
    default: return ExitStatus::wrong_answer;
  }
}

// Returns libcurl's message, as it reads after a colon.
std::string cause_of(CURLcode code, const Exchange& exchange) {
  const std::string_view text =
      exchange.error_text[0] != '\0' ? exchange.error_text.data() : curl_easy_strerror(code);
  // "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number"
  constexpr std::string_view prefix = "SSL routines::";
  const auto openssl = text.find(prefix);
  if (openssl != std::string_view::npos) {
    return text::printable(fmt::format("TLS: {}", text.substr(openssl + prefix.size())));
  }
  std::string cause = lower_case_cause(std::string(text).c_str());
  // The message may quote a URL with a password.
  const auto url = cause.find("://");
  const auto at = cause.rfind('@');
  if (url != std::string::npos && at != std::string::npos && url < at) {
    cause.erase(url + 3, at - url - 2);
  }
  return text::printable(cause);
}

// Returns the page's URL and, unless `at_proxy` is false, the proxy in use.
std::string place_of(const Exchange& exchange, bool at_proxy = true) {
  const auto url = text::printable(url_of(exchange));
  return exchange.proxy.empty() || !at_proxy ? url
                                             : fmt::format("{}: the proxy {}", url, exchange.proxy);
}

// Returns the failure for a proxy that libcurl cannot use. libcurl's own message shows its
// password.
std::optional<Failure> proxy_failure(const Exchange& exchange) {
  const std::string_view text = exchange.error_text.data();
  if (text.starts_with("Unsupported proxy scheme")) {
    return Failure{ExitStatus::usage,
                   place_of(exchange) +
                       ": unknown scheme; expected http, https, socks4, socks4a, "
                       "socks5 or socks5h"};
  }
  if (text.starts_with("Unsupported proxy")) {
    return Failure{ExitStatus::usage, place_of(exchange) + ": not a URL"};
  }
  return std::nullopt;
}

Failure tls_failure(const Exchange& exchange, const std::string& cause) {
  // Through a proxy that itself speaks TLS there are two handshakes, the first with the proxy.
  const bool by_proxy = exchange.proxy.starts_with("https://");
  const auto failed = [&](const std::string& what) {
    return Failure{ExitStatus::tls, place_of(exchange, by_proxy) + ": " + what};
  };
  const std::string peer = by_proxy ? "it" : "the server";
  // OpenSSL's error for an answer that is not TLS.
  if (cause.find("wrong version number") != std::string::npos) {
    return failed(peer + " does not speak TLS on this port");
  }
  if (cause.find("SSL_ERROR_SYSCALL") != std::string::npos) {
    return failed(peer + " ended the TLS handshake");
  }
  return failed(cause);
}

// Returns the failure that all addresses tried, of the server or of the proxy, had in common.
Failure at_peer(const Exchange& exchange, ExitStatus status, const std::string& what) {
  const auto failed = fmt::format("{}: {}", fmt::join(exchange.tried, ", "), what);
  return {status, exchange.proxy.empty() ? failed : place_of(exchange) + ": " + failed};
}

Failure connect_failure(const Exchange& exchange, const std::string& cause) {
  if (exchange.tried.empty()) {
    return {ExitStatus::unresolved,
            place_of(exchange) + ": the host has no address of the requested family"};
  }
  long error = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_OS_ERRNO, &error);
  const auto status = error == ETIMEDOUT ? ExitStatus::timed_out : ExitStatus::unreachable;
  if (error == 0) return {status, place_of(exchange) + ": " + cause};
  auto what = lower_case_cause(std::strerror(static_cast<int>(error)));
  // The error of connect(2) for a link-local address without its interface.
  if (error == EINVAL) what += "; a link-local address needs its interface, as in [fe80::1%25eth0]";
  return at_peer(exchange, status, what);
}

// Returns `cause`, or what it means if that is not plain.
std::string plainly(CURLcode code, const Exchange& exchange, const std::string& cause) {
  if (code == CURLE_WEIRD_SERVER_REPLY && cause.find("Content-Length") != std::string::npos) {
    return "invalid Content-Length";
  }
  if (cause.find("HTTP/0.9") != std::string::npos) return "not an HTTP response";
  // libcurl's error for a line of 100 kB.
  if (code == CURLE_OUT_OF_MEMORY && !exchange.header_whole) return "a header line is too long";
  return cause;
}

Failure unresolved(const Exchange& exchange, const std::string& cause) {
  return {ExitStatus::unresolved, place_of(exchange) + ": " + cause};
}

}  // namespace

int redirects_of(const Exchange& exchange) {
  long redirects = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_REDIRECT_COUNT, &redirects);
  return static_cast<int>(redirects);
}

void on_info(Exchange& exchange, std::string_view line) {
  // After a redirect another proxy may be used, or none.
  if (line.starts_with("Issue another request")) exchange.proxy.clear();
  // "Uses proxy env variable http_proxy == 'http://127.0.0.1:3128'"
  constexpr std::string_view begin = "Uses proxy env variable ";
  constexpr std::string_view middle = " == '";
  const auto at = line.find(middle);
  const auto end = line.rfind('\'');
  if (!line.starts_with(begin) || at == std::string_view::npos || end < at + middle.size()) return;
  const auto name = line.substr(begin.size(), at - begin.size());
  if (name == "no_proxy" || name == "NO_PROXY") return;
  const auto value = line.substr(at + middle.size(), end - at - middle.size());
  exchange.proxy =
      text::printable(fmt::format("{}, from {}", text::without_credentials(value), name));
}

std::string url_of(const Exchange& exchange) {
  const char* url = nullptr;
  curl_easy_getinfo(exchange.handle, CURLINFO_EFFECTIVE_URL, &url);
  return without_user(url == nullptr ? "" : url);
}

Failure explain(CURLcode code, const Exchange& exchange, const Request& request) {
  if (exchange.failed) return *exchange.failed;
  if (const auto failed = proxy_failure(exchange)) return *failed;
  const std::string cause = cause_of(code, exchange);
  if (code == CURLE_COULDNT_CONNECT) return connect_failure(exchange, cause);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    const auto time = text::print_duration(request.connect.timeout);
    if (exchange.tried.empty()) {
      return unresolved(exchange, fmt::format("timed out after {} resolving the name", time));
    }
    return at_peer(exchange, ExitStatus::timed_out,
                   fmt::format("timed out after {} connecting", time));
  }
  if (code == CURLE_SSL_CACERT_BADFILE) {
    if (!request.certificates.empty()) return {ExitStatus::usage, "--cacert: " + cause};
    return {ExitStatus::tls, text::printable(url_of(exchange)) +
                                 ": this system has no trusted certificates; install the package "
                                 "ca-certificates, or use --cacert"};
  }
  const auto status = status_of(code);
  if (status == ExitStatus::tls) return tls_failure(exchange, cause);
  const bool by_proxy = code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY ||
                        cause.find("CONNECT") != std::string::npos;
  return {status, place_of(exchange, by_proxy) + ": " + plainly(code, exchange, cause)};
}

}  // namespace yodel::client::fetch
