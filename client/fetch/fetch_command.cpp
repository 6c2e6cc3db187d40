#include <fmt/format.h>
#include <memory>

#include "client/connection/server_options.hpp"
#include "client/fetch/fetch.hpp"
#include "text/credentials.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"
#include "text/size.hpp"

namespace yodel::client::fetch {
namespace {

constexpr const char* footer =
    "The header goes to standard error. The body goes to a file named after the last\n"
    "part of the URL's path, which appears once it is complete. As with curl, '-o -'\n"
    "prints the body, -i prints the header and the body, and proxies are taken from\n"
    "the environment. A response with a status of 400 or above is not saved, nor is\n"
    "a redirect that is not followed: use -L, and from https to http also\n"
    "--allow-downgrade.\n"
    "\n"
    "--raw shows how HTTP works: it sends one request over plain TCP and reads until\n"
    "the server closes the connection. The body is saved exactly as it came, even in\n"
    "chunks or compressed. It supports http only, no proxies and no redirects.\n"
    "\n"
    "Examples:\n"
    "  yodel fetch https://example.com/a.txt    save it as a.txt\n"
    "  yodel fetch -L -o page.html http://example.com/\n"
    "  yodel fetch -i http://127.0.0.1:8080/    print the header and the body\n"
    "  yodel fetch --raw -o - http://127.0.0.1:8080/\n";

struct FetchArguments {
  ServerOptions server;
  Url url;
  std::optional<std::string> output;
  std::string certificates;
  bool force = false;
  bool include = false;
  ResponseRules rules{};
  bool json = false;
  std::string file{};  // where the body goes; empty for standard output
};

Checked check_raw(const FetchArguments& arguments) {
  if (arguments.rules.redirects.raw && arguments.url.scheme != "http") {
    return tl::make_unexpected("--raw takes an http URL only");
  }
  if (arguments.rules.redirects.raw && arguments.url.has_user) {
    return tl::make_unexpected("--raw cannot send a user name and password");
  }
  return {};
}

Checked choose_file(FetchArguments& arguments) {
  if (arguments.output) {
    if (*arguments.output != "-") arguments.file = *arguments.output;
  } else if (!arguments.include) {
    const auto name = file_name_in(arguments.url);
    if (!name) return tl::make_unexpected(name.error() + "; name one with -o FILE");
    arguments.file = *name;
  }
  if (arguments.json && arguments.file.empty()) {
    return tl::make_unexpected(std::string(json_needs_file));
  }
  return {};
}

FetchPlan plan_of(const FetchArguments& arguments) {
  ResponseRules rules = arguments.rules;
  if (arguments.include) rules.header = HeaderPlace::standard_output;
  const bool replace = arguments.force || arguments.output.has_value();
  return {.request = {.url = arguments.url,
                      .connect = arguments.server.connect,
                      .timeout = arguments.server.timeout,
                      .certificates = arguments.certificates},
          .rules = rules,
          .file = arguments.file,
          .existing = replace ? TargetFile::Existing::replace : TargetFile::Existing::keep,
          .json = arguments.json};
}

void add_output_options(Options& options, FetchArguments& arguments) {
  options.value("-o,--output", "FILE",
                "Save the body as FILE, even if that exists; '-' is standard output",
                file_name(arguments.output));
  options.flag("-f,--force", arguments.force, "Replace the file that the URL names, if it exists");
  options.flag("-i,--include", arguments.include,
               "Print the header on standard output; without -o the body follows it");
  options.flag("--json", arguments.json,
               "Print a summary of the transfer as a JSON object: URL, status, bytes, file and "
               "times in milliseconds");
  options.exclude("--json", "--include");
}

Checked read_size(const std::string& text, std::uint64_t& size) {
  const auto read = text::parse_size(text);
  if (!read) {
    return tl::make_unexpected(text::excerpt(text::without_credentials(text)) +
                               " is not a valid size; expected one above zero, such as 65536, 64K "
                               "or 1GiB");
  }
  size = *read;
  return {};
}

void add_limits(Options& options, ResponseRules& rules) {
  options.value(
      "--max-size", "SIZE",
      fmt::format("The largest page to save, uncompressed: 64KiB, 5M or a number of bytes "
                  "(default: {})",
                  text::print_size(rules.max_size)),
      [&rules](const std::string& text) { return read_size(text, rules.max_size); });
  options.value(
      "--max-time", "TIME",
      fmt::format("Time limit for the whole transfer, from resolving the name to the last byte, "
                  "including redirects (default: {})",
                  text::print_duration(rules.max_time)),
      duration(rules.max_time));
}

void add_transfer_options(Options& options, FetchArguments& arguments) {
  options.flag("-L,--location", arguments.rules.redirects.follow, "Follow redirects, up to 10");
  options.flag("--allow-downgrade", arguments.rules.redirects.allow_downgrade,
               "With -L, also follow redirects from https to http");
  options.value("--cacert", "FILE", "Trust only the certificates in FILE, in PEM format",
                file_name(arguments.certificates));
  options.flag("--raw", arguments.rules.redirects.raw,
               "Speak HTTP over plain TCP, and save the body exactly as it comes");
  options.exclude("--raw", "--location");
  options.exclude("--raw", "--allow-downgrade");
  options.exclude("--raw", "--cacert");
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<FetchArguments>();
  add_output_options(options, *arguments);
  add_transfer_options(options, *arguments);
  add_connect_options(options, arguments->server);
  add_limits(options, arguments->rules);
  options.required_argument(
      "URL", "The page: http://HOST/PATH or https://HOST/PATH",
      [arguments = arguments.get()](const std::string& text) -> Checked {
        return parse_url(text).map([&](auto url) { arguments->url = std::move(url); });
      });
  options.check([arguments] { return check_raw(*arguments); });
  options.check([arguments] { return choose_file(*arguments); });
  return [arguments] { return fetch(plan_of(*arguments)); };
}

}  // namespace

Command command() {
  return {.name = "fetch",
          .summary = "Get a page over HTTP or HTTPS and save it",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::fetch
