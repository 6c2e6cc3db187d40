// Any bytes are either refused, or are a run whose page contains only numbers and escaped text.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "client/report/page.hpp"
#include "client/report/run_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::client;
  const auto run = parse_run({reinterpret_cast<const char*>(data), size});
  if (!run) {
    if (run.error().text.empty() || run.error().remedy.empty()) std::abort();
    return 0;
  }
  // The run is written so that it reads back equal.
  if (parse_run(to_json(*run)) != *run) std::abort();
  // Comparing the run with itself puts each figure on the page twice.
  const std::vector<RunRecord> runs{*run, *run};
  const std::string page = report_page(runs);
  for (const std::string_view never : {"<script", "value=\"nan", "value=\"inf", "value=\"-", "\x1b",
                                       // NOLINTNEXTLINE(misc-misleading-bidirectional)
                                       "\xe2\x80\xae", "\xe2\x81\xa6"}) {
    if (page.find(never) != std::string::npos) std::abort();
  }
  if (!page.ends_with("</html>\n") || page.size() > 2'000'000) std::abort();
  return 0;
}
