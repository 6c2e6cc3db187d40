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
    "The header goes to standard error and the body to a file, which is named by the\n"
    "last part of the URL's path and appears once it is whole. As with curl, the body\n"
    "goes to standard output with '-o -', and behind the header with -i; proxies are\n"
    "taken from the environment. An answer with a status of 400 and above is not\n"
    "saved, nor is a redirect that is not followed: that takes -L, and from https to\n"
    "http --allow-downgrade too.\n"
    "\n"
    "--raw shows how HTTP works: it sends one request on a plain TCP connection and\n"
    "reads until the server closes it. The body is saved exactly as it came: what the\n"
    "server has sent in chunks or compressed stays so. It takes http only, no proxy,\n"
    "and follows no redirect.\n"
    "\n"
    "Examples:\n"
    "  yodel fetch https://example.com/a.txt    save it as a.txt\n"
    "  yodel fetch -L -o page.html http://example.com/\n"
    "  yodel fetch -i http://127.0.0.1:8080/    header and body, on standard output\n"
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
  std::string file{};  // where the body goes; empty: standard output
};

Checked check_raw(const FetchArguments& arguments) {
  if (arguments.rules.redirects.raw && arguments.url.scheme != "http") {
    return tl::make_unexpected("--raw takes an http URL only");
  }
  if (arguments.rules.redirects.raw && arguments.url.has_user) {
    return tl::make_unexpected("--raw sends no user name and password");
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
                "Save the body as FILE, also where it exists; '-' is standard output",
                file_name(arguments.output));
  options.flag("-f,--force", arguments.force, "Replace a file that exists and is named by the URL");
  options.flag("-i,--include", arguments.include,
               "Print the header on standard output; without -o the body follows it");
  options.flag("--json", arguments.json,
               "Print an account of the transfer as a JSON object: URL, status, bytes, file and "
               "times in milliseconds");
  options.exclude("--json", "--include");
}

Checked read_size(const std::string& text, std::uint64_t& size) {
  const auto read = text::parse_size(text);
  if (!read) {
    return tl::make_unexpected(text::excerpt(text::without_credentials(text)) +
                               " is not a size; expected a whole number of bytes above zero, with "
                               "K, M, G, KiB, MiB or GiB "
                               "if need be");
  }
  size = *read;
  return {};
}

void add_limits(Options& options, ResponseRules& rules) {
  options.value("--max-size", "SIZE",
                fmt::format("The most that the page may have, as it is saved: 64KiB, 5M or a "
                            "number of bytes (default: {})",
                            text::print_size(rules.max_size)),
                [&rules](const std::string& text) { return read_size(text, rules.max_size); });
  options.value("--max-time", "TIME",
                fmt::format("For the whole transfer, from resolving the name to the last byte, "
                            "redirects included (default: {})",
                            text::print_duration(rules.max_time)),
                duration(rules.max_time));
}

void add_transfer_options(Options& options, FetchArguments& arguments) {
  options.flag("-L,--location", arguments.rules.redirects.follow, "Follow redirects, up to 10");
  options.flag("--allow-downgrade", arguments.rules.redirects.allow_downgrade,
               "Follow a redirect from https to http too");
  options.value("--cacert", "FILE", "Trust the certificates in FILE, in PEM, and no others",
                file_name(arguments.certificates));
  options.flag("--raw", arguments.rules.redirects.raw,
               "Speak HTTP on a plain TCP connection, and save the body exactly as it comes");
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
