#include "manager/notify.hpp"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <systemd/sd-daemon.h>

namespace yodel::manager::notify {
namespace {

// That systemd could not be told is nothing that we could mend, and a service runs on without.
void send(const std::string& state) {
  (void)::sd_notify(0, state.c_str());
}

}  // namespace

void ready() {
  send("READY=1");
}

void reloading() {
  // CLOCK_MONOTONIC in microseconds, which is what steady_clock reads.
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void stopping() {
  send("STOPPING=1");
}

void status(std::string_view text) {
  send(fmt::format("STATUS={}", text));
}

}  // namespace yodel::manager::notify
