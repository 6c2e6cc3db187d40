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

// Returns what libcurl says about it, as it reads after a colon.
std::string cause_of(CURLcode code, const Exchange& exchange) {
  const std::string_view text =
      exchange.error_text[0] != '\0' ? exchange.error_text.data() : curl_easy_strerror(code);
  return text::printable(lower_case_cause(std::string(text).c_str()));
}

// Returns the page's URL, and the proxy that stands between.
std::string place_of(const Exchange& exchange) {
  const auto url = text::printable(url_of(exchange));
  return exchange.proxy.empty() ? url : fmt::format("{}: the proxy {}", url, exchange.proxy);
}

// A proxy that libcurl cannot use: it quotes it with its password.
std::optional<Failure> proxy_failure(const Exchange& exchange) {
  const std::string_view text = exchange.error_text.data();
  if (text.starts_with("Unsupported proxy scheme")) {
    return Failure{ExitStatus::usage,
                   place_of(exchange) +
                       ": its scheme is not known; known are http, https, socks4, "
                       "socks4a, socks5 and socks5h"};
  }
  if (text.starts_with("Unsupported proxy")) {
    return Failure{ExitStatus::usage, place_of(exchange) + ": it is not a URL"};
  }
  return std::nullopt;
}

// OpenSSL's word for an answer that is no TLS, and what it says before a reason.
constexpr std::string_view no_tls = "wrong version number";
constexpr std::string_view openssl_prefix = "routines::";

Failure tls_failure(const Exchange& exchange, const std::string& cause) {
  const std::string place = text::printable(url_of(exchange)) + ": ";
  if (cause.find(no_tls) != std::string::npos) {
    return {ExitStatus::tls, place + "the server does not speak TLS on this port"};
  }
  if (cause.find("SSL_ERROR_SYSCALL") != std::string::npos) {
    return {ExitStatus::tls, place + "the server ended the TLS handshake"};
  }
  const auto prefix = cause.find(openssl_prefix);
  if (prefix == std::string::npos) return {ExitStatus::tls, place + cause};
  return {ExitStatus::tls,
          place + "the TLS handshake failed: " + cause.substr(prefix + openssl_prefix.size())};
}

Failure connect_failure(const Exchange& exchange, const std::string& cause) {
  if (exchange.tried.empty()) {
    return {ExitStatus::unresolved,
            place_of(exchange) + ": the host has no address of the kind that was asked for"};
  }
  long error = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_OS_ERRNO, &error);
  const auto status = error == ETIMEDOUT ? ExitStatus::timed_out : ExitStatus::unreachable;
  if (error == 0) return {status, place_of(exchange) + ": " + cause};
  const auto failed = fmt::format("{}: {}", fmt::join(exchange.tried, ", "),
                                  lower_case_cause(std::strerror(static_cast<int>(error))));
  return {status, exchange.proxy.empty() ? failed : place_of(exchange) + ": " + failed};
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

void take_note(Exchange& exchange, std::string_view line) {
  // Behind a redirect another proxy may be used, or none.
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
    const auto failed =
        fmt::format("{}: timed out after {} connecting", fmt::join(exchange.tried, ", "), time);
    return {ExitStatus::timed_out,
            exchange.proxy.empty() ? failed : place_of(exchange) + ": " + failed};
  }
  if (code == CURLE_SSL_CACERT_BADFILE) {
    if (!request.certificates.empty()) return {ExitStatus::usage, "--cacert: " + cause};
    return {ExitStatus::tls,
            text::printable(url_of(exchange)) +
                ": this system has no certificates to trust; they come with the package "
                "ca-certificates, or with --cacert"};
  }
  if (code == CURLE_WEIRD_SERVER_REPLY && cause.find("Content-Length") != std::string::npos) {
    return {ExitStatus::wrong_answer,
            text::printable(url_of(exchange)) + ": its Content-Length is not one number of bytes"};
  }
  if (cause.find("HTTP/0.9") != std::string::npos) {
    return {ExitStatus::wrong_answer, text::printable(url_of(exchange)) + ": no HTTP answer"};
  }
  // What libcurl says of a line of 100 kB.
  if (code == CURLE_OUT_OF_MEMORY && !exchange.header_whole) {
    return {ExitStatus::wrong_answer,
            text::printable(url_of(exchange)) + ": a line of the header is too long"};
  }
  const auto status = status_of(code);
  if (status == ExitStatus::tls) return tls_failure(exchange, cause);
  const bool by_proxy = code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY;
  return {status,
          (by_proxy ? place_of(exchange) : text::printable(url_of(exchange))) + ": " + cause};
}

}  // namespace yodel::client::fetch
