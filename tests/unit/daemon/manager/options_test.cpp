// The command line of yodeld.

#include "manager/options.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "manager/systemd/exit_status.hpp"

namespace yodel::manager {
namespace {

std::variant<Options, Answer> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "yodeld");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, HaveTheirDefaults) {
  const auto options = std::get<Options>(parse({}));
  EXPECT_EQ(options.action, Options::Action::serve);
  EXPECT_EQ(options.config, "/etc/yodel/yodeld.toml");
  EXPECT_FALSE(options.config_was_given);
}

TEST(Options, AreRead) {
  const auto check = std::get<Options>(parse({"--check", "--config", "a.toml"}));
  EXPECT_EQ(check.action, Options::Action::check);
  EXPECT_EQ(check.config, "a.toml");
  EXPECT_TRUE(check.config_was_given);
  EXPECT_EQ(std::get<Options>(parse({"--print-config"})).action, Options::Action::print_config);
}

TEST(Options, ReloadNamesAProcess) {
  const auto options = std::get<Options>(parse({"--reload", "4711"}));
  EXPECT_EQ(options.action, Options::Action::reload);
  EXPECT_EQ(options.daemon, 4711);
}

TEST(Options, PrintSocketUnitIsRead) {
  const auto options = std::get<Options>(parse({"--print-socket-unit", "-c", "a.toml"}));
  EXPECT_EQ(options.action, Options::Action::print_socket_unit);
  EXPECT_EQ(options.config, "a.toml");
}

TEST(Options, HelpAndVersionAreAnswered) {
  EXPECT_NE(std::get<Answer>(parse({"--help"})).text.find("--print-config"), std::string::npos);
  EXPECT_EQ(std::get<Answer>(parse({"--version"})).text, "yodeld " YODEL_VERSION "\n");
  EXPECT_EQ(std::get<Answer>(parse({"--version"})).status, ExitStatus::ok);
}

TEST(Options, AnEmptyFileNameIsReported) {
  EXPECT_NE(std::get<Answer>(parse({"-c", ""})).text.find("the file name is empty"),
            std::string::npos);
}

TEST(Options, VersionHasAShortName) {
  EXPECT_EQ(std::get<Answer>(parse({"-V"})).text, "yodeld " YODEL_VERSION "\n");
}

TEST(Options, ListenMayBeRepeated) {
  const auto options = std::get<Options>(
      parse({"--listen", "0.0.0.0", "--listen=echo@[::1]:7", "--listen", "[::]"}));
  ASSERT_EQ(options.listeners.size(), 3U);
  EXPECT_EQ(to_string(options.listeners[0].endpoint), "0.0.0.0:9999");
  EXPECT_EQ(to_string(options.listeners[1].endpoint), "[::1]:7");
  EXPECT_EQ(to_string(options.listeners[2].endpoint), "[::]:9999");
  EXPECT_EQ(std::get<Options>(parse({"--listen", "::1", "--print-config"})).action,
            Options::Action::print_config);
}

TEST(Options, ErrorsArePlain) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> cases{
      {{"--port", "7"}, "unexpected argument '--port'"},
      {{"--chek"}, "unexpected argument '--chek'; did you mean '--check'?"},
      {{"file"}, "unexpected argument 'file'"},
      {{"--listen", "::1", "127.0.0.1"}, "unexpected argument '127.0.0.1'"},
      {{"--reload", "abc"},
       "--reload: 'abc' is not a process id; expected a number from 1 to 4194304"},
      {{"--reload", "0"}, "--reload: '0' is not a process id; expected a number from 1 to 4194304"},
      {{"--reload"}, "--reload needs an argument: PID"},
      {{"--config"}, "--config needs an argument: FILE"},
      {{"--listen"}, "--listen needs an argument: ADDRESS"},
      {{"-c", "a", "-c", "b"}, "--config may be given only once"},
      {{"--listen", "::1", "-c", "a"},
       "--listen cannot be combined with --config: it replaces the file"},
      {{"--listen", "::1", "--reload", "1"}, "--listen cannot be combined with --reload"},
      {{"--listen", "::", "--listen", "::1"},
       "--listen: cannot listen at both [::]:9999 and [::1]:9999; change the address or port of "
       "one"},
  };
  for (const auto& [words, said] : cases) {
    const auto options = parse(words);
    ASSERT_TRUE(std::holds_alternative<Answer>(options)) << said;
    EXPECT_EQ(std::get<Answer>(options).text, "yodeld: " + said + "\nTry 'yodeld --help'.\n");
  }
}

TEST(Options, WrongOnesAreUsageErrors) {
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"--nonsense"},
                                             {"file"},
                                             {"--config"},
                                             {"--config", ""},
                                             {"--check", "--print-config"},
                                             {"--check", "--print-socket-unit"},
                                             {"--print-config", "--print-socket-unit"},
                                             {"--reload", "1", "--check"},
                                             {"--reload", "1", "--print-socket-unit"},
                                             {"--reload"},
                                             {"--reload", "0"},
                                             {"--reload", "-1"},
                                             {"--reload", "4194305"},
                                             {"--reload", "1x"},
                                             {"--reload", "yodeld"}}) {
    const auto options = parse(wrong);
    ASSERT_TRUE(std::holds_alternative<Answer>(options)) << ::testing::PrintToString(wrong);
    const auto answer = std::get<Answer>(options);
    EXPECT_EQ(answer.status, ExitStatus::usage);
    EXPECT_NE(answer.text.find("yodeld --help"), std::string::npos);
  }
}

}  // namespace
}  // namespace yodel::manager
