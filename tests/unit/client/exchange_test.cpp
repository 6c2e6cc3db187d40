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
constexpr Service probe{.protocol = Protocol::probe};

TEST(Exchange, FramesAMessageAsEachServiceNeedsIt) {
  EXPECT_EQ(request_of(lines, "bob"), "bob\n");
  EXPECT_EQ(request_of(unknown, "bob"), "bob\n");
  EXPECT_EQ(request_of(unframed, "bob"), "bob");
  EXPECT_EQ(request_of(echo, "bob\n"), "bob\n");
  for (const Service& service : {lines, unknown, unframed}) {
    EXPECT_EQ(reply_of(service, "bob"), "hello, bob!");
  }
  EXPECT_EQ(reply_of(echo, "bob\n"), "bob\n");
  EXPECT_EQ(request_of(probe, "12 abc"), "12 data=12 abc\n");
  EXPECT_EQ(reply_of(probe, "12 abc"), "12 data=12 abc");
  EXPECT_EQ(reply_of(probe, "2"), "2 data=2");
  EXPECT_EQ(reply_of(probe, "0123456789abcdef...."), "0123456789abcdef data=0123456789abcdef....");
  EXPECT_EQ(ending_size(probe), 1U);
}

TEST(Exchange, FarewellEndsInANewlineOnlyInLines) {
  EXPECT_EQ(farewell_of(lines), "exit\n");
  EXPECT_EQ(farewell_of(unframed), "exit");
  EXPECT_EQ(farewell_of(unknown), "exit");
  EXPECT_EQ(farewell_of(echo), "");
  EXPECT_EQ(reply_to_farewell(lines), "hello, exit!");
  EXPECT_EQ(reply_to_farewell(echo), "");
  EXPECT_EQ(farewell_of(probe), "");
}

TEST(Exchange, KnowsWhoSpeaksFirstAndWhatCanBePipelined) {
  EXPECT_TRUE(has_welcome(Protocol::greet));
  EXPECT_FALSE(has_welcome(Protocol::echo));
  EXPECT_TRUE(can_pipeline(lines));
  EXPECT_FALSE(can_pipeline(unframed));
  EXPECT_TRUE(can_pipeline(echo));
  EXPECT_TRUE(has_welcome(Protocol::probe));
  EXPECT_FALSE(can_pipeline(probe)) << "requests that are read together have one stamp";
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
  EXPECT_EQ(other_protocol(echo, "foo", "probe/1 a=b\n"), Protocol::probe);
  EXPECT_EQ(other_protocol(greet, "", "probe/1 a=b\n"), Protocol::probe);
  EXPECT_EQ(other_protocol(greet, "hello, probe/1 a!", "probe/1 a\n"), Protocol::echo);
  EXPECT_EQ(other_protocol(probe, "", "welcome\n"), Protocol::greet);
  EXPECT_EQ(other_protocol(probe, "", "probe/2 a=b\n"), nothing);
  // A damaged echo of a message that itself begins with "welcome".
  EXPECT_EQ(other_protocol(echo, "welcome back", "welcome bark"), nothing);
}

TEST(Exchange, SaysWhichCommandSuitsTheOtherProtocol) {
  const Service talk{.by_option = false};
  EXPECT_EQ(mismatch_of(talk, Protocol::probe),
            "this looks like a probe server: use 'yodel ping --protocol probe'");
  EXPECT_EQ(mismatch_of(echo, Protocol::probe),
            "this looks like a probe server: use --protocol probe");
  EXPECT_EQ(mismatch_of(probe, Protocol::greet),
            "this looks like a greet server: leave out --protocol probe");
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
  EXPECT_TRUE(obstacle(probe, "a\nb"));
}

}  // namespace
}  // namespace yodel::client
