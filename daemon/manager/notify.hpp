// What systemd is told, sd_notify(3). Without NOTIFY_SOCKET each of these does nothing.
#pragma once

#include <string_view>

namespace yodel::manager::notify {

void ready();      // every listener accepts, and a reload is over
void reloading();  // with the time that systemd needs to pair it with the READY=1 that follows
void stopping();
void status(std::string_view text);  // the line that systemctl status shows

}  // namespace yodel::manager::notify
