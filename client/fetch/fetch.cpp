#include "client/fetch/fetch.hpp"

#include <cmath>
#include <unistd.h>

#include "client/fetch/download_progress.hpp"
#include "client/fetch/transfer.hpp"
#include "client/terminal/output.hpp"
#include "text/json.hpp"

namespace yodel::client::fetch {
namespace {

// A body that is printed on the terminal shows the progress itself.
bool wants_progress(const FetchPlan& plan) {
  if (::isatty(STDERR_FILENO) == 0) return false;
  return !plan.file.empty() || ::isatty(STDOUT_FILENO) == 0;
}

// Returns milliseconds, rounded to the microsecond.
double number(Transfer::Milliseconds time) {
  constexpr double per_millisecond = 1000;
  return std::round(time.count() * per_millisecond) / per_millisecond;
}

std::string summary_of(const FetchPlan& plan, const Transfer& transfer, int status,
                       std::uint64_t bytes) {
  return to_string(text::Json::Object{{"url", plan.request.url.shown},
                                      {"effective_url", transfer.url},
                                      {"status", status},
                                      {"redirects", transfer.redirects},
                                      {"bytes", bytes},
                                      {"file", plan.file},
                                      {"connect_ms", number(transfer.connected)},
                                      {"first_byte_ms", number(transfer.first_byte)},
                                      {"total_ms", number(transfer.whole)}});
}

}  // namespace

Result<void> fetch(const FetchPlan& plan) {
  auto target = plan.file.empty() ? Result<TargetFile>(TargetFile::standard_output())
                                  : TargetFile::open(plan.file, plan.existing);
  if (!target) return tl::make_unexpected(target.error());
  if (plan.json && target->is_standard_output()) {
    return failure(ExitStatus::usage, std::string(json_needs_file));
  }
  DownloadProgress progress(wants_progress(plan));
  Response response(*target, progress, plan.rules);
  const auto transfer = plan.rules.redirects.raw ? raw_fetch(plan.request, response)
                                                 : http_fetch(plan.request, response);
  if (!transfer) return tl::make_unexpected(transfer.error());
  progress.finish();
  if (auto done = target->commit(); !done) return done;
  if (!plan.json) return {};
  return print(summary_of(plan, *transfer, response.status(), target->size()) + '\n');
}

}  // namespace yodel::client::fetch
