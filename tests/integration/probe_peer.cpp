#include "tests/integration/probe_peer.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace yodel::tests {

std::string ProbeLine::operator[](const std::string& key) const {
  const auto found = words.find(key);
  return found == words.end() ? "" : found->second;
}

std::int64_t ProbeLine::time(const std::string& key) const {
  const auto value = (*this)[key];
  const auto point = value.find('.');
  const auto digits = std::count_if(value.begin(), value.end(),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool valid = point != std::string::npos && value.size() - point == 10 &&
                     digits + 1 == static_cast<std::ptrdiff_t>(value.size());
  if (!valid) throw std::runtime_error("no time '" + key + "' in: " + text);
  return std::stoll(value.substr(0, point) + value.substr(point + 1));
}

ProbeLine parse_probe_line(std::string_view text) {
  ProbeLine line{.text = std::string(text), .first = {}, .words = {}};
  const auto space = text.find(' ');
  line.first = text.substr(0, space);
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find(' '), text.size()));
    if (text.empty()) break;
    text.remove_prefix(1);
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    if (key == "data" || key == "error") {
      line.words.emplace(key, text.substr(equals + 1));
      break;
    }
    const auto word = text.substr(0, text.find(' '));
    line.words.emplace(key, word.substr(std::min(word.size(), key.size() + 1)));
  }
  return line;
}

std::int64_t wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

ProbePeer::ProbePeer(Connection connection) : connection_(std::move(connection)), header_(next()) {}

ProbeLine ProbePeer::next() {
  for (;;) {
    const auto end = rest_.find('\n');
    if (end != std::string::npos) {
      auto line = parse_probe_line(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
      return line;
    }
    const auto some = connection_.receive_some();
    if (some.empty()) throw std::runtime_error("the connection ended after '" + rest_ + "'");
    rest_ += some;
  }
}

ProbeLine ProbePeer::ask(std::string_view request) {
  connection_.send(std::string(request) + "\n");
  return next();
}

std::string ProbePeer::end() {
  connection_.end();
  return std::exchange(rest_, {}) + connection_.receive_rest();
}

}  // namespace yodel::tests
