// Decodes bodies that were compressed for the transfer, RFC 9110, 8.4.1.
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

// The codings that can be decoded, as Accept-Encoding names them.
constexpr const char* accepted_codings = "gzip, deflate";

enum class Coding : std::uint8_t { gzip, deflate };

// Returns the coding that a header calls `name`, in lower case, or std::nullopt if it is not known.
// "x-gzip" is gzip, RFC 9110, 8.4.1.3.
[[nodiscard]] std::optional<Coding> coding_of(std::string_view name);

// Decodes one coding with zlib, in a bounded amount of memory.
//
// gzip is RFC 1952: one or more members, which together are the body (2.2), each with a CRC and a
// length that are checked. deflate is RFC 1950, or, as some servers send it, RFC 1951, which has no
// check. Zeros after the end are padding, as for gzip(1).
class ContentDecoder {
 public:
  // Takes what was decoded. Its failure ends decode(), which returns it.
  using Sink = std::function<Result<void>(std::string_view bytes)>;

  // `url` is where the body comes from, for messages. Throws std::bad_alloc.
  ContentDecoder(Coding coding, std::string url);

  // Decodes the next bytes of the body and passes them to `sink`, piece by piece. Fails with
  // ExitStatus::wrong_answer if the body is damaged or does not end where its coding does.
  [[nodiscard]] Result<void> decode(std::string_view bytes, const Sink& sink);
  // To be called when the body has ended. Fails if its coding has not.
  [[nodiscard]] Result<void> finish() const;

 private:
  enum class Place : std::uint8_t { start, inside, after, padding };
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  [[nodiscard]] tl::unexpected<Failure> wrong(std::string_view what) const;
  // Begins a member, or bare data, with its first byte.
  [[nodiscard]] Result<void> begin(char first);
  // Decodes up to the end of `bytes` or of the member, and removes what it has read from `bytes`.
  [[nodiscard]] Result<void> inflate(std::string_view& bytes, const Sink& sink);

  Coding coding_;
  std::string url_;
  Place place_ = Place::start;
  std::unique_ptr<z_stream_s, End> stream_;
  std::vector<char> buffer_;
};

}  // namespace yodel::client::fetch
