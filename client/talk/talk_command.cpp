#include "client/talk/talk_command.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "client/quote.hpp"
#include "client/talk/line_editor.hpp"
#include "client/talk/talk.hpp"
#include "protocol/greet.hpp"

namespace yodel::client {
namespace {

constexpr const char* footer =
    "Each NAME is a message, and 'exit' ends the dialogue. Without a NAME the messages are\n"
    "the lines of standard input or, on a terminal, what is typed at a prompt.\n"
    "\n"
    "Examples:\n"
    "  yodel talk alice bob\n"
    "  yodel talk -s echo.example.com:9999 --timeout 500ms alice\n"
    "  yodel talk -s unix:/run/yodel/echo < names.txt\n";

// As CLI11 fills it in.
struct TalkArguments {
  ServerOptions server;
  bool unframed = false;
  bool no_welcome = false;
};

// As it was checked.
struct TalkPlan {
  ServerAddress server;
  ConnectOptions connect;
  TalkOptions options;
  std::vector<std::string> names;
};

void check_names(const std::vector<std::string>& names, Framing framing) {
  // Behind an 'exit' nothing is sent.
  const auto end = std::find(names.begin(), names.end(), protocol::exit_message);
  for (auto name = names.begin(); name != end; ++name) {
    const auto reason = obstacle(*name, framing);
    if (reason) throw CLI::ValidationError(fmt::format("{}: {}", quote(*name), *reason));
  }
}

TalkPlan plan(const TalkArguments& arguments, const std::vector<std::string>& names) {
  TalkPlan plan;
  plan.server = server_address(arguments.server);
  plan.connect = connect_options(arguments.server);
  plan.options.timeout = duration_option("--timeout", arguments.server.timeout);
  plan.options.welcome = !arguments.no_welcome;
  if (arguments.unframed) plan.options.framing = Framing::unframed;
  for (const auto& name : names)
    plan.names.push_back(plain(name));
  check_names(plan.names, plan.options.framing);
  return plan;
}

std::unique_ptr<Messages> messages_of(const std::vector<std::string>& names) {
  if (!names.empty()) return std::make_unique<ArgumentMessages>(names);
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  if (terminal) return std::make_unique<LineEditor>();
  return std::make_unique<InputMessages>();
}

Result<void> run_talk(const TalkPlan& plan) {
  auto connection = Connection::open(plan.server, plan.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  const auto messages = messages_of(plan.names);
  return talk(*connection, *messages, plan.options);
}

}  // namespace

void add_talk(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<TalkArguments>();
  auto* const command = program.add_subcommand("talk", "Hold the greet dialogue with a server");
  add_server_options(*command, arguments->server);
  command->add_flag("--no-welcome", arguments->no_welcome,
                    "Do not wait for a welcome: the server sends none");
  command->add_flag("--unframed", arguments->unframed,
                    "Send messages without a newline from the start. Otherwise this is\n"
                    "found out: the first message is a line, and the reply to it tells");
  auto* const names =
      command->add_option("NAME", "What to be greeted as")->expected(0, -1)->allow_extra_args();
  command->footer(footer);
  command->callback([arguments, names, &run] {
    run = [plan = plan(*arguments, names->results())] { return run_talk(plan); };
  });
}

}  // namespace yodel::client
