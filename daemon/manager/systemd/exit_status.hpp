// The exit statuses of yodeld, from sysexits.h.
#pragma once

#include <stdexcept>
#include <string>

namespace yodel::manager {

enum class ExitStatus : int {
  ok = 0,
  reload_failed = 1,  // --reload: the previous settings stay in force
  usage = 64,         // EX_USAGE: the command line is wrong
  unavailable = 69,   // EX_UNAVAILABLE: an address is in use, or not of this host
  software = 70,      // EX_SOFTWARE: acceptors keep dying
  os_error = 71,      // EX_OSERR: a system call failed
  permission = 77,    // EX_NOPERM: an address needs a privilege that the daemon does not have
  config = 78         // EX_CONFIG: the file has an error
};

// The reason why the daemon cannot start or reload, and the exit status for it.
class StartError : public std::runtime_error {
 public:
  StartError(ExitStatus status, const std::string& text)
      : std::runtime_error(text), status_(status) {}
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

}  // namespace yodel::manager
