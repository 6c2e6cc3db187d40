// What the client says to each kind of service, and what it takes for an answer.
#include "client/exchange/exchange.hpp"

#include <gtest/gtest.h>
#include <string>

namespace yodel::client {
namespace {

TEST(Exchange, CarriesAMessageInEachServicesWay) {
  EXPECT_EQ(request_of(Service::greet_lines, "bob"), "bob\n");
  EXPECT_EQ(reply_of(Service::greet_lines, "bob"), "hello, bob!\n");
  EXPECT_EQ(farewell_of(Service::greet_lines), "exit\n");
  EXPECT_EQ(request_of(Service::greet_unframed, "bob"), "bob");
  EXPECT_EQ(reply_of(Service::greet_unframed, "bob"), "hello, bob!");
  EXPECT_EQ(farewell_of(Service::greet_unframed), "exit");
  EXPECT_EQ(request_of(Service::echo, "bob\n"), "bob\n");
  EXPECT_EQ(reply_of(Service::echo, "bob\n"), "bob\n");
  EXPECT_EQ(farewell_of(Service::echo), "");
}

TEST(Exchange, KnowsWhoSpeaksFirstAndWhatCanBeSentAhead) {
  EXPECT_TRUE(has_welcome(Service::greet_lines));
  EXPECT_TRUE(has_welcome(Service::greet_unframed));
  EXPECT_FALSE(has_welcome(Service::echo));
  EXPECT_TRUE(takes_several(Service::greet_lines));
  EXPECT_FALSE(takes_several(Service::greet_unframed));
  EXPECT_TRUE(takes_several(Service::echo));
}

TEST(Exchange, MatchesByteForByte) {
  EXPECT_EQ(match("", "abc"), Match::incomplete);
  EXPECT_EQ(match("ab", "abc"), Match::incomplete);
  EXPECT_EQ(match("abc", "abc"), Match::right);
  EXPECT_EQ(match("abcabd", "abc"), Match::right);
  EXPECT_EQ(match("b", "abc"), Match::wrong);
  EXPECT_EQ(match("abd", "abc"), Match::wrong);
}

TEST(Exchange, SaysWhereLongTextsDiffer) {
  EXPECT_EQ(difference("abc", "abd"), "expected 'abc', got 'abd'");
  const std::string same(80, 'x');
  EXPECT_EQ(difference(same + "a", same + "b"), "expected '" + same.substr(8) + "…', got '" +
                                                    same.substr(8) +
                                                    "…' (different from byte 81 on)");
}

}  // namespace
}  // namespace yodel::client
