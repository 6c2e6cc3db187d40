// The header of a response, taken apart.
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
  // Takes a whole header apart, with or without the empty line that ends it: RFC 9112, sections 4
  // and 5, with lines that end in a bare LF (2.2). Lines that are no fields are passed over.
  // Returns std::nullopt if the first line is no status line.
  [[nodiscard]] static std::optional<Header> parse(std::string_view text);

  // 100 to 999.
  [[nodiscard]] int status() const noexcept { return status_; }
  // Returns the status with its reason, if there is one: "404 Not Found".
  [[nodiscard]] std::string status_text() const;
  // Whether it is of HTTP/1, where the end of a connection may end a body.
  [[nodiscard]] bool is_http_1() const noexcept { return http_1_; }

  // Returns the name of a field on which the page depends and that readers of headers read in
  // different ways: its value goes on in the next line, RFC 9112, 5.2, or a blank stands before its
  // colon, 5.1. Empty: there is none.
  [[nodiscard]] const std::string& doubtful() const noexcept { return doubtful_; }
  // Returns the first value of a field that is not empty; std::nullopt if there is none.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  // Returns the elements of a field whose value is a list, in lower case and without empty ones: of
  // several fields of that name together, RFC 9110, 5.3 and 5.6.1.
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

// Takes the first line off `text`, and returns it without its end.
[[nodiscard]] std::string_view take_line(std::string_view& text);

}  // namespace yodel::client::fetch
