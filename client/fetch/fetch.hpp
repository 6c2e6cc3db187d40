// Getting a page and saving it.
#pragma once

#include <string>
#include <string_view>

#include "client/command_line.hpp"
#include "client/failure.hpp"
#include "client/fetch/response.hpp"
#include "client/fetch/transfer.hpp"
#include "client/file/target_file.hpp"

namespace yodel::client::fetch {

constexpr std::string_view json_needs_file =
    "--json needs standard output, so the body must go to a file";

struct FetchPlan {
  Request request;
  ResponseRules rules;  // where redirects.raw is set, raw_fetch() gets it, otherwise http_fetch()
  std::string file;     // where the body goes; empty: to standard output
  TargetFile::Existing existing = TargetFile::Existing::keep;
  bool json = false;  // the account goes to standard output, where neither header nor body may
};

// Gets the page, shows the header and saves the body. The file appears once the page is whole; on
// failure there is none, and what stood in its place is as it was.
[[nodiscard]] Result<void> fetch(const FetchPlan& plan);

// `yodel fetch`: its command line.
[[nodiscard]] Command command();

}  // namespace yodel::client::fetch
