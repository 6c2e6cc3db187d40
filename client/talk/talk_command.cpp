#include <memory>
#include <unistd.h>

#include "client/connection/server_options.hpp"
#include "client/talk/line_editor.hpp"
#include "client/talk/talk.hpp"
#include "protocol/greet.hpp"
#include "text/quote.hpp"

namespace yodel::client::talk {
namespace {

constexpr const char* footer =
    "All arguments are names, each sent as a message; the server goes with -s. The\n"
    "message 'exit' ends the dialogue. Without a NAME, the messages are the lines of\n"
    "standard input or, on a terminal, what you type at a prompt.\n"
    "\n"
    "Examples:\n"
    "  yodel talk alice bob\n"
    "  yodel talk -s echo.example.com:9999 --timeout 500ms alice\n"
    "  yodel talk -s unix:/run/yodel/greet < names.txt\n";

struct TalkArguments {
  ServerOptions server;
  bool unframed = false;
  bool no_welcome = false;
  std::vector<std::string> names;

  [[nodiscard]] Service service() const {
    return {.framing = unframed ? Framing::unframed : Framing::unknown,
            .welcome = !no_welcome,
            .by_option = false};
  }
};

Checked check_names(const TalkArguments& arguments) {
  for (const auto& name : arguments.names) {
    if (name == protocol::exit_message) break;  // nothing is sent after it
    const auto reason = obstacle(arguments.service(), name);
    if (reason) return tl::make_unexpected(text::excerpt(name) + ": " + *reason);
  }
  return {};
}

std::unique_ptr<Messages> messages_of(const std::vector<std::string>& names) {
  if (!names.empty()) return std::make_unique<ArgumentMessages>(names);
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    return std::make_unique<InputMessages>();
  }
  return std::make_unique<LineEditor>();
}

Result<void> run(const TalkArguments& arguments) {
  auto connection = Connection::open(arguments.server.address, arguments.server.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  const auto messages = messages_of(arguments.names);
  return talk(*connection, *messages,
              {.timeout = arguments.server.timeout, .service = arguments.service()});
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<TalkArguments>();
  add_server_options(options, arguments->server,
                     [] { return default_port(protocol::Protocol::greet); });
  options.flag("--no-welcome", arguments->no_welcome,
               "Do not wait for a welcome: the server sends none");
  options.flag("--unframed", arguments->unframed,
               "Send messages without a newline from the start. By default the first message has "
               "one, and the reply shows whether the server takes lines");
  options.arguments("NAME", "A name for the server to greet", arguments->names);
  options.check([arguments] { return check_names(*arguments); });
  return [arguments] { return run(*arguments); };
}

}  // namespace

Command command() {
  return {.name = "talk",
          .summary = "Hold a dialogue with a greet server",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::talk
