// The layout of --help.
#include "client/help_page.hpp"

#include <gtest/gtest.h>
#include <string>

namespace yodel::client {
namespace {

TEST(HelpPage, WrapsBetweenWords) {
  const std::string word(20, 'x');
  const HelpPage page{.summary = "Does it",
                      .usage = "it [OPTION]...",
                      .sections = {{.title = "Arguments", .entries = {}},
                                   {.title = "Options",
                                    .entries = {{"-s, --short", "Fits"},
                                                {"-w, --wrapped N", word + " " + word + " " + word},
                                                {"--a-name-of-twenty-four-c", "Begins below it"},
                                                {"--long", std::string(60, 'y')}}}},
                      .footer = "Examples:\n"};
  const std::string indent(28, ' ');
  EXPECT_EQ(to_string(page),
            "Does it\n\n"
            "Usage: it [OPTION]...\n\n"
            "Options:\n"
            "  -s, --short               Fits\n"
            "  -w, --wrapped N           " +
                word + " " + word + "\n" + indent + word +
                "\n"
                "  --a-name-of-twenty-four-c\n" +
                indent +
                "Begins below it\n"
                "  --long                    " +
                std::string(60, 'y') + "\n\nExamples:\n");
}

TEST(HelpPage, UsesEachLineUpToItsEnd) {
  const std::string half(39, 'x');
  const auto whole =
      to_string({.summary = half + " " + half + "x y", .usage = "", .sections = {}, .footer = ""});
  EXPECT_EQ(whole.substr(0, 84), half + " " + half + "x\ny\n\n") << whole;
  const auto over =
      to_string({.summary = half + " " + half + "xx", .usage = "", .sections = {}, .footer = ""});
  EXPECT_EQ(over.substr(0, 82), half + "\n" + half + "xx\n") << over;
}

}  // namespace
}  // namespace yodel::client
