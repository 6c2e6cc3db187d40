#include "text/json.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace yodel::text {
namespace {

constexpr JsonLimits enough{.depth = 64, .values = 500'000, .text = 1000};

TEST(Json, WritesEachKindOfValueOnOneLine) {
  const std::optional<double> none;
  const Json json(Json::Object{
      {"text", "a\"b\n"},
      {"yes", true},
      {"null", none},
      {"some", std::optional<std::uint64_t>(7)},
      {"below", -3},
      {"most", std::numeric_limits<std::uint64_t>::max()},
      {"real", 2.0},
      {"list", Json::Array{1, "x", Json::Object{}}},
  });
  EXPECT_EQ(to_string(json), R"({"text":"a\"b\n","yes":true,"null":null,"some":7,"below":-3,)"
                             R"("most":18446744073709551615,"real":2.0,"list":[1,"x",{}]})");
}

TEST(Json, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_string(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(Json, EscapesWhatAffectsATerminal) {
  const Json text(
      "\x1b[m \x7f \xc2\x9b m \xe2\x80\xae\xe2\x80\xac \xe2\x81\xa6\xe2\x81\xa9 \xc3\xa9 "
      "\xf0\x9f\x98\x80");
  EXPECT_EQ(to_string(text), "\"\\u001b[m \\u007f \\u009b m \\u202e\\u202c \\u2066\\u2069 é 😀\"");
  EXPECT_EQ(*parse_json(to_string(text), enough)->get<std::string>(), *text.get<std::string>());
}

TEST(Json, ReadsWhatItWrites) {
  for (const std::string text :
       {"null", "true", "-1", "18446744073709551615", "1.5", R"("\u0001é")", "[]", "{}",
        R"({"b":[1,[2.5,{"c":null}]],"a":""})"}) {
    const auto json = parse_json(text, enough);
    ASSERT_TRUE(json) << text << ": " << json.error();
    EXPECT_EQ(to_string(*json), text);
  }
}

TEST(Json, FindsTheLastMemberOfAName) {
  const auto json = parse_json(R"({"a":1,"b":2,"a":3})", enough).value();
  EXPECT_EQ(json.find("a")->number(), 3);
  EXPECT_EQ(json.find("c"), nullptr);
  EXPECT_EQ(Json("a").find("a"), nullptr);
}

TEST(Json, ReportsWhereADocumentIsInvalid) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "line 1, column 1: "},
      {"[1,\n2", "line 2, column 2: "},
      {"1 2", "line 1, column 3: "},
      {"1e400", "the document: number overflow parsing '1e400'"},
  };
  for (const auto& [text, error] : cases) {
    const auto json = parse_json(text, enough);
    ASSERT_FALSE(json) << text;
    EXPECT_TRUE(json.error().starts_with(error)) << json.error();
  }
}

TEST(Json, StopsAtALimit) {
  constexpr JsonLimits few{.depth = 2, .values = 5, .text = 3};
  for (const std::string text : {R"([[1,2,3]])", R"({"abc":"äx","":[]})", "[   1]"})
    EXPECT_TRUE(parse_json(text, few)) << text;
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"a":[0,{"b":1}]})", "a[1]: expected at most 2 levels of arrays and objects"},
      {R"({"a":[1,2,3,4]})", "a[3]: expected at most 5 values in the whole file"},
      {"[[],[],[],[],[]]", "[4]: expected at most 5 values in the whole file"},
      {R"({"a":"abcd"})", "a: expected a string of at most 3 bytes"},
      {R"("abcd")", "the document: expected a string of at most 3 bytes"},
      {R"({"abcd":1})", "abcd: expected a string of at most 3 bytes"},
      {R"([{"a] b":1e400}])", "[0].a] b: expected a string of at most 3 bytes"},
      {R"([{"] ":1e400}])", "[0].] : number overflow parsing '1e400'"},
      {"[1, \n\t 2]", "byte 6: expected at most 3 blanks in a row"},
  };
  for (const auto& [text, error] : cases) {
    const auto json = parse_json(text, few);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error(), error);
  }
}

// A hostile document neither exhausts the stack nor takes long.
TEST(Json, IsNotSlowedByAHostileDocument) {
  EXPECT_FALSE(parse_json(std::string(std::size_t{16} << 20U, '['), enough));
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']'), enough));
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']'), enough));
  std::string wide = "{";
  for (int i = 0; i < 200'000; ++i)
    wide.append("\"").append(std::to_string(i)).append("\":0,");
  wide += "\"last\":1}";
  EXPECT_EQ(parse_json(wide, enough).value().find("last")->number(), 1);
}

}  // namespace
}  // namespace yodel::text
