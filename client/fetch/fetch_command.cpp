#include "client/fetch/fetch_command.hpp"

#include <fmt/format.h>
#include <memory>

#include "client/fetch/fetch.hpp"

namespace yodel::client {
namespace {

constexpr const char* footer =
    "The header goes to standard error and the body to a file, which is named by the last\n"
    "part of the URL's path and appears once it is whole. As with curl, the body goes to\n"
    "standard output with '-o -', and behind the header with -i; a redirect is followed\n"
    "only with -L, and without it saved as it is; proxies are taken from the environment.\n"
    "The body of an answer with a status of 400 and above is not saved.\n"
    "\n"
    "--raw shows how HTTP works: it sends one request on a plain TCP connection and reads\n"
    "until the server closes it. The body is saved exactly as it came: what the server has\n"
    "sent in chunks stays so. It takes http only, no proxy, and follows no redirect.\n"
    "\n"
    "Examples:\n"
    "  yodel fetch https://example.com/a.txt          save it as a.txt\n"
    "  yodel fetch -L -o page.html http://example.com/\n"
    "  yodel fetch -i http://127.0.0.1:8080/          header and body, on standard output\n"
    "  yodel fetch --raw -o - http://127.0.0.1:8080/\n";

// As CLI11 fills it in.
struct FetchArguments {
  ServerOptions server;
  std::string url;
  std::optional<std::string> output;
  std::string certificates;
  bool force = false;
  bool include = false;
  bool follow = false;
  bool raw = false;
  bool json = false;
};

Url url_of(const FetchArguments& arguments) {
  const auto url = parse_url(plain(arguments.url));
  if (!url) throw CLI::ValidationError(url.error());
  if (arguments.raw && url->scheme != "http") {
    throw CLI::ValidationError("--raw takes an http URL only");
  }
  if (arguments.raw && url->has_user) {
    throw CLI::ValidationError("--raw sends no user name and password");
  }
  return *url;
}

// Where the body goes: a path, or nothing for standard output.
std::string file_of(const FetchArguments& arguments, const Url& url) {
  if (arguments.output) {
    const std::string file = plain(*arguments.output);
    if (file.empty()) throw CLI::ValidationError("--output: the name of a file is empty");
    return file == "-" ? std::string() : file;
  }
  if (arguments.include) return {};
  const auto name = file_name_in(url);
  if (!name) throw CLI::ValidationError(name.error() + "; name one with -o FILE");
  return *name;
}

FetchPlan plan(const FetchArguments& arguments) {
  FetchPlan plan;
  plan.request.url = url_of(arguments);
  plan.request.connect = connect_options(arguments.server);
  plan.request.timeout = duration_option("--timeout", arguments.server.timeout);
  plan.request.follow = arguments.follow;
  plan.request.certificates = plain(arguments.certificates);
  plan.raw = arguments.raw;
  plan.file = file_of(arguments, plan.request.url);
  const bool replace = arguments.force || arguments.output.has_value();
  plan.existing = replace ? TargetFile::Existing::replace : TargetFile::Existing::keep;
  if (arguments.include) plan.header = HeaderPlace::standard_output;
  plan.json = arguments.json;
  if (plan.json && plan.file.empty()) {
    throw CLI::ValidationError("--json needs standard output, so the body must go to a file");
  }
  return plan;
}

void add_output_options(CLI::App& command, FetchArguments& arguments) {
  add_value(command, "-o,--output", arguments.output, "FILE",
            "Save the body as FILE, also where it exists; '-' is\nstandard output");
  command.add_flag("-f,--force", arguments.force,
                   "Replace a file that exists and is named by the URL");
  auto* const include =
      command.add_flag("-i,--include", arguments.include,
                       "Print the header on standard output; without -o the\nbody follows it");
  command
      .add_flag("--json", arguments.json,
                "Print an account of the transfer as a JSON object: URL,\n"
                "status, bytes, file and times in milliseconds")
      ->excludes(include);
}

void add_transfer_options(CLI::App& command, FetchArguments& arguments) {
  auto* const follow =
      command.add_flag("-L,--location", arguments.follow, "Follow redirects, up to 10");
  auto* const certificates = add_value(command, "--cacert", arguments.certificates, "FILE",
                                       "Trust the certificates in FILE, in PEM, and no others");
  command
      .add_flag("--raw", arguments.raw,
                "Speak HTTP on a plain TCP connection, and save the body\nexactly as it comes")
      ->excludes(follow)
      ->excludes(certificates);
}

}  // namespace

void add_fetch(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<FetchArguments>();
  auto* const command =
      program.add_subcommand("fetch", "Get a page over HTTP or HTTPS and save it");
  add_output_options(*command, *arguments);
  add_transfer_options(*command, *arguments);
  add_connect_options(*command, arguments->server);
  command->add_option("URL", arguments->url, "The page: http://HOST/PATH or https://HOST/PATH")
      ->required();
  command->footer(footer);
  command->callback([arguments, &run] { run = [plan = plan(*arguments)] { return fetch(plan); }; });
}

}  // namespace yodel::client
