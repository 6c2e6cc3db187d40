// The files that `yodel bench` reads and writes.
#pragma once

#include <optional>
#include <string>

#include "client/failure.hpp"
#include "client/file/target_file.hpp"
#include "client/report/run_record.hpp"

namespace yodel::client::bench {

// Paths as they were typed; empty if not given. "-" is standard output, for at most one of the
// files that are written.
struct FigurePaths {
  std::string json;
  std::string report;
  std::string compare;  // the JSON of an old run
};

// The files of a run. They are opened before it begins, so that a problem shows at once.
class FigureFiles {
 public:
  // Reads the old run and opens the others for writing. A failure names the file and, in the old
  // run, the place.
  [[nodiscard]] static Result<FigureFiles> open(const FigurePaths& paths);

  // Writes the files, and prints the summary unless one of them is standard output. Tries each of
  // them and returns the first failure.
  [[nodiscard]] Result<void> write(const RunRecord& run);

 private:
  std::optional<RunRecord> old_run_;
  std::optional<TargetFile> json_;
  std::optional<TargetFile> report_;
};

}  // namespace yodel::client::bench
