// A scripted probe server, whose clock the test sets.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {

inline const std::string probe_header =
    "probe/1 version=9.9 host=echo-1 session=3-17 listener=0.0.0.0:7007 peer=192.0.2.9:40112 "
    "local=198.51.100.7:7007 syn.ttl=57 syn.mss=1360 syn.options=mss,sack\n";

// A request, "ID data=TEXT" and a newline.
struct ProbeRequest {
  std::string id;
  std::string data;
};

// Reads one request. Returns one without an ID at the end of the connection.
inline ProbeRequest hear_request(Conversation& client) {
  std::string line;
  while (!line.ends_with('\n')) {
    const auto more = client.hear();
    if (more.empty()) return {};
    line += more;
  }
  const auto space = line.find(' ');
  const std::string word = " data=";
  if (line.find('\n') + 1 != line.size() || line.compare(space, word.size(), word) != 0) {
    throw std::runtime_error("the client said '" + line + "'");
  }
  return {.id = line.substr(0, space),
          .data = line.substr(space + word.size(), line.size() - space - word.size() - 1)};
}

// Returns `time` after the year 2000 as a reply has it.
inline std::string stamp(std::chrono::nanoseconds time) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t year_2000 = 946'684'800;
  const auto fraction = std::to_string(second + time.count() % second);
  return std::to_string(year_2000 + time.count() / second) + '.' + fraction.substr(1);
}

// Returns the reply of a server whose clock says that it took `server`, which may be negative.
inline std::string probe_reply(const ProbeRequest& request, std::chrono::nanoseconds server) {
  const std::chrono::hours arrived(1);
  return request.id + " rx=" + stamp(arrived) + " tx=" + stamp(arrived + server) +
         " retransmits=0 data=" + request.data + '\n';
}

// Sends `header`, and answers `count` requests, after `wait` each. Its clock says that it took
// `server`.
inline ScriptedServer::Script answer_probes(std::chrono::nanoseconds server,
                                            std::chrono::milliseconds wait, int count,
                                            std::string header = probe_header) {
  return [=, header = std::move(header)](Conversation& client) {
    client.say(header);
    for (int i = 0; i < count; ++i) {
      const auto request = hear_request(client);
      if (request.id.empty()) return;
      // The client waits for each reply.
      if (wait.count() > 0 && client.ends_within(wait)) {
        throw std::runtime_error("the client did not wait for the reply");
      }
      client.say(probe_reply(request, server));
    }
    client.hear_out();
  };
}

}  // namespace yodel::tests
