// Redirects: RFC 9110, 15.4.
#pragma once

#include <string>

#include "client/failure.hpp"
#include "client/fetch/header.hpp"

namespace yodel::client::fetch {

struct RedirectRules {
  bool raw = false;              // none is followed, and no option changes that
  bool follow = false;           // up to max_redirects
  bool allow_downgrade = false;  // from https to http too
};

constexpr int max_redirects = 10;

struct Redirect {
  bool may_be_followed = false;
  Failure unfollowed;  // what to report if it is not followed
};

// Judges the redirect in `header`, with a status of 3xx, of a page at `url`, after `followed`
// others. The failure, ExitStatus::redirected, says where the page has moved to, resolved against
// `url` and without user name and password, why the redirect is not followed, and which option
// follows it.
[[nodiscard]] Redirect judge_redirect(const Header& header, const std::string& url,
                                      const RedirectRules& rules, int followed);

}  // namespace yodel::client::fetch
