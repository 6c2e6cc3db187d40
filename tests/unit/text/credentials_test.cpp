#include "text/credentials.hpp"

#include <gtest/gtest.h>
#include <string_view>
#include <utility>

namespace yodel::text {
namespace {

TEST(WithoutCredentials, RemovesEverythingBeforeTheLastAt) {
  for (const auto& [text, shown] : {
           std::pair<std::string_view, std::string_view>{"http://u:secret@h/x", "http://h/x"},
           {"http://u:secret@h:99999/x", "http://h:99999/x"},
           {"http://u:se cret@h/", "http://h/"},
           {"http://u:se/cret@h/", "http://h/"},
           {"http://u:se@cret@h/", "http://h/"},
           {"http://u:se://cret@h/", "http://h/"},
           {"HTTP+x.1://u:secret@h", "HTTP+x.1://h"},
           {"u:secret@h/x", "h/x"},
           {"u:secret://x@h", "h"},
           {"http:u:secret@h", "h"},
           {"http:/u:secret@h", "h"},
           {"://u:secret@h", "h"},
           {"1x://u:secret@h", "h"},
           {"secret@", ""},
           {"secret@h://x", "h://x"},
           {"@", ""},
       }) {
    EXPECT_EQ(without_credentials(text), shown) << text;
  }
}

TEST(HideCredentials, RemovesThemFromEachUrl) {
  for (const auto& [message, shown] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"no URL, me@host", "no URL, me@host"},
           {"http://u:secret@h/x: no", "http://h/x: no"},
           {"'http://u:s@cret@h' and https://u@h:1/", "'http://h' and https://h:1/"},
           {"http://h/@me and http://h?a@b", "http://h/@me and http://h?a@b"},
           {"a://b", "a://b"},
           {"://", "://"}}) {
    EXPECT_EQ(hide_credentials(message), shown);
  }
}

TEST(WithoutCredentials, KeepsATextWithoutAt) {
  for (const std::string_view text : {"", "http://h/x", "h:1", "://"})
    EXPECT_EQ(without_credentials(text), text);
}

}  // namespace
}  // namespace yodel::text
