// The header of a response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace yodel::client::fetch {

class Header {
 public:
  // Parses a whole header, with or without the empty line that ends it: RFC 9112, sections 4 and 5,
  // also with lines that end in a bare LF (2.2). Ignores lines that are not fields. Returns
  // std::nullopt if the first line is not a status line.
  [[nodiscard]] static std::optional<Header> parse(std::string_view text);

  // Returns the status, 100 to 999.
  [[nodiscard]] int status() const noexcept { return status_; }
  // Returns the status with its reason, if there is one: "404 Not Found".
  [[nodiscard]] std::string status_text() const;
  // Returns whether this is HTTP/1, where the end of the connection may end a body.
  [[nodiscard]] bool is_http_1() const noexcept { return http_1_; }

  // Returns the name of a field on which the page depends and which parsers read in different ways:
  // its value continues in the next line, RFC 9112, 5.2, or there is a blank before its colon, 5.1.
  // Returns an empty string if there is no such field.
  [[nodiscard]] const std::string& doubtful() const noexcept { return doubtful_; }
  // Returns the first value of a field that is not empty, or std::nullopt if there is none.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  // Returns the elements of a field whose value is a list, in lower case and without empty ones. If
  // there are several fields of that name, returns those of all: RFC 9110, 5.3 and 5.6.1.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  // Returns the length of the body that Content-Length announces, at most 2^63 - 1, or std::nullopt
  // if there is no such field. The same length several times is that length, RFC 9110, 8.6. The
  // error says what is wrong with the field.
  [[nodiscard]] tl::expected<std::optional<std::uint64_t>, std::string> content_length() const;

 private:
  void note_doubtful(const std::string& name);

  int status_ = 0;
  std::string reason_;
  bool http_1_ = true;
  std::string doubtful_;
  std::vector<std::pair<std::string, std::string>> fields_;  // the names in lower case
};

// Removes the first line from `text`, and returns it without its end.
[[nodiscard]] std::string_view take_line(std::string_view& text);

}  // namespace yodel::client::fetch
