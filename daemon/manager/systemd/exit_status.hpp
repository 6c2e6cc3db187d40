// How yodeld ends: the exit statuses of sysexits.h that it uses.
#pragma once

#include <stdexcept>
#include <string>

namespace yodel::manager {

enum class ExitStatus : int {
  ok = 0,
  reload_failed = 1,  // --reload: the settings of before stay in force
  usage = 64,         // EX_USAGE: the command line
  unavailable = 69,   // EX_UNAVAILABLE: an address is in use, or not of this host
  software = 70,      // EX_SOFTWARE: acceptors keep dying
  os_error = 71,      // EX_OSERR: the system refused something
  permission = 77,    // EX_NOPERM: an address needs rights that the daemon has not got
  config = 78         // EX_CONFIG: the file
};

// What keeps the daemon from starting, or from doing a reload. Thrown at the place, caught once.
class StartError : public std::runtime_error {
 public:
  StartError(ExitStatus status, const std::string& text)
      : std::runtime_error(text), status_(status) {}
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

}  // namespace yodel::manager
