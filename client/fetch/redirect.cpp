#include "client/fetch/redirect.hpp"

#include <fmt/format.h>

#include "client/fetch/url.hpp"
#include "text/credentials.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

constexpr const char* secure = "https://";
constexpr const char* plain = "http://";

// Returns why the redirect from `url` to `target` is not followed, and what follows it, or an empty
// string if nothing stops it.
std::string obstacle(const std::string& url, const std::string& target, const RedirectRules& rules,
                     int followed) {
  const bool is_plain = target.starts_with(plain);
  if (!is_plain && !target.starts_with(secure)) return "; only http and https are followed";
  if (rules.raw) return "; --raw follows no redirects: use -L without --raw";
  if (url.starts_with(secure) && is_plain && !rules.allow_downgrade) {
    return fmt::format(", which is not encrypted; {}--allow-downgrade follows it",
                       rules.follow ? "" : "-L with ");
  }
  if (!rules.follow) return "; -L follows it";
  if (followed < max_redirects) return {};
  return fmt::format("; more than {} redirects", followed);
}

}  // namespace

Redirect judge_redirect(const Header& header, const std::string& url, const RedirectRules& rules,
                        int followed) {
  const auto judged = [&](const std::string& what, bool may_be_followed = false) {
    return Redirect{
        .may_be_followed = may_be_followed,
        .unfollowed = {.status = ExitStatus::redirected,
                       .text = fmt::format("{}: {}: {}", text::printable(url),
                                           text::printable(header.status_text()), what)}};
  };
  const auto location = header.value("Location");
  if (!location) return judged("a redirect without a Location");
  const auto target = resolve_reference(url, *location);
  if (!target) {
    return judged("moved to " + text::excerpt(text::without_credentials(*location)) +
                  ", which is not a URL");
  }
  const auto why_not = obstacle(url, *target, rules, followed);
  const bool may_be_followed = why_not.empty();
  return judged("moved to " + text::printable(*target) +
                    (may_be_followed ? "; it was not followed" : why_not),
                may_be_followed);
}

}  // namespace yodel::client::fetch
