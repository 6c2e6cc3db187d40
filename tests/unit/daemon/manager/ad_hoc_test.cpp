#include "manager/ad_hoc.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/listen_argument.hpp"

namespace yodel::manager {
namespace {

using Commands = std::vector<std::string>;

protocol::Endpoint endpoint(std::string_view text) {
  return config::parse_listen(text).value().endpoint;
}

Commands commands(std::string_view listener, const std::vector<protocol::Endpoint>& own = {}) {
  const auto listen = config::parse_listen(listener).value();
  return commands_for(listen.endpoint, listen.protocol, own);
}

TEST(Commands, NameTheListener) {
  EXPECT_EQ(commands("192.0.2.7"), Commands{"yodel ping 192.0.2.7:9999"});
  EXPECT_EQ(commands("echo@192.0.2.7:7"), Commands{"yodel ping --protocol echo 192.0.2.7:7"});
  EXPECT_EQ(commands("2001:db8::7"), Commands{"yodel ping '[2001:db8::7]:9999'"});
  EXPECT_EQ(commands("unix:/run/it's"), Commands{R"(yodel ping 'unix:/run/it'\''s')"});
}

TEST(Commands, ForAWildcardNameEachAddressOfItsFamily) {
  const std::vector<protocol::Endpoint> own{endpoint("192.0.2.7"), endpoint("2001:db8::7"),
                                            endpoint("198.51.100.7")};
  EXPECT_EQ(commands("0.0.0.0:7", own),
            (Commands{"yodel ping 192.0.2.7:7", "yodel ping 198.51.100.7:7"}));
  EXPECT_EQ(commands("::", own), Commands{"yodel ping '[2001:db8::7]:9999'"});
  EXPECT_EQ(commands("0.0.0.0"), Commands{"yodel ping 127.0.0.1:9999"});
  EXPECT_EQ(commands("echo@::"), Commands{"yodel ping --protocol echo '[::1]:9998'"});
}

TEST(ReachableAddresses, ExcludeLoopbackAndLinkLocal) {
  for (const auto& address : reachable_addresses()) {
    EXPECT_FALSE(is_link_local(address));
    EXPECT_NE(address_text(address), "::1");
    EXPECT_FALSE(address_text(address).starts_with("127.")) << address_text(address);
  }
}

TEST(HangupEvent, StopsADaemonWithoutAFile) {
  const config::Source file{.path = "x"};
  const config::Source none{.listeners = {config::default_listener()}};
  EXPECT_TRUE(std::holds_alternative<event::ReloadAsked>(hangup_event(file)));
  EXPECT_TRUE(std::holds_alternative<event::StopAsked>(hangup_event(none)));
  const auto before = std::signal(SIGHUP, SIG_IGN);  // nohup(1)
  EXPECT_TRUE(std::holds_alternative<event::ReloadAsked>(hangup_event(none)));
  (void)std::signal(SIGHUP, before);
}

}  // namespace
}  // namespace yodel::manager
