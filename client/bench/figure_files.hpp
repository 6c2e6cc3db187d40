// Where the figures of `yodel bench` go besides the terminal.
#pragma once

#include <optional>
#include <string>

#include "client/failure.hpp"
#include "client/file/target_file.hpp"
#include "client/report/run_record.hpp"

namespace yodel::client::bench {

// As they were given; empty: none. "-" is standard output, for one of those that are written.
struct FigurePaths {
  std::string json;
  std::string report;
  std::string compare;  // the JSON of an old run, to be read
};

// They are opened before the run, so that what is in their way shows before it.
class FigureFiles {
 public:
  // Reads the old run, and gets ready to write the others. The failure names the file, and in the
  // old run the place.
  [[nodiscard]] static Result<FigureFiles> open(const FigurePaths& paths);

  // Writes the files, and prints the summary unless one of them is standard output. Each is tried;
  // the first failure is what is returned.
  [[nodiscard]] Result<void> write(const RunRecord& run);

 private:
  std::optional<RunRecord> old_run_;
  std::optional<TargetFile> json_;
  std::optional<TargetFile> report_;
};

}  // namespace yodel::client::bench
