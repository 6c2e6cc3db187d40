#include "client/talk/history_file.hpp"

#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <sys/stat.h>

namespace yodel::client::talk {
namespace {

namespace fs = std::filesystem;

// Returns an absolute path from the environment, or an empty one. The XDG specification says to
// ignore relative paths.
fs::path folder_from(const char* variable) {
  const char* const value = std::getenv(variable);
  fs::path folder = value == nullptr ? "" : value;
  return folder.is_absolute() ? folder : fs::path();
}

void make_folders(const fs::path& folder) {
  fs::path made;
  // Errors show when the file is opened.
  for (const auto& part : folder)
    static_cast<void>(::mkdir((made /= part).c_str(), S_IRWXU));
}

}  // namespace

fs::path history_file_path() {
  fs::path state = folder_from("XDG_STATE_HOME");
  if (state.empty()) {
    const fs::path home = folder_from("HOME");
    if (home.empty()) return {};
    state = home / ".local" / "state";
  }
  return state / "yodel" / "history";
}

int open_history_file(const fs::path& path) noexcept {
  try {
    make_folders(path.parent_path());
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  } catch (const std::exception&) {
    return -1;
  }
}

}  // namespace yodel::client::talk
