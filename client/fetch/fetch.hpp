// Gets a page and saves it.
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
  ResponseRules rules;  // redirects.raw chooses raw_fetch() instead of http_fetch()
  std::string file;     // where the body goes; empty for standard output
  TargetFile::Existing existing = TargetFile::Existing::keep;
  bool json = false;  // print a summary on standard output, where neither header nor body may go
};

// Gets the page, prints the header and saves the body. The file appears once the page is complete.
// On failure no file is saved, and an existing one stays as it was.
[[nodiscard]] Result<void> fetch(const FetchPlan& plan);

// Returns the command `yodel fetch`.
[[nodiscard]] Command command();

}  // namespace yodel::client::fetch
