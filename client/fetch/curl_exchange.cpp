#include "client/fetch/curl_exchange.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "client/fetch/url.hpp"
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

// What libcurl says about it, as it reads after a colon.
std::string cause_of(CURLcode code, const Exchange& exchange) {
  const char* const text =
      exchange.error_text[0] != '\0' ? exchange.error_text.data() : curl_easy_strerror(code);
  return text::printable(lower_case_cause(text));
}

Failure connect_failure(const Exchange& exchange, const std::string& cause) {
  if (exchange.tried.empty()) {
    return {ExitStatus::unresolved, text::printable(url_of(exchange)) +
                                        ": the host has no address of the kind that was asked for"};
  }
  long error = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_OS_ERRNO, &error);
  const auto status = error == ETIMEDOUT ? ExitStatus::timed_out : ExitStatus::unreachable;
  if (error == 0) return {status, text::printable(url_of(exchange)) + ": " + cause};
  return {status, fmt::format("{}: {}", fmt::join(exchange.tried, ", "),
                              lower_case_cause(std::strerror(static_cast<int>(error))))};
}

Failure unresolved(const Exchange& exchange, const std::string& cause) {
  return {ExitStatus::unresolved, text::printable(url_of(exchange)) + ": " + cause};
}

}  // namespace

std::string url_of(const Exchange& exchange) {
  const char* url = nullptr;
  curl_easy_getinfo(exchange.handle, CURLINFO_EFFECTIVE_URL, &url);
  return without_user(url == nullptr ? "" : url);
}

Failure explain(CURLcode code, const Exchange& exchange, const Request& request) {
  if (exchange.failed) return *exchange.failed;
  const std::string cause = cause_of(code, exchange);
  if (code == CURLE_COULDNT_CONNECT) return connect_failure(exchange, cause);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    const auto time = text::print_duration(request.connect.timeout);
    if (exchange.tried.empty()) {
      return unresolved(exchange, fmt::format("timed out after {} resolving the name", time));
    }
    return {ExitStatus::timed_out, fmt::format("{}: timed out after {} connecting",
                                               fmt::join(exchange.tried, ", "), time)};
  }
  if (code == CURLE_SSL_CACERT_BADFILE) {
    if (!request.certificates.empty()) return {ExitStatus::usage, "--cacert: " + cause};
    return {ExitStatus::tls,
            text::printable(url_of(exchange)) +
                ": this system has no certificates to trust; they come with the package "
                "ca-certificates, or with --cacert"};
  }
  return {status_of(code), text::printable(url_of(exchange)) + ": " + cause};
}

}  // namespace yodel::client::fetch
