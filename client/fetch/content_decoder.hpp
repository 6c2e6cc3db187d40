// Bodies that were compressed on their way, RFC 9110, 8.4.1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
struct z_stream_s;

namespace yodel::client::fetch {

// What can be undone, as Accept-Encoding names it.
constexpr const char* accepted_codings = "gzip, deflate";

enum class Coding : std::uint8_t { gzip, deflate };

// Returns the coding that a header calls `name`, in lower case; std::nullopt if it is not known.
// "x-gzip" is gzip, RFC 9110, 8.4.1.3.
[[nodiscard]] std::optional<Coding> coding_of(std::string_view name);

// Undoes one coding, by zlib, in a bounded amount of memory.
//
// gzip is RFC 1952: one or more members, which are one body (2.2), each checked by its CRC and its
// length. deflate is RFC 1950, or, as some servers have it, RFC 1951 without a check. Zeros behind
// the end are padding, as for gzip(1).
class ContentDecoder {
 public:
  // Takes what was decoded. Its failure ends decode() and is returned by it.
  using Sink = std::function<Result<void>(std::string_view bytes)>;

  // `url`, where the body comes from, is for messages. Throws std::bad_alloc.
  ContentDecoder(Coding coding, std::string url);

  // Decodes the next bytes of the body and hands them to `sink`, piece by piece. A failure of its
  // own, ExitStatus::wrong_answer, says what is wrong with the body, and is to stand behind its
  // name.
  [[nodiscard]] Result<void> decode(std::string_view bytes, const Sink& sink);
  // The body has ended: fails if that is not where its coding ends.
  [[nodiscard]] Result<void> finish() const;

 private:
  enum class Place : std::uint8_t { start, inside, behind, padding };
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  [[nodiscard]] tl::unexpected<Failure> wrong(std::string_view what) const;
  // Begins a member, or bare data, of which this is the first byte.
  [[nodiscard]] Result<void> begin(char first);
  // Decodes up to the end of `bytes` or of the member, and takes what it has read off `bytes`.
  [[nodiscard]] Result<void> inflate(std::string_view& bytes, const Sink& sink);

  Coding coding_;
  std::string url_;
  Place place_ = Place::start;
  std::unique_ptr<z_stream_s, End> stream_;
  std::vector<char> buffer_;
};

}  // namespace yodel::client::fetch
