// What the client sends to each kind of service.
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "client/exchange/service.hpp"

namespace yodel::client {
namespace {

using protocol::Protocol;

constexpr Service lines{.framing = Framing::lines};
constexpr Service unframed{.framing = Framing::unframed};
constexpr Service unknown{.framing = Framing::unknown};
constexpr Service echo{.protocol = Protocol::echo, .welcome = false};

TEST(Exchange, FramesAMessageAsEachServiceNeedsIt) {
  EXPECT_EQ(request_of(lines, "bob"), "bob\n");
  EXPECT_EQ(request_of(unknown, "bob"), "bob\n");
  EXPECT_EQ(request_of(unframed, "bob"), "bob");
  EXPECT_EQ(request_of(echo, "bob\n"), "bob\n");
  for (const Service& service : {lines, unknown, unframed}) {
    EXPECT_EQ(reply_of(service, "bob"), "hello, bob!");
  }
  EXPECT_EQ(reply_of(echo, "bob\n"), "bob\n");
}

TEST(Exchange, FarewellEndsInANewlineOnlyInLines) {
  EXPECT_EQ(farewell_of(lines), "exit\n");
  EXPECT_EQ(farewell_of(unframed), "exit");
  EXPECT_EQ(farewell_of(unknown), "exit");
  EXPECT_EQ(farewell_of(echo), "");
  EXPECT_EQ(reply_to_farewell(lines), "hello, exit!");
  EXPECT_EQ(reply_to_farewell(echo), "");
}

TEST(Exchange, KnowsWhoSpeaksFirstAndWhatCanBePipelined) {
  EXPECT_TRUE(has_welcome(Protocol::greet));
  EXPECT_FALSE(has_welcome(Protocol::echo));
  EXPECT_TRUE(can_pipeline(lines));
  EXPECT_FALSE(can_pipeline(unframed));
  EXPECT_TRUE(can_pipeline(echo));
}

TEST(Exchange, RecognisesTheOtherProtocolByItsFirstBytes) {
  const Service greet{.welcome = false};
  const std::optional<Protocol> nothing;
  EXPECT_EQ(other_protocol(greet, "hello, foo!", "foo\n"), Protocol::echo);
  EXPECT_EQ(other_protocol(greet, "hello, foo!", "foo\nbar\n"), Protocol::echo);
  EXPECT_EQ(other_protocol(greet, "hello, foo!", "foo"), Protocol::echo);
  EXPECT_EQ(other_protocol(greet, "hello, foo!", "food\n"), nothing);
  EXPECT_EQ(other_protocol(greet, "hello, foo!", ""), nothing);
  EXPECT_EQ(other_protocol(greet, "", "foo\n"), nothing);
  EXPECT_EQ(other_protocol(echo, "foo", "welcome"), Protocol::greet);
  EXPECT_EQ(other_protocol(echo, "foo", "hello, foo!"), Protocol::greet);
  EXPECT_EQ(other_protocol(echo, "", "welcome"), Protocol::greet);
  EXPECT_EQ(other_protocol(echo, "foo", "220 mail ESMTP"), nothing);
  // A damaged echo of a message that itself begins with "welcome".
  EXPECT_EQ(other_protocol(echo, "welcome back", "welcome bark"), nothing);
}

TEST(Exchange, RefusesMessagesWhoseEndTheServerCouldNotSee) {
  for (const Service& service : {unknown, lines}) {
    EXPECT_FALSE(obstacle(service, ""));
    EXPECT_FALSE(obstacle(service, "a\rb"));
    EXPECT_TRUE(obstacle(service, "a\nb"));
    EXPECT_TRUE(obstacle(service, "a\r"));
  }
  EXPECT_TRUE(obstacle(unframed, ""));
  EXPECT_FALSE(obstacle(unframed, "a\nb"));
  EXPECT_FALSE(obstacle(echo, ""));
}

}  // namespace
}  // namespace yodel::client
