// Any line is a request within the limits, which is answered by one line of the size asked for, or
// is answered by an error of one line. A request that is written out again is read as the same.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/probe.hpp"
#include "text/duration.hpp"

namespace {

using namespace yodel::protocol;
using probe::Limits;
using probe::Request;

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_one_line(std::string_view text) {
  return text.find('\n') == text.size() - 1;
}

void check_error(const probe::BadRequest& request, const Limits& limits) {
  std::vector<char> room(probe::error_room);
  const auto line = probe::write_error(request, limits, room);
  check(is_one_line(line) && is_printable(line.substr(0, line.size() - 1)));
  check(line.starts_with(request.id.empty() ? "- error=" : std::string(request.id) + " error="));
  check(line.size() < room.size());  // so nothing was cut
}

std::string reply_to(const Request& request, bool tcp, const Limits& limits) {
  std::vector<char> room(probe::reply_room(limits.max_size));
  std::optional<timespec> rx;
  std::optional<probe::TcpFigures> figures;
  if (tcp) rx = {.tv_sec = 1764432000, .tv_nsec = 999'999'999};
  if (tcp) figures = probe::TcpFigures{.retransmits = UINT32_MAX, .mss = UINT32_MAX};
  auto reply = probe::write_reply(request, rx, figures, room);
  reply.set_tx({.tv_sec = 1764432001, .tv_nsec = 1});
  return std::string(reply.line());
}

void check_reply(const Request& request, bool tcp, const Limits& limits) {
  const std::string line = reply_to(request, tcp, limits);
  check(is_one_line(line) && line.starts_with(std::string(request.id) + " "));
  check(line.find(" tx=1764432001.000000001") < line.find(" data="));
  if (!request.data && request.size == 0) return check(line.find(" data=") == std::string::npos);
  Request shortest = request;
  shortest.size = 0;
  shortest.data = request.data.value_or("");
  const std::string start = reply_to(shortest, tcp, limits);
  check(start.ends_with(" data=" + std::string(*shortest.data) + "\n"));
  check(line.size() == std::max(start.size(), request.size));
  check(line.starts_with(std::string_view(start).substr(0, start.size() - 1)));
}

void check_same(const Request& request, const Limits& limits) {
  std::string line(request.id);
  if (request.info) line += " info";
  line += " after=" + yodel::text::print_duration(request.after);
  if (request.size > 0) line += " size=" + std::to_string(request.size);
  if (request.data) line.append(" data=").append(*request.data);
  const auto again = probe::parse_request(line, limits);
  check(again && again->id == request.id && again->info == request.info &&
        again->after == request.after && again->size == request.size &&
        again->data == request.data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses the limits and the kind of connection.
  const bool tcp = (data[0] & 1) != 0;
  const Limits limits = probe::limits_of((data[0] & 2) != 0 ? 300 : probe::min_max_size,
                                         std::chrono::milliseconds(data[0] * 500));
  std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  line = line.substr(0, std::min(line.find('\n'), limits.max_size));

  const auto request = probe::parse_request(line, limits);
  if (!request) {
    check_error(request.error(), limits);
    return 0;
  }
  check(!request->id.empty() && request->id.size() <= probe::max_id_size);
  check(is_printable(request->id) && request->id.find(' ') == std::string_view::npos);
  check(request->size <= limits.max_size);
  check(request->after.count() >= 0 && request->after <= limits.max_after);
  check(!request->data || line.ends_with(*request->data));
  check_reply(*request, tcp, limits);
  check_same(*request, limits);
  return 0;
}
